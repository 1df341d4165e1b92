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
    TypedChanges changes; /* of fields that the registry does not put back */
    bool is_same;         /* there are none at all */
    bool is_missing;      /* no such version of the kind */
    bool is_broken;       /* the objects cannot be compared */
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
/* An object in the version named. False when there is no such version of the kind. */
bool managed_convert(const ManagedVersions *versions, const Value *object, Str from, Str to,
                     const SchemaType **type, Value *out);
/* Converted and compared when it is first asked for. */
const ManagedVersion *managed_version_of(ManagedVersions *versions, Str api_version);

/* An object without metadata.managedFields, which no one owns. */
Value managed_without_fields(const Value *object, Arena *a);
/* The object of the type that nothing was written into. */
Value managed_empty_object(const ManagedRequest *req, Arena *a);
/* A set without what never belongs to anybody: what names an object, what the server alone
 * writes. */
FieldSet managed_stripped(FieldSet set, Arena *a);

/* Puts the oldest updaters together until there are ten, as far as they wrote one version. */
void managed_entries_cap(ManagedEntries *entries);

#endif
