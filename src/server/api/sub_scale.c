/* SPDX-License-Identifier: Apache-2.0 */
/* The subresource scale: read as a Scale, written through the object that it stands for. */
#include "kube/workloads/scale.h"
#include "server/api/call.h"

/* From here on who scales owns the number of replicas. */
enum { OWNED_SINCE = 22 };

/* The Scale that an object is seen as; answers when there is none. */
static bool scale_of(ApiCall *call, const Value *object, Value *out)
{
    const KubeKind *k = &call->kind;
    Err err;
    if (k->custom == NULL) {
        return scale_from_object(object, k->resource, call->arena, out, &err) ||
               api_answer_bad_request(call, "%.*s", STR_ARG(err.msg));
    }
    if (crd_scale_get(&k->custom->crd, k->custom_version, object, call->arena, out, &err)) {
        return true;
    }
    return api_answer_status(call, err.code == ERR_NOT_FOUND
                                       ? status_internal(call->arena, err.msg)
                                       : status_unknown(call->arena, err.msg));
}

static bool answer_scale(ApiCall *call, const Value *object)
{
    Value scale;
    return scale_of(call, object, &scale) && api_answer_object(call, 200, scale);
}

static const Value *find_scaled(ApiCall *call, bool is_read)
{
    const Value *stored = api_find(call, call->info.name);
    enum { READ_PLAINLY_SINCE = 33 };
    bool is_plain = call->kind.custom ||
                    (is_read && call->request->target->minor >= READ_PLAINLY_SINCE);
    if (stored == NULL && is_plain) {
        (void)api_answer_not_found(call, call->info.name);
    } else if (stored == NULL) {
        (void)api_answer_status(call,
                                scale_not_found(call->arena, call->kind.group, call->kind.resource,
                                                call->info.name, is_read));
    }
    return stored;
}

/* Stands for replicas that an object does not have: who patches its Scale has to say them. */
static const int64_t not_said = INT32_MIN;

/* A custom resource with the replicas of a Scale, wherever it has them. */
static bool to_custom(ApiCall *call, const Value *scale, const Value *stored, Value *out)
{
    Arena *a = call->arena;
    const CrdVersion *v = call->kind.custom_version;
    Str version = value_as_str(value_at(scale, "metadata", "resourceVersion", NULL));
    int64_t replicas = value_as_int(value_at(scale, "spec", "replicas", NULL)).value;
    Err err;
    if (replicas == not_said) {
        return api_answer_bad_request(call, "the spec replicas field \"%.*s\" cannot be empty",
                                      STR_ARG(v->scale.spec_replicas));
    }
    *out = value_copy(stored, a);
    if (!crd_scale_put(v, replicas, out, a, &err)) {
        return api_answer_status(call, status_unknown(a, err.msg));
    }
    if (version.len) {
        api_meta_set(out, STR("resourceVersion"), value_str(version), a);
    }
    return true;
}

static bool to_object(ApiCall *call, const Value *scale, const Value *stored, Value *out)
{
    const KubeKind *k = &call->kind;
    Status refusal;
    if (k->custom) {
        return to_custom(call, scale, stored, out);
    }
    return scale_to_object(scale, stored, k->group, k->resource, call->arena, out, &refusal) ||
           api_answer_status(call, refusal);
}

/* What a patch is applied to; answers when there is no such thing. */
static bool scale_to_patch(ApiCall *call, const Value *stored, Value *out)
{
    const KubeKind *k = &call->kind;
    Err err = { ERR_NONE, STR_ABSENT };
    if (k->custom &&
        !crd_scale_get(&k->custom->crd, k->custom_version, stored, call->arena, out, &err) &&
        err.code == ERR_NOT_FOUND) {
        Value *spec = value_need_object(out, STR("spec"), call->arena);
        if (spec) {
            value_set_lit(spec, "replicas", value_int(not_said), call->arena);
        }
        return true;
    }
    return scale_of(call, stored, out);
}

/* The object's own strategy looks at it, so that a Scale cannot do what an update could not. */
static bool update(ApiCall *call, const Value *stored, const Value *scale)
{
    Arena *a = call->arena;
    const SchemaType *type = schema_find(STR("autoscaling/v1"), STR("Scale"));
    Value decoded, object, made, before;
    Err err;
    if (!schema_decode(type, scale, call->request->target, a, &decoded, NULL, &err)) {
        return api_answer_bad_request(call, "%.*s", STR_ARG(err.msg));
    }
    if (!scale_to_patch(call, stored, &before) ||
        !api_ask_webhooks(call, ADMISSION_UPDATE, &before, &decoded, &decoded) ||
        !to_object(call, &decoded, stored, &object)) {
        return false;
    }
    ApiCall parent = *call;
    parent.info.subresource = STR("");
    if (call->request->target->minor >= OWNED_SINCE) {
        parent.written_through = STR("scale");
    }
    if (!api_replace_plainly(&parent, stored, &object, &made)) {
        return false;
    }
    call->chosen = parent.chosen;
    return answer_scale(call, &made);
}

static bool put(ApiCall *call)
{
    Value body;
    if (!api_read_body(call, &body) || !api_check_name(call, &body)) {
        return false;
    }
    const Value *stored = find_scaled(call, false);
    return stored && update(call, stored, &body);
}

static bool patch(ApiCall *call)
{
    KubeKind kind;
    Value scale, patched;
    const Value *stored = find_scaled(call, false);
    if (stored == NULL) {
        return false;
    }
    if (!kube_kind_find(STR("autoscaling/v1"), STR("Scale"), &kind)) {
        return api_answer_not_served(call);
    }
    if (!scale_to_patch(call, stored, &scale)) {
        return false;
    }
    return api_apply_patch(call, &kind, &scale, &patched) && api_check_name(call, &patched) &&
           update(call, stored, &patched);
}

void api_handle_scale(ApiCall *call)
{
    if (str_eq(call->info.verb, STR("get"))) {
        const Value *stored = api_choose_form(call) ? find_scaled(call, true) : NULL;
        if (stored) {
            (void)answer_scale(call, stored);
        }
    } else if (api_prepare_write(call)) {
        (void)(str_eq(call->info.verb, STR("patch")) ? patch(call) : put(call));
    }
}
