/* SPDX-License-Identifier: Apache-2.0 */
/* Creates that are questions and store nothing. */
#include "decide/rbac/review.h"
#include "server/api/call.h"

/* -- TokenReview ------------------------------------------------------------------------------- */

static Value list_value(StrList list, Arena *a)
{
    Value out = value_array();
    for (size_t i = 0; i < list.count; i++) {
        value_add(&out, value_str(list.items[i]), a);
    }
    return out;
}

static Value user_value(const UserInfo *user, Arena *a)
{
    Value out = value_object();
    value_set_lit(&out, "username", value_str(user->name), a);
    value_set_lit(&out, "uid", value_str(user->uid.ptr ? user->uid : STR("")), a);
    value_set_lit(&out, "groups", list_value(user->groups, a), a);
    if (value_len(user->extra)) {
        value_set_lit(&out, "extra", *user->extra, a);
    }
    return out;
}

static void review_token(ApiCall *call, Value *review)
{
    Arena *a = call->arena;
    const ApiServing *serving = call->request->serving;
    const Value *spec = value_get_lit(review, "spec");
    StrList audiences = value_str_list(value_get_lit(spec, "audiences"), a);
    ApiTokenAnswer found = { 0 };
    Value status = value_object();
    if (serving->review_token) {
        serving->review_token(serving->context, value_get_str(spec, STR("token")),
                              audiences.count ? audiences : serving->audiences,
                              serving->now_seconds, a, &found);
    }
    if (found.authenticated) {
        value_set_lit(&status, "authenticated", value_bool(true), a);
        value_set_lit(&status, "user", user_value(&found.user, a), a);
        if (found.audiences.count) {
            value_set_lit(&status, "audiences", list_value(found.audiences, a), a);
        }
    } else {
        value_set_lit(&status, "user", value_object(), a);
    }
    if (found.error.len) {
        value_set_lit(&status, "error", value_str(found.error), a);
    }
    value_set_lit(review, "status", status, a);
}

static bool answer_token_review(ApiCall *call)
{
    Arena *a = call->arena;
    Value body, decoded, review;
    Err err;
    if (!api_prepare_write(call) || !api_read_body(call, &body)) {
        return false;
    }
    if (!schema_decode(call->kind.type, &body, call->request->target, a, &decoded, NULL, &err)) {
        return api_answer_bad_request(call, "%.*s", STR_ARG(err.msg));
    }
    value_remove(&decoded, STR("status"));
    value_remove(value_get_lit(&decoded, "metadata"), STR("managedFields"));
    api_own_fields(call, &decoded, NULL);
    if (!api_admit_question(call, &decoded, &review)) {
        return false;
    }
    if (value_get_str(value_get_lit(&review, "spec"), STR("token")).len == 0) {
        return api_answer_bad_request(call, "token is required for TokenReview in authentication");
    }
    review_token(call, &review);
    schema_encode(call->kind.type, &review, call->request->target);
    return api_answer_object(call, 201, review);
}

/* -- which it is ------------------------------------------------------------------------------- */

bool api_handle_review(ApiCall *call)
{
    if (api_handle_self_review(call)) {
        return true;
    }
    if (call->request->serving && str_eq(call->kind.kind, STR("TokenReview"))) {
        (void)answer_token_review(call);
        return true;
    }
    if (!str_eq(call->kind.group, STR("authorization.k8s.io"))) {
        return false;
    }
    Value sent, body, answer;
    Status refusal;
    Err err;
    if (!api_read_body(call, &sent)) {
        return true;
    }
    /* what is empty in protobuf is there, and means nothing */
    if (!schema_normalise(call->kind.type, &sent, call->request->target, call->arena, &body, NULL,
                          &err)) {
        (void)api_answer_bad_request(call, "%.*s", STR_ARG(err.msg));
        return true;
    }
    RbacReview review = { .user = &call->user,
                          .kind = call->kind.kind,
                          .namespace = call->info.namespace,
                          .object = &body };
    if (rbac_review(call->facts, &review, call->arena, &answer, &refusal)) {
        (void)api_answer_object(call, 201, answer);
    } else {
        (void)api_answer_status(call, refusal);
    }
    return true;
}
