/* SPDX-License-Identifier: Apache-2.0 */
/* How many pods a rollout may have of each ReplicaSet. */
#include "kube/workloads/rollout.h"

#include "doc/json.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static void reads_limits(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        int surge;
        int unavailable;
    } rows[] = {
        { "{'replicas':1,'strategy':{'type':'RollingUpdate','rollingUpdate':{'maxSurge':'25%',"
          "'maxUnavailable':'25%'}}}",
          1, 0 },
        { "{'replicas':10,'strategy':{'type':'RollingUpdate','rollingUpdate':{'maxSurge':'25%',"
          "'maxUnavailable':'25%'}}}",
          3, 2 },
        { "{'replicas':2,'strategy':{'type':'RollingUpdate','rollingUpdate':{'maxSurge':0,"
          "'maxUnavailable':'1%'}}}",
          0, 1 },
        { "{'replicas':3,'strategy':{'type':'RollingUpdate','rollingUpdate':{'maxSurge':1,"
          "'maxUnavailable':5}}}",
          1, 3 },
        { "{'replicas':0,'strategy':{'type':'RollingUpdate','rollingUpdate':{'maxSurge':1,"
          "'maxUnavailable':1}}}",
          1, 0 },
        { "{'replicas':3,'strategy':{'type':'Recreate'}}", 0, 0 },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value spec;
        Err err;
        char *text = (char *)(uintptr_t)arena_cstr(&a, str_from_c(rows[i].spec));
        for (char *p = text; *p; p++) {
            *p = *p == '\'' ? '"' : *p;
        }
        assert_true(json_read(STR("spec"), str_from_c(text), NULL, &a, &spec, &err));
        Rollout r = rollout_read(&spec);
        assert_int_equal(r.surge, rows[i].surge);
        assert_int_equal(r.unavailable, rows[i].unavailable);
    }
    arena_done(&a);
}

static void sizes_the_new_one(void **state)
{
    (void)state;
    static const struct {
        Rollout r;
        int all;
        int current;
        int want;
    } rows[] = {
        { { 10, true, 3, 2 }, 0, 0, 10 }, /* the first */
        { { 10, true, 3, 2 }, 10, 0, 3 }, /* a second one surges */
        { { 10, true, 3, 2 }, 13, 3, 3 }, /* no room */
        { { 10, true, 3, 2 }, 11, 3, 5 }, /* what was let go comes back as new */
        { { 10, true, 3, 2 }, 2, 2, 10 }, /* no more than wanted */
        { { 10, true, 0, 2 }, 10, 0, 0 }, { { 10, false, 0, 0 }, 10, 0, 10 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(rollout_new_replicas(&rows[i].r, rows[i].all, rows[i].current),
                         rows[i].want);
    }
}

static void shares_out(void **state)
{
    (void)state;
    static const struct {
        Rollout r;
        int current;
        int max;
        int to_add;
        int added;
        int want;
    } rows[] = {
        { { 15, true, 3, 2 }, 8, 13, 5, 0, 3 }, /* 10 became 15 amidst a rollout, 8 + 5 */
        { { 15, true, 3, 2 }, 5, 13, 5, 3, 2 },   { { 5, true, 2, 1 }, 8, 13, -6, 0, -4 },
        { { 5, true, 2, 1 }, 5, 13, -6, -4, -2 }, { { 0, true, 0, 0 }, 5, 13, -8, 0, -5 },
        { { 5, true, 2, 1 }, 0, 13, 5, 0, 0 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(rollout_proportion(&rows[i].r, rows[i].current, rows[i].max,
                                            rows[i].to_add, rows[i].added),
                         rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_limits),
        cmocka_unit_test(sizes_the_new_one),
        cmocka_unit_test(shares_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
