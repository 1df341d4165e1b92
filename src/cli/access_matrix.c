/* SPDX-License-Identifier: Apache-2.0 */
/* Access matrices as tables. */
#include "cli/access_matrix.h"

#include "analyze/rbac/report.h"
#include "cli/table.h"

/* What one cell shows. */
typedef enum Mark { MARK_NOTHING, MARK_NOT_TAKEN, MARK_NO, MARK_NAMED, MARK_SOME, MARK_YES } Mark;

static const struct {
    Str icon;
    Str text;
    TableColor color;
} marks[] = {
    [MARK_NOTHING] = { STR_INIT(""), STR_INIT(""), TABLE_PLAIN },
    [MARK_NOT_TAKEN] = { STR_INIT(""), STR_INIT("n/a"), TABLE_PLAIN },
    [MARK_NO] = { STR_INIT("✖"), STR_INIT("no"), TABLE_RED },
    [MARK_NAMED] = { STR_INIT("◔"), STR_INIT("named"), TABLE_YELLOW },
    [MARK_SOME] = { STR_INIT("◑"), STR_INIT("some"), TABLE_YELLOW },
    [MARK_YES] = { STR_INIT("✔"), STR_INIT("yes"), TABLE_GREEN },
};

static Mark mark_of(MatrixState state)
{
    static const Mark of[] = { MARK_NOT_TAKEN, MARK_NO, MARK_NAMED, MARK_SOME, MARK_YES };
    return of[state];
}

/* A table or CSV in the making. */
typedef struct Writer {
    Cli *cli;
    const MatrixLook *look;
    Table table;
    size_t columns;
    size_t column; /* of the next cell; CSV only */
    bool has_some;
    bool has_named;
} Writer;

static void write_csv(Writer *w, Str text)
{
    Buf *out = &w->cli->out;
    bool quoted = str_index_byte(text, ',') >= 0 || str_index_byte(text, '"') >= 0 ||
                  str_index_byte(text, '\n') >= 0;
    buf_add(out, w->column ? STR(",") : STR(""));
    buf_add(out, quoted ? STR("\"") : STR(""));
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"') {
            buf_byte(out, '"');
        }
        buf_byte(out, text.ptr[i]);
    }
    buf_add(out, quoted ? STR("\"") : STR(""));
    if (++w->column == w->columns) {
        buf_byte(out, '\n');
        w->column = 0;
    }
}

static void write_text(Writer *w, Str text)
{
    if (w->look->form == MATRIX_CSV) {
        write_csv(w, text);
    } else {
        table_cell(&w->table, text, TABLE_PLAIN);
    }
}

static void write_mark(Writer *w, Mark mark)
{
    w->has_some = w->has_some || mark == MARK_SOME;
    w->has_named = w->has_named || mark == MARK_NAMED;
    if (w->look->form == MATRIX_CSV) {
        write_csv(w, marks[mark].text);
    } else {
        table_cell(&w->table, w->look->form == MATRIX_ICONS ? marks[mark].icon : marks[mark].text,
                   marks[mark].color);
    }
}

static Str upper(Str text, Arena *a)
{
    char *out = new(a, char, text.len + 1);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        out[i] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    return (Str){ out, text.len };
}

static void write_heading(Writer *w, Str text)
{
    write_text(w, w->look->form == MATRIX_CSV ? text : upper(text, w->cli->arena));
}

static Writer start(Cli *cli, const MatrixLook *look, const Str *first, size_t first_count)
{
    Writer w = { .cli = cli, .look = look };
    w.columns = first_count + look->verb_count + look->has_others;
    w.table = table_new(cli->arena, w.columns);
    w.table.trim = true;
    if (look->no_headers) {
        return w;
    }
    for (size_t i = 0; i < first_count; i++) {
        write_heading(&w, first[i]);
    }
    for (size_t i = 0; i < look->verb_count; i++) {
        write_heading(&w, rbac_catalogue_verb(look->verbs[i]));
    }
    if (look->has_others) {
        write_heading(&w, STR("other"));
    }
    return w;
}

static void finish(Writer *w)
{
    if (w->look->form == MATRIX_CSV) {
        return;
    }
    table_write(&w->table, w->cli->out_color, &w->cli->out);
    if (w->look->form == MATRIX_ICONS && (w->has_some || w->has_named)) {
        buf_byte(&w->cli->out, '\n');
        buf_add(&w->cli->out, w->has_some ? STR("◑ in some namespaces only\n") : STR(""));
        buf_add(&w->cli->out, w->has_named ? STR("◔ for some names only\n") : STR(""));
    }
}

/* -- rows -------------------------------------------------------------------------------------- */

static unsigned shown_verbs(const MatrixLook *look)
{
    unsigned verbs = 0;
    for (size_t i = 0; i < look->verb_count; i++) {
        verbs |= 1U << look->verbs[i];
    }
    return verbs;
}

static unsigned any_access(const MatrixAccess *access)
{
    return access->yes | access->some | access->named;
}

