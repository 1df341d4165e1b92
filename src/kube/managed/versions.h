/* SPDX-License-Identifier: Apache-2.0 */
/* The two objects of a request in the versions that managers wrote, and what changed there. */
#ifndef PODGATE_KUBE_MANAGED_VERSIONS_H
#define PODGATE_KUBE_MANAGED_VERSIONS_H

#include "kube/managed/entries.h"
#include "kube/managed/managed.h"
#include "kube/managed/typed.h"

typedef struct ManagedVersion {
    Str api_version;
    const SchemaType *type;
    Value live;
    Value object;
    TypedChanges changes;
    bool is_missing; /* no such version of the kind */
    bool is_broken;  /* the objects cannot be compared */
} ManagedVersion;

typedef struct ManagedVersions {
    const ManagedRequest *req;
    TypedMode mode;
    Arena *arena;
    const Value *live;
    const Value *object;
    Map by_name;
} ManagedVersions;

/* live and object: in the version of the request, without managedFields. */
ManagedVersions managed_versions_new(const ManagedRequest *req, const Value *live,
                                     const Value *object, Arena *a);
/* Converted and compared when it is first asked for. */
const ManagedVersion *managed_version_of(ManagedVersions *versions, Str api_version);

/* Puts the oldest updaters together until there are ten, as far as they wrote one version. */
void managed_entries_cap(ManagedEntries *entries);

#endif
