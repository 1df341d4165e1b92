/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/strict.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static Arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

#define SCHEMA "\"spec\":{\"versions\":[{\"schema\":{\"openAPIV3Schema\":"

static void test_json(void **state)
{
    (void)state;
    static const struct {
        const char *type; /* NULL: not known */
        int minor;
        const char *json;
        const char *errors; /* as Strict tells them; NULL for none */
    } rows[] = {
        { "apps/v1.Deployment", 25, "{\"kind\":\"Deployment\",\"spec\":{\"replicas\":1}}", NULL },
        { "apps/v1.Deployment", 25, "{\"spec\":{\"foo\":1,\"replicas\":1,\"replicas\":2}}",
          "unknown field \"spec.foo\", duplicate field \"spec.replicas\"" },
        { "apps/v1.Deployment", 25, "{\"foo\":1,\"spec\":1}", "unknown field \"foo\"" },
        /* names are case-sensitive; null is a value like any other */
        { "core/v1.Pod", 25, "{\"Spec\":{},\"spec\":{\"nodename\":null}}",
          "unknown field \"Spec\", unknown field \"spec.nodename\"" },
        { "core/v1.Pod", 25,
          "{\"spec\":{\"containers\":[{},{\"imag\":\"\",\"ports\":[{\"hostport\":1}]}]}}",
          "unknown field \"spec.containers[1].imag\", "
          "unknown field \"spec.containers[1].ports[0].hostport\"" },
        /* once each, however often */
        { "core/v1.Pod", 25, "{\"x\":1,\"x\":2,\"kind\":\"\",\"kind\":\"\",\"kind\":\"\"}",
          "unknown field \"x\", duplicate field \"kind\"" },
        /* also where the parent is there twice */
        { "core/v1.Pod", 25, "{\"spec\":{\"x\":1},\"spec\":{\"x\":1,\"y\":1}}",
          "unknown field \"spec.x\", duplicate field \"spec\", unknown field \"spec.y\"" },
        /* keys of maps stand behind a point */
        { "core/v1.Pod", 25, "{\"metadata\":{\"labels\":{\"a.b/c\":\"\",\"a.b/c\":\"\"}}}",
          "duplicate field \"metadata.labels.a.b/c\"" },
        { "core/v1.Pod", 25, "{\"metadata\":{\"a\\\"\\u0007\":1}}",
          "unknown field \"metadata.a\\\"\\a\"" },
        /* nothing is told of what an unknown field holds, nor of what decodes itself */
        { "core/v1.Pod", 25, "{\"x\":{\"a\":1,\"a\":1}}", "unknown field \"x\"" },
        { "apps/v1.ControllerRevision", 25, "{\"data\":{\"a\":1,\"a\":1}}", NULL },
        /* fields of other versions */
        { "core/v1.Pod", 25, "{\"spec\":{\"resources\":{}}}", "unknown field \"spec.resources\"" },
        { "core/v1.Pod", 34, "{\"spec\":{\"resources\":{}}}", NULL },
        /* no type: only what is there twice */
        { NULL, 25, "{\"x\":[{\"a\":1,\"b\":{\"c\":1,\"c\":2},\"a\":1}]}",
          "duplicate field \"x[0].b.c\", duplicate field \"x[0].a\"" },
        /* the schema of a CustomResourceDefinition */
        { "apiextensions/v1.CustomResourceDefinition", 25,
          "{" SCHEMA "{\"typ\":\"\",\"properties\":{\"a\":{\"x\":1,\"type\":\"\",\"type\":\"\"}},"
          "\"items\":{\"x\":1},\"default\":{\"x\":1},\"allOf\":[{},{\"x\":1}],"
          "\"x-kubernetes-validations\":[{\"rule\":\"\",\"reason\":\"\"}]}}}]}}",
          "unknown field \"spec.versions[0].schema.openAPIV3Schema.typ\", "
          "unknown field \"spec.versions[0].schema.openAPIV3Schema.properties.a.x\", "
          "duplicate field \"spec.versions[0].schema.openAPIV3Schema.properties.a.type\", "
          "unknown field \"spec.versions[0].schema.openAPIV3Schema.allOf[1].x\", "
          "unknown field "
          "\"spec.versions[0].schema.openAPIV3Schema.x-kubernetes-validations[0].reason\"" },
        { "apiextensions/v1.CustomResourceDefinition", 25,
          "{" SCHEMA "{\"dependencies\":{\"a\":{\"x\":1},\"a\":[]}}}}]}}",
          "duplicate field \"spec.versions[0].schema.openAPIV3Schema.dependencies.a\"" },
        /* what could not have been decoded */
        { "core/v1.Pod", 25, "{\"x\":", NULL },
        { "core/v1.Pod", 25, "[1]", NULL },
        { "core/v1.Pod", 25, "{\"spec\":[{\"x\":1}]}", NULL },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        KubeTarget target = kube_target(rows[i].minor);
        const SchemaType *t = rows[i].type ? schema_find_type(str_from_c(rows[i].type)) : NULL;
        StrList errors = strict_errors(t, str_from_c(rows[i].json), &target, &arena);
        Str expected = STR("");
        if (rows[i].errors) {
            expected = arena_printf(&arena, "strict decoding error: %s", rows[i].errors);
        }
        Str got = errors.count ? strict_error_text(errors, &arena) : STR("");
        assert_string_equal(arena_cstr(&arena, got), arena_cstr(&arena, expected));
    }
}

