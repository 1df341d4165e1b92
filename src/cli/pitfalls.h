/* SPDX-License-Identifier: Apache-2.0 */
/* Warnings about what in a cluster is probably not meant. */
#ifndef PODGATE_CLI_PITFALLS_H
#define PODGATE_CLI_PITFALLS_H

#include "cli/cli.h"
#include "decide/facts.h"

/* No policy at all; policies that nobody may use; one called restricted that restricts nothing; a
 * grant that, through `*` or for want of names, is a grant of every policy. One pass over all
 * bindings of the cluster and of namespaces. */
void pitfalls_warn(const Cli *cli, const Facts *facts, StrList namespaces);

#endif
