/* SPDX-License-Identifier: Apache-2.0 */
/* podgate simulate: what would this change of policies do to what runs? */
#include "analyze/objects.h"
#include "cli/fields.h"
#include "cli/given.h"
#include "cli/progress.h"
#include "cli/simulate.h"

enum { NOTES_MAX = 20, WAYS_MAX = 100 };

static const CliOption options[] = {
    { .name = STR_INIT("with"),
      .letter = 'w',
      .kind = CLI_LIST,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(SimulateArgs, with),
      .value = STR_INIT("PATH"),
      .help = STR_INIT("what would be applied: policies, namespaces with their labels, roles and "
                       "bindings, limits, quotas, priority classes; a file, a folder, or - for "
                       "standard input; repeatable") },
    { .name = STR_INIT("without"),
      .kind = CLI_LIST,
      .offset = offsetof(SimulateArgs, without),
      .value = STR_INIT("KIND[/NS]/NAME"),
      .help = STR_INIT("what would be deleted, as psp/restricted or rolebinding/team-a/use-psp; "
                       "repeatable") },
    { .name = STR_INIT("scope"),
      .kind = CLI_LIST,
      .offset = offsetof(SimulateArgs, scope),
      .value = STR_INIT("namespace=NS|selector=SELECTOR"),
      .help = STR_INIT("look only at pods of these namespaces, or that have such labels; "
                       "repeatable") },
    { .name = STR_INIT("replay"),
      .kind = CLI_LIST,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(SimulateArgs, replay),
      .value = STR_INIT("FILE"),
      .help = STR_INIT("decide recorded requests instead of what runs: AdmissionReviews, or the "
                       "API server's audit log; repeatable") },
    GIVEN_NAMESPACE_ROW(SimulateArgs, namespace,
                        "the namespace of objects of --with and --without that name none (default: "
                        "default)"),
};

static const CliOptionGroup group = { STR_INIT("The change"), options, COUNT_OF(options) };

/* -- the call ---------------------------------------------------------------------------------- */

/* KIND/NAME or KIND/NAMESPACE/NAME */
static bool read_key(const Cli *cli, const SimulateArgs *args, const KubeTarget *target, Str text,
                     ObjectKey *out)
{
    Str typed;
    Str rest;
    Str namespace;
    Str name;
    KubeKind kind;
    if (!str_split_once(text, '/', &typed, &rest) || !rest.len) {
        cli_usage(cli, "--without: \"%.*s\" is no KIND/NAME", STR_ARG(text));
        return false;
    }
    if (!kube_kind_find_typed(typed, target, &kind)) {
        cli_usage(cli, "--without: there is no kind \"%.*s\"", STR_ARG(typed));
        return false;
    }
    bool has_namespace = str_split_once(rest, '/', &namespace, &name);
    if (!has_namespace) {
        name = rest;
        namespace = given_namespace(args->namespace);
    }
    if (!name.len || !namespace.len || (has_namespace && !kind.namespaced)) {
        cli_usage(cli, "--without: \"%.*s\": %s", STR_ARG(text),
                  kind.namespaced ? "a name is missing" : "the kind is in no namespace");
        return false;
    }
    *out = (ObjectKey){ snapshot_storage_group(kind.group, kind.kind), kind.kind,
                        kind.namespaced ? namespace : STR(""), name };
    return true;
}

typedef struct Scope {
    Str *namespaces;
    size_t count;
    LabelSelector selector;
    bool has_selector;
} Scope;

static bool read_scope(const Cli *cli, StrList texts, Scope *out)
{
    size_t bytes = 0;
    for (size_t i = 0; i < texts.count; i++) {
        bytes += texts.items[i].len;
    }
    *out = (Scope){ .namespaces = new(cli->arena, Str, bytes + 1) };
    for (size_t i = 0; i < texts.count; i++) {
        Str key;
        Str value;
        Err err;
        str_split_once(texts.items[i], '=', &key, &value);
        if (str_eq(key, STR("namespace")) && value.len) {
            Str piece;
            while (str_next_piece(&value, ',', &piece)) {
                out->namespaces[out->count++] = piece;
            }
        } else if (str_eq(key, STR("selector")) && value.len && !out->has_selector) {
            if (!label_selector_parse(value, cli->arena, &out->selector, &err)) {
                cli_usage(cli, "--scope selector: %.*s", STR_ARG(err.msg));
                return false;
            }
            out->has_selector = true;
        } else {
            cli_usage(cli,
                      "--scope: \"%.*s\" is neither namespace=NS nor the one "
                      "selector=SELECTOR",
                      STR_ARG(texts.items[i]));
            return false;
        }
    }
    return true;
}

static CliStatus check_call(const Cli *cli, const SimulateArgs *args)
{
    if (!args->with.count && !args->without.count) {
        return cli_usage(cli, "what would change? --with PATH or --without KIND/NAME");
    }
    size_t from_stdin = (size_t)str_list_has(args->with, STR("-")) +
                        (size_t)str_list_has(args->source.state.paths, STR("-")) +
                        (size_t)str_list_has(args->replay, STR("-"));
    if (from_stdin > 1) {
        return cli_usage(cli, "standard input can be read once: --with -, --state - or --replay -");
    }
    if (args->replay.count && args->scope.count) {
        return cli_usage(cli, "--scope is about what runs, and --replay about what was asked for");
    }
    return CLI_YES;
}

/* -- the answer -------------------------------------------------------------------------------- */

