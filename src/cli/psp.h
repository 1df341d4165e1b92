/* SPDX-License-Identifier: Apache-2.0 */
/* What the psp commands share: the policies of the state, and who may use one. */
#ifndef PODGATE_CLI_PSP_H
#define PODGATE_CLI_PSP_H

#include "cli/output.h"
#include "cli/state.h"
#include "decide/rbac/rbac.h"

extern const CliCommand cli_command_psp_list;
extern const CliCommand cli_command_psp_describe;
extern const CliCommand cli_command_psp_who_may_use;

/* The policies of the state that are named, or all, each as the API server would hand it out:
 * known fields only, defaults filled in. False after a message when a name is not there. */
WARN_UNUSED bool psp_objects(const Cli *cli, const State *state, StrList names, Value **out,
                             size_t *count);

/* One subject that may use a policy, and through what. */
typedef struct PspUse {
    const RbacBinding *binding;
    const RbacSubject *subject;
} PspUse;

typedef struct PspUses {
    PspUse *items;
    size_t count;
} PspUses;

/* Every subject of every binding whose role grants `use` of the policy in group policy, extensions
 * or podgate.io: ClusterRoleBindings first, then by namespace. The built-in binding for
 * system:masters is left out. */
void psp_uses(const State *state, Str policy, Arena *a, PspUses *out);
/* Whether the rule grants use of a policy; name absent asks for every policy. */
bool psp_rule_grants(const RbacRule *rule, Str policy);

#endif
