/* SPDX-License-Identifier: Apache-2.0 */
/* Where fields stand. */
#include "doc/json.h"
#include "doc/position.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

typedef struct PlaceRow {
    const char *path;
    size_t line, column;
    bool found;
} PlaceRow;

static void check(const char *text, size_t index, const PlaceRow *rows, size_t count)
{
    Arena a;
    arena_init(&a, 0);
    DocList docs;
    Err err = { 0 };
    if (!docs_read(STR("f"), str_from_c(text), NULL, &a, &docs, &err)) {
        fail_msg("%.*s", STR_ARG(err.msg));
    }
    for (size_t i = 0; i < count; i++) {
        DocPosition at;
        bool found = doc_position(&docs.items[index], str_from_c(rows[i].path), &at);
        if (found != rows[i].found || at.line != rows[i].line || at.column != rows[i].column) {
            fail_msg("%s: got %zu:%zu%s, want %zu:%zu%s", rows[i].path, at.line, at.column,
                     found ? "" : " (above)", rows[i].line, rows[i].column,
                     rows[i].found ? "" : " (above)");
        }
    }
    arena_done(&a);
}

static void lines_and_columns(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t offset, line, column;
    } rows[] = {
        { "", 0, 1, 1 },
        { "abc", 0, 1, 1 },
        { "abc", 3, 1, 4 },
        { "abc", 9, 1, 4 },
        { "a\nb", 1, 1, 2 },
        { "a\nb", 2, 2, 1 },
        { "a\r\nb", 1, 1, 2 },
        { "a\r\nb", 3, 2, 1 },
        { "a\rb", 2, 2, 1 },
        { "\xC3\xA9"
          "b",
          2, 1, 2 },
        { "\n\n\n", 3, 4, 1 },
        { "\xF0\x9F\x98\x80\xE2\x82\xACx", 7, 1, 3 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        DocPosition at = doc_position_of_offset(str_from_c(rows[i].text), rows[i].offset);
        if (at.line != rows[i].line || at.column != rows[i].column) {
            fail_msg("row %zu: got %zu:%zu", i, at.line, at.column);
        }
    }
}

static void fields_of_yaml(void **state)
{
    (void)state;
    static const char text[] = "# a pod\n"                              /* 1 */
                               "apiVersion: v1\n"                       /* 2 */
                               "kind: Pod\n"                            /* 3 */
                               "metadata:\n"                            /* 4 */
                               "  name: web\n"                          /* 5 */
                               "  annotations:\n"                       /* 6 */
                               "    a.b/c: x\n"                         /* 7 */
                               "    a: y\n"                             /* 8 */
                               "    \"q]r\": z\n"                       /* 9 */
                               "    8080: port\n"                       /* 10 */
                               "spec:\n"                                /* 11 */
                               "  containers:\n"                        /* 12 */
                               "  - name: a\n"                          /* 13 */
                               "    image: |\n"                         /* 14 */
                               "      text: [0]\n"                      /* 15 */
                               "    args: [x, {k: v}, \xC3\xA9, 'w']\n" /* 16 */
                               "  -\n"                                  /* 17 */
                               "    name: b\n"                          /* 18 */
                               "    ports: [{containerPort: 80}]\n";    /* 19 */
    static const PlaceRow rows[] = {
        { "", 2, 1, true },
        { "kind", 3, 1, true },
        { "metadata", 4, 1, true },
        { "metadata.name", 5, 3, true },
        { "metadata.annotations[a.b/c]", 7, 5, true },
        { "metadata.annotations.a.b/c", 7, 5, true },
        { "metadata.annotations[a]", 8, 5, true },
        { "metadata.annotations.a", 8, 5, true },
        { "metadata.annotations[q]r]", 9, 5, true },
        { "metadata.annotations[8080]", 10, 5, true },
        { "metadata.annotations[zz]", 6, 3, false },
        { "metadata.labels[x]", 4, 1, false },
        { "spec.containers", 12, 3, true },
        { "spec.containers[0]", 13, 5, true },
        { "spec.containers[0].name", 13, 5, true },
        { "spec.containers[0].image", 14, 5, true },
        { "spec.containers[0].image.text", 14, 5, false },
        { "spec.containers[0].args[1].k", 16, 16, true },
        { "spec.containers[0].args[3]", 16, 26, true },
        { "spec.containers[0].args[4]", 16, 5, false },
        { "spec.containers[1].name", 18, 5, true },
        { "spec.containers[1].ports[0].containerPort", 19, 14, true },
        { "spec.containers[1].ports[0].hostPort", 19, 13, false },
        { "spec.containers[2].name", 12, 3, false },
        { "spec.containers.name", 12, 3, false },
        { "spec.securityContext.runAsUser", 11, 1, false },
        { "status", 2, 1, false },
        { "kin", 2, 1, false },
        { "kind.x", 3, 1, false },
        { "[0]", 2, 1, false },
        { "spec.containers[", 12, 3, false },
        { "spec.containers[0", 12, 3, false },
        { "spec.containers[]", 12, 3, false },
        { "spec..containers", 11, 1, false },
        { ".", 2, 1, false },
    };
    check(text, 0, rows, COUNT_OF(rows));
}

