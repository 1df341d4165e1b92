/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects of a built-in type as server-side apply looks at them: as leaves that are owned whole
 * (scalars, atomic lists, maps and structs, whatever is empty) and as what holds leaves. Objects
 * are in decoded form, where empty lists and maps of omitempty fields count as absent, unless said
 * otherwise.
 *
 * Type NULL is that of custom resources: maps are merged and everything else is a leaf, whatever
 * the markers of their schemas say. So has it the API server of 1.20.
 *
 * A type of kind SCHEMA_CUSTOM is that of a custom resource whose schema is gone by: lists and maps
 * as it marks them, metadata as ObjectMeta, and as without a type where it says nothing.
 *
 * Functions that return bool are false for an object that cannot be looked at so: a list with keys
 * has an item twice, or one without its key.
 */
#ifndef PODGATE_KUBE_MANAGED_TYPED_H
#define PODGATE_KUBE_MANAGED_TYPED_H

#include "kube/managed/field_set.h"
#include "kube/schema.h"

/* How objects are looked at. */
typedef struct TypedMode {
    const KubeTarget *target;
    bool is_plain; /* not in decoded form, but as sent: what is empty is there */
} TypedMode;

/* From live to object: what was added or changed, and what is gone. Nobody needs what was added
 * apart from what was changed. */
typedef struct TypedChanges {
    FieldSet changed;
    FieldSet removed;
} TypedChanges;

WARN_UNUSED bool typed_compare(const SchemaType *t, const Value *live, const Value *object,
                               const TypedMode *mode, Arena *a, TypedChanges *out);

/* Every leaf of an object, and every item of lists with keys and of maps: what an apply of the
 * object owns. */
WARN_UNUSED bool typed_fields(const SchemaType *t, const Value *object, const TypedMode *mode,
                              Arena *a, FieldSet *out);

/* A set that was made when a list, map or struct was merged and is now atomic, or the other way
 * round, as it would be today; live is where the other way finds its leaves. */
FieldSet typed_reconcile(const SchemaType *t, const Value *live, FieldSet set,
                         const TypedMode *mode, Arena *a);

/* Whether a document is an object of the type; if not, what the API server says of it. Type NULL
 * takes anything. */
WARN_UNUSED bool typed_validate(const SchemaType *t, const Value *object, const TypedMode *mode,
                                Arena *a, Str *message);

/* An object with another laid over it: leaves of the other take the place of its own, items of
 * lists are joined. Both sound; the result shares their values. */
Value typed_merge(const SchemaType *t, const Value *object, const Value *over,
                  const TypedMode *mode, Arena *a);

/* An object without the paths of a set. What is left empty is null. */
Value typed_remove(const SchemaType *t, const Value *object, FieldSet set, const TypedMode *mode,
                   Arena *a);

/* -- within this folder -------------------------------------------------------------------------
 */

typedef enum Topology {
    TOPOLOGY_LEAF,    /* owned whole: scalars, atomic containers, raw values */
    TOPOLOGY_MEMBERS, /* structs and maps, merged member by member */
    TOPOLOGY_SET,     /* lists of scalars, each value once */
    TOPOLOGY_KEYED,   /* lists of structs with keys */
} Topology;

/* How a value is merged. field is NULL for the object itself and for items. */
Topology typed_topology(const SchemaType *t, const SchemaField *field, const TypedMode *mode);
/* The same for a value that may be no container of its type, and for type NULL. */
Topology typed_topology_of(const SchemaType *t, const SchemaField *field, const Value *v,
                           const TypedMode *mode);
static inline bool typed_is_custom(const SchemaType *t)
{
    return t && t->kind == SCHEMA_CUSTOM;
}
static inline bool typed_is_struct(const SchemaType *t)
{
    return t && schema_kind(t) == SCHEMA_STRUCT;
}
/* The type of the items of a list; of a member of a map or of a custom resource. NULL: none. */
const SchemaType *typed_item(const SchemaType *t);
const SchemaType *typed_member(const SchemaType *t, Str key);
/* Whether the schema of a custom resource names the member, which then is like a struct's field. */
bool typed_declares(const SchemaType *t, Str key);
/* Whether Go writes the member of a struct. */
bool typed_shows(const SchemaField *field, const Value *v, const TypedMode *mode);
/* Whether there is nothing in a container (that may be NULL or null). */
bool typed_is_empty(const SchemaType *t, const Value *v, const TypedMode *mode);
/* The same value to Go: members in any order, absent ones absent. */
bool typed_equal(const SchemaType *t, const Value *x, const Value *y, const TypedMode *mode);

/* An item of a list with keys or of a set, with its name among the others. */
typedef struct TypedItem {
    PathElement element;
    const Value *value;
    uint32_t place; /* in the list */
} TypedItem;

/* The name of an item; what is wrong when it has none, in the API server's words. */
Str typed_item_element(const SchemaType *t, const SchemaField *field, const Value *v,
                       const TypedMode *mode, Arena *a, PathElement *out);
/* The items of a list (NULL and null have none) by element. False: see above. */
WARN_UNUSED bool typed_items(const SchemaType *t, const SchemaField *field, const Value *list,
                             const TypedMode *mode, Arena *a, TypedItem **out, uint32_t *count);
/* The members of a map by key, for walking two side by side. */
const Member *typed_members(const Value *map, Arena *a);
/* The members of a struct that Go writes, by their row: out has SCHEMA_FIELDS_MAX places. Returns
 * false when there are none. */
bool typed_rows(const SchemaType *t, const Value *v, const TypedMode *mode, const Value **out);
/* Whether the lists within a value that is owned whole are sound. */
WARN_UNUSED bool typed_is_sound(const SchemaType *t, const SchemaField *field, const Value *v,
                                const TypedMode *mode, Arena *a);

#endif
