/* SPDX-License-Identifier: Apache-2.0 */
/* Label selectors: both forms, matching, messages. */
#include "kube/selector.h"

#include "doc/json.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static Value read(const char *text, Arena *a)
{
    Value v;
    Err err;
    if (!json_read(STR("row"), str_from_c(text), NULL, a, &v, &err)) {
        fail_msg("%s: %.*s", text, STR_ARG(err.msg));
    }
    return v;
}

static void parses_text(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *want; /* printed again, or "!" and the message */
    } rows[] = {
        { "", "" },
        { " ", "" },
        { "a", "a" },
        { "!a", "!a" },
        { "a=b", "a=b" },
        { "a==b", "a==b" },
        { "a!=b", "a!=b" },
        { "a=", "a=" },
        { "a in (b)", "a in (b)" },
        { "a in (c,b,c)", "a in (b,c)" },
        { "a notin ()", "a notin ()" },
        { "a in (,)", "a in ()" },
        { "a in (b,,c)", "a in (,b,c)" },
        { "a>1,b<2", "a>1,b<2" },
        { "z,a=b , x.y/k in ( in , notin )", "a=b,x.y/k in (in,notin),z" },
        { "in in (in)", "in in (in)" },
        { "a,a!=b", "a,a!=b" },
        { "=b", "!found '=', expected: !, identifier, or 'end of string'" },
        { "a,", "!found '', expected: identifier after ','" },
        { "a b",
          "!unable to parse requirement: found 'b', expected: '=', '!=', '==', 'in', notin'" },
        { "a=b c", "!found 'c', expected: ',' or 'end of string'" },
        { "a==b=c", "!found '=', expected: ',' or 'end of string'" },
        { "!a=b", "!found '=', expected: ',' or 'end of string'" },
        { "!", "!unable to parse requirement: found '', expected: identifier" },
        { "a===b", "!unable to parse requirement: found '=', expected: identifier" },
        { "a in b", "!unable to parse requirement: found 'b' expected: '('" },
        { "a in (b", "!unable to parse requirement: found '', expected: ',' or ')'" },
        { "a in (=)", "!unable to parse requirement: found '=', expected: ',', ')' or identifier" },
        { "a in (b,=)", "!unable to parse requirement: found '=', expected: ',', or identifier" },
        { "a>b",
          "!unable to parse requirement: for 'Gt', 'Lt' operators, the value must be an integer" },
        { "_a",
          "!unable to parse requirement: invalid label key \"_a\": name part must consist of "
          "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
          "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
          "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')" },
        { "a=b_",
          "!unable to parse requirement: invalid label value: \"b_\": at key: \"a\": a valid label "
          "must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and "
          "must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or "
          "'12345', regex used for validation is "
          "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        LabelSelector s;
        Err err = { 0 };
        bool ok = label_selector_parse(str_from_c(rows[i].text), &a, &s, &err);
        Str got = ok ? label_selector_text(&s, &a) : arena_concat(&a, STR("!"), err.msg);
        if (!str_eq(got, str_from_c(rows[i].want))) {
            fail_msg("\"%s\":\ngot  %.*s\nwant %s", rows[i].text, STR_ARG(got), rows[i].want);
        }
    }
    arena_done(&a);
}

static void matches(void **state)
{
    (void)state;
    static const struct {
        const char *selector; /* text, or a struct in JSON */
        const char *labels;
        bool want;
    } rows[] = {
        { "", "{}", true },
        { "a", "{\"a\":\"\"}", true },
        { "a", "{}", false },
        { "!a", "{}", true },
        { "!a", "{\"a\":\"x\"}", false },
        { "a=b", "{\"a\":\"b\"}", true },
        { "a=b", "{\"a\":\"c\"}", false },
        { "a=", "{}", false },
        { "a=", "{\"a\":\"\"}", true },
        { "a!=b", "{}", true },
        { "a!=b", "{\"a\":\"b\"}", false },
        { "a in (b,c)", "{\"a\":\"c\"}", true },
        { "a in (b,c)", "{}", false },
        { "a notin (b,c)", "{}", true },
        { "a notin (b,c)", "{\"a\":\"c\"}", false },
        { "a>1", "{\"a\":\"2\"}", true },
        { "a>1", "{\"a\":\"1\"}", false },
        { "a>1", "{\"a\":\"x\"}", false },
        { "a<1", "{\"a\":\"-5\"}", true },
        { "a<1", "{}", false },
        { "a=b,c", "{\"a\":\"b\"}", false },
        { "a=b,c", "{\"a\":\"b\",\"c\":\"\"}", true },
        { "{}", "{}", true },
        { "null", "{}", false },
        { "{\"matchLabels\":{\"a\":\"b\"}}", "{\"a\":\"b\",\"c\":\"d\"}", true },
        { "{\"matchLabels\":{\"a\":\"b\",\"c\":\"x\"}}", "{\"a\":\"b\",\"c\":\"d\"}", false },
        { "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"NotIn\",\"values\":[\"b\"]},"
          "{\"key\":\"c\",\"operator\":\"Exists\"}]}",
          "{\"c\":\"d\"}", true },
        { "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"DoesNotExist\"}]}", "{\"a\":\"d\"}",
          false },
        { "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"In\",\"values\":[\"b\",\"d\"]}]}",
          "{\"a\":\"d\"}", true },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str text = str_from_c(rows[i].selector);
        bool is_struct = str_starts_with(text, STR("{")) || str_eq(text, STR("null"));
        LabelSelector s;
        Err err = { 0 };
        Value in = is_struct ? read(rows[i].selector, &a) : value_null();
        if (!(is_struct ? label_selector_read(&in, &a, &s, &err)
                        : label_selector_parse(text, &a, &s, &err))) {
            fail_msg("%s: %.*s", rows[i].selector, STR_ARG(err.msg));
        }
        Value labels = read(rows[i].labels, &a);
        if (label_selector_matches(&s, &labels) != rows[i].want) {
            fail_msg("%s on %s", rows[i].selector, rows[i].labels);
        }
    }
    Value labels = read("{\"a\":\"b\"}", &a);
    LabelSelector s = label_selector_of_labels(&labels, &a);
    assert_true(label_selector_matches(&s, &labels));
    assert_false(label_selector_matches(&s, NULL));
    arena_done(&a);
}

