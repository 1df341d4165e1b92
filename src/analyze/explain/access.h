/* SPDX-License-Identifier: Apache-2.0 */
/* May somebody do something, through what, and if not: the smallest grant. */
#ifndef PODGATE_ANALYZE_EXPLAIN_ACCESS_H
#define PODGATE_ANALYZE_EXPLAIN_ACCESS_H

#include "cluster/snapshot.h"
#include "decide/rbac/authorizer.h"

typedef struct Access {
    RbacRequest request;
    RbacAnswer answer;
    RbacBindingList bindings; /* everything that is bound to the user there, when it is refused */
    /* When it is refused. Each was verified by asking again with it, and without each of its
     * objects. */
    bool found;
    bool exists;     /* the role is there already: the one with the fewest rules that grants it */
    bool is_cluster; /* a ClusterRole is bound */
    Str role;
    const Value *objects; /* to be created: the role when it is new, the binding */
    size_t object_count;
} Access;

/* request and user must outlive the answer. Needs objects that were kept (SNAPSHOT_KEEP_OBJECTS) to
 * find roles that exist. */
void access_explain(const Snapshot *cluster, const RbacRequest *request, Arena *a, Access *out);

/* `create pods in namespace x`, `get /healthz` */
Str access_text(const RbacRequest *request, Arena *a);
/* {"user", "verb", ..., "allowed", "reason", "bindings", "grant"} */
Value access_to_value(const Access *access, Arena *a);

#endif
