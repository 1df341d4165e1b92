/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rights as sets: what one has that another has not, in as few rules as say it, and what two have
 * in common.
 *
 * A rule is a product of lists. It is taken apart into single rights (a verb on a resource of a
 * group, of one name or of all), each of which one rule covers or none does, and what remains is
 * put together again.
 */
#ifndef PODGATE_ANALYZE_RBAC_RIGHTS_H
#define PODGATE_ANALYZE_RBAC_RIGHTS_H

#include "decide/rbac/rbac.h"

typedef struct RbacGrant {
    const RbacRule *rule;
    const RbacBinding *binding;
} RbacGrant;

typedef struct RbacHeld {
    RbacGrant *items;
    size_t count;
    size_t cap;
} RbacHeld;

void rbac_held_add(RbacHeld *held, const RbacRule *rule, const RbacBinding *b, Arena *a);
void rbac_held_join(RbacHeld *held, const RbacHeld *more, Arena *a);
/* The same rules in the same order. */
bool rbac_held_equal(const RbacHeld *a, const RbacHeld *b);

enum { RBAC_RIGHTS_MAX = 1 << 20 }; /* single rights that are compared before giving up */

/* What of the rules `held` does not cover, put together: each with the first binding that grants
 * it. *untouched: it covers nothing of them. False when there is too much to compare. */
WARN_UNUSED bool rbac_held_minus(const RbacHeld *from, const RbacHeld *held, Arena *a,
                                 RbacHeld *out, bool *untouched);

/* What two rules both grant; false when there is nothing. */
bool rbac_rules_meet(const RbacRule *one, const RbacRule *other, Arena *a, RbacRule *out);

/* Whether the rule grants one of the verbs on one of the targets, RESOURCE[.GROUP][/SUBRESOURCE];
 * both comma separated. With resourceNames: on one of those. */
bool rbac_rule_gives(const RbacRule *rule, Str verbs, Str targets);

/* The verbs and resources of the rule by which it does: what to show of a rule that has many. */
RbacRule rbac_rule_part(const RbacRule *rule, Str verbs, Str targets, Arena *a);

#endif
