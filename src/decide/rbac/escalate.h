/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nobody grants by RBAC what they do not hold.
 *
 * To write a role takes all that it grants, or the verb `escalate` on it; to write a binding takes
 * all that its role grants, or the verb `bind` on the role; to aggregate takes everything. Checked
 * after mutating admission and before validation, as the API server does.
 *
 * Source: Kubernetes pkg/registry/rbac/.../policybased, pkg/registry/rbac/validation
 */
#ifndef PODGATE_DECIDE_RBAC_ESCALATE_H
#define PODGATE_DECIDE_RBAC_ESCALATE_H

#include "decide/rbac/rbac.h"

typedef struct RbacWrite {
    const UserInfo *user;
    Str kind;            /* Role, ClusterRole, RoleBinding, ClusterRoleBinding */
    Str namespace;       /* of the request; "" for cluster-scoped kinds */
    Str name;            /* of the URL; "" for a create */
    const Value *object; /* with defaults */
    const Value *old;    /* as stored; NULL when it is created */
} RbacWrite;

/* False with the answer in *refusal: 403 with what is missing, or 404 when a binding's role is not
 * there. Kinds other than these four are allowed. */
bool rbac_write_allowed(const Facts *f, const RbacWrite *write, Arena *a, Status *refusal);

/* -- the comparison itself -------------------------------------------------------------------- */

typedef struct RbacRuleList {
    const RbacRule *const *items;
    size_t count;
} RbacRuleList;

/* Every rule that the user holds in namespace ("": cluster-wide ones only). */
RbacRuleList rbac_rules_of(const Facts *f, const UserInfo *user, Str namespace, Arena *a);

/* Tuples of group, resource, verb and name that are compared before giving up. */
enum { RBAC_TUPLES_MAX = 1 << 22 };

typedef struct RbacMissing {
    bool too_many; /* more than RBAC_TUPLES_MAX: nothing else is filled in */
    StrList rules; /* `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`, sorted, each once */
} RbacMissing;

/* What of `wanted` the rules held do not cover; nothing when missing.rules is empty. A wildcard is
 * covered by a wildcard only; verbs missing on one resource are gathered in one line. */
RbacMissing rbac_rules_missing(RbacRuleList held, const RbacRule *wanted, size_t count, Arena *a);

#endif
