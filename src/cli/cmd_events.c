/* SPDX-License-Identifier: Apache-2.0 */
/* podgate events: what happened, when and where, and what would have prevented it. */
#include "analyze/audit/events.h"
#include "cli/logs.h"
#include "cli/output.h"
#include "cli/table.h"

#include <stdint.h>

enum { PLACES_SHOWN = 20 }; /* unless something narrower is asked for */

typedef struct Args {
    Str by;
    Str namespace;
    Str workload;
    Str rule;
    Str level;
    bool all;
    bool fail_on_unknown;
    OutputArgs output;
} Args;

static const Str steps[] = { STR_INIT("hour"), STR_INIT("day"), STR_INIT("week") };

static const CliOption options[] = {
    { .name = STR_INIT("by"),
      .kind = CLI_CHOICE,
      .offset = offsetof(Args, by),
      .value = STR_INIT("STEP"),
      .help = STR_INIT("count by hour, day (default) or week, in UTC"),
      .choices = { steps, COUNT_OF(steps) } },
    { .name = STR_INIT("namespace"),
      .letter = 'n',
      .kind = CLI_TEXT,
      .offset = offsetof(Args, namespace),
      .value = STR_INIT("NS"),
      .help = STR_INIT("only what happened in the namespace") },
    { .name = STR_INIT("workload"),
      .kind = CLI_TEXT,
      .offset = offsetof(Args, workload),
      .value = STR_INIT("[KIND/]NAME"),
      .help = STR_INIT("only what happened to the pods of a workload: deployment/web, web") },
    { .name = STR_INIT("rule"),
      .kind = CLI_TEXT,
      .offset = offsetof(Args, rule),
      .value = STR_INIT("RULE"),
      .help = STR_INIT("only events of the kind") },
    { .name = STR_INIT("level"),
      .kind = CLI_TEXT,
      .offset = offsetof(Args, level),
      .value = STR_INIT("LEVEL[:VERSION]"),
      .help = STR_INIT("which Pod Security Standard the pods of audit logs are held against: "
                       "baseline (default) or restricted, as of latest or a version such as "
                       "v1.25") },
    { .name = STR_INIT("all"),
      .kind = CLI_FLAG,
      .offset = offsetof(Args, all),
      .help = STR_INIT("list every workload, not only those with the most events") },
    { .name = STR_INIT("fail-on-unknown"),
      .kind = CLI_FLAG,
      .offset = offsetof(Args, fail_on_unknown),
      .help = STR_INIT("end with 2 when a line of the logs could not be read") },
};
static const CliOptionGroup group = { STR_INIT("What is counted"), options, COUNT_OF(options) };

/* -- for people ----------------------------------------------------------------------------------
 */

static void add_count(Table *t, size_t count, TableColor color)
{
    table_cell(t, arena_printf(t->arena, "%zu", count), count ? color : TABLE_DIM);
}

static void write_periods(Cli *cli, const EventsReport *r)
{
    Arena *a = cli->arena;
    Table t = table_new(a, 3 + (r->has_falco ? 3u : 0u) + (r->has_audit ? 3u : 0u));
    const char *heads[] = { "ERRORS", "WARNINGS", "NOTICES", "REQUESTS", "REFUSED", "VIOLATIONS" };
    table_cell(&t, r->options.step == WHEN_WEEK ? STR("WEEK OF") : STR("TIME"), TABLE_PLAIN);
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        if (i < 3 ? r->has_falco : r->has_audit) {
            table_cell(&t, str_from_c(heads[i]), TABLE_PLAIN);
        }
    }
    table_cell(&t, STR("EVENTS"), TABLE_PLAIN);
    table_cell(&t, STR("PREVENTABLE"), TABLE_PLAIN);
    for (size_t i = 0; i < r->period_count; i++) {
        const EventsPeriod *p = r->periods[i];
        table_cell(&t,
                   p->has_time ? when_step_text(p->start, r->options.step, a) : STR("<unknown>"),
                   TABLE_PLAIN);
        if (r->has_falco) {
            add_count(&t, p->urgent, TABLE_RED);
            add_count(&t, p->warnings, TABLE_YELLOW);
            add_count(&t, p->notices, TABLE_PLAIN);
        }
        if (r->has_audit) {
            add_count(&t, p->requests, TABLE_PLAIN);
            add_count(&t, p->refused, TABLE_YELLOW);
            add_count(&t, p->violations, TABLE_RED);
        }
        add_count(&t, p->events, TABLE_PLAIN);
        add_count(&t, p->preventable, TABLE_PLAIN);
    }
    table_write(&t, cli->out_color, &cli->out);
}

