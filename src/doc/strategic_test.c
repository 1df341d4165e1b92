/* SPDX-License-Identifier: Apache-2.0 */
/* Strategic merge patch, as recorded from apimachinery 0.20.2 on a Pod. */
#include "doc/json.h"
#include "doc/strategic.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

/* As much of the types as the rows need. A type without fields is a map or scalar. */
typedef struct TestType TestType;
typedef struct TestField {
    Str name;
    const TestType *type;
    bool is_list;
    bool merge;
    Str merge_key;
} TestField;
struct TestType {
    Str kind;
    Str name;
    const TestField *fields;
    size_t field_count;
};

static const TestType text_type = { STR_INIT("string"), STR_INIT(""), NULL, 0 };
static const TestType bool_type = { STR_INIT("bool"), STR_INIT(""), NULL, 0 };
static const TestType map_type = { STR_INIT("map"), STR_INIT(""), NULL, 0 };
static const TestType any_struct = { STR_INIT("struct"), STR_INIT("Any"), NULL, 0 };
#define NO_KEY  \
    {           \
        NULL, 0 \
    }
static const TestField container_fields[] = {
    { STR_INIT("name"), &text_type, false, false, NO_KEY },
    { STR_INIT("args"), &text_type, true, false, NO_KEY },
    { STR_INIT("env"), &any_struct, true, true, STR_INIT("name") },
    { STR_INIT("ports"), &any_struct, true, true, STR_INIT("containerPort") },
};
static const TestType container = { STR_INIT("struct"), STR_INIT("Container"), container_fields,
                                    COUNT_OF(container_fields) };
static const TestField spec_fields[] = {
    { STR_INIT("containers"), &container, true, true, STR_INIT("name") },
    { STR_INIT("volumes"), &any_struct, true, true, STR_INIT("name") },
    { STR_INIT("tolerations"), &any_struct, true, false, NO_KEY },
    { STR_INIT("hostNetwork"), &bool_type, false, false, NO_KEY },
};
static const TestType spec = { STR_INIT("struct"), STR_INIT("PodSpec"), spec_fields,
                               COUNT_OF(spec_fields) };
static const TestField meta_fields[] = {
    { STR_INIT("labels"), &map_type, false, false, NO_KEY },
    { STR_INIT("finalizers"), &text_type, true, true, NO_KEY },
};
static const TestType meta = { STR_INIT("struct"), STR_INIT("ObjectMeta"), meta_fields,
                               COUNT_OF(meta_fields) };
static const TestField pod_fields[] = {
    { STR_INIT("metadata"), &meta, false, false, NO_KEY },
    { STR_INIT("spec"), &spec, false, false, NO_KEY },
};
static const TestType pod = { STR_INIT("struct"), STR_INIT("Pod"), pod_fields,
                              COUNT_OF(pod_fields) };

static StrategicLookup find_field(const void *schema, StrategicType type, Str name, bool is_list,
                                  StrategicField *out)
{
    (void)schema;
    const TestType *t = type;
    if (!str_eq(t->kind, STR("struct"))) {
        return STRATEGIC_NOT_STRUCT;
    }
    for (size_t i = 0; i < t->field_count; i++) {
        const TestField *f = &t->fields[i];
        if (str_eq_ignore_case(f->name, name)) {
            if (is_list && !f->is_list) {
                return STRATEGIC_NOT_LIST;
            }
            *out = (StrategicField){ f->type, f->merge, false, f->merge_key };
            return STRATEGIC_FOUND;
        }
    }
    return STRATEGIC_NO_FIELD;
}

static Str go_kind(const void *schema, StrategicType type)
{
    (void)schema;
    return ((const TestType *)type)->kind;
}

static Str go_name(const void *schema, StrategicType type)
{
    (void)schema;
    return ((const TestType *)type)->name;
}

static const StrategicFacts facts = { NULL, find_field, go_kind, go_name };

static Value read_json(const char *text, Arena *a)
{
    Value v;
    if (!json_read(STR("test"), str_from_c(text), NULL, a, &v, NULL)) {
        fail_msg("%s", text);
    }
    return v;
}

static Str write_sorted(const Value *v, Arena *a)
{
    Value copy = value_copy(v, a);
    value_sort_keys(&copy);
    Buf b = buf_new(a);
    json_write(&copy, &b);
    return buf_str(&b);
}

