/* SPDX-License-Identifier: Apache-2.0 */
/* podgate rbac diff: who gains and loses what between two states. */
#include "analyze/grant.h"
#include "analyze/rbac/access_diff.h"
#include "analyze/rbac/rights.h"
#include "analyze/rbac/subject.h"
#include "cli/rbac.h"
#include "cli/table.h"

typedef struct Args {
    Str who;
    Str namespace;
    OutputArgs output;
    SourceArgs source;
} Args;

static const CliOption options[] = {
    { .name = STR_INIT("who"),
      .kind = CLI_TEXT,
      .offset = offsetof(Args, who),
      .value = STR_INIT("SUBJECT"),
      .help = STR_INIT("only what changes for user:NAME, group:NAME or sa:NAMESPACE/NAME, or for a "
                       "group that it is in") },
    { .name = STR_INIT("namespace"),
      .letter = 'n',
      .kind = CLI_TEXT,
      .offset = offsetof(Args, namespace),
      .value = STR_INIT("NS"),
      .help = STR_INIT("only rights that hold in the namespace") },
};
static const CliOptionGroup group = { STR_INIT("The question"), options, COUNT_OF(options) };

static void write_table(Cli *cli, const RbacChanges *changes)
{
    if (!changes->count) {
        return;
    }
    Arena *a = cli->arena;
    Table t = table_new(a, 6);
    table_row(&t, (Str[]){ STR("CHANGE"), STR("SUBJECT"), STR("IN NAMESPACE"), STR("RIGHT"),
                           STR("BINDING"), STR("ROLE") });
    for (size_t i = 0; i < changes->count; i++) {
        const RbacChange *c = &changes->items[i];
        table_cell(&t, c->gained ? STR("gained") : STR("lost"),
                   c->gained ? TABLE_GREEN : TABLE_RED);
        table_cell(&t, rbac_change_subject_text(c, a), TABLE_PLAIN);
        table_cell(&t, c->namespace.len ? c->namespace : STR("*"), TABLE_PLAIN);
        table_cell(&t, rbac_change_right_text(c, a), TABLE_PLAIN);
        table_cell(&t, grant_binding_text(c->by, a), TABLE_PLAIN);
        table_cell(&t, grant_role_text(c->by, a), TABLE_PLAIN);
    }
    table_write(&t, cli->out_color, &cli->out);
}

static CliStatus compare(Cli *cli, const Args *args, const State *before, const State *after)
{
    UserInfo who;
    Err err;
    if (args->who.ptr && !rbac_subject_parse(args->who, cli->arena, &who, &err)) {
        return cli_usage(cli, "--who: %.*s", STR_ARG(err.msg));
    }
    Arena *a = cli->arena;
    RbacChanges changes;
    rbac_access_diff(rbac_cluster_new(before->snapshot, &before->target, a),
                     rbac_cluster_new(after->snapshot, &after->target, a),
                     args->who.ptr ? &who : NULL, args->namespace, a, &changes);
    if (changes.too_many) {
        return cli_error(cli, "a role has more rights than can be compared (%d)", RBAC_RIGHTS_MAX);
    }
    Value v = rbac_changes_to_value(&changes, a);
    if (!output_value(cli, &args->output, &v)) {
        write_table(cli, &changes);
    }
    return changes.count ? CLI_NO : CLI_YES;
}

/* The state of one operand: the same options, other files. */
static bool open_operand(const Cli *cli, const Args *args, const Str *path, State *out)
{
    SourceArgs source = args->source;
    source.state.paths = (StrList){ path, 1 };
    source.live = (LiveArgs){ 0 };
    return source_open(cli, &source, &rbac_source_options, out);
}

static CliStatus run(Cli *cli, void *arguments, StrList operands)
{
    const Args *args = arguments;
    bool has_source = args->source.state.paths.count || live_is_asked(&args->source.live);
    if (operands.count == 2 && has_source) {
        return cli_usage(cli, "give two states, or one and --state or --kubeconfig");
    }
    if (operands.count == 1 && !has_source) {
        return cli_usage(cli, "compared with what? Give a second state, --state or --kubeconfig");
    }
    State before;
    State after;
    if (!open_operand(cli, args, &operands.items[0], &before)) {
        return CLI_ERROR;
    }
    bool opened = operands.count == 2
                      ? open_operand(cli, args, &operands.items[1], &after)
                      : source_open(cli, &args->source, &rbac_source_options, &after);
    CliStatus status = CLI_ERROR;
    if (opened) {
        status = compare(cli, args, &before, &after);
        state_close(&after);
    }
    state_close(&before);
    return status;
}

static const CliOptionUse uses[] = {
    { &group, 0 },
    { &output_data_options, offsetof(Args, output) },
    SOURCE_OPTION_USES(Args, source),
    { NULL, 0 },
};

const CliCommand cli_command_rbac_diff = {
    .name = STR_INIT("diff"),
    .operands = STR_INIT("BEFORE [AFTER]"),
    .operands_min = 1,
    .operands_max = 2,
    .complete = CLI_COMPLETE_FILE,
    .summary = STR_INIT("Say who gains and loses what between two states"),
    .description = STR_INIT(
        "BEFORE and AFTER are files or folders, as --state takes them; without AFTER, --state or "
        "--kubeconfig is. Rights are compared, not objects: what is only written differently is no "
        "change, and what somebody has through a group that everybody like him is in is his. What "
        "a "
        "group gains is not listed for its members again.\nExit status: 1 when somebody gains or "
        "loses something, 0 when nobody does."),
    .options = uses,
    .args_size = sizeof(Args),
    .run = run,
};
