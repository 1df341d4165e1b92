/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the tables of all checks, and walks the registry. */
#include "decide/psa/check_test.h"
#include "doc/doc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define ROW(name) { STR_INIT(#name), &psa_check_##name, psa_cases_##name },
static const struct {
    Str name;
    const PsaCheck *check;
    const PsaCase *cases;
} tables[] = { PSA_CHECK_LIST(ROW) };
#undef ROW

static Arena arena;

static void read_pod(const char *name, const char *text, PodView *out)
{
    DocList docs;
    Err err;
    if (!docs_read(str_from_c(name), str_from_c(text), NULL, &arena, &docs, &err)) {
        fail_msg("%s: %.*s", name, STR_ARG(err.msg));
    }
    assert_int_equal(docs.count, 1);
    if (!pod_view_read(&docs.items[0].root, &arena, out, &err)) {
        fail_msg("%s: %.*s", name, STR_ARG(err.msg));
    }
}

static void assert_text(const PsaCase *row, int minor, const char *what, Str got, const char *want)
{
    if (!str_eq(got, str_from_c(want))) {
        fail_msg("%s at v1.%d: %s\n  is   %.*s\n  want %s", row->name, minor, what, STR_ARG(got),
                 want);
    }
}

static Str places_text(const PsaCheckOut *out)
{
    Buf b = buf_new(&arena);
    for (const PsaPlace *p = out->first_place; p; p = p->next) {
        if (b.len) {
            buf_byte(&b, ' ');
        }
        buf_add(&b, p->path);
    }
    return buf_str(&b);
}

static void run_row(const PsaCheck *check, const PsaCase *row, int minor)
{
    arena_reset(&arena);
    PodView pod;
    read_pod(row->name, row->pod, &pod);
    PsaCheckRun *run = psa_check_run_at(check, minor);
    PsaCheckOut out = { .arena = &arena, .wants_places = true };
    assert_non_null(run);
    run(&pod, &out);
    if (out.failed != (row->reason != NULL)) {
        fail_msg("%s at v1.%d: %s", row->name, minor, out.failed ? "refused" : "allowed");
    }
    if (out.failed) {
        assert_text(row, minor, "reason", out.reason, row->reason);
        assert_text(row, minor, "detail", buf_str(&out.detail), row->detail);
    }
    assert_text(row, minor, "places", places_text(&out), row->places ? row->places : "");

    PsaCheckOut again = { .arena = &arena };
    run(&pod, &again);
    assert_int_equal(again.failed, out.failed);
    assert_null(again.first_place);
}

/* Every row of every table, at each version it stands for. */
static void checks_say_what_their_tables_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        for (const PsaCase *row = tables[i].cases; row->name; row++) {
            for (int minor = row->from; minor <= row->to; minor++) {
                run_row(tables[i].check, row, minor);
            }
        }
    }
}

/* Every version of a check has a row that passes and one that does not. */
static void every_version_has_both_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        const PsaCheck *check = tables[i].check;
        for (int minor = check->versions[0].since_minor; minor <= NEWEST; minor++) {
            bool passes = false;
            bool fails = false;
            for (const PsaCase *row = tables[i].cases; row->name; row++) {
                bool applies = row->from <= minor && minor <= row->to;
                passes |= applies && !row->reason;
                fails |= applies && row->reason;
            }
            if (!passes || !fails) {
                fail_msg("%.*s at v1.%d: no row that %s", STR_ARG(tables[i].name), minor,
                         passes ? "fails" : "passes");
            }
        }
    }
}

static void registry_is_in_order(void **state)
{
    (void)state;
    assert_int_equal(COUNT_OF(tables), PSA_CHECK_COUNT);
    for (size_t i = 0; i < PSA_CHECK_COUNT; i++) {
        const PsaCheck *check = psa_check_at(i);
        assert_ptr_equal(check, tables[i].check);
        assert_true(check->level == PSA_BASELINE || check->level == PSA_RESTRICTED);
        assert_true(check->title.len > 0);
        if (i) {
            const PsaCheck *before = psa_check_at(i - 1);
            assert_true(before->level <= check->level);
            /* Rising ids of one level are unique; the levels have none in common. */
            assert_true(before->level < check->level || str_cmp(before->id, check->id) < 0);
        }
        for (size_t j = 0; j < i; j++) {
            assert_false(str_eq(psa_check_at(j)->id, check->id));
        }
    }
}

static void versions_rise(void **state)
{
    (void)state;
    for (size_t i = 0; i < PSA_CHECK_COUNT; i++) {
        const PsaCheck *check = psa_check_at(i);
        assert_non_null(check->versions[0].run);
        for (size_t j = 1; j < PSA_CHECK_VERSIONS_MAX && check->versions[j].run; j++) {
            assert_true(check->versions[j - 1].since_minor < check->versions[j].since_minor);
            assert_true(check->versions[j].since_minor <= NEWEST);
        }
        if (check->versions[0].since_minor > 0) {
            assert_null(psa_check_run_at(check, check->versions[0].since_minor - 1));
        }
    }
}

static void only_restricted_checks_replace_baseline_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < PSA_CHECK_COUNT; i++) {
        const PsaCheck *check = psa_check_at(i);
        if (check->replaces) {
            assert_int_equal(check->level, PSA_RESTRICTED);
            assert_int_equal(check->replaces->level, PSA_BASELINE);
            assert_true(check->replaces_since_minor >= check->versions[0].since_minor);
        }
    }
}

int main(void)
{
    arena_init(&arena, 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks_say_what_their_tables_say),
        cmocka_unit_test(every_version_has_both_rows),
        cmocka_unit_test(registry_is_in_order),
        cmocka_unit_test(versions_rise),
        cmocka_unit_test(only_restricted_checks_replace_baseline_ones),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_done(&arena);
    return failed;
}
