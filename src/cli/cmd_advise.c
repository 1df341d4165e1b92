/* SPDX-License-Identifier: Apache-2.0 */
/* podgate advise: the least that workloads need. */
#include "cli/advise.h"

static const CliCommand *const subcommands[] = {
    &cli_command_advise_psp,
    &cli_command_advise_pss,
    &cli_command_advise_rbac,
    NULL,
};

const CliCommand cli_command_advise = {
    .name = STR_INIT("advise"),
    .summary = STR_INIT("Say the least that workloads need: policies, levels, accounts"),
    .subcommands = subcommands,
};
