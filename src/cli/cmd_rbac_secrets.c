/* SPDX-License-Identifier: Apache-2.0 */
/* podgate rbac secrets: who can read which secret, and how. */
#include "analyze/grant.h"
#include "analyze/rbac/secrets.h"
#include "analyze/rbac/subject.h"
#include "cli/rbac.h"
#include "cli/table.h"

typedef struct Args {
    Str who;
    Str namespace;
    bool defaults;
    OutputArgs output;
    SourceArgs source;
} Args;

static const CliOption options[] = {
    { .name = STR_INIT("who"),
      .kind = CLI_TEXT,
      .offset = offsetof(Args, who),
      .value = STR_INIT("SUBJECT"),
      .help = STR_INIT("only what user:NAME, group:NAME or sa:NAMESPACE/NAME can read, or a group "
                       "that it is in") },
    { .name = STR_INIT("namespace"),
      .letter = 'n',
      .kind = CLI_TEXT,
      .offset = offsetof(Args, namespace),
      .value = STR_INIT("NS"),
      .help = STR_INIT("only secrets of the namespace; that of a SECRET without one") },
    { .name = STR_INIT("defaults"),
      .kind = CLI_FLAG,
      .offset = offsetof(Args, defaults),
      .help = STR_INIT("also what Kubernetes grants by itself") },
};
static const CliOptionGroup group = { STR_INIT("The question"), options, COUNT_OF(options) };

static Str via_text(const RbacSecretAccess *x, Arena *a)
{
    enum { NAMED_MAX = 3 };
    StrList shown = x->via;
    shown.count = shown.count > NAMED_MAX ? NAMED_MAX : shown.count;
    Str text = rbac_join(shown, STR(", "), a);
    return shown.count < x->via.count
               ? arena_printf(a, "%.*s and %zu more", STR_ARG(text), x->via.count - shown.count)
               : text;
}

static void write_table(Cli *cli, const RbacSecretReport *report)
{
    if (!report->count) {
        return;
    }
    Arena *a = cli->arena;
    Table t = table_new(a, 7);
    t.trim = true;
    table_row(&t, (Str[]){ STR("SECRET"), STR("HOW"), STR("SUBJECT"), STR("BINDING"), STR("ROLE"),
                           STR("RULE"), STR("VIA") });
    for (size_t i = 0; i < report->count; i++) {
        const RbacSecretAccess *x = &report->items[i];
        table_cell(&t, rbac_secret_text(x, a), TABLE_PLAIN);
        table_cell(&t, rbac_way_name(x->way), x->way == RBAC_WAY_READ ? TABLE_PLAIN : TABLE_YELLOW);
        table_cell(&t, grant_subject_text(x->subject, a), TABLE_PLAIN);
        table_cell(&t, grant_binding_text(x->binding, a), TABLE_PLAIN);
        table_cell(&t, grant_role_text(x->binding, a), TABLE_PLAIN);
        table_cell(&t, rbac_secret_rule_text(x, a), TABLE_PLAIN);
        table_cell(&t, via_text(x, a), TABLE_PLAIN);
    }
    table_write(&t, cli->out_color, &cli->out);
}

static bool read_question(const Cli *cli, const Args *args, StrList operands, UserInfo *who,
                          RbacSecretQuestion *out)
{
    Err err;
    *out = (RbacSecretQuestion){ .namespace = args->namespace, .defaults = args->defaults };
    if (args->who.ptr) {
        if (!rbac_subject_parse(args->who, cli->arena, who, &err)) {
            cli_usage(cli, "--who: %.*s", STR_ARG(err.msg));
            return false;
        }
        out->who = who;
    }
    if (operands.count) {
        Str namespace;
        Str name;
        bool has_namespace = str_split_once(operands.items[0], '/', &namespace, &name);
        if (has_namespace && args->namespace.ptr) {
            cli_usage(cli, "%.*s names a namespace, and so does --namespace",
                      STR_ARG(operands.items[0]));
            return false;
        }
        if ((has_namespace && (!namespace.len || !name.len)) || !operands.items[0].len) {
            cli_usage(cli, "a secret is NAMESPACE/NAME, not \"%.*s\"", STR_ARG(operands.items[0]));
            return false;
        }
        out->secret = has_namespace ? name : operands.items[0];
        out->namespace = has_namespace         ? namespace
                         : args->namespace.ptr ? args->namespace
                                               : STR("default");
    }
    return true;
}

static CliStatus run(Cli *cli, void *arguments, StrList operands)
{
    const Args *args = arguments;
    State state;
    RbacInventory inventory;
    RbacSecretQuestion question;
    UserInfo who;
    if (!read_question(cli, args, operands, &who, &question) ||
        !rbac_open(cli, &args->source, &rbac_source_options_pods, &state, &inventory)) {
        return CLI_ERROR;
    }
    RbacSecretReport report;
    rbac_secrets_find(&inventory, &question, cli->arena, &report);
    Value v = rbac_secrets_to_value(&report, cli->arena);
    if (!output_value(cli, &args->output, &v)) {
        write_table(cli, &report);
    }
    rbac_close(&state, &inventory);
    return report.count ? CLI_YES : CLI_NO;
}

static const CliOptionUse uses[] = {
    { &group, 0 },
    { &output_data_options, offsetof(Args, output) },
    SOURCE_OPTION_USES(Args, source),
    { NULL, 0 },
};

const CliCommand cli_command_rbac_secrets = {
    .name = STR_INIT("secrets"),
    .operands = STR_INIT("[[NAMESPACE/]SECRET]"),
    .operands_max = 1,
    .summary = STR_INIT("Say who can read which secret, and how"),
    .description = STR_INIT(
        "read: may get, list or watch it. pod, workload, patch, ephemeral: has a pod mount it. "
        "exec, "
        "node: runs commands in a pod that holds it. token, impersonate: acts as somebody who "
        "reads "
        "it. escalate, bind: grants himself the right. What else those take (to write roles or "
        "bindings) is asked for as well. Members of system:masters read everything.\nExit status: "
        "0 "
        "when somebody can, 1 when nobody."),
    .options = uses,
    .args_size = sizeof(Args),
    .run = run,
};
