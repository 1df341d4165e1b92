/* SPDX-License-Identifier: Apache-2.0 */
/* Asking a history. */
#include "server/history/read.h"

#include "server/history/file.h"

#include <errno.h>
#include <unistd.h>

enum { BUSY_MS = 5000, TEXTS_BOUND_MAX = 12, FIRST_TEXT = 4 };

/* -- a question as SQL ------------------------------------------------------------------------- */

typedef struct Sql {
    Buf text;
    Str texts[TEXTS_BOUND_MAX]; /* in the order of their question marks */
    size_t text_count;
    bool has_where;
} Sql;

static void also(Sql *q, const char *condition)
{
    buf_add(&q->text, q->has_where ? STR(" AND ") : STR(" WHERE "));
    buf_add(&q->text, str_from_c(condition));
    q->has_where = true;
}

static void also_text(Sql *q, const char *condition, Str value)
{
    if (value.ptr) {
        also(q, condition);
        q->texts[q->text_count++] = value;
    }
}

/* NAMESPACE/NAME of a service account as the user that it is; else as it is. */
static Str subject_user(Str subject, Arena *a)
{
    Str namespace, name;
    if (!str_split_once(subject, '/', &namespace, &name)) {
        return subject;
    }
    return arena_printf(a, "system:serviceaccount:%.*s:%.*s", STR_ARG(namespace), STR_ARG(name));
}

static void add_where(Sql *q, const HistoryQuery *query, Arena *a)
{
    if (query->since_ms) {
        also(q, arena_printf(a, "time >= %lld", (long long)query->since_ms).ptr);
    }
    if (query->until_ms) {
        also(q, arena_printf(a, "time < %lld", (long long)query->until_ms).ptr);
    }
    if (query->denied || query->would_refuse) {
        also(q, !query->would_refuse ? "NOT allowed"
                : !query->denied     ? "(allowed AND mode <> '')"
                                     : "(NOT allowed OR mode <> '')");
    }
    if (query->settled) {
        also(q, "NOT (allowed AND phase = 'mutate')");
    }
    also_text(q, "namespace = ?", query->namespace);
    also_text(q, "user = ?", query->user);
    if (query->subject.ptr) {
        also_text(q, "(user IN (?", query->subject);
        buf_lit(&q->text,
                ", ?) OR instr(char(10) || groups || char(10), char(10) || ? || char(10)))");
        q->texts[q->text_count++] = subject_user(query->subject, a);
        q->texts[q->text_count++] = query->subject;
    }
    also_text(q, "policy = ?", query->policy);
    also_text(q, "\"group\" = ?", query->group);
    also_text(q, "resource = ?", query->resource);
    also_text(q, "subresource = ?", query->subresource);
}

static int bind(sqlite3_stmt *s, const Sql *q)
{
    int code = SQLITE_OK;
    for (size_t i = 0; i < q->text_count && !code; i++) {
        Str t = q->texts[i];
        code = sqlite3_bind_text(s, (int)i + 1, t.len ? t.ptr : "", (int)t.len, SQLITE_STATIC);
    }
    return code;
}

/* -- the file ---------------------------------------------------------------------------------- */

static Str column(sqlite3_stmt *s, int i, Arena *a)
{
    const unsigned char *text = sqlite3_column_text(s, i);
    return text ? arena_str(a, str_from((const char *)text, (size_t)sqlite3_column_bytes(s, i)))
                : STR("");
}

/* Is it ours, once what lies in its log counts? */
static int check(sqlite3 *db, bool *is_ours)
{
    sqlite3_stmt *s = NULL;
    int code = sqlite3_prepare_v2(db, "PRAGMA application_id", -1, &s, NULL);
    if (!code) {
        code = sqlite3_step(s);
        *is_ours = code == SQLITE_ROW && sqlite3_column_int64(s, 0) == HISTORY_APPLICATION_ID;
        code = code == SQLITE_ROW ? SQLITE_OK : code;
    }
    sqlite3_finalize(s);
    return code;
}

static bool fails(sqlite3 *db, const char *path, int code, Arena *a, Err *err)
{
    Str why = history_file_why(db, path, code, a);
    sqlite3_close(db);
    return err_set(err, a, history_file_state(code) == HISTORY_FILE_DAMAGED ? ERR_SYNTAX : ERR_IO,
                   "%.*s", STR_ARG(why));
}

