/* SPDX-License-Identifier: Apache-2.0 */
/* Strategic merge patches of built-in types. */
#include "kube/strategic_facts.h"

#include "doc/json.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static Value read(const char *text, Arena *a)
{
    Value v;
    Err err;
    if (!json_read(STR("row"), str_from_c(text), NULL, a, &v, &err)) {
        fail_msg("%s: %.*s", text, STR_ARG(err.msg));
    }
    return v;
}

static void patches(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        const char *object;
        const char *patch;
        const char *want; /* with sorted keys, or "!" and the message */
    } rows[] = {
        { "core/v1.Pod", "{\"spec\":{\"containers\":[{\"name\":\"a\",\"image\":\"1\"}]}}",
          "{\"spec\":{\"containers\":[{\"name\":\"b\",\"image\":\"2\"},{\"name\":\"a\",\"tty\":"
          "true}]"
          "}}",
          "{\"spec\":{\"containers\":[{\"image\":\"2\",\"name\":\"b\"},{\"image\":\"1\",\"name\":"
          "\"a\",\"tty\":true}]}}" },
        { "core/v1.Pod", "{\"spec\":{\"tolerations\":[{\"key\":\"a\"}]}}",
          "{\"spec\":{\"tolerations\":[{\"key\":\"b\"}]}}",
          "{\"spec\":{\"tolerations\":[{\"key\":\"b\"}]}}" },
        { "core/v1.Pod", "{\"metadata\":{\"finalizers\":[\"a/b\"]}}",
          "{\"metadata\":{\"finalizers\":[\"c/d\"]}}",
          "{\"metadata\":{\"finalizers\":[\"c/d\",\"a/b\"]}}" },
        { "apps/v1.Deployment", "{\"spec\":{\"strategy\":{\"rollingUpdate\":{},\"type\":\"x\"}}}",
          "{\"spec\":{\"strategy\":{\"$retainKeys\":[\"type\"],\"type\":\"Recreate\"}}}",
          "{\"spec\":{\"strategy\":{\"type\":\"Recreate\"}}}" },
        { "core/v1.Service", "{\"spec\":{\"ports\":[{\"port\":80,\"name\":\"a\"}]}}",
          "{\"spec\":{\"ports\":[{\"port\":80,\"name\":\"b\"}]}}",
          "{\"spec\":{\"ports\":[{\"name\":\"b\",\"port\":80}]}}" },
        { "core/v1.Pod", "{\"spec\":{\"nodeSelector\":{\"a\":\"b\"}}}",
          "{\"spec\":{\"nodeSelector\":{\"c\":\"d\"}}}",
          "{\"spec\":{\"nodeSelector\":{\"a\":\"b\",\"c\":\"d\"}}}" },
        { "core/v1.Pod", "{\"spec\":{\"nope\":{\"a\":1}}}", "{\"spec\":{\"nope\":{\"b\":1}}}",
          "!unable to find api field in struct PodSpec for the json field \"nope\"" },
    };
    Arena a;
    arena_init(&a, 0);
    KubeTarget target = kube_target(20);
    StrategicFacts facts = schema_strategic_facts(&target);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value object = read(rows[i].object, &a);
        Value patch = read(rows[i].patch, &a);
        Value out;
        Err err = { 0 };
        bool ok = strategic_apply(&object, &patch, &facts,
                                  schema_find_type(str_from_c(rows[i].type)), &a, &out, &err);
        Buf b = buf_new(&a);
        if (ok) {
            value_sort_keys(&out);
            json_write(&out, &b);
        } else {
            buf_byte(&b, '!');
            buf_add(&b, err.msg);
        }
        if (!str_eq(buf_str(&b), str_from_c(rows[i].want))) {
            fail_msg("%s + %s:\ngot  %.*s\nwant %s", rows[i].object, rows[i].patch,
                     STR_ARG(buf_str(&b)), rows[i].want);
        }
    }
    arena_done(&a);
}

/* Every question about every field of every type has an answer. */
static void answers(void **state)
{
    (void)state;
    KubeTarget target = kube_target(20);
    StrategicFacts facts = schema_strategic_facts(&target);
    for (size_t i = 0; i < schema_first_struct + schema_struct_count; i++) {
        const SchemaType *t = &schema_types[i];
        StrategicField out;
        assert_true(facts.go_kind(facts.schema, t).len > 0);
        if (schema_kind(t) == SCHEMA_STRUCT) {
            assert_true(facts.go_name(facts.schema, t).len > 0);
        }
        assert_int_not_equal(facts.field(facts.schema, t, STR("no such"), false, &out),
                             STRATEGIC_FOUND);
        for (unsigned j = 0; j < t->field_count; j++) {
            const SchemaField *f = &schema_fields_of(t)[j];
            if (!schema_field_is_in(f, &target)) {
                continue;
            }
            Str name = schema_field_name(f);
            bool is_list = schema_kind(schema_field_type(f)) == SCHEMA_LIST;
            assert_int_equal(facts.field(facts.schema, t, name, is_list, &out), STRATEGIC_FOUND);
            bool is_items = str_eq(name, STR("items")); /* one list has a key that is no field */
            if (out.merge_key.ptr && !is_items) {
                assert_non_null(schema_field_any(out.type, out.merge_key));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patches),
        cmocka_unit_test(answers),
    };
    return cmocka_run_group_tests_name("kube/strategic_facts", tests, NULL, NULL);
}
