/* SPDX-License-Identifier: Apache-2.0 */
/* podgate explain: why is a pod admitted or refused, and what would change that? */
#include "analyze/objects.h"
#include "cli/explain.h"
#include "cli/fields.h"
#include "cli/output.h"
#include "cli/plugins.h"
#include "cli/pod_security.h"
#include "cli/source.h"
#include "cli/user.h"

#include <stdint.h>

typedef struct Args {
    StrList files;
    Str namespace;
    bool verbose;
    UserArgs user;
    PodSecurityArgs pod_security;
    PluginArgs plugins;
    OutputArgs output;
    SourceArgs source;
} Args;

static const CliOption options[] = {
    { .name = STR_INIT("filename"),
      .letter = 'f',
      .kind = CLI_LIST,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(Args, files),
      .value = STR_INIT("PATH"),
      .help = STR_INIT("what is asked about: a file, a folder, or - for standard input; "
                       "repeatable") },
    { .name = STR_INIT("namespace"),
      .letter = 'n',
      .kind = CLI_TEXT,
      .offset = offsetof(Args, namespace),
      .value = STR_INIT("NS"),
      .help = STR_INIT("the namespace of objects that name none (default: default)") },
    { .name = STR_INIT("verbose"),
      .letter = 'v',
      .kind = CLI_FLAG,
      .offset = offsetof(Args, verbose),
      .help = STR_INIT("show every policy, subject, objection and change, not the first ones") },
};

static const CliOptionGroup group = { STR_INIT("The question"), options, COUNT_OF(options) };

/* Events are most of a cluster, and no decision asks for any. */
static bool skips(const void *context, Str api_group, Str kind)
{
    static const Str of_no_interest[] = { STR_INIT("Event"), STR_INIT("Lease"),
                                          STR_INIT("EndpointSlice"), STR_INIT("Endpoints"),
                                          STR_INIT("ControllerRevision") };
    (void)context, (void)api_group;
    return str_list_has((StrList){ of_no_interest, COUNT_OF(of_no_interest) }, kind);
}

static CliStatus answer(Cli *cli, const Args *args, const ExplainReport *report)
{
    for (const AnalyzeNote *note = report->admit.notes.first; note; note = note->next) {
        cli_warn(cli, "%.*s", STR_ARG(note->text));
    }
    Value v = explain_to_value(report, cli->arena);
    if (!output_value(cli, &args->output, &v)) {
        ExplainText text = { &cli->out, cli->out_color, args->verbose, cli->arena };
        explain_text_write(&text, report);
    }
    return report->refused ? CLI_NO : CLI_YES;
}

static CliStatus explain(Cli *cli, const Args *args, const State *state, FileObjects *objects)
{
    objects_fill_namespaces(objects, args->namespace.ptr ? args->namespace : STR("default"),
                            cli->arena);
    UserInfo user;
    PsaConfig pod_security;
    PluginChoice plugins;
    if (!user_read(cli, &args->user, &user) ||
        !pod_security_read(cli, &args->pod_security, &pod_security) ||
        !plugins_read(cli, &args->plugins, &plugins)) {
        return CLI_ERROR;
    }
    const AdmitQuestion question = {
        .objects = objects,
        .user = &user,
        .presets = args->source.state.presets,
        .pod_security = &pod_security,
        .pod_security_is_asked_for = pod_security_is_asked_for(&args->pod_security),
        .plugins_on = plugins.on,
        .plugins_off = plugins.off,
        .target = &state->target,
    };
    ExplainReport report;
    Err err;
    if (!explain_ask(state->snapshot, &question, user.name.len > 0, cli->arena, &report, &err)) {
        return cli_fail(cli, &err);
    }
    CliStatus status = answer(cli, args, &report);
    explain_report_done(&report);
    return status;
}

static CliStatus check_call(const Cli *cli, const Args *args)
{
    if (args->files.count == 0) {
        return cli_usage(cli, "-f says what is asked about");
    }
    size_t stdin_count = str_list_has(args->files, STR("-")) +
                         (size_t)str_list_has(args->source.state.paths, STR("-"));
    if (stdin_count > 1) {
        return cli_usage(cli, "standard input can be read once: -f - or --state -");
    }
    return CLI_YES;
}

static CliStatus run(Cli *cli, void *arguments, StrList operands)
{
    Args *args = arguments;
    if (operands.count && args->files.count) {
        return cli_usage(cli, "give files with -f or as operands, not both");
    }
    if (operands.count) {
        args->files = operands;
    }
    const SourceOptions source = { .live = { .skips = skips }, .may_be_absent = true };
    FileObjects objects;
    State state;
    if (check_call(cli, args) != CLI_YES || !state_read_files(cli, args->files, &objects) ||
        !source_open(cli, &args->source, &source, &state)) {
        return CLI_ERROR;
    }
    bool strict = args->source.state.strict || args->source.fail_on_unknown;
    CliStatus status = fields_check(cli, &objects, &state.target, strict)
                           ? explain(cli, args, &state, &objects)
                           : CLI_ERROR;
    state_close(&state);
    return status;
}

static const CliOptionUse uses[] = {
    { &group, 0 },
    { &user_options, offsetof(Args, user) },
    { &pod_security_options, offsetof(Args, pod_security) },
    { &plugin_options, offsetof(Args, plugins) },
    { &output_data_options, offsetof(Args, output) },
    SOURCE_OPTION_USES(Args, source),
    { NULL, 0 },
};

const CliCommand cli_command_explain = {
    .name = STR_INIT("explain"),
    .operands = STR_INIT("-f PATH"),
    .operands_max = SIZE_MAX,
    .complete = CLI_COMPLETE_FILE,
    .summary = STR_INIT("Say why a pod is admitted or refused, and what would change that"),
    .description = STR_INIT(
        "Who decided, every policy of the cluster with each subject that might use it and what it "
        "says of the pod, the policy that won and the one that comes next, and the smallest change "
        "of the workload, of a policy or of RBAC that turns the result round: each was decided "
        "again, and none of its parts can be left out.\nExit status: 0 admitted, 1 refused."),
    .options = uses,
    .args_size = sizeof(Args),
    .run = run,
};
