/* SPDX-License-Identifier: Apache-2.0 */
/* Documents out of texts: YAML's structure, several documents, JSON streams, bad input. */
#include "doc/doc.h"

#include "doc/json.h"
#include "doc/yaml.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

/* The documents as JSON with their offsets, "@0 {...} @9 {...}", or the error. */
static Str read_text(Str text, const DocLimits *limits, Arena *a)
{
    DocList docs;
    Err err = { 0 };
    if (!docs_read(STR("f"), text, limits, a, &docs, &err)) {
        return err.msg;
    }
    Buf b = buf_new(a);
    for (size_t i = 0; i < docs.count; i++) {
        buf_printf(&b, "%s@%zu ", i ? " " : "", docs.items[i].offset);
        json_write(&docs.items[i].root, &b);
    }
    return buf_str(&b);
}

static void check_text(Str text, const DocLimits *limits, const char *want)
{
    Arena a;
    arena_init(&a, 0);
    Str got = read_text(text, limits, &a);
    if (!str_eq(got, str_from_c(want))) {
        fail_msg("%.*s\ngot  %.*s\nwant %s", STR_ARG(text), STR_ARG(got), want);
    }
    arena_done(&a);
}

typedef struct TextRow {
    const char *text, *want;
} TextRow;

static void check_rows(const TextRow *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check_text(str_from_c(rows[i].text), NULL, rows[i].want);
    }
}

static void documents(void **state)
{
    (void)state;
    static const TextRow rows[] = {
        { "", "" },
        { "  \n\n", "" },
        { "# only a comment\n", "" },
        { "---\n---\n...\n", "" },
        { "null", "" },
        { "a: 1", "@0 {\"a\":1}" },
        { "# c\n\n  a: 1 # d\n", "@7 {\"a\":1}" },
        { "---\na: 1\n---\n# nothing\n---\nb: 2\n...\n---\nc: 3",
          "@0 {\"a\":1} @23 {\"b\":2} @36 {\"c\":3}" },
        { "a: 1\n--- # text\nb: 2", "@0 {\"a\":1} @5 {\"b\":2}" },
        { "a: \xC3\xA9\xE2\x82\xAC\n---\nb: 2",
          "@0 {\"a\":\"\xC3\xA9\xE2\x82\xAC\"} @9 {\"b\":2}" },
        { "%YAML 1.1\n---\na: 1", "@0 {\"a\":1}" },
        { "a: 1\r\nb:\r\n- x\r\n- |\r\n  y\r\n  z\r\n", "@0 {\"a\":1,\"b\":[\"x\",\"y\\nz\\n\"]}" },
        { "\xEF\xBB\xBF"
          "a: 1",
          "@3 {\"a\":1}" },
        { "\xEF\xBB\xBF{\"a\": 1}", "@3 {\"a\":1}" },
        { "just text", "@0 \"just text\"" },
        { "- 1\n- - 2\n  - 3\n-\n  a: 4\n", "@0 [1,[2,3],{\"a\":4}]" },
        { "a:\nb: []\nc: {}\nd: ''\n", "@0 {\"a\":null,\"b\":[],\"c\":{},\"d\":\"\"}" },
        { "a: |\n  x\n   y\n\nb: >-\n  x\n  y\n\n  z\nc: |+\n  x\n\n",
          "@0 {\"a\":\"x\\n y\\n\",\"b\":\"x y\\nz\",\"c\":\"x\\n\\n\"}" },
        { "a: \"x\\ty\\u00e9\\\n  z\"\nb: 'it''s'\n",
          "@0 {\"a\":\"x\\ty\xC3\xA9z\",\"b\":\"it's\"}" },
        { "a: x\n  y\n  z\n", "@0 {\"a\":\"x y z\"}" },
        { "{a: 1, b: [x, 'y', {c: d}]}", "@0 {\"a\":1,\"b\":[\"x\",\"y\",{\"c\":\"d\"}]}" },
        { "[a, b]", "@0 [\"a\",\"b\"]" },
        { "{\"a\": 1,}", "@0 {\"a\":1}" },
        { "{\"a\":1}", "@0 {\"a\":1}" },
        { " {\"a\":1}\n{\"b\":2}[3]\n", "@1 {\"a\":1} @9 {\"b\":2} @16 [3]" },
        { "{\"a\":1}\n---\n{\"b\":2}\n---\nc: 3\n", "@0 {\"a\":1} @8 {\"b\":2} @20 {\"c\":3}" },
        { "[1]null[2]", "@0 [1] @7 [2]" },
    };
    check_rows(rows, COUNT_OF(rows));
}

