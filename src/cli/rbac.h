/* SPDX-License-Identifier: Apache-2.0 */
/* What the rbac commands share. */
#ifndef PODGATE_CLI_RBAC_H
#define PODGATE_CLI_RBAC_H

#include "analyze/rbac/inventory.h"
#include "cli/output.h"
#include "cli/source.h"

extern const CliCommand cli_command_rbac_from_audit;
extern const CliCommand cli_command_rbac_graph;
extern const CliCommand cli_command_rbac_risks;
extern const CliCommand cli_command_rbac_lint;
extern const CliCommand cli_command_rbac_diff;
extern const CliCommand cli_command_rbac_secrets;

/* Of a running cluster, the kinds that these commands look at are read: without pods and what makes
 * pods, and with them. Secrets never are. */
extern const SourceOptions rbac_source_options;
extern const SourceOptions rbac_source_options_pods;

/* Opens the cluster, and looks at all of its RBAC. False after a message. */
WARN_UNUSED bool rbac_open(const Cli *cli, const SourceArgs *args, const SourceOptions *options,
                           State *state, RbacInventory *out);
void rbac_close(State *state, RbacInventory *inventory);

/* RESOURCE[.GROUP][/SUBRESOURCE] as kubectl takes it. Warns about one that is not known, and takes
 * it as it is. */
RbacResource rbac_resource_read(const Cli *cli, RbacCluster *cluster, Str text);

/* Runs a program of $PATH over a text; what it prints goes to out. False after a message. */
WARN_UNUSED bool rbac_filter(const Cli *cli, const char *const *argv, Str text, Buf *out);

#endif
