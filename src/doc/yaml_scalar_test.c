/* SPDX-License-Identifier: Apache-2.0 */
/* What YAML scalars mean, as recorded from sigs.k8s.io/yaml 1.2.0 (JSON as Go's encoder prints it).
 */
#include "doc/json.h"
#include "doc/yaml.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static void check(const char *text, const char *prefix, const char *value, const char *want_format)
{
    Arena a;
    arena_init(&a, 0);
    Value v;
    Err err = { 0 };
    Str source = arena_printf(&a, "%s%s\n", prefix, text);
    Buf got = buf_new(&a);
    if (yaml_read(STR("f"), source, NULL, &a, &v, &err)) {
        json_write_html_safe(&v, &got);
    } else {
        buf_add(&got, err.msg);
    }
    Buf want = buf_new(&a);
    buf_add(&want, str_from_c(want_format));
    if (value) {
        want = buf_new(&a);
        buf_printf(&want, "{\"a\":%s}", value);
    }
    if (!str_eq(buf_str(&got), buf_str(&want))) {
        fail_msg("%s\ngot  %.*s\nwant %.*s", text, STR_ARG(buf_str(&got)), STR_ARG(buf_str(&want)));
    }
    arena_done(&a);
}

static void scalars(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } rows[] = {
        /* words */
        { "yes", "true" },
        { "Yes", "true" },
        { "YES", "true" },
        { "yEs", "\"yEs\"" },
        { "no", "false" },
        { "No", "false" },
        { "NO", "false" },
        { "on", "true" },
        { "On", "true" },
        { "ON", "true" },
        { "off", "false" },
        { "Off", "false" },
        { "OFF", "false" },
        { "oFF", "\"oFF\"" },
        { "y", "true" },
        { "Y", "true" },
        { "n", "false" },
        { "N", "false" },
        { "true", "true" },
        { "True", "true" },
        { "TRUE", "true" },
        { "tRue", "\"tRue\"" },
        { "false", "false" },
        { "False", "false" },
        { "FALSE", "false" },
        { "null", "null" },
        { "Null", "null" },
        { "NULL", "null" },
        { "~", "null" },
        { "nULL", "\"nULL\"" },
        { "nil", "\"nil\"" },
        { "none", "\"none\"" },
        { "yess", "\"yess\"" },
        { "trueish", "\"trueish\"" },
        { "<<", "\"\\u003c\\u003c\"" },
        { "''", "\"\"" },
        { "\"\"", "\"\"" },
        { "'yes'", "\"yes\"" },
        { "\"1\"", "\"1\"" },
        { "'~'", "\"~\"" },
        { "Infinity", "\"Infinity\"" },
        { "NaN", "\"NaN\"" },
        { "inf", "\"inf\"" },
        /* integers */
        { "0", "0" },
        { "-0", "0" },
        { "+0", "0" },
        { "00", "0" },
        { "007", "7" },
        { "0755", "493" },
        { "08", "8" },
        { "09", "9" },
        { "-07", "-7" },
        { "+07", "7" },
        { "-08", "-8" },
        { "0o17", "15" },
        { "0O17", "15" },
        { "0o8", "\"0o8\"" },
        { "0x1F", "31" },
        { "0X1f", "31" },
        { "-0x1f", "-31" },
        { "+0x1", "1" },
        { "0xg", "\"0xg\"" },
        { "0b101", "5" },
        { "0B11", "3" },
        { "-0b11", "-3" },
        { "+0b11", "3" },
        { "0b2", "\"0b2\"" },
        { "0b-1", "-1" },
        { "0b+1", "1" },
        { "0B-1", "\"0B-1\"" },
        { "0b", "\"0b\"" },
        { "0x", "\"0x\"" },
        { "0o", "\"0o\"" },
        { "+", "\"+\"" },
        { "--1", "\"--1\"" },
        { "1_000", "1000" },
        { "1__0", "10" },
        { "1_", "1" },
        { "_1", "\"_1\"" },
        { "-_1", "-1" },
        { "0_7", "7" },
        { "0x_f", "15" },
        { "0_x1", "1" },
        { "1-2", "\"1-2\"" },
        { "1 2", "\"1 2\"" },
        { "1,000", "\"1,000\"" },
        { "9223372036854775807", "9223372036854775807" },
        { "9223372036854775808", "9223372036854775808" },
        { "-9223372036854775808", "-9223372036854775808" },
        { "-9223372036854775809", "-9223372036854776000" },
        { "18446744073709551615", "18446744073709551615" },
        { "18446744073709551616", "18446744073709552000" },
        { "0xFFFFFFFFFFFFFFFF", "18446744073709551615" },
        { "0x10000000000000000", "\"0x10000000000000000\"" },
        { "-0x8000000000000000", "-9223372036854775808" },
        { "+0xFFFFFFFFFFFFFFFF", "\"+0xFFFFFFFFFFFFFFFF\"" },
        { "12345678901234567890", "12345678901234567890" },
        /* floats */
        { "1.0", "1" },
        { "1.5", "1.5" },
        { "1.", "1" },
        { "-1.", "-1" },
        { "0.5", "0.5" },
        { ".5", "0.5" },
        { "-.5", "-0.5" },
        { "+.5", "0.5" },
        { ".", "\".\"" },
        { "..", "\"..\"" },
        { ".5.", "\".5.\"" },
        { "1e3", "1000" },
        { "1E3", "1000" },
        { "1e+3", "1000" },
        { "1e-3", "0.001" },
        { "1e", "\"1e\"" },
        { "1e+", "\"1e+\"" },
        { "1.5e3", "1500" },
        { "1.e2", "100" },
        { "1_000.5", "1000.5" },
        { "1e1_0", "10000000000" },
        { ".5_0", "0.5" },
        { "._5", "\"._5\"" },
        { ".5_", "\".5_\"" },
        { "08.5", "8.5" },
        { "1e400", "\"1e400\"" },
        { "-1e400", "\"-1e400\"" },
        { "1e-400", "0" },
        { "5e-324", "5e-324" },
        { "0x1p4", "\"0x1p4\"" },
        { "1.2.3", "\"1.2.3\"" },
        { "1e18", "1000000000000000000" },
        { "1e19", "10000000000000000000" },
        { "1e20", "100000000000000000000" },
        { "1e21", "1e+21" },
        { "9007199254740993.0", "9007199254740992" },
        { "123456789012345678901234567890", "1.2345678901234568e+29" },
        { "0.000001", "0.000001" },
        { "0.0000001", "1e-7" },
        { "12e03", "12000" },
        /* times */
        { "1:30", "\"1:30\"" },
        { "1:30:45", "\"1:30:45\"" },
        { "190:20:30.15", "\"190:20:30.15\"" },
        { "1:60", "\"1:60\"" },
        { "2001-01-01", "\"2001-01-01\"" },
        { "2001-1-1", "\"2001-1-1\"" },
        { "2001-12-14t21:59:43.10-05:00", "\"2001-12-14t21:59:43.10-05:00\"" },
        { "2001-12-14T21:59:43Z", "\"2001-12-14T21:59:43Z\"" },
        { "2001-12-15 2:59:43.10", "\"2001-12-15 2:59:43.10\"" },
        { "2001-12-14 21:59:43.10 -5", "\"2001-12-14 21:59:43.10 -5\"" },
        { "2001-13-01", "\"2001-13-01\"" },
        /* units */
        { "10Gi", "\"10Gi\"" },
        { "100m", "\"100m\"" },
        { "0.5m", "\"0.5m\"" },
        { "1d", "\"1d\"" },
        { "1.20.2", "\"1.20.2\"" },
        { "v1", "\"v1\"" },
        { "1e3Mi", "\"1e3Mi\"" },
        { "0.5Gi", "\"0.5Gi\"" },
        { "127.0.0.1", "\"127.0.0.1\"" },
        { "::1", "\"::1\"" },
        { "10.0.0.0/8", "\"10.0.0.0/8\"" },
        /* tags */
        { "!!str 1", "\"1\"" },
        { "!!str yes", "\"yes\"" },
        { "!!str ~", "\"~\"" },
        { "!!str", "\"\"" },
        { "!!str \"x\"", "\"x\"" },
        { "!!int 1", "1" },
        { "!!int \"1\"", "1" },
        { "!!int 0x10", "16" },
        { "!!int 1_0", "10" },
        { "!!float 1", "1" },
        { "!!float 1.5", "1.5" },
        { "!!float \"2\"", "2" },
        { "!!bool yes", "true" },
        { "!!bool \"off\"", "false" },
        { "!!null ~", "null" },
        { "!!null null", "null" },
        { "!!null", "null" },
        { "!!binary aGVsbG8=", "\"hello\"" },
        { "!!binary \"aGVs\\nbG8=\"", "\"hello\"" },
        { "!!timestamp 2001-01-01", "\"2001-01-01\"" },
        { "!foo 1", "\"1\"" },
        { "!foo yes", "\"yes\"" },
        { "!!foo 12", "\"12\"" },
        { "! 12", "\"12\"" },
        { "! \"12\"", "\"12\"" },
        { "!<tag:yaml.org,2002:str> 1", "\"1\"" },
        { "!<tag:yaml.org,2002:int> \"7\"", "7" },
        { "!!map {a: 1}", "{\"a\":1}" },
        { "!!seq [1]", "[1]" },
        { "!!set {a}", "{\"a\":null}" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check(rows[i].text, "a: ", rows[i].want, "");
    }
}

