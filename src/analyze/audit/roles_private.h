/* SPDX-License-Identifier: Apache-2.0 */
/* What gathering requests and making roles of them share. */
#ifndef PODGATE_ANALYZE_AUDIT_ROLES_PRIVATE_H
#define PODGATE_ANALYZE_AUDIT_ROLES_PRIVATE_H

#include "analyze/audit/roles.h"
#include "base/map.h"

struct Roles {
    RolesOptions options;
    Arena *arena;
    AuditStages stages;
    Map subjects; /* by user name: RolesSubject */
    Map accesses; /* RolesAccess, in the order of the log */
    RolesReport report;
};

typedef struct RolesGrant {
    const RolesAccess *like; /* its first access: verb, group, resource, path */
    Str namespace;           /* "" for everywhere */
    Str *names;              /* sorted; none for all */
    size_t name_count;
    bool any_name;
    StrList brings; /* verbs that come with it */
    const RolesAccess **accesses;
    size_t access_count;
    size_t access_cap;
} RolesGrant;

/* Those of the subject that are needed, wider ones first; what the others were for is theirs too.
 */
RolesGrant **roles_grants(const RolesOptions *options, const RolesSubject *s, Arena *a,
                          size_t *count);

/* Sorts, and leaves repeats out; how many are left. */
size_t roles_sort_set(Str *items, size_t count);

#endif
