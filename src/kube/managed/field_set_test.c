/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of paths, written as FieldsV1. Rows have ' for ". */
#include "doc/json.h"
#include "kube/managed/field_set.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static bool read_set(const char *text, Arena *a, FieldSet *out)
{
    Str copy = arena_str(a, str_from_c(text));
    char *at = arena_alloc(a, copy.len);
    for (size_t i = 0; i < copy.len; i++) {
        at[i] = copy.ptr[i] == '\'' ? '"' : copy.ptr[i];
    }
    Value v;
    Err err;
    if (!json_read(STR("row"), str_from(at, copy.len), NULL, a, &v, &err)) {
        fail_msg("%s: %.*s", text, STR_ARG(err.msg));
    }
    return field_set_read(&v, a, out);
}

static Str set_text(FieldSet s, Arena *a)
{
    Value v = field_set_write(s, a);
    Buf b = buf_new(a);
    json_write(&v, &b);
    for (size_t i = 0; i < b.len; i++) {
        b.ptr[i] = b.ptr[i] == '"' ? '\'' : b.ptr[i];
    }
    return buf_str(&b);
}

static void check(const char *what, FieldSet got, const char *want, Arena *a)
{
    Str text = set_text(got, a);
    if (!str_eq(text, str_from_c(want))) {
        fail_msg("%s:\n got %.*s\nwant %s", what, STR_ARG(text), want);
    }
}

static void reads_and_writes(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    static const struct {
        const char *in, *want; /* NULL: broken */
    } rows[] = {
        { "{}", "{}" },
        { "null", "{}" },
        { "{'.':{}}", "{}" },
        { "{'f:a':{}}", "{'f:a':{}}" },
        { "{'f:a':null}", "{'f:a':{}}" },
        { "{'f:a':{'.':{}}}", "{'f:a':{}}" },
        { "{'f:a':{'f:b':{},'.':7}}", "{'f:a':{'.':{},'f:b':{}}}" },
        { "{'i:10':{},'v:1':{},'k:{\\'b\\':1,\\'a\\':\\'x\\'}':{},'f:b':{},'f:a':{},'i:9':{}}",
          "{'f:a':{},'f:b':{},'k:{\\'a\\':\\'x\\',\\'b\\':1}':{},'v:1':{},'i:9':{},'i:10':{}}" },
        { "{'v:\\'b\\'':{},'v:true':{},'v:2.5':{},'v:10':{},'v:null':{}}",
          "{'v:2.5':{},'v:10':{},'v:\\'b\\'':{},'v:true':{},'v:null':{}}" },
        { "{'v:1':{'f:x':{}},'v:1.0':{'f:y':{}}}", "{'v:1':{'f:x':{},'f:y':{}}}" },
        { "{'k:{}':{}}", "{'k:{}':{}}" },
        { "{'x:later':{'f:a':{}},'f:b':{}}", "{'f:b':{}}" },
        { "{'f:a':{'x:later':{}}}", "{'f:a':{}}" },
        { "{'f:':{}}", "{'f:':{}}" },
        { "{'v:\\'<\\' and more':{}}", "{'v:\\'\\\\u003c\\'':{}}" },
        { "7", NULL },
        { "[]", NULL },
        { "{'':{}}", NULL },
        { "{'f':{}}", NULL },
        { "{'fa':{}}", NULL },
        { "{'f:a':true}", NULL },
        { "{'i:x':{}}", NULL },
        { "{'v:':{}}", NULL },
        { "{'k:[]':{}}", NULL },
        { "{'k:{':{}}", NULL },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        FieldSet s;
        bool ok = read_set(rows[i].in, &a, &s);
        if (ok != (rows[i].want != NULL)) {
            fail_msg("%s: %s", rows[i].in, ok ? "was read" : "was not read");
        }
        if (ok) {
            check(rows[i].in, s, rows[i].want, &a);
        }
    }
    arena_done(&a);
}

static void combines(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    static const struct {
        const char *x, *y, *both, *common, *x_only, *x_only_below;
    } rows[] = {
        { "{'f:a':{}}", "{'f:b':{}}", "{'f:a':{},'f:b':{}}", "{}", "{'f:a':{}}", "{'f:a':{}}" },
        { "{'f:a':{}}", "{'f:a':{}}", "{'f:a':{}}", "{'f:a':{}}", "{}", "{}" },
        { "{'f:a':{'.':{},'f:b':{}}}", "{'f:a':{}}", "{'f:a':{'.':{},'f:b':{}}}", "{'f:a':{}}",
          "{'f:a':{'f:b':{}}}", "{}" },
        { "{'f:a':{}}", "{'f:a':{'f:b':{}}}", "{'f:a':{'.':{},'f:b':{}}}", "{}", "{'f:a':{}}",
          "{'f:a':{}}" },
        { "{'f:a':{'f:b':{},'f:c':{}},'f:z':{}}", "{'f:a':{'f:c':{},'f:d':{}}}",
          "{'f:a':{'f:b':{},'f:c':{},'f:d':{}},'f:z':{}}", "{'f:a':{'f:c':{}}}",
          "{'f:a':{'f:b':{}},'f:z':{}}", "{'f:a':{'f:b':{}},'f:z':{}}" },
        { "{}", "{'f:a':{}}", "{'f:a':{}}", "{}", "{}", "{}" },
        { "{'f:m':{}}",
          "{'f:a':{},'f:b':{},'f:c':{},'f:d':{},'f:e':{},'f:f':{},'f:m':{},'f:n':{},'f:o':{}}",
          "{'f:a':{},'f:b':{},'f:c':{},'f:d':{},'f:e':{},'f:f':{},'f:m':{},'f:n':{},'f:o':{}}",
          "{'f:m':{}}", "{}", "{}" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        FieldSet x;
        FieldSet y;
        assert_true(read_set(rows[i].x, &a, &x));
        assert_true(read_set(rows[i].y, &a, &y));
        check("union", field_set_union(x, y, &a), rows[i].both, &a);
        check("union", field_set_union(y, x, &a), rows[i].both, &a);
        check("intersection", field_set_intersection(x, y, &a), rows[i].common, &a);
        check("intersection", field_set_intersection(y, x, &a), rows[i].common, &a);
        check("difference", field_set_difference(x, y, &a), rows[i].x_only, &a);
        check("below", field_set_difference_below(x, y, &a), rows[i].x_only_below, &a);
        assert_true(field_set_equal(x, x));
        assert_int_equal(field_set_equal(x, y), strcmp(rows[i].x, rows[i].y) == 0);
    }
    arena_done(&a);
}

static void elements_have_texts(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    FieldSet s;
    assert_true(
        read_set("{'f:a':{},'k:{\\'p\\':1,\\'n\\':\\'x\\'}':{},'v:\\'y\\'':{},'i:3':{}}", &a, &s));
    Buf b = buf_new(&a);
    for (uint32_t i = 0; i < s.count; i++) {
        path_element_text(&s.nodes[i].element, &b);
    }
    assert_true(str_eq(buf_str(&b), STR(".a[n=\"x\",p=1][=\"y\"][3]")));
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_writes),
        cmocka_unit_test(combines),
        cmocka_unit_test(elements_have_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