static void keys(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "? 1\n: 1\n", "{\"1\":1}" },
        { "? 01\n: 1\n", "{\"1\":1}" },
        { "? 0x10\n: 1\n", "{\"16\":1}" },
        { "? 1_0\n: 1\n", "{\"10\":1}" },
        { "? yes\n: 1\n", "{\"true\":1}" },
        { "? no\n: 1\n", "{\"false\":1}" },
        { "? true\n: 1\n", "{\"true\":1}" },
        { "? on\n: 1\n", "{\"true\":1}" },
        { "? y\n: 1\n", "{\"true\":1}" },
        { "? 1.5\n: 1\n", "{\"1.5\":1}" },
        { "? 1.0\n: 1\n", "{\"1\":1}" },
        { "? 1e10\n: 1\n", "{\"1e+10\":1}" },
        { "? 0.1\n: 1\n", "{\"0.1\":1}" },
        { "? 16777217.0\n: 1\n", "{\"1.6777216e+07\":1}" },
        { "? 1e3\n: 1\n", "{\"1000\":1}" },
        { "? .inf\n: 1\n", "{\".inf\":1}" },
        { "? -.inf\n: 1\n", "{\"-.inf\":1}" },
        { "? .nan\n: 1\n", "{\".nan\":1}" },
        { "? 1e300\n: 1\n", "{\".inf\":1}" },
        { "? 2001-01-01\n: 1\n", "{\"2001-01-01\":1}" },
        { "? '1'\n: 1\n", "{\"1\":1}" },
        { "? \"yes\"\n: 1\n", "{\"yes\":1}" },
        { "? 1:30\n: 1\n", "{\"1:30\":1}" },
        { "? a b\n: 1\n", "{\"a b\":1}" },
        { "? 0b11\n: 1\n", "{\"3\":1}" },
        { "? !!str 1\n: 1\n", "{\"1\":1}" },
        { "? !!int \"5\"\n: 1\n", "{\"5\":1}" },
        { "? !!binary aGk=\n: 1\n", "{\"hi\":1}" },
        { "? <\n: 1\n", "{\"\\u003c\":1}" },
        { "? -1\n: 1\n", "{\"-1\":1}" },
        { "? 9223372036854775807\n: 1\n", "{\"9223372036854775807\":1}" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check(rows[i].text, "", NULL, rows[i].want);
    }
}

