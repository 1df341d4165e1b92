/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks: --as and --as-group, with the groups that the API server adds to an impersonated user.
 */
#ifndef PODGATE_CLI_USER_H
#define PODGATE_CLI_USER_H

#include "cli/cli.h"
#include "decide/facts.h"

typedef struct UserArgs {
    Str as;
    StrList groups;
} UserArgs;

extern const CliOptionGroup user_options; /* into UserArgs */

/* The user that the API server makes of these impersonation headers: system:authenticated is added
 * (system:unauthenticated for system:anonymous), and to a service account without --as-group its
 * own groups. Without --as: a user without a name who has no rights but those that every
 * authenticated user has. False after a message when groups are given without a user. */
WARN_UNUSED bool user_read(const Cli *cli, const UserArgs *args, UserInfo *out);

/* Warns when --as gives a bare name that is a service account's in the state: it names a user. */
void user_warn(const Cli *cli, const UserArgs *args, const Facts *facts, StrList namespaces);

#endif