static void documents_of_a_stream(void **state)
{
    (void)state;
    static const char text[] = "a: 1\n"
                               "---\n"
                               "# \xC3\xA9\xC3\xA9\n"
                               "b:\n"
                               "- \xE2\x82\xAC\n"
                               "- x\n"
                               "---\n"
                               "c: 3\n";
    static const PlaceRow first[] = { { "a", 1, 1, true }, { "b", 1, 1, false } };
    static const PlaceRow second[] = { { "b[1]", 6, 3, true }, { "a", 4, 1, false } };
    static const PlaceRow third[] = { { "c", 8, 1, true }, { "", 8, 1, true } };
    check(text, 0, first, COUNT_OF(first));
    check(text, 1, second, COUNT_OF(second));
    check(text, 2, third, COUNT_OF(third));
    static const char json[] = "{\"a\": 1}\n {\"b\": [1, {\"c\": 2}]}{\"d\": 3}";
    static const PlaceRow json_first[] = { { "a", 1, 2, true }, { "b", 1, 1, false } };
    static const PlaceRow json_second[] = { { "b[1].c", 2, 13, true }, { "", 2, 2, true } };
    static const PlaceRow json_third[] = { { "d", 2, 23, true } };
    check(json, 0, json_first, COUNT_OF(json_first));
    check(json, 1, json_second, COUNT_OF(json_second));
    check(json, 2, json_third, COUNT_OF(json_third));
    static const char indented[] = "# c\n  a: 1\n  b: 2\n";
    static const PlaceRow indented_first[] = { { "b", 3, 3, true } };
    check(indented, 0, indented_first, COUNT_OF(indented_first));
    static const char crlf[] = "\xEF\xBB\xBF"
                               "a:\r\n  b: 1\r\n---\r\nc: 2\r\n";
    static const PlaceRow crlf_first[] = { { "a.b", 2, 3, true } };
    static const PlaceRow crlf_second[] = { { "c", 4, 1, true } };
    check(crlf, 0, crlf_first, COUNT_OF(crlf_first));
    check(crlf, 1, crlf_second, COUNT_OF(crlf_second));
}

static void fields_of_json(void **state)
{
    (void)state;
    static const char text[] = "{\n"                                                     /* 1 */
                               "  \"kind\": \"List\",\n"                                 /* 2 */
                               "  \"items\": [\n"                                        /* 3 */
                               "    {\"spec\": {\"a\\u002eb\": 1, \"x\": \"}\\\"\"}},\n" /* 4 */
                               "    {\n"                                                 /* 5 */
                               "      \"spec\": {\"list\": [1, [2, 3], {}, \"s\"],\n"    /* 6 */
                               "               \"next\": null}\n"                        /* 7 */
                               "    }\n"                                                 /* 8 */
                               "  ]\n"
                               "}\n";
    static const PlaceRow rows[] = {
        { "", 1, 1, true },
        { "kind", 2, 3, true },
        { "items", 3, 3, true },
        { "items[0]", 4, 5, true },
        { "items[0].spec.a.b", 4, 15, true },
        { "items[0].spec[a.b]", 4, 15, true },
        { "items[0].spec.x", 4, 30, true },
        { "items[1]", 5, 5, true },
        { "items[1].spec.list[1]", 6, 28, true },
        { "items[1].spec.list[1][1]", 6, 32, true },
        { "items[1].spec.list[3]", 6, 40, true },
        { "items[1].spec.list[4]", 6, 16, false },
        { "items[1].spec.next", 7, 16, true },
        { "items[1].spec.next.more", 7, 16, false },
        { "items[2].spec", 3, 3, false },
        { "nothing", 1, 1, false },
    };
    check(text, 0, rows, COUNT_OF(rows));
}

static void aliases_and_merge_keys(void **state)
{
    (void)state;
    static const char text[] = "base: &base\n"                       /* 1 */
                               "  x: {deep: 1}\n"                    /* 2 */
                               "  q: 2\n"                            /* 3 */
                               "more: &more {x: 3, z: 4}\n"          /* 4 */
                               "one: *base\n"                        /* 5 */
                               "two:\n"                              /* 6 */
                               "  <<: *base\n"                       /* 7 */
                               "  q: 5\n"                            /* 8 */
                               "three: {<<: [*more, *base], w: 6}\n" /* 9 */
                               "four: &base {x: 7}\n"                /* 10 */
                               "five: {q: 8, <<: *base}\n"           /* 11 */
                               "six: {<<: {inline: 9}}\n"            /* 12 */
                               "&key seven: [*key ]\n"               /* 13 */
                               "eight: {\"<<\": 1}\n";               /* 14 */
    static const PlaceRow rows[] = {
        { "one", 5, 1, true },          { "one.x.deep", 2, 7, true },
        { "one.q", 3, 3, true },        { "two.x", 2, 3, true },
        { "two.x.deep", 2, 7, true },   { "two.q", 8, 3, true },
        { "two.nothing", 6, 1, false }, { "three.x", 4, 14, true },
        { "three.z", 4, 20, true },     { "three.q", 3, 3, true },
        { "three.w", 9, 29, true },     { "five.x", 10, 14, true },
        { "five.q", 11, 8, true },      { "six.inline", 12, 12, true },
        { "seven[0]", 13, 14, true },   { "eight[<<]", 14, 9, true },
    };
    check(text, 0, rows, COUNT_OF(rows));
}

/* Many merge keys, each of many: positions are not worth more than some work. */
static void bounded(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Buf b = buf_new(&a);
    buf_lit(&b, "a0: &a0 {x: 1}\n");
    for (int i = 1; i < 300; i++) {
        buf_printf(&b, "a%d: &a%d {<<: *a%d}\n", i, i, i - 1);
    }
    DocList docs;
    assert_true(docs_read(STR("f"), buf_str(&b), NULL, &a, &docs, NULL));
    DocPosition at;
    doc_position(&docs.items[0], STR("a299.x"), &at);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_and_columns),      cmocka_unit_test(fields_of_yaml),
        cmocka_unit_test(documents_of_a_stream),  cmocka_unit_test(fields_of_json),
        cmocka_unit_test(aliases_and_merge_keys), cmocka_unit_test(bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
