/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of the API: read, listed, created, updated, deleted. */
#include "server/api/call.h"

/* -- what is asked about ----------------------------------------------------------------------- */

static Str qualified_version(const ApiCall *call)
{
    return call->kind.api_version;
}

/* The namespace of the objects: that of the path, or for a Namespace none. */
static Str object_namespace(const ApiCall *call)
{
    return call->kind.namespaced ? call->info.namespace : STR("");
}

static ObjectKey object_key(const ApiCall *call, Str name)
{
    return (ObjectKey){ call->kind.group, call->kind.kind, object_namespace(call), name };
}

static const Value *find_stored(const ApiCall *call, Str name)
{
    return call->facts->object(call->facts->cluster, object_key(call, name));
}

static bool answer_not_found(ApiCall *call, Str name)
{
    return api_answer_status(
        call, status_not_found(call->arena, call->kind.group, call->kind.resource, name));
}

/* -- bodies --------------------------------------------------------------------------------------
 */

/* The subresources whose body is another kind than the resource. */
static const struct {
    Str resource;
    Str subresource;
    Str group;
    Str kind;
    int until; /* first minor version where it is no more; 0 for none */
} other_bodies[] = {
    { STR_INIT("pods"), STR_INIT("ephemeralcontainers"), STR_INIT(""),
      STR_INIT("EphemeralContainers"), 22 },
    { STR_INIT("pods"), STR_INIT("binding"), STR_INIT(""), STR_INIT("Binding"), 0 },
    { STR_INIT("pods"), STR_INIT("eviction"), STR_INIT("policy"), STR_INIT("Eviction"), 0 },
    { STR_INIT("serviceaccounts"), STR_INIT("token"), STR_INIT("authentication.k8s.io"),
      STR_INIT("TokenRequest"), 0 },
    { STR_INIT("deployments"), STR_INIT("scale"), STR_INIT("autoscaling"), STR_INIT("Scale"), 0 },
    { STR_INIT("replicasets"), STR_INIT("scale"), STR_INIT("autoscaling"), STR_INIT("Scale"), 0 },
    { STR_INIT("statefulsets"), STR_INIT("scale"), STR_INIT("autoscaling"), STR_INIT("Scale"), 0 },
    { STR_INIT("replicationcontrollers"), STR_INIT("scale"), STR_INIT("autoscaling"),
      STR_INIT("Scale"), 0 },
};

static Str body_kind(const ApiCall *call)
{
    for (size_t i = 0; i < COUNT_OF(other_bodies); i++) {
        if (str_eq(other_bodies[i].resource, call->info.resource) &&
            str_eq(other_bodies[i].subresource, call->info.subresource) &&
            (other_bodies[i].until == 0 || call->request->target->minor < other_bodies[i].until)) {
            return other_bodies[i].kind;
        }
    }
    return call->kind.kind;
}

static bool answer_bad_request(ApiCall *call, const char *format, ...) PRINTF_LIKE(2, 3);
static bool answer_bad_request(ApiCall *call, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Str why = arena_vprintf(call->arena, format, args);
    va_end(args);
    return api_answer_status(call, status_bad_request(call->arena, why));
}

bool api_read_body(ApiCall *call, Value *out)
{
    const Value *body = call->request->body;
    Str kind = body_kind(call);
    if (!value_is(body, VALUE_OBJECT)) {
        return answer_bad_request(
            call, "the object provided is unrecognized (must be of type %.*s)", STR_ARG(kind));
    }
    Str given_kind = value_get_str(body, STR("kind"));
    Str given_version = value_get_str(body, STR("apiVersion"));
    Str version = qualified_version(call);
    if (given_kind.len && !str_eq(given_kind, kind)) {
        Str of = given_version.len ? given_version : version;
        ptrdiff_t slash = str_rindex_byte(of, '/');
        return answer_bad_request(call, "%.*s in version \"%.*s\" cannot be handled as a %.*s",
                                  STR_ARG(given_kind), STR_ARG(str_drop(of, (size_t)(slash + 1))),
                                  STR_ARG(kind));
    }
    if (given_version.len && !str_eq(given_version, version) && str_eq(kind, call->kind.kind)) {
        return answer_bad_request(call,
                                  "the API version in the data (%.*s) does not match the expected "
                                  "API version (%.*s)",
                                  STR_ARG(given_version), STR_ARG(version));
    }
    *out = *body;
    if (given_kind.len == 0 || given_version.len == 0) {
        *out = value_copy(body, call->arena);
        value_set_lit(out, "kind", value_str(kind), call->arena);
        value_set_lit(out, "apiVersion", value_str(given_version.len ? given_version : version),
                      call->arena);
    }
    return true;
}

