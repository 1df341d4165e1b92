/* SPDX-License-Identifier: Apache-2.0 */
/* The entries of metadata.managedFields, read. */
#ifndef PODGATE_KUBE_MANAGED_ENTRIES_H
#define PODGATE_KUBE_MANAGED_ENTRIES_H

#include "base/map.h"
#include "kube/managed/field_set.h"
#include "kube/target.h"

typedef struct ManagedEntry {
    Str id; /* managed_entry_id() */
    Str manager;
    Str operation;
    Str api_version;
    Str subresource;   /* since 1.22; else empty */
    const Value *time; /* NULL for none */
    FieldSet set;
    const Value *source; /* FieldsV1 that says the same as set; NULL for none */
    bool is_gone;        /* was removed; its time is remembered */
} ManagedEntry;

/* By id, each once. */
typedef struct ManagedEntries {
    Arena *arena;
    Map by_id;
} ManagedEntries;

#define MANAGED_EACH_ENTRY(e, list)                                 \
    for (size_t e##_at = 0; e##_at < (list)->by_id.count; e##_at++) \
        for (ManagedEntry *e = (list)->by_id.entries[e##_at].value; e && !e->is_gone; e = NULL)

/* What tells entries apart, as the API server writes it: JSON of manager, operation and, except
 * for appliers, apiVersion. It also sorts by it. */
Str managed_entry_id(const ManagedEntry *e, Arena *a);
static inline bool managed_entry_is_apply(const ManagedEntry *e)
{
    return str_eq(e->operation, STR("Apply"));
}

ManagedEntries managed_entries_new(Arena *a);
/* The entry, unless gone; NULL when there is none. */
ManagedEntry *managed_entries_find(const ManagedEntries *entries, Str id);
/* The same, made (without fields) or brought back when there is none. like->id must be set. */
ManagedEntry *managed_entries_at(ManagedEntries *entries, const ManagedEntry *like);
size_t managed_entries_count(const ManagedEntries *entries);

/* A client resets managedFields with [] or [{}]. */
bool managed_is_reset(const Value *list);
/* False when the list is broken; out is then empty. */
bool managed_entries_read(const Value *list, const KubeTarget *target, Arena *a,
                          ManagedEntries *out);
/* In the API server's order: operation, time, manager, apiVersion. */
Value managed_entries_write(const ManagedEntries *entries);

#endif
