/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded store: versions, the order of lists, history, watches, what may be freed and when,
 * and all of it by several threads at once. */
#include "cluster/store_private.h"
#include "decide/rbac/rbac.h"
#include "doc/json.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { FIRST = 100 };

/* -- writing and reading in one line ----------------------------------------------------------- */

static Value config_map(Str namespace, Str name, uint64_t number, size_t padding, Arena *a)
{
    Value object = value_object();
    Value metadata = value_object();
    char *more = arena_alloc(a, padding + 1);
    memset(more, 'x', padding + 1);
    value_set_lit(&metadata, "namespace", value_str(namespace), a);
    value_set_lit(&metadata, "name", value_str(name), a);
    value_set_lit(&object, "apiVersion", value_str(STR("v1")), a);
    value_set_lit(&object, "kind", value_str(STR("ConfigMap")), a);
    value_set_lit(&object, "metadata", metadata, a);
    value_set_lit(&object, "number", value_int((int64_t)number), a);
    value_set_lit(&object, "more", value_str(str_from(more, padding)), a);
    return object;
}

static ObjectKey map_key(const char *namespace, const char *name)
{
    return (ObjectKey){ STR(""), STR("ConfigMap"), namespace ? str_from_c(namespace) : STR_ABSENT,
                        str_from_c(name) };
}

/* The version at which it is written. */
static uint64_t write_map(Store *s, StoreEventKind kind, const char *namespace, const char *name,
                          uint64_t number, size_t padding)
{
    Arena a;
    StoreReader r;
    arena_init(&a, 0);
    ObjectKey key = map_key(namespace, name);
    Value object = config_map(key.namespace, key.name, number, padding, &a);
    store_write_begin(s, &r);
    StoreChange change = { key, kind, &object, store_version(s) + 1 };
    store_commit(s, &change, 1);
    store_write_end(s, &r);
    store_leave(s, &r);
    arena_done(&a); /* nothing of it may be needed any more */
    return change.version;
}

static uint64_t add(Store *s, const char *namespace, const char *name)
{
    return write_map(s, STORE_ADDED, namespace, name, 0, 0);
}

static int64_t number_of(const StoreObject *o)
{
    return value_get_int(&o->object, STR("number")).value;
}

static void wake_nobody(void *context)
{
    (void)context;
}

static StoreWatch *follow(Store *s, uint64_t after, void (*wake)(void *), void *context)
{
    StoreReader r;
    store_read_begin(s, &r);
    StoreWatch *w = store_watch_open(s, STR(""), STR("ConfigMap"), after, wake, context);
    store_read_end(s, &r);
    store_leave(s, &r);
    return w;
}

/* The version of the next event; 0 for none, UINT64_MAX when it is expired. */
static uint64_t next_version(Store *s, StoreWatch *w, StoreEventKind *kind)
{
    StoreReader r;
    StoreEvent event = { .version = 0 };
    store_read_begin(s, &r);
    StoreWatchNext next = store_watch_next(w, &event);
    store_read_end(s, &r);
    store_leave(s, &r);
    *kind = event.kind;
    return next == STORE_WATCH_NONE ? 0 : next == STORE_WATCH_EXPIRED ? UINT64_MAX : event.version;
}

static void expect_events(Store *s, StoreWatch *w, const char *wanted)
{
    char text[512] = "";
    for (;;) {
        StoreEventKind kind;
        uint64_t version = next_version(s, w, &kind);
        size_t len = strlen(text);
        if (version == 0) {
            break;
        }
        if (version == UINT64_MAX) {
            snprintf(text + len, sizeof text - len, "expired ");
            break;
        }
        int number = (int)(version - FIRST);
        snprintf(text + len, sizeof text - len, "%c%d ", "+*-"[kind], number);
    }
    assert_string_equal(text, wanted);
}

/* -- one thread -------------------------------------------------------------------------------- */

