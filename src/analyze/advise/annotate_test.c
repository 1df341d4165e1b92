/* SPDX-License-Identifier: Apache-2.0 */
/* YAML with comments: what comes out, and that it reads back as the same. */
#include "analyze/advise/annotate.h"

#include "doc/json.h"
#include "doc/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const struct {
    const char *json;
    const char *path; /* of a comment "why"; NULL for none */
    const char *want;
} rows[] = {
    { "{\"a\":1,\"b\":[]}", "/b", "a: 1\nb: [] # why\n" },
    { "{\"a\":{\"b\":[\"x\",\"*\"]}}", "/a/b/1", "a:\n  b:\n  - x\n  - '*' # why\n" },
    { "{\"a\":[{\"p\":\"/x\",\"r\":true},{}]}", "/a/0/p", "a:\n- p: /x # why\n  r: true\n- {}\n" },
    { "{\"a/b~c\":\"yes\"}", "/a~1b~0c", "a/b~c: \"yes\" # why\n" },
    { "{\"a\":[{\"b\":{\"c\":[1,2]}}]}", "/a/0/b", "a:\n- b: # why\n    c:\n    - 1\n    - 2\n" },
    { "{\"a\":\"two\\nlines\"}", "/a", "a: \"two\\nlines\" # why\n" },
    { "{\"a\":\"a long text that would be folded by the other writer, since it does not fit into a "
      "line of eighty\"}",
      NULL,
      "a: \"a long text that would be folded by the other writer, since it does not fit into a "
      "line of eighty\"\n" },
    { "{\"a\":[[1],[]],\"b\":null}", NULL, "a:\n-\n  - 1\n- []\nb: null\n" },
};

static void test_rows(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value v = value_null();
        Err err;
        assert_true(json_read(STR("row"), str_from_c(rows[i].json), NULL, &a, &v, &err));
        AdviseComments comments;
        advise_comments_init(&comments, &a);
        if (rows[i].path) {
            advise_comment(&comments, str_from_c(rows[i].path), STR("why"));
        }
        Buf b = buf_new(&a);
        advise_write_yaml(&v, &comments, &b);
        assert_string_equal(arena_cstr(&a, buf_str(&b)), rows[i].want);
        Value back = value_null();
        assert_true(yaml_read(STR("back"), buf_str(&b), NULL, &a, &back, &err));
        assert_true(value_equal(&v, &back));
    }
    arena_done(&a);
}

static void test_comments_are_one_line(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Value v = value_object();
    value_set_lit(&v, "a", value_int(1), &a);
    AdviseComments comments;
    advise_comments_init(&comments, &a);
    advise_comment(&comments, STR("/a"), STR("x\nprivileged: true\x1b[0m"));
    Buf b = buf_new(&a);
    advise_write_yaml(&v, &comments, &b);
    assert_string_equal(arena_cstr(&a, buf_str(&b)), "a: 1 # x privileged: true [0m\n");
    Buf remark = buf_new(&a);
    advise_write_remark(STR("one\n\ntwo\r"), &remark);
    assert_string_equal(arena_cstr(&a, buf_str(&remark)), "# one\n#\n# two \n");
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_comments_are_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
