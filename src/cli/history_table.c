/* SPDX-License-Identifier: Apache-2.0 */
/* What podgate history found, as a table, a tree or names. */
#include "base/map.h"
#include "cli/history.h"
#include "cli/table.h"
#include "server/history/read.h"

static const struct {
    Str result;
    TableColor color;
} colors[] = {
    { STR_INIT("refused"), TABLE_RED },
    { STR_INIT("error"), TABLE_RED },
    { STR_INIT("would refuse"), TABLE_YELLOW },
    { STR_INIT("admitted"), TABLE_GREEN },
};

static void result_cell(Table *t, Str result)
{
    TableColor color = TABLE_PLAIN;
    for (size_t i = 0; i < COUNT_OF(colors); i++) {
        color = str_eq(colors[i].result, result) ? colors[i].color : color;
    }
    table_cell(t, result, color);
}

/* kubectl's way to show that there is nothing. */
static Str or_none(Str text)
{
    return text.len ? text : STR("<none>");
}

/* -- rows -------------------------------------------------------------------------------------- */

/* "pods/web", "pods/resize web", with what a generated name begins with: "pods/web-*" */
static Str object_text(const HistoryRow *row, Arena *a)
{
    const Str *t = row->texts;
    Buf b = buf_new(a);
    buf_add(&b, t[HISTORY_RESOURCE]);
    if (t[HISTORY_API_GROUP].len) {
        buf_byte(&b, '.');
        buf_add(&b, t[HISTORY_API_GROUP]);
    }
    buf_byte(&b, '/');
    buf_add(&b, t[HISTORY_NAME].len ? t[HISTORY_NAME] : t[HISTORY_GENERATE_NAME]);
    if (!t[HISTORY_NAME].len) {
        buf_byte(&b, '*');
    }
    if (t[HISTORY_SUBRESOURCE].len) {
        buf_byte(&b, '/');
        buf_add(&b, t[HISTORY_SUBRESOURCE]);
    }
    return buf_str(&b);
}

static void write_table(Cli *cli, const HistoryRows *rows)
{
    static const Str head[] = { STR_INIT("TIME"),   STR_INIT("NAMESPACE"), STR_INIT("OBJECT"),
                                STR_INIT("USER"),   STR_INIT("PHASE"),     STR_INIT("RESULT"),
                                STR_INIT("POLICY"), STR_INIT("PLUGIN"),    STR_INIT("MESSAGE") };
    Table table = table_new(cli->arena, COUNT_OF(head));
    table.trim = true;
    table_row(&table, head);
    for (size_t i = 0; i < rows->count; i++) {
        const HistoryRow *row = &rows->items[i];
        const Str *t = row->texts;
        table_cell(&table, history_time(row->time_ms, cli->arena), TABLE_DIM);
        table_cell(&table, or_none(t[HISTORY_NAMESPACE]), TABLE_PLAIN);
        table_cell(&table, object_text(row, cli->arena), TABLE_PLAIN);
        table_cell(&table, t[HISTORY_USER], TABLE_PLAIN);
        table_cell(&table, t[HISTORY_PHASE], TABLE_PLAIN);
        result_cell(&table, history_row_result(row));
        table_cell(&table, or_none(t[HISTORY_POLICY]), TABLE_PLAIN);
        table_cell(&table, or_none(t[HISTORY_PLUGIN]), TABLE_PLAIN);
        table_cell(&table, t[HISTORY_MESSAGE], TABLE_PLAIN);
    }
    table_write(&table, cli->out_color, &cli->out);
}

static Value groups_value(Str groups, Arena *a)
{
    Value list = value_array();
    Str rest = groups, one;
    while (groups.len && str_next_piece(&rest, '\n', &one)) {
        value_add(&list, value_str(one), a);
    }
    return list;
}

static Value row_value(const HistoryRow *row, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "apiVersion", value_str(STR("podgate.io/v1")), a);
    value_set_lit(&v, "kind", value_str(STR("Decision")), a);
    value_set_lit(&v, "time", value_str(history_time(row->time_ms, a)), a);
    value_set_lit(&v, "result", value_str(history_row_result(row)), a);
    value_set_lit(&v, "allowed", value_bool(row->allowed), a);
    value_set_lit(&v, "code", value_int(row->code), a);
    value_set_lit(&v, "dryRun", value_bool(row->dry_run), a);
    for (int i = 0; i < HISTORY_TEXT_COUNT; i++) {
        Str name = i == HISTORY_KIND ? STR("objectKind") : history_text_name((HistoryText)i);
        Str text = row->texts[i];
        if (text.len) {
            value_set(&v, name, i == HISTORY_GROUPS ? groups_value(text, a) : value_str(text), a);
        }
    }
    return v;
}

