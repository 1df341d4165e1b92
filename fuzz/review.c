/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AdmissionReview: any bytes are answered with a review of JSON, or refused with a message. The
 * patch of an answer applies to the object that was asked about.
 */
#include "cluster.h"

#include "base/base64.h"
#include "doc/json.h"
#include "doc/patch.h"
#include "server/webhook/review.h"

static void check_answer(Str answer, const ReviewResult *result, Arena *a)
{
    Value v;
    Value patch;
    Err err = { 0 };
    HOLDS(json_read(STR("answer"), answer, NULL, a, &v, &err));
    const Value *response = value_get_lit(&v, "response");
    HOLDS(value_get_bool(response, STR("allowed")).set);
    HOLDS(value_get_bool(response, STR("allowed")).value == result->allowed);
    if (!result->allowed) {
        HOLDS(value_as_int(value_at(response, "status", "code", NULL)).value >= 400);
        return;
    }
    Str coded = value_get_str(response, STR("patch"));
    if (coded.len) {
        Buf text = buf_new(a);
        HOLDS(base64_read(coded, &text));
        HOLDS(json_read(STR("patch"), buf_str(&text), NULL, a, &patch, &err));
        HOLDS(value_is(&patch, VALUE_ARRAY) && value_len(&patch) > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena a;
    arena_init(&a, 0);
    KubeTarget target = kube_target(size && data[size - 1] == '\n' ? 20 : KUBE_MINOR_NEWEST);
    ReviewOptions options = { .target = &target, .plugins = review_plugins_default };
    char *text = arena_alloc(&a, size + JSON_PADDING);
    memcpy(text, data, size);
    Buf out = buf_new(&a);
    ReviewResult result;
    Err err = { 0 };
    if (review_answer(snapshot_facts(fuzz_cluster()), &options, STR("input"), text, size, &a, &out,
                      &result, &err)) {
        check_answer(buf_str(&out), &result, &a);
    } else {
        HOLDS(err.code != ERR_NONE && err.msg.len && out.len == 0);
    }
    arena_done(&a);
    return 0;
}