static void what_cannot_be(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "a: .inf", "f:1:4: infinities and NaN cannot be written as JSON" },
        { "a: [1, -.Inf]", "f:1:8: infinities and NaN cannot be written as JSON" },
        { "a:\n  - .NaN", "f:2:5: infinities and NaN cannot be written as JSON" },
        { "a: !!int abc", "f:1:4: cannot read abc as !!int" },
        { "a: !!int 1.5", "f:1:4: cannot read 1.5 as !!int" },
        { "a: !!int yes", "f:1:4: cannot read yes as !!int" },
        { "a: !!float yes", "f:1:4: cannot read yes as !!float" },
        { "a: !!bool 1", "f:1:4: cannot read 1 as !!bool" },
        { "a: !!null 1", "f:1:4: cannot read 1 as !!null" },
        { "a: !!timestamp today", "f:1:4: cannot read today as !!timestamp" },
        { "a: !!timestamp 2001-02-29", "f:1:4: cannot read 2001-02-29 as !!timestamp" },
        { "a: !!binary 'a b'", "f:1:4: !!binary is not followed by base64" },
        { "a: !!binary aGk", "f:1:4: !!binary is not followed by base64" },
        { "~: 1", "f:1:1: null cannot be a key" },
        { "a: {null: 1}", "f:1:5: null cannot be a key" },
        { "18446744073709551615: 1", "f:1:1: an integer beyond 64 bits cannot be a key" },
        { "[a]: 1", "f:1:1: a list or mapping cannot be a key" },
        { "? {a: 1}\n: 1", "f:1:3: a list or mapping cannot be a key" },
        { "{[a]: 1}", "f:1:2: a list or mapping cannot be a key" },
        { "{ {a: 1}: 1}", "f:1:3: a list or mapping cannot be a key" },
        { "a:\n  b: {{ .Values.b }}", "f:2:7: a list or mapping cannot be a key: {{ is a "
                                      "template's, which has to be rendered first" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check(rows[i].text, "", NULL, rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars),
        cmocka_unit_test(keys),
        cmocka_unit_test(what_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
