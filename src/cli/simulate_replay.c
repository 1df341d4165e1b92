/* SPDX-License-Identifier: Apache-2.0 */
/* podgate simulate --replay: past requests under the changed cluster. */
#include "analyze/audit/replay.h"
#include "analyze/simulate/change.h"
#include "cli/logs.h"
#include "cli/simulate.h"
#include "cli/table.h"

enum { DETAILS_MAX = 100 };

static TableColor color_of(ReplayChange change)
{
    return change == REPLAY_NEWLY_REFUSED   ? TABLE_RED
           : change == REPLAY_NEWLY_ALLOWED ? TABLE_GREEN
                                            : TABLE_YELLOW;
}

static Str what_text(const ReplayGroup *g, Arena *a)
{
    return arena_printf(a, "%.*s %.*s%s%.*s", STR_ARG(g->verb), STR_ARG(g->resource),
                        g->object.len ? " " : "", STR_ARG(g->object));
}

static void write_rows(Cli *cli, const ReplayReport *report)
{
    Arena *a = cli->arena;
    Table t = table_new(a, 5);
    t.trim = true;
    table_row(
        &t, (Str[]){ STR("REQUESTS"), STR("USER"), STR("NAMESPACE"), STR("WHAT"), STR("VERDICT") });
    for (size_t i = 0; i < report->group_count; i++) {
        const ReplayGroup *g = report->groups[i];
        table_cell(&t, arena_printf(a, "%zu", g->count), TABLE_PLAIN);
        table_cell(&t, g->user, TABLE_PLAIN);
        table_cell(&t, g->namespace, TABLE_PLAIN);
        table_cell(&t, what_text(g, a), TABLE_PLAIN);
        table_cell(&t, replay_change_text(g->change), color_of(g->change));
    }
    table_write(&t, cli->out_color, &cli->out);
}

static void write_group(Cli *cli, const ReplayGroup *g)
{
    buf_byte(&cli->out, '\n');
    table_color_write(&cli->out, cli->out_color, TABLE_BOLD, what_text(g, cli->arena));
    buf_printf(&cli->out, " by %.*s: %.*s\n", STR_ARG(g->user),
               STR_ARG(replay_change_text(g->change)));
    buf_printf(&cli->out, "  before: %.*s\n", STR_ARG(g->before));
    buf_printf(&cli->out, "  after: %.*s\n", STR_ARG(g->after));
    buf_printf(&cli->out, "  %zu request%s, the first is %.*s:%zu\n", g->count,
               g->count == 1 ? "" : "s", STR_ARG(g->file), g->line);
}

static void write_summary(Cli *cli, const ReplayReport *r)
{
    buf_printf(&cli->out, "%s%zu request%s", r->group_count ? "\n" : "", r->requests,
               r->requests == 1 ? "" : "s");
    for (int change = REPLAY_SAME + 1; change < REPLAY_CHANGE_COUNT; change++) {
        if (r->changes[change]) {
            buf_printf(&cli->out, ", %zu %.*s", r->changes[change],
                       STR_ARG(replay_change_text((ReplayChange)change)));
        }
    }
    buf_printf(&cli->out, ", %zu %.*s\n", r->changes[REPLAY_SAME],
               STR_ARG(replay_change_text(REPLAY_SAME)));
}

static void write_table(Cli *cli, const ReplayReport *report)
{
    if (report->group_count) {
        write_rows(cli, report);
    }
    for (size_t i = 0; i < report->group_count && i < DETAILS_MAX; i++) {
        write_group(cli, report->groups[i]);
    }
    if (report->group_count > DETAILS_MAX) {
        buf_printf(&cli->out, "\nWhat was answered to %zu more is in -o json.\n",
                   report->group_count - DETAILS_MAX);
    }
    write_summary(cli, report);
}

static void warn(const Cli *cli, const ReplayReport *r)
{
    for (int i = REPLAY_SKIP_STAGE + 1; i < REPLAY_SKIP_COUNT; i++) {
        if (r->skipped[i]) {
            cli_warn(cli, "%zu left out: %.*s", r->skipped[i],
                     STR_ARG(replay_skip_text((ReplaySkip)i)));
        }
    }
    for (int i = REPLAY_NO_OBJECT; i < REPLAY_LIMIT_COUNT; i++) {
        if (r->limited[i]) {
            cli_warn(cli, "%zu %.*s", r->limited[i], STR_ARG(replay_limit_text((ReplayLimit)i)));
        }
    }
    if (r->not_as_recorded) {
        cli_warn(cli,
                 "%zu request%s recorded with another answer than this cluster gives before "
                 "the change",
                 r->not_as_recorded, r->not_as_recorded == 1 ? " was" : "s were");
    }
}

static CliStatus replay(Cli *cli, const SimulateArgs *args, const SimulateCall *call,
                        const State *state, const Snapshot *after)
{
    const uint64_t psp = ADMISSION_PLUGIN_BIT(ADMISSION_POD_SECURITY_POLICY);
    uint64_t plugins;
    uint64_t plugins_after;
    simulate_plugins(&call->how, state->facts, snapshot_facts(after), &plugins, &plugins_after);
    const AdmissionOptions admission = {
        .plugins = plugins | plugins_after, /* one set for both */
        .steps = ADMISSION_STEPS_ALL,
        .pod_security = &call->pod_security,
        .psp_needs_policies = !(plugins & plugins_after & psp),
    };
    const ReplayOptions options = { .target = &state->target, .admission = &admission };
    Replay *r = replay_new(state->facts, snapshot_facts(after), &options, cli->arena);
    LogCounts counts;
    if (!logs_read(cli, args->replay, args->source.fail_on_unknown, replay_record, r, &counts)) {
        return CLI_ERROR;
    }
    const ReplayReport *report = replay_finish(r);
    if (report->requests == 0) {
        return cli_error(cli, "there is no request among %zu bytes", counts.bytes);
    }
    warn(cli, report);
    if (output_is(&args->output, STR("table"))) {
        write_table(cli, report);
    } else {
        Value v = replay_to_value(report, cli->arena);
        output_value(cli, &args->output, &v);
    }
    return report->changes[REPLAY_NEWLY_REFUSED] ? CLI_NO : CLI_YES;
}

CliStatus simulate_replay(Cli *cli, const SimulateArgs *args, FileObjects *with)
{
    static const SourceOptions source = { .may_be_absent = false };
    State state;
    SimulateCall call;
    AnalyzeNotes notes = { 0 };
    const Snapshot *after;
    Err err;
    if (!source_open(cli, &args->source, &source, &state)) {
        return CLI_ERROR;
    }
    CliStatus status = CLI_ERROR;
    if (simulate_read_call(cli, args, &state.target, with, &call)) {
        const SimulateQuestion question = {
            .with = with,
            .without = call.without,
            .without_count = args->without.count,
            .how = &call.how,
        };
        if (!change_lay(state.snapshot, &question, cli->arena, &notes, &after, &err)) {
            status = cli_fail(cli, &err);
        } else {
            status = replay(cli, args, &call, &state, after);
            snapshot_release(after);
        }
    }
    state_close(&state);
    return status;
}
