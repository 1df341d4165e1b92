/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deleting: preconditions, grace, finalizers, and what becomes of those that the object owns.
 *
 * Source: k8s.io/apiserver pkg/endpoints/handlers/delete.go, pkg/registry/rest/delete.go,
 * pkg/registry/generic/registry/store.go
 */
#include "base/url.h"
#include "kube/meta.h"
#include "server/api/call.h"

#define FINALIZER_ORPHAN "orphan"
#define FINALIZER_FOREGROUND "foregroundDeletion"

typedef struct DeleteOptions {
    OptInt64 grace_seconds;
    OptBool orphan_dependents;
    Str propagation; /* "Foreground", ...; absent */
    Str uid;         /* preconditions; absent */
    Str resource_version;
} DeleteOptions;

static bool read_query(ApiCall *call, DeleteOptions *out)
{
    Str grace = api_query(call, "gracePeriodSeconds");
    int64_t seconds = 0;
    if (grace.len && !str_to_int64(grace, &seconds)) {
        return api_answer_bad_request(call, "strconv.ParseInt: parsing \"%.*s\": invalid syntax",
                                      STR_ARG(grace));
    }
    Str orphan = api_query(call, "orphanDependents");
    *out = (DeleteOptions){
        .grace_seconds = { grace.len > 0, seconds },
        .orphan_dependents = { orphan.ptr != NULL,
                               !str_eq(orphan, STR("false")) && !str_eq(orphan, STR("0")) },
        .propagation = api_query(call, "propagationPolicy"),
    };
    return true;
}

static DeleteOptions options_of(const Value *body)
{
    const Value *preconditions = value_get_lit(body, "preconditions");
    return (DeleteOptions){
        .grace_seconds = value_get_int(body, STR("gracePeriodSeconds")),
        .orphan_dependents = value_get_bool(body, STR("orphanDependents")),
        .propagation = value_get_str(body, STR("propagationPolicy")),
        .uid = value_get_str(preconditions, STR("uid")),
        .resource_version = value_get_str(preconditions, STR("resourceVersion")),
    };
}

/* Options in the body count instead of those in the query. */
static bool read_options(ApiCall *call, DeleteOptions *out)
{
    const ApiRequest *r = call->request;
    if (r->body == NULL && r->body_text.len == 0) {
        return read_query(call, out);
    }
    Value *body = new(call->arena, Value, 1);
    if (!api_read_delete_options(call, body) || !api_check_delete_options(call, body)) {
        return false;
    }
    call->delete_options = body;
    *out = options_of(body);
    return true;
}

/* -- preconditions
 * ----------------------------------------------------------------------------------- */

static bool is_namespace(const ApiCall *call)
{
    return str_eq(call->kind.resource, STR("namespaces")) && call->kind.group.len == 0;
}

static bool is_definition(const ApiCall *call)
{
    return str_eq(call->kind.resource, STR("customresourcedefinitions"));
}

static bool answer_precondition(ApiCall *call, Str name, const char *what, Str wanted, Str found,
                                const char *happened)
{
    Arena *a = call->arena;
    if (is_namespace(call) || is_definition(call)) {
        Str why = arena_printf(a,
                               "Precondition failed: %s in precondition: %.*s, %s in object meta: "
                               "%.*s",
                               what, STR_ARG(wanted), what, STR_ARG(found));
        return api_answer_status(
            call, status_conflict(a, call->kind.group, call->kind.resource, name, why));
    }
    Str why = arena_printf(a,
                           "the %s in the precondition (%.*s) does not match the %s in record "
                           "(%.*s). The object might have been %s",
                           what, STR_ARG(wanted), what, STR_ARG(found), happened);
    Str group = admission_message_group(call->kind.group, call->kind.resource,
                                        call->request->target);
    return api_answer_status(call, status_conflict(a, group, call->kind.kind, name, why));
}

