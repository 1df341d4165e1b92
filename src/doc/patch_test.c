/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Pointer, JSON Patch and JSON Merge Patch. */
#include "doc/json.h"
#include "doc/merge.h"
#include "doc/patch.h"
#include "doc/pointer.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static Value read_json(const char *text, Arena *a)
{
    Value v;
    Err err = { 0 };
    if (!json_read(STR("test"), str_from_c(text), NULL, a, &v, &err)) {
        fail_msg("%s: %.*s", text, STR_ARG(err.msg));
    }
    return v;
}

static void check(const char *what, const Value *got, const char *want, Arena *a)
{
    Buf b = buf_new(a);
    json_write(got, &b);
    if (!str_eq(buf_str(&b), str_from_c(want))) {
        fail_msg("%s\ngot  %.*s\nwant %s", what, STR_ARG(buf_str(&b)), want);
    }
}

static void pointers(void **state)
{
    (void)state;
    static const struct {
        const char *pointer, *want; /* NULL: nothing there */
    } rows[] = {
        /* RFC 6901, section 5 */
        { "",
          "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,\"i\\\\j\":5,"
          "\"k\\\"l\":6,\" \":7,\"m~n\":8}" },
        { "/foo", "[\"bar\",\"baz\"]" },
        { "/foo/0", "\"bar\"" },
        { "/", "0" },
        { "/a~1b", "1" },
        { "/c%d", "2" },
        { "/e^f", "3" },
        { "/g|h", "4" },
        { "/i\\j", "5" },
        { "/k\"l", "6" },
        { "/ ", "7" },
        { "/m~0n", "8" },
        { "foo", NULL },
        { "/foo/2", NULL },
        { "/foo/-", NULL },
        { "/foo/00", NULL },
        { "/foo/01", NULL },
        { "/foo/+1", NULL },
        { "/foo/99999999999999999999", NULL },
        { "/foo/0/x", NULL },
        { "/foo/", NULL },
        { "/nothing", NULL },
        { "/m~n", NULL },
        { "/m~", NULL },
        { "/m~2n", NULL },
    };
    Arena a;
    arena_init(&a, 0);
    Value root = read_json(rows[0].want, &a);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const Value *v = pointer_get(&root, str_from_c(rows[i].pointer), &a);
        if (!rows[i].want) {
            assert_null(v);
        } else if (!v) {
            fail_msg("%s: nothing there", rows[i].pointer);
        } else {
            check(rows[i].pointer, v, rows[i].want, &a);
        }
    }
    Buf b = buf_new(&a);
    pointer_append(&b, STR("a/b"));
    pointer_append(&b, STR("m~n"));
    pointer_append(&b, STR(""));
    pointer_append_index(&b, 10);
    assert_true(str_eq(buf_str(&b), STR("/a~1b/m~0n//10")));
    arena_done(&a);
}

typedef struct PatchRow {
    const char *doc, *patch;
    const char *want; /* the result, or the error when it is no JSON */
} PatchRow;

static void check_patches(const PatchRow *rows, size_t count,
                          bool (*apply)(Value *, const Value *, Arena *, Err *))
{
    for (size_t i = 0; i < count; i++) {
        Arena a;
        arena_init(&a, 0);
        Value doc = read_json(rows[i].doc, &a);
        Value before = doc;
        Value patch = read_json(rows[i].patch, &a);
        Err err = { 0 };
        if (apply(&doc, &patch, &a, &err)) {
            check(rows[i].patch, &doc, rows[i].want, &a);
        } else {
            if (!str_eq(err.msg, str_from_c(rows[i].want))) {
                fail_msg("%s\ngot  %.*s\nwant %s", rows[i].patch, STR_ARG(err.msg), rows[i].want);
            }
            doc = before;
        }
        /* Neither the patch nor, before success is sure, the document is touched. */
        check("the patch itself", &patch, rows[i].patch, &a);
        check("the document itself", &before, rows[i].doc, &a);
        arena_done(&a);
    }
}

