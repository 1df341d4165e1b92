/* SPDX-License-Identifier: Apache-2.0 */
/* JSON in and out. */
#include "doc/json.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static void check_str(const char *what, Str got, const char *want)
{
    if (!str_eq(got, str_from_c(want))) {
        fail_msg("%s\ngot  %.*s\nwant %s", what, STR_ARG(got), want);
    }
}

/* text read and written again, or the error */
static void check_read(const char *text, const DocLimits *limits, const char *want)
{
    Arena a;
    arena_init(&a, 0);
    Value v;
    Err err = { 0 };
    Buf b = buf_new(&a);
    if (json_read(STR("f.json"), str_from_c(text), limits, &a, &v, &err)) {
        json_write(&v, &b);
        check_str(text, buf_str(&b), want);
    } else {
        check_str(text, err.msg, want);
    }
    arena_done(&a);
}

static void reads_and_writes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "null", "null" },
        { " true ", "true" },
        { "false\n", "false" },
        { "[]", "[]" },
        { "{}", "{}" },
        { "[[],{},[{}],[[]]]", "[[],{},[{}],[[]]]" },
        { "{\"b\":[1,{\"c\":[2]},3],\"a\":{\"d\":4}}",
          "{\"b\":[1,{\"c\":[2]},3],\"a\":{\"d\":4}}" },
        { "{\"\":1,\"a\":2}", "{\"\":1,\"a\":2}" },
        /* numbers */
        { "0", "0" },
        { "-1", "-1" },
        { "9223372036854775807", "9223372036854775807" },
        { "-9223372036854775808", "-9223372036854775808" },
        { "9223372036854775808", "9223372036854775808" },
        { "18446744073709551615", "18446744073709551615" },
        { "18446744073709551616", "18446744073709552000" },
        { "1.0", "1" },
        { "-0.0", "-0" },
        { "1.5", "1.5" },
        { "0.1", "0.1" },
        { "0.000001", "0.000001" },
        { "1e-7", "1e-7" },
        { "1.25e-9", "1.25e-9" },
        { "1e-10", "1e-10" },
        { "1e20", "100000000000000000000" },
        { "1e21", "1e+21" },
        { "1.7976931348623157e308", "1.7976931348623157e+308" },
        { "5e-324", "5e-324" },
        { "123456789.125", "123456789.125" },
        { "3.141592653589793", "3.141592653589793" },
        { "1e2", "100" },
        /* strings */
        { "\"\"", "\"\"" },
        { "\"a\\u0041\\n\\t\\r\\b\\f\\/\\\\\\\"\"", "\"aA\\n\\t\\r\\u0008\\u000c/\\\\\\\"\"" },
        { "\"\\u00e9\\ud83d\\ude00\\u2028\"", "\"\xC3\xA9\xF0\x9F\x98\x80\xE2\x80\xA8\"" },
        { "\"<a&b>\x7F\"", "\"<a&b>\x7F\"" },
        { "{\"a\\u0000b\":\"\\u0000\"}", "{\"a\\u0000b\":\"\\u0000\"}" },
        /* errors */
        { "", "f.json: no document: the text is empty" },
        { "{\"a\":1}{", "f.json:1:8: not JSON: unexpected content after document" },
        { "{\n  \"a\": 1,\n  \"b\" 2}", "f.json:3:7: not JSON: unexpected character, expected a "
                                        "colon after object key" },
        { "{\"a\":1,\n\"b\":2,\n\"a\":3}", "f.json:3:1: key \"a\" is set twice, first on line 1" },
        { "{\"\\u0061\":1,\n\"b\":\"\\n\\n\",\n\n  \"a\":3}",
          "f.json:4:3: key \"a\" is set twice, first on line 1" },
        { "[{\"x\":{\"\":1,\"\":3}}]", "f.json:1:13: key \"\" is set twice, first on line 1" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_read(rows[i].text, NULL, rows[i].want);
    }
}

static void keeps_to_limits(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "[[[1]]]", "[[[1]]]" },
        { "[1,\n[[[1]]]]", "f.json:2:3: lists and objects are nested more than 3" },
        { "{\"a\":{\"b\":{\"[[[\":{}}}}", "f.json:1:18: lists and objects are nested more than 3" },
        { "[1,2,3]", "[1,2,3]" },
        { "[1,2,3,\n 4]", "f.json:1:8: a list or object has more than 3" },
        { "{\"a\":1,\"b\":2,\"c\":3,\"d\":4}", "f.json:1:20: a list or object has more than 3" },
        { "\"123456789012345678901234567890\"", "f.json: 32 bytes are more than the limit of 30" },
    };
    DocLimits limits = { .bytes_max = 30, .depth_max = 3, .list_max = 3 };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_read(rows[i].text, &limits, rows[i].want);
    }
}

static void last_key_wins_when_asked(void **state)
{
    (void)state;
    DocLimits limits = doc_limits_default;
    limits.last_key_wins = true;
    check_read("{\"a\":1,\"b\":2,\"a\":{\"x\":1,\"x\":[]},\"c\":1,\"a\":3,\"b\":4}", &limits,
               "{\"a\":3,\"b\":4,\"c\":1}");
    check_read("[{\"a\":1,\"b\":2,\"a\":{\"x\":1,\"x\":[]}}]", &limits,
               "[{\"a\":{\"x\":[]},\"b\":2}]");
}

