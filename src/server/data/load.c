/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting from a data directory. Everything is read once, so everything is checked: SQLite sees
 * whether its pages hang together, a checksum whether a row is what was written, and the sum over
 * all whether a row is missing.
 */
#include "server/data/private.h"

#include "doc/json.h"

#include <stdlib.h>
#include <unistd.h>

static bool damaged(const Data *d, const char *what, Arena *a, Err *err)
{
    return err_set(
        err, a, ERR_IO,
        "%s/podgate.db is damaged: %s. It was left as it is; podgate up --from starts from "
        "a snapshot",
        d->folder, what);
}

static bool damaged_row(const Data *d, const DataRow *row, const char *how, Arena *a, Err *err)
{
    Str what = arena_printf(a, "%.*s %.*s%s%.*s %s", STR_ARG(row->kind), STR_ARG(row->namespace),
                            row->namespace.len ? "/" : "", STR_ARG(row->name), how);
    return damaged(d, what.ptr, a, err);
}

/* -- rows: this thread reads and stores them, others make objects of them in between
 * ------------------------
 */

enum {
    BATCH_ROWS = 64,
    BATCHES = 16,
    THREADS_MAX = 3,     /* besides this one */
    THREADS_FROM = 1000, /* objects; fewer are read sooner than a thread has started */
};

typedef enum BatchState { BATCH_EMPTY, BATCH_READ, BATCH_TAKEN, BATCH_MADE } BatchState;

typedef struct Batch {
    Arena arena;      /* of the rows */
    Arena made;       /* of one object in the making */
    BatchState state; /* of the loader's lock */
    size_t count;
    DataRow rows[BATCH_ROWS];
    uint64_t checksums[BATCH_ROWS];   /* as they stand beside the rows */
    StoreObject *objects[BATCH_ROWS]; /* NULL: not made yet, or stored */
    const char *wrong;                /* what is wrong with a row; NULL */
    const DataRow *which;
} Batch;

typedef struct Loader {
    Data *data;
    Store *store;
    sqlite3_stmt *query;
    DataSum found;
    Batch batches[BATCHES]; /* a ring: read at first + count, stored at first */
    size_t first;
    size_t count;
    bool read_all;
    pthread_mutex_t lock;
    pthread_cond_t news;
    bool ends;
    struct Helper {
        struct Loader *loader;
        struct PackTexts *texts;
        pthread_t thread;
    } helpers[THREADS_MAX];
    size_t thread_count;
    struct PackTexts *texts; /* of this thread */
} Loader;

static void make(Batch *b, struct PackTexts *texts)
{
    for (size_t i = 0; i < b->count && !b->wrong; i++) {
        const DataRow *row = &b->rows[i];
        uint64_t checksum = data_row_checksum(row);
        Value object;
        b->which = row;
        if (checksum != b->checksums[i]) {
            b->wrong = "is not as it was written";
        } else if (!json_read_insitu(STR("object"), (char *)(uintptr_t)row->object.ptr,
                                     row->object.len, NULL, &b->made, &object, NULL)) {
            b->wrong = "is no JSON";
        } else {
            StoreChange change = { { row->group, row->kind, row->namespace, row->name },
                                   STORE_ADDED,
                                   &object,
                                   row->version };
            b->objects[i] = store_restore_make(texts, &change);
        }
        arena_reset(&b->made);
    }
}

/* Needs the lock, and gives it up meanwhile. False when there is nothing to be made. */
static bool make_some(Loader *l, struct PackTexts *texts)
{
    for (size_t i = 0; i < l->count; i++) {
        Batch *b = &l->batches[(l->first + i) % BATCHES];
        if (b->state == BATCH_READ) {
            b->state = BATCH_TAKEN;
            pthread_mutex_unlock(&l->lock);
            make(b, texts);
            pthread_mutex_lock(&l->lock);
            b->state = BATCH_MADE;
            pthread_cond_broadcast(&l->news);
            return true;
        }
    }
    return false;
}

