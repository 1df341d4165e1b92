/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EndpointSlices for Endpoints that somebody made for a service without a selector: a slice for
 * each subset, or two where it has addresses of both families.
 *
 * Source: Kubernetes pkg/controller/endpointslicemirroring
 */
#include "server/controllers/resources.h"

#define SERVICE_NAME "kubernetes.io/service-name"
#define MANAGED_BY "endpointslice.kubernetes.io/managed-by"
#define MANAGER "endpointslicemirroring-controller.k8s.io"

static void observe(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    Str name = event->object->name;
    if (str_eq(kind->kind, STR("EndpointSlice"))) {
        const Value *labels = value_at(&event->object->object, "metadata", "labels", NULL);
        if (!str_eq(value_get_str(labels, STR(MANAGED_BY)), STR(MANAGER))) {
            return;
        }
        name = value_get_str(labels, STR(SERVICE_NAME));
    }
    ctl_enqueue(c, event->object->namespace, name);
}

/* -- what there should be ---------------------------------------------------------------------- */

static bool is_mirrored(const Value *endpoints, const Value *service)
{
    const Value *metadata = value_get_lit(endpoints, "metadata");
    Str skip = value_get_str(value_get_lit(metadata, "labels"),
                             STR("endpointslice.kubernetes.io/skip-mirror"));
    return endpoints && service && !str_eq(skip, STR("true")) &&
           value_is_null(value_at(service, "spec", "selector", NULL)) &&
           value_is_null(
               value_at(metadata, "annotations", "control-plane.alpha.kubernetes.io/leader", NULL));
}

static void copy_member(Value *to, const char *key, const Value *from, Arena *a)
{
    const Value *v = value_get(from, str_from_c(key));
    if (v) {
        value_set(to, str_from_c(key), *v, a);
    }
}

static Value make_endpoint(const Value *address, bool ready, bool is_v1, Arena *a)
{
    Value out = value_object();
    Value addresses = value_array();
    Value conditions = value_object();
    const Value *node = value_get_lit(address, "nodeName");
    value_add(&addresses, value_str(value_get_str(address, STR("ip"))), a);
    value_set_lit(&conditions, "ready", value_bool(ready), a);
    value_set_lit(&out, "addresses", addresses, a);
    value_set_lit(&out, "conditions", conditions, a);
    copy_member(&out, "hostname", address, a);
    copy_member(&out, "targetRef", address, a);
    if (node && is_v1) {
        value_set_lit(&out, "nodeName", *node, a);
    } else if (node) {
        Value topology = value_object();
        value_set_lit(&topology, "kubernetes.io/hostname", *node, a);
        value_set_lit(&out, "topology", topology, a);
    }
    return out;
}

static Value make_endpoints(const Value *subset, bool is_v6, bool is_v1, Arena *a)
{
    static const char *const lists[] = { "addresses", "notReadyAddresses" };
    Value out = value_array();
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        VALUE_EACH_ITEM(address, value_get(subset, str_from_c(lists[i]))) {
            Str ip = value_get_str(address, STR("ip"));
            if ((str_index_byte(ip, ':') >= 0) == is_v6) {
                value_add(&out, make_endpoint(address, i == 0, is_v1, a), a);
            }
        }
    }
    return out;
}

static Value make_ports(const Value *subset, Arena *a)
{
    Value out = value_array();
    VALUE_EACH_ITEM(port, value_get_lit(subset, "ports")) {
        Value made = value_object();
        value_set_lit(&made, "name", value_str(value_get_str(port, STR("name"))), a);
        copy_member(&made, "port", port, a);
        copy_member(&made, "protocol", port, a);
        copy_member(&made, "appProtocol", port, a);
        value_add(&out, made, a);
    }
    return out;
}

static Value make_metadata(const Value *endpoints, Arena *a)
{
    Value metadata = value_object();
    Value owners = value_array();
    Str name = ctl_name(endpoints);
    const Value *labels = value_at(endpoints, "metadata", "labels", NULL);
    Value copied = labels ? value_copy(labels, a) : value_object();
    Value annotations = value_object();
    value_set_lit(&copied, MANAGED_BY, value_str(STR(MANAGER)), a);
    value_set_lit(&copied, SERVICE_NAME, value_str(name), a);
    VALUE_EACH_MEMBER(m, value_at(endpoints, "metadata", "annotations", NULL)) {
        if (!str_eq(member_key(m), STR("endpoints.kubernetes.io/last-change-trigger-time")) &&
            !str_eq(member_key(m), STR("kubectl.kubernetes.io/last-applied-configuration"))) {
            value_set(&annotations, member_key(m), m->value, a);
        }
    }
    value_add(&owners, ctl_owner_reference(endpoints, "v1", "Endpoints", a), a);
    value_set_lit(&metadata, "generateName", value_str(arena_concat(a, name, STR("-"))), a);
    value_set_lit(&metadata, "namespace", value_str(ctl_namespace(endpoints)), a);
    value_set_lit(&metadata, "labels", copied, a);
    if (annotations.len) {
        value_set_lit(&metadata, "annotations", annotations, a);
    }
    value_set_lit(&metadata, "ownerReferences", owners, a);
    return metadata;
}

