/* SPDX-License-Identifier: Apache-2.0 */
/* Opening the file of a history, and telling what is wrong with one. */
#include "server/history/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { HEADER_BYTES = 100, BUSY_MS = 2000 };

/* The log is moved into the database by who writes, see write.c. Losing the last rows with the
 * power is no harm: no fsync for each transaction. */
static const char settings[] = "PRAGMA journal_mode = WAL;"
                               "PRAGMA synchronous = NORMAL;"
                               "PRAGMA wal_autocheckpoint = 0;"
                               "PRAGMA journal_size_limit = 1048576;"
                               "PRAGMA secure_delete = OFF;"
                               "PRAGMA cache_size = -512;"
                               "PRAGMA cell_size_check = ON;";

static const char about[] = "PRAGMA application_id = 1886348392;"
                            "PRAGMA user_version = 1;";
_Static_assert(HISTORY_APPLICATION_ID == 1886348392 && HISTORY_SCHEMA_VERSION == 1,
               "as the schema has them");

/* -- what is wrong ----------------------------------------------------------------------------- */

HistoryFileState history_file_state(int code)
{
    switch (code & 0xFF) {
    case SQLITE_OK:
        return HISTORY_FILE_GOOD;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return HISTORY_FILE_DAMAGED;
    default:
        return HISTORY_FILE_FAILS;
    }
}

Str history_file_why(sqlite3 *db, const char *path, int code, Arena *a)
{
    int number = errno;
    const char *text = db ? sqlite3_errmsg(db) : sqlite3_errstr(code);
    switch (code & 0xFF) {
    case SQLITE_FULL:
        return arena_printf(a, "%s: no space is left on the disk", path);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return arena_printf(a, "%s is damaged: %s", path, text);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        if (number) {
            return arena_printf(a, "%s: %s: %s", path, text, strerror(number));
        }
        /* fall through */
    default:
        return arena_printf(a, "%s: %s", path, text);
    }
}

static uint32_t number_at(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

HistoryFileState history_file_look(const char *path, bool may_be_empty, Arena *a, Err *err)
{
    unsigned char header[HEADER_BYTES] = { 0 };
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    ssize_t n = fd < 0 ? -1 : pread(fd, header, sizeof(header), 0);
    int number = errno;
    if (fd >= 0) {
        close(fd);
    }
    if (n < 0) {
        err_set(err, a, ERR_IO, "%s: %s", path, strerror(number));
        return HISTORY_FILE_FAILS;
    }
    if (n == 0 && may_be_empty) {
        return HISTORY_FILE_GOOD;
    }
    /* Of a new one the header may still lie in its log: its id is 0 then. */
    uint32_t id = number_at(header + 68), version = number_at(header + 60);
    if (n < (ssize_t)sizeof(header) || memcmp(header, "SQLite format 3", 16) != 0 ||
        (id && id != HISTORY_APPLICATION_ID)) {
        err_set(err, a, ERR_UNSUPPORTED, "%s: is no history of podgate serve", path);
        return HISTORY_FILE_FOREIGN;
    }
    if (id && version > HISTORY_SCHEMA_VERSION) {
        err_set(err, a, ERR_UNSUPPORTED,
                "%s: is in form %u, this podgate knows forms up to %d: it was written by a newer "
                "one",
                path, (unsigned)version, HISTORY_SCHEMA_VERSION);
        return HISTORY_FILE_FOREIGN;
    }
    return HISTORY_FILE_GOOD;
}

static HistoryFileState fails(HistoryFile *f, int code, Arena *a, Err *err)
{
    Str why = history_file_why(f->db, f->path, code, a);
    err_set(err, a, ERR_IO, "%.*s", STR_ARG(why));
    history_file_close(f);
    return history_file_state(code);
}

/* -- opening ----------------------------------------------------------------------------------- */

/* Who may do what, and who did, is nobody else's business. */
static HistoryFileState make_file(const char *path, Arena *a, Err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        err_set(err, a, ERR_IO, "%s: %s", path, strerror(errno));
        return errno == ENOSPC || errno == EDQUOT ? HISTORY_FILE_FAILS : HISTORY_FILE_FOREIGN;
    }
    close(fd);
    return HISTORY_FILE_GOOD;
}

static int ask_number(sqlite3 *db, const char *sql, int64_t *out)
{
    sqlite3_stmt *s = NULL;
    int code = sqlite3_prepare_v2(db, sql, -1, &s, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(s);
        *out = code == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
        code = code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
    }
    sqlite3_finalize(s);
    return code;
}