/* -- admission -----------------------------------------------------------------------------------
 */

static AdmissionRequest admission_request(const ApiCall *call, AdmissionOperation operation)
{
    return (AdmissionRequest){
        .operation = operation,
        .user = &call->user,
        .group = call->kind.group,
        .version = call->kind.version,
        .resource = call->kind.resource,
        .subresource = call->info.subresource,
        .kind = body_kind(call),
        .namespace = object_namespace(call),
        .name = call->info.name,
        .name_suffix = call->request->name_suffix,
        .dry_run = api_is_dry_run(call),
        .target = call->request->target,
        .options = call->request->admission,
    };
}

/* Asks the chain; answers when it refuses. */
static bool admit(ApiCall *call, const AdmissionRequest *request)
{
    AdmissionDecision *decision = new(call->arena, AdmissionDecision, 1);
    admission_decide(call->facts, request, call->arena, decision);
    call->response->decision = decision;
    return decision->allowed || api_answer_status(call, decision->status);
}

static bool answer_written(ApiCall *call, ApiWrite write, Str name)
{
    const AdmissionDecision *decision = call->response->decision;
    call->response->write = api_is_dry_run(call) ? API_WRITE_NOTHING : write;
    call->response->key = object_key(call, name);
    return api_answer_object(call, decision->status.code, decision->object);
}

/* -- verbs ---------------------------------------------------------------------------------------
 */

static bool handle_get(ApiCall *call)
{
    const Value *stored = find_stored(call, call->info.name);
    return stored ? api_answer_object(call, 200, *stored) : answer_not_found(call, call->info.name);
}

static bool handle_list(ApiCall *call)
{
    ObjectKey key = object_key(call, STR(""));
    if (call->kind.namespaced && key.namespace.len == 0) {
        key.namespace = STR_ABSENT; /* of all namespaces */
    }
    ObjectList objects = call->facts->objects(call->facts->cluster, key);
    Str name = call->info.name; /* of a field selector */
    Value items = value_array();
    for (size_t i = 0; i < objects.count; i++) {
        const Value *object = objects.items[i];
        if (name.len == 0 ||
            str_eq(name, value_as_str(value_at(object, "metadata", "name", NULL)))) {
            value_add(&items, *object, call->arena);
        }
    }
    Value list = value_object();
    value_set_lit(&list, "kind", value_str(arena_concat(call->arena, call->kind.kind, STR("List"))),
                  call->arena);
    value_set_lit(&list, "apiVersion", value_str(qualified_version(call)), call->arena);
    value_set_lit(&list, "metadata", value_object(), call->arena);
    value_set_lit(&list, "items", items, call->arena);
    return api_answer_object(call, 200, list);
}

static bool handle_create(ApiCall *call)
{
    Value body;
    if (!api_read_body(call, &body)) {
        return false;
    }
    AdmissionRequest request = admission_request(call, ADMISSION_CREATE);
    request.object = &body;
    if (!admit(call, &request)) {
        return false;
    }
    Str name = value_as_str(value_at(&call->response->decision->object, "metadata", "name", NULL));
    if (call->info.subresource.len == 0 && find_stored(call, name)) {
        return api_answer_status(
            call, status_already_exists(call->arena, call->kind.group, call->kind.resource, name));
    }
    return answer_written(call, API_WRITE_CREATE, name);
}

/* The object of a PUT is the one of the URL. */
static bool check_name(ApiCall *call, const Value *body)
{
    const Value *metadata = value_get_lit(body, "metadata");
    Str name = value_get_str(metadata, STR("name"));
    Str namespace = value_get_str(metadata, STR("namespace"));
    Str wanted = object_namespace(call);
    if (name.len == 0) {
        return answer_bad_request(call,
                                  "the name of the object (%.*s based on URL) was undeterminable: "
                                  "name must be provided",
                                  STR_ARG(call->info.name));
    }
    if (!str_eq(name, call->info.name)) {
        return answer_bad_request(
            call, "the name of the object (%.*s) does not match the name on the URL (%.*s)",
            STR_ARG(name), STR_ARG(call->info.name));
    }
    if (wanted.len && namespace.len && !str_eq(namespace, wanted)) {
        return answer_bad_request(call,
                                  "the namespace of the object (%.*s) does not match the namespace "
                                  "on the request (%.*s)",
                                  STR_ARG(namespace), STR_ARG(wanted));
    }
    return true;
}

