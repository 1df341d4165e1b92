/* SPDX-License-Identifier: Apache-2.0 */
/* The right to use a PodSecurityPolicy, as rules of RBAC grant it. */
#ifndef PODGATE_DECIDE_ADMISSION_POLICY_USE_H
#define PODGATE_DECIDE_ADMISSION_POLICY_USE_H

#include "decide/rbac/rbac.h"

/* The groups in which a grant counts, in the order in which they are asked about. */
extern const StrList psp_grant_groups;

/* Does the rule grant it, for a policy or ("") for a request that names none? group: the first of
 * those above in which it does; may be NULL. */
bool psp_rule_allows_use(const RbacRule *rule, Str policy, Str *group);

#endif