static Str fields_text(const EventsRule *rule, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < rule->field_count; i++) {
        buf_add(&b, i ? STR(", ") : STR(""));
        buf_add(&b, rule->fields[i]);
    }
    return rule->field_count ? buf_str(&b) : STR("-");
}

static TableColor color_of(const EventsRule *rule)
{
    return rule->prevention.how == PREVENT_FULLY  ? TABLE_GREEN
           : rule->prevention.how == PREVENT_DONE ? TABLE_DIM
                                                  : TABLE_PLAIN;
}

static void write_rules(Cli *cli, const EventsReport *r)
{
    Arena *a = cli->arena;
    bool with_fields = false;
    for (size_t i = 0; i < r->rule_count; i++) {
        with_fields |= r->rules[i]->field_count > 0;
    }
    Table t = table_new(a, with_fields ? 7 : 6);
    table_cell(&t, STR("RULE"), TABLE_PLAIN);
    table_cell(&t, STR("SOURCE"), TABLE_PLAIN);
    table_cell(&t, STR("PRIORITY"), TABLE_PLAIN);
    table_cell(&t, STR("COUNT"), TABLE_PLAIN);
    table_cell(&t, STR("LAST"), TABLE_PLAIN);
    if (with_fields) {
        table_cell(&t, STR("FIELDS"), TABLE_PLAIN);
    }
    table_cell(&t, STR("PREVENTED BY"), TABLE_PLAIN);
    for (size_t i = 0; i < r->rule_count; i++) {
        const EventsRule *rule = r->rules[i];
        Str priority = falco_priority_text(rule->priority);
        table_cell(&t, rule->name, TABLE_PLAIN);
        table_cell(&t, rule->source == EVENTS_FALCO ? STR("falco") : STR("audit"), TABLE_PLAIN);
        table_cell(&t, priority.len ? priority : STR("-"), TABLE_PLAIN);
        add_count(&t, rule->count, TABLE_PLAIN);
        table_cell(&t, rule->has_time ? when_text(rule->last_time, a) : STR("-"), TABLE_PLAIN);
        if (with_fields) {
            table_cell(&t, fields_text(rule, a), TABLE_PLAIN);
        }
        table_cell(&t, prevent_text(&rule->prevention, a), color_of(rule));
    }
    table_write(&t, cli->out_color, &cli->out);
}

static void write_places(Cli *cli, const EventsReport *r, bool all)
{
    Arena *a = cli->arena;
    size_t shown = all || r->place_count < PLACES_SHOWN ? r->place_count : PLACES_SHOWN;
    Table t = table_new(a, 5);
    table_row(&t,
              (Str[]){ STR("NAMESPACE"), STR("WORKLOAD"), STR("RULE"), STR("COUNT"), STR("LAST") });
    for (size_t i = 0; i < shown; i++) {
        const EventsPlace *p = r->places[i];
        table_row(&t, (Str[]){ p->namespace.len ? p->namespace : STR("-"),
                               p->workload.len ? p->workload : STR("-"), p->rule->name,
                               arena_printf(a, "%zu", p->count),
                               p->has_time ? when_text(p->last_time, a) : STR("-") });
    }
    table_write(&t, false, &cli->out);
    if (shown < r->place_count) {
        buf_printf(&cli->out, "and %zu more (--all)\n", r->place_count - shown);
    }
}