/* Kinds that a PUT may create. */
static bool is_created_by_put(const ApiCall *call)
{
    static const Str kinds[] = {
        STR_INIT("Role"),        STR_INIT("ClusterRole"),
        STR_INIT("RoleBinding"), STR_INIT("ClusterRoleBinding"),
        STR_INIT("Endpoints"),   STR_INIT("Lease"),
        STR_INIT("LimitRange"),  STR_INIT("Event"),
    };
    return str_list_has((StrList){ kinds, COUNT_OF(kinds) }, call->kind.kind);
}

static bool handle_update(ApiCall *call)
{
    Value body;
    if (!api_read_body(call, &body) || !check_name(call, &body)) {
        return false;
    }
    Str name = call->info.name;
    const Value *stored = find_stored(call, name);
    bool creates = stored == NULL && is_created_by_put(call) && call->info.subresource.len == 0;
    AdmissionRequest request = admission_request(call,
                                                 stored ? ADMISSION_UPDATE : ADMISSION_CREATE);
    request.object = &body;
    request.old_object = stored;
    if (stored == NULL && !creates) {
        /* mutating admission is asked before the store says that there is none */
        AdmissionOptions mutating = *(request.options ? request.options
                                                      : &admission_options_default);
        mutating.steps &= ~(unsigned)(ADMISSION_STEP_PREPARE | ADMISSION_STEP_VALIDATE);
        mutating.only_mutating = true;
        request.options = &mutating;
        return admit(call, &request) && answer_not_found(call, name);
    }
    return admit(call, &request) &&
           answer_written(call, creates ? API_WRITE_CREATE : API_WRITE_UPDATE, name);
}

/* Media types that a PATCH may have; which of them a kind takes is the patch's business. */
static bool handle_patch(ApiCall *call)
{
    Str type, parameters;
    (void)str_split_once(call->request->content_type, ';', &type, &parameters);
    static const Str types[] = { STR_INIT("application/json-patch+json"),
                                 STR_INIT("application/merge-patch+json"),
                                 STR_INIT("application/strategic-merge-patch+json"),
                                 STR_INIT("application/apply-patch+yaml") };
    if (!str_list_has((StrList){ types, COUNT_OF(types) }, type)) {
        return api_answer_status(call, (Status){ .code = 415,
                                                 .reason = STR("UnsupportedMediaType"),
                                                 .message = STR("415: Unsupported Media Type") });
    }
    return api_check_options(call) && api_answer_not_allowed(call);
}

/* {"kind": "Status", "status": "Success", "details": {...}} */
static bool answer_deleted(ApiCall *call, const Value *stored)
{
    call->response->write = api_is_dry_run(call) ? API_WRITE_NOTHING : API_WRITE_DELETE;
    call->response->key = object_key(call, call->info.name);
    Status status = {
        .code = 200, .name = call->info.name, .group = call->kind.group, .kind = call->kind.resource
    };
    (void)stored;
    (void)api_answer_status(call, status);
    call->response->is_status = false;
    return false;
}

static bool handle_delete(ApiCall *call)
{
    const Value *stored = find_stored(call, call->info.name);
    if (stored == NULL) {
        return answer_not_found(call, call->info.name);
    }
    AdmissionRequest request = admission_request(call, ADMISSION_DELETE);
    request.old_object = stored;
    return admit(call, &request) && answer_deleted(call, stored);
}

typedef struct VerbRow {
    Str verb;
    bool (*handle)(ApiCall *call);
} VerbRow;

static const VerbRow verbs[] = {
    { STR_INIT("get"), handle_get },       { STR_INIT("list"), handle_list },
    { STR_INIT("watch"), handle_list },    { STR_INIT("create"), handle_create },
    { STR_INIT("update"), handle_update }, { STR_INIT("patch"), handle_patch },
    { STR_INIT("delete"), handle_delete }, { STR_INIT("deletecollection"), handle_list },
};

void api_handle_resource(ApiCall *call)
{
    /* a patch is of a known type before its options are looked at */
    if (!str_eq(call->info.verb, STR("patch")) && !api_check_options(call)) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        if (str_eq(call->info.verb, verbs[i].verb)) {
            (void)verbs[i].handle(call);
            return;
        }
    }
    (void)api_answer_not_allowed(call);
}
