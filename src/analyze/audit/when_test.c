/* SPDX-License-Identifier: Apache-2.0 */
/* Times of logs. */
#include "analyze/audit/when.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <setjmp.h>
#include <cmocka.h>

static const struct {
    const char *text;
    const char *want; /* in UTC; NULL when it is no time */
    const char *hour;
    const char *week;
} rows[] = {
    { "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1970-01-01 00:00", "1970-01-01" },
    { "2018-10-15T13:20:21.123456789+02:00", "2018-10-15T11:20:21Z", "2018-10-15 11:00",
      "2018-10-15" },
    { "2020-02-29T23:59:59.000000Z", "2020-02-29T23:59:59Z", "2020-02-29 23:00", "2020-02-24" },
    { "2020-03-01T00:30:00+01:00", "2020-02-29T23:30:00Z", "2020-02-29 23:00", "2020-02-24" },
    { "2000-12-31T22:00:00-05:30", "2001-01-01T03:30:00Z", "2001-01-01 03:00", "2001-01-01" },
    { "2021-03-07t09:00:00z", "2021-03-07T09:00:00Z", "2021-03-07 09:00", "2021-03-01" },
    { "9999-12-31T23:59:60Z", "10000-01-01T00:00:00Z", "10000-01-01 00:00", "9999-12-27" },
    { "1970-01-01T00:00:00+01:00", "1970-01-01T00:00:00Z", "1970-01-01 00:00", "1970-01-01" },
    { "", NULL, NULL, NULL },
    { "2021-03-07", NULL, NULL, NULL },
    { "2021-03-07T09:00:00", NULL, NULL, NULL },
    { "2021-13-07T09:00:00Z", NULL, NULL, NULL },
    { "2021-03-32T09:00:00Z", NULL, NULL, NULL },
    { "2021-03-07T24:00:00Z", NULL, NULL, NULL },
    { "2021-03-07T09:00:00Zx", NULL, NULL, NULL },
    { "2021-03-07T09:00:00+1:00", NULL, NULL, NULL },
    { "1969-12-31T23:59:59Z", NULL, NULL, NULL },
};

static void test_rows(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t t;
        bool ok = when_read(str_from_c(rows[i].text), &t);
        if (ok != (rows[i].want != NULL)) {
            fail_msg("%s: %d", rows[i].text, ok);
        }
        if (ok) {
            int64_t hour = when_start(t, WHEN_HOUR);
            int64_t week = when_start(t, WHEN_WEEK);
            assert_string_equal(arena_cstr(&a, when_text(t, &a)), rows[i].want);
            assert_string_equal(arena_cstr(&a, when_step_text(hour, WHEN_HOUR, &a)), rows[i].hour);
            assert_string_equal(arena_cstr(&a, when_step_text(week, WHEN_WEEK, &a)), rows[i].week);
            assert_true(week <= when_start(t, WHEN_DAY) && when_start(t, WHEN_DAY) <= hour);
        }
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
