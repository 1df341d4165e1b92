/* SPDX-License-Identifier: Apache-2.0 */
/* A simulation for people: a table of what would change, why, and what it comes to. */
#include "cli/simulate.h"
#include "cli/table.h"

#include <inttypes.h>

enum { FIELDS_SHOWN_MAX = 6, DETAILS_MAX = 100 };

typedef struct Writer {
    const SimulateReport *report;
    bool color;
    Buf *out;
    Arena *arena;
} Writer;

static TableColor color_of(SimulateVerdict verdict)
{
    switch (verdict) {
    case SIMULATE_REFUSED:
        return TABLE_RED;
    case SIMULATE_CHANGED:
    case SIMULATE_WARNED:
        return TABLE_YELLOW;
    case SIMULATE_ALLOWED:
        return TABLE_GREEN;
    case SIMULATE_SAME:
        break;
    }
    return TABLE_PLAIN;
}

static Str side_text(const SimulateSide *side)
{
    return !side->allowed ? STR("refused") : side->policy.ptr ? side->policy : STR("allowed");
}

static Str pods_text(const SimulateChange *c, Arena *a)
{
    return c->pods == WORKLOAD_PODS_PER_NODE ? STR("per node")
                                             : arena_printf(a, "%" PRId64, c->pods);
}

/* One line of it: the field that decides. */
static Str why_text(const SimulateChange *c, Arena *a)
{
    const char *more = c->reason_count > 1 ? ", ..." : "";
    if (c->reason_count && c->reasons[0].field.len) {
        return arena_printf(a, "%.*s%s", STR_ARG(c->reasons[0].field), more);
    }
    if (c->reason_count) {
        const SimulateReason *r = &c->reasons[0];
        return arena_printf(a, "%.*s%s%.*s%s", STR_ARG(r->policy), r->policy.ptr ? " " : "",
                            STR_ARG(r->text), more);
    }
    if (c->field_count) {
        return arena_printf(a, "%.*s%s", STR_ARG(c->fields[0].path),
                            c->field_count > 1 ? ", ..." : "");
    }
    return c->warnings.count ? c->warnings.items[0] : STR("");
}

static void write_rows(const Writer *w)
{
    Table t = table_new(w->arena, 7);
    t.trim = true;
    table_row(&t, (Str[]){ STR("NAMESPACE"), STR("WORKLOAD"), STR("PODS"), STR("BEFORE"),
                           STR("AFTER"), STR("VERDICT"), STR("DECIDED BY") });
    for (size_t i = 0; i < w->report->count; i++) {
        const SimulateChange *c = &w->report->changes[i];
        table_cell(&t, c->unit->namespace, TABLE_PLAIN);
        table_cell(&t, c->unit->text, TABLE_PLAIN);
        table_cell(&t, pods_text(c, w->arena), TABLE_PLAIN);
        table_cell(&t, side_text(&c->before), TABLE_PLAIN);
        table_cell(&t, side_text(&c->after), TABLE_PLAIN);
        table_cell(&t, simulate_verdict_text(c->verdict), color_of(c->verdict));
        table_cell(&t, why_text(c, w->arena), TABLE_PLAIN);
    }
    table_write(&t, w->color, w->out);
}

/* -- details ----------------------------------------------------------------------------------- */

static void write_reason(const Writer *w, const SimulateReason *r)
{
    buf_lit(w->out, "    ");
    if (r->place.ptr) {
        buf_printf(w->out, "%.*s: ", STR_ARG(r->place));
    }
    if (r->policy.ptr) {
        buf_printf(w->out, "%.*s%s", STR_ARG(r->policy), r->field.len ? ": " : " ");
    }
    if (r->field.len) {
        buf_printf(w->out, "%.*s: ", STR_ARG(r->field));
    }
    buf_add(w->out, r->text);
    buf_byte(w->out, '\n');
}

