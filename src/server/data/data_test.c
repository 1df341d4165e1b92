/* SPDX-License-Identifier: Apache-2.0 */
/* A data directory: what was kept is loaded, what was changed behind its back is noticed. */
#include "server/data/private.h"

#include "doc/json.h"
#include "server/data/snapshot.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

enum { FIRST = 100 };

typedef struct Fixture {
    Arena a;
    Str parent;
    Str folder;
    Data *data;
    Store *store;
} Fixture;

static void open_all(Fixture *f)
{
    Err err;
    f->store = store_new(FIRST, 1 << 20);
    assert_true(data_open(f->folder, &f->a, &f->data, &err));
    assert_true(data_load(f->data, f->store, &f->a, &err));
    assert_true(data_keep(f->data, f->store, &f->a, &err));
}

static void close_all(Fixture *f)
{
    data_close(f->data);
    store_free(f->store);
    f->data = NULL;
    f->store = NULL;
}

static int set_up(void **state)
{
    static Fixture f;
    char folder[] = "/tmp/podgate-data-XXXXXX";
    f = (Fixture){ 0 };
    arena_init(&f.a, 0);
    if (!mkdtemp(folder)) {
        return -1;
    }
    f.parent = arena_str(&f.a, str_from_c(folder));
    f.folder = arena_printf(&f.a, "%s/data", folder);
    open_all(&f);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *f = *state;
    static const char *const names[] = { "podgate.db", "podgate.db-wal", "podgate.db-shm", "lock",
                                         "snapshot.json" };
    close_all(f);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        unlink(arena_printf(&f->a, "%.*s/%s", STR_ARG(f->folder), names[i]).ptr);
    }
    rmdir(f->folder.ptr);
    rmdir(f->parent.ptr);
    arena_done(&f->a);
    return 0;
}

static StoreOutcome put(Fixture *f, StoreEventKind kind, const char *name, int64_t number)
{
    Value object, metadata = value_object();
    StoreReader r;
    StoreWaiter w;
    Arena *a = &f->a;
    store_write_begin(f->store, &r);
    ObjectKey key = { STR(""), STR("ConfigMap"), STR("ns"), str_from_c(name) };
    StoreChange change = { key, kind, &object, store_next_version(f->store) };
    object = value_object();
    value_set_lit(&object, "apiVersion", value_str(STR("v1")), a);
    value_set_lit(&object, "kind", value_str(STR("ConfigMap")), a);
    value_set_lit(&metadata, "name", value_str(key.name), a);
    value_set_lit(&metadata, "namespace", value_str(key.namespace), a);
    value_set_lit(&metadata, "resourceVersion",
                  value_str(arena_printf(a, "%llu", (unsigned long long)change.version)), a);
    value_set_lit(&object, "metadata", metadata, a);
    value_set_lit(&object, "n", value_int(number), a);
    store_commit(f->store, &change, 1);
    bool kept = store_is_kept(f->store, &w, NULL, NULL);
    store_write_end(f->store, &r);
    store_leave(f->store, &r);
    return kept ? STORE_KEPT : store_wait(f->store, &w);
}

/* "a=1@101 b=2@102 ", then the version. */
static void expect(Store *s, const char *wanted)
{
    char text[256] = "";
    StoreReader r;
    size_t count;
    ObjectKey key = { STR(""), STR("ConfigMap"), STR_ABSENT, STR_ABSENT };
    store_read_begin(s, &r);
    const StoreObject *const *items = store_list(s, &key, &count);
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(text);
        snprintf(text + len, sizeof text - len, "%.*s=%d@%llu ", STR_ARG(items[i]->name),
                 (int)value_get_int(&items[i]->object, STR("n")).value,
                 (unsigned long long)items[i]->version);
    }
    size_t len = strlen(text);
    snprintf(text + len, sizeof text - len, "%llu", (unsigned long long)store_version(s));
    store_read_end(s, &r);
    store_leave(s, &r);
    assert_string_equal(text, wanted);
}

static void test_kept_and_loaded(void **state)
{
    Fixture *f = *state;
    assert_int_equal(put(f, STORE_ADDED, "a", 1), STORE_KEPT);
    assert_int_equal(put(f, STORE_ADDED, "b", 2), STORE_KEPT);
    assert_int_equal(put(f, STORE_MODIFIED, "a", 3), STORE_KEPT);
    assert_int_equal(put(f, STORE_ADDED, "c", 4), STORE_KEPT);
    assert_int_equal(put(f, STORE_DELETED, "c", 4), STORE_KEPT);
    assert_int_equal(data_stats(f->data).changes, 5);
    close_all(f);
    open_all(f);
    expect(f->store, "a=3@103 b=2@102 105");
    assert_int_equal(put(f, STORE_DELETED, "b", 2), STORE_KEPT);
    close_all(f);
    open_all(f);
    expect(f->store, "a=3@103 106");
}

static void test_about(void **state)
{
    Fixture *f = *state;
    assert_null(data_get(f->data, "x", &f->a).ptr);
    assert_true(data_set(f->data, "x", STR("one"), &f->a, NULL));
    assert_true(data_set(f->data, "x", STR("two"), &f->a, NULL));
    close_all(f);
    open_all(f);
    assert_true(str_eq(data_get(f->data, "x", &f->a), STR("two")));
}