/* Objects of every size around the steps of the duplicate check, the duplicate at every place. */
static void finds_duplicates_in_objects_of_any_size(void **state)
{
    (void)state;
    for (size_t size = 2; size < 70; size++) {
        for (size_t first = 0; first < size - 1; first++) {
            Arena a;
            arena_init(&a, 0);
            size_t second = first + 1 + (first * 7) % (size - 1 - first);
            Buf b = buf_new(&a);
            buf_byte(&b, '{');
            for (size_t i = 0; i < size; i++) {
                buf_printf(&b, "%s\n\"key%zu\":[%zu]", i ? "," : "", i == second ? first : i, i);
            }
            buf_byte(&b, '}');
            Value v;
            Err err = { 0 };
            assert_false(json_read(STR("f"), buf_str(&b), NULL, &a, &v, &err));
            assert_int_equal(err.code, ERR_DUPLICATE);
            check_str("", err.msg,
                      arena_printf(&a, "f:%zu:1: key \"key%zu\" is set twice, first on line %zu",
                                   second + 2, first, first + 2)
                          .ptr);
            DocLimits limits = doc_limits_default;
            limits.last_key_wins = true;
            assert_true(json_read(STR("f"), buf_str(&b), &limits, &a, &v, &err));
            assert_int_equal(v.len, size - 1);
            for (size_t i = 0; i < size - 1; i++) {
                Str key = arena_printf(&a, "key%zu", i < second ? i : i + 1);
                assert_true(str_eq(member_key(&v.members[i]), key));
                size_t want = i == first ? second : i < second ? i : i + 1;
                assert_int_equal(v.members[i].value.items[0].i, want);
            }
            arena_done(&a);
        }
    }
}

/* An arena that is full on the way is left by its exit. */
static void leaves_a_full_arena(Str text)
{
    static const Str name = STR_INIT("f");
    Arena small;
    arena_init(&small, text.len + (1 << 20));
    jmp_buf full;
    if (setjmp(full) == 0) {
        arena_on_full(&small, &full);
        Value ignored;
        assert_true(json_read(name, text, NULL, &small, &ignored, NULL));
        fail_msg("the arena should have been full");
    }
    assert_true(small.on_full == &full);
    arena_done(&small);
}

static void large_documents(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Buf b = buf_new(&a);
    buf_byte(&b, '{');
    for (int i = 0; i < 50000; i++) {
        buf_printf(&b, "%s\"some/long/key/%d\":{\"a\":%d}", i ? "," : "", i, i);
    }
    buf_byte(&b, '}');
    Value v;
    assert_true(json_read(STR("f"), buf_str(&b), NULL, &a, &v, NULL));
    assert_int_equal(v.len, 50000);
    assert_int_equal(v.members[49999].value.members[0].value.i, 49999);
    leaves_a_full_arena(buf_str(&b));
    arena_done(&a);
}

static void reads_in_place(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    char text[] = "{\"a\\n\":[1,\"\\u0041b\"],\"a\":null}\0\0\0";
    Value v;
    assert_true(json_read_insitu(STR("f"), text, sizeof(text) - 4, NULL, &a, &v, NULL));
    Buf b = buf_new(&a);
    json_write(&v, &b);
    check_str("in place", buf_str(&b), "{\"a\\n\":[1,\"Ab\"],\"a\":null}");
    assert_true(v.members[1].key > text && v.members[1].key < text + sizeof(text));
    char twice[] = "{\"a\":1,\n\"b\":2,\n\"a\":3}\0\0\0";
    Err err = { 0 };
    assert_false(json_read_insitu(STR("f"), twice, sizeof(twice) - 4, NULL, &a, &v, &err));
    check_str("in place", err.msg, "f: byte 15: key \"a\" is set twice, first at byte 1");
    char cut[] = "{\"a\":1,\0\0\0";
    assert_false(json_read_insitu(STR("f"), cut, sizeof(cut) - 4, NULL, &a, &v, &err));
    assert_true(str_starts_with(err.msg, STR("f: byte 7: not JSON: ")));
    arena_done(&a);
}

static void writes_as_kubectl(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Value v;
    Str text = STR("{\"a\":{},\"b\":[],\"c\":[{\"d\":\"<\xE2\x80\xA9&\"},1.5]}");
    assert_true(json_read(STR("f"), text, NULL, &a, &v, NULL));
    Buf b = buf_new(&a);
    json_write_pretty(&v, &b);
    check_str("pretty", buf_str(&b),
              "{\n"
              "    \"a\": {},\n"
              "    \"b\": [],\n"
              "    \"c\": [\n"
              "        {\n"
              "            \"d\": \"\\u003c\\u2029\\u0026\"\n"
              "        },\n"
              "        1.5\n"
              "    ]\n"
              "}");
    b = buf_new(&a);
    json_write_html_safe(&v, &b);
    check_str("html", buf_str(&b),
              "{\"a\":{},\"b\":[],\"c\":[{\"d\":\"\\u003c\\u2029\\u0026\"},1.5]}");
    b = buf_new(&a);
    Value bad = value_str(STR("a\xFF\xC3\xED\xA0\x80z"));
    json_write(&bad, &b);
    check_str("not UTF-8", buf_str(&b), "\"a\\ufffd\\ufffd\\ufffd\\ufffd\\ufffdz\"");
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_writes),
        cmocka_unit_test(keeps_to_limits),
        cmocka_unit_test(last_key_wins_when_asked),
        cmocka_unit_test(finds_duplicates_in_objects_of_any_size),
        cmocka_unit_test(large_documents),
        cmocka_unit_test(reads_in_place),
        cmocka_unit_test(writes_as_kubectl),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
