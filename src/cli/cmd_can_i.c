/* SPDX-License-Identifier: Apache-2.0 */
/* podgate can-i: may the user do this, as `kubectl auth can-i` asks it. */
#include "cli/output.h"
#include "cli/question.h"
#include "cli/rules.h"
#include "cli/state.h"
#include "cli/user.h"
#include "decide/rbac/authorizer.h"
#include "decide/rbac/rbac.h"
#include "decide/rbac/review.h"
#include "doc/json.h"
#include "kube/kinds.h"

typedef struct Args {
    Str namespace;
    bool all_namespaces;
    Str subresource;
    bool list;
    bool quiet;
    bool no_headers;
    bool verbose;
    UserArgs user;
    OutputArgs output;
    StateArgs state;
} Args;

static const CliOption options[] = {
    { .name = STR_INIT("namespace"),
      .letter = 'n',
      .kind = CLI_TEXT,
      .offset = offsetof(Args, namespace),
      .value = STR_INIT("NS"),
      .help = STR_INIT("the namespace asked about (default: default)") },
    { .name = STR_INIT("all-namespaces"),
      .letter = 'A',
      .kind = CLI_FLAG,
      .offset = offsetof(Args, all_namespaces),
      .help = STR_INIT("ask about all namespaces at once") },
    { .name = STR_INIT("subresource"),
      .kind = CLI_TEXT,
      .offset = offsetof(Args, subresource),
      .value = STR_INIT("NAME"),
      .help = STR_INIT("a part of the resource: log, exec, scale, status") },
    { .name = STR_INIT("list"),
      .kind = CLI_FLAG,
      .offset = offsetof(Args, list),
      .help = STR_INIT("list all that the user may do in the namespace") },
    { .name = STR_INIT("no-headers"),
      .kind = CLI_FLAG,
      .offset = offsetof(Args, no_headers),
      .help = STR_INIT("with --list, leave the headings out") },
    { .name = STR_INIT("quiet"),
      .letter = 'q',
      .kind = CLI_FLAG,
      .offset = offsetof(Args, quiet),
      .help = STR_INIT("print nothing: the exit status is the answer") },
    { .name = STR_INIT("verbose"),
      .letter = 'v',
      .kind = CLI_FLAG,
      .offset = offsetof(Args, verbose),
      .help = STR_INIT("say which binding and which rule grant it") },
};

static const CliOptionGroup group = { STR_INIT("The question"), options, COUNT_OF(options) };

/* -- the question ------------------------------------------------------------------------------ */

/* RESOURCE[.GROUP][/NAME] or /url, as kubectl reads them. */
static void read_resource(const Cli *cli, const Args *args, const State *state, Str text,
                          RbacRequest *request)
{
    if (str_starts_with(text, STR("/"))) {
        request->path = text;
        request->is_resource = false;
        return;
    }
    Str typed;
    Str name;
    str_split_once(text, '/', &typed, &name);
    request->is_resource = true;
    request->name = name;
    request->resource = typed;
    request->subresource = args->subresource.ptr ? args->subresource : STR("");
    if (str_eq(typed, STR("*"))) {
        return;
    }
    KubeKind kind;
    if (kube_kind_find_typed(typed, &state->target, &kind)) {
        request->resource = kind.resource;
        request->api_group = kind.group;
        /* Policies are granted in the group they came from, whichever group holds them now. */
        if (str_eq(kind.resource, STR("podsecuritypolicies")) && str_index_byte(typed, '.') < 0) {
            request->api_group = STR("policy");
        }
        if (!kind.namespaced && !args->all_namespaces) {
            cli_warn(cli, "resource '%.*s' is not namespace scoped%s%.*s%s", STR_ARG(kind.resource),
                     request->api_group.len ? " in group '" : "", STR_ARG(request->api_group),
                     request->api_group.len ? "'" : "");
        }
        return;
    }
    static const Str virtual[] = { STR_INIT("users"), STR_INIT("groups"), STR_INIT("userextras") };
    if (str_list_has((StrList){ virtual, COUNT_OF(virtual) }, typed)) {
        return;
    }
    Str resource;
    Str group_name;
    bool has_group = str_split_once(typed, '.', &resource, &group_name);
    cli_warn(cli, "the server doesn't have a resource type '%.*s'%s%.*s%s", STR_ARG(resource),
             has_group ? " in group '" : "", STR_ARG(group_name), has_group ? "'" : "");
}

/* -- the answer -------------------------------------------------------------------------------- */

static void write_answer(Cli *cli, const Args *args, const RbacRequest *request,
                         const RbacAnswer *rbac)
{
    Arena *a = cli->arena;
    Value v = value_object();
    value_set_lit(&v, "allowed", value_bool(rbac->allowed), a);
    if (rbac->reason.len) {
        output_add_str(&v, STR("reason"), rbac->reason, a);
    }
    if (rbac->rule) {
        value_set_lit(&v, "rule", rbac_rule_to_value(rbac->rule, a), a);
    }
    if (!rbac->allowed) {
        output_add_str(&v, STR("message"), rbac_forbidden_message(request, STR(""), a), a);
    }
    if (output_value(cli, &args->output, &v)) {
        return;
    }
    buf_add(&cli->out, rbac->allowed ? STR("yes") : STR("no"));
    if (!rbac->allowed && rbac->reason.len) {
        buf_printf(&cli->out, " - %.*s", STR_ARG(rbac->reason));
    }
    buf_byte(&cli->out, '\n');
    if (args->verbose && rbac->allowed) {
        buf_printf(&cli->out, "%.*s\n", STR_ARG(rbac->reason));
    }
    if (args->verbose && rbac->rule) {
        buf_lit(&cli->out, "rule: ");
        Value rule = rbac_rule_to_value(rbac->rule, a);
        json_write(&rule, &cli->out);
        buf_byte(&cli->out, '\n');
    }
}