static void write_tables(Cli *cli, const Args *args, const EventsReport *r)
{
    bool narrow = args->namespace.ptr || args->workload.ptr || args->rule.ptr;
    if (!r->period_count) {
        return;
    }
    write_periods(cli, r);
    if (r->rule_count) {
        buf_byte(&cli->out, '\n');
        write_rules(cli, r);
        buf_byte(&cli->out, '\n');
        write_places(cli, r, args->all || narrow);
    }
}

/* -- the call ----------------------------------------------------------------------------------
 */

static CliStatus finish(Cli *cli, const Args *args, Events *events, const LogCounts *counts)
{
    EventsReport report;
    events_finish(events, &report);
    if (!counts->records[LOG_FALCO] && !counts->records[LOG_AUDIT]) {
        return cli_error(cli,
                         "there is no event among %zu bytes: neither an alert of Falco nor an "
                         "event of an audit log",
                         counts->bytes);
    }
    logs_warn_count(cli, counts->records[LOG_REVIEW], "AdmissionReview is no event",
                    "AdmissionReviews are no events");
    logs_warn_count(cli, report.malformed, "audit event has no user", "audit events have no user");
    logs_warn_count(cli, report.unlisted, "event is of more kinds or workloads than are told apart",
                    "events are of more kinds or workloads than are told apart");
    if (!report.period_count) {
        cli_warn(cli, "nothing like that happened: %zu other event%s", report.other,
                 report.other == 1 ? "" : "s");
    }
    if (report.malformed && args->fail_on_unknown) {
        return cli_error(cli, "audit events without a user (--fail-on-unknown)");
    }
    Value v = value_null();
    if (!output_is(&args->output, STR("table"))) {
        v = events_to_value(&report, cli->arena);
        output_value(cli, &args->output, &v);
    } else {
        write_tables(cli, args, &report);
    }
    return CLI_YES;
}

static CliStatus run(Cli *cli, void *arguments, StrList operands)
{
    const Args *args = arguments;
    EventsOptions how = {
        .step = str_eq(args->by, STR("hour"))   ? WHEN_HOUR
                : str_eq(args->by, STR("week")) ? WHEN_WEEK
                                                : WHEN_DAY,
        .namespace = args->namespace,
        .workload = args->workload,
        .rule = args->rule,
        .level = { PSA_BASELINE, PSA_LATEST },
    };
    Err err;
    if (args->level.ptr && !psa_level_version_parse(args->level, cli->arena, &how.level, &err)) {
        return cli_usage(cli, "--level: %.*s", STR_ARG(err.msg));
    }
    Events *events = events_new(&how, cli->arena);
    LogCounts counts;
    if (!logs_read(cli, operands, args->fail_on_unknown, events_record, events, &counts)) {
        return CLI_ERROR;
    }
    return finish(cli, args, events, &counts);
}

static const CliOptionUse uses[] = {
    { &group, 0 },
    { &output_data_options, offsetof(Args, output) },
    { NULL, 0 },
};

const CliCommand cli_command_events = {
    .name = STR_INIT("events"),
    .operands = STR_INIT("FILE..."),
    .operands_min = 1,
    .operands_max = SIZE_MAX,
    .complete = CLI_COMPLETE_FILE,
    .summary = STR_INIT(
        "Count what Falco and audit logs tell, and say what would have prevented it"),
    .description = STR_INIT(
        "Reads alerts of Falco (JSON lines) and audit logs of API servers, - for standard input, "
        "and counts by time, by kind of event and by workload. For each kind: the field of a "
        "PodSecurityPolicy and the control of the Pod Security Standards with which it could not "
        "have happened, or that there is none.\n"
        "Exit status: 0 the counts are printed; 2 the call or its input is wrong."),
    .options = uses,
    .args_size = sizeof(Args),
    .run = run,
};