static void patches(void **state)
{
    (void)state;
    static const struct {
        const char *doc, *patch, *want;
    } rows[] = {
        /* maps */
        { "{\"metadata\":{\"labels\":{\"a\":\"1\",\"b\":\"2\"}}}",
          "{\"metadata\":{\"labels\":{\"b\":null,\"c\":\"3\"}}}",
          "{\"metadata\":{\"labels\":{\"a\":\"1\",\"c\":\"3\"}}}" },
        { "{}", "{\"metadata\":{\"labels\":{\"b\":null,\"c\":\"3\"}}}",
          "{\"metadata\":{\"labels\":{\"b\":null,\"c\":\"3\"}}}" },
        { "{\"spec\":{\"hostNetwork\":true}}", "{\"spec\":{\"hostNetwork\":null,\"hostPID\":true}}",
          "{\"spec\":{\"hostPID\":true}}" },
        { "{\"metadata\":{\"labels\":{\"a\":\"1\"}}}",
          "{\"metadata\":{\"labels\":{\"$patch\":\"replace\",\"c\":\"3\"}}}",
          "{\"metadata\":{\"labels\":{\"c\":\"3\"}}}" },
        { "{\"metadata\":{\"labels\":{\"a\":\"1\"}}}",
          "{\"metadata\":{\"labels\":{\"$patch\":\"delete\",\"c\":\"3\"}}}",
          "{\"metadata\":{\"labels\":{}}}" },
        { "{\"metadata\":{\"labels\":{\"a\":\"1\"}}}", "{\"metadata\":{\"labels\":[\"x\"]}}",
          "{\"metadata\":{\"labels\":[\"x\"]}}" },
        /* lists */
        { "{\"spec\":{\"containers\":[{\"name\":\"a\",\"image\":\"1\"},{\"name\":\"b\",\"image\":"
          "\"2\"}]}}",
          "{\"spec\":{\"containers\":[{\"name\":\"b\",\"image\":\"3\"},{\"name\":\"c\",\"image\":"
          "\"4\"}]}}",
          "{\"spec\":{\"containers\":[{\"image\":\"1\",\"name\":\"a\"},{\"image\":\"3\",\"name\":"
          "\"b\"},{\"image\":\"4\",\"name\":\"c\"}]}}" },
        { "{\"spec\":{\"containers\":[{\"name\":\"a\",\"args\":[\"x\",\"y\"]}]}}",
          "{\"spec\":{\"containers\":[{\"name\":\"a\",\"args\":[\"z\"]}]}}",
          "{\"spec\":{\"containers\":[{\"args\":[\"z\"],\"name\":\"a\"}]}}" },
        { "{\"spec\":{\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}]}}",
          "{\"spec\":{\"containers\":[{\"name\":\"a\",\"$patch\":\"delete\"}]}}",
          "{\"spec\":{\"containers\":[{\"name\":\"b\"}]}}" },
        { "{\"spec\":{\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}]}}",
          "{\"spec\":{\"containers\":[{\"name\":\"x\",\"$patch\":\"delete\"}]}}",
          "{\"spec\":{\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}]}}" },
        { "{\"spec\":{\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}]}}",
          "{\"spec\":{\"containers\":[{\"$patch\":\"replace\"},{\"name\":\"c\"}]}}",
          "{\"spec\":{\"containers\":[{\"name\":\"c\"}]}}" },
        { "{\"spec\":{\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}]}}",
          "{\"spec\":{\"containers\":[]}}",
          "{\"spec\":{\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}]}}" },
        { "{\"spec\":{\"containers\":[{\"name\":\"a\"}]}}", "{\"spec\":{\"containers\":null}}",
          "{\"spec\":{}}" },
        { "{\"spec\":{\"tolerations\":[{\"key\":\"a\"}]}}",
          "{\"spec\":{\"tolerations\":[{\"key\":\"b\"}]}}",
          "{\"spec\":{\"tolerations\":[{\"key\":\"b\"}]}}" },
        { "{\"spec\":{\"containers\":[{\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":"
          "\"x\"}]}]}}",
          "{\"spec\":{\"containers\":[{\"name\":\"a\",\"ports\":[{\"containerPort\":80,"
          "\"protocol\":\"UDP\"},{\"containerPort\":81}]}]}}",
          "{\"spec\":{\"containers\":[{\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":"
          "\"x\",\"protocol\":\"UDP\"},{\"containerPort\":81}]}]}}" },
        { "{\"spec\":{\"containers\":[{\"name\":\"a\",\"env\":[{\"name\":\"A\",\"value\":\"1\"}]}]}"
          "}",
          "{\"spec\":{\"containers\":[{\"name\":\"a\",\"env\":[{\"name\":\"A\",\"value\":null,"
          "\"valueFrom\":{\"fieldRef\":{\"fieldPath\":\"metadata.name\"}}}]}]}}",
          "{\"spec\":{\"containers\":[{\"env\":[{\"name\":\"A\",\"valueFrom\":{\"fieldRef\":{"
          "\"fieldPath\":\"metadata.name\"}}}],\"name\":\"a\"}]}}" },
        /* order */
        { "{\"spec\":{\"containers\":[{\"name\":\"c1\"},{\"name\":\"c2\"}]}}",
          "{\"spec\":{\"$setElementOrder/"
          "containers\":[{\"name\":\"c2\"},{\"name\":\"c1\"}],\"containers\":[{\"name\":\"c1\","
          "\"image\":\"q\"}]}}",
          "{\"spec\":{\"containers\":[{\"name\":\"c2\"},{\"image\":\"q\",\"name\":\"c1\"}]}}" },
        { "{\"spec\":{\"containers\":[{\"name\":\"c1\"},{\"name\":\"c2\"}]}}",
          "{\"spec\":{\"$setElementOrder/"
          "containers\":[{\"name\":\"c0\"},{\"name\":\"c1\"},{\"name\":\"c2\"}],\"containers\":[{"
          "\"name\":\"c0\",\"image\":\"q\"}]}}",
          "{\"spec\":{\"containers\":[{\"image\":\"q\",\"name\":\"c0\"},{\"name\":\"c1\"},{"
          "\"name\":\"c2\"}]}}" },
        { "{\"spec\":{\"containers\":[{\"name\":\"c1\"},{\"name\":\"c2\"},{\"name\":\"c3\"}]}}",
          "{\"spec\":{\"$setElementOrder/containers\":[{\"name\":\"c3\"},{\"name\":\"c1\"}]}}",
          "{\"spec\":{\"containers\":[{\"name\":\"c2\"},{\"name\":\"c3\"},{\"name\":\"c1\"}]}}" },
        { "{\"spec\":{\"containers\":[{\"name\":\"d\"},{\"name\":\"c\"},{\"name\":\"a\"}]}}",
          "{\"spec\":{\"containers\":[{\"name\":\"d\"},{\"name\":\"a\",\"$patch\":\"delete\"},{"
          "\"name\":\"b\"}],\"$setElementOrder/containers\":[{\"name\":\"d\"},{\"name\":\"b\"}]}}",
          "{\"spec\":{\"containers\":[{\"name\":\"d\"},{\"name\":\"c\"},{\"name\":\"b\"}]}}" },
        { "{\"spec\":{}}",
          "{\"spec\":{\"$setElementOrder/"
          "containers\":[{\"name\":\"b\"},{\"name\":\"a\"}],\"containers\":[{\"name\":\"b\"},{"
          "\"name\":\"a\"}]}}",
          "{\"spec\":{\"containers\":[{\"name\":\"b\"},{\"name\":\"a\"}]}}" },
        { "{\"spec\":{}}", "{\"spec\":{\"$setElementOrder/containers\":[{\"name\":\"b\"}]}}",
          "{\"spec\":{}}" },
        { "{\"metadata\":{\"finalizers\":[\"a\",\"b\",\"c\"]}}",
          "{\"metadata\":{\"$setElementOrder/"
          "finalizers\":[\"d\",\"c\",\"a\"],\"finalizers\":[\"d\"]}}",
          "{\"metadata\":{\"finalizers\":[\"d\",\"b\",\"c\",\"a\"]}}" },
        /* scalars */
        { "{\"metadata\":{\"finalizers\":[\"a\",\"b\"]}}",
          "{\"metadata\":{\"finalizers\":[\"b\",\"c\"]}}",
          "{\"metadata\":{\"finalizers\":[\"a\",\"b\",\"c\"]}}" },
        { "{\"metadata\":{\"finalizers\":[\"a\",\"b\",\"c\"]}}",
          "{\"metadata\":{\"$deleteFromPrimitiveList/finalizers\":[\"b\",\"x\"]}}",
          "{\"metadata\":{\"finalizers\":[\"a\",\"c\"]}}" },
        { "{\"metadata\":{}}", "{\"metadata\":{\"$deleteFromPrimitiveList/finalizers\":[\"b\"]}}",
          "{\"metadata\":{\"finalizers\":[\"b\"]}}" },
        { "{\"metadata\":{\"finalizers\":[\"a\"]}}",
          "{\"metadata\":{\"$deleteFromPrimitiveList/finalizers\":null}}", "{\"metadata\":{}}" },
        /* retain */
        { "{\"spec\":{\"volumes\":[{\"name\":\"v\",\"emptyDir\":{}}]}}",
          "{\"spec\":{\"volumes\":[{\"name\":\"v\",\"$retainKeys\":[\"name\",\"hostPath\"],"
          "\"hostPath\":{\"path\":\"/x\"}}]}}",
          "{\"spec\":{\"volumes\":[{\"hostPath\":{\"path\":\"/x\"},\"name\":\"v\"}]}}" },
        { "{\"spec\":{\"volumes\":[{\"name\":\"v\",\"emptyDir\":{}}]}}",
          "{\"spec\":{\"volumes\":[{\"name\":\"v\",\"$retainKeys\":[\"name\"],\"emptyDir\":null}]}"
          "}",
          "{\"spec\":{\"volumes\":[{\"name\":\"v\"}]}}" },
        /* names */
        { "{\"spec\":{\"containers\":[{\"name\":\"a\"}]}}",
          "{\"spec\":{\"Containers\":[{\"name\":\"b\"}]}}",
          "{\"spec\":{\"Containers\":[{\"name\":\"b\"}],\"containers\":[{\"name\":\"a\"}]}}" },
        /* errors */
        { "{\"spec\":{\"containers\":[{\"name\":\"a\"}]}}",
          "{\"spec\":{\"containers\":[{\"image\":\"x\"}]}}",
          "map: map[image:x] does not contain declared merge key: name" },
        { "{\"spec\":{\"containers\":[{\"image\":\"a\"}]}}",
          "{\"spec\":{\"containers\":[{\"name\":\"x\"}]}}",
          "map: map[image:a] does not contain declared merge key: name" },
        { "{\"spec\":{\"containers\":[{\"name\":\"a\"}]}}",
          "{\"spec\":{\"containers\":[{\"name\":\"a\",\"$patch\":\"merge\"}]}}",
          "merging lists cannot yet be specified in the patch" },
        { "{\"spec\":{\"containers\":[{\"name\":\"a\"}]}}",
          "{\"spec\":{\"containers\":[{\"name\":\"a\",\"$patch\":\"frob\"}]}}",
          "unknown patch type: frob in map: map[$patch:frob name:a]" },
        { "{\"spec\":{\"containers\":[{\"name\":\"a\"}]}}", "{\"spec\":{\"$patch\":\"merge\"}}",
          "unknown patch type: merge in map: map[$patch:merge]" },
        { "{\"spec\":{\"containers\":[{\"name\":\"a\"}]}}",
          "{\"spec\":{\"$patch\":1,\"b\":[true,null,1.5,\"x\"]}}",
          "unknown patch type: %!s(int64=1) in map: map[$patch:1 b:[true <nil> 1.5 x]]" },
        { "{\"spec\":{\"containers\":[{\"name\":\"a\"}]}}",
          "{\"spec\":{\"containers\":[{\"image\":\"x\",\"$patch\":\"delete\"}]}}",
          "map: map[$patch:delete image:x] does not contain declared merge key: name" },
        { "{\"spec\":{\"containers\":[{\"name\":\"a\"}]}}", "{\"spec\":{\"containers\":[\"a\"]}}",
          "list element types are not identical: [[map[name:a]] [a]]" },
        { "{\"spec\":{\"containers\":[{\"name\":\"c1\"}]}}",
          "{\"spec\":{\"$setElementOrder/"
          "containers\":[{\"name\":\"c2\"}],\"containers\":[{\"name\":\"c1\",\"image\":\"q\"}]}}",
          "The order in patch list:\n[map[image:q name:c1]]\n doesn't match $setElementOrder "
          "list:\n[map[name:c2]]\n" },
        { "{\"spec\":{\"containers\":[{\"name\":\"c1\"}]}}",
          "{\"spec\":{\"$setElementOrder/containers\":\"x\"}}",
          "expected a []interface {}, but received a string" },
        { "{\"spec\":{\"containers\":[{\"name\":\"c1\"}]}}", "{\"spec\":{\"$setElementOrder\":[]}}",
          "invalid patch format of setElementOrder list" },
        { "{\"spec\":{\"containers\":[{\"name\":\"c1\"}]}}",
          "{\"spec\":{\"$deleteFromPrimitiveList\":[]}}",
          "invalid patch format of primitive list" },
        { "{\"spec\":{\"containers\":[]}}", "{\"spec\":{\"$setElementOrder/containers\":[]}}",
          "no elements in any of the given slices" },
        { "{\"spec\":{\"containers\":{\"a\":1}}}",
          "{\"spec\":{\"$setElementOrder/containers\":[{\"name\":\"a\"}]}}",
          "expected a []interface {}, but received a map[string]interface {}" },
        { "{\"spec\":{\"volumes\":[{\"name\":\"v\"}]}}",
          "{\"spec\":{\"volumes\":[{\"name\":\"v\",\"$retainKeys\":[\"name\"],\"emptyDir\":{}}]}}",
          "invalid patch format of retainKeys" },
        { "{\"spec\":{\"volumes\":[{\"name\":\"v\"}]}}",
          "{\"spec\":{\"volumes\":[{\"name\":\"v\",\"$retainKeys\":\"name\"}]}}",
          "invalid patch format of retainKeys" },
        { "{\"spec\":{\"nope\":{}}}", "{\"spec\":{\"nope\":{}}}",
          "unable to find api field in struct PodSpec for the json field \"nope\"" },
        { "{\"spec\":{\"nope\":[1]}}", "{\"spec\":{\"nope\":[2]}}",
          "unable to find api field in struct PodSpec for the json field \"nope\"" },
        { "{\"spec\":{\"hostNetwork\":[1]}}", "{\"spec\":{\"hostNetwork\":[2]}}",
          "expected slice or array type, but got: struct" },
        { "{\"metadata\":{\"labels\":{\"a\":{}}}}", "{\"metadata\":{\"labels\":{\"a\":{}}}}",
          "merging an object in json but data type is not struct, instead is: map" },
        { "{\"metadata\":{\"finalizers\":[[\"a\"]]}}", "{\"metadata\":{\"finalizers\":[[\"b\"]]}}",
          "lists of lists are not supported" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        arena_init(&a, 0);
        Value doc = read_json(rows[i].doc, &a);
        Value patch = read_json(rows[i].patch, &a);
        Value doc_before = read_json(rows[i].doc, &a);
        Value patch_before = read_json(rows[i].patch, &a);
        Value out;
        Err err = { 0 };
        Str got = strategic_apply(&doc, &patch, &facts, &pod, &a, &out, &err)
                      ? write_sorted(&out, &a)
                      : err.msg;
        if (!str_eq(got, str_from_c(rows[i].want))) {
            fail_msg("%s\n+ %s\ngot  %.*s\nwant %s", rows[i].doc, rows[i].patch, STR_ARG(got),
                     rows[i].want);
        }
        assert_true(value_equal(&doc, &doc_before));
        assert_true(value_equal(&patch, &patch_before));
        arena_done(&a);
    }
}

/* The API server tells these apart by the error they are. */
static void errors_have_codes(void **state)
{
    (void)state;
    static const struct {
        const char *doc, *patch;
        ErrCode want;
    } rows[] = {
        { "{}", "[]", ERR_SYNTAX },
        { "{}", "{\"spec\":1,\"$retainKeys\":1}", ERR_SYNTAX },
        { "{\"spec\":{}}", "{\"spec\":{\"$deleteFromPrimitiveList\":[]}}", ERR_SYNTAX },
        { "{\"metadata\":{\"finalizers\":[[]]}}", "{\"metadata\":{\"finalizers\":[[]]}}",
          ERR_UNSUPPORTED },
        { "{\"spec\":{\"containers\":[{}]}}", "{\"spec\":{\"containers\":[{}]}}", ERR_TYPE },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        arena_init(&a, 0);
        Value doc = read_json(rows[i].doc, &a);
        Value patch = read_json(rows[i].patch, &a);
        Value out;
        Err err = { 0 };
        assert_false(strategic_apply(&doc, &patch, &facts, &pod, &a, &out, &err));
        assert_int_equal(err.code, rows[i].want);
        arena_done(&a);
    }
}

/* Lists of many thousands are merged through maps, not pair by pair. */
static void long_lists(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Buf doc = buf_new(&a);
    Buf patch = buf_new(&a);
    buf_lit(&doc, "{\"spec\":{\"containers\":[");
    buf_lit(&patch, "{\"spec\":{\"containers\":[");
    for (int i = 0; i < 50000; i++) {
        buf_printf(&doc, "%s{\"name\":\"c%d\"}", i ? "," : "", i);
        buf_printf(&patch, "%s{\"name\":\"c%d\",\"args\":[]}", i ? "," : "", 99999 - i);
    }
    buf_lit(&doc, "]}}");
    buf_lit(&patch, "]}}");
    Value target;
    Value change;
    Value out;
    assert_true(json_read(STR("f"), buf_str(&doc), NULL, &a, &target, NULL));
    assert_true(json_read(STR("f"), buf_str(&patch), NULL, &a, &change, NULL));
    assert_true(strategic_apply(&target, &change, &facts, &pod, &a, &out, NULL));
    assert_int_equal(value_len(value_at(&out, "spec", "containers", NULL)), 100000);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patches),
        cmocka_unit_test(errors_have_codes),
        cmocka_unit_test(long_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
