/* SPDX-License-Identifier: Apache-2.0 */
/* podgate psp who-may-use: the subjects that may use a policy, and the bindings that say so. */
#include "analyze/grant.h"
#include "cli/psp.h"
#include "cli/table.h"

typedef struct Args {
    StateArgs state;
    OutputArgs output;
} Args;

static void write_table(Cli *cli, const PspUses *uses)
{
    Arena *a = cli->arena;
    Table t = table_new(a, 4);
    table_row(&t, (Str[]){ STR("SUBJECT"), STR("IN NAMESPACE"), STR("BINDING"), STR("ROLE") });
    for (size_t i = 0; i < uses->count; i++) {
        const RbacBinding *b = uses->items[i].binding;
        Str namespace = rbac_binding_namespace(b);
        table_row(&t, (Str[]){ grant_subject_text(uses->items[i].subject, a),
                               namespace.len ? namespace : STR("*"), grant_binding_text(b, a),
                               grant_role_text(b, a) });
    }
    table_row(&t, (Str[]){ STR("Group " RBAC_GROUP_MASTERS), STR("*"), STR("<none>"),
                           STR("<may everything>") });
    table_write(&t, false, &cli->out);
}

static Value as_value(Str policy, const PspUses *uses, Arena *a)
{
    Value result = value_object();
    output_add_str(&result, STR("policy"), policy, a);
    Value list = value_array();
    for (size_t i = 0; i < uses->count; i++) {
        const RbacBinding *b = uses->items[i].binding;
        Value use = value_object();
        value_set_lit(&use, "subject", grant_subject_value(uses->items[i].subject, a), a);
        if (b->namespace_len) {
            output_add_str(&use, STR("inNamespace"), rbac_binding_namespace(b), a);
        }
        value_set_lit(&use, "binding", grant_binding_value(b, a), a);
        value_set_lit(&use, "role", grant_role_value(b, a), a);
        value_add(&list, use, a);
    }
    value_set_lit(&result, "subjects", list, a);
    return result;
}

static CliStatus answer(Cli *cli, const Args *args, const State *state, Str policy)
{
    if (!state->facts->psp_policy(state->facts->cluster, policy)) {
        return cli_error(cli, "podsecuritypolicies.policy \"%.*s\" not found", STR_ARG(policy));
    }
    PspUses uses;
    psp_uses(state, policy, cli->arena, &uses);
    Value v = as_value(policy, &uses, cli->arena);
    if (output_is(&args->output, STR("name"))) {
        for (size_t i = 0; i < uses.count; i++) {
            buf_add(&cli->out, grant_subject_text(uses.items[i].subject, cli->arena));
            buf_byte(&cli->out, '\n');
        }
    } else if (!output_value(cli, &args->output, &v)) {
        write_table(cli, &uses);
    }
    return uses.count ? CLI_YES : CLI_NO;
}

static CliStatus run(Cli *cli, void *arguments, StrList operands)
{
    const Args *args = arguments;
    State state;
    if (!state_open(cli, &args->state, &state)) {
        return CLI_ERROR;
    }
    CliStatus status = answer(cli, args, &state, operands.items[0]);
    state_close(&state);
    return status;
}

static const CliOptionUse uses[] = {
    { &output_options, offsetof(Args, output) },
    { &state_options, offsetof(Args, state) },
    { NULL, 0 },
};

const CliCommand cli_command_psp_who_may_use = {
    .name = STR_INIT("who-may-use"),
    .operands = STR_INIT("NAME"),
    .operands_min = 1,
    .operands_max = 1,
    .summary = STR_INIT("Say who may use a policy, and through which binding"),
    .description = STR_INIT(
        "Every subject of every binding whose role grants the verb use on the policy, in API group "
        "policy, extensions or podgate.io. A service account may use it in the pods of its "
        "namespace, a user in the pods that he creates himself.\nExit status 1: nobody may but "
        "members of system:masters."),
    .options = uses,
    .args_size = sizeof(Args),
    .run = run,
};
