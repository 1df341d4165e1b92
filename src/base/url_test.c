/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-escapes and query parameters. */
#include "base/url.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static void escapes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *path;  /* NULL when malformed */
        const char *query; /* NULL when malformed */
    } rows[] = {
        { "", "", "" },          { "/api/v1", "/api/v1", "/api/v1" },
        { "a+b", "a+b", "a b" }, { "a%2Fb%2fc", "a/b/c", "a/b/c" },
        { "%41", "A", "A" },     { "%00", "", "" }, /* one byte, 0 */
        { "%", NULL, NULL },     { "a%4", NULL, NULL },
        { "%zz", NULL, NULL },   { "%4g+", NULL, NULL },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str text = str_from_c(rows[i].text), out;
        assert_int_equal(url_unescape_path(text, &a, &out), rows[i].path != NULL);
        if (rows[i].path) {
            assert_string_equal(arena_cstr(&a, out), rows[i].path);
        }
        assert_int_equal(url_unescape_query(text, &a, &out), rows[i].query != NULL);
        if (rows[i].query) {
            assert_string_equal(arena_cstr(&a, out), rows[i].query);
        }
    }
    arena_done(&a);
}

static void parameters(void **state)
{
    (void)state;
    static const struct {
        const char *query;
        const char *key;
        const char *want; /* NULL for absent */
    } rows[] = {
        { "", "a", NULL },         { "a", "a", "" },
        { "a=", "a", "" },         { "a=1&a=2", "a", "1" },
        { "b=1;a=2", "a", "2" },   { "&&a=x=y", "a", "x=y" },
        { "a=%zz&a=2", "a", "2" }, { "%61=b%3Dc+d", "a", "b=c d" },
        { "A=1", "a", NULL },      { "=1", "", "1" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str got = url_query_get(str_from_c(rows[i].query), str_from_c(rows[i].key), &a);
        assert_int_equal(got.ptr != NULL, rows[i].want != NULL);
        if (rows[i].want) {
            assert_string_equal(arena_cstr(&a, got), rows[i].want);
        }
    }
    assert_null(url_query_get(STR_ABSENT, STR("a"), &a).ptr);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes),
        cmocka_unit_test(parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
