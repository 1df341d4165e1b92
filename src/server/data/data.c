/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a data directory: its lock, its database, the version of its form. */
#include "server/data/private.h"

#include "server/data/wal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    APPLICATION_ID = 0x706F6467, /* "podg" */
    SCHEMA_VERSION = 1,
    BUSY_MS = 5000, /* somebody else looks into the database */
};

/* The cache is small: all objects are in the store, and the kernel caches the file. Checkpoints are
 * made by who keeps, when nobody waits for it. */
static const char settings[] = "PRAGMA journal_mode = WAL;"
                               "PRAGMA synchronous = FULL;"
                               "PRAGMA wal_autocheckpoint = 0;"
                               "PRAGMA cache_size = -1024;"
                               "PRAGMA cell_size_check = ON;";

/* A row's number is the version at which it was written: no two are the same, and new ones come at
 * the end. */
static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE objects (version INTEGER PRIMARY KEY, api_group TEXT NOT NULL, kind TEXT NOT "
    "NULL,"
    " namespace TEXT NOT NULL, name TEXT NOT NULL, object TEXT NOT NULL, checksum INTEGER NOT "
    "NULL);"
    "CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL, checksum INTEGER NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL,"
    " objects INTEGER NOT NULL, checksum INTEGER NOT NULL);"
    "INSERT INTO state VALUES (1, 0, 0, 0);"
    "PRAGMA application_id = 1886348391;"
    "PRAGMA user_version = 1;"
    "COMMIT;";
_Static_assert(APPLICATION_ID == 1886348391 && SCHEMA_VERSION == 1, "as the schema has them");

/* -- errors --------------------------------------------------------------------------------------
 */

Str data_why(const Data *d, int code, Arena *a)
{
    int number = errno;
    const char *text = d->db ? sqlite3_errmsg(d->db) : sqlite3_errstr(code);
    switch (code & 0xFF) {
    case SQLITE_FULL:
        return arena_printf(a, "%s: no space is left on the disk", d->folder);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        return number ? arena_printf(a, "%s: %s: %s", d->folder, text, strerror(number))
                      : arena_printf(a, "%s: %s", d->folder, text);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return arena_printf(a, "%s/podgate.db is damaged: %s", d->folder, text);
    default:
        return arena_printf(a, "%s/podgate.db: %s", d->folder, text);
    }
}

static bool fails(const Data *d, int code, Arena *a, Err *err)
{
    Str why = data_why(d, code, a);
    return err_set(err, a, ERR_IO, "%.*s", STR_ARG(why));
}

/* -- the directory -------------------------------------------------------------------------------
 */

static bool make_folder(const Data *d, Arena *a, Err *err)
{
    return mkdir(d->folder, 0700) == 0 || errno == EEXIST ||
           err_set(err, a, ERR_IO, "%s: %s", d->folder, strerror(errno));
}

static bool take_lock(Data *d, Arena *a, Err *err)
{
    const char *path = arena_printf(a, "%s/lock", d->folder).ptr;
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    d->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (d->lock < 0) {
        return err_set(err, a, ERR_IO, "%s: %s", path, strerror(errno));
    }
    if (fcntl(d->lock, F_SETLK, &lock) == 0) {
        return true;
    }
    if (errno != EACCES && errno != EAGAIN) {
        return err_set(err, a, ERR_IO, "%s: %s", path, strerror(errno));
    }
    lock = (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
    (void)fcntl(d->lock, F_GETLK, &lock);
    return err_set(err, a, ERR_CONFLICT, "%s: another cluster is served from it, by process %ld",
                   d->folder, (long)lock.l_pid);
}

/* The database is for the user alone: keys are in it. SQLite gives its other files the same mode.
 */
static bool make_file(const char *path, Arena *a, Err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return err_set(err, a, ERR_IO, "%s: %s", path, strerror(errno));
    }
    close(fd);
    return true;
}

/* -- the database --------------------------------------------------------------------------------
 */

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

static bool check_form(Data *d, Arena *a, Err *err)
{
    int64_t id = 0, version = 0, tables = 0;
    int code = ask_number(d->db, "SELECT count(*) FROM sqlite_schema", &tables);
    code = code ? code : ask_number(d->db, "PRAGMA application_id", &id);
    code = code ? code : ask_number(d->db, "PRAGMA user_version", &version);
    if (code) {
        return fails(d, code, a, err);
    }
    if (tables == 0 && id == 0 && version == 0) {
        code = sqlite3_exec(d->db, settings, NULL, NULL, NULL);
        code = code ? code : sqlite3_exec(d->db, schema, NULL, NULL, NULL);
        return !code || fails(d, code, a, err);
    }
    if (id != APPLICATION_ID) {
        return err_set(err, a, ERR_UNSUPPORTED, "%s/podgate.db: is a database of another program",
                       d->folder);
    }
    if (version != SCHEMA_VERSION) {
        return err_set(
            err, a, ERR_UNSUPPORTED,
            "%s: is in form %lld, this podgate knows forms up to %d: it was written by a "
            "newer one",
            d->folder, (long long)version, SCHEMA_VERSION);
    }
    code = sqlite3_exec(d->db, settings, NULL, NULL, NULL);
    return !code || fails(d, code, a, err);
}

static int count_wal(void *context, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    ((Data *)context)->wal_pages = pages;
    return SQLITE_OK;
}

static bool open_database(Data *d, Arena *a, Err *err)
{
    const char *path = arena_printf(a, "%s/podgate.db", d->folder).ptr;
    const char *log = arena_printf(a, "%s-wal", path).ptr;
    if (!make_file(path, a, err) || !wal_is_whole(log, a, err)) {
        return false;
    }
    int code = sqlite3_open_v2(path, &d->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code) {
        return fails(d, code, a, err);
    }
    sqlite3_busy_timeout(d->db, BUSY_MS);
    /* Until it is known to be whole, nothing is moved from the log into it. */
    sqlite3_db_config(d->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    if (!check_form(d, a, err)) {
        return false;
    }
    /* After the settings: the one of automatic checkpoints takes away a hook that is there. */
    sqlite3_wal_hook(d->db, count_wal, d);
    return data_check_about(d, a, err) && data_prepare(d, a, err);
}

bool data_open(Str folder, Arena *a, Data **out, Err *err)
{
    Data *d = calloc(1, sizeof *d);
    if (d == NULL) {
        return err_set(err, a, ERR_LIMIT, "no memory");
    }
    d->lock = -1;
    pthread_mutex_init(&d->db_lock, NULL);
    pthread_mutex_init(&d->wake_lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&d->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    d->folder = strdup(arena_cstr(a, folder));
    if (d->folder == NULL || !make_folder(d, a, err) || !take_lock(d, a, err) ||
        !open_database(d, a, err)) {
        data_close(d);
        return false;
    }
    *out = d;
    return true;
}

/* -- what is kept beside the objects -------------------------------------------------------------
 */

Str data_get(Data *d, const char *key, Arena *a)
{
    sqlite3_stmt *s = NULL;
    Str value = STR_ABSENT;
    pthread_mutex_lock(&d->db_lock);
    if (sqlite3_prepare_v2(d->db, "SELECT value, checksum FROM about WHERE key = ?", -1, &s,
                           NULL) == SQLITE_OK &&
        data_bind(s, 1, str_from_c(key)) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW &&
        (uint64_t)sqlite3_column_int64(s, 1) == str_hash(data_column(s, 0))) {
        value = arena_str(a, data_column(s, 0));
    }
    sqlite3_finalize(s);
    pthread_mutex_unlock(&d->db_lock);
    return value;
}

bool data_set(Data *d, const char *key, Str value, Arena *a, Err *err)
{
    sqlite3_stmt *s = NULL;
    pthread_mutex_lock(&d->db_lock);
    int code = sqlite3_prepare_v2(d->db, "INSERT OR REPLACE INTO about VALUES (?, ?, ?)", -1, &s,
                                  NULL);
    if (!code) {
        data_bind(s, 1, str_from_c(key));
        data_bind(s, 2, value);
        sqlite3_bind_int64(s, 3, (int64_t)str_hash(value));
        code = data_run(s);
    }
    bool done = !code || fails(d, code, a, err);
    sqlite3_finalize(s);
    pthread_mutex_unlock(&d->db_lock);
    return done;
}
