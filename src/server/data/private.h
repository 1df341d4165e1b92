/* SPDX-License-Identifier: Apache-2.0 */
/* What a data directory is made of. Private to this folder. */
#ifndef PODGATE_SERVER_DATA_PRIVATE_H
#define PODGATE_SERVER_DATA_PRIVATE_H

#include "server/data/data.h"

#include <pthread.h>
#include <sqlite3.h>

/* What the database says of all its rows, so that one that is lost is missed. */
typedef struct DataSum {
    uint64_t version; /* of the store */
    uint64_t objects;
    uint64_t checksum; /* of the rows' checksums: their sum */
} DataSum;

struct Data {
    char *folder;
    int lock; /* descriptor */
    pthread_mutex_t db_lock;
    sqlite3 *db;
    sqlite3_stmt *begin, *commit, *rollback, *insert, *remove, *sum;
    DataSum is; /* as it is in the database */
    int wal_pages;
    /* The thread that keeps. */
    Store *store;
    pthread_t thread;
    bool keeps;
    pthread_mutex_t wake_lock;
    pthread_cond_t wake;
    bool woken;
    bool stopping;
    int64_t wait_ms; /* before the next try, after failures */
    DataStats stats; /* of wake_lock */
};

/* One row as it lies in the database. */
typedef struct DataRow {
    uint64_t version;
    Str group;
    Str kind;
    Str namespace;
    Str name;
    Str object; /* JSON */
} DataRow;
uint64_t data_row_checksum(const DataRow *row);

/* "DIR: no space is left on the disk" for a failure just now: errno is that of the system. */
Str data_why(const Data *d, int code, Arena *a);
/* Runs a statement that gives no row; errno is what it was after the step. */
int data_run(sqlite3_stmt *s);
WARN_UNUSED bool data_check_about(Data *d, Arena *a, Err *err);
WARN_UNUSED bool data_prepare(Data *d, Arena *a, Err *err);
/* What is in the log may be moved into the database, and is when it is closed. */
static inline void data_is_whole(Data *d)
{
    sqlite3_db_config(d->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    sqlite3_db_release_memory(d->db);
}
/* Writes d->is. */
int data_write_sum(Data *d, const DataSum *sum);
static inline Str data_column(sqlite3_stmt *s, int i)
{
    const unsigned char *text = sqlite3_column_text(s, i);
    return (Str){ (const char *)text, text ? (size_t)sqlite3_column_bytes(s, i) : 0 };
}
static inline int data_bind(sqlite3_stmt *s, int i, Str text)
{
    return sqlite3_bind_text(s, i, text.len ? text.ptr : "", (int)text.len, SQLITE_STATIC);
}

#endif