static void warn(const Cli *cli, const SimulateReport *report, const SimulateUnits *units)
{
    size_t count = 0;
    for (const AnalyzeNote *note = report->notes.first; note; note = note->next) {
        if (count++ < NOTES_MAX) {
            cli_warn(cli, "%.*s", STR_ARG(note->text));
        }
    }
    if (count > NOTES_MAX) {
        cli_warn(cli, "%zu more of these", count - NOTES_MAX);
    }
    if (units->webhooks) {
        cli_warn(cli, "%zu webhook configuration%s: webhooks are not asked", units->webhooks,
                 units->webhooks == 1 ? "" : "s");
    }
    if (report->by[SIMULATE_REFUSED].units > WAYS_MAX) {
        cli_warn(cli,
                 "ways out are looked for of the first %d workloads; --scope narrows what is "
                 "looked at",
                 WAYS_MAX);
    }
    if (report->units == 0) {
        cli_warn(cli, "there are no pods and nothing that makes pods to decide");
    }
}

static CliStatus answer(Cli *cli, const SimulateArgs *args, const SimulateState *s,
                        const SimulateReport *report)
{
    warn(cli, report, &s->units);
    if (args->source.fail_on_unknown && report->not_decided) {
        return cli_error(cli, "%zu workload%s could not be decided (--fail-on-unknown)",
                         report->not_decided, report->not_decided == 1 ? "" : "s");
    }
    if (output_is(&args->output, STR("table"))) {
        simulate_table_write(report, &s->units, cli->out_color, &cli->out);
    } else {
        Value v = simulate_to_value(report, cli->arena);
        output_value(cli, &args->output, &v);
    }
    return report->by[SIMULATE_REFUSED].units ? CLI_NO : CLI_YES;
}

static void show_progress(void *context, size_t done, size_t all)
{
    progress_count(context, "deciding", done, all);
}

bool simulate_read_call(const Cli *cli, const SimulateArgs *args, const KubeTarget *target,
                        FileObjects *with, SimulateCall *out)
{
    PluginChoice plugins;
    objects_fill_namespaces(with, given_namespace(args->namespace), cli->arena);
    if (!fields_check(cli, with, target,
                      args->source.state.strict || args->source.fail_on_unknown) ||
        !user_read(cli, &args->user, &out->user) ||
        !pod_security_read(cli, &args->pod_security, &out->pod_security) ||
        !plugins_read(cli, &args->plugins, &plugins)) {
        return false;
    }
    out->how = (AdmitQuestion){
        .user = &out->user,
        .presets = args->source.state.presets,
        .pod_security = &out->pod_security,
        .pod_security_is_asked_for = pod_security_is_asked_for(&args->pod_security),
        .plugins_on = plugins.on,
        .plugins_off = plugins.off,
        .target = target,
    };
    out->without = new(cli->arena, ObjectKey, args->without.count + 1);
    for (size_t i = 0; i < args->without.count; i++) {
        if (!read_key(cli, args, target, args->without.items[i], &out->without[i])) {
            return false;
        }
    }
    return true;
}

static CliStatus simulate(Cli *cli, const SimulateArgs *args, const SimulateState *s,
                          FileObjects *with)
{
    Scope scope;
    SimulateCall call;
    SimulateReport report;
    Err err;
    if (!read_scope(cli, args->scope, &scope) ||
        !simulate_read_call(cli, args, &s->state.target, with, &call)) {
        return CLI_ERROR;
    }
    Progress progress = progress_new(cli);
    SimulateQuestion question = {
        .units = &s->units,
        .with = with,
        .without = call.without,
        .without_count = args->without.count,
        .namespaces = { scope.namespaces, scope.count },
        .selector = scope.has_selector ? &scope.selector : NULL,
        .how = &call.how,
        .ways_max = WAYS_MAX,
        .progress = show_progress,
        .progress_context = &progress,
    };
    bool ok = simulate_ask(s->state.snapshot, &question, cli->arena, &report, &err);
    progress_end(&progress);
    if (!ok) {
        return cli_fail(cli, &err);
    }
    CliStatus status = answer(cli, args, s, &report);
    simulate_report_done(&report);
    return status;
}

static CliStatus run(Cli *cli, void *arguments, StrList operands)
{
    const SimulateArgs *args = arguments;
    (void)operands;
    FileObjects with = { 0 };
    SimulateState s;
    if (check_call(cli, args) != CLI_YES ||
        (args->with.count && !state_read_files(cli, args->with, &with))) {
        return CLI_ERROR;
    }
    if (args->replay.count) {
        return simulate_replay(cli, args, &with);
    }
    if (!simulate_state_open(cli, &args->source, &s)) {
        return CLI_ERROR;
    }
    CliStatus status = simulate(cli, args, &s, &with);
    simulate_state_close(&s);
    return status;
}

static const CliOptionUse uses[] = {
    { &group, 0 },
    { &user_options, offsetof(SimulateArgs, user) },
    { &pod_security_options, offsetof(SimulateArgs, pod_security) },
    { &plugin_options, offsetof(SimulateArgs, plugins) },
    { &output_data_options, offsetof(SimulateArgs, output) },
    SOURCE_OPTION_USES(SimulateArgs, source),
    { NULL, 0 },
};

const CliCommand cli_command_simulate = {
    .name = STR_INIT("simulate"),
    .operands = STR_INIT("--with PATH --state PATH"),
    .summary = STR_INIT("Say what a change of policies, labels, RBAC or limits would break"),
    .description = STR_INIT(
        "Every workload of the cluster is decided before and after the change, as its pods would "
        "be when they start again: which would be refused, which would be admitted by another "
        "policy or with other fields, which become allowed, and the field that decides. Pods are "
        "counted under the workload that makes them; workloads of the system come first.\n"
        "With --replay past requests are decided instead: which would have been answered "
        "otherwise, "
        "and who asked.\n"
        "Exit status: 0 nothing that works would stop, 1 something would."),
    .options = uses,
    .args_size = sizeof(SimulateArgs),
    .run = run,
};