static void test_versions(void **state)
{
    (void)state;
    Store *s = store_new(FIRST, 1 << 20);
    StoreReader r;
    assert_int_equal(store_version(s), FIRST);
    assert_int_equal(add(s, "a", "one"), FIRST + 1);
    assert_int_equal(write_map(s, STORE_MODIFIED, "a", "one", 7, 0), FIRST + 2);
    assert_int_equal(add(s, "a", "two"), FIRST + 3);
    assert_int_equal(write_map(s, STORE_DELETED, "a", "two", 0, 0), FIRST + 4);
    assert_int_equal(write_map(s, STORE_DELETED, "a", "never", 0, 0), FIRST + 5);
    store_read_begin(s, &r);
    ObjectKey one = map_key("a", "one"), two = map_key("a", "two"), other = map_key("b", "one");
    const StoreObject *found = store_find(s, &one);
    assert_non_null(found);
    assert_int_equal(found->version, FIRST + 2);
    assert_int_equal(number_of(found), 7);
    assert_true(str_eq(found->namespace, STR("a")) && str_eq(found->name, STR("one")));
    assert_null(store_find(s, &two));
    assert_null(store_find(s, &other));
    assert_ptr_equal(store_facts(s)->object(store_facts(s)->cluster, one), &found->object);
    store_read_end(s, &r);
    store_leave(s, &r);
    StoreStats stats = store_stats(s);
    assert_int_equal(stats.objects, 1);
    assert_int_equal(stats.history_events, 5);
    store_free(s);
}

static void expect_list(Store *s, const char *namespace, const char *wanted)
{
    char text[512] = "";
    StoreReader r;
    ObjectKey key = map_key(namespace, "");
    size_t count;
    store_read_begin(s, &r);
    const StoreObject *const *items = store_list(s, &key, &count);
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(text);
        snprintf(text + len, sizeof text - len, "%.*s/%.*s ", STR_ARG(items[i]->namespace),
                 STR_ARG(items[i]->name));
    }
    store_read_end(s, &r);
    store_leave(s, &r);
    assert_string_equal(text, wanted);
}

/* As the keys of etcd: "a-b/x" before "a/x", as '-' is before '/'; "a.b" too. */
static void test_lists(void **state)
{
    (void)state;
    Store *s = store_new(FIRST, 1 << 20);
    static const char *const names[][2] = { { "a", "x" },   { "a0", "x" },  { "a-b", "x" },
                                            { "a.b", "x" }, { "a", "x-y" }, { "a", "x.y" },
                                            { "", "x" },    { "a", "b" },   { "b", "x" } };
    expect_list(s, NULL, "");
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        add(s, names[i][0], names[i][1]);
    }
    expect_list(s, NULL, "/x a-b/x a.b/x a/b a/x a/x-y a/x.y a0/x b/x ");
    expect_list(s, "a", "a/b a/x a/x-y a/x.y ");
    expect_list(s, "c", "");
    write_map(s, STORE_DELETED, "a-b", "x", 0, 0); /* the last of its namespace */
    write_map(s, STORE_DELETED, "a", "x", 0, 0);
    expect_list(s, NULL, "/x a.b/x a/b a/x-y a/x.y a0/x b/x ");
    expect_list(s, "a-b", "");
    add(s, "a-b", "y");
    expect_list(s, "a-b", "a-b/y ");
    store_free(s);
}

static void test_place_cmp(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        int order;
    } rows[] = {
        { "a", "a-b", 1 }, { "a-b", "a", -1 }, { "a", "a.b", 1 },
        { "a", "a0", -1 }, { "a0", "a", 1 },   { "a", "b", -1 },
        { "", "a", -1 },   { "a", "", 1 },     { "a-b", "a.b", -1 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str a = str_from_c(rows[i].a), b = str_from_c(rows[i].b);
        int order = store_place_cmp(a, STR("x"), b, STR("x"));
        assert_int_equal(order > 0 ? 1 : order < 0 ? -1 : 0, rows[i].order);
    }
    assert_true(store_place_cmp(STR("a"), STR("x"), STR("a"), STR("y")) < 0);
    assert_true(store_place_cmp(STR("a"), STR("x"), STR("a"), STR("x")) == 0);
}

