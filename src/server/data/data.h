/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A data directory: what the store of a rehearsal cluster holds, on a disk.
 *
 * It is one SQLite database in WAL mode, written by one thread: what was committed to the store
 * while the disk was busy goes into one transaction. docs/design/durability.md says what is
 * promised.
 *
 * Times are Unix seconds. Arenas given here have no ceiling.
 */
#ifndef PODGATE_SERVER_DATA_DATA_H
#define PODGATE_SERVER_DATA_DATA_H

#include "base/err.h"
#include "cluster/store.h"

typedef struct Data Data;

/* Opens a directory, making it when it is missing, for this process alone. What is damaged, of
 * another program or written by a newer podgate is an error, and left as it is. */
WARN_UNUSED bool data_open(Str folder, Arena *a, Data **out, Err *err);

/* What is kept beside the objects, a text for each key; absent when there is none. */
Str data_get(Data *d, const char *key, Arena *a);
WARN_UNUSED bool data_set(Data *d, const char *key, Str value, Arena *a, Err *err);

/* Fills an empty store. Every row is checked, and that none is missing. */
WARN_UNUSED bool data_load(Data *d, Store *s, Arena *a, Err *err);
/* The other way round: an empty directory takes what the store holds. */
WARN_UNUSED bool data_fill(Data *d, Store *s, Arena *a, Err *err);
/* From now on the store's commits are kept. Before anybody commits. */
WARN_UNUSED bool data_keep(Data *d, Store *s, Arena *a, Err *err);

/* Ends keeping, when what was committed is on the disk: the store may go. */
void data_stop(Data *d);
/* The same, and closes. NULL is nothing. */
void data_close(Data *d);

typedef struct DataStats {
    uint64_t transactions; /* each is one fsync */
    uint64_t changes;      /* in them */
    uint64_t failures;     /* transactions that failed, and were taken back */
} DataStats;
DataStats data_stats(Data *d);

#endif
