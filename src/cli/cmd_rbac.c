/* SPDX-License-Identifier: Apache-2.0 */
/* podgate rbac: the roles and bindings of a cluster, as a whole. */
#include "cli/rbac.h"

static const CliCommand *const subcommands[] = {
    &cli_command_rbac_graph,
    &cli_command_rbac_risks,
    &cli_command_rbac_lint,
    &cli_command_rbac_diff,
    &cli_command_rbac_secrets,
    &cli_command_rbac_from_audit,
    NULL,
};

const CliCommand cli_command_rbac = {
    .name = STR_INIT("rbac"),
    .summary = STR_INIT("Draw and judge the roles and bindings of a cluster"),
    .subcommands = subcommands,
};
