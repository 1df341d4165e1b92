/* SPDX-License-Identifier: Apache-2.0 */
/* Schedules, and what is said of those that are none. */
#include "kube/workloads/cron.h"

#include "kube/pod/test_pod.h"

static const struct {
    const char *schedule;
    int minor;        /* 0 for 20 */
    const char *want; /* NULL when it is good */
} rows[] = {
    { "0 3 * * mon-fri", 0, NULL },
    { "*/5 0-23/2 ? JAN,dec 0,6", 0, NULL },
    { " 0\t3  * * * ", 0, NULL },
    { "0,,1 * * * *", 0, NULL },
    { "*-7 * * * *", 0, NULL },
    { "@hourly", 0, NULL },
    { "@every 1h30m", 0, NULL },
    { "@every -1.5h", 0, NULL },
    { "@every 0", 0, NULL },
    { "", 0, "Empty spec string" },
    { " ", 0, "Expected exactly 5 fields, found 0:  " },
    { "* * * *", 0, "Expected exactly 5 fields, found 4: * * * *" },
    { "* * * * * *", 0, "Expected exactly 5 fields, found 6: * * * * * *" },
    { "* *  * *", 21, "expected exactly 5 fields, found 4: [* * * *]" },
    { "60 * * * *", 0, "End of range (60) above maximum (59): 60" },
    { "60 * * * *", 25, "end of range (60) above maximum (59): 60" },
    { "* 24 * * *", 0, "End of range (24) above maximum (23): 24" },
    { "* * 0 * *", 0, "Beginning of range (0) below minimum (1): 0" },
    { "* * * 13 *", 0, "End of range (13) above maximum (12): 13" },
    { "* * * * 7", 0, "End of range (7) above maximum (6): 7" },
    { "* * * * 5-1", 0, "Beginning of range (5) beyond end of range (1): 5-1" },
    { "1-2-3 * * * *", 0, "Too many hyphens: 1-2-3" },
    { "1/2/3 * * * *", 0, "Too many slashes: 1/2/3" },
    { "*/0 * * * *", 0, "Step of range should be a positive number: */0" },
    { "1/-1 * * * *", 0, "Negative number (-1) not allowed: -1" },
    { "x * * * *", 0, "Failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax" },
    { "-1 * * * *", 0, "Failed to parse int from : strconv.Atoi: parsing \"\": invalid syntax" },
    { "99999999999999999999 * * * *", 0,
      "Failed to parse int from 99999999999999999999: strconv.Atoi: parsing "
      "\"99999999999999999999\": value out of range" },
    { "@fortnightly", 0, "Unrecognized descriptor: @fortnightly" },
    { "@every", 0, "Unrecognized descriptor: @every" },
    { "@every x", 0, "Failed to parse duration @every x: time: invalid duration \"x\"" },
    { "@every 5", 0, "Failed to parse duration @every 5: time: missing unit in duration \"5\"" },
    { "@every 5d", 0,
      "Failed to parse duration @every 5d: time: unknown unit \"d\" in duration \"5d\"" },
    { "@every .s", 0, "Failed to parse duration @every .s: time: invalid duration \".s\"" },
    { "@every 9999999h", 0,
      "Failed to parse duration @every 9999999h: time: invalid duration \"9999999h\"" },
};

static void schedules(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        KubeTarget t = kube_target(rows[i].minor ? rows[i].minor : 20);
        Str error = cron_error(str_from_c(rows[i].schedule), &t, &a);
        test_same_text(rows[i].schedule, error, rows[i].want ? rows[i].want : "");
        assert_int_equal(error.ptr != NULL, rows[i].want != NULL);
        arena_reset(&a);
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(schedules) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
