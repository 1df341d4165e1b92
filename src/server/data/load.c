/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting from a data directory. Everything is read once, so everything is checked: SQLite sees
 * whether its pages hang together, a checksum whether a row is what was written, and the sum over all
 * whether a row is missing.
 */
#include "server/data/private.h"

#include "doc/json.h"

static bool damaged(const Data *d, const char *what, Arena *a, Err *err)
{
    return err_set(err, a, ERR_IO,
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

static bool load_row(Data *d, Store *s, const DataRow *row, Arena *a, Err *err)
{
    Value object;
    char *text = arena_alloc(a, row->object.len + JSON_PADDING);
    memcpy(text, row->object.len ? row->object.ptr : "", row->object.len);
    if (!json_read_insitu(STR("object"), text, row->object.len, NULL, a, &object, NULL)) {
        return damaged_row(d, row, "is no JSON", a, err);
    }
    StoreChange change = { { row->group, row->kind, row->namespace, row->name },
                           STORE_ADDED,
                           &object,
                           row->version };
    store_restore(s, &change);
    return true;
}

static bool load_rows(Data *d, sqlite3_stmt *q, Store *s, DataSum *found, Arena *a, Err *err)
{
    Arena each;
    Err inner;
    int code;
    bool good = true;
    arena_init(&each, 0);
    while (good && (code = sqlite3_step(q)) == SQLITE_ROW) {
        DataRow row = { (uint64_t)sqlite3_column_int64(q, 0), data_column(q, 1), data_column(q, 2),
                        data_column(q, 3), data_column(q, 4), data_column(q, 5) };
        uint64_t checksum = data_row_checksum(&row);
        good = checksum == (uint64_t)sqlite3_column_int64(q, 6)
                   ? load_row(d, s, &row, &each, &inner)
                   : damaged_row(d, &row, "is not as it was written", &each, &inner);
        found->objects++;
        found->checksum += checksum;
        found->version = row.version > found->version ? row.version : found->version;
        if (good) {
            arena_reset(&each);
        }
    }
    if (!good) {
        err_set(err, a, inner.code, "%.*s", STR_ARG(inner.msg));
    } else if (code != SQLITE_DONE) {
        good = damaged(d, sqlite3_errmsg(d->db), a, err);
    }
    arena_done(&each);
    return good;
}

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