static void test_watches(void **state)
{
    (void)state;
    Store *s = store_new(FIRST, 1 << 20);
    StoreWatch *start = follow(s, FIRST, wake_nobody, NULL);
    StoreWatch *early = follow(s, FIRST - 1, wake_nobody, NULL);
    StoreWatch *future = follow(s, FIRST + 3, wake_nobody, NULL);
    expect_events(s, early, "expired ");
    expect_events(s, early, "expired ");
    expect_events(s, start, "");
    add(s, "a", "one");
    expect_events(s, start, "+1 ");
    write_map(s, STORE_MODIFIED, "a", "one", 1, 0);
    write_map(s, STORE_DELETED, "a", "one", 1, 0);
    expect_events(s, future, "");
    add(s, "a", "two");
    expect_events(s, start, "*2 -3 +4 ");
    expect_events(s, future, "+4 ");
    StoreWatch *again = follow(s, FIRST + 2, wake_nobody, NULL);
    expect_events(s, again, "-3 +4 ");
    assert_int_equal(store_watch_version(again), FIRST + 4);
    assert_int_equal(store_stats(s).watches, 4);
    store_watch_close(start);
    store_watch_close(early);
    store_watch_close(future);
    store_watch_close(again);
    store_watch_close(NULL);
    assert_int_equal(store_stats(s).watches, 0);
    store_free(s);
}

/* Changes of other kinds are not events of this one, but move its version. */
static void test_watches_of_a_kind(void **state)
{
    (void)state;
    Store *s = store_new(FIRST, 1 << 20);
    StoreWatch *w = follow(s, FIRST, wake_nobody, NULL);
    Arena a;
    StoreReader r;
    arena_init(&a, 0);
    Value object = config_map(STR("a"), STR("x"), 0, 0, &a);
    store_write_begin(s, &r);
    ObjectKey secret = { STR(""), STR("Secret"), STR("a"), STR("x") };
    StoreChange changes[] = { { secret, STORE_ADDED, &object, FIRST + 1 },
                              { map_key("a", "x"), STORE_ADDED, &object, FIRST + 2 },
                              { secret, STORE_MODIFIED, &object, FIRST + 3 } };
    store_commit(s, changes, COUNT_OF(changes));
    store_write_end(s, &r);
    store_leave(s, &r);
    expect_events(s, w, "+2 ");
    assert_int_equal(store_watch_version(w), FIRST + 3);
    store_watch_close(w);
    arena_done(&a);
    store_free(s);
}

static void test_history_is_bounded(void **state)
{
    (void)state;
    enum { PADDING = 1000, KEPT = 20 };
    Store *s = store_new(FIRST, KEPT * PADDING);
    StoreWatch *behind = follow(s, FIRST, wake_nobody, NULL);
    add(s, "a", "one");
    StoreWatch *reads = follow(s, FIRST + 1, wake_nobody, NULL);
    StoreEventKind kind;
    for (uint64_t i = 0; i < 200; i++) {
        uint64_t version = write_map(s, STORE_MODIFIED, "a", "one", i, PADDING);
        assert_int_equal(next_version(s, reads, &kind), version);
        StoreStats stats = store_stats(s);
        assert_true(stats.history_bytes <= KEPT * PADDING);
        assert_true(stats.objects == 1 && stats.object_bytes < 2 * PADDING);
    }
    expect_events(s, behind, "expired ");
    StoreReader r;
    store_read_begin(s, &r);
    uint64_t oldest = store_oldest_version(s, STR(""), STR("ConfigMap"));
    assert_true(oldest > FIRST + 150 && oldest < FIRST + 201);
    assert_int_equal(store_oldest_version(s, STR(""), STR("Pod")), FIRST);
    store_read_end(s, &r);
    store_leave(s, &r);
    StoreWatch *just = follow(s, oldest, wake_nobody, NULL);
    StoreWatch *late = follow(s, oldest - 1, wake_nobody, NULL);
    assert_int_equal(next_version(s, just, &kind), oldest + 1);
    assert_int_equal(next_version(s, late, &kind), UINT64_MAX);
    /* one that fits nowhere is still told of */
    uint64_t large = write_map(s, STORE_MODIFIED, "a", "one", 0, KEPT * PADDING * 2);
    assert_int_equal(next_version(s, reads, &kind), large);
    store_watch_close(behind);
    store_watch_close(reads);
    store_watch_close(just);
    store_watch_close(late);
    store_free(s);
}