static void patches_of_rfc_6902(void **state)
{
    (void)state;
    static const PatchRow rows[] = {
        /* the RFC's examples, appendix A */
        { "{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\"}]",
          "{\"foo\":\"bar\",\"baz\":\"qux\"}" },
        { "{\"foo\":[\"bar\",\"baz\"]}", "[{\"op\":\"add\",\"path\":\"/foo/1\",\"value\":\"qux\"}]",
          "{\"foo\":[\"bar\",\"qux\",\"baz\"]}" },
        { "{\"baz\":\"qux\",\"foo\":\"bar\"}", "[{\"op\":\"remove\",\"path\":\"/baz\"}]",
          "{\"foo\":\"bar\"}" },
        { "{\"foo\":[\"bar\",\"qux\",\"baz\"]}", "[{\"op\":\"remove\",\"path\":\"/foo/1\"}]",
          "{\"foo\":[\"bar\",\"baz\"]}" },
        { "{\"baz\":\"qux\",\"foo\":\"bar\"}",
          "[{\"op\":\"replace\",\"path\":\"/baz\",\"value\":\"boo\"}]",
          "{\"baz\":\"boo\",\"foo\":\"bar\"}" },
        { "{\"foo\":{\"bar\":\"baz\",\"waldo\":\"fred\"},\"qux\":{\"corge\":\"grault\"}}",
          "[{\"op\":\"move\",\"from\":\"/foo/waldo\",\"path\":\"/qux/thud\"}]",
          "{\"foo\":{\"bar\":\"baz\"},\"qux\":{\"corge\":\"grault\",\"thud\":\"fred\"}}" },
        { "{\"foo\":[\"all\",\"grass\",\"cows\",\"eat\"]}",
          "[{\"op\":\"move\",\"from\":\"/foo/1\",\"path\":\"/foo/3\"}]",
          "{\"foo\":[\"all\",\"cows\",\"eat\",\"grass\"]}" },
        { "{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}",
          "[{\"op\":\"test\",\"path\":\"/baz\",\"value\":\"qux\"},{\"op\":\"test\",\"path\":\"/foo/"
          "1\",\"value\":2}]",
          "{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}" },
        { "{\"baz\":\"qux\"}", "[{\"op\":\"test\",\"path\":\"/baz\",\"value\":\"bar\"}]",
          "operation 0 (test \"/baz\"): the value is another" },
        { "{\"foo\":\"bar\"}",
          "[{\"op\":\"add\",\"path\":\"/child\",\"value\":{\"grandchild\":{}}}]",
          "{\"foo\":\"bar\",\"child\":{\"grandchild\":{}}}" },
        { "{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\",\"xyz\":123}]",
          "{\"foo\":\"bar\",\"baz\":\"qux\"}" },
        { "{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz/bat\",\"value\":\"qux\"}]",
          "operation 0 (add \"/baz/bat\"): there is no list or object at \"/baz\"" },
        { "{\"/\":9,\"~1\":10}", "[{\"op\":\"test\",\"path\":\"/~01\",\"value\":10}]",
          "{\"/\":9,\"~1\":10}" },
        { "{\"/\":9,\"~1\":10}", "[{\"op\":\"test\",\"path\":\"/~01\",\"value\":\"10\"}]",
          "operation 0 (test \"/~01\"): the value is another" },
        { "{\"foo\":[\"bar\"]}",
          "[{\"op\":\"add\",\"path\":\"/foo/-\",\"value\":[\"abc\",\"def\"]}]",
          "{\"foo\":[\"bar\",[\"abc\",\"def\"]]}" },
        /* the root */
        { "{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"\",\"value\":[1]}]", "[1]" },
        { "{\"a\":1}",
          "[{\"op\":\"add\",\"path\":\"\",\"value\":7},{\"op\":\"test\",\"path\":\"\",\"value\":7}"
          "]",
          "7" },
        { "{\"a\":{\"b\":1}}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"\"}]", "{\"b\":1}" },
        { "{\"a\":{\"b\":1}}", "[{\"op\":\"copy\",\"from\":\"\",\"path\":\"/a/c\"}]",
          "{\"a\":{\"b\":1,\"c\":{\"a\":{\"b\":1}}}}" },
        { "{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"\"}]", "null" },
        /* add replaces a member; copies are independent; values may be null */
        { "{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/a\",\"value\":null}]", "{\"a\":null}" },
        { "{\"a\":{\"x\":1}}",
          "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b\"},{\"op\":\"add\",\"path\":\"/b/"
          "x\",\"value\":2}]",
          "{\"a\":{\"x\":1},\"b\":{\"x\":2}}" },
        { "{}",
          "[{\"op\":\"add\",\"path\":\"/a\",\"value\":{}},{\"op\":\"add\",\"path\":\"/a/"
          "b\",\"value\":1}]",
          "{\"a\":{\"b\":1}}" },
        { "{\"a\":[]}",
          "[{\"op\":\"add\",\"path\":\"/a/0\",\"value\":1},{\"op\":\"add\",\"path\":\"/a/"
          "0\",\"value\":0},{\"op\":\"add\",\"path\":\"/a/2\",\"value\":2}]",
          "{\"a\":[0,1,2]}" },
        { "{\"a\":1}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a\"}]", "{\"a\":1}" },
        { "{\"a\":{\"x\":1,\"y\":[2]}}",
          "[{\"op\":\"test\",\"path\":\"/a\",\"value\":{\"y\":[2],\"x\":1}}]",
          "{\"a\":{\"x\":1,\"y\":[2]}}" },
        /* a failure leaves all as it was */
        { "{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"/a\"},{\"op\":\"remove\",\"path\":\"/b\"}]",
          "operation 1 (remove \"/b\"): there is no such member" },
        { "{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"/b\",\"value\":1}]",
          "operation 0 (replace \"/b\"): there is no such member" },
        { "{\"a\":1}", "[{\"op\":\"test\",\"path\":\"/b\",\"value\":null}]",
          "operation 0 (test \"/b\"): there is no such member" },
        { "{\"a\":1}", "[{\"op\":\"copy\",\"from\":\"/b\",\"path\":\"/c\"}]",
          "operation 0 (copy \"/c\"): there is no such member" },
        { "{\"a\":1}", "[{\"op\":\"move\",\"from\":\"/b/c\",\"path\":\"/c\"}]",
          "operation 0 (move \"/c\"): there is no list or object at \"/b\"" },
        { "{\"a\":{\"b\":1}}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a/b\"}]",
          "operation 0 (move \"/a/b\"): a value cannot be moved into itself" },
        { "{\"a\":{\"b\":1}}", "[{\"op\":\"move\",\"from\":\"\",\"path\":\"/a\"}]",
          "operation 0 (move \"/a\"): a value cannot be moved into itself" },
        { "{\"a\":1,\"ab\":2}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/ab\"}]",
          "{\"ab\":1}" },
        { "{\"a\":[1]}", "[{\"op\":\"add\",\"path\":\"/a/2\",\"value\":1}]",
          "operation 0 (add \"/a/2\"): the list has 1 items" },
        { "{\"a\":[1]}", "[{\"op\":\"add\",\"path\":\"/a/01\",\"value\":1}]",
          "operation 0 (add \"/a/01\"): a list has no such name" },
        { "{\"a\":[1]}", "[{\"op\":\"remove\",\"path\":\"/a/1\"}]",
          "operation 0 (remove \"/a/1\"): the list has 1 items" },
        { "{\"a\":[1]}", "[{\"op\":\"remove\",\"path\":\"/a/-\"}]",
          "operation 0 (remove \"/a/-\"): there is nothing behind the last item" },
        { "{\"a\":[1]}", "[{\"op\":\"replace\",\"path\":\"/a/-1\",\"value\":1}]",
          "operation 0 (replace \"/a/-1\"): a list has no such name" },
        { "{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/a/b\",\"value\":1}]",
          "operation 0 (add \"/a/b\"): there is no list or object at \"/a\"" },
        { "{\"a\":1}", "[{\"op\":\"add\",\"path\":\"a\",\"value\":1}]",
          "operation 0 (add \"a\"): path is not a JSON Pointer" },
        { "{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/a~\",\"value\":1}]",
          "operation 0 (add \"/a~\"): path is not a JSON Pointer" },
        { "{\"a\":1}", "[{\"op\":\"add\",\"path\":1,\"value\":1}]",
          "operation 0 (add): path is not a string" },
        { "{\"a\":1}", "[{\"op\":\"add\",\"value\":1}]", "operation 0 (add): path is missing" },
        { "{\"a\":1}", "[{\"op\":\"move\",\"path\":\"/a\"}]",
          "operation 0 (move \"/a\"): from is missing" },
        { "{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/a\"}]",
          "operation 0 (add \"/a\"): value is missing" },
        { "{\"a\":1}", "[{\"op\":\"frob\",\"path\":\"/a\"}]",
          "operation 0 (frob \"/a\"): there is no such operation" },
        { "{\"a\":1}", "[{\"path\":\"/a\"}]", "operation 0: op is missing" },
        { "{\"a\":1}", "[7]", "operation 0: an operation is an object, not number" },
        { "{\"a\":1}", "{\"op\":\"add\"}", "a JSON Patch is an array of operations, not object" },
    };
    check_patches(rows, COUNT_OF(rows), patch_apply);
}

