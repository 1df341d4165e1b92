/* SPDX-License-Identifier: Apache-2.0 */
/* Requests from within the server, and the objects that it starts with. */
#include "cluster/preset.h"
#include "decide/psp/preset/preset.h"
#include "decide/rbac/preset/preset.h"
#include "doc/value_pack.h"
#include "kube/custom_kinds.h"
#include "server/apiserver/private.h"

#include <assert.h>
#include <stdio.h>

static const Str masters[] = { STR_INIT("system:masters"), STR_INIT("system:authenticated") };

const ApiCaller apiserver_itself = {
    .user = { .name = STR_INIT("system:apiserver"), .groups = { masters, 2 } },
    .agent = STR_INIT("kube-apiserver"),
    .bypasses = true,
};

void apiserver_internal(ApiServer *s, const ApiCaller *caller, Str method, Str uri,
                        Str content_type, const Value *body, Arena *a, ApiResponse *out)
{
    AdmissionOptions admission = s->options.admission;
    ApiRequest request = {
        .method = method,
        .uri = uri,
        .user = &caller->user,
        .content_type = content_type,
        .body = body,
        .user_agent = caller->agent,
        .accept = STR("application/json"),
        .admission = &admission,
    };
    ApiHold hold = { .server = s, .request = &request };
    AuditRecord audit;
    if (caller->bypasses) {
        admission.plugins = 0;
    }
    admission.no_patch = true;
    apiserver_audit_begin(s, &request, &audit);
    apiserver_begin(&hold);
    (void)apiserver_call(&hold, &request, true, a, out);
    PackSize size = value_pack_size(&out->body, NULL);
    out->body = value_pack(&out->body, size, NULL, arena_alloc(a, pack_bytes(size)));
    apiserver_end(&hold);
    if (caller != &apiserver_itself && !api_is_read(method, uri)) {
        audit.user = &caller->user;
        audit.peer = STR("127.0.0.1");
        audit.response = out;
        apiserver_audit_end(s, &audit, NULL);
    }
    apiserver_leave(&hold);
}

/* /apis/apps/v1/namespaces/n/deployments[/name] */
static Str uri_of(const KubeKind *k, Str namespace, Str name, Arena *a)
{
    Buf b = buf_new(a);
    buf_printf(&b, "/%s/%.*s", k->group.len ? "apis" : "api", STR_ARG(k->api_version));
    if (k->namespaced) {
        buf_printf(&b, "/namespaces/%.*s", STR_ARG(namespace));
    }
    buf_printf(&b, "/%.*s", STR_ARG(k->resource));
    if (name.len) {
        buf_printf(&b, "/%.*s", STR_ARG(name));
    }
    return buf_str(&b);
}

/* Some kinds are only updated by who names the version that is there. */
static void name_version(ApiServer *s, const KubeKind *kind, Str namespace, Value *object, Arena *a)
{
    StoreReader r;
    Value *metadata = value_get_lit(object, "metadata");
    ObjectKey key = { kind->group, kind->kind, kind->namespaced ? namespace : STR(""),
                      value_get_str(metadata, STR("name")) };
    store_read_begin(s->store, &r);
    const StoreObject *o = store_find(s->store, &key);
    unsigned long long version = o ? o->version : 0;
    store_read_end(s->store, &r);
    store_leave(s->store, &r);
    if (version && metadata) {
        value_set_lit(metadata, "resourceVersion", value_str(arena_printf(a, "%llu", version)), a);
    }
}

bool apiserver_find_kind(ApiServer *s, Str api_version, Str kind, Arena *a, KubeKind *out)
{
    StoreReader r;
    KubeKind found;
    if (kube_kind_find(api_version, kind, out)) {
        return out->resource.len > 0;
    }
    store_read_begin(s->store, &r);
    bool is_custom = custom_kinds_find(facts_custom_kinds(store_facts(s->store)), api_version, kind,
                                       &found);
    store_read_end(s->store, &r);
    if (is_custom) { /* its definition may go any time */
        *out = (KubeKind){ .namespaced = found.namespaced,
                           .group = arena_str(a, found.group),
                           .version = arena_str(a, found.version),
                           .api_version = arena_str(a, found.api_version),
                           .kind = arena_str(a, found.kind),
                           .resource = arena_str(a, found.resource) };
    }
    store_leave(s->store, &r);
    return is_custom;
}

/* In a version that is served. */
static bool find_served(ApiServer *s, const Value *object, Arena *a, KubeKind *out)
{
    if (!apiserver_find_kind(s, value_get_str(object, STR("apiVersion")),
                             value_get_str(object, STR("kind")), a, out)) {
        return false;
    }
    return out->type == NULL || kube_kind_is_served(out, &s->options.target) ||
           kube_kind_find_resource(out->group, STR(""), out->resource, &s->options.target, out);
}

