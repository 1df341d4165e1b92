/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Endpoints and EndpointSlices of services with a selector. A service has one slice here,
 * however many pods are behind it.
 *
 * Source: Kubernetes pkg/controller/endpoint, pkg/controller/endpointslice
 */
#include "kube/selector.h"
#include "server/controllers/endpoint_parts.h"
#include "server/controllers/resources.h"

#define TRIGGER_TIME "endpoints.kubernetes.io/last-change-trigger-time"
#define HEADLESS "service.kubernetes.io/headless"
#define SERVICE_NAME "kubernetes.io/service-name"
#define MANAGED_BY "endpointslice.kubernetes.io/managed-by"

static const Value *find_service(Ctl *c, Str namespace, Str name)
{
    return ctl_get(c, STR(""), STR("Service"), namespace, name);
}

static bool selects(const Value *service, const Value *pod, Arena *a)
{
    LabelSelector selector = label_selector_of_labels(value_at(service, "spec", "selector", NULL),
                                                      a);
    return label_selector_matches(&selector, value_at(pod, "metadata", "labels", NULL));
}

static void observe_pod(Ctl *c, const StoreEvent *event)
{
    size_t count;
    Str namespace = event->object->namespace;
    const Value *const *services = ctl_list(c, STR(""), STR("Service"), namespace, &count);
    for (size_t i = 0; i < count; i++) {
        if (endpoint_is_managed(services[i]) &&
            (selects(services[i], &event->object->object, c->arena) ||
             (event->old && selects(services[i], &event->old->object, c->arena)))) {
            ctl_enqueue(c, namespace, ctl_name(services[i]));
        }
    }
}

/* Somebody else removed or changed what this controller made. */
static void observe(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    const Value *object = &event->object->object;
    if (str_eq(kind->kind, STR("Pod"))) {
        observe_pod(c, event);
    } else if (str_eq(kind->kind, STR("EndpointSlice"))) {
        const Value *labels = value_at(object, "metadata", "labels", NULL);
        Str service = value_get_str(labels, STR(SERVICE_NAME));
        if (service.len) {
            ctl_enqueue(c, event->object->namespace, service);
        }
    } else if (str_eq(kind->kind, STR("Service")) || event->kind == STORE_DELETED) {
        ctl_enqueue(c, event->object->namespace, event->object->name);
    }
}

static EndpointPods select_pods(Ctl *c, const Value *service)
{
    size_t count;
    const Value *const *all = ctl_list(c, STR(""), STR("Pod"), ctl_namespace(service), &count);
    const Value **items = new(c->arena, const Value *, count + 1);
    EndpointPods out = { items, 0 };
    for (size_t i = 0; i < count; i++) {
        if (selects(service, all[i], c->arena)) {
            items[out.count++] = all[i];
        }
    }
    return out;
}

/* The service's labels, and that it is headless. */
static Value labels_of(const Value *service, Arena *a)
{
    const Value *labels = value_at(service, "metadata", "labels", NULL);
    Value out = labels ? value_copy(labels, a) : value_object();
    if (endpoint_is_headless(service)) {
        value_set_lit(&out, HEADLESS, value_str(STR("")), a);
    } else {
        (void)value_remove(&out, STR(HEADLESS));
    }
    return out;
}

static void set_trigger_time(Value *object, const Value *service, const EndpointPods *pods,
                             Arena *a)
{
    Str time = endpoint_trigger_time(service, pods);
    Value *metadata = value_need_object(object, STR("metadata"), a);
    Value *annotations = metadata ? value_need_object(metadata, STR("annotations"), a) : NULL;
    if (annotations && time.len) {
        value_set_lit(annotations, TRIGGER_TIME, value_str(time), a);
    }
}

static bool same(const Value *a, const Value *b)
{
    bool a_is_empty = value_is_null(a) || value_len(a) == 0;
    bool b_is_empty = value_is_null(b) || value_len(b) == 0;
    return a_is_empty || b_is_empty ? a_is_empty == b_is_empty : value_equal(a, b);
}

static bool is_done(bool ok, const ApiResponse *r)
{
    /* in a namespace that is being deleted nothing is made any more */
    return ok || r->code == 404 || str_eq(r->status.cause_reason, STR("NamespaceTerminating"));
}

/* -- Endpoints --------------------------------------------------------------------------------- */

static bool sync_endpoints(Ctl *c, const Value *service, const EndpointPods *pods)
{
    Arena *a = c->arena;
    Str namespace = ctl_namespace(service), name = ctl_name(service);
    CtlObject at = { "v1", "endpoints", namespace, name, NULL };
    Value subsets = endpoint_subsets(service, pods, a);
    Value labels = labels_of(service, a);
    const Value *stored = ctl_get(c, STR(""), STR("Endpoints"), namespace, name);
    if (stored && same(value_get_lit(stored, "subsets"), &subsets) &&
        same(value_at(stored, "metadata", "labels", NULL), &labels)) {
        return true;
    }
    Value object = stored ? value_copy(stored, a)
                          : ctl_object_new("v1", "Endpoints", namespace, name, a);
    value_set_lit(value_get_lit(&object, "metadata"), "labels", labels, a);
    set_trigger_time(&object, service, pods, a);
    value_set_lit(&object, "subsets", subsets, a);
    ApiResponse response;
    bool ok = stored ? ctl_update(c, &at, &object, &response)
                     : ctl_create(c, &at, &object, &response);
    return is_done(ok, &response);
}

