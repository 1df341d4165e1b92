/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may do more, and who less, in one state of a cluster than in another.
 *
 * Rights are compared, not objects: a binding that is renamed, a rule that is split, a role in
 * place of another that grants the same, change nothing. What somebody has through a group that
 * everybody like him is in counts as his: to bind the group in his place takes nothing from him.
 * The listing is the smallest that says it: what a group gains is not listed for its members, what
 * somebody gains everywhere not for each namespace, verbs and resources that go together are one
 * line, and so is a role of which everything is new.
 */
#ifndef PODGATE_ANALYZE_RBAC_ACCESS_DIFF_H
#define PODGATE_ANALYZE_RBAC_ACCESS_DIFF_H

#include "analyze/rbac/cluster.h"
#include "analyze/rbac/inventory.h"

typedef struct RbacChange {
    bool gained;
    uint8_t kind; /* SubjectKind */
    Str subject_namespace;
    Str subject_name;
    Str namespace;         /* where; "" for everywhere */
    bool whole_role;       /* every right of the role that by refers to */
    RbacRule right;        /* else: verbs of one or several resources of one group, or of URLs */
    const RbacBinding *by; /* of the state that has it */
    StrList rest; /* what of this right the other state grants as well: the right is wider than what
                   * changes ("*" became a list, everywhere became some namespaces) */
} RbacChange;

typedef struct RbacChanges {
    RbacChange *items; /* by subject, then by namespace; gained before lost */
    size_t count;
    size_t cap;
    size_t gained;
    size_t lost;
    bool too_many; /* a role has more rights than can be compared: not all is said */
} RbacChanges;

/* who: only this subject; NULL for all. namespace: only rights that hold there; absent for all. */
void rbac_access_diff(RbacCluster *before, RbacCluster *after, const UserInfo *who, Str namespace,
                      Arena *a, RbacChanges *out);
/* {"kind": "RbacDiffReport", ...} */
Value rbac_changes_to_value(const RbacChanges *changes, Arena *a);
Str rbac_change_subject_text(const RbacChange *c, Arena *a);
/* "* pods, but for get pods" */
Str rbac_change_right_text(const RbacChange *c, Arena *a);

#endif
