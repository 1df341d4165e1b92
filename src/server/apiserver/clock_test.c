/* SPDX-License-Identifier: Apache-2.0 */
/* What a clock can be set to. */
#include "server/apiserver/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void reads(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *want; /* a time, or what is wrong */
    } rows[] = {
        { "2030-01-02T03:04:05Z", "2030-01-02T03:04:05Z" },
        { "2030-01-02T03:04:05+01:00", "2030-01-02T02:04:05Z" },
        { "+1s", "2001-09-09T01:46:41Z" },
        { "+1d2h3m4s", "2001-09-10T03:49:44Z" },
        { "+0s", "2001-09-09T01:46:40Z" },
        { "+", "\"+\" is no duration: write +90s, +5m, +1h30m or +2d" },
        { "+5", "\"+5\" is no duration: write +90s, +5m, +1h30m or +2d" },
        { "+1h5", "\"+1h5\" is no duration: write +90s, +5m, +1h30m or +2d" },
        { "+-1h", "\"+-1h\" is no duration: write +90s, +5m, +1h30m or +2d" },
        { "+1y", "\"+1y\" is no duration: write +90s, +5m, +1h30m or +2d" },
        { "+9223372036854775807d",
          "\"+9223372036854775807d\" is no duration: write +90s, +5m, +1h30m or +2d" },
        { "+999999999d", "\"+999999999d\" is no duration: write +90s, +5m, +1h30m or +2d" },
        { "+110000d", "+110000d: a clock here goes from 1970 to 2299" },
        { "2300-01-01T00:00:00Z", "2300-01-01T00:00:00Z: a clock here goes from 1970 to 2299" },
        { "1969-01-01T00:00:00Z", "1969-01-01T00:00:00Z: a clock here goes from 1970 to 2299" },
        { "", "\"\" is no time: write 2030-01-02T03:04:05Z, or +1h for later than now" },
        { "noon", "\"noon\" is no time: write 2030-01-02T03:04:05Z, or +1h for later than now" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t at = 0;
        Err err = { 0 };
        bool ok = clock_read(str_from_c(rows[i].text), 1000000000, &a, &at, &err);
        assert_string_equal(arena_cstr(&a, ok ? clock_text(at, &a) : err.msg), rows[i].want);
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(reads) };
    return cmocka_run_group_tests_name("apiserver/clock", tests, NULL, NULL);
}
