/* SPDX-License-Identifier: Apache-2.0 */
/* podgate psp list: the columns of `kubectl get psp`. */
#include "cli/psp.h"
#include "cli/table.h"

#include <stdint.h>

typedef struct Args {
    StateArgs state;
    OutputArgs output;
} Args;

static Str bool_text(const Value *spec, Str key)
{
    return value_get_bool(spec, key).value ? STR("true") : STR("false");
}

static Str joined(const Value *array, Arena *a)
{
    Buf b = buf_new(a);
    VALUE_EACH_ITEM(item, array) {
        buf_add(&b, b.len ? STR(",") : STR(""));
        buf_add(&b, value_as_str(item));
    }
    return buf_str(&b);
}

static Str rule_of(const Value *spec, Str key)
{
    Str rule = value_get_str(value_get(spec, key), STR("rule"));
    return rule.ptr ? rule : STR("");
}

static void add_row(Table *t, const Value *policy)
{
    const Value *spec = value_get_lit(policy, "spec");
    table_row(t, (Str[]){
                     value_get_str(value_get_lit(policy, "metadata"), STR("name")),
                     bool_text(spec, STR("privileged")),
                     joined(value_get_lit(spec, "allowedCapabilities"), t->arena),
                     rule_of(spec, STR("seLinux")),
                     rule_of(spec, STR("runAsUser")),
                     rule_of(spec, STR("fsGroup")),
                     rule_of(spec, STR("supplementalGroups")),
                     bool_text(spec, STR("readOnlyRootFilesystem")),
                     joined(value_get_lit(spec, "volumes"), t->arena),
                 });
}

static void write_table(Cli *cli, const Value *policies, size_t count)
{
    Table t = table_new(cli->arena, 9);
    table_row(&t,
              (Str[]){ STR("NAME"), STR("PRIV"), STR("CAPS"), STR("SELINUX"), STR("RUNASUSER"),
                       STR("FSGROUP"), STR("SUPGROUP"), STR("READONLYROOTFS"), STR("VOLUMES") });
    for (size_t i = 0; i < count; i++) {
        add_row(&t, &policies[i]);
    }
    table_write(&t, false, &cli->out);
}

static void write_list(Cli *cli, const Args *args, const Value *policies, size_t count)
{
    if (output_is(&args->output, STR("table"))) {
        write_table(cli, policies, count);
        return;
    }
    Value list = output_list(cli->arena);
    Value *items = value_get_lit(&list, "items");
    for (size_t i = 0; i < count; i++) {
        if (output_is(&args->output, STR("name"))) {
            Str name = value_get_str(value_get_lit(&policies[i], "metadata"), STR("name"));
            buf_printf(&cli->out, "podsecuritypolicy.policy/%.*s\n", STR_ARG(name));
        }
        value_add(items, policies[i], cli->arena);
    }
    output_value(cli, &args->output, &list);
}

static CliStatus run(Cli *cli, void *arguments, StrList operands)
{
    const Args *args = arguments;
    State state;
    if (!state_open(cli, &args->state, &state)) {
        return CLI_ERROR;
    }
    Value *policies;
    size_t count;
    CliStatus status = CLI_ERROR;
    if (psp_objects(cli, &state, operands, &policies, &count)) {
        status = CLI_YES;
        if (count == 0 && output_is(&args->output, STR("table"))) {
            cli_warn(cli, "there is no PodSecurityPolicy in the state");
        } else {
            write_list(cli, args, policies, count);
        }
    }
    state_close(&state);
    return status;
}

static const CliOptionUse uses[] = {
    { &output_options, offsetof(Args, output) },
    { &state_options, offsetof(Args, state) },
    { NULL, 0 },
};

const CliCommand cli_command_psp_list = {
    .name = STR_INIT("list"),
    .operands = STR_INIT("[NAME]..."),
    .operands_max = SIZE_MAX,
    .summary = STR_INIT("List policies with the columns of kubectl get psp"),
    .options = uses,
    .args_size = sizeof(Args),
    .run = run,
};
