/* SPDX-License-Identifier: Apache-2.0 */
/* podgate psp: the policies of a cluster. */
#include "cli/psp.h"

static const CliCommand *const subcommands[] = {
    &cli_command_psp_list,
    &cli_command_psp_describe,
    &cli_command_psp_who_may_use,
    NULL,
};

const CliCommand cli_command_psp = {
    .name = STR_INIT("psp"),
    .summary = STR_INIT("List and describe pod security policies, and say who may use one"),
    .subcommands = subcommands,
};
