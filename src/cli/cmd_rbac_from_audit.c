/* SPDX-License-Identifier: Apache-2.0 */
/* podgate rbac from-audit: the least roles that allow what an audit log says was done. */
#include "analyze/audit/roles.h"
#include "analyze/rbac/subject.h"
#include "cli/logs.h"
#include "cli/rbac.h"
#include "cli/table.h"

#include <stdint.h>

typedef struct Args {
    Str subject;
    Str namespace;
    bool denied;
    bool names;
    Str names_max;
    Str cluster_from;
    bool verbs_together;
    Str name;
    bool prove;
    OutputArgs output;
    SourceArgs source;
} Args;

static const CliOption options[] = {
    { .name = STR_INIT("subject"),
      .kind = CLI_TEXT,
      .offset = offsetof(Args, subject),
      .value = STR_INIT("SUBJECT"),
      .help = STR_INIT("only what user:NAME or sa:NAMESPACE/NAME did") },
    { .name = STR_INIT("namespace"),
      .letter = 'n',
      .kind = CLI_TEXT,
      .offset = offsetof(Args, namespace),
      .value = STR_INIT("NS"),
      .help = STR_INIT("only requests in the namespace") },
    { .name = STR_INIT("denied"),
      .kind = CLI_FLAG,
      .offset = offsetof(Args, denied),
      .help = STR_INIT("also allow what was refused") },
    { .name = STR_INIT("names"),
      .kind = CLI_FLAG,
      .offset = offsetof(Args, names),
      .help = STR_INIT("restrict a verb to the names it was used with, where it was always the "
                       "same few") },
    { .name = STR_INIT("names-max"),
      .kind = CLI_TEXT,
      .offset = offsetof(Args, names_max),
      .value = STR_INIT("COUNT"),
      .help = STR_INIT("how many names are few (default: 5)") },
    { .name = STR_INIT("cluster-from"),
      .kind = CLI_TEXT,
      .offset = offsetof(Args, cluster_from),
      .value = STR_INIT("COUNT"),
      .help = STR_INIT("a verb used on a resource in so many namespaces is allowed in all of them "
                       "(default: never)") },
    { .name = STR_INIT("verbs-together"),
      .kind = CLI_FLAG,
      .offset = offsetof(Args, verbs_together),
      .help = STR_INIT("list and watch bring get and each other, update and patch do too") },
    { .name = STR_INIT("name"),
      .kind = CLI_TEXT,
      .offset = offsetof(Args, name),
      .value = STR_INIT("NAME"),
      .help = STR_INIT("what the objects are called (default: from-audit:SUBJECT)") },
    { .name = STR_INIT("prove"),
      .kind = CLI_FLAG,
      .offset = offsetof(Args, prove),
      .help = STR_INIT("ask about every request under the result, and without each of its rules") },
};
static const CliOptionGroup group = { STR_INIT("The roles"), options, COUNT_OF(options) };

static const Str formats[] = { STR_INIT("yaml"), STR_INIT("json"), STR_INIT("table") };
static const CliOption format_rows[] = {
    OUTPUT_ROW(OutputArgs, format, formats, COUNT_OF(formats),
               "yaml (default; manifests to be applied), json or table"),
};
static const CliOptionGroup format_options = { STR_INIT("The result"), format_rows,
                                               COUNT_OF(format_rows) };

/* -- the result --------------------------------------------------------------------------------
 */

static Str subject_text(const RolesSubject *s, Arena *a)
{
    return s->is_account ? arena_printf(a, "ServiceAccount %.*s/%.*s",
                                        STR_ARG(s->account_namespace), STR_ARG(s->account_name))
                         : arena_printf(a, "User %.*s", STR_ARG(s->user.name));
}

