/* SPDX-License-Identifier: Apache-2.0 */
/* What a history keeps of a decision, its bounds, and how it is asked. */
#include "server/history/history.h"

#include "doc/json.h"
#include "server/history/file.h"
#include "server/history/queue.h"
#include "server/history/read.h"
#include "server/history/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define MB ((int64_t)1 << 20)

typedef struct Fixture {
    Arena a;
    Str folder;
    Str file;
} Fixture;

static int set_up(void **state)
{
    static Fixture f;
    char folder[] = "/tmp/podgate-history-XXXXXX";
    f = (Fixture){ 0 };
    arena_init(&f.a, 0);
    if (!mkdtemp(folder)) {
        return -1;
    }
    f.folder = arena_str(&f.a, str_from_c(folder));
    f.file = arena_printf(&f.a, "%s/history.db", folder);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    static const char *const ends[] = { "", "-wal", "-shm", ".damaged" };
    Fixture *f = *state;
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        unlink(arena_printf(&f->a, "%s%s", f->file.ptr, ends[i]).ptr);
    }
    rmdir(f->folder.ptr);
    arena_done(&f->a);
    return 0;
}

static HistoryRow row_of(int64_t time_ms, bool allowed, Str namespace, Str name)
{
    HistoryRow row = { .time_ms = time_ms, .allowed = allowed, .code = allowed ? 200 : 403 };
    for (int i = 0; i < HISTORY_TEXT_COUNT; i++) {
        row.texts[i] = STR("");
    }
    row.texts[HISTORY_NAMESPACE] = namespace;
    row.texts[HISTORY_NAME] = name;
    row.texts[HISTORY_KIND] = STR("Pod");
    row.texts[HISTORY_RESOURCE] = STR("pods");
    row.texts[HISTORY_PHASE] = STR("validate");
    row.texts[HISTORY_MODE] = allowed ? STR("") : STR("enforce");
    return row;
}

static void assert_text(Str got, Str want)
{
    if (!str_eq(got, want)) {
        fail_msg("got %.*s, want %.*s", STR_ARG(got), STR_ARG(want));
    }
}

/* -- a decision as a row ----------------------------------------------------------------------- */

static void test_row_of_a_refusal(void **state)
{
    Fixture *f = *state;
    Arena *a = &f->a;
    Err err;
    Value object;
    AdmissionAnnotation level = { NULL, STR("pod-security.kubernetes.io/enforce-policy"),
                                  STR("baseline:latest") };
    AdmissionTrace trace = { .plugin = STR("PodSecurity"), .refused = true };
    const Str groups[] = { STR_INIT("one"), STR_INIT("two\nlines") };
    Buf message = buf_new(a);
    for (int i = 0; i < 1500; i++) {
        buf_lit(&message, "\xC3\xA9"); /* of two bytes: 2048 are cut between two of them */
    }
    assert_true(json_read(STR("o"), STR("{\"metadata\":{\"generateName\":\"web-\"}}"), NULL, a,
                          &object, &err));
    ReviewResult r = {
        .uid = STR("u"),
        .decision = { .status = { .code = 403,
                                  .reason = STR("Forbidden"),
                                  .message = buf_str(&message) },
                      .audit = &level,
                      .trace = &trace },
        .request = { .operation = ADMISSION_CREATE, .object = &object, .dry_run = true },
        .user = { .name = STR("alice"), .groups = { groups, 2 } },
    };
    ReviewOptions o = { .phase = REVIEW_MUTATE };
    HistoryRow row = history_row(&o, &r, 1234, a);
    const Str *t = row.texts;
    assert_int_equal(row.time_ms, 1234);
    assert_false(row.allowed);
    assert_true(row.dry_run);
    assert_int_equal(row.code, 403);
    assert_text(t[HISTORY_USER], STR("alice"));
    assert_text(t[HISTORY_GROUPS], STR("one\ntwo lines"));
    assert_text(t[HISTORY_NAME], STR(""));
    assert_text(t[HISTORY_GENERATE_NAME], STR("web-"));
    assert_text(t[HISTORY_OPERATION], STR("CREATE"));
    assert_text(t[HISTORY_PHASE], STR("mutate"));
    assert_text(t[HISTORY_POLICY], STR("baseline:latest"));
    assert_text(t[HISTORY_PLUGIN], STR("PodSecurity"));
    assert_text(t[HISTORY_MODE], STR("enforce"));
    assert_int_equal(t[HISTORY_MESSAGE].len, 2048);
    assert_true(str_is_utf8(t[HISTORY_MESSAGE]));
    assert_text(history_row_result(&row), STR("refused"));
}

