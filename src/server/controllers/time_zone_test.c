/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks of other places, and schedules that go by them. */
#include "server/controllers/time_zone.h"

#include "base/buf.h"
#include "kube/workloads/cron.h"
#include "kube/workloads/cron_schedule.h"
#include "server/table/age.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* A file of no transitions: the header twice, one type, a rule. */
static Str file_of(const char *rule, Arena *a)
{
    static const char head[] = "TZif2"
                               "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                               "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" /* no transitions */
                               "\0\0\0\1"                         /* a type */
                               "\0\0\0\4";                        /* its name */
    static const char block[] = "\0\0\0\0\0\0UTC";
    Buf b = buf_new(a);
    for (int i = 0; i < 2; i++) {
        buf_add(&b, str_from(head, sizeof head - 1));
        buf_add(&b, str_from(block, sizeof block));
    }
    buf_printf(&b, "\n%s\n", rule);
    return buf_str(&b);
}

#define NEW_YORK "EST5EDT,M3.2.0,M11.1.0"

static void rules(void **state)
{
    (void)state;
    static const struct {
        const char *rule;
        const char *at;
        int64_t want; /* minutes */
    } rows[] = {
        { "UTC0", "2030-01-01T00:00:00Z", 0 },
        { "JST-9", "2030-01-01T00:00:00Z", 540 },
        { "<+0545>-5:45", "2030-07-01T00:00:00Z", 345 },
        { "<-03>3", "2030-07-01T00:00:00Z", -180 },
        { NEW_YORK, "2030-01-01T00:00:00Z", -300 },
        { NEW_YORK, "2030-03-10T06:59:59Z", -300 },
        { NEW_YORK, "2030-03-10T07:00:00Z", -240 },
        { NEW_YORK, "2030-11-03T05:59:59Z", -240 },
        { NEW_YORK, "2030-11-03T06:00:00Z", -300 },
        { "CET-1CEST,M3.5.0,M10.5.0/3", "2031-03-30T00:59:59Z", 60 },
        { "CET-1CEST,M3.5.0,M10.5.0/3", "2031-03-30T01:00:00Z", 120 },
        { "CET-1CEST,M3.5.0,M10.5.0/3", "2031-10-26T01:00:00Z", 60 },
        /* summer over the new year */
        { "AEST-10AEDT,M10.1.0,M4.1.0/3", "2030-01-01T00:00:00Z", 660 },
        { "AEST-10AEDT,M10.1.0,M4.1.0/3", "2030-07-01T00:00:00Z", 600 },
        { "X1Y,J60,J300", "2032-02-29T12:00:00Z", -60 }, /* the 1st of March, in any year */
        { "X1Y,J60,J300", "2032-03-01T12:00:00Z", 0 },
        { "X1Y,59,300", "2032-02-29T12:00:00Z", 0 },
        { "X1Y0:30,M1.1.0,M13.1.0", "2030-01-01T00:00:00Z", 0 }, /* no rule */
        { "nonsense", "2030-01-01T00:00:00Z", 0 },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t at;
        const TimeZone *zone = time_zone_read(file_of(rows[i].rule, &a), &a);
        assert_non_null(zone);
        assert_true(age_parse_time(str_from_c(rows[i].at), &at));
        if (time_zone_offset(zone, at) != rows[i].want * 60) {
            fail_msg("%s at %s: %lld", rows[i].rule, rows[i].at,
                     (long long)time_zone_offset(zone, at) / 60);
        }
    }
    arena_done(&a);
}

static void files(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Str whole = file_of("UTC0", &a);
    for (size_t n = 0; n < whole.len; n++) { /* cut anywhere: no crash */
        (void)time_zone_read(str_slice(whole, 0, n), &a);
    }
    assert_null(time_zone_read(str_slice(whole, 0, 60), &a));
    assert_null(time_zone_load(STR("../../../etc/passwd"), &a));
    assert_null(time_zone_load(STR("Nowhere/City"), &a));
    assert_int_equal(time_zone_offset(time_zone_load(STR("UTC"), &a), 0), 0);
    assert_int_equal(time_zone_offset(NULL, 0), 0);
    assert_true(cron_time_zone_is_known(STR("Africa/Abidjan")));
    assert_true(cron_time_zone_is_known(STR("Zulu")));
    assert_true(cron_time_zone_is_known(STR("Europe/Berlin")));
    assert_false(cron_time_zone_is_known(STR("europe/berlin")));
    assert_false(cron_time_zone_is_known(STR("")));
    arena_done(&a);
}

static void schedules(void **state)
{
    (void)state;
    static const struct {
        const char *schedule;
        const char *after;
        const char *want;
    } rows[] = {
        { "0 9 * * *", "2030-01-01T13:59:00Z", "2030-01-01T14:00:00Z" },
        { "0 9 * * *", "2030-07-01T12:00:00Z", "2030-07-01T13:00:00Z" },
        { "0 0 1 * *", "2030-01-02T00:00:00Z", "2030-02-01T05:00:00Z" },
        /* 2:30 is left out once */
        { "30 2 * * *", "2030-03-09T08:00:00Z", "2030-03-11T06:30:00Z" },
        /* the day after is an hour shorter, its midnight not */
        { "0 0 * * 0", "2030-03-05T00:00:00Z", "2030-03-10T05:00:00Z" },
        { "0 0 * * 1", "2030-03-10T06:00:00Z", "2030-03-11T04:00:00Z" },
        /* 1:30 comes twice */
        { "30 1 * * *", "2030-11-03T05:00:00Z", "2030-11-03T05:30:00Z" },
        { "30 1 * * *", "2030-11-03T05:30:00Z", "2030-11-03T06:30:00Z" },
        { "30 1 * * *", "2030-11-03T06:30:00Z", "2030-11-04T06:30:00Z" },
    };
    Arena a;
    arena_init(&a, 0);
    KubeTarget t = kube_target(30);
    const CronZone zone = { time_zone_offset, time_zone_read(file_of(NEW_YORK, &a), &a) };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CronSchedule s;
        int64_t after, want, got = 0;
        assert_true(age_parse_time(str_from_c(rows[i].after), &after));
        assert_true(age_parse_time(str_from_c(rows[i].want), &want));
        assert_true(cron_read(str_from_c(rows[i].schedule), &t, &s));
        assert_true(cron_next(&s, &zone, after, &got));
        if (got != want) {
            fail_msg("%s after %s: %lld seconds off", rows[i].schedule, rows[i].after,
                     (long long)(got - want));
        }
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules),
        cmocka_unit_test(files),
        cmocka_unit_test(schedules),
    };
    return cmocka_run_group_tests_name("controllers/time_zone", tests, NULL, NULL);
}