static void test_events_since(void **state)
{
    (void)state;
    Store *s = store_new(FIRST, 1 << 20);
    Arena a;
    StoreReader r;
    const StoreEvent *events;
    size_t count;
    arena_init(&a, 0);
    add(s, "a", "one");
    write_map(s, STORE_MODIFIED, "a", "one", 5, 0);
    write_map(s, STORE_DELETED, "a", "one", 5, 0);
    store_read_begin(s, &r);
    assert_true(store_events_since(s, STR(""), STR("ConfigMap"), FIRST + 1, &a, &events, &count));
    assert_int_equal(count, 2);
    assert_int_equal(number_of(events[0].old), 0);
    assert_int_equal(number_of(events[0].object), 5);
    assert_ptr_equal(events[1].old, events[0].object);
    assert_int_equal(events[1].kind, STORE_DELETED);
    assert_true(store_events_since(s, STR(""), STR("ConfigMap"), FIRST + 3, &a, &events, &count));
    assert_int_equal(count, 0);
    assert_false(store_events_since(s, STR(""), STR("ConfigMap"), FIRST - 1, &a, &events, &count));
    assert_true(store_events_since(s, STR(""), STR("Pod"), FIRST, &a, &events, &count));
    assert_false(store_events_since(s, STR(""), STR("Pod"), FIRST - 1, &a, &events, &count));
    store_read_end(s, &r);
    store_leave(s, &r);
    arena_done(&a);
    store_free(s);
}

/* -- what may be freed ------------------------------------------------------------------------- */

static size_t retired_count(Store *s)
{
    size_t count = 0;
    for (const StoreRetired *r = s->retired; r; r = r->next) {
        count++;
    }
    return count;
}

/* What a reader has seen stays until it leaves, whoever leaves before it. */
static void test_readers_keep_what_they_saw(void **state)
{
    (void)state;
    Store *s = store_new(FIRST, 0); /* the history keeps the last event only */
    StoreReader old, young;
    ObjectKey key = map_key("a", "one");
    add(s, "a", "one");
    store_read_begin(s, &old);
    const StoreObject *seen = store_find(s, &key);
    store_read_end(s, &old);
    write_map(s, STORE_MODIFIED, "a", "one", 1, 0);
    write_map(s, STORE_MODIFIED, "a", "one", 2, 0);
    write_map(s, STORE_MODIFIED, "a", "one", 3, 0);
    store_read_begin(s, &young);
    const StoreObject *now = store_find(s, &key);
    store_read_end(s, &young);
    write_map(s, STORE_MODIFIED, "a", "one", 4, 0);
    write_map(s, STORE_MODIFIED, "a", "one", 5, 0);
    assert_int_equal(number_of(seen), 0);
    assert_int_equal(number_of(now), 3);
    assert_int_equal(retired_count(s), 4); /* 0, 1, 2 and 3; the history holds 4 */
    store_leave(s, &old);
    assert_int_equal(number_of(now), 3);
    assert_int_equal(retired_count(s), 2); /* 2 too: the history held it when the younger came */
    store_leave(s, &young);
    assert_int_equal(retired_count(s), 0);
    store_free(s);
}

static void test_holds(void **state)
{
    (void)state;
    Store *s = store_new(FIRST, 0);
    StoreReader r;
    ObjectKey key = map_key("a", "one");
    add(s, "a", "one");
    store_read_begin(s, &r);
    const StoreObject *held = store_find(s, &key);
    store_hold(held);
    store_read_end(s, &r);
    store_leave(s, &r);
    for (uint64_t i = 1; i < 5; i++) {
        write_map(s, STORE_MODIFIED, "a", "one", i, 0);
    }
    assert_int_equal(number_of(held), 0);
    assert_int_equal(retired_count(s), 0);
    store_let_go(s, held);
    write_map(s, STORE_DELETED, "a", "one", 0, 0);
    assert_int_equal(retired_count(s), 0);
    store_free(s);
}

/* -- compiled forms ---------------------------------------------------------------------------- */

