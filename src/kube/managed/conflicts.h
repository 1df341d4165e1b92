/* SPDX-License-Identifier: Apache-2.0 */
/* What an apply would take from others, listed. */
#ifndef PODGATE_KUBE_MANAGED_CONFLICTS_H
#define PODGATE_KUBE_MANAGED_CONFLICTS_H

#include "kube/managed/entries.h"
#include "kube/managed/managed.h"

typedef struct ManagedConflict {
    const ManagedEntry *entry;
    FieldSet set; /* not empty */
} ManagedConflict;

/* Fills in the verdict, message and causes: managers in the order of their ids, the paths of each
 * as sets are walked. */
void managed_conflicts_tell(const ManagedConflict *conflicts, size_t count, Arena *a,
                            ManagedApplied *out);

#endif