static bool check_preconditions(ApiCall *call, const DeleteOptions *o, const Value *stored,
                                Str name)
{
    const Value *metadata = value_get_lit(stored, "metadata");
    Str uid = value_get_str(metadata, STR("uid"));
    Str version = value_get_str(metadata, STR("resourceVersion"));
    if (o->uid.ptr && !str_eq(o->uid, uid)) {
        return answer_precondition(call, name, "UID", o->uid, uid, "deleted and then recreated");
    }
    if (o->resource_version.ptr && !str_eq(o->resource_version, version)) {
        return answer_precondition(call, name, "ResourceVersion", o->resource_version, version,
                                   "modified");
    }
    return true;
}

/* -- what stays for a while
 * --------------------------------------------------------------------------- */

static bool has_finalizer(const Value *metadata, Str finalizer)
{
    VALUE_EACH_ITEM(f, value_get_lit(metadata, "finalizers")) {
        if (str_eq(value_as_str(f), finalizer)) {
            return true;
        }
    }
    return false;
}

/* Kinds whose dependents are orphaned when nothing is said. */
static bool orphans_by_default(const ApiCall *call)
{
    static const Str workloads[] = { STR_INIT("daemonsets"), STR_INIT("deployments"),
                                     STR_INIT("replicasets") };
    Str group = call->kind.group;
    return (group.len == 0 && str_eq(call->kind.resource, STR("replicationcontrollers"))) ||
           (str_eq(group, STR("extensions")) &&
            str_list_has((StrList){ workloads, COUNT_OF(workloads) }, call->kind.resource)) ||
           (str_eq(group, STR("batch")) && str_eq(call->kind.resource, STR("jobs"))) ||
           (str_eq(group, STR("batch")) && str_eq(call->kind.resource, STR("cronjobs")) &&
            str_eq(call->kind.version, STR("v2alpha1")));
}

static void want_finalizers(ApiCall *call, const DeleteOptions *o, const Value *metadata,
                            bool *orphan, bool *foreground)
{
    *orphan = *foreground = false;
    if (o->orphan_dependents.set) {
        *orphan = o->orphan_dependents.value;
    } else if (o->propagation.len) {
        *orphan = str_eq(o->propagation, STR("Orphan"));
        *foreground = str_eq(o->propagation, STR("Foreground"));
    } else {
        bool was_orphan = has_finalizer(metadata, STR(FINALIZER_ORPHAN));
        bool was_foreground = has_finalizer(metadata, STR(FINALIZER_FOREGROUND));
        *orphan = was_orphan || (!was_foreground && orphans_by_default(call));
        *foreground = !was_orphan && was_foreground;
    }
}

/* The finalizers with those of deletion as they are wanted now. */
static Value new_finalizers(ApiCall *call, const DeleteOptions *o, const Value *metadata)
{
    bool orphan, foreground;
    Value out = value_array();
    want_finalizers(call, o, metadata, &orphan, &foreground);
    VALUE_EACH_ITEM(f, value_get_lit(metadata, "finalizers")) {
        Str text = value_as_str(f);
        if (!str_eq(text, STR(FINALIZER_ORPHAN)) && !str_eq(text, STR(FINALIZER_FOREGROUND))) {
            value_add(&out, *f, call->arena);
        }
    }
    if (orphan) {
        value_add(&out, value_str(STR(FINALIZER_ORPHAN)), call->arena);
    }
    if (foreground) {
        value_add(&out, value_str(STR(FINALIZER_FOREGROUND)), call->arena);
    }
    return out;
}

static void set_finalizers(Value *object, Value finalizers, Arena *a)
{
    Value *metadata = value_get_lit(object, "metadata");
    if (finalizers.len == 0) {
        value_remove(metadata, STR("finalizers"));
    } else {
        api_meta_set(object, STR("finalizers"), finalizers, a);
    }
}

