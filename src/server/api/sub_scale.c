/* SPDX-License-Identifier: Apache-2.0 */
/* The subresource scale: read as a Scale, written through the object that it stands for. */
#include "kube/workloads/scale.h"
#include "server/api/call.h"

/* From here on who scales owns the number of replicas. */
enum { OWNED_SINCE = 22 };

static bool answer_scale(ApiCall *call, const Value *object)
{
    Value scale;
    Err err;
    if (!scale_from_object(object, call->kind.resource, call->arena, &scale, &err)) {
        return api_answer_bad_request(call, "%.*s", STR_ARG(err.msg));
    }
    return api_answer_object(call, 200, scale);
}

static const Value *find_scaled(ApiCall *call, bool is_read)
{
    const Value *stored = api_find(call, call->info.name);
    if (stored == NULL) {
        (void)api_answer_status(call,
                                scale_not_found(call->arena, call->kind.group, call->kind.resource,
                                                call->info.name, is_read));
    }
    return stored;
}

/* The object's own strategy looks at it, so that a Scale cannot do what an update could not. */
static bool update(ApiCall *call, const Value *stored, const Value *scale)
{
    Arena *a = call->arena;
    const SchemaType *type = schema_find(STR("autoscaling/v1"), STR("Scale"));
    Value decoded, object, made, before;
    Status refusal;
    Err err;
    if (!schema_decode(type, scale, call->request->target, a, &decoded, NULL, &err)) {
        return api_answer_bad_request(call, "%.*s", STR_ARG(err.msg));
    }
    if (!scale_from_object(stored, call->kind.resource, a, &before, &err)) {
        return api_answer_bad_request(call, "%.*s", STR_ARG(err.msg));
    }
    if (!api_ask_webhooks(call, ADMISSION_UPDATE, &before, &decoded, &decoded)) {
        return false;
    }
    if (!scale_to_object(&decoded, stored, call->kind.group, call->kind.resource, a, &object,
                         &refusal)) {
        return api_answer_status(call, refusal);
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
    Err err;
    const Value *stored = find_scaled(call, false);
    if (stored == NULL) {
        return false;
    }
    if (!kube_kind_find(STR("autoscaling/v1"), STR("Scale"), &kind)) {
        return api_answer_not_served(call);
    }
    if (!scale_from_object(stored, call->kind.resource, call->arena, &scale, &err)) {
        return api_answer_bad_request(call, "%.*s", STR_ARG(err.msg));
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
