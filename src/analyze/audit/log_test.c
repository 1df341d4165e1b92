/* SPDX-License-Identifier: Apache-2.0 */
/* Reading logs: what is a record, what is told of the rest; in whatever pieces the text comes. */
#include "analyze/audit/log.h"

#include "doc/json.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <setjmp.h>
#include <cmocka.h>

#define REST "\",\"verb\":\"get\",\"stage\":\"Panic\"}"
#define A(id) "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"auditID\":\"" id REST
#define ITEM(id) "{\"auditID\":\"" id REST
#define FALCO "{\"rule\":\"R\",\"priority\":\"Notice\",\"output\":\"{\"}"
#define NO_RECORD "neither an audit event nor a Falco alert nor an AdmissionReview\n"

static const struct {
    const char *text;
    const char *want; /* a line for each record: kind, line, id; for each problem its message */
} rows[] = {
    { "", "" },
    { "\n \n", "" },
    { A("a"), "0 1 a\n" },
    { A("a") "\n" A("b") "\n\n" FALCO "\n", "0 1 a\n0 2 b\n1 4 \n" },
    { A("a") "\r\n" A("b") "\r\n", "0 1 a\n0 2 b\n" },
    { "{\"kind\":\"AdmissionReview\"}", "2 1 \n" },
    /* versions */
    { "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1beta1\",\"auditID\":\"x" REST,
      "0 1 x\n" },
    { "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v9\",\"auditID\":\"x\"}",
      "log:1: a version of audit.k8s.io that is not known\n" },
    { "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/"
      "v1\"}\n{\"auditID\":\"a\",\"verb\":\"get\"}\n",
      "log:1: an audit event without a verb\nlog:2: an audit event without a stage that is "
      "known\n" },
    { "{\"kind\":\"Event\",\"apiVersion\":\"v1\"}\n{}\n[1]\n",
      "log:1: " NO_RECORD "log:2: " NO_RECORD "log:3: " NO_RECORD },
    /* lists: on a line, over many, of items without a kind */
    { "{\"kind\":\"EventList\",\"items\":[" ITEM("a") "," ITEM("b") "]}\n" A("c"),
      "0 1 a\n0 1 b\n0 2 c\n" },
    { A("c") "\n{\"kind\":\"EventList\",\"items\":[" ITEM("a") "," ITEM("b") "],\"x\":1}\n" A("d"),
      "0 1 c\n0 2 a\n0 2 b\n0 3 d\n" },
    { "{\n  \"kind\": \"EventList\",\n  \"items\": [\n    {\n  \"auditID\": \"a\", \"stage\": "
      "\"Panic\", \"verb\": \"v\"\n"
      "    },\n    " ITEM("b") "\n  ],\n  \"apiVersion\": \"audit.k8s.io/v1\"\n}\n" A("c"),
      "0 4 a\n0 7 b\n0 11 c\n" },
    { "{\"items\":[\n" ITEM("a") ",\n" ITEM("b") "\n]}\n", "0 2 a\n0 3 b\n" },
    { "[" ITEM("a") ",\n" ITEM("b") "]\n" A("c") "\n", "0 1 a\n0 2 b\n0 3 c\n" },
    { "{\"items\":[]}\n" A("c"), "0 2 c\n" },
    /* records over several lines */
    { "{\n\"kind\":\"AdmissionReview\",\n\"a\":{}}\n{\"kind\":\"AdmissionReview\"\n}",
      "2 1 \n2 4 \n" },
    /* cut off: at the end, in the middle, at the start */
    { A("a") "\n{\"kind\":\"Event\",\"aud",
      "0 1 a\nlog:2: cut off: the last line is not complete\n" },
    { "{\"kind\":\"Event\",\"aud", "log:1: cut off: the text ends within a record\n" },
    { "{\"kind\":\"Event\",\"aud\n" A("a") "\n", "log:1: no JSON, or cut off\n0 2 a\n" },
    { "{\"kind\":\"Event\",\n" A("a") "\n", "log:1: no JSON, or cut off\n0 2 a\n" },
    { "dit\":\"x\"}\n" A("a") "\n", "log:1: no JSON object\n0 2 a\n" },
    { "{\"items\":[" ITEM("a") ",\n", "0 1 a\nlog:2: cut off: the text ends within a list\n" },
    { "{\"items\":[" ITEM("a") "\n" A("b"),
      "0 1 a\n0 2 b\nlog:2: cut off: the text ends within a list\n" },
    { "{\"items\":[" ITEM("a") "]\n" A("b") "\n", "0 1 a\nlog:1: no JSON, or cut off\n0 2 b\n" },
    /* broken lines cost no other */
    { "Falco started\n" FALCO "\n", "log:1: no JSON object\n1 2 \n" },
    { A("a") "\n{\"x\":}\nxx\n" A("b") "\n",
      "0 1 a\nlog:2: byte 5: not JSON: unexpected character, expected a valid JSON value\nlog:3: "
      "no JSON object\n"
      "0 4 b\n" },
    { A("a") " " A("b") "\n" A("c"), "0 1 a\n0 1 b\n0 2 c\n" },
    { "{\"a\":[1}\n" A("c"), "log:1: no JSON, or cut off\n0 2 c\n" },
    { "\x1f\x8b...\n",
      "log:1: not text: decompress it first, as with zcat FILE | podgate ... -\n" },
    { "{\"rule\":\"\\\"}{\",\"output\":\"\\u007b\"}", "1 1 \n" },
};