/* Without a log nobody writes, and the folder may be one that we cannot make a log in. */
static int open_at_rest(const char *path, sqlite3 **db, Arena *a)
{
    Buf uri = buf_new(a);
    buf_lit(&uri, "file:");
    for (const char *p = path; *p; p++) {
        if (*p == '?' || *p == '#' || *p == '%') {
            buf_printf(&uri, "%%%02X", (unsigned)*p);
        } else {
            buf_byte(&uri, *p);
        }
    }
    buf_lit(&uri, "?immutable=1");
    return sqlite3_open_v2(arena_cstr(a, buf_str(&uri)), db,
                           SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
}

static int open_database(const char *path, sqlite3 **db, bool *is_ours, Arena *a)
{
    errno = 0; /* an old one explains nothing */
    int code = sqlite3_open_v2(path, db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
    if (!code) {
        sqlite3_busy_timeout(*db, BUSY_MS);
        code = check(*db, is_ours);
    }
    bool may_not = (code & 0xFF) == SQLITE_CANTOPEN || (code & 0xFF) == SQLITE_READONLY;
    if (may_not && access(arena_printf(a, "%s-wal", path).ptr, F_OK) != 0) {
        sqlite3_close(*db);
        *db = NULL;
        code = open_at_rest(path, db, a);
        code = code ? code : check(*db, is_ours);
    }
    return code;
}

static bool open_file(const char *path, sqlite3 **out, Arena *a, Err *err)
{
    sqlite3 *db = NULL;
    bool is_ours = false;
    if (history_file_look(path, false, a, err)) {
        return false;
    }
    int code = open_database(path, &db, &is_ours, a);
    if (code) {
        return fails(db, path, code, a, err);
    }
    if (!is_ours) {
        sqlite3_close(db);
        return err_set(err, a, ERR_UNSUPPORTED, "%s: is no history of podgate serve", path);
    }
    *out = db;
    return true;
}

/* Calls row() for each row of the answer. */
static bool ask(Str file, const Sql *q, void (*row)(void *context, sqlite3_stmt *s), void *context,
                Arena *a, Err *err)
{
    const char *path = arena_cstr(a, file);
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    if (!open_file(path, &db, a, err)) {
        return false;
    }
    int code = sqlite3_prepare_v2(db, q->text.ptr, (int)q->text.len, &s, NULL);
    code = code ? code : bind(s, q);
    while (!code && (code = sqlite3_step(s)) == SQLITE_ROW) {
        row(context, s);
        code = SQLITE_OK;
    }
    sqlite3_finalize(s);
    if (code != SQLITE_DONE) {
        return fails(db, path, code, a, err);
    }
    sqlite3_close(db);
    return true;
}

/* -- rows -------------------------------------------------------------------------------------- */

typedef struct Rows {
    Arena *arena;
    HistoryRows out;
    size_t cap;
} Rows;

static void take_row(void *context, sqlite3_stmt *s)
{
    Rows *r = context;
    if (r->out.count == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 64;
        HistoryRow *more = new(r->arena, HistoryRow, cap);
        if (r->out.count) {
            memcpy(more, r->out.items, r->out.count * sizeof(*more));
        }
        r->out.items = more;
        r->cap = cap;
    }
    HistoryRow *row = &r->out.items[r->out.count++];
    row->time_ms = sqlite3_column_int64(s, 0);
    row->allowed = sqlite3_column_int(s, 1) != 0;
    row->dry_run = sqlite3_column_int(s, 2) != 0;
    row->code = sqlite3_column_int(s, 3);
    for (int i = 0; i < HISTORY_TEXT_COUNT; i++) {
        row->texts[i] = column(s, FIRST_TEXT + i, r->arena);
    }
}

static void reverse(HistoryRows *rows)
{
    for (size_t i = 0; i < rows->count / 2; i++) {
        HistoryRow x = rows->items[i];
        rows->items[i] = rows->items[rows->count - 1 - i];
        rows->items[rows->count - 1 - i] = x;
    }
}

bool history_read(Str file, const HistoryQuery *query, Arena *a, HistoryRows *out, Err *err)
{
    Sql q = { .text = buf_new(a) };
    Rows rows = { .arena = a };
    buf_lit(&q.text, "SELECT time, allowed, dryRun, code");
    for (int i = 0; i < HISTORY_TEXT_COUNT; i++) {
        buf_printf(&q.text, ", \"%.*s\"", STR_ARG(history_text_name((HistoryText)i)));
    }
    /* max(id): SQLite takes the other columns from the row that has it. */
    buf_add(&q.text, query->latest ? STR(", max(id)") : STR(", id"));
    buf_lit(&q.text, " FROM decisions");
    add_where(&q, query, a);
    if (query->latest) {
        buf_lit(&q.text, " GROUP BY namespace, \"group\", kind, name, generateName");
    }
    buf_printf(&q.text, " ORDER BY %d DESC", FIRST_TEXT + HISTORY_TEXT_COUNT + 1);
    if (query->limit) {
        buf_printf(&q.text, " LIMIT %lld", (long long)query->limit + 1);
    }
    if (!ask(file, &q, take_row, &rows, a, err)) {
        return false;
    }
    rows.out.is_cut = query->limit && rows.out.count > (size_t)query->limit;
    rows.out.count -= rows.out.is_cut;
    reverse(&rows.out);
    *out = rows.out;
    return true;
}

/* -- counts ------------------------------------------------------------------------------------ */

typedef struct Counts {
    Arena *arena;
    HistoryCounts out;
    size_t cap;
} Counts;

static void take_count(void *context, sqlite3_stmt *s)
{
    Counts *c = context;
    if (c->out.count == c->cap) {
        size_t cap = c->cap ? c->cap * 2 : 16;
        HistoryCount *more = new(c->arena, HistoryCount, cap);
        if (c->out.count) {
            memcpy(more, c->out.items, c->out.count * sizeof(*more));
        }
        c->out.items = more;
        c->cap = cap;
    }
    c->out.items[c->out.count++] = (HistoryCount){
        .namespace = column(s, 0, c->arena),
        .policy = column(s, 1, c->arena),
        .plugin = column(s, 2, c->arena),
        .result = column(s, 3, c->arena),
        .count = sqlite3_column_int64(s, 4),
        .last_ms = sqlite3_column_int64(s, 5),
    };
}

bool history_count(Str file, const HistoryQuery *query, Arena *a, HistoryCounts *out, Err *err)
{
    Sql q = { .text = buf_new(a) };
    Counts counts = { .arena = a };
    buf_lit(&q.text,
            "SELECT namespace, policy, plugin, CASE"
            " WHEN NOT allowed AND code >= 500 THEN 'error' WHEN NOT allowed THEN 'refused'"
            " WHEN mode <> '' THEN 'would refuse' WHEN exemption <> '' THEN 'exempt'"
            " ELSE 'admitted' END AS result, count(*), max(time) FROM decisions");
    add_where(&q, query, a);
    buf_lit(&q.text, " GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4");
    if (!ask(file, &q, take_count, &counts, a, err)) {
        return false;
    }
    *out = counts.out;
    return true;
}
