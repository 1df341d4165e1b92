/* SPDX-License-Identifier: Apache-2.0 */
/* podgate admit: would the API server let these pods in? */
#include "cli/admit.h"
#include "cli/fields.h"
#include "cli/output.h"
#include "cli/pitfalls.h"
#include "cli/pod_security.h"
#include "cli/user.h"
#include "doc/json.h"
#include "doc/yaml.h"

#include <stdint.h>

typedef struct Args {
    StrList files;
    Str namespace;
    Str operation;
    bool mutated;
    bool verbose;
    UserArgs user;
    PodSecurityArgs pod_security;
    OutputArgs output;
    StateArgs state;
} Args;

/* Who decides, besides what every API server runs. */
typedef struct Plugins {
    uint64_t bits;
    PsaConfig pod_security;
} Plugins;

static const Str operations[] = { STR_INIT("CREATE"), STR_INIT("UPDATE") };

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

/* -- what is asked about ----------------------------------------------------------------------- */

typedef struct Question {
    FileObjects asked; /* pods, and what makes pods */
    FileObjects rest;  /* all others: they are laid over the state */
} Question;

static bool is_asked(const Value *object)
{
    Str api_group;
    Str version;
    kube_split_api_version(value_get_str(object, STR("apiVersion")), &api_group, &version);
    return workload_is(api_group, value_get_str(object, STR("kind")));
}

static Question split(const FileObjects *objects, Arena *a)
{
    Question q = { { new(a, FileObject, objects->count + 1), 0 },
                   { new(a, FileObject, objects->count + 1), 0 } };
    for (size_t i = 0; i < objects->count; i++) {
        FileObjects *into = is_asked(objects->items[i].object) ? &q.asked : &q.rest;
        into->items[into->count++] = objects->items[i];
    }
    return q;
}

static Str account_of(const Value *pod)
{
    const Value *spec = value_get_lit(pod, "spec");
    Str name = value_get_str(spec, STR("serviceAccountName"));
    if (!name.len) {
        name = value_get_str(spec, STR("serviceAccount"));
    }
    return name.len ? name : STR("default");
}

/* All but the decision. False after a message. */
static bool prepare(const Cli *cli, const FileObject *source, const UserInfo *user, AdmitItem *item)
{
    Arena *a = cli->arena;
    const Value *object = source->object;
    const Value *meta = value_get_lit(object, "metadata");
    Err err;
    item->source = source;
    if (!kube_kind_find(value_get_str(object, STR("apiVersion")),
                        value_get_str(object, STR("kind")), &item->kind)) {
        cli_error(cli, "%.*s: kind %.*s is not served in %.*s",
                  STR_ARG(fields_place(source, STR("kind"), a)),
                  STR_ARG(value_get_str(object, STR("kind"))),
                  STR_ARG(value_get_str(object, STR("apiVersion"))));
        return false;
    }
    if (!workload_read(object, a, &item->workload, &err)) {
        cli_error(cli, "%.*s: %.*s", STR_ARG(object_origin_text(&source->origin, a)),
                  STR_ARG(err.msg));
        return false;
    }
    item->namespace = value_get_str(meta, STR("namespace"));
    item->name = value_get_str(meta, STR("name"));
    if (!item->name.len) {
        item->name = value_get_str(meta, STR("generateName"));
    }
    if (!item->name.len) {
        cli_error(cli, "%.*s: metadata.name: a name is needed",
                  STR_ARG(fields_place(source, STR("metadata"), a)));
        return false;
    }
    item->user = item->workload.controller.len
                     ? user_service_account(STR("kube-system"), item->workload.controller, a)
                     : *user;
    item->account_name = account_of(&item->workload.pod);
    item->account = user_service_account(item->namespace, item->account_name, a);
    return true;
}

/* -- deciding ---------------------------------------------------------------------------------- */

/* The pass that decided: the one that refused, or the first. */
static const PspDecision *deciding_pass(const AdmissionTrace *trace)
{
    const PspDecision *first = NULL;
    for (; trace; trace = trace->next) {
        if (trace->psp && (!first || trace->refused)) {
            first = trace->psp;
        }
    }
    return first;
}

/* Does some namespace say which Pod Security Standard it wants? */
static bool has_pod_security_labels(const State *state)
{
    const Facts *facts = state->facts;
    ObjectKey key = { .group = STR(""), .kind = STR("Namespace"), .namespace = STR("") };
    ObjectList namespaces = facts->objects(facts->cluster, key);
    for (size_t i = 0; i < namespaces.count; i++) {
        const Value *labels = value_at(namespaces.items[i], "metadata", "labels", NULL);
        for (unsigned mode = 0; mode < PSA_MODE_COUNT; mode++) {
            if (value_get(labels, psa_mode_level_label(mode))) {
                return true;
            }
        }
    }
    return false;
}

/* PodSecurityPolicy is no default plugin: a cluster that has no policies, and says that it uses Pod
 * Security Standards, does not run it. */