static void write_table(Cli *cli, const RolesReport *report)
{
    Arena *a = cli->arena;
    Table t = table_new(a, 5);
    table_row(&t, (Str[]){ STR("SUBJECT"), STR("NAMESPACE"), STR("RULE"), STR("REQUESTS"),
                           STR("FIRST") });
    for (size_t i = 0; i < report->role_count; i++) {
        const RolesRole *role = &report->roles[i];
        for (size_t k = 0; k < role->rule_count; k++) {
            const RolesRule *rule = &role->rules[k];
            const RolesAccess *first = rule->accesses[0];
            size_t requests = 0;
            for (size_t n = 0; n < rule->access_count; n++) {
                requests += rule->accesses[n]->count;
            }
            table_row(&t,
                      (Str[]){ subject_text(role->subject, a),
                               role->namespace.len ? role->namespace : STR("*"),
                               roles_rule_text(rule, a), arena_printf(a, "%zu", requests),
                               arena_printf(a, "%.*s:%zu", STR_ARG(first->file), first->line) });
        }
    }
    table_write(&t, false, &cli->out);
}

static void write_result(Cli *cli, const Args *args, const RolesReport *report,
                         const RolesProof *proof)
{
    if (output_is(&args->output, STR("json"))) {
        Value v = roles_to_value(report, cli->arena);
        if (proof) {
            Value p = value_object();
            value_set_lit(&p, "requests", value_int((int64_t)proof->checked), cli->arena);
            value_set_lit(&p, "refused", value_int((int64_t)proof->refused), cli->arena);
            value_set_lit(&p, "rules", value_int((int64_t)proof->rules), cli->arena);
            value_set_lit(&p, "unneeded", value_int((int64_t)proof->unneeded), cli->arena);
            value_set_lit(&v, "proof", p, cli->arena);
        }
        output_value(cli, &args->output, &v);
    } else if (args->output.format.ptr && str_eq(args->output.format, STR("table"))) {
        write_table(cli, report);
    } else {
        roles_write_yaml(report, &cli->out);
    }
}

static void warn(const Cli *cli, const RolesReport *r)
{
    logs_warn_count(cli, r->refused, "request was refused, and stays so (see --denied)",
                    "requests were refused, and stay so (see --denied)");
    logs_warn_count(cli, r->nobody,
                    "request is nobody's: not authenticated, or not allowed to "
                    "impersonate",
                    "requests are nobody's: not authenticated, or not allowed to impersonate");
    logs_warn_count(cli, r->of_nodes, "request is a node's, which the Node authorizer is for",
                    "requests are of nodes, which the Node authorizer is for");
    logs_warn_count(cli, r->malformed, "event has no user, resource or path",
                    "events have no user, resource or path");
    logs_warn_count(cli, r->too_many, "request is left out: there are too many different ones",
                    "requests are left out: there are too many different ones");
    if (!r->rule_count) {
        cli_warn(cli,
                 "nothing is to be granted: %zu request%s that roles of the cluster allow "
                 "already",
                 r->already, r->already == 1 ? "" : "s");
    }
}

static CliStatus finish(Cli *cli, const Args *args, const RolesReport *report,
                        const Snapshot *existing)
{
    RolesProof proof;
    warn(cli, report);
    if ((report->malformed || report->too_many) && args->source.fail_on_unknown) {
        return cli_error(cli, "requests that were not looked at (--fail-on-unknown)");
    }
    if (args->prove) {
        roles_prove(report, existing, cli->arena, &proof);
        cli_say(cli, arena_printf(cli->arena,
                                  "proof: %zu of %zu different requests are allowed; %zu of %zu "
                                  "rules are needed\n",
                                  proof.checked - proof.refused, proof.checked,
                                  proof.rules - proof.unneeded, proof.rules));
        if (proof.first.ptr) {
            cli_warn(cli, "%.*s", STR_ARG(proof.first));
        }
    }
    write_result(cli, args, report, args->prove ? &proof : NULL);
    return args->prove && (proof.refused || proof.unneeded) ? CLI_NO : CLI_YES;
}

/* -- the call ----------------------------------------------------------------------------------
 */

