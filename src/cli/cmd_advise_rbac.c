/* SPDX-License-Identifier: Apache-2.0 */
/* podgate advise rbac: service accounts that could do with less. */
#include "analyze/advise/rbac.h"
#include "analyze/grant.h"
#include "analyze/objects.h"
#include "cli/advise.h"
#include "cli/table.h"

typedef struct Args {
    bool all;
    OutputArgs output;
    AdviseArgs workloads;
} Args;

static const CliOption options[] = {
    { .name = STR_INIT("all"),
      .kind = CLI_FLAG,
      .offset = offsetof(Args, all),
      .help = STR_INIT("list accounts that there is no advice about, too") },
};

static const CliOptionGroup group = { STR_INIT("The advice"), options, COUNT_OF(options) };

/* "Role/use", or "Role/use in NS" where it is bound in another namespace than the account's. */
static Str grant_text(const AdviseAccount *account, const RbacBinding *binding, Arena *a)
{
    Str role = grant_role_text(binding, a);
    Str namespace = rbac_binding_namespace(binding);
    return namespace.len == 0 || str_eq(namespace, account->namespace)
               ? role
               : arena_printf(a, "%.*s in %.*s", STR_ARG(role), STR_ARG(namespace));
}

/* Each once, though several bindings may grant it. */
static Str grants_text(const AdviseAccount *account, Arena *a)
{
    Buf b = buf_new(a);
    Str *seen = new(a, Str, account->grant_count);
    size_t count = 0;
    for (size_t i = 0; i < account->grant_count; i++) {
        Str text = grant_text(account, account->grants[i].binding, a);
        if (!str_list_has((StrList){ seen, count }, text)) {
            buf_add(&b, count ? STR(", ") : STR(""));
            buf_add(&b, text);
            seen[count++] = text;
        }
    }
    return b.len ? buf_str(&b) : STR("<none>");
}

static Str users_text(const AdviseAccount *account, Arena *a)
{
    if (account->workload_count == 0) {
        return STR("<none>");
    }
    Str first = account->workloads[0]->text;
    return account->workload_count == 1
               ? first
               : arena_printf(a, "%.*s and %zu more", STR_ARG(first), account->workload_count - 1);
}

static void write_table(Cli *cli, const Args *args, const AdviseRbacReport *report)
{
    Arena *a = cli->arena;
    Table t = table_new(a, 6);
    t.trim = true;
    table_row(&t, (Str[]){ STR("NAMESPACE"), STR("ACCOUNT"), STR("USED BY"), STR("ROLES"),
                           STR("ADVICE"), STR("WHY") });
    for (size_t i = 0; i < report->count; i++) {
        const AdviseAccount *account = &report->accounts[i];
        Str users = users_text(account, a);
        Str grants = grants_text(account, a);
        if (!account->advice && args->all) {
            table_row(&t, (Str[]){ account->namespace, account->name, users, grants, STR("<none>"),
                                   STR("") });
        }
        for (const AdviseRbac *advice = account->advice; advice; advice = advice->next) {
            table_row(&t, (Str[]){ account->namespace, account->name, users, grants,
                                   advise_rbac_kind_text(advice->kind), advice->text });
        }
    }
    if (report->advice_count || args->all) {
        table_write(&t, cli->out_color, &cli->out);
    } else {
        buf_printf(&cli->out, "No advice about %zu service account%s\n", report->count,
                   report->count == 1 ? "" : "s");
    }
    bool first = true;
    for (size_t i = 0; i < report->count; i++) {
        for (const AdviseRbac *r = report->accounts[i].advice; r; r = r->next) {
            if (r->command.len) {
                buf_add(&cli->out, first ? STR("\n") : STR(""));
                buf_add(&cli->out, r->command);
                buf_byte(&cli->out, '\n');
                first = false;
            }
        }
    }
}

/* That an account has no rights says something only where rights were read. */
static bool has_bindings(const FileObjects *objects)
{
    for (size_t i = 0; i < objects->count; i++) {
        if (str_ends_with(value_get_str(objects->items[i].object, STR("kind")),
                          STR("RoleBinding"))) {
            return true;
        }
    }
    return false;
}

static CliStatus answer(Cli *cli, const Args *args, const AdviseAsked *asked)
{
    AdviseRbacReport report;
    if (!advise_report_skipped(cli, &args->workloads, &asked->inputs)) {
        return CLI_ERROR;
    }
    const FileObjects *lists[] = { asked->inputs.objects, &asked->state.objects };
    StrList namespaces = objects_namespaces(lists, COUNT_OF(lists), cli->arena);
    if (!has_bindings(lists[0]) && !has_bindings(lists[1])) {
        cli_warn(cli, "no roles and bindings are among what was read: accounts seem to have no "
                      "rights");
    }
    advise_rbac(&asked->inputs, namespaces, args->workloads.namespace, cli->arena, &report);
    if (output_is(&args->output, STR("table"))) {
        write_table(cli, args, &report);
    } else {
        Value v = advise_rbac_to_value(&report, cli->arena);
        output_value(cli, &args->output, &v);
    }
    return CLI_YES;
}

static CliStatus run(Cli *cli, void *arguments, StrList operands)
{
    const Args *args = arguments;
    AdviseAsked asked;
    (void)operands;
    if (!advise_open(cli, &args->workloads, true, &asked)) {
        return CLI_ERROR;
    }
    CliStatus status = answer(cli, args, &asked);
    advise_close(&asked);
    return status;
}

static const CliOptionUse uses[] = {
    { &group, 0 },
    { &output_data_options, offsetof(Args, output) },
    ADVISE_OPTION_USES(Args, workloads),
    { NULL, 0 },
};

const CliCommand cli_command_advise_rbac = {
    .name = STR_INIT("rbac"),
    .operands = STR_INIT("-f PATH"),
    .summary = STR_INIT("Say which service accounts could do with less"),
    .description = STR_INIT(
        "What follows from workloads, accounts and bindings alone: accounts that nothing runs as, "
        "tokens that are mounted and good for nothing, rights of the account default, accounts "
        "that are shared or missing, bindings whose role is not there.\n"
        "Which of its rights a workload makes use of, no manifest says. An audit log does: see "
        "podgate rbac from-audit.\n"
        "Exit status: 0, the advice is printed; 2, the call or its input is wrong."),
    .options = uses,
    .args_size = sizeof(Args),
    .run = run,
};