static void write_field(const Writer *w, const SimulateField *f)
{
    buf_printf(w->out, "    %.*s: ", STR_ARG(f->path));
    if (!f->before.ptr) {
        buf_printf(w->out, "%.*s is set\n", STR_ARG(f->after));
    } else if (!f->after.ptr) {
        buf_printf(w->out, "%.*s is not set any more\n", STR_ARG(f->before));
    } else {
        buf_printf(w->out, "%.*s becomes %.*s\n", STR_ARG(f->before), STR_ARG(f->after));
    }
}

static void write_verdict(const Writer *w, const SimulateChange *c)
{
    switch (c->verdict) {
    case SIMULATE_REFUSED:
        buf_printf(w->out, " would be refused: %.*s\n", STR_ARG(simulate_consequence(c, w->arena)));
        buf_printf(w->out, "  %.*s\n",
                   STR_ARG(table_text_cut(c->after.message, "all is in -o json", w->arena)));
        break;
    case SIMULATE_CHANGED:
        if (!str_eq(c->before.policy, c->after.policy)) {
            buf_printf(w->out, " would be admitted by %.*s instead of %.*s\n",
                       STR_ARG(side_text(&c->after)), STR_ARG(side_text(&c->before)));
        } else {
            buf_lit(w->out, " would be changed differently\n");
        }
        break;
    case SIMULATE_WARNED:
        buf_lit(w->out, " would be warned about\n");
        break;
    case SIMULATE_ALLOWED:
        buf_lit(w->out, " would be admitted, which was refused\n");
        break;
    case SIMULATE_SAME:
        break;
    }
}

/* "  its pods: web-1, web-2, web-3 and 7 more" */
static void write_names(const Writer *w, const SimulateUnit *unit)
{
    bool is_pod = str_eq(unit->kind, STR("Pod"));
    if (unit->name_count == 0 || (is_pod && unit->running == 1)) {
        return;
    }
    buf_add(w->out, is_pod ? STR("  and alike: ") : STR("  its pods: "));
    for (size_t i = is_pod; i < unit->name_count; i++) {
        buf_printf(w->out, "%s%.*s", i > is_pod ? ", " : "", STR_ARG(unit->names[i]));
    }
    if (unit->running > (int64_t)unit->name_count) {
        buf_printf(w->out, " and %" PRId64 " more", unit->running - (int64_t)unit->name_count);
    }
    buf_byte(w->out, '\n');
}

static void write_way(const Writer *w, const RemedyWay *way, const char *title)
{
    if (!way->found) {
        buf_printf(w->out, "  %s: none: %.*s\n", title,
                   STR_ARG(table_text_cut(way->none, "all is in -o json", w->arena)));
        return;
    }
    if (way->count == 1) {
        buf_printf(w->out, "  %s: %.*s\n", title, STR_ARG(way->parts[0].text));
        return;
    }
    buf_printf(w->out, "  %s, all of\n", title);
    for (size_t i = 0; i < way->count; i++) {
        buf_printf(w->out, "    %.*s\n", STR_ARG(way->parts[i].text));
    }
}

/* The smallest widening and the smallest edit; a grant where it is the right that is missing. */
static void write_ways(const Writer *w, const Remedy *remedy)
{
    const RemedyWay *widen = &remedy->ways[REMEDY_WIDEN];
    const RemedyWay *grant = &remedy->ways[REMEDY_GRANT];
    Str target = widen->found && widen->target.len ? widen->target : STR("the policy");
    write_way(w, widen, arena_printf(w->arena, "to widen %.*s", STR_ARG(target)).ptr);
    write_way(w, &remedy->ways[REMEDY_EDIT], "to edit the workload");
    if (!widen->found && grant->found) {
        write_way(w, grant, "to grant the use of a policy");
    }
}

