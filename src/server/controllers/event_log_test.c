/* SPDX-License-Identifier: Apache-2.0 */
/* Events that repeat. */
#include "server/controllers/event_log.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define SECOND INT64_C(1000000000)

static EventReport report(const char *message, int64_t seconds)
{
    return (EventReport){ .object = STR("ReplicaSet n web u apps/v1"),
                          .name = STR("web"),
                          .type = STR("Warning"),
                          .reason = STR("FailedCreate"),
                          .message = str_from_c(message),
                          .now = seconds * SECOND + 1 };
}

static void assert_str(Str got, const char *want, Arena *a)
{
    assert_string_equal(arena_cstr(a, got), want);
}

static void counts_the_same(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    EventLog *log = event_log_new();
    EventReport e = report("no", 1000);
    EventAnswer r = event_log_add(log, &e, &a);
    assert_false(r.skip);
    assert_int_equal(r.count, 1);
    assert_str(r.name, "web.e8d4a51001", &a);
    assert_str(r.message, "no", &a);
    e = report("no", 1001);
    r = event_log_add(log, &e, &a);
    assert_int_equal(r.count, 2);
    assert_int_equal(r.first, 1000 * SECOND + 1);
    assert_str(r.name, "web.e8d4a51001", &a);
    e = report("another", 1002);
    r = event_log_add(log, &e, &a);
    assert_int_equal(r.count, 1);
    assert_str(r.name, "web.e94bdaa401", &a);
    event_log_free(log);
    arena_done(&a);
}

static void combines_similar(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    EventLog *log = event_log_new();
    for (int i = 0; i < 12; i++) {
        EventReport e = report(arena_cstr(&a, arena_printf(&a, "no %d", i)), 1000 + i);
        EventAnswer r = event_log_add(log, &e, &a);
        bool combined = i >= 9;
        assert_str(
            r.message,
            arena_cstr(&a, arena_printf(&a, "%sno %d",
                                        combined ? "(combined from similar events): " : "", i)),
            &a);
        assert_int_equal(r.count, combined ? i - 8 : 1);
    }
    EventReport late = report("no 99", 1012 + 601);
    assert_str(event_log_add(log, &late, &a).message, "no 99", &a);
    event_log_free(log);
    arena_done(&a);
}

static void holds_back_floods(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    EventLog *log = event_log_new();
    for (int i = 0; i < 30; i++) {
        EventReport e = report("no", 1000);
        assert_int_equal(event_log_add(log, &e, &a).skip, i >= 25);
    }
    EventReport later = report("no", 1000 + 301);
    EventAnswer r = event_log_add(log, &later, &a);
    assert_false(r.skip);
    assert_int_equal(r.count, 31); /* those held back count */
    event_log_free(log);
    arena_done(&a);
}

/* Thousands of objects do not make it grow without end. */
static void forgets(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    EventLog *log = event_log_new();
    for (int i = 0; i < 10000; i++) {
        EventReport e = report("no", 1000);
        e.object = arena_printf(&a, "object %d", i % 5000);
        assert_int_equal(event_log_add(log, &e, &a).count, 1);
    }
    event_log_free(log);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_the_same),
        cmocka_unit_test(combines_similar),
        cmocka_unit_test(holds_back_floods),
        cmocka_unit_test(forgets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