static void write_role(Store *s, StoreEventKind kind, const char *name, const char *verb)
{
    Arena a;
    StoreReader r;
    Value object;
    Err err;
    arena_init(&a, 0);
    Str text = arena_printf(
        &a,
        "{\"apiVersion\":\"rbac.authorization.k8s.io/v1\","
        "\"kind\":\"ClusterRole\",\"metadata\":{\"name\":\"%s\"},"
        "\"rules\":[{\"verbs\":[\"%s\"],\"apiGroups\":[\"\"],\"resources\":[\"pods\"]}]}",
        name, verb);
    assert_true(json_read(STR("role"), text, NULL, &a, &object, &err));
    store_write_begin(s, &r);
    StoreChange change = { { STR("rbac.authorization.k8s.io"), STR("ClusterRole"), STR(""),
                             str_from_c(name) },
                           kind,
                           &object,
                           store_version(s) + 1 };
    store_commit(s, &change, 1);
    store_write_end(s, &r);
    store_leave(s, &r);
    arena_done(&a);
}

static bool has_role(Store *s, const char *name)
{
    StoreReader r;
    store_read_begin(s, &r);
    const Facts *f = store_facts(s);
    bool found = f->rbac_role(f->cluster, STR(""), str_from_c(name)) != NULL;
    store_read_end(s, &r);
    store_leave(s, &r);
    return found;
}

/* Through layers being folded again and again. */
static void test_compiled_facts(void **state)
{
    (void)state;
    Store *s = store_new(FIRST, 1 << 20);
    char name[32];
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "role-%d", i);
        write_role(s, STORE_ADDED, name, "get");
        if (i >= 3) {
            snprintf(name, sizeof name, "role-%d", i - 3);
            write_role(s, STORE_DELETED, name, "get");
        }
        for (int j = 0; j <= i; j++) {
            snprintf(name, sizeof name, "role-%d", j);
            assert_int_equal(has_role(s, name), j + 3 > i);
        }
    }
    store_free(s);
}

/* -- several threads --------------------------------------------------------------------------- */

enum { WRITERS = 3, READERS = 3, FOLLOWERS = 3, WRITES = 400, MAPS = 8 };

typedef struct Together {
    Store *store;
    bool over; /* atomic */
} Together;

static void write_some(Store *s, int writer, int i)
{
    char name[32];
    snprintf(name, sizeof name, "m-%d-%d", writer, i % MAPS);
    /* each name in turn: made, changed, deleted */
    static const StoreEventKind kinds[] = { STORE_ADDED, STORE_MODIFIED, STORE_DELETED };
    write_map(s, kinds[i / MAPS % 3], writer % 2 ? "a" : "a-b", name, (uint64_t)i, 100);
    if (i % 50 == 0) {
        snprintf(name, sizeof name, "r-%d", writer);
        write_role(s, i == 0 ? STORE_ADDED : STORE_MODIFIED, name, "get");
    }
}

static void *write_many(void *context)
{
    Together *t = context;
    static int writers;
    int mine = __atomic_fetch_add(&writers, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < WRITES; i++) {
        write_some(t->store, mine, i);
    }
    return NULL;
}

/* Lists are in order, and what was read stays as it was. Returns what is wrong, or NULL. */
static void *read_many(void *context)
{
    Together *t = context;
    while (!__atomic_load_n(&t->over, __ATOMIC_ACQUIRE)) {
        StoreReader r;
        ObjectKey key = map_key(NULL, "");
        const StoreObject *kept[8];
        size_t count, n = 0;
        int64_t sum = 0;
        store_read_begin(t->store, &r);
        uint64_t version = store_version(t->store);
        const StoreObject *const *items = store_list(t->store, &key, &count);
        for (size_t i = 0; i < count; i++) {
            if (items[i]->version > version) {
                return "an object of the future";
            }
            if (i && store_place_cmp(items[i - 1]->namespace, items[i - 1]->name,
                                     items[i]->namespace, items[i]->name) >= 0) {
                return "a list that is not in order";
            }
            if (n < COUNT_OF(kept)) {
                kept[n++] = items[i];
                sum += number_of(items[i]);
            }
        }
        const Facts *f = store_facts(t->store);
        (void)f->rbac_role(f->cluster, STR(""), STR("r-0"));
        store_read_end(t->store, &r);
        for (size_t i = 0; i < n; i++) {
            sum -= number_of(kept[i]);
        }
        store_leave(t->store, &r);
        if (sum != 0) {
            return "an object that changed";
        }
    }
    return NULL;
}

static void wake_atomic(void *context)
{
    __atomic_store_n((bool *)context, true, __ATOMIC_RELEASE);
}