static void on_record(void *context, const LogRecord *r, Arena *scratch)
{
    (void)scratch;
    buf_printf(context, "%d %zu %.*s\n", (int)r->kind, r->line,
               STR_ARG(value_get_str(r->value, STR("auditID"))));
}

static void on_problem(void *context, Str message)
{
    buf_printf(context, "%.*s\n", STR_ARG(message));
}

static Str read_in(Str text, size_t piece, LogCounts *counts, Arena *a)
{
    Buf out = buf_new(a);
    LogSink sink = { &out, on_record, on_problem, NULL };
    *counts = (LogCounts){ 0 };
    log_read_text(STR("log"), text, piece, &sink, counts);
    return buf_str(&out);
}

static void test_texts(void **state)
{
    (void)state;
    static const size_t pieces[] = { 1, 7, 1 << 20 };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (size_t k = 0; k < COUNT_OF(pieces); k++) {
            LogCounts counts;
            Str got = read_in(str_from_c(rows[i].text), pieces[k], &counts, &a);
            if (!str_eq(got, str_from_c(rows[i].want))) {
                fail_msg("row %zu: %s\nin pieces of %zu, want:\n%s\ngot:\n%.*s", i, rows[i].text,
                         pieces[k], rows[i].want, STR_ARG(got));
            }
            assert_int_equal(counts.bytes, strlen(rows[i].text));
        }
    }
    arena_done(&a);
}

/* What is larger than a record may be is passed over, and so is what is deeper. */
static void test_limits(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    LogCounts counts;
    Buf text = buf_new(&a);
    buf_lit(&text, A("a") "\n{\"x\":\"");
    memset(buf_reserve(&text, LOG_RECORD_BYTES_MAX), 'x', LOG_RECORD_BYTES_MAX);
    text.len += LOG_RECORD_BYTES_MAX;
    buf_lit(&text, "\"}\n" A("b") "\n{\"x\":");
    for (size_t i = 0; i < LOG_DEPTH_MAX; i++) {
        buf_byte(&text, '[');
    }
    buf_lit(&text, "\n" A("c"));
    Str got = read_in(buf_str(&text), 1 << 20, &counts, &a);
    Str want = STR("0 1 a\nlog:2: a record of more than 16 MiB\n0 3 b\n");
    assert_true(str_starts_with(got, want));
    assert_true(str_ends_with(got, STR("\n0 5 c\n")));
    assert_int_equal(counts.bad, 2);
    arena_done(&a);
}

static void test_no_file(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    LogSink sink = { NULL, on_record, on_problem, NULL };
    LogCounts counts = { 0 };
    Err err;
    Str path = STR("/no/such/log");
    assert_false(log_read((StrList){ &path, 1 }, &sink, &a, &counts, &err));
    assert_string_equal(arena_cstr(&a, err.msg), "/no/such/log: No such file or directory");
    path = STR("/");
    assert_false(log_read((StrList){ &path, 1 }, &sink, &a, &counts, &err));
    assert_string_equal(arena_cstr(&a, err.msg), "/: Is a directory");
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
