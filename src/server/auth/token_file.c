/* SPDX-License-Identifier: Apache-2.0 */
/* A file of tokens. */
#include "server/auth/token_file.h"

enum {
    COLUMNS_MIN = 3,
    COLUMNS_MAX = 64, /* the rest of a line is skipped, as Kubernetes skips all after the groups */
};

typedef struct Reader {
    Str name;
    Str text;
    size_t at;
    size_t line;
    Arena *arena;
    Err *err;
} Reader;

typedef struct Record {
    Str columns[COLUMNS_MAX];
    size_t count; /* may be larger than COLUMNS_MAX */
    size_t line;
} Record;

static bool fail(const Reader *r, size_t line, const char *what)
{
    return err_set(r->err, r->arena, ERR_SYNTAX, "%.*s: line %zu: %s", STR_ARG(r->name), line,
                   what);
}

static char peek(const Reader *r, size_t ahead)
{
    return r->at + ahead < r->text.len ? r->text.ptr[r->at + ahead] : '\0';
}

/* How long the line break is that stands here; 0 when none does. The end of the text is one too. */
static bool at_line_end(const Reader *r, size_t *len)
{
    *len = peek(r, 0) == '\n' ? 1 : peek(r, 0) == '\r' && peek(r, 1) == '\n' ? 2 : 0;
    return *len || r->at >= r->text.len;
}

static bool read_quoted(Reader *r, Str *out)
{
    Buf b = buf_new(r->arena);
    size_t line = r->line;
    for (r->at++; r->at < r->text.len; r->at++) {
        char c = r->text.ptr[r->at];
        size_t line_break;
        if (c != '"') {
            r->line += c == '\n';
            if (c == '\r' && peek(r, 1) == '\n') {
                continue; /* a line ends in \n alone, also within quotes */
            }
            buf_byte(&b, c);
        } else if (peek(r, 1) == '"') {
            buf_byte(&b, '"');
            r->at++;
        } else {
            r->at++;
            *out = buf_str(&b);
            return at_line_end(r, &line_break) || peek(r, 0) == ',' ||
                   fail(r, r->line, "extraneous or missing \" in quoted-field");
        }
    }
    return fail(r, line, "a quoted field does not end");
}

static bool read_bare(Reader *r, Str *out)
{
    size_t from = r->at;
    size_t line_break;
    while (!at_line_end(r, &line_break) && peek(r, 0) != ',') {
        if (peek(r, 0) == '"') {
            return fail(r, r->line, "bare \" in non-quoted-field");
        }
        r->at++;
    }
    *out = str_slice(r->text, from, r->at);
    return true;
}

static bool read_record(Reader *r, Record *out)
{
    out->count = 0;
    out->line = r->line;
    for (;;) {
        Str column;
        if (!(peek(r, 0) == '"' ? read_quoted(r, &column) : read_bare(r, &column))) {
            return false;
        }
        if (out->count < COLUMNS_MAX) {
            out->columns[out->count] = column;
        }
        out->count++;
        size_t line_break;
        if (at_line_end(r, &line_break)) {
            r->at += line_break;
            r->line += line_break > 0;
            return true;
        }
        r->at++; /* the comma */
    }
}

static void skip_empty_lines(Reader *r)
{
    size_t line_break;
    while (r->at < r->text.len && at_line_end(r, &line_break)) {
        r->at += line_break;
        r->line++;
    }
}

static StrList split_groups(Str text, Arena *a)
{
    size_t count = 1;
    for (size_t i = 0; i < text.len; i++) {
        count += text.ptr[i] == ',';
    }
    Str *items = new(a, Str, count);
    StrList list = { items, 0 };
    Str rest = text;
    while (str_next_piece(&rest, ',', &items[list.count])) {
        if (++list.count == count) {
            break;
        }
    }
    return list;
}

static void take(const Record *record, Arena *a, TokenFile *out)
{
    if (!record->columns[0].len) {
        return; /* Kubernetes warns of it and goes on */
    }
    UserInfo *user = new(a, UserInfo, 1);
    user->name = record->columns[1];
    user->uid = record->columns[2];
    if (record->count > COLUMNS_MIN) {
        user->groups = split_groups(record->columns[3], a);
    }
    map_set(&out->users, record->columns[0], user);
}

bool token_file_read(Str name, Str text, Arena *a, TokenFile *out, Err *err)
{
    Reader r = { .name = name, .text = arena_str(a, text), .line = 1, .arena = a, .err = err };
    r.text = str_cut_prefix(r.text, STR("\xEF\xBB\xBF"));
    TokenFile made = { .users = map_new(a) };
    for (skip_empty_lines(&r); r.at < r.text.len; skip_empty_lines(&r)) {
        Record record;
        if (!read_record(&r, &record)) {
            return false;
        }
        if (record.count < COLUMNS_MIN) {
            return err_set(err, a, ERR_SYNTAX,
                           "%.*s: line %zu: token,user,uid are needed (and groups may follow), "
                           "found %zu column%s",
                           STR_ARG(name), record.line, record.count, record.count == 1 ? "" : "s");
        }
        take(&record, a, &made);
    }
    *out = made;
    return true;
}
