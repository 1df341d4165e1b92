/* SPDX-License-Identifier: Apache-2.0 */
/* Reading as it comes finds what reading at once finds, wherever the pieces are cut. */
#include "cluster/stream.h"

#include "doc/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* One line an object: where it is, and what. */
static void describe(Buf *b, const FileObject *o)
{
    buf_add(b, object_origin_text(&o->origin, b->arena));
    buf_printf(b, " [%.*s] ", STR_ARG(o->path));
    json_write(o->object, b);
    buf_byte(b, '\n');
}

static void take(void *context, const FileObject *object, bool stays)
{
    assert_false(stays);
    assert_null(object->doc);
    describe(context, object);
}

static Str read_at_once(Str text, Arena *a)
{
    FileObjects objects;
    Err err;
    Buf b = buf_new(a);
    if (!files_read_text(STR("f"), text, NULL, a, &objects, &err)) {
        return STR_ABSENT;
    }
    for (size_t i = 0; i < objects.count; i++) {
        describe(&b, &objects.items[i]);
    }
    return buf_str(&b);
}

static Str read_streamed(Str text, size_t window, Arena *a, Err *err)
{
    StreamOptions options = { .window = window };
    Buf b = buf_new(a);
    return stream_read_text(STR("f"), text, &options, take, &b, a, err) ? buf_str(&b) : STR_ABSENT;
}

static const Str texts[] = {
    STR_INIT(""),
    STR_INIT("  \n"),
    STR_INIT("# nothing\n"),
    STR_INIT("{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"}}"),
    STR_INIT("{\"kind\":\"A\",\"s\":\"a\\\\\"}\n\n{\"kind\":\"B\",\"s\":\"\\\"}{][\"}\n"),
    STR_INIT("\xEF\xBB\xBF{\"kind\":\"A\"}{\"kind\":\"B\"}"),
    STR_INIT("{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[]}"),
    STR_INIT("{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[ ] , \"metadata\":{}}"),
    STR_INIT("{\n  \"apiVersion\": \"v1\",\n  \"items\": [\n    {\"kind\":\"A\",\"n\":[1,2,{}]},\n"
             "    {\"kind\":\"B\",\"s\":\"]}\\\"\\\\\"}\n  ],\n  \"kind\": \"List\",\n"
             "  \"metadata\": {\"resourceVersion\": \"\"}\n}\n"),
    STR_INIT("{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[{\"a\":1},{\"kind\":\"X\"}]}"),
    STR_INIT("{\"items\":[{\"a\":1},{\"b\":[\"x\"]}],\"kind\":\"PodList\",\"apiVersion\":\"v1\"}"),
    STR_INIT("{\"kind\":\"List\",\"items\":[{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":"
             "[{\"n\":1},{\"n\":2}]},{\"kind\":\"B\"}]}"),
    STR_INIT("{\"kind\":\"ConfigMap\",\"items\":[1,2]}"),
    STR_INIT("{\"kind\":\"List\",\"items\":null}"),
    STR_INIT("kind: A\n"),
    STR_INIT("kind: A\n---\n# c\nkind: B\ntext: |\n  ---\n  x\n---\n---\nkind: C"),
    STR_INIT("%YAML 1.1\n---\nkind: A\n...\n---\nkind: B\n"),
    STR_INIT("# first\n---\nkind: A\r\n---\r\nkind: B\r\n"),
    STR_INIT("apiVersion: v1\nitems:\n- kind: A\n  text: |\n    - x\n    - y\n\n    z\n- kind: B\n"
             "  list:\n  - 1\n  - - 2\n    - 3\nkind: List\nmetadata:\n  resourceVersion: \"\"\n"
             "---\nkind: C\n"),
    STR_INIT("kind: PodList\napiVersion: v1\nitems:\n  # c\n  - n: 1\n    m:\n      - x\n  -\n    "
             "n: 2\n"),
    STR_INIT("apiVersion: v1\nitems:\n- n: 1\n- n: 2\nkind: PodList\n"),
    STR_INIT("apiVersion: v1\nkind: List\nitems:\n"),
    STR_INIT("apiVersion: v1\nitems: []\nkind: List\n"),
    STR_INIT("apiVersion: v1\nkind: List\nitems:\n# none, which is said at such length that\n"
             "# no window holds it: nothing comes behind\n\n  \n"),
    STR_INIT("apiVersion: v1\nkind: List\nitems:\n# one, and\n\n  # another indent\n  - kind: A\n"),
};