static void anchors_and_merge_keys(void **state)
{
    (void)state;
    static const TextRow rows[] = {
        { "a: &x 1\nb: *x", "@0 {\"a\":1,\"b\":1}" },
        { "a: &x [1, {b: 2}]\nc: *x", "@0 {\"a\":[1,{\"b\":2}],\"c\":[1,{\"b\":2}]}" },
        { "a: &x 1\nb: &x 2\nc: *x", "@0 {\"a\":1,\"b\":2,\"c\":2}" },
        { "&k a: 1\nb: {*k : 2}", "@0 {\"a\":1,\"b\":{\"a\":2}}" },
        { "a: &x 1e10\nb: {*x : 2}\nc: *x",
          "@0 {\"a\":10000000000,\"b\":{\"1e+10\":2},\"c\":10000000000}" },
        { "a: &e {}\nb: *e\nc: &f []\nd: *f\ne: &g\nf: *g",
          "@0 {\"a\":{},\"b\":{},\"c\":[],\"d\":[],\"e\":null,\"f\":null}" },
        { "b: &b {x: 1, q: 2}\nc: {<<: *b, q: 3}",
          "@0 {\"b\":{\"x\":1,\"q\":2},\"c\":{\"x\":1,\"q\":3}}" },
        { "b: &b {x: 1, q: 2}\nc: {q: 3, <<: *b}",
          "@0 {\"b\":{\"x\":1,\"q\":2},\"c\":{\"q\":2,\"x\":1}}" },
        { "- &a {x: 1, q: 1}\n- &b {q: 2, z: 2}\n- {<<: [*a, *b], w: 3}",
          "@0 [{\"x\":1,\"q\":1},{\"q\":2,\"z\":2},{\"q\":1,\"z\":2,\"x\":1,\"w\":3}]" },
        { "a: {<<: {x: 1}, q: 2}", "@0 {\"a\":{\"x\":1,\"q\":2}}" },
        { "a: {<<: {}}", "@0 {\"a\":{}}" },
        { "a: {<<: []}", "@0 {\"a\":{}}" },
        { "a: {\"<<\": 1}", "@0 {\"a\":{\"<<\":1}}" },
        { "a: {!!merge <<: {x: 1}}", "@0 {\"a\":{\"x\":1}}" },
        { "a: <<", "@0 {\"a\":\"<<\"}" },
        { "a: &a {x: 1}\nb: &b {<<: *a, q: 2}\nc: {<<: *b}",
          "@0 {\"a\":{\"x\":1},\"b\":{\"x\":1,\"q\":2},\"c\":{\"x\":1,\"q\":2}}" },
        { "a: {<<: {x: 1}, <<: {x: 2, z: 3}}", "@0 {\"a\":{\"x\":2,\"z\":3}}" },
        { "a: {<<: 1}", "f:1:9: the merge key << takes a mapping or a list of mappings" },
        { "a: {<<: }", "f:1:9: the merge key << takes a mapping or a list of mappings" },
        { "a: {<<: [{}, 1]}", "f:1:9: the merge key << takes a mapping or a list of mappings" },
        { "a: *x", "f:1:4: *x: nothing before it is named &x" },
        { "---\na: &x 1\n---\na: *x", "f:4:4: *x: nothing before it is named &x" },
        { "a: &x [*x]", "f:1:8: *x stands inside what it names" },
        { "a: &x [1]\nb: {*x : 1}", "f:2:5: a list or mapping cannot be a key" },
        { "b: &b {x: 1}\nc:\n  <<: *b\n  q: 1\n  z: 2\n  q: 3",
          "f:6:3: key \"q\" is set twice, first on line 4" },
    };
    check_rows(rows, COUNT_OF(rows));
}

