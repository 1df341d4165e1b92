/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeping the store's commits: one thread writes what is pending in one transaction, and then the
 * next. Whoever waits for the disk waits for two of them at most.
 */
#include "server/data/private.h"

#include "doc/json.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
    WAL_PAGES_MAX = 1000, /* then it is moved into the database */
    WAIT_MS_MIN = 50, /* after a failure, so that who tries again and again does not do only that */
    WAIT_MS_MAX = 1000,
};

uint64_t data_row_checksum(const DataRow *row)
{
    const Str parts[] = { row->group, row->kind, row->namespace, row->name, row->object };
    uint64_t sum = row->version;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        sum = (sum ^ str_hash(parts[i])) * 0x9E3779B97F4A7C15u;
        sum ^= sum >> 32;
    }
    return sum;
}

bool data_prepare(Data *d, Arena *a, Err *err)
{
    const struct {
        sqlite3_stmt **statement;
        const char *text;
    } rows[] = {
        { &d->begin, "BEGIN IMMEDIATE" },
        { &d->commit, "COMMIT" },
        { &d->rollback, "ROLLBACK" },
        { &d->insert, "INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?, ?)" },
        { &d->remove, "DELETE FROM objects WHERE version = ? RETURNING checksum" },
        { &d->sum, "UPDATE state SET version = ?, objects = ?, checksum = ? WHERE id = 1" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int code = sqlite3_prepare_v3(d->db, rows[i].text, -1, SQLITE_PREPARE_PERSISTENT,
                                      rows[i].statement, NULL);
        if (code) {
            Str why = data_why(d, code, a);
            return err_set(err, a, ERR_IO, "%.*s", STR_ARG(why));
        }
    }
    return true;
}

int data_run(sqlite3_stmt *s)
{
    int code = sqlite3_step(s);
    int number = errno;
    int reset = sqlite3_reset(s);
    errno = number; /* for data_why() */
    return code == SQLITE_DONE ? SQLITE_OK : reset ? reset : code;
}

int data_write_sum(Data *d, const DataSum *sum)
{
    sqlite3_bind_int64(d->sum, 1, (int64_t)sum->version);
    sqlite3_bind_int64(d->sum, 2, (int64_t)sum->objects);
    sqlite3_bind_int64(d->sum, 3, (int64_t)sum->checksum);
    return data_run(d->sum);
}

/* -- one transaction -----------------------------------------------------------------------------
 */

static int remove_row(Data *d, uint64_t version, DataSum *sum)
{
    sqlite3_bind_int64(d->remove, 1, (int64_t)version);
    int code = sqlite3_step(d->remove);
    if (code == SQLITE_ROW) {
        sum->checksum -= (uint64_t)sqlite3_column_int64(d->remove, 0);
        sum->objects--;
        code = sqlite3_step(d->remove);
    } else if (code == SQLITE_DONE) {
        code = SQLITE_CORRUPT; /* it was there */
    }
    sqlite3_reset(d->remove);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int insert_row(Data *d, Str group, Str kind, const StoreObject *o, DataSum *sum, Arena *a)
{
    Buf text = buf_new(a);
    json_write(&o->object, &text);
    const DataRow row = { o->version, group, kind, o->namespace, o->name, buf_str(&text) };
    uint64_t checksum = data_row_checksum(&row);
    const Str texts[] = { row.group, row.kind, row.namespace, row.name, row.object };
    sqlite3_bind_int64(d->insert, 1, (int64_t)row.version);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        data_bind(d->insert, (int)i + 2, texts[i]);
    }
    sqlite3_bind_int64(d->insert, 7, (int64_t)checksum);
    sum->objects++;
    sum->checksum += checksum;
    return data_run(d->insert);
}

static int write_changes(Data *d, const StorePending *first, const StorePending *last, Arena *a)
{
    DataSum sum = d->is;
    int code = data_run(d->begin);
    for (const StorePending *p = first; !code; p = p->next) {
        if (p->event.old) {
            code = remove_row(d, p->event.old->version, &sum);
        }
        if (!code && p->event.kind != STORE_DELETED) {
            code = insert_row(d, p->group, p->kind, p->event.object, &sum, a);
            arena_reset(a);
        }
        if (p == last) {
            break;
        }
    }
    sum.version = last->event.version;
    code = code ? code : data_write_sum(d, &sum);
    code = code ? code : data_run(d->commit);
    if (!code) {
        d->is = sum;
    }
    return code;
}

bool data_fill(Data *d, Store *s, Arena *a, Err *err)
{
    StoreReader r;
    size_t count;
    DataSum sum = { 0 };
    Arena one;
    arena_init(&one, 0);
    store_read_begin(s, &r);
    sum.version = store_version(s);
    const StoreEntry *all = store_hold_all(s, a, &count);
    store_read_end(s, &r);
    store_leave(s, &r);
    int code = data_run(d->begin);
    code = code ? code : sqlite3_exec(d->db, "DELETE FROM objects", NULL, NULL, NULL);
    for (size_t i = 0; i < count; i++) {
        code = code ? code : insert_row(d, all[i].group, all[i].kind, all[i].object, &sum, &one);
        store_let_go(s, all[i].object);
        arena_reset(&one);
    }
    code = code ? code : data_write_sum(d, &sum);
    code = code ? code : data_run(d->commit);
    arena_done(&one);
    if (code) {
        Str why = data_why(d, code, a);
        return err_set(err, a, ERR_IO, "%.*s", STR_ARG(why));
    }
    d->is = sum;
    data_is_whole(d);
    return true;
}

/* After a failure. When the disk took the transaction and failed only in saying so, it would come
 * back with the next start: another one in its place makes sure that it does not. */
static void mend(Data *d)
{
    if (!sqlite3_get_autocommit(d->db)) {
        (void)data_run(d->rollback);
    }
    /* Room may come of it: what is in the database need not stay in the log. */
    (void)sqlite3_wal_checkpoint_v2(d->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    if (data_run(d->begin) == SQLITE_OK && data_write_sum(d, &d->is) == SQLITE_OK &&
        data_run(d->commit) == SQLITE_OK) {
        return;
    }
    if (!sqlite3_get_autocommit(d->db)) {
        (void)data_run(d->rollback);
    }
}

static void count(Data *d, const StorePending *first, const StorePending *last, bool kept)
{
    uint64_t changes = 1;
    for (const StorePending *p = first; p != last; p = p->next) {
        changes++;
    }
    pthread_mutex_lock(&d->wake_lock);
    d->stats.transactions += kept;
    d->stats.failures += !kept;
    d->stats.changes += kept ? changes : 0;
    pthread_mutex_unlock(&d->wake_lock);
}

static bool keep_once(Data *d, const StorePending *first, const StorePending *last, Arena *a)
{
    pthread_mutex_lock(&d->db_lock);
    int code = write_changes(d, first, last, a);
    Str why = code ? data_why(d, code, a) : STR_ABSENT;
    if (code) {
        mend(d);
    }
    pthread_mutex_unlock(&d->db_lock);
    count(d, first, last, !code);
    if (code) {
        store_take_back(d->store, why);
        d->wait_ms = d->wait_ms ? d->wait_ms * 2 : WAIT_MS_MIN;
        d->wait_ms = d->wait_ms > WAIT_MS_MAX ? WAIT_MS_MAX : d->wait_ms;
        return false;
    }
    store_kept(d->store, last);
    d->wait_ms = 0;
    if (d->wal_pages > WAL_PAGES_MAX) {
        d->wal_pages = 0;
        pthread_mutex_lock(&d->db_lock);
        (void)sqlite3_wal_checkpoint_v2(d->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
        pthread_mutex_unlock(&d->db_lock);
    }
    return true;
}

/* -- the thread ----------------------------------------------------------------------------------
 */

static void wake(void *context)
{
    Data *d = context;
    pthread_mutex_lock(&d->wake_lock);
    d->woken = true;
    pthread_cond_signal(&d->wake);
    pthread_mutex_unlock(&d->wake_lock);
}

/* Needs wake_lock. Until the time after a failure is over, or the end. */
static void wait_after_failure(Data *d)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += d->wait_ms / 1000;
    until.tv_nsec += d->wait_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    while (!d->stopping && pthread_cond_timedwait(&d->wake, &d->wake_lock, &until) == 0) {
    }
}

static void *keep(void *context)
{
    Data *d = context;
    Arena a;
    arena_init(&a, 0);
    pthread_mutex_lock(&d->wake_lock);
    for (bool ends = false; !ends;) {
        while (!d->woken && !d->stopping) {
            pthread_cond_wait(&d->wake, &d->wake_lock);
        }
        if (d->wait_ms) {
            wait_after_failure(d);
        }
        d->woken = false;
        ends = d->stopping;
        pthread_mutex_unlock(&d->wake_lock);
        const StorePending *last;
        const StorePending *first;
        while ((first = store_pending(d->store, &last)) != NULL && keep_once(d, first, last, &a)) {
            arena_reset(&a);
        }
        arena_reset(&a);
        pthread_mutex_lock(&d->wake_lock);
    }
    pthread_mutex_unlock(&d->wake_lock);
    arena_done(&a);
    return NULL;
}

bool data_keep(Data *d, Store *s, Arena *a, Err *err)
{
    d->store = s;
    store_keep(s, wake, d);
    d->keeps = pthread_create(&d->thread, NULL, keep, d) == 0;
    return d->keeps || err_set(err, a, ERR_IO, "no thread can be started");
}

void data_stop(Data *d)
{
    if (d->keeps) {
        pthread_mutex_lock(&d->wake_lock);
        d->stopping = true;
        pthread_cond_signal(&d->wake);
        pthread_mutex_unlock(&d->wake_lock);
        pthread_join(d->thread, NULL);
        d->keeps = false;
    }
}

void data_close(Data *d)
{
    if (d == NULL) {
        return;
    }
    data_stop(d);
    sqlite3_stmt *statements[] = { d->begin, d->commit, d->rollback, d->insert, d->remove, d->sum };
    for (size_t i = 0; i < COUNT_OF(statements); i++) {
        sqlite3_finalize(statements[i]);
    }
    sqlite3_close(d->db);
    if (d->lock >= 0) {
        close(d->lock);
    }
    pthread_mutex_destroy(&d->db_lock);
    pthread_mutex_destroy(&d->wake_lock);
    pthread_cond_destroy(&d->wake);
    free(d->folder);
    free(d);
}

DataStats data_stats(Data *d)
{
    pthread_mutex_lock(&d->wake_lock);
    DataStats stats = d->stats;
    pthread_mutex_unlock(&d->wake_lock);
    return stats;
}
