/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of paths to fields, as metadata.managedFields holds them: trees whose edges are the names of
 * fields (f:name), the keys or values of list items (k:{"name":"web"}, v:"x") or places in lists
 * (i:0). A path may be a member, lead to members, or both.
 *
 * Sets never change once made, and share what they have in common. Strings and values that they
 * point to must outlive them. Recursion is as deep as the paths are long: as the documents they
 * come from.
 */
#ifndef PODGATE_KUBE_MANAGED_FIELD_SET_H
#define PODGATE_KUBE_MANAGED_FIELD_SET_H

#include "doc/value.h"

typedef enum PathElementKind { /* in the order they sort in */
                               PATH_FIELD,
                               PATH_KEY,
                               PATH_VALUE,
                               PATH_INDEX,
} PathElementKind;

typedef struct PathKey {
    Str name;
    const Value *value; /* a scalar */
} PathKey;

typedef struct PathElement {
    uint8_t kind;
    uint32_t len; /* of the name; or how many keys */
    union {
        const char *name;
        const PathKey *keys; /* by name */
        const Value *value;  /* a scalar */
        int64_t index;
    };
} PathElement;

static inline PathElement path_field(Str name)
{
    return (PathElement){ .kind = PATH_FIELD, .len = (uint32_t)name.len, .name = name.ptr };
}
static inline PathElement path_value(const Value *value)
{
    return (PathElement){ .kind = PATH_VALUE, .value = value };
}
/* <0, 0, >0; numbers by what they are worth. */
int path_element_cmp(const PathElement *a, const PathElement *b);
/* As messages have it: .spec, [name="web"], [="x"], [0] */
void path_element_text(const PathElement *e, Buf *b);

/* A path on the stack; NULL is the object itself. */
typedef struct FieldPath {
    const struct FieldPath *parent;
    PathElement element;
} FieldPath;

typedef struct FieldSet {
    const struct FieldNode *nodes; /* by element */
    uint32_t count;
} FieldSet;

typedef struct FieldNode { /* is a member or has something below */
    PathElement element;
    FieldSet below;
    bool is_member;
} FieldNode;

static inline bool field_set_is_empty(FieldSet s)
{
    return s.count == 0;
}
bool field_set_equal(FieldSet a, FieldSet b);
/* NULL when there is no such node. */
const FieldNode *field_set_find(FieldSet s, const PathElement *e);
FieldSet field_set_union(FieldSet a, FieldSet b, Arena *arena);
FieldSet field_set_intersection(FieldSet a, FieldSet b, Arena *arena);
/* Members of a that are none of b. What is below a member of b stays. */
FieldSet field_set_difference(FieldSet a, FieldSet b, Arena *arena);
/* The same, without what is below members of b. */
FieldSet field_set_difference_below(FieldSet a, FieldSet b, Arena *arena);
/* One path (not NULL): a member, if so, with all that is below. */
FieldSet field_set_of(const FieldPath *path, bool is_member, FieldSet below, Arena *arena);

/* -- making sets node by node -------------------------------------------------------------------
 * A stack: nodes of the levels above lie below those that are being added. */
typedef struct FieldNodes {
    Arena *arena;
    FieldNode *nodes;
    uint32_t count;
    uint32_t cap;
} FieldNodes;

void field_nodes_add(FieldNodes *n, const PathElement *e, bool is_member, FieldSet below);
/* Takes the nodes from the given place on off the stack: sorts them and joins equal ones. */
FieldSet field_nodes_take(FieldNodes *n, uint32_t from);

/* -- FieldsV1 -----------------------------------------------------------------------------------
 */

/* False when it is broken. NULL and null are the empty set. Unknown kinds of elements are left
 * out. */
WARN_UNUSED bool field_set_read(const Value *fields_v1, Arena *a, FieldSet *out);
/* In the order the API server writes it. */
Value field_set_write(FieldSet s, Arena *a);

#endif