static void errors_say_where(void **state)
{
    (void)state;
    static const TextRow rows[] = {
        { "a: 1\nb: 2\na: 3", "f:3:1: key \"a\" is set twice, first on line 1" },
        { "a:\n  1: x\n  '1': y", "f:3:3: key \"1\" is set twice, first on line 2" },
        { "a: {yes: 1, b: {c: 1}, on: 2}", "f:1:24: key \"true\" is set twice, first on line 1" },
        { "a:\n\tb: 1", "f:2:1: not YAML: while scanning for the next token: found character that "
                        "cannot start any token (a tab: YAML is indented with spaces)" },
        { "a: b: c", "f:1:5: not YAML: mapping values are not allowed in this context" },
        { "a: [1, 2\nb: 3", "f:2:2: not YAML: while parsing a flow sequence that starts on line 1: "
                            "did not find expected ',' or ']'" },
        { "a: 'x",
          "f:1:6: not YAML: while scanning a quoted scalar: found unexpected end of stream" },
        { "a: 1\n  b: 2", "f:2:4: not YAML: mapping values are not allowed in this context" },
        { "a: @x", "f:1:4: not YAML: while scanning for the next token: found character that "
                   "cannot start any token" },
        { "a: x\x01y", "f:1:5: not YAML: control characters are not allowed (byte 0x01)" },
        { "a: \xC3\xA9\n\xFFy", "f:2:1: not YAML: invalid leading UTF-8 octet (byte 0xff)" },
        { "%YAML 3.0\n---\na: 1", "f:1:1: not YAML: found incompatible YAML document" },
        { "{\"a\": 1", "f:1:8: not JSON: unexpected end of data" },
        { "{\"a\": 1}\n{\"b\":\n 2 3}",
          "f:3:4: not JSON: unexpected character, expected a comma or a closing brace" },
        { "{\"a\": 1,\n \"a\": 2}", "f:2:2: key \"a\" is set twice, first on line 1" },
        { "{a: 1, b: 2,\n a: 3}", "f:2:2: key \"a\" is set twice, first on line 1" },
        { "{\"a\": 1}\n{\"b\": 1,\n \"b\": 2}", "f:3:2: key \"b\" is set twice, first on line 2" },
    };
    check_rows(rows, COUNT_OF(rows));
    check_text(str_from("\xFF\xFE"
                        "a\0:\0",
                        6),
               NULL, "f:1:1: the text is UTF-16: save it as UTF-8");
    check_text(str_from("{\0\"\0", 4), NULL, "f:1:1: the text is UTF-16: save it as UTF-8");
    check_text(str_from("\xFE\xFF\0a", 4), NULL, "f:1:1: the text is UTF-16: save it as UTF-8");
    check_text(str_from("a\0:\0 \0", 6), NULL, "f:1:1: the text is UTF-16: save it as UTF-8");
    check_text(str_from("\0a\0:\0 ", 6), NULL, "f:1:1: the text is UTF-16: save it as UTF-8");
    check_text(str_from("\xFF\xFE\0\0a\0\0\0", 8), NULL,
               "f:1:1: the text is UTF-32: save it as UTF-8");
    check_text(str_from("\0\0\0a\0\0\0:", 8), NULL, "f:1:1: the text is UTF-32: save it as UTF-8");
    check_text(str_from("\0\1\2\3\4", 5), NULL,
               "f:1:1: not YAML: control characters are not allowed (byte 0x00)");
    check_text(str_from("\x7F"
                        "ELF\2\1\1\0\0\0",
                        10),
               NULL, "f:1:1: not YAML: control characters are not allowed (byte 0x7f)");
}

