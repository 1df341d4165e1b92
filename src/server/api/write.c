/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Creating and updating: what is the same for every resource.
 *
 * Source: k8s.io/apiserver pkg/endpoints/handlers/{create,update}.go, pkg/registry/generic/registry
 * /store.go
 */
#include "kube/managed/managed.h"
#include "server/api/call.h"

#include <time.h>

/* -- chosen at random, and the time
 * ------------------------------------------------------------------ */

uint64_t api_random(ApiCall *call)
{
    uint64_t seed = call->request->serving ? call->request->serving->seed : 0;
    uint64_t z = seed + ++call->chosen * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

Str api_uuid(ApiCall *call)
{
    uint64_t high = api_random(call), low = api_random(call);
    high = (high & ~0xF000ull) | 0x4000; /* version 4 */
    low = (low & ~(3ull << 62)) | 2ull << 62;
    return arena_printf(call->arena, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(high >> 32),
                        (unsigned)(high >> 16 & 0xFFFF), (unsigned)(high & 0xFFFF),
                        (unsigned)(low >> 48), (unsigned long long)(low & 0xFFFFFFFFFFFFull));
}

Str api_now_text(const ApiCall *call)
{
    struct tm t;
    time_t now = (time_t)call->request->serving->now_seconds;
    gmtime_r(&now, &t);
    return arena_printf(call->arena, "%04d-%02d-%02dT%02d:%02d:%02dZ", t.tm_year + 1900,
                        t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
}

static Str new_suffix(ApiCall *call)
{
    static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
    if (call->request->serving == NULL) {
        return call->request->name_suffix;
    }
    Buf b = buf_new(call->arena);
    for (int i = 0; i < 5; i++) {
        buf_byte(&b, letters[api_random(call) % (sizeof letters - 1)]);
    }
    return buf_str(&b);
}

/* -- metadata
 * ------------------------------------------------------------------------------------------ */

/* The members that a server sets, as Go orders them; others come after. */
static const Str meta_order[] = {
    STR_INIT("name"),
    STR_INIT("generateName"),
    STR_INIT("namespace"),
    STR_INIT("selfLink"),
    STR_INIT("uid"),
    STR_INIT("resourceVersion"),
    STR_INIT("generation"),
    STR_INIT("creationTimestamp"),
    STR_INIT("deletionTimestamp"),
    STR_INIT("deletionGracePeriodSeconds"),
    STR_INIT("labels"),
    STR_INIT("annotations"),
    STR_INIT("ownerReferences"),
    STR_INIT("finalizers"),
    STR_INIT("managedFields"),
};

static size_t meta_rank(Str field)
{
    for (size_t i = 0; i < COUNT_OF(meta_order); i++) {
        if (str_eq(meta_order[i], field)) {
            return i;
        }
    }
    return COUNT_OF(meta_order);
}

void api_meta_set(Value *object, Str field, Value v, Arena *a)
{
    Value *metadata = value_need_object(object, STR("metadata"), a);
    if (metadata == NULL) {
        return;
    }
    Value *there = value_get(metadata, field);
    if (there) {
        *there = v;
        return;
    }
    size_t at = 0;
    while (at < metadata->len && meta_rank(member_key(&metadata->members[at])) < meta_rank(field)) {
        at++;
    }
    (void)value_set(metadata, field, v, a);
    Member made = metadata->members[metadata->len - 1];
    memmove(metadata->members + at + 1, metadata->members + at,
            (metadata->len - 1 - at) * sizeof made);
    metadata->members[at] = made;
}

/* -- admission
 * --------------------------------------------------------------------------------------- */

const SchemaType *api_managed_type(const ApiCall *call, Str api_version, Str kind)
{
    return call->kind.custom && str_eq(kind, call->kind.kind)
               ? crd_managed_type(&call->kind.custom->crd, call->kind.custom_version)
               : schema_find(api_version, kind);
}

void api_own_fields(ApiCall *call, Value *object, const Value *old)
{
    Str api_version = api_body_version(call);
    Str subresource = call->written_through.len ? call->written_through : call->info.subresource;
    ManagedRequest managed = {
        .target = call->request->target,
        .type = api_managed_type(call, api_version, api_body_kind(call)),
        .api_version = api_version,
        .kind = api_body_kind(call),
        .manager = managed_manager_name(api_query(call, "fieldManager"), call->request->user_agent,
                                        call->arena),
        .time = api_now_text(call),
        .is_subresource = subresource.len > 0,
        .subresource = subresource,
    };
    if ((managed.type || call->kind.custom) && call->request->serving) {
        managed_update(&managed, old, object, call->arena);
    }
}

static void own_fields(void *context, Value *object, const Value *old, Arena *a)
{
    ApiCall *call = context;
    (void)a;
    if (str_eq(api_body_kind(call), call->kind.kind) && !call->fields_are_owned) {
        api_own_fields(call, object, old);
    }
}

static Str certificate_request_error(void *context, Str der, Arena *a)
{
    const ApiServing *serving = ((ApiCall *)context)->request->serving;
    return serving->certificate_request_error
               ? serving->certificate_request_error(serving->context, der, a)
               : STR_ABSENT;
}

AdmissionRequest api_admission_request(ApiCall *call, AdmissionOperation operation)
{
    AdmissionRequest request = {
        .operation = operation,
        .user = &call->user,
        .group = call->kind.group,
        .version = call->kind.version,
        .resource = call->kind.resource,
        .subresource = call->info.subresource,
        .kind = api_body_kind(call),
        .namespace = api_namespace(call),
        .name = call->info.name,
        .name_suffix = new_suffix(call),
        .dry_run = api_is_dry_run(call),
        .request_options = api_options_value(call, operation),
        .asker = api_asker(call),
        .target = call->request->target,
        .options = call->request->admission,
        .crd = api_body_is_custom(call) ? &call->kind.custom->crd : NULL,
        .crd_version = call->kind.custom_version,
    };
    if (call->request->serving) {
        AdmissionStamp *stamp = new(call->arena, AdmissionStamp, 1);
        *stamp = (AdmissionStamp){
            .uid = api_uuid(call),
            .time = api_now_text(call),
            .seed = api_random(call),
            .own_fields = own_fields,
            .certificate_request_error = certificate_request_error,
            .context = call,
        };
        request.stamp = stamp;
    }
    return request;
}

bool api_admit_question(ApiCall *call, const Value *object, Value *out)
{
    AdmissionRequest request = api_admission_request(call, ADMISSION_CREATE);
    AdmissionOptions plugins = *(request.options ? request.options : &admission_options_default);
    plugins.steps = 0;
    plugins.no_patch = true;
    request.stamp = NULL;
    request.object = object;
    request.options = &plugins;
    if (!api_admit(call, &request)) {
        return false;
    }
    *out = call->response->decision->object;
    return true;
}

bool api_admit(ApiCall *call, const AdmissionRequest *request)
{
    AdmissionDecision *decision = new(call->arena, AdmissionDecision, 1);
    admission_decide(call->facts, request, call->arena, decision);
    if (decision->waits) {
        return false;
    }
    call->response->decision = decision;
    for (const AdmissionWarning *w = decision->warnings; w; w = w->next) {
        api_warn(call, w->text);
    }
    if (!decision->allowed) {
        (void)api_answer_status(call, decision->status);
    }
    if (!decision->allowed && decision->refusal.kind == VALUE_OBJECT) {
        call->response->body = decision->refusal;
    }
    return decision->allowed;
}

/* -- changes
 * ------------------------------------------------------------------------------------------- */

Value api_add_change(ApiCall *call, StoreEventKind kind, ObjectKey key, const Value *object)
{
    ApiResponse *r = call->response;
    uint64_t version = store_next_version(call->request->serving->store) + r->change_count;
    Value stored = value_copy(object, call->arena);
    api_meta_set(&stored, STR("resourceVersion"),
                 value_str(arena_printf(call->arena, "%llu", (unsigned long long)version)),
                 call->arena);
    if (call->kind.custom && str_eq(key.kind, call->kind.kind)) {
        value_sort_keys(value_get_lit(&stored, "metadata")); /* no type, no order of its own */
    }
    if ((r->change_count & (r->change_count - 1)) == 0) { /* as many as there is room for */
        StoreChange *grown = new(call->arena, StoreChange,
                                  r->change_count ? r->change_count * 2 : 1);
        if (r->change_count) {
            memcpy(grown, r->changes, r->change_count * sizeof *grown);
        }
        r->changes = grown;
    }
    Value *kept = new(call->arena, Value, 1);
    *kept = stored;
    r->changes[r->change_count++] = (StoreChange){ key, kind, kept, version };
    return stored;
}

/* The answer is the object as it was written: nobody is asked to convert it back, whose version
 * could be another by the time the answer comes. */
static Value change_by_webhook(ApiCall *call, StoreEventKind kind, ObjectKey key,
                               const Value *object)
{
    Value kept = api_convert_to_stored(call, object);
    Value made = value_copy(object, call->arena);
    kept = api_add_change(call, kind, key, &kept);
    api_meta_set(&made, STR("resourceVersion"),
                 *value_at(&kept, "metadata", "resourceVersion", NULL), call->arena);
    value_sort_keys(value_get_lit(&made, "metadata"));
    return made;
}

Value api_change(ApiCall *call, StoreEventKind kind, Str name, const Value *object)
{
    /* custom resources are kept in one version, whichever they are written in */
    static const ApiWrite writes[] = { API_WRITE_CREATE, API_WRITE_UPDATE, API_WRITE_DELETE };
    ApiResponse *r = call->response;
    ObjectKey key = api_key(call, name);
    r->key = key;
    if (api_is_dry_run(call)) {
        return *object;
    }
    r->write = writes[kind];
    if (call->request->serving == NULL) {
        return *object;
    }
    if (call->kind.custom == NULL) {
        return api_add_change(call, kind, key, object);
    }
    if (call->kind.custom->crd.is_webhook_conversion) {
        return change_by_webhook(call, kind, key, object);
    }
    Value kept = custom_kind_to_stored(&call->kind, object, call->arena);
    kept = api_add_change(call, kind, key, &kept);
    return *api_in_version(call, &kept);
}

/* -- creating
 * ------------------------------------------------------------------------------------------ */

/* A create finds an object of that name. */
static bool answer_exists(ApiCall *call, const Value *stored, Str name)
{
    Status status = status_already_exists(call->arena, call->kind.group, call->kind.resource, name);
    if (!value_is_null(value_at(stored, "metadata", "deletionTimestamp", NULL))) {
        status.message = arena_concat(call->arena, STR("object is being deleted: "),
                                      status.message);
    }
    return api_answer_status(call, status);
}

bool api_create(ApiCall *call, const Value *body)
{
    AdmissionRequest request = api_admission_request(call, ADMISSION_CREATE);
    request.object = body;
    if (!api_admit(call, &request)) {
        return false;
    }
    const AdmissionDecision *decision = call->response->decision;
    Str name = api_object_name(&decision->object);
    const Value *stored = call->info.subresource.len ? NULL : api_find(call, name);
    Str version = value_as_str(value_at(body, "metadata", "resourceVersion", NULL));
    int64_t number;
    if (str_eq(call->info.verb, STR("create")) && !api_is_dry_run(call) && call->request->serving &&
        str_to_int64(version, &number) && number) {
        return api_answer_status(
            call,
            status_unknown(call->arena, STR("resourceVersion should not be set on objects to be "
                                            "created")));
    }
    if (stored) {
        return answer_exists(call, stored, name);
    }
    api_change_quotas(call);
    Value made = api_change(call, STORE_ADDED, name, &decision->object);
    return api_answer_object(call, decision->status.code, made);
}

bool api_handle_create(ApiCall *call)
{
    Value body;
    return api_read_body(call, &body) && api_create(call, &body);
}

/* -- updating
 * ------------------------------------------------------------------------------------------ */

/* Is an object that is being deleted kept by nothing any more? */
static bool is_gone(const Value *object)
{
    const Value *metadata = value_get_lit(object, "metadata");
    OptInt64 grace = value_get_int(metadata, STR("deletionGracePeriodSeconds"));
    return !value_is_null(value_get_lit(metadata, "deletionTimestamp")) &&
           value_len(value_get_lit(metadata, "finalizers")) == 0 && grace.value == 0 &&
           value_len(value_at(object, "spec", "finalizers", NULL)) == 0;
}

/* Does an update leave the object as it is stored? */
static bool is_unchanged(const ApiCall *call, const Value *object, const Value *stored)
{
    return value_equal(object, stored) || (call->request->target->minor >= MANAGED_TIMES_REVERTED &&
                                           managed_equal_but_times(object, stored, call->arena));
}

bool api_replace(ApiCall *call, const Value *stored, const Value *object)
{
    AdmissionRequest request = api_admission_request(call, ADMISSION_UPDATE);
    request.object = object;
    request.old_object = stored;
    if (!api_admit(call, &request)) {
        return false;
    }
    const AdmissionDecision *decision = call->response->decision;
    Str name = call->info.name;
    bool same = is_unchanged(call, &decision->object, stored);
    if (is_gone(&decision->object)) {
        (void)api_change(call, STORE_DELETED, name, &decision->object);
        return api_answer_object(call, 200, decision->object);
    }
    if (same && call->request->serving) {
        return api_answer_object(call, 200, *stored);
    }
    api_change_quotas(call);
    Value made = api_change(call, STORE_MODIFIED, name, &decision->object);
    return api_answer_object(call, decision->status.code, made);
}

bool api_replace_plainly(ApiCall *call, const Value *stored, const Value *object, Value *out)
{
    AdmissionRequest request = api_admission_request(call, ADMISSION_UPDATE);
    AdmissionOptions plain = *(request.options ? request.options : &admission_options_default);
    plain.plugins = 0;
    plain.no_patch = true;
    request.options = &plain;
    request.object = object;
    request.old_object = stored;
    if (request.stamp) {
        AdmissionStamp *stamp = new(call->arena, AdmissionStamp, 1);
        *stamp = *request.stamp;
        stamp->own_fields = call->written_through.len ? own_fields : NULL;
        request.stamp = stamp;
    }
    if (!api_admit(call, &request)) {
        return false;
    }
    const Value *made = &call->response->decision->object;
    *out = is_unchanged(call, made, stored)
               ? *stored
               : api_change(call, STORE_MODIFIED, call->info.name, made);
    return true;
}

/* The object of a PUT is the one of the URL. */
bool api_check_name(ApiCall *call, const Value *body)
{
    const Value *metadata = value_get_lit(body, "metadata");
    Str name = value_get_str(metadata, STR("name"));
    Str namespace = value_get_str(metadata, STR("namespace"));
    Str wanted = api_namespace(call);
    if (name.len == 0) {
        return api_answer_bad_request(
            call,
            "the name of the object (%.*s based on URL) was undeterminable: name must be provided",
            STR_ARG(call->info.name));
    }
    if (!str_eq(name, call->info.name)) {
        return api_answer_bad_request(
            call, "the name of the object (%.*s) does not match the name on the URL (%.*s)",
            STR_ARG(name), STR_ARG(call->info.name));
    }
    if (wanted.len && namespace.len && !str_eq(namespace, wanted) &&
        call->request->target->minor >= 22) {
        return api_answer_bad_request(call, "the namespace of the provided object does not match "
                                            "the namespace sent on the request");
    }
    if (wanted.len && namespace.len && !str_eq(namespace, wanted)) {
        return api_answer_bad_request(
            call,
            "the namespace of the object (%.*s) does not match the namespace on the request "
            "(%.*s)",
            STR_ARG(namespace), STR_ARG(wanted));
    }
    return true;
}

/* Where etcd keeps the objects: the resource, but for old ones. */
static Str registry_key(const ApiCall *call)
{
    static const struct {
        Str resource;
        Str folder;
    } folders[] = {
        { STR_INIT("replicationcontrollers"), STR_INIT("controllers") },
        { STR_INIT("endpoints"), STR_INIT("services/endpoints") },
        { STR_INIT("nodes"), STR_INIT("minions") },
        { STR_INIT("services"), STR_INIT("services/specs") },
        { STR_INIT("ingresses"), STR_INIT("ingress") },
        { STR_INIT("podsecuritypolicies"), STR_INIT("podsecuritypolicy") },
        { STR_INIT("apiservices"), STR_INIT("apiregistration.k8s.io/apiservices") },
        { STR_INIT("customresourcedefinitions"),
          STR_INIT("apiextensions.k8s.io/customresourcedefinitions") },
    };
    Str folder = call->kind.resource;
    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        folder = str_eq(folders[i].resource, call->kind.resource) ? folders[i].folder : folder;
    }
    Str namespace = api_namespace(call);
    return arena_printf(call->arena, "/registry/%.*s/%.*s%s%.*s", STR_ARG(folder),
                        STR_ARG(namespace), namespace.len ? "/" : "", STR_ARG(call->info.name));
}

/* The uid that an update names is that of the stored object. */
static bool check_uid(ApiCall *call, const Value *stored, const Value *object)
{
    Str given = value_as_str(value_at(object, "metadata", "uid", NULL));
    Str uid = value_as_str(value_at(stored, "metadata", "uid", NULL));
    if (given.len == 0 || str_eq(given, uid) || call->request->serving == NULL) {
        return true;
    }
    Str why = arena_printf(call->arena,
                           "StorageError: invalid object, Code: 4, Key: %.*s, ResourceVersion: 0, "
                           "AdditionalErrorMsg: Precondition failed: UID in precondition: %.*s, "
                           "UID in object meta: %.*s",
                           STR_ARG(registry_key(call)), STR_ARG(given), STR_ARG(uid));
    return api_answer_status(call, status_conflict(call->arena, call->kind.group,
                                                   call->kind.resource, call->info.name, why));
}

/* Mutating admission is asked before the store says that there is no such object. */
static bool answer_missing(ApiCall *call, const Value *body)
{
    AdmissionRequest request = api_admission_request(call, ADMISSION_CREATE);
    AdmissionOptions mutating = *(request.options ? request.options : &admission_options_default);
    request.object = body;
    mutating.steps &= ~(unsigned)(ADMISSION_STEP_PREPARE | ADMISSION_STEP_VALIDATE);
    mutating.only_mutating = true;
    request.options = &mutating;
    return api_admit(call, &request) && api_answer_not_found(call, call->info.name);
}

bool api_handle_put(ApiCall *call)
{
    Value body;
    if (!api_read_body(call, &body) || !api_check_name(call, &body)) {
        return false;
    }
    const Value *stored = api_find(call, call->info.name);
    if (stored) {
        return check_uid(call, stored, &body) && api_replace(call, stored, &body);
    }
    bool creates = call->info.subresource.len == 0 &&
                   admission_put_creates(call->kind.group, call->kind.resource);
    return creates ? api_create(call, &body) : answer_missing(call, &body);
}

bool api_handle_patch(ApiCall *call)
{
    if (api_is_apply(call)) {
        return api_handle_apply(call);
    }
    const Value *stored = api_find(call, call->info.name);
    Value patched;
    if (stored == NULL) {
        return api_answer_not_found(call, call->info.name);
    }
    return api_apply_patch(call, &call->kind, stored, &patched) && api_check_name(call, &patched) &&
           api_replace(call, stored, &patched);
}
