/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Custom resources whose versions a webhook converts. It is asked as admission webhooks are
 * (ask.c): what is not answered yet ends the handling, which begins again with the answer.
 *
 * Source: k8s.io/apiextensions-apiserver pkg/apiserver/conversion
 */
#include "base/sha256.h"
#include "decide/webhook/webhook.h"
#include "server/api/call.h"

enum { TIMEOUT_SECONDS = 30 };

/* The same each time the request is handled, whatever else was chosen at random. */
static Str review_uid(uint64_t seed, const CustomReview *r, Arena *a)
{
    uint8_t h[SHA256_BYTES];
    Str uid = value_as_str(value_at(r->object, "metadata", "uid", NULL));
    sha256(arena_printf(a, "%llu %.*s %.*s", (unsigned long long)seed, STR_ARG(uid),
                        STR_ARG(r->to_api_version)),
           h);
    return arena_printf(a, "%02x%02x%02x%02x-%02x%02x-4%01x%02x-a%01x%02x-%02x%02x%02x%02x%02x%02x",
                        h[0], h[1], h[2], h[3], h[4], h[5], h[6] & 15, h[7], h[8] & 15, h[9], h[10],
                        h[11], h[12], h[13], h[14], h[15]);
}

bool api_conversion_begin(const KubeKind *k, Str to_api_version, const Value *object, uint64_t seed,
                          Arena *a, CustomReview *review, Ask *out)
{
    const Crd *crd = &k->custom->crd;
    *review = (CustomReview){ custom_review_version(crd), STR(""), to_api_version, object };
    if (review->version.ptr == NULL) {
        return false;
    }
    review->uid = review_uid(seed, review, a);
    *out = (Ask){ .kind = ASK_CONVERT,
                  .name = arena_str(a, crd->name), /* the definition may go meanwhile */
                  .operation = STR(""),
                  .client = crd->conversion_client,
                  .body = custom_review_body(review, a),
                  .timeout_seconds = TIMEOUT_SECONDS };
    return true;
}

bool api_conversion_end(const KubeKind *k, const CustomReview *review, const Answer *answer,
                        Arena *a, Value *out, Err *err)
{
    Str problem = webhook_http_problem(answer, a);
    if (problem.ptr) {
        return err_set(err, a, ERR_IO, "%.*s", STR_ARG(custom_review_failure(review, problem, a)));
    }
    if (!custom_review_read(review, answer->body, a, out, err)) {
        return false;
    }
    custom_kind_coerce(k, out, a);
    return true;
}

static void fail(ApiCall *call, Str problem)
{
    ApiResponse *out = call->response;
    out->conversion_problem = out->conversion_problem.ptr ? out->conversion_problem : problem;
}

/* False: there is nothing yet, or nothing that is right. */
static bool ask(ApiCall *call, Str to_api_version, const Value *object, Value *out)
{
    Arena *a = call->arena;
    CustomReview review;
    Ask question;
    Err err;
    if (!api_conversion_begin(&call->kind, to_api_version, object, call->request->serving->seed, a,
                              &review, &question)) {
        fail(call, STR(API_NO_REVIEW_VERSION));
        return false;
    }
    const Answer *answer = api_ask(call, &question);
    if (answer == NULL) {
        return false;
    }
    if (!api_conversion_end(&call->kind, &review, answer, a, out, &err)) {
        fail(call, err.msg);
        return false;
    }
    return true;
}

static bool may_ask(const ApiCall *call)
{
    return call->request->serving && call->request->serving->asks;
}

const Value *api_convert_read(ApiCall *call, const Value *stored)
{
    const KubeKind *k = &call->kind;
    const Value *now = custom_kind_renew(k, stored, call->arena);
    if (str_eq(value_get_str(now, STR("apiVersion")), k->api_version) || !may_ask(call)) {
        return custom_kind_read(k, stored, call->arena);
    }
    Value *out = new(call->arena, Value, 1);
    return ask(call, k->api_version, now, out) ? out : custom_kind_read(k, stored, call->arena);
}

Value api_convert_to_stored(ApiCall *call, const Value *object)
{
    const Crd *crd = &call->kind.custom->crd;
    const CrdVersion *to = crd_storage_version(crd);
    Value out = custom_kind_to_stored(&call->kind, object, call->arena);
    if (to == NULL || to == call->kind.custom_version || !may_ask(call)) {
        return out;
    }
    Str version = arena_printf(call->arena, "%.*s/%.*s", STR_ARG(crd->group), STR_ARG(to->name));
    Value made;
    return ask(call, version, object, &made) ? made : out;
}

void api_end_conversion(ApiCall *call)
{
    ApiResponse *out = call->response;
    if (out->conversion_problem.ptr == NULL) {
        return;
    }
    out->watch = NULL;
    out->list_items = NULL;
    out->change_count = 0;
    out->write = API_WRITE_NOTHING;
    out->bytes = STR_ABSENT;
    out->warnings = (StrList){ 0 };
    (void)api_answer_status(call, status_unknown(call->arena, out->conversion_problem));
}
