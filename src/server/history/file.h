/* SPDX-License-Identifier: Apache-2.0 */
/* The file of a history, as its one writer has it. Private to this folder. */
#ifndef PODGATE_SERVER_HISTORY_FILE_H
#define PODGATE_SERVER_HISTORY_FILE_H

#include "base/err.h"
#include "server/history/row.h"

#include <sqlite3.h>

enum {
    HISTORY_APPLICATION_ID = 0x706F6468, /* "podh" */
    HISTORY_SCHEMA_VERSION = 1,
    HISTORY_BATCH_MAX = 256, /* rows of one transaction: at most some 2 MB */
};

typedef struct HistoryFile {
    const char *path;
    int64_t bytes_max;
    int64_t seconds_max;
    sqlite3 *db; /* NULL while it is not open */
    sqlite3_stmt *begin, *commit, *rollback, *insert, *expire, *shrink, *pages, *unused;
    int64_t page_bytes;
    int wal_pages;
} HistoryFile;

typedef enum HistoryFileState {
    HISTORY_FILE_GOOD,
    HISTORY_FILE_DAMAGED,
    HISTORY_FILE_FAILS,   /* for now: no room, somebody else has it locked */
    HISTORY_FILE_FOREIGN, /* of another program, or of a newer podgate */
} HistoryFileState;

/* err tells of all but the good. The file is closed then. */
HistoryFileState history_file_open(HistoryFile *f, Arena *a, Err *err);
void history_file_close(HistoryFile *f);
/* A damaged one goes out of the way: renamed to PATH.damaged. */
WARN_UNUSED bool history_file_put_aside(const HistoryFile *f, Arena *a, Err *err);
/* One transaction: what is too old or too much goes, the rows come. now in milliseconds. */
HistoryFileState history_file_write(HistoryFile *f, HistoryRow *const *rows, size_t count,
                                    int64_t now, Arena *a, Err *err);
/* How much of the disk it takes, the log included. */
int64_t history_file_bytes(const HistoryFile *f, Arena *a);

/* What an SQLite error means, told for the file; shared with who reads. */
HistoryFileState history_file_state(int code);
Str history_file_why(sqlite3 *db, const char *path, int code, Arena *a);
/* Is it a history that this podgate knows? Looks at its first bytes alone; one that is empty counts
 * as good when may_be_empty. */
HistoryFileState history_file_look(const char *path, bool may_be_empty, Arena *a, Err *err);

#endif
