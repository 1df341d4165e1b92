/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Impersonation: a request that asks to be taken for another user's.
 *
 * Source: k8s.io/apiserver pkg/endpoints/filters/impersonation.go (1.20; the uid since 1.22)
 */
#ifndef PODGATE_DECIDE_RBAC_IMPERSONATE_H
#define PODGATE_DECIDE_RBAC_IMPERSONATE_H

#include "decide/rbac/rbac.h"

/* The Impersonate-... headers. Absent and empty strings mean that there is no such header. */
typedef struct RbacImpersonation {
    Str user;
    StrList groups;
    const Value *extra; /* key (what follows Impersonate-Extra-) to an array of strings; or NULL */
    Str uid;
} RbacImpersonation;

static inline bool rbac_impersonates(const RbacImpersonation *i)
{
    return i->user.len || i->groups.count || value_len(i->extra) || i->uid.len;
}

/* Whether user may be taken for all that is asked: true with the new user, its implied groups
 * (system:serviceaccounts, system:authenticated, ...) added; false with the refusal: 403 about the
 * first thing that user may not impersonate, or 500 when groups or extras come without a user.
 * uri: path and query of the request, for the text of that 500, which is sent as plain text. */
bool rbac_impersonate(const Facts *f, const UserInfo *user, const RbacImpersonation *asked, Str uri,
                      Arena *a, UserInfo *out, Status *refusal);

/* The user that such a request is taken for, whoever may ask for it: to the groups that are asked
 * for, or to a service account's own when none are, comes system:authenticated (for
 * system:anonymous system:unauthenticated). */
UserInfo rbac_impersonated_user(Str user, StrList groups, Arena *a);

#endif
