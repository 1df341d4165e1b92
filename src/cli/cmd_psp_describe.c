/* SPDX-License-Identifier: Apache-2.0 */
/* podgate psp describe: policies as `kubectl describe psp` prints them. */
#include "cli/describe.h"
#include "cli/psp.h"

#include <stdint.h>

typedef struct Args {
    StateArgs state;
} Args;

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
        for (size_t i = 0; i < count; i++) {
            buf_add(&cli->out, i ? STR("\n\n") : STR(""));
            describe_object(&policies[i], &cli->out);
        }
        if (count == 0) {
            cli_warn(cli, "there is no PodSecurityPolicy in the state");
        }
        status = CLI_YES;
    }
    state_close(&state);
    return status;
}

static const CliOptionUse uses[] = {
    { &state_options, offsetof(Args, state) },
    { NULL, 0 },
};

const CliCommand cli_command_psp_describe = {
    .name = STR_INIT("describe"),
    .operands = STR_INIT("[NAME]..."),
    .operands_max = SIZE_MAX,
    .summary = STR_INIT("Describe policies as kubectl describe psp does"),
    .options = uses,
    .args_size = sizeof(Args),
    .run = run,
};