static void test_limits(void **state)
{
    (void)state;
    KubeTarget target = kube_target(25);
    const SchemaType *t = schema_find_type(STR("core/v1.Pod"));
    Buf many = buf_new(&arena);
    buf_byte(&many, '{');
    for (int i = 0; i <= STRICT_ERRORS_MAX; i++) {
        buf_printf(&many, "%s\"x%d\":1", i ? "," : "", i);
    }
    buf_byte(&many, '}');
    assert_int_equal(strict_errors(t, buf_str(&many), &target, &arena).count, STRICT_ERRORS_MAX);

    enum { DEPTH = 9000 };
    Buf deep = buf_new(&arena);
    for (int i = 0; i < DEPTH; i++) {
        buf_lit(&deep, "{\"a\":");
    }
    buf_byte(&deep, '1');
    for (int i = 0; i < DEPTH; i++) {
        buf_byte(&deep, '}');
    }
    assert_int_equal(strict_errors(NULL, buf_str(&deep), &target, &arena).count, 0);
}

static void test_yaml(void **state)
{
    (void)state;
    KubeTarget target = kube_target(25);
    const SchemaType *t = schema_find_type(STR("apps/v1.Deployment"));
    StrList errors = strict_errors_yaml(t,
                                        STR("kind: Deployment\n"
                                            "spec:\n"
                                            "  replicas: 1\n"
                                            "  replicas: 2\n"
                                            "  foo: 1\n"
                                            "kind: Deployment\n"),
                                        &target, &arena);
    Str text = strict_error_text(errors, &arena);
    assert_string_equal(arena_cstr(&arena, text), "strict decoding error: yaml: unmarshal errors:\n"
                                                  "  line 4: key \"replicas\" already set in map\n"
                                                  "  line 6: key \"kind\" already set in map, "
                                                  "unknown field \"spec.foo\"");
    assert_int_equal(strict_errors_yaml(t, STR("spec: {replicas: 1}"), &target, &arena).count, 0);
    assert_int_equal(strict_errors_yaml(t, STR("a: [\n"), &target, &arena).count, 0);
}

static void test_parameter(void **state)
{
    (void)state;
    static const struct {
        int minor;
        const char *parameter; /* NULL: absent */
        FieldValidation meaning;
        const char *error;
    } rows[] = {
        { 20, "Strict", FIELD_VALIDATION_IGNORE, NULL },
        { 20, "x", FIELD_VALIDATION_IGNORE, NULL },
        { 23, "Strict", FIELD_VALIDATION_IGNORE, NULL },
        { 25, NULL, FIELD_VALIDATION_WARN, NULL },
        { 25, "Ignore", FIELD_VALIDATION_IGNORE, NULL },
        { 25, "Warn", FIELD_VALIDATION_WARN, NULL },
        { 25, "Strict", FIELD_VALIDATION_STRICT, NULL },
        { 25, "strict", FIELD_VALIDATION_IGNORE,
          "fieldValidation: Unsupported value: \"strict\": supported values: \"\", \"Ignore\", "
          "\"Strict\", \"Warn\"" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        KubeTarget target = kube_target(rows[i].minor);
        FieldValidation meaning = FIELD_VALIDATION_IGNORE;
        FieldErrors errs = field_errors_new(&arena);
        bool ok = field_validation_parse(str_from_c(rows[i].parameter), &target, &meaning, &errs);
        assert_int_equal(ok, rows[i].error == NULL);
        assert_int_equal(meaning, rows[i].meaning);
        if (rows[i].error) {
            Buf b = buf_new(&arena);
            field_error_write(errs.first, &b);
            assert_string_equal(arena_cstr(&arena, buf_str(&b)), rows[i].error);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_json, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_limits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_yaml, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_parameter, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
