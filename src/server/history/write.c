/* SPDX-License-Identifier: Apache-2.0 */
/* Writing into the file of a history, within its bounds. */
#include "server/history/file.h"

#include <errno.h>
#include <sys/stat.h>

enum {
    WAL_PAGES_USUAL = 256, /* then it is moved into the database */
    BATCH_BYTES_MAX = 2 << 20,
};

static int run(sqlite3_stmt *s)
{
    errno = 0; /* an old one explains nothing */
    int code = sqlite3_step(s);
    int number = errno;
    int reset = sqlite3_reset(s);
    errno = number; /* for history_file_why() */
    return code == SQLITE_DONE ? SQLITE_OK : reset ? reset : code;
}

static int ask(sqlite3_stmt *s, int64_t *out)
{
    int code = sqlite3_step(s);
    *out = code == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
    sqlite3_reset(s);
    return code == SQLITE_ROW ? SQLITE_OK : code;
}

static int insert(HistoryFile *f, const HistoryRow *row)
{
    sqlite3_stmt *s = f->insert;
    sqlite3_bind_int64(s, 1, row->time_ms);
    sqlite3_bind_int(s, 2, row->allowed);
    sqlite3_bind_int(s, 3, row->dry_run);
    sqlite3_bind_int(s, 4, row->code);
    for (int i = 0; i < HISTORY_TEXT_COUNT; i++) {
        Str t = row->texts[i];
        sqlite3_bind_text(s, i + 5, t.len ? t.ptr : "", (int)t.len, SQLITE_STATIC);
    }
    return run(s);
}

/* A quarter of the room is for the log, and a batch may come on top. */
static int64_t database_bytes_max(const HistoryFile *f)
{
    return f->bytes_max - f->bytes_max / 4 - BATCH_BYTES_MAX;
}

static int make_room(HistoryFile *f, int64_t now)
{
    int64_t pages, unused;
    sqlite3_bind_int64(f->expire, 1, now - f->seconds_max * 1000);
    int code = run(f->expire);
    code = code ? code : ask(f->pages, &pages);
    code = code ? code : ask(f->unused, &unused);
    if (!code && (pages - unused) * f->page_bytes > database_bytes_max(f)) {
        code = run(f->shrink);
    }
    return code;
}

/* While somebody reads for long, what he sees is kept in the log: it grows no further than allowed.
 */
static int check_log(HistoryFile *f)
{
    if (f->wal_pages * f->page_bytes <= f->bytes_max / 4 - BATCH_BYTES_MAX / 2) {
        return SQLITE_OK;
    }
    int code = sqlite3_wal_checkpoint_v2(f->db, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
    f->wal_pages = code ? f->wal_pages : 0;
    return code;
}

static int write_rows(HistoryFile *f, HistoryRow *const *rows, size_t count, int64_t now)
{
    int code = check_log(f);
    code = code ? code : run(f->begin);
    if (code) {
        return code;
    }
    code = make_room(f, now);
    for (size_t i = 0; i < count && !code; i++) {
        code = insert(f, rows[i]);
    }
    return code ? code : run(f->commit);
}

HistoryFileState history_file_write(HistoryFile *f, HistoryRow *const *rows, size_t count,
                                    int64_t now, Arena *a, Err *err)
{
    int code = write_rows(f, rows, count, now);
    if (!code) {
        if (f->wal_pages > WAL_PAGES_USUAL) {
            (void)sqlite3_wal_checkpoint_v2(f->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
        }
        return HISTORY_FILE_GOOD;
    }
    Str why = history_file_why(f->db, f->path, code, a);
    err_set(err, a, ERR_IO, "%.*s", STR_ARG(why));
    if (!sqlite3_get_autocommit(f->db)) {
        (void)run(f->rollback);
    }
    /* Room may come of it: what is in the database need not stay in the log. */
    (void)sqlite3_wal_checkpoint_v2(f->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return history_file_state(code);
}

int64_t history_file_bytes(const HistoryFile *f, Arena *a)
{
    static const char *const ends[] = { "", "-wal" };
    int64_t sum = 0;
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        struct stat s;
        if (stat(arena_printf(a, "%s%s", f->path, ends[i]).ptr, &s) == 0) {
            sum += s.st_size;
        }
    }
    return sum;
}