static void *help(void *context)
{
    struct Helper *h = context;
    Loader *l = h->loader;
    pthread_mutex_lock(&l->lock);
    while (!l->ends) {
        if (!make_some(l, h->texts)) {
            pthread_cond_wait(&l->news, &l->lock);
        }
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

/* Copies rows; false when SQLite fails. */
static bool read_batch(Loader *l, Batch *b)
{
    int code = SQLITE_ROW;
    b->count = 0;
    b->wrong = NULL;
    arena_reset(&b->arena);
    while (b->count < BATCH_ROWS && (code = sqlite3_step(l->query)) == SQLITE_ROW) {
        Str object = data_column(l->query, 5);
        char *text = arena_alloc(&b->arena, object.len + JSON_PADDING);
        memcpy(text, object.len ? object.ptr : "", object.len);
        b->checksums[b->count] = (uint64_t)sqlite3_column_int64(l->query, 6);
        b->rows[b->count++] = (DataRow){ (uint64_t)sqlite3_column_int64(l->query, 0),
                                         arena_str(&b->arena, data_column(l->query, 1)),
                                         arena_str(&b->arena, data_column(l->query, 2)),
                                         arena_str(&b->arena, data_column(l->query, 3)),
                                         arena_str(&b->arena, data_column(l->query, 4)),
                                         str_from(text, object.len) };
    }
    l->read_all = code != SQLITE_ROW;
    return code == SQLITE_ROW || code == SQLITE_DONE;
}

static void store_batch(Loader *l, Batch *b)
{
    for (size_t i = 0; i < b->count; i++) {
        const DataRow *row = &b->rows[i];
        store_restore_put(l->store, row->group, row->kind, b->objects[i]);
        b->objects[i] = NULL;
        l->found.objects++;
        l->found.checksum += b->checksums[i];
        l->found.version = row->version > l->found.version ? row->version : l->found.version;
    }
}

/* The oldest batch, when it is made. */
static Batch *wait_for_oldest(Loader *l)
{
    Batch *b = &l->batches[l->first];
    pthread_mutex_lock(&l->lock);
    while (b->state != BATCH_MADE) {
        if (!make_some(l, l->texts)) {
            pthread_cond_wait(&l->news, &l->lock);
        }
    }
    pthread_mutex_unlock(&l->lock);
    return b;
}

static void set_state(Loader *l, Batch *b, BatchState state, size_t first, size_t count)
{
    pthread_mutex_lock(&l->lock);
    b->state = state;
    l->first = first;
    l->count = count;
    pthread_cond_broadcast(&l->news);
    pthread_mutex_unlock(&l->lock);
}

static bool load_batches(Loader *l, Arena *a, Err *err)
{
    while (!l->read_all || l->count) {
        while (!l->read_all && l->count < BATCHES) {
            Batch *b = &l->batches[(l->first + l->count) % BATCHES];
            if (!read_batch(l, b)) {
                return damaged(l->data, sqlite3_errmsg(l->data->db), a, err);
            }
            set_state(l, b, BATCH_READ, l->first, l->count + 1);
        }
        Batch *b = wait_for_oldest(l);
        if (b->wrong) {
            return damaged_row(l->data, b->which, b->wrong, a, err);
        }
        store_batch(l, b);
        set_state(l, b, BATCH_EMPTY, (l->first + 1) % BATCHES, l->count - 1);
    }
    return true;
}

static void start_threads(Loader *l)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t wanted = processors > 1 ? (size_t)processors - 1 : 0;
    wanted = wanted > THREADS_MAX ? THREADS_MAX : wanted;
    wanted = l->data->is.objects < THREADS_FROM ? 0 : wanted;
    while (l->thread_count < wanted) {
        struct Helper *h = &l->helpers[l->thread_count];
        *h = (struct Helper){ .loader = l, .texts = store_restore_texts(l->store) };
        if (pthread_create(&h->thread, NULL, help, h) != 0) {
            break;
        }
        l->thread_count++;
    }
}

static void end_threads(Loader *l)
{
    pthread_mutex_lock(&l->lock);
    l->ends = true;
    pthread_cond_broadcast(&l->news);
    pthread_mutex_unlock(&l->lock);
    for (size_t i = 0; i < l->thread_count; i++) {
        pthread_join(l->helpers[i].thread, NULL);
    }
}

static bool load_rows(Data *d, sqlite3_stmt *q, Store *s, DataSum *found, Arena *a, Err *err)
{
    Loader *l = calloc(1, sizeof *l);
    if (l == NULL) {
        return err_set(err, a, ERR_LIMIT, "no memory");
    }
    l->data = d;
    l->store = s;
    l->query = q;
    l->texts = store_restore_texts(s);
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->news, NULL);
    for (size_t i = 0; i < BATCHES; i++) {
        arena_init(&l->batches[i].arena, 0);
        arena_init(&l->batches[i].made, 0);
    }
    start_threads(l);
    bool good = load_batches(l, a, err);
    end_threads(l);
    *found = l->found;
    for (size_t i = 0; i < BATCHES; i++) {
        arena_done(&l->batches[i].arena);
        arena_done(&l->batches[i].made);
        for (size_t j = 0; j < BATCH_ROWS; j++) {
            free(l->batches[i].objects[j]); /* made, and then something was wrong */
        }
    }
    pthread_mutex_destroy(&l->lock);
    pthread_cond_destroy(&l->news);
    free(l);
    return good;
}

