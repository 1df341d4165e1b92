/* SPDX-License-Identifier: Apache-2.0 */
/* podgate help [COMMAND]...: the same as --help. */
#include "cli/options.h"

static CliStatus run(Cli *cli, void *args, StrList operands)
{
    (void)args;
    if (operands.count == 0) {
        options_help_program(cli, &cli->out);
        return CLI_YES;
    }
    const CliCommand *const *list = cli_commands;
    const CliCommand *command = NULL;
    Str path = STR("");
    for (size_t i = 0; i < operands.count; i++) {
        command = list ? cli_command_find(list, operands.items[i]) : NULL;
        if (!command) {
            return cli_usage(cli, "unknown command \"%.*s\"", STR_ARG(operands.items[i]));
        }
        path = i == 0
                   ? command->name
                   : arena_printf(cli->arena, "%.*s %.*s", STR_ARG(path), STR_ARG(command->name));
        list = command->subcommands;
    }
    cli->command = path;
    options_help(cli, command, &cli->out);
    return CLI_YES;
}

const CliCommand cli_command_help = {
    .name = STR_INIT("help"),
    .operands = STR_INIT("[COMMAND]..."),
    .operands_max = 3,
    .complete = CLI_COMPLETE_COMMAND,
    .summary = STR_INIT("Say what a command does and which options it takes"),
    .run = run,
};
