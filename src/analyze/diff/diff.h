/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What differs between two states of a cluster: objects that one of them alone has, and of those
 * that both have the fields.
 *
 * Objects are the same by group, kind, namespace and name. In another version of a built-in kind
 * they are compared in the version of the first state; Deployments of extensions are those of apps.
 *
 * What every server sets anew says nothing about a cluster and is left out, unless all fields are
 * asked for: uids, resourceVersions, managedFields, generations, times at which something was
 * noticed. So are kinds that tell of a moment (diff_is_momentary).
 *
 * Values of Secrets never come into the result: "***" stands for them.
 */
#ifndef PODGATE_ANALYZE_DIFF_DIFF_H
#define PODGATE_ANALYZE_DIFF_DIFF_H

#include "doc/value.h"
#include "kube/target.h"

/* Events, Leases, component statuses: they are left out unless somebody asks for them. */
bool diff_is_momentary(Str group, Str kind);

typedef enum DiffChange { DIFF_ADDED, DIFF_REMOVED, DIFF_CHANGED } DiffChange;
/* "added", "removed", "changed" */
Str diff_change_text(DiffChange change);

/* One field. Lists whose items have names (or another key) are compared item by item. */
typedef struct DiffField {
    Str path;            /* "spec.template.spec.containers[web].image" */
    const Value *before; /* NULL: it was not there */
    const Value *after;  /* NULL: it is not there any more */
} DiffField;

typedef struct DiffEntry {
    DiffChange change;
    Str api_version; /* of the first state that has it */
    Str group;
    Str kind;
    Str namespace; /* "" for cluster-scoped ones */
    Str name;
    const DiffField *fields; /* of DIFF_CHANGED, in the order of the objects */
    size_t field_count;
} DiffEntry;

typedef struct DiffResult {
    const DiffEntry *entries; /* by kind, namespace and name */
    size_t count;
    size_t by_change[3];
} DiffResult;

typedef struct DiffOptions {
    KubeTarget target;
    bool all_fields;
    /* Is the object of interest? One that is in either state is compared; NULL: all. */
    bool (*wants)(const void *context, const Value *object);
    const void *context;
} DiffOptions;

typedef struct DiffState {
    const Value *const *objects; /* of a place that comes twice the last one counts */
    size_t count;
} DiffState;

void diff_states(const DiffState *before, const DiffState *after, const DiffOptions *o, Arena *a,
                 DiffResult *out);

#endif