/* Verbs that have no column and are allowed, at least somewhere. */
static Str others(const MatrixLook *look, unsigned access, Arena *a)
{
    Buf b = buf_new(a);
    unsigned rest = access & ~shown_verbs(look);
    for (int verb = 0; verb < RBAC_CATALOGUE_VERBS; verb++) {
        if (rest >> verb & 1) {
            buf_add(&b, b.len ? STR(",") : STR(""));
            buf_add(&b, rbac_catalogue_verb(verb));
        }
    }
    return buf_str(&b);
}

static void write_access(Writer *w, const MatrixAccess *access, unsigned taken)
{
    for (size_t i = 0; i < w->look->verb_count; i++) {
        write_mark(w, mark_of(matrix_state(access, taken, w->look->verbs[i])));
    }
    if (w->look->has_others) {
        write_text(w, others(w->look, any_access(access) & taken, w->cli->arena));
    }
}

static bool is_shown(const MatrixLook *look, const Matrix *m, size_t row)
{
    const RbacResource *r = &m->resources.items[row];
    unsigned shown = look->has_others ? ~0U : shown_verbs(look);
    if (m->namespace.ptr && !r->namespaced) {
        return false;
    }
    if (any_access(&m->rows[row]) & r->verbs & shown) {
        return true;
    }
    return (!r->subresource.len || look->all_parts) && (r->verbs & shown_verbs(look));
}

void matrix_write(Cli *cli, const MatrixLook *look, const Matrix *m)
{
    Str first = STR("resource");
    Writer w = start(cli, look, &first, 1);
    for (size_t i = 0; i < m->resources.count; i++) {
        const RbacResource *r = &m->resources.items[i];
        if (is_shown(look, m, i)) {
            write_text(&w, rbac_resource_text(r, cli->arena));
            write_access(&w, &m->rows[i], r->verbs);
        }
    }
    finish(&w);
}

/* -- two --------------------------------------------------------------------------------------- */

static unsigned differing(const Matrix *from, const Matrix *to, size_t row)
{
    unsigned taken = from->resources.items[row].verbs;
    unsigned verbs = 0;
    for (int verb = 0; verb < RBAC_CATALOGUE_VERBS; verb++) {
        verbs |= matrix_state(&from->rows[row], taken, verb) !=
                         matrix_state(&to->rows[row], taken, verb)
                     ? 1U << verb
                     : 0;
    }
    return verbs;
}

/* "+use", "-bind" */
static Str other_differences(const MatrixLook *look, unsigned verbs, const MatrixAccess *to,
                             Arena *a)
{
    Buf b = buf_new(a);
    unsigned rest = verbs & ~shown_verbs(look);
    for (int verb = 0; verb < RBAC_CATALOGUE_VERBS; verb++) {
        if (rest >> verb & 1) {
            buf_add(&b, b.len ? STR(",") : STR(""));
            buf_byte(&b, any_access(to) >> verb & 1 ? '+' : '-');
            buf_add(&b, rbac_catalogue_verb(verb));
        }
    }
    return buf_str(&b);
}

static void write_differences(Writer *w, const Matrix *to, size_t row, unsigned verbs)
{
    unsigned taken = to->resources.items[row].verbs;
    for (size_t i = 0; i < w->look->verb_count; i++) {
        int verb = w->look->verbs[i];
        write_mark(w, verbs >> verb & 1 ? mark_of(matrix_state(&to->rows[row], taken, verb))
                                        : MARK_NOTHING);
    }
    if (w->look->has_others) {
        write_text(w, other_differences(w->look, verbs, &to->rows[row], w->cli->arena));
    }
}

bool matrix_diff_write(Cli *cli, const MatrixLook *look, const Matrix *from, const Matrix *to)
{
    Str first = STR("resource");
    Writer w = start(cli, look, &first, 1);
    unsigned shown = look->has_others ? ~0U : shown_verbs(look);
    bool differs = false;
    for (size_t i = 0; i < from->resources.count; i++) {
        unsigned verbs = differing(from, to, i) & shown;
        if (verbs) {
            write_text(&w, rbac_resource_text(&from->resources.items[i], cli->arena));
            write_differences(&w, to, i, verbs);
            differs = true;
        }
    }
    if (differs) {
        finish(&w);
    }
    return differs;
}

/* -- of a resource ----------------------------------------------------------------------------- */

void matrix_for_write(Cli *cli, const MatrixLook *look, const MatrixQuestion *q,
                      MatrixSubjects subjects)
{
    static const Str kinds[] = { STR_INIT("User"), STR_INIT("Group"), STR_INIT("ServiceAccount") };
    Str first[] = { STR("name"), STR("kind"), STR("sa-namespace") };
    Writer w = start(cli, look, first, COUNT_OF(first));
    for (size_t i = 0; i < subjects.count; i++) {
        const MatrixSubject *s = &subjects.items[i];
        if (any_access(&s->access) & shown_verbs(look)) {
            write_text(&w, s->key.name);
            write_text(&w, kinds[s->key.kind]);
            write_text(&w, s->key.namespace);
            write_access(&w, &s->access, q->resource->verbs);
        }
    }
    finish(&w);
}
