/* SPDX-License-Identifier: Apache-2.0 */
/* podgate psa dry-run: what would the API server say to labelling a namespace so? */
#include "cli/pod_security.h"
#include "cli/psa.h"
#include "decide/psa/admission.h"

typedef struct Args {
    PodSecurityArgs pod_security;
    OutputArgs output;
    StateArgs state;
} Args;

static void set_text(Value *object, Str key, Str text, Arena *a)
{
    value_set(object, key, value_str(text), a);
}

/* The namespace, or one without labels that is taken to be there. */
static Value namespace_of(const State *state, Str name, Arena *a)
{
    const Facts *facts = state->facts;
    const Value *stored = facts->object(facts->cluster,
                                        (ObjectKey){ STR(""), STR("Namespace"), STR(""), name });
    if (stored) {
        return value_copy(stored, a);
    }
    Value v = value_object();
    set_text(&v, STR("apiVersion"), STR("v1"), a);
    set_text(&v, STR("kind"), STR("Namespace"), a);
    set_text(value_need_object(&v, STR("metadata"), a), STR("name"), name, a);
    return v;
}

/* Labels as `kubectl label --overwrite` would set them: the version only when one is asked for. */
static bool label(const Cli *cli, Value *namespace, Str enforce)
{
    Arena *a = cli->arena;
    Str level;
    Str version;
    bool has_version = str_split_once(enforce, ':', &level, &version);
    Value *metadata = value_need_object(namespace, STR("metadata"), a);
    Value *labels = metadata ? value_need_object(metadata, STR("labels"), a) : NULL;
    if (!labels) {
        cli_error(cli, "the namespace's metadata.labels is no object");
        return false;
    }
    set_text(labels, psa_mode_level_label(PSA_ENFORCE), level, a);
    if (has_version) {
        set_text(labels, psa_mode_version_label(PSA_ENFORCE), version, a);
    }
    return true;
}

static size_t pods_in(const State *state, Str namespace)
{
    const Facts *facts = state->facts;
    ObjectKey key = { .group = STR(""), .kind = STR("Pod"), .namespace = namespace };
    return facts->objects(facts->cluster, key).count;
}

static void answer(Cli *cli, const Args *args, Str namespace, const PsaDecision *d)
{
    Arena *a = cli->arena;
    Value warnings = value_array();
    for (size_t i = 0; i < d->warnings.count; i++) {
        value_add(&warnings, value_str(d->warnings.items[i]), a);
        if (output_is(&args->output, STR("table"))) {
            buf_printf(&cli->out, "Warning: %.*s\n", STR_ARG(d->warnings.items[i]));
        }
    }
    Value v = value_object();
    set_text(&v, STR("namespace"), namespace, a);
    set_text(&v, STR("enforce"), args->pod_security.enforce, a);
    value_set_lit(&v, "warnings", warnings, a);
    output_value(cli, &args->output, &v);
}

static CliStatus decide(Cli *cli, const Args *args, const PsaConfig *config, const State *state,
                        Str name)
{
    Arena *a = cli->arena;
    Value old = namespace_of(state, name, a);
    Value labelled = value_copy(&old, a);
    if (!label(cli, &labelled, args->pod_security.enforce)) {
        return CLI_ERROR;
    }
    PsaCluster cluster = psa_cluster_of(state->facts);
    PsaRequest request = {
        .operation = STR("UPDATE"),
        .group = STR(""),
        .resource = STR("namespaces"),
        .subresource = STR(""),
        .kind_group = STR(""),
        .kind_version = STR("v1"),
        .kind = STR("Namespace"),
        .namespace = name,
        .name = name,
        .user = STR(""),
        .object = &labelled,
        .old_object = &old,
    };
    PsaDecision decision;
    psa_admit(config, &cluster, &request, a, &decision);
    if (!decision.allowed) {
        return cli_error(cli, "%.*s", STR_ARG(decision.status.message));
    }
    answer(cli, args, name, &decision);
    return decision.warnings.count ? CLI_NO : CLI_YES;
}

static CliStatus run(Cli *cli, void *arguments, StrList operands)
{
    const Args *args = arguments;
    Str namespace = operands.items[0];
    PsaConfig config;
    State state;
    if (!args->pod_security.enforce.ptr) {
        return cli_usage(cli, "--enforce says which level is tried");
    }
    PodSecurityArgs only_file = { .config = args->pod_security.config };
    if (!pod_security_read(cli, &args->pod_security, &config) ||
        !pod_security_read(cli, &only_file, &config) || !state_open(cli, &args->state, &state)) {
        return CLI_ERROR;
    }
    config.minor_max = state.target.minor;
    if (pods_in(&state, namespace) == 0) {
        cli_warn(cli, "the state has no pods in namespace %.*s", STR_ARG(namespace));
    }
    CliStatus status = decide(cli, args, &config, &state, namespace);
    state_close(&state);
    return status;
}

static const CliOptionUse uses[] = {
    { &pod_security_options, offsetof(Args, pod_security) },
    { &output_data_options, offsetof(Args, output) },
    { &state_options, offsetof(Args, state) },
    { NULL, 0 },
};

const CliCommand cli_command_psa_dry_run = {
    .name = STR_INIT("dry-run"),
    .operands = STR_INIT("NAMESPACE"),
    .operands_min = 1,
    .operands_max = 1,
    .summary = STR_INIT("Say what labelling a namespace would warn of"),
    .description = STR_INIT(
        "Prints the warnings that the API server would give when the namespace of --state were "
        "labelled to enforce a level, about the pods that are in it: as kubectl label "
        "--dry-run=server does, without a cluster.\nExit status: 0 no warning, 1 at least one."),
    .options = uses,
    .args_size = sizeof(Args),
    .run = run,
};
