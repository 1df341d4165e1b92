/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The subresource scale: GET, PUT and PATCH of a Scale, stored as the replicas of its object.
 *
 * Source: Kubernetes pkg/registry/apps/.../storage/storage.go (ScaleREST)
 */
#include "kube/workloads/scale.h"

#include "kube/schema.h"
#include "server/api/call.h"

/* Turns the object of the answer into its Scale. */
static bool answer_scale(ApiCall *call, int code, const Value *object)
{
    Value scale;
    Err err;
    if (!scale_from_object(object, call->kind.resource, call->arena, &scale, &err)) {
        return api_answer_bad_request(call, "%.*s", STR_ARG(err.msg));
    }
    return api_answer_object(call, code, scale);
}

static const Value *find(ApiCall *call, bool is_read)
{
    const Value *stored = api_find(call, call->info.name);
    if (stored == NULL) {
        (void)api_answer_status(call, scale_not_found(call->arena, call->kind.group,
                                                      call->kind.resource, call->info.name,
                                                      is_read));
    }
    return stored;
}

/* What changes is the object: it goes the way of its own updates, except that its fields stay with
 * whom they are. */
static bool replace(ApiCall *call, const Value *stored, const Value *body)
{
    const SchemaType *type = schema_find(api_body_version(call), api_body_kind(call));
    Value scale, object;
    Status refusal;
    Err err;
    if (!schema_decode(type, body, call->request->target, call->arena, &scale, NULL, &err)) {
        return api_answer_bad_request(call, "%.*s", STR_ARG(err.msg));
    }
    if (!scale_to_object(&scale, stored, call->kind.group, call->kind.resource, call->arena,
                         &object, &refusal)) {
        return api_answer_status(call, refusal);
    }
    Str subresource = call->info.subresource;
    call->info.subresource = STR("");
    call->fields_are_owned = true;
    (void)api_replace(call, stored, &object);
    call->info.subresource = subresource;
    if (call->response->code >= 300) {
        return false;
    }
    Value made = call->response->body;
    return answer_scale(call, call->response->code, &made);
}

static bool put(ApiCall *call)
{
    Value body;
    if (!api_read_body(call, &body) || !api_check_name(call, &body)) {
        return false;
    }
    const Value *stored = find(call, false);
    return stored && replace(call, stored, &body);
}

static bool patch(ApiCall *call)
{
    const Value *stored = find(call, false);
    Value scale, patched;
    Err err;
    if (stored == NULL) {
        return false;
    }
    if (!scale_from_object(stored, call->kind.resource, call->arena, &scale, &err)) {
        return api_answer_bad_request(call, "%.*s", STR_ARG(err.msg));
    }
    KubeKind kind = call->kind;
    kind.api_version = api_body_version(call);
    kind.kind = api_body_kind(call);
    return api_apply_patch(call, &kind, &scale, &patched) && replace(call, stored, &patched);
}

bool api_handle_scale(ApiCall *call)
{
    bool patches = str_eq(call->info.verb, STR("patch"));
    if ((patches && !api_check_patch_type(call)) || !api_choose_form(call)) {
        return false;
    }
    if (str_eq(call->info.verb, STR("get"))) {
        const Value *stored = find(call, true);
        return stored && answer_scale(call, 200, stored);
    }
    if (!api_check_options(call)) {
        return false;
    }
    return patches ? patch(call) : put(call);
}