/* Lines within a List in JSON or YAML are not counted, nor are those behind it. */
static void test_same_as_at_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        for (size_t window = 1; window < 200; window += window < 40 ? 1 : 37) {
            Arena a;
            Err err = { 0 };
            arena_init(&a, 0);
            Str expected = read_at_once(texts[i], &a);
            Str got = read_streamed(texts[i], window, &a, &err);
            if (err.code == ERR_UNSUPPORTED) {
                assert_true(str_contains(texts[i], STR("ConfigMap")));
            } else if (str_contains(texts[i], STR("---\nkind: C\n")) && i > 17 && window < 150) {
                assert_true(str_ends_with(got, STR("f [] {\"kind\":\"C\"}\n")));
            } else {
                if (!str_eq(expected, got)) {
                    print_error("row %zu, window %zu: %.*s\n", i, window, STR_ARG(err.msg));
                }
                assert_string_equal(arena_cstr(&a, expected), arena_cstr(&a, got));
            }
            arena_done(&a);
        }
    }
}

static const struct {
    Str text;
    const char *message;
} refused[] = {
    { STR_INIT("[1]"), "f:1: not an object of the API but array" },
    { STR_INIT("{\"kind\":"), "f:1: byte 8: not JSON: unexpected end of data" },
    { STR_INIT("{\"kind\":\"List\",\"items\":[{\"kind\":\"A\"} {\"kind\":\"B\"}]}"),
      "f: byte 38: not JSON: items are not parted by a comma" },
    { STR_INIT("{\"kind\":\"List\",\"items\":[{\"kind\":\"A\"},]}"),
      "f:1: items[1]: byte 0: not JSON: unexpected character" },
    { STR_INIT("{\"kind\":\"List\",\"items\":[{\"kind\":A}]}"),
      "f:1: items[0]: byte 8: not JSON: unexpected character" },
    { STR_INIT("{\"kind\":\"List\",\"items\":[{\"kind\":\"A\""),
      "f: byte 35: not JSON: an item has no end" },
    { STR_INIT("{\"kind\":\"List\",\"items\":[3]}"),
      "f:1: items[0]: not an object of the API but number" },
    { STR_INIT("{\"kind\":\"List\",\"items\":[]\"a\":1}"),
      "f: byte 25: not JSON: items are not followed by a comma or the end" },
    { STR_INIT("{\"kind\":\"List\",\"items\":[],\"items\":[]}"),
      "f:1: key \"items\" is set twice" },
    { STR_INIT("{\"kind\":\"List\",\"items\":[],\"kind\":\"PodList\"}"),
      "f:1: key \"kind\" is set twice" },
    { STR_INIT("{\"a\":1,\"items\":[]}"),
      "f:1: a document with items that is no List is too large to be read" },
    { STR_INIT("\xFF\xFE{\0}\0"), "f:1:1: the text is UTF-16: save it as UTF-8" },
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        for (size_t window = 1; window < 64; window += 7) {
            Arena a;
            Err err = { 0 };
            arena_init(&a, 0);
            assert_null(read_streamed(refused[i].text, window, &a, &err).ptr);
            if (!str_starts_with(err.msg, str_from_c(refused[i].message))) { /* yyjson's end it */
                assert_string_equal(arena_cstr(&a, err.msg), refused[i].message);
            }
            arena_done(&a);
        }
    }
}

/* An item may be as large as the limit for documents, and no larger. */
static void test_limit(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    DocLimits limits = doc_limits_default;
    limits.bytes_max = 1000;
    StreamOptions options = { .limits = &limits, .window = 64 };
    Buf text = buf_new(&a);
    Buf out = buf_new(&a);
    Err err = { 0 };
    buf_lit(&text, "{\"kind\":\"List\",\"items\":[");
    for (int i = 0; i < 100; i++) {
        buf_printf(&text, "%s{\"kind\":\"A\",\"n\":%d}", i ? "," : "", i);
    }
    Buf large = buf_new(&a);
    buf_add(&large, buf_str(&text));
    buf_lit(&text, "]}");
    assert_true(stream_read_text(STR("f"), buf_str(&text), &options, take, &out, &a, &err));
    buf_lit(&large, ",{\"kind\":\"");
    for (int i = 0; i < 2000; i++) {
        buf_byte(&large, 'x');
    }
    buf_lit(&large, "\"}]}");
    assert_false(stream_read_text(STR("f"), buf_str(&large), &options, take, &out, &a, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_as_at_once),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