/* Every version of the kind's changes once, in order: closing and opening again in between. */
static void *follow_many(void *context)
{
    Together *t = context;
    bool *woken = calloc(1, sizeof *woken);
    uint64_t last = FIRST;
    size_t events = 0;
    const char *wrong = NULL;
    StoreWatch *w = follow(t->store, last, wake_atomic, woken);
    while (events < WRITERS * WRITES && wrong == NULL) {
        StoreEventKind kind;
        (void)__atomic_exchange_n(woken, false, __ATOMIC_ACQ_REL);
        uint64_t version;
        while ((version = next_version(t->store, w, &kind)) != 0 && wrong == NULL) {
            wrong = version == UINT64_MAX ? "it expired" : version <= last ? "out of order" : NULL;
            last = version;
            if (++events % 97 == 0) {
                store_watch_close(w);
                w = follow(t->store, last, wake_atomic, woken);
            }
        }
    }
    store_watch_close(w);
    free(woken);
    return (void *)(uintptr_t)wrong;
}

static void test_together(void **state)
{
    (void)state;
    Together t = { .store = store_new(FIRST, 64 << 20) };
    pthread_t writers[WRITERS], readers[READERS], followers[FOLLOWERS];
    void *wrong;
    for (size_t i = 0; i < READERS; i++) {
        assert_int_equal(pthread_create(&readers[i], NULL, read_many, &t), 0);
    }
    for (size_t i = 0; i < FOLLOWERS; i++) {
        assert_int_equal(pthread_create(&followers[i], NULL, follow_many, &t), 0);
    }
    for (size_t i = 0; i < WRITERS; i++) {
        assert_int_equal(pthread_create(&writers[i], NULL, write_many, &t), 0);
    }
    for (size_t i = 0; i < WRITERS; i++) {
        pthread_join(writers[i], NULL);
    }
    for (size_t i = 0; i < FOLLOWERS; i++) {
        pthread_join(followers[i], &wrong);
        assert_null(wrong);
    }
    __atomic_store_n(&t.over, true, __ATOMIC_RELEASE);
    for (size_t i = 0; i < READERS; i++) {
        pthread_join(readers[i], &wrong);
        assert_null(wrong);
    }
    assert_int_equal(store_version(t.store), FIRST + WRITERS * (WRITES + (WRITES + 49) / 50));
    assert_int_equal(retired_count(t.store), 0);
    store_free(t.store);
}

/* Objects held and let go by others than who replaces them. */
static void *hold_many(void *context)
{
    Together *t = context;
    ObjectKey key = map_key("a", "one");
    for (int i = 0; i < 2000; i++) {
        StoreReader r;
        store_read_begin(t->store, &r);
        const StoreObject *o = store_find(t->store, &key);
        store_hold(o);
        store_read_end(t->store, &r);
        store_leave(t->store, &r);
        int64_t number = number_of(o);
        store_let_go(t->store, o);
        if (number < 0) {
            return "not a number that was written";
        }
    }
    return NULL;
}

static void test_holds_together(void **state)
{
    (void)state;
    Together t = { .store = store_new(FIRST, 1000) };
    pthread_t holders[READERS];
    void *wrong;
    add(t.store, "a", "one");
    for (size_t i = 0; i < READERS; i++) {
        assert_int_equal(pthread_create(&holders[i], NULL, hold_many, &t), 0);
    }
    for (uint64_t i = 0; i < 1000; i++) {
        write_map(t.store, STORE_MODIFIED, "a", "one", i, 10);
    }
    for (size_t i = 0; i < READERS; i++) {
        pthread_join(holders[i], &wrong);
        assert_null(wrong);
    }
    write_map(t.store, STORE_MODIFIED, "a", "one", 0, 10);
    assert_int_equal(retired_count(t.store), 0);
    store_free(t.store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_place_cmp),
        cmocka_unit_test(test_watches),
        cmocka_unit_test(test_watches_of_a_kind),
        cmocka_unit_test(test_history_is_bounded),
        cmocka_unit_test(test_events_since),
        cmocka_unit_test(test_readers_keep_what_they_saw),
        cmocka_unit_test(test_holds),
        cmocka_unit_test(test_compiled_facts),
        cmocka_unit_test(test_together),
        cmocka_unit_test(test_holds_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