static void test_row_of_what_would_be_refused(void **state)
{
    Fixture *f = *state;
    EnforcementExemption agents = { .name = STR("agents") };
    ReviewResult r = {
        .allowed = true,
        .request = { .operation = ADMISSION_UPDATE, .name = STR("p") },
        .passed = { { ENFORCEMENT_PSP, ENFORCEMENT_AUDIT, { .message = STR("a") }, STR_ABSENT },
                    { ENFORCEMENT_POD_SECURITY,
                      ENFORCEMENT_WARN,
                      { .message = STR("b") },
                      STR("restricted:v1.30") } },
        .passed_count = 2,
    };
    ReviewOptions o = { .phase = REVIEW_VALIDATE };
    HistoryRow row = history_row(&o, &r, 0, &f->a);
    assert_text(row.texts[HISTORY_PLUGIN], STR("PodSecurityPolicy,PodSecurity"));
    assert_text(row.texts[HISTORY_MODE], STR("audit"));
    assert_text(row.texts[HISTORY_MESSAGE], STR("a; b"));
    assert_text(row.texts[HISTORY_POLICY], STR("restricted:v1.30"));
    assert_text(history_row_result(&row), STR("would refuse"));
    r.passed_count = 0;
    r.decision.psp = STR("open");
    row = history_row(&o, &r, 0, &f->a);
    assert_text(row.texts[HISTORY_POLICY], STR("open"));
    assert_text(history_row_result(&row), STR("admitted"));
    r.exempt[0] = r.exempt[1] = &agents;
    row = history_row(&o, &r, 0, &f->a);
    assert_text(row.texts[HISTORY_EXEMPTION], STR("agents"));
    assert_text(history_row_result(&row), STR("exempt"));
    r.allowed = false;
    r.decision.status.code = 500;
    row = history_row(&o, &r, 0, &f->a);
    assert_text(history_row_result(&row), STR("error"));
}

static void test_time(void **state)
{
    Fixture *f = *state;
    assert_text(history_time(0, &f->a), STR("1970-01-01T00:00:00.000Z"));
    assert_text(history_time(1796000000007, &f->a), STR("2026-11-30T00:53:20.007Z"));
    assert_text(history_time(-1, &f->a), STR("1969-12-31T23:59:59.999Z"));
}

/* -- the queue --------------------------------------------------------------------------------- */

static void test_queue_is_bounded(void **state)
{
    (void)state;
    HistoryRow *taken[4];
    HistoryRow row = row_of(1, true, STR("shop"), STR("web"));
    HistoryQueue *q = history_queue_new(3, MB);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 5; i++) {
            row.time_ms = i;
            assert_int_equal(history_queue_push(q, &row), i < 3);
        }
        assert_int_equal(history_queue_take(q, taken, 2), 2);
        assert_int_equal(history_queue_take(q, taken + 2, 2), 1);
        for (int i = 0; i < 3; i++) {
            assert_int_equal(taken[i]->time_ms, i);
            assert_text(taken[i]->texts[HISTORY_NAME], STR("web"));
            free(taken[i]);
        }
    }
    assert_true(history_queue_push(q, &row));
    history_queue_end(q);
    assert_false(history_queue_push(q, &row));
    assert_true(history_queue_rest(q, 60000));
    assert_int_equal(history_queue_take(q, taken, 4), 1);
    free(taken[0]);
    assert_int_equal(history_queue_take(q, taken, 4), 0);
    history_queue_free(q);
    q = history_queue_new(1000, 2 * sizeof(row) + 60);
    size_t fits = 0;
    while (history_queue_push(q, &row)) {
        fits++;
    }
    assert_int_equal(fits, 2);
    history_queue_free(q);
}

/* -- the file ---------------------------------------------------------------------------------- */

static void write_many(Fixture *f, HistoryFile *file, size_t batches)
{
    static char text[2000];
    HistoryRow rows[HISTORY_BATCH_MAX], *list[HISTORY_BATCH_MAX];
    Err err;
    memset(text, 'x', sizeof(text));
    for (size_t i = 0; i < HISTORY_BATCH_MAX; i++) {
        rows[i] = row_of(1000000 + (int64_t)i, true, STR("shop"), STR("web"));
        rows[i].texts[HISTORY_MESSAGE] = str_from(text, sizeof(text));
        list[i] = &rows[i];
    }
    for (size_t i = 0; i < batches; i++) {
        assert_int_equal(history_file_write(file, list, HISTORY_BATCH_MAX, 1000000, &f->a, &err),
                         HISTORY_FILE_GOOD);
        assert_true(history_file_bytes(file, &f->a) <= file->bytes_max);
    }
}

/* Some 25 MB go into 8. */
static void test_file_is_bounded(void **state)
{
    Fixture *f = *state;
    HistoryFile file = { .path = f->file.ptr, .bytes_max = 8 * MB, .seconds_max = 3600 };
    HistoryRows rows;
    Err err;
    assert_int_equal(history_file_open(&file, &f->a, &err), HISTORY_FILE_GOOD);
    write_many(f, &file, 50);
    assert_true(history_read(f->file, &(HistoryQuery){ 0 }, &f->a, &rows, &err));
    assert_true(rows.count > 1000 && rows.count < 4000);
    history_file_close(&file);
}