static Plugins choose_plugins(const Args *args, const PsaConfig *pod_security, const State *state)
{
    Plugins plugins = { ADMISSION_ALL_PLUGINS, *pod_security };
    const Facts *facts = state->facts;
    if (facts->psp_policies(facts->cluster).count == 0 &&
        (pod_security_is_asked_for(&args->pod_security) || has_pod_security_labels(state))) {
        plugins.bits &= ~ADMISSION_PLUGIN_BIT(ADMISSION_POD_SECURITY_POLICY);
    }
    return plugins;
}

static bool decide(const Cli *cli, const Args *args, const State *state, const Plugins *plugins,
                   AdmitItem *item)
{
    const AdmissionOptions how = {
        .plugins = plugins->bits,
        .pod_security = &plugins->pod_security,
        .steps = ADMISSION_STEPS_ALL,
        .explain = args->verbose || !output_is(&args->output, STR("table")),
    };
    AdmissionRequest request = {
        .operation = ADMISSION_CREATE,
        .user = &item->user,
        .group = STR(""),
        .version = STR("v1"),
        .resource = STR("pods"),
        .subresource = STR(""),
        .kind = STR("Pod"),
        .namespace = item->namespace,
        .name = STR(""),
        .object = &item->workload.pod,
        .target = &state->target,
        .options = &how,
    };
    if (str_eq(args->operation, STR("UPDATE")) && !item->workload.template_path.len) {
        ObjectKey key = { STR(""), STR("Pod"), item->namespace, item->name };
        request.operation = ADMISSION_UPDATE;
        request.name = item->name;
        request.old_object = state->facts->object(state->facts->cluster, key);
        if (!request.old_object) {
            cli_error(cli, "--operation UPDATE: the state has no pod %.*s/%.*s",
                      STR_ARG(item->namespace), STR_ARG(item->name));
            return false;
        }
    }
    admission_decide(state->facts, &request, cli->arena, &item->decision);
    item->psp = deciding_pass(item->decision.trace);
    return true;
}

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
        admit_write_table(report, args->verbose, cli->out_color, &cli->out);
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
    size_t stdin_count = str_list_has(args->files, STR("-")) +
                         (size_t)str_list_has(args->state.paths, STR("-"));
    if (stdin_count > 1) {
        return cli_usage(cli, "standard input can be read once: -f - or --state -");
    }
    return CLI_YES;
}

static CliStatus admit(Cli *cli, const Args *args, const UserInfo *user,
                       const PsaConfig *pod_security, FileObjects *objects)
{
    Arena *a = cli->arena;
    KubeTarget target;
    if (!state_target(cli, &args->state, &target) ||
        !fields_check(cli, objects, &target, args->state.strict)) {
        return CLI_ERROR;
    }
    state_fill_namespaces(objects, args->namespace.ptr ? args->namespace : STR("default"), a);
    Question q = split(objects, a);
    if (q.asked.count == 0) {
        return cli_error(cli, "no pods and nothing that makes pods among %zu object%s",
                         objects->count, objects->count == 1 ? "" : "s");
    }
    AdmitReport report = { .items = new(a, AdmitItem, q.asked.count), .count = q.asked.count };
    StateAccount *accounts = new(a, StateAccount, q.asked.count);
    for (size_t i = 0; i < report.count; i++) {
        if (!prepare(cli, &q.asked.items[i], user, &report.items[i])) {
            return CLI_ERROR;
        }
        accounts[i] = (StateAccount){ report.items[i].namespace, report.items[i].account_name };
    }
    StateExtra extra = { q.rest, accounts, report.count };
    State state;
    if (!state_open(cli, &args->state, &extra, &state)) {
        return CLI_ERROR;
    }
    Plugins plugins = choose_plugins(args, pod_security, &state);
    user_warn(cli, &args->user, state.facts, state.namespaces);
    if (plugins.bits & ADMISSION_PLUGIN_BIT(ADMISSION_POD_SECURITY_POLICY)) {
        pitfalls_warn(cli, &state);
    }
    report.state = &state;
    bool ok = true;
    for (size_t i = 0; i < report.count && ok; i++) {
        ok = decide(cli, args, &state, &plugins, &report.items[i]);
        report.denied += ok && !report.items[i].decision.allowed;
    }
    if (ok) {
        answer(cli, args, &report);
    }
    state_close(&state);
    return !ok ? CLI_ERROR : report.denied ? CLI_NO : CLI_YES;
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
    if (args->files.count == 0) {
        return cli_usage(cli, "-f says what is asked about");
    }
    UserInfo user;
    PsaConfig pod_security;
    FileObjects objects;
    if (check_call(cli, args) != CLI_YES || !user_read(cli, &args->user, &user) ||
        !pod_security_read(cli, &args->pod_security, &pod_security) ||
        !state_read_files(cli, args->files, &objects)) {
        return CLI_ERROR;
    }
    return admit(cli, args, &user, &pod_security, &objects);
}

static const CliOptionUse uses[] = {
    { &group, 0 },
    { &user_options, offsetof(Args, user) },
    { &pod_security_options, offsetof(Args, pod_security) },
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
