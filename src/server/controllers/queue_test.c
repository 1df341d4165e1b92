/* SPDX-License-Identifier: Apache-2.0 */
/* The work queue: order, one of each key, waiting longer after each failure. */
#include "server/controllers/queue.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdio.h>
#include <cmocka.h>

#define MS INT64_C(1000000)

static WorkItem *take(WorkQueue *q, int64_t now, const char *name)
{
    int64_t next;
    WorkItem *item = work_queue_take(q, now, &next);
    if (name == NULL) {
        assert_null(item);
        return NULL;
    }
    assert_non_null(item);
    assert_int_equal(item->name.len, strlen(name));
    assert_memory_equal(item->name.ptr, name, item->name.len);
    return item;
}

static void keeps_order(void **state)
{
    (void)state;
    WorkQueue *q = work_queue_new();
    work_queue_add(q, 0, STR("n"), STR("late"), 10 * MS);
    work_queue_add(q, 0, STR("n"), STR("a"), 1 * MS);
    work_queue_add(q, 1, STR("n"), STR("a"), 1 * MS);
    work_queue_add(q, 0, STR("n"), STR("b"), 1 * MS);
    work_queue_add(q, 0, STR("n"), STR("a"), 2 * MS);    /* there already, and earlier */
    work_queue_add(q, 0, STR("n"), STR("late"), 5 * MS); /* earlier than before */
    WorkItem *item = take(q, 1 * MS, "a");
    assert_int_equal(item->controller, 0);
    work_queue_done(q, item, true, 1 * MS);
    item = take(q, 1 * MS, "a");
    assert_int_equal(item->controller, 1);
    work_queue_done(q, item, true, 1 * MS);
    work_queue_done(q, take(q, 1 * MS, "b"), true, 1 * MS);
    take(q, 4 * MS, NULL);
    work_queue_done(q, take(q, 5 * MS, "late"), true, 5 * MS);
    take(q, INT64_MAX, NULL);
    work_queue_free(q);
}

static void waits_longer_each_time(void **state)
{
    (void)state;
    WorkQueue *q = work_queue_new();
    int64_t now = 0;
    work_queue_add(q, 0, STR(""), STR("a"), now);
    for (int i = 0; i < 40; i++) {
        int64_t wait = i < 18 ? 5 * MS << i : 1000 * 1000 * MS;
        WorkItem *item = take(q, now, "a");
        assert_int_equal(item->failures, i < 30 ? i : 30);
        work_queue_done(q, item, false, now);
        take(q, now + wait - 1, NULL);
        now += wait;
    }
    work_queue_done(q, take(q, now, "a"), true, now); /* forgets */
    work_queue_add(q, 0, STR(""), STR("a"), now);
    assert_int_equal(take(q, now, "a")->failures, 0);
    work_queue_free(q);
}

/* An item that is asked for while it is worked on comes again. */
static void comes_again(void **state)
{
    (void)state;
    WorkQueue *q = work_queue_new();
    work_queue_add(q, 0, STR("n"), STR("a"), 0);
    WorkItem *item = take(q, 0, "a");
    work_queue_add(q, 0, STR("n"), STR("a"), 0);
    work_queue_done(q, item, true, 0);
    work_queue_done(q, take(q, 0, "a"), true, 0);
    take(q, 0, NULL);
    work_queue_free(q);
}

static void holds_many(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    char name[16];
    WorkQueue *q = work_queue_new();
    for (int i = 0; i < COUNT; i++) {
        int n = snprintf(name, sizeof name, "%d", (i * 7919) % COUNT);
        work_queue_add(q, 0, STR("n"), str_from(name, (size_t)n), (i * 7919) % COUNT);
    }
    for (int i = 0; i < COUNT; i++) {
        snprintf(name, sizeof name, "%d", i);
        work_queue_done(q, take(q, COUNT, name), true, COUNT);
    }
    take(q, COUNT, NULL);
    work_queue_free(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_order),
        cmocka_unit_test(waits_longer_each_time),
        cmocka_unit_test(comes_again),
        cmocka_unit_test(holds_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
