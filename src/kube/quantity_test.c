/* SPDX-License-Identifier: Apache-2.0 */
/* Quantities: what is read, what is written, and arithmetic. */
#include "kube/quantity.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define REGEX_ERROR \
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
#define NUMBER_ERROR "unable to parse numeric part of quantity"
#define SUFFIX_ERROR "unable to parse quantity's suffix"

static void reads_and_writes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *want; /* the canonical text, or the error */
    } rows[] = {
        { "0", "0" },
        { "00", "0" },
        { "-0", "0" },
        { "0Ki", "0" },
        { "0e99", "0" },
        { "1", "1" },
        { "01", "01" },
        { "+5", "+5" }, /* counts as canonical, as do others below */
        { "1.5", "1500m" },
        { "1.500", "1.500" },
        { "1.5000", "1500m" },
        { "0.1", "100m" },
        { ".5", "500m" },
        { "5.", "5." },
        { "1000m", "1" },
        { "100m", "100m" },
        { "1000k", "1M" },
        { "1200k", "1200k" },
        { "1000E", "1" }, /* there is no suffix for 10^21 */
        { "1Ki", "1Ki" },
        { "1024Ki", "1Mi" },
        { "1025Ki", "1025Ki" },
        { "1.5Gi", "1536Mi" },
        { "0.5Ki", "512" },
        { "0.1Gi", "107374182400m" },
        { "0.3Ki", "307200m" },
        { "1000Ki", "1000Ki" },
        { "8Ei", "9223372036854775807" },
        { "-8Ei", "-9223372036854775807" },
        { "100000000000000000000Ki", "9223372036854775807" },
        { "1e3", "1e3" },
        { "1E3", "1E3" },
        { "1e1", "10" },
        { "12e6", "12e6" },
        { "1000e3", "1e6" },
        { "1e-3", "1e-3" },
        { "1e-9", "1e-9" },
        { "1e-10", "1e-9" },
        { "1n", "1n" },
        { "0.1n", "1n" },
        { "-0.1n", "-1n" },
        { "1u", "1u" },
        { "1234567890.123456789", "1234567890123456789n" },
        { "0.0000000001", "1n" },
        { "1e24", "1e24" },
        { "10e24", "!quantity 10e24 is out of range: at most 10^24 is handled" },
        { "1e999999999", "!quantity 1e999999999 is out of range: at most 10^24 is handled" },
        { "1e-999999999", "1e-9" },
        { "1e4294967296", "1e4294967296" }, /* the exponent is cut to 32 bits */
        { "+", "0" },
        { ".", "0" },
        { "m", "0" },
        { "Ki", "0" },
        { "Pi", "!" NUMBER_ERROR },
        { ".e-10", "!" NUMBER_ERROR },
        { "", "!" REGEX_ERROR },
        { "1x", "!" REGEX_ERROR },
        { " 1", "!" REGEX_ERROR },
        { "1 ", "!" REGEX_ERROR },
        { "1..", "!" REGEX_ERROR },
        { "1_000", "!" REGEX_ERROR },
        { "1ki", "!" SUFFIX_ERROR },
        { "1e", "!" SUFFIX_ERROR },
        { "1e+", "!" SUFFIX_ERROR },
        { "1mm", "!" SUFFIX_ERROR },
        { "1K", "!" SUFFIX_ERROR },
        { "1e99999999999999999999", "!" SUFFIX_ERROR },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Quantity q;
        Err err = { 0 };
        bool ok = quantity_parse(str_from_c(rows[i].text), &a, &q, &err);
        Str got = ok ? quantity_text(&q, &a) : arena_concat(&a, STR("!"), err.msg);
        if (!str_eq(got, str_from_c(rows[i].want))) {
            fail_msg("\"%s\": got \"%.*s\", want \"%s\"", rows[i].text, STR_ARG(got), rows[i].want);
        }
        if (ok) { /* what was written reads back as the same amount, but for the lost suffix */
            Quantity again;
            assert_true(quantity_parse(got, &a, &again, &err));
            assert_true(quantity_cmp(&q, &again) == 0 || str_eq(got, STR("1")));
        }
    }
    arena_done(&a);
}

static Quantity parse(const char *text, Arena *a)
{
    Quantity q;
    Err err = { 0 };
    if (!quantity_parse(str_from_c(text), a, &q, &err)) {
        fail_msg("\"%s\": %.*s", text, STR_ARG(err.msg));
    }
    return q;
}