static void refuses_bad_structs(void **state)
{
    (void)state;
    static const struct {
        const char *selector;
        const char *want;
    } rows[] = {
        { "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Is\"}]}",
          "\"Is\" is not a valid pod selector operator" },
        { "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"In\"}]}",
          "for 'in', 'notin' operators, values set can't be empty" },
        { "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Exists\",\"values\":[\"b\"]}]}",
          "values set must be empty for exists and does not exist" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value in = read(rows[i].selector, &a);
        LabelSelector s;
        Err err = { 0 };
        if (label_selector_read(&in, &a, &s, &err) || !str_eq(err.msg, str_from_c(rows[i].want))) {
            fail_msg("%s: %.*s", rows[i].selector, STR_ARG(err.msg));
        }
    }
    arena_done(&a);
}

static void validates(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Value in = read("{\"matchLabels\":{\"a\":\"b c\"},\"matchExpressions\":["
                    "{\"key\":\"a\",\"operator\":\"In\"},"
                    "{\"key\":\"a\",\"operator\":\"Exists\",\"values\":[\"b\"]},"
                    "{\"key\":\"\",\"operator\":\"in\"}]}",
                    &a);
    FieldErrors errs = field_errors_new(&a);
    Path path = path_root("selector");
    label_selector_validate(NULL, &path, &errs);
    assert_int_equal(errs.count, 0);
    label_selector_validate(&in, &path, &errs);
    static const char *const want[] = {
        "selector.matchLabels: Invalid value: \"b c\": a valid label must",
        "selector.matchExpressions[0].values: Required value: must be specified when `operator` is "
        "'In' or 'NotIn'",
        "selector.matchExpressions[1].values: Forbidden: may not be specified when `operator` is "
        "'Exists' or 'DoesNotExist'",
        "selector.matchExpressions[2].operator: Invalid value: \"in\": not a valid selector "
        "operator",
        "selector.matchExpressions[2].key: Invalid value: \"\": name part must be non-empty",
        "selector.matchExpressions[2].key: Invalid value: \"\": name part must consist of",
    };
    assert_int_equal(errs.count, COUNT_OF(want));
    const FieldError *e = errs.first;
    for (size_t i = 0; i < COUNT_OF(want); i++, e = e->next) {
        Buf b = buf_new(&a);
        field_error_write(e, &b);
        if (!str_starts_with(buf_str(&b), str_from_c(want[i]))) {
            fail_msg("got %.*s, want %s", STR_ARG(buf_str(&b)), want[i]);
        }
    }
    arena_done(&a);
}

static void newer_words(void **state)
{
    (void)state;
    static const struct {
        int minor;
        const char *text;
        const char *error;
    } rows[] = {
        { 20, "a b",
          "unable to parse requirement: found 'b', expected: '=', '!=', '==', 'in', "
          "notin'" },
        { 22, "a b",
          "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, "
          "lt" },
        { 20, "a/b/c=d", "unable to parse requirement: invalid label key \"a/b/c\": a qualified" },
        { 21, "a/b/c=d",
          "unable to parse requirement: <nil>: Invalid value: \"a/b/c\": a "
          "qualified" },
        { 21, "a=-",
          "unable to parse requirement: values[0][a]: Invalid value: \"-\": a valid "
          "label" },
        { 21, "a in (-,_)", "unable to parse requirement: [values[0][a]: Invalid value: \"-\"" },
        { 21, "a>b",
          "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' "
          "operators, the value must be an integer" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        LabelSelector s;
        Err err;
        arena_init(&a, 0);
        assert_false(
            label_selector_parse_as(str_from_c(rows[i].text), rows[i].minor, &a, &s, &err));
        if (!str_starts_with(err.msg, str_from_c(rows[i].error))) {
            fail_msg("row %zu: got %.*s", i, STR_ARG(err.msg));
        }
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_text),         cmocka_unit_test(matches),
        cmocka_unit_test(refuses_bad_structs), cmocka_unit_test(validates),
        cmocka_unit_test(newer_words),
    };
    return cmocka_run_group_tests_name("kube/selector", tests, NULL, NULL);
}
