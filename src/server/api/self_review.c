/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SelfSubjectReview: who am I? The request's user as it acts, whatever the body says.
 *
 * Source: Kubernetes pkg/registry/authentication/selfsubjectreview
 */
#include "server/api/call.h"

static Value user_value(const UserInfo *user, Arena *a)
{
    Value out = value_object();
    if (user->name.len) {
        value_set_lit(&out, "username", value_str(user->name), a);
    }
    if (user->uid.len) {
        value_set_lit(&out, "uid", value_str(user->uid), a);
    }
    if (user->groups.count) {
        Value groups = value_array();
        for (size_t i = 0; i < user->groups.count; i++) {
            value_add(&groups, value_str(user->groups.items[i]), a);
        }
        value_set_lit(&out, "groups", groups, a);
    }
    if (user->extra && value_len(user->extra)) {
        value_set_lit(&out, "extra", value_copy(user->extra, a), a);
    }
    return out;
}

bool api_handle_self_review(ApiCall *call)
{
    if (!str_eq(call->kind.kind, STR("SelfSubjectReview"))) {
        return false;
    }
    Arena *a = call->arena;
    Value body;
    if (!api_choose_form(call) || !api_check_options(call) || !api_read_body(call, &body)) {
        return true;
    }
    Value metadata = value_object(), status = value_object(), out = value_object();
    value_set_lit(&metadata, "creationTimestamp",
                  call->request->serving ? value_str(api_now_text(call)) : value_null(), a);
    value_set_lit(&status, "userInfo", user_value(&call->user, a), a);
    value_set_lit(&out, "kind", value_str(call->kind.kind), a);
    value_set_lit(&out, "apiVersion", value_str(call->kind.api_version), a);
    value_set_lit(&out, "metadata", metadata, a);
    value_set_lit(&out, "status", status, a);
    (void)api_answer_object(call, 201, out);
    return true;
}
