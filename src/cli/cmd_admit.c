/* SPDX-License-Identifier: Apache-2.0 */
/* podgate admit: would the API server let these pods in? */
#include "analyze/admit.h"
#include "analyze/objects.h"
#include "cli/admit_table.h"
#include "cli/fields.h"
#include "cli/given.h"
#include "cli/output.h"
#include "cli/pitfalls.h"
#include "cli/plugins.h"
#include "cli/pod_security.h"
#include "cli/state.h"
#include "cli/user.h"

#include <stdint.h>

typedef struct Args {
    StrList files;
    Str namespace;
    Str operation;
    bool mutated;
    bool verbose;
    UserArgs user;
    PodSecurityArgs pod_security;
    PluginArgs plugins;
    OutputArgs output;
    StateArgs state;
} Args;

static const Str operations[] = { STR_INIT("CREATE"), STR_INIT("UPDATE") };

static const CliOption options[] = {
    GIVEN_FILES_ROW(Args, files,
                    "what is asked about: a file, a folder, or - for standard input; "
                    "repeatable"),
    GIVEN_NAMESPACE_ROW(Args, namespace, GIVEN_NAMESPACE_HELP),
    { .name = STR_INIT("operation"),
      .kind = CLI_CHOICE,
      .offset = offsetof(Args, operation),
      .value = STR_INIT("OP"),
      .help = STR_INIT("CREATE (default), or UPDATE of the pods of that name in the state"),
      .choices = { operations, COUNT_OF(operations) } },
    { .name = STR_INIT("mutated"),
      .kind = CLI_FLAG,
      .offset = offsetof(Args, mutated),
      .help = STR_INIT("with -o yaml or json: print the pods as admitted, and nothing else") },
    { .name = STR_INIT("verbose"),
      .letter = 'v',
      .kind = CLI_FLAG,
      .offset = offsetof(Args, verbose),
      .help = STR_INIT("show every policy tried: who may use it, through which binding, what it "
                       "said") },
};

static const CliOptionGroup group = { STR_INIT("The question"), options, COUNT_OF(options) };

/* -- the answer -------------------------------------------------------------------------------- */

static void write_names(Cli *cli, const AdmitReport *report)
{
    for (size_t i = 0; i < report->count; i++) {
        if (!report->items[i].decision.allowed) {
            buf_add(&cli->out, admit_object_text(&report->items[i], cli->arena));
            buf_byte(&cli->out, '\n');
        }
    }
}

static void write_mutated(Cli *cli, const Args *args, const AdmitReport *report)
{
    bool yaml = output_is(&args->output, STR("yaml"));
    for (size_t i = 0; i < report->count; i++) {
        const AdmitItem *item = &report->items[i];
        if (!item->decision.allowed) {
            cli_error(cli, "%.*s: %.*s", STR_ARG(admit_object_text(item, cli->arena)),
                      STR_ARG(item->decision.status.message));
            continue;
        }
        buf_add(&cli->out, yaml && cli->out.len ? STR("---\n") : STR(""));
        output_value(cli, &args->output, &item->decision.object);
    }
}

static void answer(Cli *cli, const Args *args, const AdmitReport *report)
{
    if (args->mutated) {
        write_mutated(cli, args, report);
    } else if (output_is(&args->output, STR("name"))) {
        write_names(cli, report);
    } else if (output_is(&args->output, STR("table"))) {
        admit_table_write(report, args->verbose, cli->out_color, &cli->out);
    } else {
        Value v = admit_to_value(report, cli->arena);
        output_value(cli, &args->output, &v);
    }
}

/* -- the command ------------------------------------------------------------------------------- */

static CliStatus check_call(const Cli *cli, const Args *args)
{
    if (args->mutated && !output_is(&args->output, STR("yaml")) &&
        !output_is(&args->output, STR("json"))) {
        return cli_usage(cli, "--mutated needs -o yaml or -o json");
    }
    return given_stdin_once(cli, args->files, args->state.paths) ? CLI_YES : CLI_ERROR;
}

