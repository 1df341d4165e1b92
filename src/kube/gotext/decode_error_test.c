/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/gotext/decode_error.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>

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

typedef struct Row {
    const char *api_version;
    const char *kind;
    const char *json;
    const char *message; /* "" when it decodes */
} Row;

static const Row rows[] = {
#define ROW(api_version, kind, json, message) { api_version, kind, json, message },
#include "kube/gotext/decode_error_test.def"
    { "v1", "ConfigMap", "{\"metadata\":{\"name\":\"a\"},\"data\":{\"a\":\"1\"},\"x\":[1,{}]}", "" },
    { "v1", "ConfigMap", "null", "" },
};

static void test_messages(void **state)
{
    (void)state;
    KubeTarget target = kube_target(20);
    size_t failed = 0;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const SchemaType *type = schema_find(str_from_c(rows[i].api_version),
                                             str_from_c(rows[i].kind));
        assert_non_null(type);
        Str got = decode_error_text(type, str_from_c(rows[i].json), &target, &arena);
        if (!str_eq(got, str_from_c(rows[i].message))) {
            fprintf(stderr, "%s\n  got  %.*s\n  want %s\n", rows[i].json, STR_ARG(got),
                    rows[i].message);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

/* What is cut off anywhere ends, with or without an error. */
static void test_cut_off(void **state)
{
    (void)state;
    KubeTarget target = kube_target(20);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const SchemaType *type = schema_find(str_from_c(rows[i].api_version),
                                             str_from_c(rows[i].kind));
        Str json = str_from_c(rows[i].json);
        for (size_t n = 0; n < json.len; n++) {
            (void)decode_error_text(type, str_slice(json, 0, n), &target, &arena);
            (void)decode_error_text(type, str_drop(json, n), &target, &arena);
        }
        arena_reset(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_cut_off),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
