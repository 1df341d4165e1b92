/* SPDX-License-Identifier: Apache-2.0 */
/* What fieldValidation tells of a body, in the version that the first byte picks: each thing once,
 * up to the limit, and unknown fields are found where decoding finds them. */
#include "fuzz.h"

#include "doc/json.h"
#include "kube/strict.h"

static bool has_unknown(const SchemaType *t, const Value *v, const KubeTarget *target, Arena *a)
{
    SchemaReport report = schema_report_new(a);
    (void)schema_check(t, v, target, &report);
    for (const SchemaNote *n = report.first; n; n = n->next) {
        if (n->kind != SCHEMA_NOTE_TYPE) {
            return true;
        }
    }
    return report.count > SCHEMA_NOTES_MAX;
}

static void check_errors(StrList errors, size_t max)
{
    HOLDS(errors.count <= max);
    for (size_t i = 0; i < errors.count; i++) {
        HOLDS(str_starts_with(errors.items[i], STR("unknown field \"")) ||
              str_starts_with(errors.items[i], STR("duplicate field \"")) ||
              (i == 0 && str_starts_with(errors.items[i], STR("yaml: "))));
        for (size_t j = 0; j < i; j++) {
            HOLDS(!str_eq(errors.items[i], errors.items[j]));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { OLDEST = 20, VERSIONS = KUBE_MINOR_NEWEST - OLDEST + 1 };
    if (size == 0) {
        return 0;
    }
    Arena a;
    arena_init(&a, 0);
    KubeTarget target = kube_target(OLDEST + data[0] % VERSIONS);
    Str text = str_from((const char *)data + 1, size - 1);
    Value v = value_null();
    Err err;
    bool is_plain = json_read(STR("input"), text, NULL, &a, &v, &err);
    const SchemaType *t = schema_find(value_get_str(&v, STR("apiVersion")),
                                      value_get_str(&v, STR("kind")));
    bool is_crd = str_eq(value_get_str(&v, STR("kind")), STR("CustomResourceDefinition"));
    t = t ? t : schema_find_type(STR("core/v1.Pod"));
    StrList errors = strict_errors(t, text, &target, &a);
    check_errors(errors, STRICT_ERRORS_MAX);
    if (is_plain) {
        /* no key is there twice, so what is told is unknown; schemas of others say more */
        HOLDS(is_crd || (errors.count > 0) == has_unknown(t, &v, &target, &a));
        HOLDS(strict_errors(NULL, text, &target, &a).count == 0);
    } else {
        check_errors(strict_errors(NULL, text, &target, &a), STRICT_ERRORS_MAX);
    }
    check_errors(strict_errors_yaml(t, text, &target, &a), STRICT_ERRORS_MAX + 1);
    arena_done(&a);
    return 0;
}
