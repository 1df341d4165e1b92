/* SPDX-License-Identifier: Apache-2.0 */
#include "doc/json_go.h"

#include "doc/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static Arena arena;

/* What is read, written again; or "! " and the error. */
static Str outcome(Str text)
{
    Value v;
    Err err;
    arena_reset(&arena);
    if (!json_go_read(text, &arena, &v, &err)) {
        return arena_concat(&arena, STR("! "), err.msg);
    }
    Buf b = buf_new(&arena);
    json_write(&v, &b);
    return buf_str(&b);
}

static void reads_as_go(void **state)
{
    static const struct {
        Str text;
        const char *want;
    } rows[] = {
        { STR_INIT("{}"), "{}" },
        { STR_INIT(" [ ] "), "[]" },
        { STR_INIT("null"), "null" },
        { STR_INIT("-0"), "0" },
        { STR_INIT("[1, -2, 18446744073709551615, 1.5, 8e1]"),
          "[1,-2,18446744073709551615,1.5,80]" },
        { STR_INIT("{\"a\": {\"b\": [true, false, null]}, \"a\": 1}"),
          "{\"a\":{\"b\":[true,false,null]},\"a\":1}" },
        { STR_INIT("\"\\u00e9\\ud83d\\ude00\\n\\/\""), "\"\xC3\xA9\xF0\x9F\x98\x80\\n/\"" },
        { STR_INIT("[\"\\ud83d\", \"\\ude00x\", \"\\ud83d\\u0041\", \"a\xFF"
                   "b\"]"),
          "[\"\xEF\xBF\xBD\",\"\xEF\xBF\xBDx\",\"\xEF\xBF\xBD"
          "A\",\"a\xEF\xBF\xBD"
          "b\"]" },
        { STR_INIT("\"a\\u0000b\""), "\"a\\u0000b\"" },
        { STR_INIT(""), "! unexpected end of JSON input" },
        { STR_INIT("{\"a\":1"), "! unexpected end of JSON input" },
        { STR_INIT("{\"a\":1,}"),
          "! invalid character '}' looking for beginning of object key string" },
        { STR_INIT("[,]"), "! invalid character ',' looking for beginning of value" },
        { STR_INIT("[1 2]"), "! invalid character '2' after array element" },
        { STR_INIT("{\"a\" 1}"), "! invalid character '1' after object key" },
        { STR_INIT("{\"a\":1 \"b\"}"), "! invalid character '\"' after object key:value pair" },
        { STR_INIT("{} x"), "! invalid character 'x' after top-level value" },
        { STR_INIT("\"a\nb\""), "! invalid character '\\n' in string literal" },
        { STR_INIT("\"\\x\""), "! invalid character 'x' in string escape code" },
        { STR_INIT("\"\\u12g4\""), "! invalid character 'g' in \\u hexadecimal character escape" },
        { STR_INIT("01"), "! invalid character '1' after top-level value" },
        { STR_INIT("-x"), "! invalid character 'x' in numeric literal" },
        { STR_INIT("1.x"), "! invalid character 'x' after decimal point in numeric literal" },
        { STR_INIT("1e+x"), "! invalid character 'x' in exponent of numeric literal" },
        { STR_INIT("trux"), "! invalid character 'x' in literal true (expecting 'e')" },
        { STR_INIT("'a'"), "! invalid character '\\'' looking for beginning of value" },
        { STR_INIT("\xFF"), "! invalid character '\xC3\xBF' looking for beginning of value" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str got = outcome(rows[i].text);
        if (!str_eq(got, str_from_c(rows[i].want))) {
            fail_msg("%.*s\n  is   %.*s\n  want %s", STR_ARG(rows[i].text), STR_ARG(got),
                     rows[i].want);
        }
    }
}

static void depth_is_limited(void **state)
{
    (void)state;
    static char text[2 * (JSON_GO_DEPTH_MAX + 1)];
    size_t depth = JSON_GO_DEPTH_MAX;
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    Value v;
    Err err;
    arena_reset(&arena);
    assert_true(json_go_read(str_from(text, 2 * depth), &arena, &v, &err));
    depth++;
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    assert_false(json_go_read(str_from(text, 2 * depth), &arena, &v, &err));
    assert_true(str_eq(err.msg, STR("exceeded max depth")));
}

static void tells_json_from_yaml(void **state)
{
    (void)state;
    assert_true(json_go_is_json(STR(" \n{")));
    assert_false(json_go_is_json(STR("[{}]")));
    assert_false(json_go_is_json(STR("a: {}")));
    assert_false(json_go_is_json(STR("")));
}

int main(void)
{
    arena_init(&arena, 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_as_go),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(tells_json_from_yaml),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_done(&arena);
    return failed;
}