/* A pod is given time to end, unless nobody runs it. -1 when it goes at once. */
static int64_t grace_of_pod(const DeleteOptions *o, const Value *pod)
{
    OptInt64 own = value_as_int(value_at(pod, "spec", "terminationGracePeriodSeconds", NULL));
    int64_t seconds = o->grace_seconds.set ? o->grace_seconds.value : own.set ? own.value : 30;
    Str phase = value_as_str(value_at(pod, "status", "phase", NULL));
    Str node = value_as_str(value_at(pod, "spec", "nodeName", NULL));
    bool ended = str_eq(phase, STR("Succeeded")) || str_eq(phase, STR("Failed"));
    return node.len == 0 || ended ? 0 : seconds;
}

static Str time_after(const ApiCall *call, int64_t seconds)
{
    ApiServing later = *call->request->serving;
    ApiRequest request = *call->request;
    ApiCall other = *call;
    later.now_seconds += seconds;
    request.serving = &later;
    other.request = &request;
    return api_now_text(&other);
}

/* metadata.generation grows where a kind has one. */
static void grow_generation(Value *object, Arena *a)
{
    OptInt64 generation = value_as_int(value_at(object, "metadata", "generation", NULL));
    if (generation.set && generation.value > 0) {
        api_meta_set(object, STR("generation"), value_int(generation.value + 1), a);
    }
}

/* -- one object
 * ------------------------------------------------------------------------------------------ */