/* Each object once: what was refused has no name where one was to be generated. */
static void write_names(Cli *cli, const HistoryRows *rows)
{
    Map seen = map_new(cli->arena);
    for (size_t i = 0; i < rows->count; i++) {
        const Str *t = rows->items[i].texts;
        Str kind = arena_lower(cli->arena, t[HISTORY_KIND]);
        Str name = t[HISTORY_NAME].len ? t[HISTORY_NAME] : t[HISTORY_GENERATE_NAME];
        Str line = arena_printf(cli->arena, "%.*s%s%.*s/%.*s%s%.*s\n", STR_ARG(kind),
                                t[HISTORY_API_GROUP].len ? "." : "", STR_ARG(t[HISTORY_API_GROUP]),
                                STR_ARG(name), t[HISTORY_NAMESPACE].len ? " -n " : "",
                                STR_ARG(t[HISTORY_NAMESPACE]));
        if (!map_has(&seen, line)) {
            map_set(&seen, line, &seen);
            buf_add(&cli->out, line);
        }
    }
}

void history_write_rows(Cli *cli, const HistoryArgs *args, const HistoryRows *rows)
{
    if (output_is(&args->output, STR("name"))) {
        write_names(cli, rows);
        return;
    }
    if (output_is(&args->output, STR("table"))) {
        if (rows->count) {
            write_table(cli, rows);
        }
        return;
    }
    Value list = output_list(cli->arena);
    Value *items = value_get_lit(&list, "items");
    for (size_t i = 0; i < rows->count; i++) {
        value_add(items, row_value(&rows->items[i], cli->arena), cli->arena);
    }
    (void)output_value(cli, &args->output, &list);
}

/* -- counts ------------------------------------------------------------------------------------ */

static Value count_value(const HistoryCount *c, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "namespace", value_str(c->namespace), a);
    value_set_lit(&v, "policy", value_str(c->policy), a);
    value_set_lit(&v, "plugin", value_str(c->plugin), a);
    value_set_lit(&v, "result", value_str(c->result), a);
    value_set_lit(&v, "count", value_int(c->count), a);
    value_set_lit(&v, "last", value_str(history_time(c->last_ms, a)), a);
    return v;
}

static void write_counts_table(Cli *cli, const HistoryCounts *counts)
{
    static const Str head[] = { STR_INIT("NAMESPACE"), STR_INIT("POLICY"), STR_INIT("PLUGIN"),
                                STR_INIT("RESULT"),    STR_INIT("COUNT"),  STR_INIT("LAST") };
    Table table = table_new(cli->arena, COUNT_OF(head));
    table_row(&table, head);
    for (size_t i = 0; i < counts->count; i++) {
        const HistoryCount *c = &counts->items[i];
        table_cell(&table, or_none(c->namespace), TABLE_PLAIN);
        table_cell(&table, or_none(c->policy), TABLE_PLAIN);
        table_cell(&table, or_none(c->plugin), TABLE_PLAIN);
        result_cell(&table, c->result);
        table_cell(&table, arena_printf(cli->arena, "%lld", (long long)c->count), TABLE_PLAIN);
        table_cell(&table, history_time(c->last_ms, cli->arena), TABLE_DIM);
    }
    table_write(&table, cli->out_color, &cli->out);
}

void history_write_counts(Cli *cli, const HistoryArgs *args, const HistoryCounts *counts)
{
    if (output_is(&args->output, STR("table"))) {
        if (counts->count) {
            write_counts_table(cli, counts);
        }
        return;
    }
    Value summary = value_object(), list = value_array();
    for (size_t i = 0; i < counts->count; i++) {
        value_add(&list, count_value(&counts->items[i], cli->arena), cli->arena);
    }
    value_set_lit(&summary, "apiVersion", value_str(STR("podgate.io/v1")), cli->arena);
    value_set_lit(&summary, "kind", value_str(STR("DecisionSummary")), cli->arena);
    value_set_lit(&summary, "counts", list, cli->arena);
    (void)output_value(cli, &args->output, &summary);
}