/* -- all of it
 * --------------------------------------------------------------------------------------- */

static bool read_sum(Data *d, Arena *a, Err *err)
{
    sqlite3_stmt *q = NULL;
    int code = sqlite3_prepare_v2(
        d->db, "SELECT version, objects, checksum FROM state WHERE id = 1", -1, &q, NULL);
    code = code ? code : sqlite3_step(q);
    if (code == SQLITE_ROW) {
        d->is = (DataSum){ (uint64_t)sqlite3_column_int64(q, 0),
                           (uint64_t)sqlite3_column_int64(q, 1),
                           (uint64_t)sqlite3_column_int64(q, 2) };
    }
    sqlite3_finalize(q);
    return code == SQLITE_ROW ||
           damaged(d, code == SQLITE_DONE ? "it does not say what is in it" : sqlite3_errmsg(d->db),
                   a, err);
}

/* Keys that were lost would be made anew, and nobody's certificate be good any more. */
bool data_check_about(Data *d, Arena *a, Err *err)
{
    sqlite3_stmt *q = NULL;
    int code = sqlite3_prepare_v2(d->db, "SELECT key, value, checksum FROM about", -1, &q, NULL);
    bool good = true;
    while (code == SQLITE_OK && good && (code = sqlite3_step(q)) == SQLITE_ROW) {
        good = str_hash(data_column(q, 1)) == (uint64_t)sqlite3_column_int64(q, 2);
        code = SQLITE_OK;
    }
    if (!good) {
        Str what = arena_printf(a, "%.*s is not as it was written", STR_ARG(data_column(q, 0)));
        damaged(d, what.ptr, a, err);
    } else if (code != SQLITE_DONE) {
        good = damaged(d, sqlite3_errmsg(d->db), a, err);
    }
    sqlite3_finalize(q);
    return good;
}

static bool compare(const Data *d, const DataSum *found, Arena *a, Err *err)
{
    if (found->objects != d->is.objects) {
        return damaged(d,
                       arena_printf(a, "it has %llu objects, and was written with %llu",
                                    (unsigned long long)found->objects,
                                    (unsigned long long)d->is.objects)
                           .ptr,
                       a, err);
    }
    return (found->checksum == d->is.checksum && found->version <= d->is.version) ||
           damaged(d, "its objects are not those that were written last", a, err);
}

bool data_load(Data *d, Store *s, Arena *a, Err *err)
{
    DataSum found = { 0 };
    sqlite3_stmt *q = NULL;
    const StoreObject *twice;
    if (!read_sum(d, a, err)) {
        return false;
    }
    int code = sqlite3_prepare_v2(d->db,
                                  "SELECT version, api_group, kind, namespace, name, object, "
                                  "checksum FROM objects",
                                  -1, &q, NULL);
    bool good = code == SQLITE_OK ? load_rows(d, q, s, &found, a, err)
                                  : damaged(d, sqlite3_errmsg(d->db), a, err);
    sqlite3_finalize(q);
    if (!good || !compare(d, &found, a, err)) {
        return false;
    }
    if (!store_restore_end(s, d->is.version, &twice)) {
        return damaged(d, arena_printf(a, "it has %.*s twice", STR_ARG(twice->name)).ptr, a, err);
    }
    data_is_whole(d);
    return true;
}