/* Kinds whose deletion answers with the object, not with a Status, and since when. */
static bool returns_object(const ApiCall *call)
{
    static const struct {
        Str kind;
        int since_minor;
    } rows[] = {
        { STR_INIT("Pod"), 0 },
        { STR_INIT("PodTemplate"), 0 },
        { STR_INIT("ResourceQuota"), 0 },
        { STR_INIT("Service"), 23 },
        { STR_INIT("ServiceAccount"), 0 },
        { STR_INIT("PersistentVolume"), 0 },
        { STR_INIT("PersistentVolumeClaim"), 0 },
        { STR_INIT("CSIDriver"), 0 },
        { STR_INIT("CSINode"), 0 },
        { STR_INIT("StorageClass"), 0 },
        { STR_INIT("VolumeAttachment"), 0 },
        { STR_INIT("VolumeAttributesClass"), 0 },
        { STR_INIT("PodSecurityPolicy"), 0 },
        { STR_INIT("DeviceClass"), 0 },
        { STR_INIT("DeviceTaintRule"), 0 },
        { STR_INIT("ResourceClaim"), 0 },
        { STR_INIT("ResourceClaimTemplate"), 0 },
        { STR_INIT("ResourcePoolStatusRequest"), 0 },
        { STR_INIT("ResourceSlice"), 0 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (str_eq(rows[i].kind, call->kind.kind)) {
            return call->request->target->minor >= rows[i].since_minor;
        }
    }
    return false;
}

typedef struct Deletion {
    Value object; /* as it is answered */
    bool stays;   /* it is only marked */
} Deletion;

static void mark(ApiCall *call, Value *object, int64_t grace_seconds)
{
    Arena *a = call->arena;
    const Value *metadata = value_get_lit(object, "metadata");
    if (call->request->serving == NULL) {
        return;
    }
    if (value_is_null(value_get_lit(metadata, "deletionTimestamp"))) {
        api_meta_set(object, STR("deletionTimestamp"), value_str(time_after(call, grace_seconds)),
                     a);
        grow_generation(object, a);
    }
    api_meta_set(object, STR("deletionGracePeriodSeconds"), value_int(grace_seconds), a);
}

static void mark_namespace(ApiCall *call, Value *object)
{
    Arena *a = call->arena;
    if (call->request->serving) {
        api_meta_set(object, STR("deletionTimestamp"), value_str(api_now_text(call)), a);
    }
    Value *status = value_need_object(object, STR("status"), a);
    value_set_lit(status, "phase", value_str(STR("Terminating")), a);
}

/* A namespace goes when its own finalizers have: the first deletion marks it. */
static void delete_namespace(ApiCall *call, const DeleteOptions *o, const Value *stored, Str name,
                             Deletion *out)
{
    Value object = value_copy(stored, call->arena);
    const Value *metadata = value_get_lit(&object, "metadata");
    bool marked = !value_is_null(value_get_lit(metadata, "deletionTimestamp"));
    bool held = value_len(value_at(&object, "spec", "finalizers", NULL)) > 0;
    Value finalizers = new_finalizers(call, o, metadata);
    out->stays = held || finalizers.len > 0;
    out->object = object;
    if (!marked && out->stays) {
        set_finalizers(&object, finalizers, call->arena);
        mark_namespace(call, &object);
        out->object = api_change(call, STORE_MODIFIED, name, &object);
    } else if (!out->stays) {
        (void)api_change(call, STORE_DELETED, name, &object);
    }
}

#define FINALIZER_CLEANUP "customresourcecleanup.apiextensions.k8s.io"

static void set_terminating(ApiCall *call, Value *definition)
{
    Arena *a = call->arena;
    Value *status = value_need_object(definition, STR("status"), a);
    Value *conditions = value_get_lit(status, "conditions");
    Value made = value_object();
    if (status && !value_is(conditions, VALUE_ARRAY)) {
        conditions = value_set_lit(status, "conditions", value_array(), a);
    }
    value_set_lit(&made, "type", value_str(STR("Terminating")), a);
    value_set_lit(&made, "status", value_str(STR("True")), a);
    value_set_lit(&made, "lastTransitionTime", value_str(api_now_text(call)), a);
    value_set_lit(&made, "reason", value_str(STR("InstanceDeletionPending")), a);
    value_set_lit(&made, "message",
                  value_str(STR("CustomResourceDefinition marked for deletion; CustomResource "
                                "deletion will begin soon")),
                  a);
    value_add(conditions, made, a);
}

/* A definition goes when its objects have: the first deletion marks it. */
static void mark_definition(ApiCall *call, const Value *stored, Str name, Deletion *out)
{
    Arena *a = call->arena;
    Value object = value_copy(stored, a);
    api_meta_set(&object, STR("deletionTimestamp"), value_str(api_now_text(call)), a);
    const Value *metadata = value_get_lit(&object, "metadata");
    if (!has_finalizer(metadata, STR(FINALIZER_CLEANUP))) {
        const Value *there = value_get_lit(metadata, "finalizers");
        Value finalizers = there ? *there : value_array();
        value_add(&finalizers, value_str(STR(FINALIZER_CLEANUP)), a);
        api_meta_set(&object, STR("finalizers"), finalizers, a);
    }
    set_terminating(call, &object);
    out->stays = true;
    out->object = api_change(call, STORE_MODIFIED, name, &object);
}

static void delete_object(ApiCall *call, const DeleteOptions *o, const Value *stored, Str name,
                          Deletion *out)
{
    Arena *a = call->arena;
    Value object = value_copy(stored, a);
    const Value *metadata = value_get_lit(&object, "metadata");
    bool marked = !value_is_null(value_get_lit(metadata, "deletionTimestamp"));
    int64_t grace = 0;
    bool graceful = false;
    if (str_eq(call->kind.kind, STR("Pod"))) {
        grace = grace_of_pod(o, &object);
        OptInt64 already = value_get_int(metadata, STR("deletionGracePeriodSeconds"));
        if (marked && already.set && (grace >= already.value) && already.value > 0) {
            out->object = object; /* it goes in its own time: no longer one is given */
            out->stays = true;
            return;
        }
        graceful = grace > 0;
    }
    Value finalizers = new_finalizers(call, o, metadata);
    bool held = finalizers.len > 0;
    out->stays = held || graceful;
    if (!out->stays) {
        if (str_eq(call->kind.kind, STR("Pod"))) { /* is marked first, all the same */
            mark(call, &object, grace);
            object = api_change(call, STORE_MODIFIED, name, &object);
        }
        out->object = object;
        (void)api_change(call, STORE_DELETED, name, &object);
        return;
    }
    set_finalizers(&object, finalizers, a);
    mark(call, &object, grace);
    out->object = value_equal(&object, stored) ? *stored
                                               : api_change(call, STORE_MODIFIED, name, &object);
}

static bool delete_one(ApiCall *call, const DeleteOptions *o, const Value *stored, Deletion *out)
{
    Str name = api_object_name(stored);
    if (!check_preconditions(call, o, stored, name)) {
        return false;
    }
    AdmissionRequest request = api_admission_request(call, ADMISSION_DELETE);
    request.old_object = stored;
    request.name = name;
    request.is_of_many = call->info.name.len == 0;
    if (!api_admit(call, &request)) {
        return false;
    }
    bool marked = !value_is_null(value_at(stored, "metadata", "deletionTimestamp", NULL));
    if (is_namespace(call)) {
        delete_namespace(call, o, stored, name, out);
    } else if (is_definition(call) && !marked && call->request->serving) {
        mark_definition(call, stored, name, out);
    } else {
        delete_object(call, o, stored, name, out);
    }
    return true;
}

bool api_delete_stored(ApiCall *call, const Value *options, const Value *stored)
{
    Deletion deletion = { 0 };
    DeleteOptions o = options_of(options);
    Str name = api_object_name(stored);
    if (!check_preconditions(call, &o, stored, name)) {
        return false;
    }
    delete_object(call, &o, stored, name, &deletion);
    return true;
}

/* {"kind": "Status", "status": "Success", "details": {...}} */
static bool answer_deleted(ApiCall *call, const Value *stored, Str name)
{
    Arena *a = call->arena;
    Status status = {
        .code = 200, .name = name, .group = call->kind.group, .kind = call->kind.resource
    };
    (void)api_answer_status(call, status);
    call->response->is_status = false;
    Value *body = &call->response->body;
    if (call->request->serving) {
        value_remove(body, STR("code"));
    }
    Value *details = value_get_lit(body, "details");
    Str uid = value_as_str(value_at(stored, "metadata", "uid", NULL));
    if (details && uid.len) {
        value_set_lit(details, "uid", value_str(uid), a);
    }
    return false;
}

static void warn_of_orphans(ApiCall *call, const DeleteOptions *o)
{
    enum { WARNS_SINCE = 23 };
    if (str_eq(call->kind.group, STR("batch")) && str_eq(call->kind.resource, STR("jobs")) &&
        call->request->target->minor >= WARNS_SINCE && !o->propagation.ptr &&
        !o->orphan_dependents.set && orphans_by_default(call)) {
        api_warn(call, STR("child pods are preserved by default when jobs are deleted; set "
                           "propagationPolicy=Background to remove them or set "
                           "propagationPolicy=Orphan to suppress this warning"));
    }
}

bool api_handle_delete(ApiCall *call)
{
    DeleteOptions options;
    Deletion deletion = { 0 };
    if (!api_choose_form(call) || !read_options(call, &options)) {
        return false;
    }
    warn_of_orphans(call, &options);
    const Value *stored = api_find(call, call->info.name);
    if (stored == NULL) {
        return api_answer_not_found(call, call->info.name);
    }
    if (!delete_one(call, &options, stored, &deletion)) {
        return false;
    }
    if (deletion.stays || (returns_object(call) && call->request->serving)) {
        return api_answer_object(call, 200, deletion.object);
    }
    return answer_deleted(call, stored, call->info.name);
}

bool api_handle_delete_collection(ApiCall *call)
{
    DeleteOptions options;
    if (!api_choose_form(call) || !read_options(call, &options)) {
        return false;
    }
    warn_of_orphans(call, &options);
    /* what is deleted is answered: the list as it was */
    if (!api_list(call) || call->response->code != 200) {
        return false;
    }
    ApiResponse *r = call->response;
    Value list = r->body;
    VALUE_EACH_ITEM(item, value_get_lit(&list, "items")) {
        const Value *stored = api_find(call, api_object_name(item));
        Deletion deletion;
        if (stored && !delete_one(call, &options, stored, &deletion)) {
            return false;
        }
    }
    return api_answer_object(call, 200, list);
}
