/* SPDX-License-Identifier: Apache-2.0 */
/* A request to Pod Security Admission with the cluster that it meets, in the form of a recorded
 * case: it is answered, and the answer is of one piece. */
#include "fuzz.h"

#include "decide/psa/recorded.h"
#include "doc/doc.h"

static void check(const Value *got)
{
    OptBool allowed = value_get_bool(got, STR("allowed"));
    const Value *annotations = value_get_lit(got, "auditAnnotations");
    HOLDS(allowed.set && annotations);
    int64_t code = value_get_int(got, STR("code")).value;
    if (allowed.value) {
        HOLDS(!value_get_lit(got, "status"));
    } else {
        HOLDS(code == 400 || code == 403 || code == 422 || code == 500);
        HOLDS(value_get_str(got, STR("message")).len > 0);
        HOLDS(value_len(value_get_lit(got, "warnings")) == 0);
    }
    if (value_get_lit(annotations, "exempt")) {
        HOLDS(allowed.value && value_len(annotations) == 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena a;
    arena_init(&a, 0);
    DocList docs;
    Err err = { 0 };
    if (docs_read(STR("input"), str_from((const char *)data, size), NULL, &a, &docs, &err)) {
        for (size_t i = 0; i < docs.count; i++) {
            Value *recorded = &docs.items[i].root;
            Value got;
            if (recorded->kind != VALUE_OBJECT) {
                continue;
            }
            value_set_lit(recorded, "topic", value_str(STR("psa-admission")), &a);
            if (psa_recorded_decide(recorded, &a, &got, &err)) {
                check(&got);
            } else {
                HOLDS(err.msg.len > 0);
            }
        }
    }
    arena_done(&a);
    return 0;
}