static void adds_and_subtracts(void **state)
{
    (void)state;
    static const struct {
        const char *left;
        const char *right;
        const char *sum;
        const char *difference;
        int cmp;
    } rows[] = {
        { "1", "1", "2", "0", 0 },
        { "500m", "1.5", "2", "-1", -1 },
        { "1Gi", "1Mi", "1025Mi", "1023Mi", 1 },
        { "1Ki", "1k", "2024", "24", 1 },
        { "0", "1Ki", "1Ki", "-1Ki", -1 }, /* zero takes over the format */
        { "1Ki", "1024", "2Ki", "0", 0 },
        { "1G", "1n", "1000000000000000001n", "999999999999999999n", 1 },
        { "9223372036854775807", "1", "9223372036854775808", "9223372036854775806", 1 },
        { "1.5Gi", "100m", "1610612736100m", "1610612735900m", 1 },
        { "1e3", "1", "1001", "999", 1 },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Quantity left = parse(rows[i].left, &a);
        Quantity right = parse(rows[i].right, &a);
        Quantity sum = left;
        quantity_add(&sum, &right);
        Quantity difference = left;
        quantity_sub(&difference, &right);
        Str got_sum = quantity_text(&sum, &a);
        Str got_difference = quantity_text(&difference, &a);
        if (!str_eq(got_sum, str_from_c(rows[i].sum)) ||
            !str_eq(got_difference, str_from_c(rows[i].difference)) ||
            quantity_cmp(&left, &right) != rows[i].cmp) {
            fail_msg("%s and %s: sum %.*s, difference %.*s, order %d", rows[i].left, rows[i].right,
                     STR_ARG(got_sum), STR_ARG(got_difference), quantity_cmp(&left, &right));
        }
    }
    arena_done(&a);
}

static void values_and_rounding(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
        int64_t milli;
        const char *to_milli;
        bool exact;
    } rows[] = {
        { "1", 1, 1000, "1", true },
        { "1.500", 2, 1500, "1.500", true },
        { "1m", 1, 1, "1m", true },
        { "1u", 1, 1, "1m", false },
        { "1.0001", 2, 1001, "1001m", false },
        { "-1m", -1, -1, "-1m", true },
        { "1Ki", 1024, 1024000, "1Ki", true },
        { "8Ei", INT64_MAX, INT64_MAX, "9223372036854775807", true },
        { "10E", INT64_MAX, INT64_MAX, "10E", true },
        { "-10E", INT64_MIN, INT64_MIN, "-10E", true },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Quantity q = parse(rows[i].text, &a);
        assert_int_equal(quantity_value(&q), rows[i].value);
        assert_int_equal(quantity_milli_value(&q), rows[i].milli);
        bool exact = quantity_round_up(&q, -3);
        Str got = quantity_text(&q, &a);
        if (exact != rows[i].exact || !str_eq(got, str_from_c(rows[i].to_milli))) {
            fail_msg("%s: rounded to %.*s", rows[i].text, STR_ARG(got));
        }
    }
    Quantity made = quantity_from_milli(1500, QUANTITY_DECIMAL_SI);
    assert_true(str_eq(quantity_text(&made, &a), STR("1500m")));
    made = quantity_from_int(2048, QUANTITY_BINARY_SI);
    assert_true(str_eq(quantity_text(&made, &a), STR("2Ki")));
    arena_done(&a);
}

static void sums_are_capped(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Quantity big = parse("1e24", &a);
    Quantity sum = big;
    for (int i = 0; i < 64; i++) { /* doubles each time */
        Quantity same = sum;
        quantity_add(&sum, &same);
        assert_int_equal(quantity_sign(&sum), 1);
    }
    Quantity negative = parse("-1", &a);
    for (int i = 0; i < 200; i++) {
        Quantity same = negative;
        quantity_add(&negative, &same);
        assert_int_equal(quantity_sign(&negative), -1);
    }
    quantity_sub(&sum, &negative);
    assert_int_equal(quantity_sign(&sum), 1);
    assert_true(quantity_text(&sum, &a).len > 0);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_writes),
        cmocka_unit_test(adds_and_subtracts),
        cmocka_unit_test(values_and_rounding),
        cmocka_unit_test(sums_are_capped),
    };
    return cmocka_run_group_tests_name("kube/quantity", tests, NULL, NULL);
}
