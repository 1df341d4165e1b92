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

#endif
