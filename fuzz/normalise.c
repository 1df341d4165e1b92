/* SPDX-License-Identifier: Apache-2.0 */
/* Objects decoded into their types, in the version that the first byte picks: what was normalised
 * stays as it is, and checking agrees with decoding about what is of the wrong type. */
#include "fuzz.h"

#include "doc/json.h"
#include "kube/schema.h"

static bool has_type_note(const SchemaReport *r)
{
    for (const SchemaNote *n = r->first; n; n = n->next) {
        HOLDS(n->message.len > 0);
        if (n->kind == SCHEMA_NOTE_TYPE) {
            return true;
        }
    }
    return false;
}

static void check(const SchemaType *t, const Value *v, const KubeTarget *target, Arena *a)
{
    Err err = { 0 };
    Value once;
    Value twice;
    Value thrice;
    SchemaReport report = schema_report_new(a);
    bool is_clean = schema_check(t, v, target, &report);
    HOLDS(is_clean == (report.count == 0));
    if (!schema_normalise(t, v, target, a, &once, NULL, &err)) {
        HOLDS(err.code == ERR_TYPE && err.msg.len > 0);
        HOLDS(has_type_note(&report) || report.count > SCHEMA_NOTES_MAX);
        return;
    }
    HOLDS(!has_type_note(&report));
    HOLDS(schema_normalise(t, &once, target, a, &twice, NULL, &err));
    /* only a pointer to the zero time goes in two steps */
    HOLDS(schema_normalise(t, &twice, target, a, &thrice, NULL, &err));
    HOLDS(value_equal(&twice, &thrice));
    SchemaReport again = schema_report_new(a);
    HOLDS(schema_check(t, &twice, target, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { OLDEST = 20, VERSIONS = KUBE_MINOR_NEWEST - OLDEST + 1 };
    if (size == 0) {
        return 0;
    }
    Arena a;
    arena_init(&a, 0);
    Value v;
    Err err;
    Str text = str_from((const char *)data + 1, size - 1);
    if (json_read(STR("input"), text, NULL, &a, &v, &err)) {
        KubeTarget target = kube_target(OLDEST + data[0] % VERSIONS);
        const SchemaType *t = schema_find(value_get_str(&v, STR("apiVersion")),
                                          value_get_str(&v, STR("kind")));
        check(t ? t : schema_find_type(STR("core/v1.Pod")), &v, &target, &a);
    }
    arena_done(&a);
    return 0;
}
