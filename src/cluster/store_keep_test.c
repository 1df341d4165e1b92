/* SPDX-License-Identifier: Apache-2.0 */
/* Commits that wait to be kept: who hears of them when, and what is left when they are taken back.
 */
#include "cluster/store_private.h"
#include "decide/rbac/rbac.h"
#include "doc/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

enum { FIRST = 100 };

typedef struct Fixture {
    Store *store;
    int commits; /* how often the keeper was woken */
    int wakes;   /* how often the watch or waiter was */
} Fixture;

static void count_commit(void *context)
{
    ((Fixture *)context)->commits++;
}

static void count_wake(void *context)
{
    ((Fixture *)context)->wakes++;
}

static int set_up(void **state)
{
    static Fixture f;
    f = (Fixture){ .store = store_new(FIRST, 1 << 20) };
    store_keep(f.store, count_commit, &f);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    store_free(((Fixture *)*state)->store);
    return 0;
}

static uint64_t write_object(Store *s, StoreEventKind kind, const char *group, const char *of_kind,
                             const char *name, const char *text)
{
    Arena a;
    StoreReader r;
    Value object;
    arena_init(&a, 0);
    assert_true(json_read(STR("test"), str_from_c(text), NULL, &a, &object, NULL));
    ObjectKey key = { str_from_c(group), str_from_c(of_kind), STR("ns"), str_from_c(name) };
    store_write_begin(s, &r);
    StoreChange change = { key, kind, &object, store_next_version(s) };
    store_commit(s, &change, 1);
    store_write_end(s, &r);
    store_leave(s, &r);
    arena_done(&a);
    return change.version;
}

static uint64_t put(Store *s, StoreEventKind kind, const char *name, const char *text)
{
    return write_object(s, kind, "", "ConfigMap", name, text);
}

/* What there is: "a=1 b=2 ", then the version. */
static void expect_store(Store *s, const char *wanted)
{
    char text[256] = "";
    StoreReader r;
    size_t count;
    ObjectKey key = { STR(""), STR("ConfigMap"), STR_ABSENT, STR_ABSENT };
    store_read_begin(s, &r);
    const StoreObject *const *items = store_list(s, &key, &count);
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(text);
        snprintf(text + len, sizeof text - len, "%.*s=%d ", STR_ARG(items[i]->name),
                 (int)value_get_int(&items[i]->object, STR("n")).value);
    }
    size_t len = strlen(text);
    snprintf(text + len, sizeof text - len, "%llu", (unsigned long long)store_version(s));
    store_read_end(s, &r);
    store_leave(s, &r);
    assert_string_equal(text, wanted);
}

static void keep_all(Store *s)
{
    const StorePending *last;
    assert_non_null(store_pending(s, &last));
    store_kept(s, last);
}

static StoreWatch *follow(Fixture *f, uint64_t after)
{
    StoreReader r;
    store_read_begin(f->store, &r);
    StoreWatch *w = store_watch_open(f->store, STR(""), STR("ConfigMap"), after, count_wake, f);
    store_read_end(f->store, &r);
    store_leave(f->store, &r);
    return w;
}

static void expect_next(Store *s, StoreWatch *w, StoreWatchNext wanted, uint64_t version)
{
    StoreReader r;
    StoreEvent event = { .version = 0 };
    store_read_begin(s, &r);
    assert_int_equal(store_watch_next(w, &event), wanted);
    store_read_end(s, &r);
    store_leave(s, &r);
    assert_int_equal(event.version, version);
}

static void test_watches_hear_of_what_is_kept(void **state)
{
    Fixture *f = *state;
    StoreWatch *w = follow(f, FIRST);
    assert_int_equal(put(f->store, STORE_ADDED, "a", "{\"n\":1}"), 101);
    expect_store(f->store, "a=1 101");
    assert_int_equal(f->commits, 1);
    assert_int_equal(f->wakes, 0);
    expect_next(f->store, w, STORE_WATCH_NONE, 0);
    assert_int_equal(store_watch_version(w), FIRST);
    keep_all(f->store);
    assert_int_equal(f->wakes, 1);
    expect_next(f->store, w, STORE_WATCH_EVENT, 101);
    expect_next(f->store, w, STORE_WATCH_NONE, 0);
    store_watch_close(w);
}

static void test_pending_is_in_order(void **state)
{
    Fixture *f = *state;
    const StorePending *last = NULL;
    assert_null(store_pending(f->store, &last));
    put(f->store, STORE_ADDED, "a", "{\"n\":1}");
    put(f->store, STORE_MODIFIED, "a", "{\"n\":2}");
    const StorePending *p = store_pending(f->store, &last);
    put(f->store, STORE_DELETED, "a", "{\"n\":2}");
    assert_int_equal(p->event.kind, STORE_ADDED);
    assert_ptr_equal(p->next, last);
    assert_int_equal(last->event.old->version, 101);
    store_kept(f->store, last);
    p = store_pending(f->store, &last);
    assert_ptr_equal(p, last);
    assert_int_equal(p->event.kind, STORE_DELETED);
    store_kept(f->store, last);
    assert_null(store_pending(f->store, &last));
}