/* The disk has no room for a while. */
static void test_no_room(void **state)
{
    Fixture *f = *state;
    assert_int_equal(put(f, STORE_ADDED, "a", 1), STORE_KEPT);
    pthread_mutex_lock(&f->data->db_lock);
    sqlite3_exec(f->data->db,
                 "CREATE TEMP TRIGGER full BEFORE INSERT ON objects BEGIN SELECT RAISE(ABORT, "
                 "'no room'); END",
                 NULL, NULL, NULL);
    pthread_mutex_unlock(&f->data->db_lock);
    assert_int_equal(put(f, STORE_ADDED, "b", 2), STORE_TAKEN_BACK);
    assert_int_equal(put(f, STORE_MODIFIED, "a", 2), STORE_TAKEN_BACK);
    Str why = store_trouble(f->store, &f->a);
    assert_true(str_ends_with(why, STR("/data/podgate.db: no room")));
    expect(f->store, "a=1@101 101");
    pthread_mutex_lock(&f->data->db_lock);
    sqlite3_exec(f->data->db, "DROP TRIGGER full", NULL, NULL, NULL);
    pthread_mutex_unlock(&f->data->db_lock);
    assert_int_equal(put(f, STORE_ADDED, "c", 3), STORE_KEPT);
    expect(f->store, "a=1@101 c=3@104 104");
    assert_int_equal(data_stats(f->data).failures, 2);
    close_all(f);
    open_all(f);
    expect(f->store, "a=1@101 c=3@104 104");
}

/* Somebody changes the database: the message that it is refused with. */
static void expect_damage(Fixture *f, const char *sql, const char *message)
{
    sqlite3 *db;
    Err err;
    close_all(f);
    Str path = arena_concat(&f->a, f->folder, STR("/podgate.db"));
    assert_int_equal(sqlite3_open(path.ptr, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    f->store = store_new(FIRST, 1 << 20);
    bool opened = data_open(f->folder, &f->a, &f->data, &err);
    assert_false(opened && data_load(f->data, f->store, &f->a, &err));
    if (str_index(err.msg, str_from_c(message)) < 0) {
        fail_msg("%.*s", STR_ARG(err.msg));
    }
    if (!opened) {
        f->data = NULL;
    }
}

static void test_a_row_that_changed(void **state)
{
    put(*state, STORE_ADDED, "a", 1);
    expect_damage(*state, "UPDATE objects SET namespace = 'other'",
                  "ConfigMap other/a is not as it was written");
}

static void test_a_row_that_is_missing(void **state)
{
    put(*state, STORE_ADDED, "a", 1);
    put(*state, STORE_ADDED, "b", 1);
    expect_damage(*state, "DELETE FROM objects WHERE name = 'a'",
                  "it has 1 objects, and was written with 2");
}

static void test_a_row_of_before(void **state)
{
    put(*state, STORE_ADDED, "a", 1);
    expect_damage(*state, "UPDATE state SET checksum = checksum + 1",
                  "its objects are not those that were written last");
}

static void test_a_newer_form(void **state)
{
    expect_damage(*state, "PRAGMA user_version = 7",
                  "is in form 7, this podgate knows forms up to 1");
}

static void test_one_process(void **state)
{
    Fixture *f = *state;
    pid_t pid = fork();
    if (pid == 0) { /* locks are a process's */
        Data *second;
        Err err;
        bool opened = data_open(f->folder, &f->a, &second, &err);
        _exit(!opened && str_index(err.msg, STR("another cluster is served from it")) > 0 ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void test_snapshots(void **state)
{
    Fixture *f = *state;
    Err err;
    SnapshotCounts counts;
    StoreReader r;
    put(f, STORE_ADDED, "a", 1);
    put(f, STORE_ADDED, "b", 2);
    Str path = arena_concat(&f->a, f->folder, STR("/snapshot.json"));
    int fd = open(path.ptr, O_WRONLY | O_CREAT, 0600);
    SavedHead head = { .version = 102, .minor = 20 };
    assert_true(snapshot_write(f->store, &head, fd, &f->a, &err));
    close(fd);
    put(f, STORE_MODIFIED, "a", 7);
    put(f, STORE_DELETED, "b", 2);
    put(f, STORE_ADDED, "c", 3);
    store_write_begin(f->store, &r);
    assert_true(snapshot_restore(f->store, path, &f->a, &counts, &err));
    store_write_end(f->store, &r);
    store_leave(f->store, &r);
    assert_int_equal(counts.added * 100 + counts.changed * 10 + counts.deleted, 111);
    expect(f->store, "a=1@107 b=2@108 108");
    Store *other = store_new(FIRST, 1 << 20);
    assert_true(snapshot_load(other, path, &f->a, &err));
    expect(other, "a=1@101 b=2@102 102");
    close_all(f);
    assert_true(data_open(f->folder, &f->a, &f->data, &err));
    assert_true(data_fill(f->data, other, &f->a, &err));
    data_close(f->data);
    store_free(other);
    open_all(f);
    expect(f->store, "a=1@101 b=2@102 102");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_kept_and_loaded),
        TEST(test_about),
        TEST(test_no_room),
        TEST(test_a_row_that_changed),
        TEST(test_a_row_that_is_missing),
        TEST(test_a_row_of_before),
        TEST(test_a_newer_form),
        TEST(test_one_process),
        TEST(test_snapshots),
    };
    return cmocka_run_group_tests_name("server/data", tests, NULL, NULL);
}
