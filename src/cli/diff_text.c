/* SPDX-License-Identifier: Apache-2.0 */
/* Differences as text, as a tree and as names. */
#include "cli/diff.h"

#include "cli/table.h"
#include "doc/json.h"
#include "doc/yaml.h"

enum { LINE_BYTES_MAX = 100 }; /* a value that is longer as JSON gets lines of its own */

/* "deployment.apps/web" */
static Str object_text(const DiffEntry *e, Arena *a)
{
    return arena_printf(a, "%.*s%s%.*s/%.*s", STR_ARG(arena_lower(a, e->kind)),
                        e->group.len ? "." : "", STR_ARG(e->group), STR_ARG(e->name));
}

/* -- fields ------------------------------------------------------------------------------------ */

static void write_line(Cli *cli, const char *start, Str text, TableColor color)
{
    Str line = arena_printf(cli->arena, "%s%.*s", start, STR_ARG(text));
    table_color_write(&cli->out, cli->out_color, color, line);
    buf_byte(&cli->out, '\n');
}

/* A value in lines of its own, each with the sign of its side. */
static void write_lines(Cli *cli, char sign, Str text, TableColor color)
{
    char start[] = "      ";
    Str line, rest = str_cut_suffix(text, STR("\n"));
    start[2] = sign;
    while (str_next_piece(&rest, '\n', &line)) {
        write_line(cli, start, line, color);
    }
}

static void write_side(Cli *cli, char sign, Str path, const Value *v, TableColor color)
{
    const char start[] = { ' ', ' ', sign, ' ', '\0' };
    Buf json = buf_new(cli->arena), yaml = buf_new(cli->arena);
    if (v == NULL) {
        return;
    }
    json_write(v, &json);
    if (json.len <= LINE_BYTES_MAX || v->kind < VALUE_ARRAY) {
        write_line(cli, start,
                   arena_printf(cli->arena, "%.*s: %.*s", STR_ARG(path), STR_ARG(buf_str(&json))),
                   color);
        return;
    }
    yaml_write(v, &yaml);
    write_line(cli, start, arena_concat(cli->arena, path, STR(":")), color);
    write_lines(cli, sign, buf_str(&yaml), color);
}

static bool has_lines(const Value *v)
{
    return value_is(v, VALUE_STRING) && str_index_byte(value_as_str(v), '\n') >= 0;
}

/* What both texts start with, in whole lines. */
static size_t common_start(Str x, Str y)
{
    size_t n = 0, lines = 0;
    while (n < x.len && n < y.len && x.ptr[n] == y.ptr[n]) {
        n++;
        lines = x.ptr[n - 1] == '\n' ? n : lines;
    }
    return n == x.len && n == y.len ? n : lines;
}

/* What both end with, in whole lines. */
static size_t common_end(Str x, Str y)
{
    size_t n = 0, lines = 0;
    while (n < x.len && n < y.len && x.ptr[x.len - 1 - n] == y.ptr[y.len - 1 - n]) {
        n++;
        bool starts = n == x.len || x.ptr[x.len - 1 - n] == '\n';
        lines = starts && (n == y.len || y.ptr[y.len - 1 - n] == '\n') ? n : lines;
    }
    return lines;
}

/* A text of several lines: those that are not the same. */
static void write_texts(Cli *cli, const DiffField *f)
{
    Str before = value_as_str(f->before), after = value_as_str(f->after);
    size_t start = common_start(before, after);
    before = str_drop(before, start);
    after = str_drop(after, start);
    size_t end = common_end(before, after);
    write_line(cli, "    ", arena_concat(cli->arena, f->path, STR(":")), TABLE_PLAIN);
    write_lines(cli, '-', str_slice(before, 0, before.len - end), TABLE_RED);
    write_lines(cli, '+', str_slice(after, 0, after.len - end), TABLE_GREEN);
}

static void write_field(Cli *cli, const DiffField *f)
{
    if (value_is(f->before, VALUE_STRING) && value_is(f->after, VALUE_STRING) &&
        (has_lines(f->before) || has_lines(f->after))) {
        write_texts(cli, f);
        return;
    }
    write_side(cli, '-', f->path, f->before, TABLE_RED);
    write_side(cli, '+', f->path, f->after, TABLE_GREEN);
}

/* -- objects ----------------------------------------------------------------------------------- */