static void keeps_to_limits(void **state)
{
    (void)state;
    DocLimits limits = { .bytes_max = 60, .depth_max = 3, .list_max = 3, .alias_nodes_max = 10 };
    static const TextRow rows[] = {
        { "[[[1]]]", "@0 [[[1]]]" },
        { "- - - 1", "@0 [[[1]]]" },
        { "a:\n- - - 1", "f:2:5: lists and mappings are nested more than 3" },
        { "a: &x [[1]]\nb: *x", "@0 {\"a\":[[1]],\"b\":[[1]]}" },
        { "a: &x [[1]]\nb: [*x]", "f:2:5: lists and mappings are nested more than 3" },
        { "- 1\n- 2\n- 3", "@0 [1,2,3]" },
        { "- 1\n- 2\n- 3\n- 4", "f:4:3: a list or mapping has more than 3" },
        { "a: 1\nb: 2\nc: 3", "@0 {\"a\":1,\"b\":2,\"c\":3}" },
        { "a: 1\nb: 2\nc: 3\nd: 4", "f:4:1: a list or mapping has more than 3" },
        { "a: {<<: {a: 1, b: 2}, c: 1, d: 2}", "f:1:5: a list or mapping has more than 3" },
        { "a: &x [1, 2]\nb: [*x, *x, *x]", "@0 {\"a\":[1,2],\"b\":[[1,2],[1,2],[1,2]]}" },
        { "a: &x [1, 2]\nb: [*x, *x, *x]\nc: *x",
          "f:3:4: the aliases stand for more than 10 values" },
        { "a: 1 # 345678901234567890123456789012345678901234567890123456",
          "f: 61 bytes are more than the limit of 60" },
        { "{\"a\":123456789012345678901234567890123456789012345678901234567}",
          "f: 63 bytes are more than the limit of 60" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_text(str_from_c(rows[i].text), &limits, rows[i].want);
    }
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Texts that would explode if somebody let them: each ends soon, with one message. */
static void bombs_are_defused(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 256u << 20);
    Buf laughs = buf_new(&a);
    buf_lit(&laughs, "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for (int i = 1; i < 30; i++) {
        buf_printf(&laughs, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i,
                   i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    }
    Buf deep = buf_new(&a);
    Buf deep_json = buf_new(&a);
    for (int i = 0; i < 100000; i++) {
        buf_byte(&deep, '[');
        buf_lit(&deep_json, "{\"a\":");
    }
    for (int i = 0; i < 100000; i++) {
        buf_byte(&deep, ']');
    }
    Buf merges = buf_new(&a);
    buf_lit(&merges, "a: &a {");
    for (int i = 0; i < 1000; i++) {
        buf_printf(&merges, "key%d: 1,\n", i);
    }
    buf_lit(&merges, "}\nb: {");
    for (int i = 0; i < 3000; i++) {
        buf_lit(&merges, "<<: *a,\n");
    }
    buf_lit(&merges, "}\n");
    Buf keys = buf_new(&a);
    for (int i = 0; i < 50000; i++) {
        buf_printf(&keys, "key%d: 1\n", i);
    }
    buf_lit(&keys, "key49999: 2\n");
    Buf directives = buf_new(&a);
    for (int i = 0; i < 100000; i++) {
        buf_printf(&directives, "%%TAG !a%d! x\n", i);
    }
    buf_lit(&directives, "--- a\n");
    const struct {
        Str text;
        const char *want;
    } rows[] = {
        { buf_str(&laughs), "f:6:26: the aliases stand for more than 400000 values" },
        { buf_str(&deep), "f:1:501: lists and objects are nested more than 500" },
        { buf_str(&deep_json), "f:1:500001: not JSON: unexpected end of data" },
        { buf_str(&merges), "f:1201:5: the aliases stand for more than 400000 values" },
        { buf_str(&directives), "f:1001:1: more than 1000 %TAG directives" },
        { buf_str(&keys), "f:50001:1: key \"key49999\" is set twice, first on line 50000" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena own;
        arena_init(&own, 64u << 20);
        double from = seconds_now();
        Str got = read_text(rows[i].text, NULL, &own);
        /* Seconds, not milliseconds: sanitizers and busy machines are slow, explosions never end.
         */
        assert_true(seconds_now() - from < 5);
        if (!str_eq(got, str_from_c(rows[i].want))) {
            fail_msg("%zu: %.*s", i, STR_ARG(str_slice(got, 0, 200)));
        }
        arena_done(&own);
    }
    arena_done(&a);
}

/* Reads with a ceiling: did the arena's exit have to be taken? */
static bool fills_arena(Str text, size_t ceiling)
{
    static const Str name = STR_INIT("f");
    Arena small;
    arena_init(&small, ceiling);
    jmp_buf full;
    volatile bool was_full = false;
    if (setjmp(full) == 0) {
        arena_on_full(&small, &full);
        DocList docs;
        assert_true(docs_read(name, text, NULL, &small, &docs, NULL));
    } else {
        was_full = true;
    }
    assert_true(small.on_full == &full);
    arena_done(&small);
    return was_full;
}

/* What an arena that is full on the way must not leak is told by the address sanitizer. */
static void leaves_by_the_arenas_exit(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Buf b = buf_new(&a);
    for (int i = 0; i < 3000; i++) {
        buf_printf(&b, "- name: x%d\n  value: some text that takes room\n", i);
    }
    for (size_t ceiling = 32 * 1024; ceiling <= 512 * 1024; ceiling *= 2) {
        assert_int_equal(fills_arena(buf_str(&b), ceiling), ceiling <= 256 * 1024);
    }
    arena_done(&a);
}

static void one_document_only(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Value v;
    Err err = { 0 };
    assert_true(yaml_read(STR("f"), STR("# none\n"), NULL, &a, &v, &err));
    assert_int_equal(v.kind, VALUE_NULL);
    assert_true(yaml_read(STR("f"), STR("---\n---\na: 1\n---\n"), NULL, &a, &v, &err));
    assert_int_equal(v.kind, VALUE_OBJECT);
    assert_false(yaml_read(STR("f"), STR("a: 1\n---\nb: 1\n"), NULL, &a, &v, &err));
    assert_true(
        str_eq(err.msg, STR("f:2:1: another document starts here, where there must be only one")));
    arena_done(&a);
}

/* Changing one place of a tree must not change another that the same alias made. */
static void aliases_are_copies(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Value v;
    assert_true(yaml_read(STR("f"), STR("a: &x {b: {c: 1}}\nd: *x\ne: *x"), NULL, &a, &v, NULL));
    value_set(value_at(&v, "d", "b", NULL), STR("c"), value_int(2), &a);
    assert_int_equal(value_at(&v, "a", "b", "c", NULL)->i, 1);
    assert_int_equal(value_at(&v, "d", "b", "c", NULL)->i, 2);
    assert_int_equal(value_at(&v, "e", "b", "c", NULL)->i, 1);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents),         cmocka_unit_test(anchors_and_merge_keys),
        cmocka_unit_test(errors_say_where),  cmocka_unit_test(keeps_to_limits),
        cmocka_unit_test(bombs_are_defused), cmocka_unit_test(leaves_by_the_arenas_exit),
        cmocka_unit_test(one_document_only), cmocka_unit_test(aliases_are_copies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
