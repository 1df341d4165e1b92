/* SPDX-License-Identifier: Apache-2.0 */
/* podgate psp who-may-use: the subjects that may use a policy, and the bindings that say so. */
#include "cli/psp.h"
#include "cli/table.h"

typedef struct Args {
    StateArgs state;
    OutputArgs output;
} Args;

static Str binding_kind(const RbacBinding *b)
{
    return b->namespace_len ? STR("RoleBinding") : STR("ClusterRoleBinding");
}

static Str role_kind(const RbacBinding *b)
{
    return b->role_is_cluster ? STR("ClusterRole") : STR("Role");
}

/* "ServiceAccount psp-test/app", "Group system:serviceaccounts" */
static Str subject_text(const RbacSubject *s, Arena *a)
{
    Str namespace = rbac_subject_namespace(s);
    return arena_printf(a, "%.*s %.*s%s%.*s", STR_ARG(rbac_subject_kind_text(s)),
                        STR_ARG(namespace), namespace.len ? "/" : "",
                        STR_ARG(rbac_subject_name(s)));
}

static void write_table(Cli *cli, const PspUses *uses)
{
    Arena *a = cli->arena;
    Table t = table_new(a, 4);
    table_row(&t, (Str[]){ STR("SUBJECT"), STR("IN NAMESPACE"), STR("BINDING"), STR("ROLE") });
    for (size_t i = 0; i < uses->count; i++) {
        const RbacBinding *b = uses->items[i].binding;
        Str namespace = rbac_binding_namespace(b);
        table_row(&t, (Str[]){
                          subject_text(uses->items[i].subject, a),
                          namespace.len ? namespace : STR("*"),
                          arena_printf(a, "%.*s/%.*s", STR_ARG(binding_kind(b)),
                                       STR_ARG(rbac_binding_name(b))),
                          arena_printf(a, "%.*s/%.*s", STR_ARG(role_kind(b)),
                                       STR_ARG(rbac_binding_role_name(b))),
                      });
    }
    table_row(&t, (Str[]){ STR("Group " RBAC_GROUP_MASTERS), STR("*"), STR("<none>"),
                           STR("<may everything>") });
    table_write(&t, false, &cli->out);
}

static Value reference(Str kind, Str name, Str namespace, Arena *a)
{
    Value v = value_object();
    output_add_str(&v, STR("kind"), kind, a);
    output_add_str(&v, STR("name"), name, a);
    if (namespace.len) {
        output_add_str(&v, STR("namespace"), namespace, a);
    }
    return v;
}

static Value as_value(Str policy, const PspUses *uses, Arena *a)
{
    Value result = value_object();
    output_add_str(&result, STR("policy"), policy, a);
    Value list = value_array();
    for (size_t i = 0; i < uses->count; i++) {
        const RbacBinding *b = uses->items[i].binding;
        const RbacSubject *s = uses->items[i].subject;
        Value use = value_object();
        value_set_lit(&use, "subject",
                      reference(rbac_subject_kind_text(s), rbac_subject_name(s),
                                rbac_subject_namespace(s), a),
                      a);
        if (b->namespace_len) {
            output_add_str(&use, STR("inNamespace"), rbac_binding_namespace(b), a);
        }
        value_set_lit(
            &use, "binding",
            reference(binding_kind(b), rbac_binding_name(b), rbac_binding_namespace(b), a), a);
        value_set_lit(
            &use, "role",
            reference(role_kind(b), rbac_binding_role_name(b), rbac_binding_role_namespace(b), a),
            a);
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
            buf_add(&cli->out, subject_text(uses.items[i].subject, cli->arena));
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
    if (!state_open(cli, &args->state, NULL, &state)) {
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
