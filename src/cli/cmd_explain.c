/* SPDX-License-Identifier: Apache-2.0 */
/* podgate explain: why is a pod admitted or refused, and what would change that? */
#include "analyze/objects.h"
#include "cli/explain.h"
#include "cli/fields.h"
#include "cli/given.h"
#include "cli/output.h"
#include "cli/plugins.h"
#include "cli/pod_security.h"
#include "cli/source.h"
#include "cli/user.h"

#include <stdint.h>

typedef struct Args {
    StrList files;
    Str message;
    Str namespace;
    bool verbose;
    UserArgs user;
    PodSecurityArgs pod_security;
    PluginArgs plugins;
    OutputArgs output;
    SourceArgs source;
} Args;

static const CliOption options[] = {
    GIVEN_FILES_ROW(Args, files,
                    "what is asked about: a file, a folder, or - for standard input; "
                    "repeatable"),
    { .name = STR_INIT("message"),
      .kind = CLI_TEXT,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(Args, message),
      .value = STR_INIT("FILE"),
      .help = STR_INIT("an API server's refusal as kubectl or an event shows it, or the Status or "
                       "Event itself: a file, or - for standard input") },
    GIVEN_NAMESPACE_ROW(Args, namespace, GIVEN_NAMESPACE_HELP),
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

/* What is known of the question so far. */
typedef struct Asking {
    FileObjects objects; /* to be explained */
    Refusals refusals;
    Tie *ties;
    bool has_cluster;
    bool is_made_up; /* the object is a pod made out of the one message */
} Asking;

/* -- the answer -------------------------------------------------------------------------------- */

static Value as_value(const Asking *asking, const ExplainReport *report, Arena *a)
{
    Value v = explain_to_value(report, a);
    if (asking->refusals.count) {
        Value list = value_array();
        for (size_t i = 0; i < asking->refusals.count; i++) {
            value_add(&list, tie_to_value(&asking->ties[i], a), a);
        }
        value_set_lit(&v, "refusals", list, a);
    }
    return v;
}

static void write_text(Cli *cli, const Args *args, const Asking *asking,
                       const ExplainReport *report)
{
    ExplainText text = { &cli->out, cli->out_color, args->verbose, cli->arena };
    for (size_t i = 0; i < asking->refusals.count; i++) {
        buf_add(&cli->out, i ? STR("\n----\n\n") : STR(""));
        explain_tie_write(&text, &asking->ties[i], asking->has_cluster);
    }
    if (asking->refusals.count && report->count) {
        buf_add(&cli->out, asking->is_made_up
                               ? STR("\n----\n\nA pod with just these fields, of service account "
                                     "default, is refused with the same words:\n\n")
                               : STR("\n----\n\nDecided again, with the cluster as it is "
                                     "now:\n\n"));
    }
    explain_text_write(&text, report);
}

/* What was decided again counts; a message alone is a refusal, unless it is just a warning. */
static CliStatus status_of(const Asking *asking, const ExplainReport *report)
{
    bool refused = false;
    for (size_t i = 0; i < asking->refusals.count && !report->count; i++) {
        refused = refused || !asking->refusals.items[i].is_warning;
    }
    return refused || report->refused ? CLI_NO : CLI_YES;
}

static CliStatus answer(Cli *cli, const Args *args, const Asking *asking,
                        const ExplainReport *report)
{
    for (const AnalyzeNote *note = report->admit.notes.first; note; note = note->next) {
        cli_warn(cli, "%.*s", STR_ARG(note->text));
    }
    Value v = as_value(asking, report, cli->arena);
    if (!output_value(cli, &args->output, &v)) {
        write_text(cli, args, asking, report);
    }
    return status_of(asking, report);
}

/* -- the question ------------------------------------------------------------------------------ */

static bool read_question(Cli *cli, const Args *args, const State *state, const Asking *asking,
                          AdmitQuestion *out)
{
    UserInfo *user = new(cli->arena, UserInfo, 1);
    PsaConfig *pod_security = new(cli->arena, PsaConfig, 1);
    PluginChoice plugins;
    if (!user_read(cli, &args->user, user) ||
        !pod_security_read(cli, &args->pod_security, pod_security) ||
        !plugins_read(cli, &args->plugins, &plugins)) {
        return false;
    }
    *out = (AdmitQuestion){
        .objects = &asking->objects,
        .user = user,
        .presets = args->source.state.presets,
        .pod_security = pod_security,
        .pod_security_is_asked_for = pod_security_is_asked_for(&args->pod_security),
        .plugins_on = plugins.on,
        .plugins_off = plugins.off,
        .target = &state->target,
    };
    return true;
}

static CliStatus explain(Cli *cli, const Args *args, const State *state, const Asking *asking)
{
    AdmitQuestion question;
    ExplainReport report = { .count = 0 };
    Err err;
    if (!read_question(cli, args, state, asking, &question)) {
        return CLI_ERROR;
    }
    if (asking->objects.count &&
        !explain_ask(state->snapshot, &question, question.user->name.len > 0, cli->arena, &report,
                     &err)) {
        return cli_fail(cli, &err);
    }
    /* a pod that is made up tells something when the cluster says of it what was said */
    bool keep = !asking->is_made_up ||
                tie_says_the_same(&asking->refusals.items[0],
                                  report.items[0].admit->decision.status.message, cli->arena);
    size_t count = report.count;
    size_t refused = report.refused;
    report.count = keep ? count : 0;
    report.refused = keep ? refused : 0;
    CliStatus status = answer(cli, args, asking, &report);
    explain_report_done(&report);
    return status;
}

/* The one refusal is by policies, and its pod is not there: one is made out of what it says. */
static void make_up(const Args *args, Str namespace, Asking *asking, Arena *a)
{
    const Refusal *r = asking->refusals.items;
    bool fits = asking->refusals.count == 1 && asking->has_cluster && !args->files.count &&
                (r->kind == REFUSAL_PSP || r->kind == REFUSAL_POD_SECURITY) && r->point_count > 0 &&
                !r->is_warning && !asking->ties[0].source;
    if (!fits) {
        return;
    }
    Value *pod = new(a, Value, 1);
    *pod = tie_pod_of(r, a);
    Value *meta = value_get_lit(pod, "metadata");
    value_set_lit(meta, "namespace", value_str(r->namespace.len ? r->namespace : namespace), a);
    FileObject *object = new(a, FileObject, 1);
    object->object = pod;
    object->origin.file = STR("the message");
    asking->objects = (FileObjects){ .items = object, .count = 1 };
    asking->is_made_up = true;
}

/* Ties each refusal to the cluster; the workloads that they are about are explained, unless files
 * say what is. */
static void tie(const Cli *cli, const Args *args, const State *state, Asking *asking)
{
    Arena *a = cli->arena;
    Str namespace = given_namespace(args->namespace);
    bool from_files = asking->objects.count > 0;
    FileObject *found = new(a, FileObject, asking->refusals.count + 1);
    size_t count = 0;
    asking->ties = new(a, Tie, asking->refusals.count + 1);
    for (size_t i = 0; i < asking->refusals.count; i++) {
        const FileObjects *where = from_files ? &asking->objects : &state->objects;
        Tie *one = &asking->ties[i];
        tie_refusal(&asking->refusals.items[i], state->snapshot, where, namespace, &state->target,
                    a, one);
        bool seen = one->source == NULL;
        for (size_t j = 0; j < count && !seen; j++) {
            seen = found[j].object == one->source->object;
        }
        if (!seen) {
            found[count++] = *one->source;
        }
    }
    if (!from_files) {
        asking->objects = (FileObjects){ .items = found, .count = count };
        make_up(args, namespace, asking, a);
    }
    objects_fill_namespaces(&asking->objects, namespace, a);
}

/* -- the command ------------------------------------------------------------------------------- */

static CliStatus check_call(const Cli *cli, const Args *args)
{
    if (args->files.count == 0 && !args->message.ptr) {
        return cli_usage(cli, "-f says what is asked about, or --message gives a refusal");
    }
    size_t stdin_count = str_list_has(args->files, STR("-")) + str_eq(args->message, STR("-")) +
                         (size_t)str_list_has(args->source.state.paths, STR("-"));
    if (stdin_count > 1) {
        return cli_usage(cli, "standard input can be read once: -f -, --message - or --state -");
    }
    return CLI_YES;
}

static bool read_message(const Cli *cli, const Args *args, Refusals *out)
{
    Str text;
    Err err;
    *out = (Refusals){ NULL, 0 };
    if (!args->message.ptr) {
        return true;
    }
    if (!file_read_text(args->message, &doc_limits_default, cli->arena, &text, &err)) {
        cli_fail(cli, &err);
        return false;
    }
    refusals_read(text, cli->arena, out);
    if (out->count == 0) {
        cli_error(cli, "there is no refusal of an API server in %.*s",
                  STR_ARG(str_eq(args->message, STR("-")) ? STR("the text") : args->message));
        return false;
    }
    return true;
}

static CliStatus run(Cli *cli, void *arguments, StrList operands)
{
    Args *args = arguments;
    if (!given_files(cli, args->files, operands, &args->files)) {
        return CLI_ERROR;
    }
    const SourceOptions source = { .live = { .skips = skips }, .may_be_absent = true };
    Asking asking = { .has_cluster = args->source.state.paths.count > 0 ||
                                     live_is_asked(&args->source.live) || args->files.count > 0 };
    State state;
    if (check_call(cli, args) != CLI_YES || !read_message(cli, args, &asking.refusals) ||
        (args->files.count && !state_read_files(cli, args->files, &asking.objects)) ||
        !source_open(cli, &args->source, &source, &state)) {
        return CLI_ERROR;
    }
    bool strict = args->source.state.strict || args->source.fail_on_unknown;
    CliStatus status = CLI_ERROR;
    if (fields_check(cli, &asking.objects, &state.target, strict)) {
        tie(cli, args, &state, &asking);
        status = explain(cli, args, &state, &asking);
    }
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
    .operands = STR_INIT("-f PATH|--message FILE"),
    .operands_max = SIZE_MAX,
    .complete = CLI_COMPLETE_FILE,
    .summary = STR_INIT("Say why a pod is admitted or refused, and what would change that"),
    .description = STR_INIT(
        "Of the pods of -f, or of a refusal that an API server gave (kubectl apply ... 2>&1 | "
        "podgate "
        "explain --message - --state ...): who decided, every policy of the cluster with each "
        "subject that might use it and what it "
        "says of the pod, the policy that won and the one that comes next, and the smallest change "
        "of the workload, of a policy or of RBAC that turns the result round: each was decided "
        "again, and none of its parts can be left out.\nExit status: 0 admitted, 1 refused."),
    .options = uses,
    .args_size = sizeof(Args),
    .run = run,
};