static bool drop_endpoints(Ctl *c, Str namespace, Str name)
{
    CtlObject at = { "v1", "endpoints", namespace, name, NULL };
    ApiResponse response;
    return ctl_get(c, STR(""), STR("Endpoints"), namespace, name) == NULL ||
           ctl_delete(c, &at, NULL, &response) || response.code == 404;
}

static bool sync(Ctl *c, Str namespace, Str name)
{
    const Value *service = find_service(c, namespace, name);
    if (service == NULL) {
        return drop_endpoints(c, namespace, name);
    }
    if (!endpoint_is_managed(service)) {
        return true;
    }
    EndpointPods pods = select_pods(c, service);
    return sync_endpoints(c, service, &pods);
}

const Controller controller_endpoints = {
    .name = STR_INIT("endpoint-controller"),
    .kinds = { { STR_INIT(""), STR_INIT("Service") },
               { STR_INIT(""), STR_INIT("Pod") },
               { STR_INIT(""), STR_INIT("Endpoints") } },
    .observe = observe,
    .sync = sync,
};

/* -- EndpointSlices ---------------------------------------------------------------------------- */

static const Value *find_slice(Ctl *c, Str namespace, Str service)
{
    size_t count;
    const Value *const *slices = ctl_list(c, STR("discovery.k8s.io"), STR("EndpointSlice"),
                                          namespace, &count);
    for (size_t i = 0; i < count; i++) {
        const Value *labels = value_at(slices[i], "metadata", "labels", NULL);
        if (str_eq(value_get_str(labels, STR(SERVICE_NAME)), service) &&
            str_eq(value_get_str(labels, STR(MANAGED_BY)),
                   STR("endpointslice-controller.k8s.io")) &&
            !ctl_is_deleted(slices[i])) {
            return slices[i];
        }
    }
    return NULL;
}

static Value new_slice(const CtlResource *r, const Value *service, Arena *a)
{
    Value slice = ctl_object_new(r->api_version, "EndpointSlice", ctl_namespace(service), STR(""),
                                 a);
    Value *metadata = value_get_lit(&slice, "metadata");
    Value owners = value_array();
    (void)value_remove(metadata, STR("name"));
    value_set_lit(metadata, "generateName", value_str(arena_concat(a, ctl_name(service), STR("-"))),
                  a);
    value_add(&owners, ctl_owner_reference(service, "v1", "Service", a), a);
    value_set_lit(metadata, "ownerReferences", owners, a);
    return slice;
}

static Value slice_labels(const Value *service, Arena *a)
{
    Value labels = labels_of(service, a);
    value_set_lit(&labels, MANAGED_BY, value_str(STR("endpointslice-controller.k8s.io")), a);
    value_set_lit(&labels, SERVICE_NAME, value_str(ctl_name(service)), a);
    return labels;
}

static bool sync_slice(Ctl *c, Str namespace, Str name)
{
    Arena *a = c->arena;
    const Value *service = find_service(c, namespace, name);
    CtlResource r;
    if (service == NULL || !endpoint_is_managed(service) || ctl_is_deleted(service) ||
        !ctl_resource_find(c, STR("discovery.k8s.io/v1beta1"), STR("EndpointSlice"), &r)) {
        return true; /* its slices go with their owner */
    }
    bool is_v1 = str_eq(str_from_c(r.api_version), STR("discovery.k8s.io/v1"));
    EndpointPods pods = select_pods(c, service);
    const Value *stored = find_slice(c, namespace, name);
    Value wanted = endpoint_slice(service, &pods, is_v1, a);
    Value labels = slice_labels(service, a);
    if (stored && same(value_get_lit(stored, "endpoints"), value_get_lit(&wanted, "endpoints")) &&
        same(value_get_lit(stored, "ports"), value_get_lit(&wanted, "ports")) &&
        same(value_at(stored, "metadata", "labels", NULL), &labels)) {
        return true;
    }
    Value slice = stored ? value_copy(stored, a) : new_slice(&r, service, a);
    value_set_lit(value_get_lit(&slice, "metadata"), "labels", labels, a);
    set_trigger_time(&slice, service, &pods, a);
    VALUE_EACH_MEMBER(m, &wanted) {
        value_set(&slice, member_key(m), m->value, a);
    }
    CtlObject at = ctl_place(&r, namespace, stored ? ctl_name(stored) : STR(""));
    ApiResponse response;
    bool ok = stored ? ctl_update(c, &at, &slice, &response)
                     : ctl_create(c, &at, &slice, &response);
    return is_done(ok, &response);
}

enum { SLICES_SINCE = 19 };

static bool has_slices(const ApiServerOptions *o)
{
    return o->target.minor >= SLICES_SINCE;
}

const Controller controller_endpointslice = {
    .name = STR_INIT("endpointslice-controller"),
    .kinds = { { STR_INIT(""), STR_INIT("Service") },
               { STR_INIT(""), STR_INIT("Pod") },
               { STR_INIT("discovery.k8s.io"), STR_INIT("EndpointSlice") } },
    .observe = observe,
    .sync = sync_slice,
    .is_on = has_slices,
};