/* Everything after what is kept goes, and nothing else; its versions are not given again. */
static void test_taken_back(void **state)
{
    Fixture *f = *state;
    Store *s = f->store;
    put(s, STORE_ADDED, "changed", "{\"n\":1}");
    put(s, STORE_ADDED, "deleted", "{\"n\":2}");
    keep_all(s);
    put(s, STORE_MODIFIED, "changed", "{\"n\":5}");
    put(s, STORE_MODIFIED, "changed", "{\"n\":6}");
    put(s, STORE_DELETED, "deleted", "{\"n\":2}");
    put(s, STORE_ADDED, "new", "{\"n\":3}");
    put(s, STORE_ADDED, "passing", "{\"n\":4}");
    put(s, STORE_DELETED, "passing", "{\"n\":4}");
    StoreWatch *from_now = follow(f, store_version(s));
    StoreWatch *before = follow(f, 102);
    StoreWatch *ahead = follow(f, 102);
    store_watch_reads_ahead(ahead);
    expect_store(s, "changed=6 new=3 108");
    store_take_back(s, STR("no room"));
    expect_store(s, "changed=1 deleted=2 102");
    StoreStats stats = store_stats(s);
    assert_int_equal(stats.objects, 2);
    assert_int_equal(stats.history_events, 2);
    assert_int_equal(put(s, STORE_ADDED, "later", "{\"n\":7}"), 109);
    keep_all(s);
    expect_store(s, "changed=1 deleted=2 later=7 109");
    expect_next(s, from_now, STORE_WATCH_EVENT, 109);
    expect_next(s, before, STORE_WATCH_EVENT, 109);
    expect_next(s, ahead, STORE_WATCH_EXPIRED, 0);
    store_watch_close(from_now);
    store_watch_close(before);
    store_watch_close(ahead);
}

static bool wait_for(Fixture *f, StoreWaiter *w)
{
    StoreReader r;
    store_read_begin(f->store, &r);
    bool kept = store_is_kept(f->store, w, count_wake, f);
    store_read_end(f->store, &r);
    store_leave(f->store, &r);
    return kept;
}

static void test_waiters(void **state)
{
    Fixture *f = *state;
    StoreWaiter first, second, third, left;
    Arena a;
    arena_init(&a, 0);
    assert_true(wait_for(f, &first));
    put(f->store, STORE_ADDED, "a", "{\"n\":1}");
    assert_false(wait_for(f, &first));
    const StorePending *last;
    assert_non_null(store_pending(f->store, &last));
    put(f->store, STORE_ADDED, "b", "{\"n\":1}");
    assert_false(wait_for(f, &second));
    assert_false(wait_for(f, &left));
    store_wait_end(f->store, &left);
    store_kept(f->store, last);
    assert_int_equal(store_outcome(f->store, &first), STORE_KEPT);
    assert_int_equal(store_outcome(f->store, &second), STORE_WAITING);
    store_take_back(f->store, STR("no room"));
    assert_int_equal(store_outcome(f->store, &second), STORE_TAKEN_BACK);
    assert_int_equal(store_wait(f->store, &second), STORE_TAKEN_BACK);
    assert_int_equal(f->wakes, 2);
    Str why = store_trouble(f->store, &a);
    assert_memory_equal(why.ptr, "no room", 8);
    assert_true(wait_for(f, &third));
    arena_done(&a);
}

/* The compiled form of RBAC goes back with the objects. */
static void test_compiled(void **state)
{
    Fixture *f = *state;
    static const char role[] =
        "{\"apiVersion\":\"rbac.authorization.k8s.io/v1\",\"kind\":\"Role\",\"metadata\":{\"name\":"
        "\"r\",\"namespace\":\"ns\"},\"rules\":[]}";
    const Facts *facts = store_facts(f->store);
    write_object(f->store, STORE_ADDED, "rbac.authorization.k8s.io", "Role", "r", role);
    assert_non_null(facts->rbac_role(facts->cluster, STR("ns"), STR("r")));
    store_take_back(f->store, STR("no room"));
    assert_null(facts->rbac_role(facts->cluster, STR("ns"), STR("r")));
}

static void test_restored(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Value one, two;
    const StoreObject *again;
    assert_true(json_read(STR("t"), STR("{\"n\":1}"), NULL, &a, &one, NULL));
    assert_true(json_read(STR("t"), STR("{\"n\":2}"), NULL, &a, &two, NULL));
    ObjectKey b = { STR(""), STR("ConfigMap"), STR("ns"), STR("b") };
    ObjectKey c = { STR(""), STR("ConfigMap"), STR("ns"), STR("a") };
    const StoreChange changes[] = { { b, STORE_ADDED, &one, 300 }, { c, STORE_ADDED, &two, 250 } };
    Store *s = store_new(FIRST, 1 << 20);
    store_restore(s, &changes[0]);
    store_restore(s, &changes[1]);
    assert_true(store_restore_end(s, 400, &again));
    expect_store(s, "a=2 b=1 400");
    assert_int_equal(store_oldest_version(s, STR(""), STR("ConfigMap")), 400);
    assert_int_equal(store_oldest_version(s, STR(""), STR("Pod")), 400);
    assert_int_equal(put(s, STORE_ADDED, "c", "{\"n\":3}"), 401);
    store_free(s);
    s = store_new(FIRST, 1 << 20);
    store_restore(s, &changes[0]);
    store_restore(s, &changes[1]);
    store_restore(s, &changes[0]);
    assert_false(store_restore_end(s, 400, &again));
    assert_memory_equal(again->name.ptr, "b", 1);
    store_free(s);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_watches_hear_of_what_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pending_is_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_taken_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_waiters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_compiled, set_up, tear_down),
        cmocka_unit_test(test_restored),
    };
    return cmocka_run_group_tests_name("cluster/store_keep", tests, NULL, NULL);
}
