/* SPDX-License-Identifier: Apache-2.0 */
/* podgate psa: Pod Security Standards. */
#include "cli/psa.h"

static const CliCommand *const subcommands[] = {
    &cli_command_psa_check,
    &cli_command_psa_level,
    &cli_command_psa_dry_run,
    NULL,
};

const CliCommand cli_command_psa = {
    .name = STR_INIT("psa"),
    .summary = STR_INIT("Hold pods against the Pod Security Standards"),
    .subcommands = subcommands,
};