static bool read_count(const Cli *cli, const char *option, Str text, size_t *out)
{
    int64_t n;
    if (!text.ptr) {
        return true;
    }
    if (!str_to_int64(text, &n) || n < 1 || n > 1000000) {
        cli_usage(cli, "%s is a number from 1 on, not \"%.*s\"", option, STR_ARG(text));
        return false;
    }
    *out = (size_t)n;
    return true;
}

static bool read_options(const Cli *cli, const Args *args, UserInfo *subject, RolesOptions *out)
{
    Err err;
    *out = (RolesOptions){
        .denied = args->denied,
        .names = args->names || args->names_max.ptr,
        .names_max = 5,
        .verbs_together = args->verbs_together,
        .namespace = args->namespace,
        .name = args->name,
    };
    if (args->subject.ptr) {
        if (!rbac_subject_parse(args->subject, cli->arena, subject, &err)) {
            cli_usage(cli, "--subject: %.*s", STR_ARG(err.msg));
            return false;
        }
        if (!subject->name.len) {
            cli_usage(cli, "--subject: a log has requests of users, not of groups");
            return false;
        }
        out->subject = subject;
    }
    if (args->name.ptr && (!args->name.len || str_index_byte(args->name, '/') >= 0 ||
                           str_index_byte(args->name, '%') >= 0)) {
        cli_usage(cli, "--name: \"%.*s\" is no name of a role", STR_ARG(args->name));
        return false;
    }
    return read_count(cli, "--names-max", args->names_max, &out->names_max) &&
           read_count(cli, "--cluster-from", args->cluster_from, &out->cluster_from);
}

static CliStatus run(Cli *cli, void *arguments, StrList operands)
{
    const Args *args = arguments;
    static const SourceOptions source = { .may_be_absent = true };
    RolesOptions how;
    UserInfo subject = { 0 };
    State state;
    if (str_list_has(operands, STR("-")) && str_list_has(args->source.state.paths, STR("-"))) {
        return cli_usage(cli, "standard input can be read once: the log or --state -");
    }
    if (!read_options(cli, args, &subject, &how) ||
        !source_open(cli, &args->source, &source, &state)) {
        return CLI_ERROR;
    }
    how.existing = state.snapshot;
    Roles *roles = roles_new(&how, cli->arena);
    LogCounts counts;
    CliStatus status = CLI_ERROR;
    if (logs_read(cli, operands, args->source.fail_on_unknown, roles_record, roles, &counts)) {
        RolesReport report;
        roles_finish(roles, &report);
        if (!counts.records[LOG_AUDIT]) {
            status = cli_error(cli, "there is no event of an audit log among %zu bytes",
                               counts.bytes);
        } else {
            status = finish(cli, args, &report, state.snapshot);
        }
    }
    state_close(&state);
    return status;
}

static const CliOptionUse uses[] = {
    { &group, 0 },
    { &format_options, offsetof(Args, output) },
    SOURCE_OPTION_USES(Args, source),
    { NULL, 0 },
};

const CliCommand cli_command_rbac_from_audit = {
    .name = STR_INIT("from-audit"),
    .operands = STR_INIT("LOG..."),
    .operands_min = 1,
    .operands_max = SIZE_MAX,
    .complete = CLI_COMPLETE_FILE,
    .summary = STR_INIT("Make the least roles that allow what an audit log says was done"),
    .description = STR_INIT(
        "Reads audit logs of API servers (JSON lines, lists, what audit webhooks are sent; - for "
        "standard input) and makes a Role for each subject and namespace that it worked in, a "
        "ClusterRole where it asked for all of the cluster or for what is in no namespace, and "
        "their bindings. What roles of --state, or those that Kubernetes makes by itself, allow "
        "already is left out. Each rule has its evidence above it.\n"
        "Exit status: 0 the roles are printed; 1 --prove found a request that is not allowed or a "
        "rule that is not needed; 2 the call or its input is wrong."),
    .options = uses,
    .args_size = sizeof(Args),
    .run = run,
};
