/* SPDX-License-Identifier: Apache-2.0 */
/* A pod as raw bytes, read as Go's decoder reads it and judged at both levels: noting places
 * changes nothing, the texts are well formed, and a text without repeated keys decodes as any other
 * reader has it. */
#include "fuzz.h"

#include "decide/psa/object.h"
#include "decide/psa/psa.h"
#include "doc/json.h"
#include "doc/json_go.h"
#include "kube/schema.h"

static void judge(const PodView *pod, PsaLevelVersion policy, Arena *a)
{
    PsaOptions options = { .places = true };
    PsaResult plain;
    PsaResult placed;
    Buf reason = buf_new(a);
    Buf detail = buf_new(a);
    psa_evaluate(pod, policy, NULL, a, &plain);
    psa_evaluate(pod, policy, &options, a, &placed);
    HOLDS(plain.count == placed.count);
    for (size_t i = 0; i < plain.count; i++) {
        HOLDS(plain.violations[i].check == placed.violations[i].check);
        HOLDS(str_eq(plain.violations[i].detail, placed.violations[i].detail));
        HOLDS(placed.violations[i].places != NULL);
    }
    psa_write_reason(&plain, &reason);
    psa_write_detail(&plain, &detail);
    HOLDS((reason.len == 0) == psa_allowed(&plain));
    HOLDS(detail.len >= reason.len);
}

/* What json_read() takes has no repeated keys: both readers and decoders agree on it. */
static void agree(Str text, Arena *a)
{
    const SchemaType *type = schema_find(STR("v1"), STR("Pod"));
    KubeTarget target = kube_target(KUBE_MINOR_NEWEST);
    static const PsaKind kind = { STR_INIT(""), STR_INIT("v1"), STR_INIT("Pod") };
    Value v;
    Value go;
    Value decoded;
    PsaObject object;
    Err err;
    if (!json_go_is_json(text) || !json_read(STR("input"), text, NULL, a, &v, &err)) {
        return;
    }
    HOLDS(json_go_read(text, a, &go, &err));
    HOLDS(value_equal(&v, &go));
    if (psa_object_read(text, &kind, a, &object, &err) && psa_object_is(&object, "Pod")) {
        HOLDS(schema_decode(type, &v, &target, a, &decoded, NULL, &err));
        HOLDS(value_equal(&decoded, &object.value));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const PsaKind kind = { STR_INIT(""), STR_INIT("v1"), STR_INIT("Pod") };
    Str text = str_from((const char *)data, size);
    Arena a;
    arena_init(&a, 0);
    PsaObject object;
    const Value *pod;
    PodView view;
    Err err = { 0 };
    if (psa_object_read(text, &kind, &a, &object, &err)) {
        if (psa_object_pod(&object, &a, &pod, &err) && pod && pod_view_read(pod, &a, &view, &err)) {
            for (int64_t minor = 0; minor <= PSA_MINOR_NEWEST; minor++) {
                judge(&view, (PsaLevelVersion){ PSA_BASELINE, { false, minor } }, &a);
                judge(&view, (PsaLevelVersion){ PSA_RESTRICTED, { false, minor } }, &a);
            }
            psa_apply_defaults(&view, &a);
            judge(&view, (PsaLevelVersion){ PSA_RESTRICTED, PSA_LATEST }, &a);
        }
    }
    HOLDS(err.code == ERR_NONE || err.msg.len > 0);
    agree(text, &a);
    arena_done(&a);
    return 0;
}