static void write_entry(Cli *cli, const DiffEntry *e)
{
    static const TableColor colors[] = { TABLE_GREEN, TABLE_RED, TABLE_YELLOW };
    Buf b = buf_new(cli->arena);
    buf_printf(&b, "%-7.*s  %.*s", STR_ARG(diff_change_text(e->change)),
               STR_ARG(object_text(e, cli->arena)));
    if (e->namespace.len) {
        buf_printf(&b, " -n %.*s", STR_ARG(e->namespace));
    }
    write_line(cli, "", buf_str(&b), colors[e->change]);
    for (size_t i = 0; i < e->field_count; i++) {
        write_field(cli, &e->fields[i]);
    }
}

static void count_row(Table *t, const DiffEntry *first, const size_t counts[3])
{
    Arena *a = t->arena;
    Str cells[4] = { arena_printf(a, "%.*s%s%.*s", STR_ARG(first->kind),
                                  first->group.len ? "." : "", STR_ARG(first->group)) };
    for (size_t i = 0; i < 3; i++) {
        cells[i + 1] = arena_printf(a, "%zu", counts[i]);
    }
    table_row(t, cells);
}

/* Entries of one kind follow each other. */
static void write_counts(Cli *cli, const DiffResult *r)
{
    static const Str heads[] = { STR_INIT("KIND"), STR_INIT("ADDED"), STR_INIT("REMOVED"),
                                 STR_INIT("CHANGED") };
    Table t = table_new(cli->arena, COUNT_OF(heads));
    table_row(&t, heads);
    for (size_t i = 0; i < r->count;) {
        const DiffEntry *first = &r->entries[i];
        size_t counts[3] = { 0 };
        for (; i < r->count && str_eq(r->entries[i].kind, first->kind) &&
               str_eq(r->entries[i].group, first->group);
             i++) {
            counts[r->entries[i].change]++;
        }
        count_row(&t, first, counts);
    }
    table_write(&t, cli->out_color, &cli->out);
}

void diff_write_text(Cli *cli, const DiffResult *r)
{
    for (size_t i = 0; i < r->count; i++) {
        write_entry(cli, &r->entries[i]);
    }
    if (r->count) {
        buf_byte(&cli->out, '\n');
        write_counts(cli, r);
    }
}

void diff_write_names(Cli *cli, const DiffResult *r)
{
    for (size_t i = 0; i < r->count; i++) {
        const DiffEntry *e = &r->entries[i];
        buf_add(&cli->out, object_text(e, cli->arena));
        if (e->namespace.len) {
            buf_printf(&cli->out, " -n %.*s", STR_ARG(e->namespace));
        }
        buf_byte(&cli->out, '\n');
    }
}

/* -- as a tree --------------------------------------------------------------------------------- */

static Value field_value(const DiffField *f, Arena *a)
{
    Value v = value_object();
    output_add_str(&v, STR("path"), f->path, a);
    if (f->before) {
        value_set_lit(&v, "before", *f->before, a);
    }
    if (f->after) {
        value_set_lit(&v, "after", *f->after, a);
    }
    return v;
}

static Value entry_value(const DiffEntry *e, Arena *a)
{
    Value v = value_object();
    output_add_str(&v, STR("change"), diff_change_text(e->change), a);
    output_add_str(&v, STR("apiVersion"), e->api_version, a);
    output_add_str(&v, STR("kind"), e->kind, a);
    output_add_str(&v, STR("namespace"), e->namespace.len ? e->namespace : STR_ABSENT, a);
    output_add_str(&v, STR("name"), e->name, a);
    if (e->field_count) {
        Value fields = value_array();
        for (size_t i = 0; i < e->field_count; i++) {
            value_add(&fields, field_value(&e->fields[i], a), a);
        }
        value_set_lit(&v, "fields", fields, a);
    }
    return v;
}

Value diff_to_value(const DiffResult *r, Arena *a)
{
    Value v = value_object(), summary = value_object(), changes = value_array();
    for (int i = 0; i < 3; i++) {
        value_set(&summary, diff_change_text((DiffChange)i), value_int((int64_t)r->by_change[i]),
                  a);
    }
    for (size_t i = 0; i < r->count; i++) {
        value_add(&changes, entry_value(&r->entries[i], a), a);
    }
    value_set_lit(&v, "summary", summary, a);
    value_set_lit(&v, "changes", changes, a);
    return v;
}
