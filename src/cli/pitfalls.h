/* SPDX-License-Identifier: Apache-2.0 */
/* Warnings about what in a cluster is probably not meant. */
#ifndef PODGATE_CLI_PITFALLS_H
#define PODGATE_CLI_PITFALLS_H

#include "cli/state.h"

/* No policy at all; policies that nobody may use; one called restricted that restricts nothing; a
 * grant that, through `*` or for want of names, is a grant of every policy. One pass over all
 * bindings. */
void pitfalls_warn(const Cli *cli, const State *state);

#endif