bool apiserver_put(ApiServer *s, const ApiCaller *caller, const Value *object, bool only_new,
                   Arena *a, ApiResponse *out)
{
    KubeKind kind;
    const Value *metadata = value_get_lit(object, "metadata");
    Str namespace = value_get_str(metadata, STR("namespace"));
    *out = (ApiResponse){ .code = 404 };
    if (!find_served(s, object, a, &kind)) {
        return false;
    }
    namespace = kind.namespaced && namespace.len == 0 ? STR("default") : namespace;
    Value body = *object;
    if (!str_eq(kind.api_version, value_get_str(object, STR("apiVersion")))) {
        body = value_copy(object, a);
        value_set_lit(&body, "apiVersion", value_str(kind.api_version), a);
    }
    apiserver_internal(s, caller, STR("POST"), uri_of(&kind, namespace, STR(""), a), STR(""), &body,
                       a, out);
    if (out->code == 409 && !only_new) {
        Str uri = uri_of(&kind, namespace, value_get_str(metadata, STR("name")), a);
        body = value_copy(&body, a);
        value_remove(value_get_lit(&body, "metadata"), STR("resourceVersion"));
        value_remove(value_get_lit(&body, "metadata"), STR("uid"));
        name_version(s, &kind, namespace, &body, a);
        apiserver_internal(s, caller, STR("PUT"), uri, STR(""), &body, a, out);
    }
    return out->code < 300;
}

/* -- what there is from the start
 * ---------------------------------------------------------------------- */

/* What is there already was changed by somebody: it stays as it is. */
static bool only_new(const ApiServer *s)
{
    return s->options.is_old || s->options.from.ptr;
}

static void put_own(ApiServer *s, const Value *object, Arena *a)
{
    ApiResponse response;
    bool done = apiserver_put(s, &apiserver_itself, object, only_new(s), a, &response) ||
                response.code == 404 || (only_new(s) && response.code == 409);
    if (!done) { /* where the kind is served */
        Str why = value_get_str(&response.body, STR("message"));
        fprintf(stderr, "podgate: a default object was refused: %.*s\n", STR_ARG(why));
    }
    assert(done);
    (void)done;
}

static Value object_new(const char *api_version, const char *kind, Str namespace, Str name,
                        Arena *a)
{
    Value object = value_object();
    value_set_lit(&object, "apiVersion", value_str(str_from_c(api_version)), a);
    value_set_lit(&object, "kind", value_str(str_from_c(kind)), a);
    Value metadata = value_object();
    value_set_lit(&metadata, "name", value_str(name), a);
    if (namespace.len) {
        value_set_lit(&metadata, "namespace", value_str(namespace), a);
    }
    value_set_lit(&object, "metadata", metadata, a);
    return object;
}

static void put_namespaces(ApiServer *s, Arena *a)
{
    static const Str names[] = { STR_INIT("default"), STR_INIT("kube-node-lease"),
                                 STR_INIT("kube-public"), STR_INIT("kube-system") };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        Value object = object_new("v1", "Namespace", STR(""), names[i], a);
        put_own(s, &object, a);
    }
}

static void put_priorities(ApiServer *s, Arena *a)
{
    static const struct {
        Str name;
        int64_t value;
        Str description;
    } rows[] = {
        { STR_INIT("system-node-critical"), 2000001000,
          STR_INIT("Used for system critical pods that must not be moved from their current "
                   "node.") },
        { STR_INIT("system-cluster-critical"), 2000000000,
          STR_INIT("Used for system critical pods that must run in the cluster, but can be moved "
                   "to another node if necessary.") },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value object = object_new("scheduling.k8s.io/v1", "PriorityClass", STR(""), rows[i].name,
                                  a);
        value_set_lit(&object, "value", value_int(rows[i].value), a);
        value_set_lit(&object, "description", value_str(rows[i].description), a);
        put_own(s, &object, a);
    }
}

/* The service by which pods reach the API server. Where nothing runs, nobody would. */
static void put_own_service(ApiServer *s, Arena *a)
{
    Value object = object_new("v1", "Service", STR("default"), STR("kubernetes"), a);
    Value labels = value_object(), port = value_object(), ports = value_array();
    Value spec = value_object();
    value_set_lit(&labels, "component", value_str(STR("apiserver")), a);
    value_set_lit(&labels, "provider", value_str(STR("kubernetes")), a);
    value_set_lit(value_get_lit(&object, "metadata"), "labels", labels, a);
    value_set_lit(&port, "name", value_str(STR("https")), a);
    value_set_lit(&port, "port", value_int(443), a);
    value_set_lit(&port, "targetPort", value_int(6443), a);
    value_add(&ports, port, a);
    value_set_lit(&spec, "clusterIP", value_str(STR("10.0.0.1")), a);
    value_set_lit(&spec, "ports", ports, a);
    value_set_lit(&object, "spec", spec, a);
    put_own(s, &object, a);
}

void apiserver_put_presets(ApiServer *s)
{
    Arena a;
    arena_init(&a, 0);
    put_namespaces(s, &a);
    put_priorities(s, &a);
    if (s->options.nodes > 0) {
        put_own_service(s, &a);
    }
    Value roles = rbac_preset_kubernetes_of(s->options.target.minor, &a);
    VALUE_EACH_ITEM(role, &roles) {
        put_own(s, role, &a);
    }
    for (size_t i = 0; i < s->options.presets.count && !only_new(s); i++) {
        const PspPreset *preset = psp_preset_find(s->options.presets.items[i]);
        Value objects = preset ? psp_preset_objects(preset, &a) : value_array();
        VALUE_EACH_ITEM(object, &objects) {
            put_own(s, object, &a);
        }
    }
    arena_done(&a);
}