/* The log of a file that somebody reads for long is bounded, too: what comes then is dropped. */
static void test_log_is_bounded_while_somebody_reads(void **state)
{
    Fixture *f = *state;
    HistoryFile file = { .path = f->file.ptr, .bytes_max = 8 * MB, .seconds_max = 3600 };
    HistoryRow row = row_of(1000000, true, STR("shop"), STR("web"));
    HistoryRow *list[HISTORY_BATCH_MAX];
    HistoryFileState last = HISTORY_FILE_GOOD;
    sqlite3 *reader;
    Err err;
    for (size_t i = 0; i < HISTORY_BATCH_MAX; i++) {
        list[i] = &row;
    }
    assert_int_equal(history_file_open(&file, &f->a, &err), HISTORY_FILE_GOOD);
    sqlite3_busy_timeout(file.db, 0);
    assert_int_equal(sqlite3_open_v2(f->file.ptr, &reader, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(reader, "BEGIN;SELECT count(*) FROM decisions", NULL, NULL, NULL),
                     SQLITE_OK);
    for (size_t i = 0; i < 400 && last == HISTORY_FILE_GOOD; i++) {
        last = history_file_write(&file, list, HISTORY_BATCH_MAX, 1000000, &f->a, &err);
        assert_true(history_file_bytes(&file, &f->a) <= file.bytes_max);
    }
    assert_int_equal(last, HISTORY_FILE_FAILS);
    sqlite3_close_v2(reader);
    assert_int_equal(history_file_write(&file, list, 1, 1000000, &f->a, &err), HISTORY_FILE_GOOD);
    history_file_close(&file);
}

static void test_what_is_old_goes(void **state)
{
    Fixture *f = *state;
    HistoryFile file = { .path = f->file.ptr, .bytes_max = 8 * MB, .seconds_max = 60 };
    HistoryRow rows[] = { row_of(1000, true, STR("a"), STR("old")),
                          row_of(62000, true, STR("a"), STR("new")) };
    HistoryRow *one = &rows[0], *other = &rows[1];
    HistoryRows found;
    Err err;
    assert_int_equal(history_file_open(&file, &f->a, &err), HISTORY_FILE_GOOD);
    assert_int_equal(history_file_write(&file, &one, 1, 1000, &f->a, &err), HISTORY_FILE_GOOD);
    assert_int_equal(history_file_write(&file, &other, 1, 62000, &f->a, &err), HISTORY_FILE_GOOD);
    history_file_close(&file);
    assert_true(history_read(f->file, &(HistoryQuery){ 0 }, &f->a, &found, &err));
    assert_int_equal(found.count, 1);
    assert_text(found.items[0].texts[HISTORY_NAME], STR("new"));
}

static void test_of_a_newer_podgate(void **state)
{
    Fixture *f = *state;
    HistoryFile file = { .path = f->file.ptr, .bytes_max = 8 * MB, .seconds_max = 60 };
    HistoryRows found;
    Err err;
    sqlite3 *db;
    assert_int_equal(sqlite3_open(f->file.ptr, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "CREATE TABLE x (y);PRAGMA application_id = 1886348392;"
                                  "PRAGMA user_version = 2",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    Str want = arena_printf(&f->a,
                            "%s: is in form 2, this podgate knows forms up to 1: it was "
                            "written by a newer one",
                            f->file.ptr);
    assert_int_equal(history_file_open(&file, &f->a, &err), HISTORY_FILE_FOREIGN);
    assert_text(err.msg, want);
    assert_false(history_read(f->file, &(HistoryQuery){ 0 }, &f->a, &found, &err));
    assert_text(err.msg, want);
}

/* -- asking ------------------------------------------------------------------------------------ */

static void fill(Fixture *f)
{
    HistoryOptions o = { .file = f->file, .bytes_max = 8 * MB, .seconds_max = INT32_MAX };
    History *h;
    Err err;
    HistoryRow rows[] = { row_of(1000, false, STR("a"), STR("p")),
                          row_of(2000, true, STR("a"), STR("p")),
                          row_of(3000, true, STR("b"), STR("q")),
                          row_of(4000, true, STR("b"), STR("q")),
                          row_of(5000, true, STR("c"), STR("r")) };
    rows[2].texts[HISTORY_PHASE] = STR("mutate");
    rows[3].texts[HISTORY_MODE] = STR("audit");
    rows[4].texts[HISTORY_OPERATION] = STR("DELETE");
    rows[4].texts[HISTORY_USER] = STR("system:serviceaccount:kube-system:gc");
    rows[4].texts[HISTORY_GROUPS] = STR("one\ntwo");
    assert_true(history_open(&o, &f->a, &h, &err));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        history_add(h, &rows[i]);
    }
    history_close(h);
}

static void test_questions(void **state)
{
    static const struct {
        HistoryQuery query;
        const char *want; /* times, in seconds */
    } rows[] = {
        { { 0 }, "12345" },
        { { .since_ms = 2000, .until_ms = 4000 }, "23" },
        { { .denied = true }, "1" },
        { { .would_refuse = true }, "4" },
        { { .denied = true, .would_refuse = true }, "14" },
        { { .settled = true }, "1245" },
        { { .latest = true }, "245" },
        { { .limit = 2 }, "45" },
        { { .namespace = STR_INIT("b"), .limit = 1 }, "4" },
        { { .namespace = STR_INIT("") }, "" },
        { { .subject = STR_INIT("two") }, "5" },
        { { .subject = STR_INIT("tw") }, "" },
        { { .subject = STR_INIT("kube-system/gc") }, "5" },
        { { .user = STR_INIT("system:serviceaccount:kube-system:gc") }, "5" },
        { { .resource = STR_INIT("pods"), .group = STR_INIT("apps") }, "" },
        { { .policy = STR_INIT("' OR 1=1 --") }, "" },
    };
    Fixture *f = *state;
    fill(f);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        HistoryRows found;
        Err err;
        Buf b = buf_new(&f->a);
        assert_true(history_read(f->file, &rows[i].query, &f->a, &found, &err));
        for (size_t k = 0; k < found.count; k++) {
            buf_int(&b, found.items[k].time_ms / 1000);
        }
        if (!str_eq(buf_str(&b), str_from_c(rows[i].want))) {
            fail_msg("row %zu: got %.*s, want %s", i, STR_ARG(buf_str(&b)), rows[i].want);
        }
        assert_int_equal(found.is_cut, rows[i].query.limit != 0);
    }
}

static void test_counts_and_reports(void **state)
{
    Fixture *f = *state;
    HistoryCounts counts;
    HistoryRows found;
    Err err;
    fill(f);
    assert_true(history_count(f->file, &(HistoryQuery){ .settled = true }, &f->a, &counts, &err));
    assert_int_equal(counts.count, 4);
    assert_text(counts.items[0].result, STR("admitted"));
    assert_text(counts.items[1].result, STR("refused"));
    assert_text(counts.items[2].result, STR("would refuse"));
    assert_int_equal(counts.items[2].last_ms, 4000);
    assert_true(history_read(f->file, &(HistoryQuery){ .settled = true, .latest = true }, &f->a,
                             &found, &err));
    Value reports = report_value(&found, REPORT_OPEN, &f->a);
    assert_int_equal(value_len(&reports), 2); /* what was deleted is not told of */
    Buf b = buf_new(&f->a);
    json_write(value_item(&reports, 1), &b);
    assert_text(buf_str(&b),
                STR("{\"apiVersion\":\"openreports.io/v1alpha1\",\"kind\":\"Report\",\"metadata\":"
                    "{\"name\":\"podgate\",\"namespace\":\"b\",\"labels\":{"
                    "\"app.kubernetes.io/managed-by\":\"podgate\"}},\"source\":\"podgate\","
                    "\"summary\":{\"pass\":0,\"fail\":0,\"warn\":1,\"error\":0,\"skip\":0},"
                    "\"results\":[{\"source\":\"podgate\",\"policy\":\"podgate\",\"category\":"
                    "\"Pod Security\",\"result\":\"warn\",\"scored\":false,\"timestamp\":{"
                    "\"seconds\":4,\"nanos\":0},\"resources\":[{\"kind\":\"Pod\",\"namespace\":"
                    "\"b\",\"name\":\"q\"}],\"properties\":{\"mode\":\"audit\"}}]}"));
}

/* Without a log, in a folder where none can be made. */
static void test_in_a_folder_that_is_only_read(void **state)
{
    Fixture *f = *state;
    HistoryRows found;
    Err err;
    fill(f);
    assert_int_equal(chmod(f->folder.ptr, 0500), 0);
    bool ok = history_read(f->file, &(HistoryQuery){ 0 }, &f->a, &found, &err);
    assert_int_equal(chmod(f->folder.ptr, 0700), 0);
    assert_true(ok);
    assert_int_equal(found.count, 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_row_of_a_refusal),
        TEST(test_row_of_what_would_be_refused),
        TEST(test_time),
        TEST(test_queue_is_bounded),
        TEST(test_file_is_bounded),
        TEST(test_log_is_bounded_while_somebody_reads),
        TEST(test_what_is_old_goes),
        TEST(test_of_a_newer_podgate),
        TEST(test_questions),
        TEST(test_counts_and_reports),
        TEST(test_in_a_folder_that_is_only_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