/* A number rises with each row: the lowest are the oldest. */
static int make_tables(HistoryFile *f, Arena *a)
{
    Buf b = buf_new(a);
    buf_lit(&b, "BEGIN IMMEDIATE;CREATE TABLE decisions (id INTEGER PRIMARY KEY, time INTEGER NOT "
                "NULL, allowed INTEGER NOT NULL, dryRun INTEGER NOT NULL, code INTEGER NOT NULL");
    for (int i = 0; i < HISTORY_TEXT_COUNT; i++) {
        buf_printf(&b, ", \"%.*s\" TEXT NOT NULL", STR_ARG(history_text_name((HistoryText)i)));
    }
    buf_printf(&b, ");CREATE INDEX decisions_by_time ON decisions (time);%sCOMMIT;", about);
    return sqlite3_exec(f->db, arena_cstr(a, buf_str(&b)), NULL, NULL, NULL);
}

static int set_up(HistoryFile *f, bool *is_foreign, Arena *a)
{
    int64_t tables = 0, id = 0;
    int code = ask_number(f->db, "SELECT count(*) FROM sqlite_schema", &tables);
    code = code ? code : ask_number(f->db, "PRAGMA application_id", &id);
    *is_foreign = !code && tables && id != HISTORY_APPLICATION_ID;
    if (code || *is_foreign) {
        return code;
    }
    code = sqlite3_exec(f->db, settings, NULL, NULL, NULL);
    if (!code && !tables) {
        code = make_tables(f, a);
        if (code && !sqlite3_get_autocommit(f->db)) {
            (void)sqlite3_exec(f->db, "ROLLBACK", NULL, NULL, NULL);
        }
    }
    return code ? code : ask_number(f->db, "PRAGMA page_size", &f->page_bytes);
}

static int prepare(HistoryFile *f, Arena *a)
{
    Buf insert = buf_new(a);
    buf_lit(&insert, "INSERT INTO decisions VALUES (NULL, ?, ?, ?, ?");
    for (int i = 0; i < HISTORY_TEXT_COUNT; i++) {
        buf_lit(&insert, ", ?");
    }
    buf_byte(&insert, ')');
    const struct {
        sqlite3_stmt **statement;
        const char *text;
    } rows[] = {
        { &f->begin, "BEGIN IMMEDIATE" },
        { &f->commit, "COMMIT" },
        { &f->rollback, "ROLLBACK" },
        { &f->insert, arena_cstr(a, buf_str(&insert)) },
        /* Some at a time: more of them than come in. */
        { &f->expire, "DELETE FROM decisions WHERE id IN (SELECT id FROM decisions WHERE time < ? "
                      "ORDER BY time LIMIT 512)" },
        { &f->shrink, "DELETE FROM decisions WHERE id IN (SELECT id FROM decisions ORDER BY id "
                      "LIMIT 512)" },
        { &f->pages, "PRAGMA page_count" },
        { &f->unused, "PRAGMA freelist_count" },
    };
    int code = SQLITE_OK;
    for (size_t i = 0; i < COUNT_OF(rows) && !code; i++) {
        code = sqlite3_prepare_v3(f->db, rows[i].text, -1, SQLITE_PREPARE_PERSISTENT,
                                  rows[i].statement, NULL);
    }
    return code;
}

static int count_wal(void *context, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    ((HistoryFile *)context)->wal_pages = pages;
    return SQLITE_OK;
}

HistoryFileState history_file_open(HistoryFile *f, Arena *a, Err *err)
{
    bool is_foreign = false;
    HistoryFileState state = make_file(f->path, a, err);
    state = state ? state : history_file_look(f->path, true, a, err);
    if (state) {
        return state;
    }
    errno = 0; /* an old one explains nothing */
    int code = sqlite3_open_v2(f->path, &f->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code) {
        return fails(f, code, a, err);
    }
    sqlite3_busy_timeout(f->db, BUSY_MS);
    code = set_up(f, &is_foreign, a);
    if (is_foreign) {
        err_set(err, a, ERR_UNSUPPORTED, "%s: is no history of podgate serve", f->path);
        history_file_close(f);
        return HISTORY_FILE_FOREIGN;
    }
    sqlite3_wal_hook(f->db, count_wal, f); /* wal_autocheckpoint takes the hook away */
    code = code ? code : prepare(f, a);
    return code ? fails(f, code, a, err) : HISTORY_FILE_GOOD;
}

void history_file_close(HistoryFile *f)
{
    sqlite3_stmt **statements[] = { &f->begin,  &f->commit, &f->rollback, &f->insert,
                                    &f->expire, &f->shrink, &f->pages,    &f->unused };
    for (size_t i = 0; i < COUNT_OF(statements); i++) {
        sqlite3_finalize(*statements[i]);
        *statements[i] = NULL;
    }
    sqlite3_close(f->db);
    f->db = NULL;
    f->wal_pages = 0;
}

bool history_file_put_aside(const HistoryFile *f, Arena *a, Err *err)
{
    /* Its log belongs to it, and to no other. */
    (void)unlink(arena_printf(a, "%s-wal", f->path).ptr);
    (void)unlink(arena_printf(a, "%s-shm", f->path).ptr);
    if (rename(f->path, arena_printf(a, "%s.damaged", f->path).ptr) != 0) {
        return err_set(err, a, ERR_IO, "%s: %s", f->path, strerror(errno));
    }
    return true;
}
