/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was decided, kept in a file: an SQLite database in WAL mode, which others may read
 * meanwhile.
 *
 * Who decides never waits for the disk: rows go through a bounded queue to one thread that writes.
 * What does not fit into it, and what the disk does not take, is counted and forgotten. The file is
 * bounded by size and by age: the oldest rows make room.
 */
#ifndef PODGATE_SERVER_HISTORY_HISTORY_H
#define PODGATE_SERVER_HISTORY_HISTORY_H

#include "base/err.h"
#include "server/history/row.h"

enum { HISTORY_MB_MIN = 8 };

typedef struct History History;

typedef struct HistoryOptions {
    Str file;
    int64_t bytes_max; /* of the file and its log together; HISTORY_MB_MIN megabytes or more */
    int64_t seconds_max;
    /* A line about itself, from its thread: it fails, it works again. */
    void (*log)(void *context, Str line);
    void *context;
} HistoryOptions;

/* Opens the file, making it when it is missing. One that is of another program, or was written by a
 * newer podgate, is an error and left as it is; one that is damaged is put aside (FILE.damaged).
 * That its disk is full is no error: it is tried again. */
WARN_UNUSED bool history_open(const HistoryOptions *options, Arena *a, History **out, Err *err);
/* Writes what is queued, if the disk takes it. NULL is allowed. */
void history_close(History *h);

/* Any thread; never waits. */
void history_add(History *h, const HistoryRow *row);
/* The same of what was just decided. */
void history_record(History *h, const ReviewOptions *options, const ReviewResult *result);

void history_write_metrics(History *h, Buf *b);

#endif
