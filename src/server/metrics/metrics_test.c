/* SPDX-License-Identifier: Apache-2.0 */
/* Counters and histograms, as they are written. */
#include "server/metrics/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void rows_by_labels(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Counters *c = counters_new();
    counters_add(c, STR("a=\"1\""), 1);
    counters_add(c, STR("a=\"2\""), 5);
    counters_add(c, STR("a=\"1\""), 1);
    Buf b = buf_new(&a);
    counters_write(c, STR("x_total"), STR("Xs."), &b);
    Str text = buf_str(&b);
    assert_true(str_starts_with(text, STR("# HELP x_total Xs.\n# TYPE x_total counter\n")));
    assert_true(str_index(text, STR("\nx_total{a=\"1\"} 2\n")) >= 0);
    assert_true(str_index(text, STR("\nx_total{a=\"2\"} 5\n")) >= 0);
    counters_free(c);
    arena_done(&a);
}

static void no_more_rows_than_there_is_room_for(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Counters *c = counters_new();
    for (int i = 0; i < 3000; i++) {
        counters_add(c, arena_printf(&a, "i=\"%d\"", i), 1);
    }
    counters_add(c, arena_printf(&a, "i=\"%0500d\"", 1), 1);
    Buf b = buf_new(&a);
    counters_write(c, STR("x_total"), STR("Xs."), &b);
    assert_true(str_ends_with(buf_str(&b), STR("\nx_total 1465\n"))); /* 3001 - 1536 */
    counters_free(c);
    arena_done(&a);
}

static void histogram_rows_add_up(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Histogram h = { 0 };
    histogram_add(&h, 10);
    histogram_add(&h, 50001);
    histogram_add(&h, 100000);
    histogram_add(&h, UINT64_C(3600000000000));
    Buf b = buf_new(&a);
    histogram_write(&h, STR("d"), STR("p=\"q\""), &b);
    Str text = buf_str(&b);
    assert_true(str_starts_with(text, STR("d_bucket{p=\"q\",le=\"5e-05\"} 1\n"
                                          "d_bucket{p=\"q\",le=\"0.0001\"} 3\n")));
    assert_true(str_ends_with(text, STR("d_bucket{p=\"q\",le=\"1.6384\"} 3\n"
                                        "d_bucket{p=\"q\",le=\"+Inf\"} 4\n"
                                        "d_sum{p=\"q\"} 3600.00015\nd_count{p=\"q\"} 4\n")));
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_by_labels),
        cmocka_unit_test(no_more_rows_than_there_is_room_for),
        cmocka_unit_test(histogram_rows_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
