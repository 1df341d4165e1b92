/* SPDX-License-Identifier: Apache-2.0 */
/* One declaration for each row of commands.def. */
#ifndef PODGATE_CLI_COMMANDS_H
#define PODGATE_CLI_COMMANDS_H

#include "cli/cli.h"
#include "cli/commands.def"

#define CLI_COMMAND_DECLARE(name) extern const CliCommand cli_command_##name;
CLI_COMMAND_LIST(CLI_COMMAND_DECLARE)
#undef CLI_COMMAND_DECLARE

/* cli_NAME_run, the run function of each of CLI_SERVER_COMMAND_LIST. */
#define CLI_RUN_DECLARE(name) CliStatus cli_##name##_run(Cli *cli, void *args, StrList operands);
CLI_SERVER_COMMAND_LIST(CLI_RUN_DECLARE)
#undef CLI_RUN_DECLARE

#endif