static void write_raises(const Writer *w, const SimulateChange *c)
{
    for (size_t i = 0; i < c->raise_count; i++) {
        const QuotaRaise *r = &c->raises[i];
        buf_printf(w->out, "  to widen quota %.*s: set spec.hard[%.*s] to %.*s (was %.*s)\n",
                   STR_ARG(r->quota), STR_ARG(r->resource), STR_ARG(r->to), STR_ARG(r->from));
    }
    if (c->pods > c->lost) {
        buf_printf(w->out, "  to edit the workload: ask for %" PRId64 " pod%s\n", c->pods - c->lost,
                   c->pods - c->lost == 1 ? "" : "s");
    }
}

static void write_change(const Writer *w, const SimulateChange *c)
{
    buf_byte(w->out, '\n');
    table_color_write(w->out, w->color, TABLE_BOLD, c->unit->text);
    buf_printf(w->out, " in %.*s", STR_ARG(c->unit->namespace));
    write_verdict(w, c);
    write_names(w, c->unit);
    for (size_t i = 0; i < c->reason_count; i++) {
        bool is_said = !c->reasons[i].field.len &&
                       str_ends_with(c->after.message, c->reasons[i].text);
        if (!is_said) {
            write_reason(w, &c->reasons[i]);
        }
    }
    for (size_t i = 0; i < c->field_count && i < FIELDS_SHOWN_MAX; i++) {
        write_field(w, &c->fields[i]);
    }
    if (c->field_count > FIELDS_SHOWN_MAX || c->has_more_fields) {
        buf_lit(w->out, "    and more fields\n");
    }
    for (size_t i = 0; i < c->warnings.count; i++) {
        buf_printf(w->out, "    warning: %.*s\n", STR_ARG(c->warnings.items[i]));
    }
    if (c->raise_count) {
        write_raises(w, c);
    } else if (c->remedy) {
        write_ways(w, c->remedy);
    }
}

/* -- the summary ------------------------------------------------------------------------------- */

static void write_count(const Writer *w, SimulateVerdict verdict, const char *what)
{
    size_t units = w->report->by[verdict].units;
    int64_t pods = w->report->by[verdict].pods;
    if (units) {
        buf_printf(w->out, ", %zu would be %s", units, what);
    }
    if (pods) {
        buf_printf(w->out, " (%" PRId64 " pod%s)", pods, pods == 1 ? "" : "s");
    }
}

static void write_summary(const Writer *w)
{
    const SimulateReport *r = w->report;
    if (r->count) {
        buf_byte(w->out, '\n');
    }
    buf_printf(w->out, "%zu pod%s of %zu workload%s", r->pods, r->pods == 1 ? "" : "s", r->units,
               r->units == 1 ? "" : "s");
    write_count(w, SIMULATE_REFUSED, "refused");
    if (r->system_refused) {
        buf_printf(w->out, ", %zu of them the system's", r->system_refused);
    }
    write_count(w, SIMULATE_CHANGED, "admitted differently");
    if (r->switched) {
        buf_printf(w->out, ", %zu of them by another policy", r->switched);
    }
    write_count(w, SIMULATE_WARNED, "warned about");
    write_count(w, SIMULATE_ALLOWED, "admitted that were refused");
    buf_printf(w->out, ", %zu would stay as they are", r->by[SIMULATE_SAME].units);
    if (r->refused_before) {
        buf_printf(w->out, " (%zu of them refused already)", r->refused_before);
    }
    buf_byte(w->out, '\n');
}

void simulate_table_write(const SimulateReport *report, const SimulateUnits *units, bool color,
                          Buf *out)
{
    Writer w = { report, color, out, out->arena };
    (void)units;
    if (report->count) {
        write_rows(&w);
    }
    for (size_t i = 0; i < report->count && i < DETAILS_MAX; i++) {
        write_change(&w, &report->changes[i]);
    }
    if (report->count > DETAILS_MAX) {
        buf_printf(w.out, "\nThe reasons of %zu more are in -o json.\n",
                   report->count - DETAILS_MAX);
    }
    write_summary(&w);
}
