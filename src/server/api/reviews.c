/* SPDX-License-Identifier: Apache-2.0 */
/* Creates that are questions and store nothing. */
#include "decide/rbac/review.h"
#include "server/api/call.h"

bool api_handle_review(ApiCall *call)
{
    if (api_handle_self_review(call)) {
        return true;
    }
    if (!str_eq(call->kind.group, STR("authorization.k8s.io"))) {
        return false;
    }
    Value body, answer;
    Status refusal;
    if (!api_read_body(call, &body)) {
        return true;
    }
    const SchemaType *type = schema_find(call->kind.api_version, call->kind.kind);
    Value sent = body;
    Err err;
    if (type && !schema_normalise(type, &sent, call->request->target, call->arena, &body, NULL,
                                  &err)) {
        return api_answer_bad_request(call, "%.*s", STR_ARG(err.msg)) || true;
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