/* As recorded from github.com/evanphx/json-patch v4.9.0, which the API server of 1.20 uses. */
static void patches_as_the_server(void **state)
{
    (void)state;
    static const PatchRow rows[] = {
        { "{\"a\":\"1\"}", "[{\"op\":\"replace\",\"path\":\"/zz\",\"value\":\"9\"}]",
          "{\"a\":\"1\",\"zz\":\"9\"}" },
        { "{\"a\":\"1\"}", "[{\"op\":\"add\",\"path\":\"data/b\",\"value\":\"2\"}]",
          "{\"a\":\"1\",\"b\":\"2\"}" },
        { "{\"a\":[1,2]}", "[{\"op\":\"add\",\"path\":\"/a/-1\",\"value\":3}]", "{\"a\":[1,2,3]}" },
        { "{\"a\":[1,2]}", "[{\"op\":\"remove\",\"path\":\"/a/-1\"}]", "{\"a\":[1]}" },
        { "{\"a\":[1,2]}", "[{\"op\":\"replace\",\"path\":\"/a/01\",\"value\":3}]",
          "{\"a\":[1,3]}" },
        { "{}", "[{\"op\":\"copy\",\"from\":\"/x\",\"path\":\"/y\"}]", "{\"y\":null}" },
        { "{}", "[{\"op\":\"add\",\"path\":\"/y\"}]", "{\"y\":null}" },
        { "{}", "[{\"op\":\"test\",\"path\":\"/y\",\"value\":null}]", "{}" },
        { "{\"m~n\":1}", "[{\"op\":\"remove\",\"path\":\"/m~n\"}]", "{}" },
        { "{}", "[{\"op\":\"frob\",\"path\":\"/a\"}]", "Unexpected kind: frob" },
        { "{}", "[{\"path\":\"/a\"}]", "Unexpected kind: unknown" },
        { "{}", "[{\"op\":\"move\",\"from\":\"/zz\",\"path\":\"/m\"}]",
          "error in move for path: 'zz': Unable to remove nonexistent key: zz: missing value" },
        { "{}", "[{\"op\":\"remove\",\"path\":\"/zz\"}]",
          "error in remove for path: '/zz': Unable to remove nonexistent key: zz: missing value" },
        { "{}", "[{\"op\":\"add\",\"path\":\"/x/y\",\"value\":1}]",
          "add operation does not apply: doc is missing path: \"/x/y\": missing value" },
        { "{}", "[{\"op\":\"add\",\"path\":\"\",\"value\":1}]",
          "add operation does not apply: doc is missing path: \"\": missing value" },
        { "{\"a\":1}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":2}]",
          "testing value /a failed: test failed" },
        { "{\"a\":[1]}", "[{\"op\":\"add\",\"path\":\"/a/7\",\"value\":2}]",
          "error in add for path: '/a/7': Unable to access invalid index: 7: invalid index "
          "referenced" },
        { "{\"a\":[1]}", "[{\"op\":\"add\",\"path\":\"/a/x\",\"value\":2}]",
          "error in add for path: '/a/x': value was not a proper array index: 'x': strconv.Atoi: "
          "parsing \"x\": invalid syntax" },
        { "{}", "[{\"op\":\"add\",\"value\":2}]",
          "add operation failed to decode path: missing value" },
        { "{}", "[{\"op\":\"replace\",\"value\":2}]",
          "replace operation failed to decode path: operation missing path field: missing value" },
    };
    check_patches(rows, COUNT_OF(rows), patch_apply_as_server);
}