/* The slices as they should be. */
static Value make_slices(const Value *endpoints, const CtlResource *r, Arena *a)
{
    bool is_v1 = str_ends_with(str_from_c(r->api_version), STR("/v1"));
    Value out = value_array();
    VALUE_EACH_ITEM(subset, value_get_lit(endpoints, "subsets")) {
        for (int is_v6 = 0; is_v6 < 2; is_v6++) {
            Value list = make_endpoints(subset, is_v6, is_v1, a);
            if (list.len == 0) {
                continue;
            }
            Value slice = value_object();
            value_set_lit(&slice, "kind", value_str(STR("EndpointSlice")), a);
            value_set_lit(&slice, "apiVersion", value_str(str_from_c(r->api_version)), a);
            value_set_lit(&slice, "metadata", make_metadata(endpoints, a), a);
            value_set_lit(&slice, "addressType", value_str(is_v6 ? STR("IPv6") : STR("IPv4")), a);
            value_set_lit(&slice, "endpoints", list, a);
            value_set_lit(&slice, "ports", make_ports(subset, a), a);
            value_add(&out, slice, a);
        }
    }
    return out;
}

/* -- what there is ----------------------------------------------------------------------------- */

static size_t find_slices(Ctl *c, Str namespace, Str service, const Value ***out)
{
    size_t count, found = 0;
    const Value *const *all = ctl_list(c, STR("discovery.k8s.io"), STR("EndpointSlice"), namespace,
                                       &count);
    *out = new(c->arena, const Value *, count + 1);
    for (size_t i = 0; i < count; i++) {
        const Value *labels = value_at(all[i], "metadata", "labels", NULL);
        if (str_eq(value_get_str(labels, STR(SERVICE_NAME)), service) &&
            str_eq(value_get_str(labels, STR(MANAGED_BY)), STR(MANAGER))) {
            (*out)[found++] = all[i];
        }
    }
    return found;
}

static bool same_member(const Value *a, const Value *b, const char *key)
{
    const Value *left = value_get(a, str_from_c(key)), *right = value_get(b, str_from_c(key));
    return value_len(left) == 0 || value_len(right) == 0 ? value_len(left) == value_len(right)
                                                         : value_equal(left, right);
}

static bool is_done(bool ok, const ApiResponse *r)
{
    return ok || r->code == 404 || str_eq(r->status.cause_reason, STR("NamespaceTerminating"));
}

/* stored NULL: makes it. What a slice's addresses are of cannot change: then there is a new one. */
static bool put_slice(Ctl *c, const CtlResource *r, const Value *stored, const Value *wanted)
{
    Str namespace = ctl_namespace(wanted);
    ApiResponse response;
    CtlObject at = ctl_place(r, namespace, STR(""));
    if (stored == NULL) {
        bool made = ctl_create(c, &at, wanted, &response);
        return is_done(made, &response);
    }
    const Value *old_meta = value_get_lit(stored, "metadata");
    const Value *new_meta = value_get_lit(wanted, "metadata");
    if (same_member(stored, wanted, "endpoints") && same_member(stored, wanted, "ports") &&
        same_member(old_meta, new_meta, "labels")) {
        return true;
    }
    Value slice = value_copy(stored, c->arena);
    copy_member(&slice, "endpoints", wanted, c->arena);
    copy_member(&slice, "ports", wanted, c->arena);
    copy_member(value_get_lit(&slice, "metadata"), "labels", new_meta, c->arena);
    at.name = ctl_name(stored);
    bool ok = ctl_update(c, &at, &slice, &response);
    return is_done(ok, &response);
}

static bool delete_slice(Ctl *c, const CtlResource *r, const Value *stored)
{
    CtlObject at = ctl_place(r, ctl_namespace(stored), ctl_name(stored));
    ApiResponse response;
    return ctl_delete(c, &at, NULL, &response) || response.code == 404;
}

/* One that is there for each that is wanted, of the same family. */
static bool match(Ctl *c, const CtlResource *r, const Value **stored, size_t count, Value *wanted)
{
    bool done = true;
    VALUE_EACH_ITEM(slice, wanted) {
        size_t i = 0;
        while (i < count && !(stored[i] && value_equal(value_get_lit(stored[i], "addressType"),
                                                       value_get_lit(slice, "addressType")))) {
            i++;
        }
        done &= put_slice(c, r, i < count ? stored[i] : NULL, slice);
        if (i < count) {
            stored[i] = NULL;
        }
    }
    for (size_t i = 0; i < count; i++) {
        done &= stored[i] == NULL || delete_slice(c, r, stored[i]);
    }
    return done;
}

static bool sync(Ctl *c, Str namespace, Str name)
{
    const Value *endpoints = ctl_get(c, STR(""), STR("Endpoints"), namespace, name);
    const Value *service = ctl_get(c, STR(""), STR("Service"), namespace, name);
    const Value **stored;
    CtlResource r;
    if (!ctl_resource_find(c, STR("discovery.k8s.io/v1beta1"), STR("EndpointSlice"), &r)) {
        return true;
    }
    size_t count = find_slices(c, namespace, name, &stored);
    Value wanted = is_mirrored(endpoints, service) ? make_slices(endpoints, &r, c->arena)
                                                   : value_array();
    return match(c, &r, stored, count, &wanted);
}

enum { SINCE = 19 };

static bool is_on(const ApiServerOptions *o)
{
    return o->target.minor >= SINCE;
}

const Controller controller_endpointslice_mirroring = {
    .name = STR_INIT("endpointslicemirroring-controller"),
    .kinds = { { STR_INIT(""), STR_INIT("Endpoints") },
               { STR_INIT(""), STR_INIT("Service") },
               { STR_INIT("discovery.k8s.io"), STR_INIT("EndpointSlice") } },
    .observe = observe,
    .sync = sync,
    .is_on = is_on,
};