/* What was found on the way, before the answer. */
static void warn(const Cli *cli, const Args *args, const State *state, const FileObjects *objects,
                 const AdmitReport *report)
{
    const FileObjects *lists[] = { &state->objects, objects };
    StrList namespaces = objects_namespaces(lists, COUNT_OF(lists), cli->arena);
    user_warn(cli, &args->user, report->facts, namespaces);
    for (const AnalyzeNote *note = report->notes.first; note; note = note->next) {
        cli_warn(cli, "%.*s", STR_ARG(note->text));
    }
    if (report->plugins & ADMISSION_PLUGIN_BIT(ADMISSION_POD_SECURITY_POLICY)) {
        pitfalls_warn(cli, report->facts, namespaces);
    }
}

static CliStatus admit(Cli *cli, const Args *args, const State *state, FileObjects *objects)
{
    objects_fill_namespaces(objects, given_namespace(args->namespace), cli->arena);
    UserInfo user;
    PsaConfig pod_security;
    PluginChoice plugins;
    if (!user_read(cli, &args->user, &user) ||
        !pod_security_read(cli, &args->pod_security, &pod_security) ||
        !plugins_read(cli, &args->plugins, &plugins)) {
        return CLI_ERROR;
    }
    AdmitQuestion question = {
        .objects = objects,
        .user = &user,
        .update = str_eq(args->operation, STR("UPDATE")),
        .explain = args->verbose || !output_is(&args->output, STR("table")),
        .presets = args->state.presets,
        .pod_security = &pod_security,
        .pod_security_is_asked_for = pod_security_is_asked_for(&args->pod_security),
        .plugins_on = plugins.on,
        .plugins_off = plugins.off,
        .target = &state->target,
    };
    AdmitReport report;
    Err err;
    if (!admit_ask(state->snapshot, &question, cli->arena, &report, &err)) {
        return cli_fail(cli, &err);
    }
    warn(cli, args, state, objects, &report);
    answer(cli, args, &report);
    CliStatus status = report.denied ? CLI_NO : CLI_YES;
    admit_report_done(&report);
    return status;
}

static CliStatus run(Cli *cli, void *arguments, StrList operands)
{
    Args *args = arguments;
    if (!given_files(cli, args->files, operands, &args->files)) {
        return CLI_ERROR;
    }
    if (args->files.count == 0) {
        return cli_usage(cli, "-f says what is asked about");
    }
    FileObjects objects;
    State state;
    if (check_call(cli, args) != CLI_YES || !state_read_files(cli, args->files, &objects) ||
        !state_open(cli, &args->state, &state)) {
        return CLI_ERROR;
    }
    CliStatus status = fields_check(cli, &objects, &state.target, args->state.strict)
                           ? admit(cli, args, &state, &objects)
                           : CLI_ERROR;
    state_close(&state);
    return status;
}

static const CliOptionUse uses[] = {
    { &group, 0 },
    { &user_options, offsetof(Args, user) },
    { &pod_security_options, offsetof(Args, pod_security) },
    { &plugin_options, offsetof(Args, plugins) },
    { &output_options, offsetof(Args, output) },
    { &state_options, offsetof(Args, state) },
    { NULL, 0 },
};

const CliCommand cli_command_admit = {
    .name = STR_INIT("admit"),
    .operands = STR_INIT("-f PATH"),
    .operands_max = SIZE_MAX,
    .complete = CLI_COMPLETE_FILE,
    .summary = STR_INIT("Say whether pods would be admitted, by which policy, and how changed"),
    .description = STR_INIT(
        "A workload (Deployment, CronJob, ...) is decided as the pods that its controller would "
        "create. Objects of -f that make no pods (service accounts, roles, policies) count as if "
        "they had been applied, on top of --state.\nWithout --as a pod is sent by a user who has "
        "no "
        "rights but those of every authenticated user, so that what its service account may use "
        "decides.\nExit status: 0 all allowed, 1 at least one denied."),
    .options = uses,
    .args_size = sizeof(Args),
    .run = run,
};
