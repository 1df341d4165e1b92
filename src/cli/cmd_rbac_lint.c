/* SPDX-License-Identifier: Apache-2.0 */
/* podgate rbac lint: what is wrong, or does nothing, in roles and bindings. */
#include "analyze/rbac/lint.h"
#include "cli/rbac.h"
#include "cli/table.h"

typedef struct Args {
    Str namespace;
    StrList skip;
    OutputArgs output;
    SourceArgs source;
} Args;

static const CliOption options[] = {
    { .name = STR_INIT("namespace"),
      .letter = 'n',
      .kind = CLI_TEXT,
      .offset = offsetof(Args, namespace),
      .value = STR_INIT("NS"),
      .help = STR_INIT("only the roles and bindings of the namespace") },
    { .name = STR_INIT("skip"),
      .kind = CLI_LIST,
      .offset = offsetof(Args, skip),
      .value = STR_INIT("CHECK"),
      .help = STR_INIT("leave out this check, such as unused-role; repeatable") },
};
static const CliOptionGroup group = { STR_INIT("What is looked at"), options, COUNT_OF(options) };

static void write_table(Cli *cli, const RbacFindings *findings)
{
    if (!findings->count) {
        return;
    }
    Arena *a = cli->arena;
    Table t = table_new(a, 4);
    table_row(&t, (Str[]){ STR("PLACE"), STR("CHECK"), STR("OBJECT"), STR("FINDING") });
    for (size_t i = 0; i < findings->count; i++) {
        const RbacFinding *f = &findings->items[i];
        table_cell(&t, f->place.len ? f->place : STR("<none>"), TABLE_PLAIN);
        table_cell(&t, rbac_lint_checks[f->check].id, TABLE_YELLOW);
        table_cell(&t, rbac_object_text(f->object, a), TABLE_PLAIN);
        table_cell(&t, f->text, TABLE_PLAIN);
    }
    table_write(&t, cli->out_color, &cli->out);
}

static bool check_skip(const Cli *cli, StrList skip)
{
    Str names[RBAC_LINT_COUNT];
    for (size_t i = 0; i < RBAC_LINT_COUNT; i++) {
        names[i] = rbac_lint_checks[i].id;
    }
    StrList all = { names, RBAC_LINT_COUNT };
    for (size_t i = 0; i < skip.count; i++) {
        if (!str_list_has(all, skip.items[i])) {
            Str near = cli_suggest(all, skip.items[i], cli->arena);
            cli_usage(cli, "--skip: there is no check called \"%.*s\"%s%.*s",
                      STR_ARG(skip.items[i]), near.ptr ? "; did you mean " : "", STR_ARG(near));
            return false;
        }
    }
    return true;
}

static CliStatus run(Cli *cli, void *arguments, StrList operands)
{
    const Args *args = arguments;
    (void)operands;
    State state;
    RbacInventory inventory;
    if (!check_skip(cli, args->skip) ||
        !rbac_open(cli, &args->source, &rbac_source_options, &state, &inventory)) {
        return CLI_ERROR;
    }
    if (!inventory.cluster->knows_accounts) {
        cli_warn(cli, "there are no service accounts among the objects: which of them are missing "
                      "is not known");
    }
    RbacLintQuestion question = { &state.objects, args->skip, args->namespace };
    RbacFindings findings;
    rbac_lint(&inventory, &question, cli->arena, &findings);
    Value v = rbac_findings_to_value(&findings, cli->arena);
    if (!output_value(cli, &args->output, &v)) {
        write_table(cli, &findings);
    }
    rbac_close(&state, &inventory);
    return findings.count ? CLI_NO : CLI_YES;
}

static const CliOptionUse uses[] = {
    { &group, 0 },
    { &output_data_options, offsetof(Args, output) },
    SOURCE_OPTION_USES(Args, source),
    { NULL, 0 },
};

const CliCommand cli_command_rbac_lint = {
    .name = STR_INIT("lint"),
    .summary = STR_INIT("Find what is wrong, or does nothing, in roles and bindings"),
    .description = STR_INIT(
        "no-subjects, missing-role, missing-account, account-as-user, duplicate-subject, "
        "duplicate-binding, duplicate-rule, shadowed-rule, grants-nothing, never-applies, "
        "every-policy, "
        "unused-role: each finding with the place in its file. What Kubernetes makes by itself is "
        "not looked at.\nExit status: 1 when something is found, 0 when not."),
    .options = uses,
    .args_size = sizeof(Args),
    .run = run,
};