static CliStatus ask(Cli *cli, const Args *args, const State *state, const UserInfo *user, Str verb,
                     Str resource)
{
    RbacRequest request = {
        .user = user,
        .verb = verb,
        .api_group = STR(""),
        .resource = STR(""),
        .subresource = STR(""),
        .name = STR(""),
        .path = STR(""),
        .namespace = args->all_namespaces  ? STR("")
                     : args->namespace.ptr ? args->namespace
                                           : STR("default"),
    };
    read_resource(cli, args, state, resource, &request);
    if (!request.is_resource && args->subresource.ptr) {
        return cli_usage(cli, "--subresource is for resources, and %.*s is a URL",
                         STR_ARG(resource));
    }
    if (!question_verb_is_known(verb, request.is_resource)) {
        cli_warn(cli, "verb '%.*s' is not a known verb", STR_ARG(verb));
    }
    RbacAnswer rbac;
    rbac_authorize(state->facts, &request, cli->arena, &rbac);
    /* a kubelet reads what the pods on its node need, and no role says so */
    if (!rbac.allowed && node_authorize(state->facts, &request, cli->arena).allowed) {
        rbac.allowed = true;
        rbac.reason = STR("Node authorizer: the node's own, or its pods'");
    }
    if (!args->quiet) {
        write_answer(cli, args, &request, &rbac);
    }
    return rbac.allowed ? CLI_YES : CLI_NO;
}

/* -- everything the user may do ---------------------------------------------------------------- */

static CliStatus list(Cli *cli, const Args *args, const State *state, const UserInfo *user)
{
    Arena *a = cli->arena;
    Value spec = value_object();
    output_add_str(&spec, STR("namespace"), args->namespace.ptr ? args->namespace : STR("default"),
                   a);
    Value object = value_object();
    value_set_lit(&object, "spec", spec, a);
    RbacReview review = {
        .user = user,
        .kind = STR("SelfSubjectRulesReview"),
        .namespace = STR(""),
        .object = &object,
    };
    Value answer;
    Status refusal;
    if (!rbac_review(state->facts, &review, a, &answer, &refusal)) {
        return cli_error(cli, "%.*s", STR_ARG(refusal.message));
    }
    const Value *status = value_get_lit(&answer, "status");
    if (!output_value(cli, &args->output, status)) {
        rules_write(value_get_lit(status, "resourceRules"),
                    value_get_lit(status, "nonResourceRules"), !args->no_headers, &cli->out);
    }
    return CLI_YES;
}

static CliStatus check_call(const Cli *cli, const Args *args, StrList operands)
{
    if (!args->user.as.ptr) {
        return cli_usage(cli, "--as says whose rights to look at");
    }
    if (!args->list) {
        if (args->no_headers) {
            return cli_usage(cli, "--no-headers is for --list");
        }
        return operands.count == 2 ? CLI_YES : cli_usage(cli, "needs a verb and a resource");
    }
    if (operands.count) {
        return cli_usage(cli, "--list asks about everything: no verb, no resource");
    }
    if (args->quiet || args->all_namespaces || args->subresource.ptr) {
        return cli_usage(cli, "--list goes with none of --quiet, --all-namespaces, --subresource");
    }
    return CLI_YES;
}

static CliStatus run(Cli *cli, void *arguments, StrList operands)
{
    const Args *args = arguments;
    State state;
    UserInfo user;
    if (check_call(cli, args, operands) != CLI_YES || !user_read(cli, &args->user, &user) ||
        !state_open(cli, &args->state, &state)) {
        return CLI_ERROR;
    }
    user_warn(cli, &args->user, state.facts, state.namespaces);
    CliStatus status = args->list
                           ? list(cli, args, &state, &user)
                           : ask(cli, args, &state, &user, operands.items[0], operands.items[1]);
    state_close(&state);
    return status;
}

static const CliOptionUse uses[] = {
    { &group, 0 },
    { &user_options, offsetof(Args, user) },
    { &output_data_options, offsetof(Args, output) },
    { &state_options, offsetof(Args, state) },
    { NULL, 0 },
};

const CliCommand cli_command_can_i = {
    .name = STR_INIT("can-i"),
    .operands = STR_INIT("VERB RESOURCE[.GROUP][/NAME] | --list"),
    .operands_max = 2,
    .summary = STR_INIT("Say whether a user may do something, as kubectl auth can-i does"),
    .description = STR_INIT(
        "RESOURCE is anything that kubectl takes: pods, po, Deployment, "
        "podsecuritypolicies.policy; "
        "or a URL such as /healthz. Only RBAC is asked, over the roles and bindings of --state and "
        "those that Kubernetes makes by itself.\nExit status: 0 yes, 1 no."),
    .options = uses,
    .args_size = sizeof(Args),
    .run = run,
};
