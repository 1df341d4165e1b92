/* SPDX-License-Identifier: Apache-2.0 */
/* YAML as kubectl -o yaml prints it, as recorded from sigs.k8s.io/yaml 1.2.0. */
#include "doc/json.h"
#include "doc/yaml.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static void check(const char *json, const char *want)
{
    Arena a;
    arena_init(&a, 0);
    Value v;
    assert_true(json_read(STR("f"), str_from_c(json), NULL, &a, &v, NULL));
    Buf b = buf_new(&a);
    yaml_write(&v, &b);
    if (!str_eq(buf_str(&b), str_from_c(want))) {
        fail_msg("%s\ngot\n%.*s\nwant\n%s", json, STR_ARG(buf_str(&b)), want);
    }
    Value back;
    Err err = { 0 };
    if (!yaml_read(STR("f"), buf_str(&b), NULL, &a, &back, &err)) {
        fail_msg("%s\nwritten, does not read back: %.*s", json, STR_ARG(err.msg));
    }
    assert_true(value_equal(&v, &back));
    arena_done(&a);
}

static void prints_as_kubectl(void **state)
{
    (void)state;
    static const struct {
        const char *json, *want;
    } rows[] = {
        /* clang-format off */
        { "{}",
          "{}\n" },
        { "[]",
          "[]\n" },
        { "null",
          "null\n" },
        { "\"text\"",
          "text\n" },
        { "{\"a\":{},\"b\":[],\"c\":null,\"d\":true,\"e\":-1,\"f\":1.5}",
          "a: {}\n"
          "b: []\n"
          "c: null\n"
          "d: true\n"
          "e: -1\n"
          "f: 1.5\n" },
        { "{\"list\":[{\"a\":1,\"b\":[1,[2,[],[3]]]},[],\"x\"]}",
          "list:\n"
          "- a: 1\n"
          "  b:\n"
          "  - 1\n"
          "  - - 2\n"
          "    - []\n"
          "    - - 3\n"
          "- []\n"
          "- x\n" },
        { "{\"b\":1,\"a10\":2,\"a9\":3,\"a\":4,\"B\":5,\"_\":6,\"a-b\":7,\"a.b/c\":8,\"a/b\":9,\"9\":"
          "1,\"10\":2}",
          "_: 6\n"
          "\"9\": 1\n"
          "\"10\": 2\n"
          "B: 5\n"
          "a: 4\n"
          "a-b: 7\n"
          "a.b/c: 8\n"
          "a/b: 9\n"
          "a9: 3\n"
          "a10: 2\n"
          "b: 1\n" },
        { "[\"yes\",\"y\",\"on\",\"~\",\"null\",\"true\",\"1\",\"0x1\",\"1_0\",\"1.5\",\"1e3\",\".inf\",\""
          "2001-01-01\",\"1:30\",\"1:30:60\",\"\",\"0o7\",\"-\",\"- a\",\"a:\",\"a: b\",\"a:b\",\"a #"
          "b\",\"a#b\",\"#a\",\"[a\",\"a]\",\"{a\",\"&a\",\"*a\",\"!a\",\"|\",\"> a\",\"'a'\",\"\\\"a\\\"\",\"%"
          "a\",\"@a\",\"`a\",\"?\",\"? a\",\"?a\",\":\",\":a\",\"-a\",\"--- a\",\"...\",\"a\\\\b\",\"=\",\"<<"
          "\",\" a\",\"a \",\" \",\"a\\tb\",\"\\t\",\"a\\u0007\",\"\\u00e9\\u20ac\",\"\\ud83d\\ude00\",\"\\"
          "u2028\",\"a\\u00a0b\",\"08\",\"0b2\",\"10Gi\",\"100m\",\"127.0.0.1\",\"10.0.0.0/8\",\"1"
          ".20.2\"]",
          "- \"yes\"\n"
          "- \"y\"\n"
          "- \"on\"\n"
          "- \"~\"\n"
          "- \"null\"\n"
          "- \"true\"\n"
          "- \"1\"\n"
          "- \"0x1\"\n"
          "- \"1_0\"\n"
          "- \"1.5\"\n"
          "- \"1e3\"\n"
          "- \".inf\"\n"
          "- \"2001-01-01\"\n"
          "- \"1:30\"\n"
          "- 1:30:60\n"
          "- \"\"\n"
          "- \"0o7\"\n"
          "- '-'\n"
          "- '- a'\n"
          "- 'a:'\n"
          "- 'a: b'\n"
          "- a:b\n"
          "- 'a #b'\n"
          "- a#b\n"
          "- '#a'\n"
          "- '[a'\n"
          "- a]\n"
          "- '{a'\n"
          "- '&a'\n"
          "- '*a'\n"
          "- '!a'\n"
          "- '|'\n"
          "- '> a'\n"
          "- '''a'''\n"
          "- '\"a\"'\n"
          "- '%a'\n"
          "- '@a'\n"
          "- '`a'\n"
          "- '?'\n"
          "- '? a'\n"
          "- ?a\n"
          "- ':'\n"
          "- :a\n"
          "- -a\n"
          "- '--- a'\n"
          "- '...'\n"
          "- a\\b\n"
          "- =\n"
          "- <<\n"
          "- ' a'\n"
          "- 'a '\n"
          "- ' '\n"
          "- \"a\\tb\"\n"
          "- \"\\t\"\n"
          "- \"a\\a\"\n"
          "- \303\251\342\202\254\n"
          "- \"\\U0001F600\"\n"
          "- '\342\200\250'\n"
          "- a\302\240b\n"
          "- \"08\"\n"
          "- 0b2\n"
          "- 10Gi\n"
          "- 100m\n"
          "- 127.0.0.1\n"
          "- 10.0.0.0/8\n"
          "- 1.20.2\n" },
        { "[\"a\\nb\",\"a\\nb\\n\",\"a\\n\\n\",\"\\na\",\"\\n\",\" a\\nb\",\"a \\nb\",\"a\\nb \",\"a\\n b\",\"a"
          "\\tb\\nc\",\"a\\r\\nb\",\"a\\n\\nb\\n\\n\",\"# a\\nb\",\"- a\\nb\\n\"]",
          "- |-\n"
          "  a\n"
          "  b\n"
          "- |\n"
          "  a\n"
          "  b\n"
          "- |+\n"
          "  a\n"
          "\n"
          "- |2-\n"
          "\n"
          "  a\n"
          "- |2+\n"
          "\n"
          "- |2-\n"
          "   a\n"
          "  b\n"
          "- \"a \\nb\"\n"
          "- \"a\\nb \"\n"
          "- |-\n"
          "  a\n"
          "   b\n"
          "- \"a\\tb\\nc\"\n"
          "- \"a\\r\\nb\"\n"
          "- |+\n"
          "  a\n"
          "\n"
          "  b\n"
          "\n"
          "- |-\n"
          "  # a\n"
          "  b\n"
          "- |\n"
          "  - a\n"
          "  b\n" },
        { "{\"script\":\"#!/bin/sh\\nset -e\\nif true; then\\n  exit 0\\nfi\\n\",\"nested\":"
          "{\"deep\":[\"x\\ny\\n\"]}}",
          "nested:\n"
          "  deep:\n"
          "  - |\n"
          "    x\n"
          "    y\n"
          "script: |\n"
          "  #!/bin/sh\n"
          "  set -e\n"
          "  if true; then\n"
          "    exit 0\n"
          "  fi\n" },
        { "{\"long\":\"the quick brown fox jumps over the lazy dog and then the lazy"
          " dog jumps over the quick brown fox, which is a lot\",\"quoted\":\"the 'qu"
          "ick' brown fox: jumps over the lazy dog and then the lazy dog jumps ov"
          "er the quick brown fox # which is\",\"double\":\"the\\tquick brown fox jump"
          "s over the lazy dog and then the lazy dog jumps over the quick brown f"
          "ox,  which is a lot\",\"nospace\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
          "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}",
          "double: \"the\\tquick brown fox jumps over the lazy dog and then the lazy dog jumps\n"
          "  over the quick brown fox,  which is a lot\"\n"
          "long: the quick brown fox jumps over the lazy dog and then the lazy dog jumps over\n"
          "  the quick brown fox, which is a lot\n"
          "nospace: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
          "quoted: 'the ''quick'' brown fox: jumps over the lazy dog and then the lazy dog jumps\n"
          "  over the quick brown fox # which is'\n" },
        { "{\"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"
          "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk\":{\"a\":1}"
          ",\"llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll"
          "lllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll\":[1,{\"b\""
          ":2}],\"a\\nb\":1,\"\":2}",
          "\"\": 2\n"
          "? |-\n"
          "  a\n"
          "  b\n"
          ": 1\n"
          "? kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk\n"
          ": a: 1\n"
          "? lllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll\n"
          ": - 1\n"
          "  - b: 2\n" },
        { "{\"yes\":1,\"1\":2,\"null\":3,\"a: b\":4,\"[x\":5,\"- x\":6,\"x \":7,\"'\":8}",
          "'''': 8\n"
          "'- x': 6\n"
          "'[x': 5\n"
          "\"1\": 2\n"
          "'a: b': 4\n"
          "\"null\": 3\n"
          "'x ': 7\n"
          "\"yes\": 1\n" },
        { "[1000000,100000000000000000000,1.5e-07,1234567.5,1e+21,184467440737095"
          "51615,0.1]",
          "- 1000000\n"
          "- 1e+20\n"
          "- 1.5e-07\n"
          "- 1.2345675e+06\n"
          "- 1e+21\n"
          "- 18446744073709551615\n"
          "- 0.1\n" },
        /* clang-format on */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check(rows[i].json, rows[i].want);
    }
}

/* Where kubectl prints what cannot be read back. */
static void differs_where_it_must(void **state)
{
    (void)state;
    check("{\"<<\":1}", "\"<<\": 1\n");
    Arena a;
    arena_init(&a, 0);
    Value v = value_str(STR("a\xFF"));
    Buf b = buf_new(&a);
    yaml_write(&v, &b);
    assert_true(str_eq(buf_str(&b), STR("a\xEF\xBF\xBD\n")));
    arena_done(&a);
}

static void order_does_not_depend_on_the_input(void **state)
{
    (void)state;
    check("{\"9a\":1,\"10\":2,\"1b\":3}", "9a: 1\n\"10\": 2\n1b: 3\n");
    check("{\"1b\":3,\"10\":2,\"9a\":1}", "9a: 1\n\"10\": 2\n1b: 3\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_as_kubectl),
        cmocka_unit_test(differs_where_it_must),
        cmocka_unit_test(order_does_not_depend_on_the_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