/* Patches that ask for more than their size. */
static void patches_are_bounded(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 1u << 30);
    Err err = { 0 };
    Buf b = buf_new(&a);
    buf_lit(&b, "[{\"op\":\"add\",\"path\":\"/x\",\"value\":[1,1]}");
    for (int i = 0; i < 64; i++) {
        buf_lit(&b, ",{\"op\":\"copy\",\"from\":\"/x\",\"path\":\"/x/-\"}");
    }
    buf_byte(&b, ']');
    Value patch;
    assert_true(json_read(STR("f"), buf_str(&b), NULL, &a, &patch, NULL));
    Value doc = value_object();
    assert_false(patch_apply(&doc, &patch, &a, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_false(patch_apply_as_server(&doc, &patch, &a, &err));
    assert_int_equal(err.code, ERR_LIMIT);

    /* Ever deeper: {"x": whole} again and again. */
    b = buf_new(&a);
    for (int i = 0; i < 2000; i++) {
        buf_printf(&b,
                   "%s{\"op\":\"add\",\"path\":\"/y\",\"value\":{}},"
                   "{\"op\":\"move\",\"from\":\"/x\",\"path\":\"/y/x\"},"
                   "{\"op\":\"move\",\"from\":\"/y\",\"path\":\"/x\"}",
                   i ? "," : "[");
    }
    buf_byte(&b, ']');
    assert_true(json_read(STR("f"), buf_str(&b), NULL, &a, &patch, NULL));
    doc = read_json("{\"x\":1}", &a);
    assert_false(patch_apply(&doc, &patch, &a, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_true(str_ends_with(err.msg, STR("the result is nested more than 1000 deep")));
    assert_false(patch_apply_as_server(&doc, &patch, &a, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    check("unchanged", &doc, "{\"x\":1}", &a);
    arena_done(&a);
}

static void diffs(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *want;
    } rows[] = {
        { "{\"a\":1}", "{\"a\":1}", "[]" },
        { "{\"a\":1}", "{\"a\":1.0}", "[]" },
        { "1", "2", "[{\"op\":\"replace\",\"path\":\"\",\"value\":2}]" },
        { "{\"a\":1}", "[1]", "[{\"op\":\"replace\",\"path\":\"\",\"value\":[1]}]" },
        { "{\"a\":1,\"b\":2}", "{\"b\":3,\"c\":{}}",
          "[{\"op\":\"remove\",\"path\":\"/a\"},{\"op\":\"replace\",\"path\":\"/"
          "b\",\"value\":3},{\"op\":\"add\",\"path\":\"/c\",\"value\":{}}]" },
        { "{\"a\":{\"b/c\":{\"d~\":1}}}", "{\"a\":{\"b/c\":{\"d~\":2}}}",
          "[{\"op\":\"replace\",\"path\":\"/a/b~1c/d~0\",\"value\":2}]" },
        { "{\"a\":null}", "{\"a\":[]}", "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":[]}]" },
        { "[1,2,3]", "[1,2,3,4]", "[{\"op\":\"add\",\"path\":\"/3\",\"value\":4}]" },
        { "[1,2,3]", "[0,1,2,3]", "[{\"op\":\"add\",\"path\":\"/0\",\"value\":0}]" },
        { "[1,2,3,4]", "[1,4]",
          "[{\"op\":\"remove\",\"path\":\"/2\"},{\"op\":\"remove\",\"path\":\"/1\"}]" },
        { "[1,2,3]", "[1,9,3]", "[{\"op\":\"replace\",\"path\":\"/1\",\"value\":9}]" },
        { "[{\"n\":1},{\"n\":2}]", "[{\"n\":1,\"x\":0},{\"n\":2}]",
          "[{\"op\":\"add\",\"path\":\"/0/x\",\"value\":0}]" },
        { "[1,2,3,4,5]", "[0,2,4,5,6]",
          "[{\"op\":\"replace\",\"path\":\"/0\",\"value\":0},{\"op\":\"remove\",\"path\":\"/"
          "2\"},{\"op\":\"add\",\"path\":\"/4\",\"value\":6}]" },
        { "[]", "[1]", "[{\"op\":\"add\",\"path\":\"/0\",\"value\":1}]" },
        { "[1]", "[]", "[{\"op\":\"remove\",\"path\":\"/0\"}]" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        arena_init(&a, 0);
        Value from = read_json(rows[i].from, &a);
        Value to = read_json(rows[i].to, &a);
        Value patch = patch_diff(&from, &to, &a);
        check(rows[i].from, &patch, rows[i].want, &a);
        assert_true(patch_apply(&from, &patch, &a, NULL));
        assert_true(value_equal(&from, &to));
        arena_done(&a);
    }
}

/* A small deterministic source of trees. */
static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static Value random_tree(uint32_t *seed, int depth, bool with_null, Arena *a)
{
    static const Str keys[] = { STR_INIT("a"), STR_INIT("b/c"), STR_INIT("~"),
                                STR_INIT(""),  STR_INIT("0"),   STR_INIT("name") };
    uint32_t kind = next_random(seed) % 8;
    Value v = value_int(next_random(seed) % 3);
    if (depth > 0 && kind < 3) {
        v = value_object();
        for (uint32_t n = next_random(seed) % 5; n > 0; n--) {
            Value child = random_tree(seed, depth - 1, with_null, a);
            value_set(&v, keys[next_random(seed) % COUNT_OF(keys)], child, a);
        }
    } else if (depth > 0 && kind < 6) {
        v = value_array();
        for (uint32_t n = next_random(seed) % 6; n > 0; n--) {
            value_add(&v, random_tree(seed, depth - 1, with_null, a), a);
        }
    } else if (with_null && kind == 6) {
        v = value_null();
    }
    return v;
}

static void what_a_diff_says_makes_one_of_the_other(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (int i = 0; i < 3000; i++) {
        Arena a;
        arena_init(&a, 0);
        Value from = random_tree(&seed, 4, true, &a);
        Value to = random_tree(&seed, 4, true, &a);
        Value patch = patch_diff(&from, &to, &a);
        Value got = from;
        assert_true(patch_apply(&got, &patch, &a, NULL));
        assert_true(value_equal(&got, &to));
        from = random_tree(&seed, 4, false, &a);
        to = random_tree(&seed, 4, false, &a);
        patch = merge_diff(&from, &to, &a);
        got = merge_apply(&from, &patch, &a);
        assert_true(value_equal(&got, &to));
        arena_done(&a);
    }
}

static void merges_of_rfc_7386(void **state)
{
    (void)state;
    static const PatchRow rows[] = {
        /* the RFC's test cases, appendix A */
        { "{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
        { "{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}" },
        { "{\"a\":\"b\"}", "{\"a\":null}", "{}" },
        { "{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}" },
        { "{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
        { "{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}" },
        { "{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}" },
        { "{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}" },
        { "[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]" },
        { "{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]" },
        { "{\"a\":\"foo\"}", "null", "null" },
        { "{\"a\":\"foo\"}", "\"bar\"", "\"bar\"" },
        { "{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}" },
        { "[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}" },
        { "{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}" },
        { "{}", "{\"a\":[null,{\"b\":null}]}", "{\"a\":[null,{\"b\":null}]}" },
        { "{\"a\":null}", "{\"a\":{\"b\":null,\"c\":1}}", "{\"a\":{\"c\":1}}" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        arena_init(&a, 0);
        Value doc = read_json(rows[i].doc, &a);
        Value patch = read_json(rows[i].patch, &a);
        Value got = merge_apply(&doc, &patch, &a);
        check(rows[i].patch, &got, rows[i].want, &a);
        check("the document itself", &doc, rows[i].doc, &a);
        arena_done(&a);
    }
    static const PatchRow server_rows[] = {
        { "{}", "{\"a\":[null,{\"b\":null}]}", "{\"a\":[{}]}" },
        { "{\"a\":[1]}", "{\"a\":[null,{\"b\":null}]}", "{\"a\":[{}]}" },
        { "{\"a\":{\"x\":1}}", "{\"a\":[null,{\"b\":null}]}", "{\"a\":[null,{\"b\":null}]}" },
        { "{\"a\":1}", "[null,1]", "[1]" },
    };
    for (size_t i = 0; i < COUNT_OF(server_rows); i++) {
        Arena a;
        arena_init(&a, 0);
        Value doc = read_json(server_rows[i].doc, &a);
        Value patch = read_json(server_rows[i].patch, &a);
        Value got;
        assert_true(merge_apply_as_server(&doc, &patch, &a, &got, NULL));
        check(server_rows[i].patch, &got, server_rows[i].want, &a);
        Value text = value_str(STR("x"));
        Err err = { 0 };
        assert_false(merge_apply_as_server(&doc, &text, &a, &got, &err));
        assert_true(str_eq(err.msg, STR("Invalid JSON Patch")));
        arena_done(&a);
    }
}

static void merge_diffs(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Value from = read_json("{\"a\":1,\"b\":{\"c\":1,\"d\":[1]},\"e\":{}}", &a);
    Value to = read_json("{\"b\":{\"c\":1,\"d\":[2],\"f\":{\"g\":1}},\"e\":{}}", &a);
    Value patch = merge_diff(&from, &to, &a);
    check("merge diff", &patch, "{\"a\":null,\"b\":{\"d\":[2],\"f\":{\"g\":1}}}", &a);
    patch = merge_diff(&from, &from, &a);
    check("merge diff", &patch, "{}", &a);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pointers),
        cmocka_unit_test(patches_of_rfc_6902),
        cmocka_unit_test(patches_as_the_server),
        cmocka_unit_test(patches_are_bounded),
        cmocka_unit_test(diffs),
        cmocka_unit_test(what_a_diff_says_makes_one_of_the_other),
        cmocka_unit_test(merges_of_rfc_7386),
        cmocka_unit_test(merge_diffs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
