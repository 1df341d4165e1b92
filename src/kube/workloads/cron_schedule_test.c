/* SPDX-License-Identifier: Apache-2.0 */
/* When schedules are due. */
#include "kube/workloads/cron_schedule.h"

#include "kube/pod/test_pod.h"
#include "kube/workloads/cron.h"

#include <time.h>

static const struct {
    const char *schedule;
    int minor; /* 0 for 20 */
    const char *after;
    const char *want; /* NULL for never */
} rows[] = {
    { "* * * * *", 0, "2021-01-02T03:04:05Z", "2021-01-02T03:05:00Z" },
    { "* * * * *", 0, "2021-01-02T03:04:00Z", "2021-01-02T03:05:00Z" },
    { "*/15 * * * *", 0, "2021-01-02T03:45:00Z", "2021-01-02T04:00:00Z" },
    { "30 3 * * *", 0, "2021-01-02T03:30:00Z", "2021-01-03T03:30:00Z" },
    { "0 0 29 2 *", 0, "2021-01-02T00:00:00Z", "2024-02-29T00:00:00Z" },
    { "0 0 29 2 *", 0, "2097-01-02T00:00:00Z", NULL },
    { "0 0 31 4 *", 0, "2021-01-02T00:00:00Z", NULL },
    { "0 12 * * mon-fri", 0, "2021-01-01T12:00:00Z", "2021-01-04T12:00:00Z" },
    { "0 12 1 * 1", 0, "2021-01-01T12:00:00Z", "2021-01-04T12:00:00Z" },    /* either */
    { "0 12 */2 * 1", 0, "2021-01-01T12:00:00Z", "2021-01-11T12:00:00Z" },  /* both */
    { "0 12 */2 * 1", 21, "2021-01-01T12:00:00Z", "2021-01-03T12:00:00Z" }, /* either */
    { "5/20 22 * dec ?", 0, "2021-01-01T12:00:00Z", "2021-12-01T22:05:00Z" },
    { "0,30 1-3/2 * * *", 0, "2021-01-01T01:30:00Z", "2021-01-01T03:00:00Z" },
    { "59 23 31 12 *", 0, "2020-12-31T23:59:30Z", "2021-12-31T23:59:00Z" },
    { " 0\t3  * * * ", 0, "2021-01-01T01:30:00Z", "2021-01-01T03:00:00Z" },
    { "*/99 * * * *", 0, "2021-01-01T01:30:00Z", "2021-01-01T02:00:00Z" },
    { "@hourly", 0, "2021-01-01T01:30:00Z", "2021-01-01T02:00:00Z" },
    { "@daily", 0, "2021-01-01T01:30:00Z", "2021-01-02T00:00:00Z" },
    { "@weekly", 0, "2021-01-01T01:30:00Z", "2021-01-03T00:00:00Z" },
    { "@monthly", 0, "2021-01-01T01:30:00Z", "2021-02-01T00:00:00Z" },
    { "@yearly", 0, "2021-01-01T01:30:00Z", "2022-01-01T00:00:00Z" },
    { "@every 1h30m", 0, "2021-01-01T01:30:00Z", "2021-01-01T03:00:00Z" },
    { "@every 1.5s", 0, "2021-01-01T01:30:00Z", "2021-01-01T01:30:01Z" },
    { "@every 10ms", 0, "2021-01-01T01:30:00Z", "2021-01-01T01:30:01Z" },
    { "@every -1h", 0, "2021-01-01T01:30:00Z", "2021-01-01T01:30:01Z" },
};

static int64_t seconds(const char *text)
{
    struct tm tm = { 0 };
    assert_non_null(strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm));
    return (int64_t)timegm(&tm);
}

static void finds_the_next_time(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        KubeTarget t = kube_target(rows[i].minor ? rows[i].minor : 20);
        Str schedule = str_from_c(rows[i].schedule);
        CronSchedule s;
        int64_t next;
        assert_false(cron_error(schedule, &t, &a).len);
        assert_true(cron_read(schedule, &t, &s));
        bool found = cron_next(&s, NULL, seconds(rows[i].after), &next);
        if (found != (rows[i].want != NULL) || (found && next != seconds(rows[i].want))) {
            fail_msg("row %zu: %s: %lld, not %s", i, rows[i].schedule, found ? (long long)next : 0,
                     rows[i].want ? rows[i].want : "never");
        }
    }
    arena_done(&a);
}

static void refuses_what_is_none(void **state)
{
    (void)state;
    static const char *const bad[] = { "",           "* * * *",     "* * * * * *",
                                       "60 * * * *", "* * 0 * *",   "*/0 * * * *",
                                       "x * * * *",  "5-1 * * * *", "@never" };
    KubeTarget t = kube_target(20);
    CronSchedule s;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(cron_read(str_from_c(bad[i]), &t, &s));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_next_time),
        cmocka_unit_test(refuses_what_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
