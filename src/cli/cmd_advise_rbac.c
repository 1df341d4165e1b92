/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/advise.h"
static CliStatus run(Cli *cli, void *arguments, StrList operands)
{
    (void)arguments, (void)operands;
    return cli_error(cli, "not there yet");
}
const CliCommand cli_command_advise_rbac = { .name = STR_INIT("rbac"), .run = run };
