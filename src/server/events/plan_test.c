/* SPDX-License-Identifier: Apache-2.0 */
/* When Events are written, by a clock that the test has in hand. */
#include "server/events/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const EventPlanOptions options = {
    .entries_max = 4, .again_ms = 60000, .each_ms = 1000, .burst = 2
};

static EventObject workload(const char *name)
{
    return (EventObject){ STR("apps/v1"), STR("Deployment"), STR("shop"), str_from_c(name),
                          STR("u") };
}

static bool add(EventPlan *p, const char *name, int64_t now)
{
    EventObject o = workload(name);
    return event_plan_add(p, &o, STR("podSecurity"), STR("why"), now / 1000, now);
}

/* Its name, or "" and when to look again. */
static EventEntry *take(EventPlan *p, int64_t now, int64_t wait)
{
    int64_t got = 0;
    EventEntry *e = event_plan_take(p, now, &got);
    if (!e) {
        assert_int_equal(got, wait);
    }
    return e;
}

static void one_workload(void **state)
{
    (void)state;
    EventPlan *p = event_plan_new(&options, 5000);
    assert_null(take(p, 5000, -1));
    assert_true(add(p, "web", 5000));
    EventEntry *e = take(p, 5000, 0);
    assert_non_null(e);
    assert_int_equal(e->count, 1);
    /* more of it is counted until its time has come again */
    for (int i = 0; i < 100; i++) {
        assert_true(add(p, "web", 6000 + i));
    }
    assert_null(take(p, 7000, 58000));
    e = take(p, 65000, 0);
    assert_non_null(e);
    assert_int_equal(e->count, 101);
    assert_int_equal(e->first_time, 5);
    assert_int_equal(e->last_time, 6);
    assert_null(take(p, 65000, -1));
    /* one that could not be written comes again */
    assert_true(add(p, "web", 66000));
    e = take(p, 125000, 0);
    event_plan_failed(p, e, 125000);
    assert_null(take(p, 126000, 59000));
    assert_ptr_equal(take(p, 185000, 0), e);
    event_plan_free(p);
}

static void all_together(void **state)
{
    (void)state;
    EventPlan *p = event_plan_new(&options, 0);
    assert_true(add(p, "a", 0));
    assert_true(add(p, "b", 0));
    assert_true(add(p, "c", 0));
    assert_non_null(take(p, 0, 0));
    assert_non_null(take(p, 0, 0));
    assert_null(take(p, 0, 1000));
    assert_null(take(p, 400, 600));
    assert_non_null(take(p, 1000, 0));
    /* a long pause saves up no more than a burst */
    assert_true(add(p, "a", 1000000) && add(p, "b", 1000000) && add(p, "c", 1000000));
    assert_non_null(take(p, 1000000, 0));
    assert_non_null(take(p, 1000000, 0));
    assert_null(take(p, 1000000, 1000));
    event_plan_free(p);
}

static void too_many(void **state)
{
    (void)state;
    EventPlan *p = event_plan_new(&options, 0);
    const char *const names[] = { "a", "b", "c", "d" };
    for (size_t i = 0; i < 4; i++) {
        assert_true(add(p, names[i], (int64_t)i));
    }
    assert_false(add(p, "e", 10)); /* all wait */
    assert_true(add(p, "a", 10));  /* known ones are counted */
    EventEntry *e = take(p, 10, 0);
    assert_true(str_eq(e->about.name, STR("a")));
    event_plan_name(e, STR("a.1"));
    assert_true(add(p, "e", 11)); /* a makes room */
    assert_false(add(p, "f", 12));
    event_plan_hurry(p);
    assert_non_null(take(p, 12, 0));
    event_plan_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_workload),
        cmocka_unit_test(all_together),
        cmocka_unit_test(too_many),
    };
    return cmocka_run_group_tests_name("event_plan", tests, NULL, NULL);
}
