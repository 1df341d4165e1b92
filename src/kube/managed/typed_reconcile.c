/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets that were made under other markers. A merged container that became atomic: whoever owned
 * something below it owns it whole. An atomic one that became merged: whoever owned it owns all
 * that is in it now.
 *
 * The second is also taken for the case where somebody owns an empty struct ("f:resources": {}),
 * which looks the same. The API server did so too, and left it be in 1.21: there, who owned the
 * container alone owns no more than that.
 */
#include "kube/managed/typed.h"

enum { NOTHING_BECOMES_MERGED = 21 };

typedef struct Reconcile {
    const TypedMode *mode;
    const SchemaType *root;
    const Value *live;
    FieldSet fields; /* of live */
    bool has_fields;
    FieldNodes remove; /* with what is below */
    FieldNodes add;
} Reconcile;

static const FieldSet nothing = { NULL, 0 };

/* All that live has below the path. */
static FieldSet live_fields_below(Reconcile *r, const FieldPath *path)
{
    if (!r->has_fields) {
        r->has_fields = true;
        if (!typed_fields(r->root, r->live, r->mode, r->add.arena, &r->fields)) {
            r->fields = nothing;
        }
    }
    if (!path) {
        return r->fields;
    }
    const FieldNode *node = field_set_find(live_fields_below(r, path->parent), &path->element);
    return node ? node->below : nothing;
}

static void visit(Reconcile *r, const SchemaType *t, const SchemaField *field,
                  const FieldNode *node, const FieldPath *path);

static void visit_below(Reconcile *r, const SchemaType *t, FieldSet below, const FieldPath *path)
{
    SchemaKind kind = schema_kind(t);
    for (uint32_t i = 0; i < below.count; i++) {
        const FieldNode *node = &below.nodes[i];
        const SchemaField *field = NULL;
        Str name = node->element.kind == PATH_FIELD
                       ? str_from(node->element.name, node->element.len)
                       : STR_ABSENT;
        const SchemaType *type = kind == SCHEMA_STRUCT ? NULL
                                 : name.ptr            ? typed_member(t, name)
                                                       : typed_item(t);
        if (kind == SCHEMA_STRUCT && node->element.kind == PATH_FIELD) {
            field = schema_field(t, name, r->mode->target);
            type = field ? schema_field_type(field) : NULL;
        }
        if (type && schema_kind(type) >= SCHEMA_LIST) {
            FieldPath at = { path, node->element };
            visit(r, type, field, node, &at);
        }
    }
}

static void visit(Reconcile *r, const SchemaType *t, const SchemaField *field,
                  const FieldNode *node, const FieldPath *path)
{
    bool is_leaf = typed_topology(t, field, r->mode) == TOPOLOGY_LEAF;
    if (is_leaf && node->below.count) {
        field_nodes_add(&r->remove, &node->element, true, nothing);
        field_nodes_add(&r->add, &node->element, true, nothing);
    } else if (node->below.count) {
        uint32_t remove_from = r->remove.count;
        uint32_t add_from = r->add.count;
        visit_below(r, t, node->below, path);
        FieldSet remove = field_nodes_take(&r->remove, remove_from);
        FieldSet add = field_nodes_take(&r->add, add_from);
        field_nodes_add(&r->remove, &node->element, false, remove);
        field_nodes_add(&r->add, &node->element, false, add);
    } else if (!is_leaf && r->mode->target->minor < NOTHING_BECOMES_MERGED) {
        FieldSet below = live_fields_below(r, path);
        field_nodes_add(&r->add, &node->element, below.count > 0, below);
    }
}

FieldSet typed_reconcile(const SchemaType *t, const Value *live, FieldSet set,
                         const TypedMode *mode, Arena *a)
{
    if (!t) {
        return set;
    }
    Reconcile r = {
        .mode = mode, .root = t, .live = live, .remove = { .arena = a }, .add = { .arena = a }
    };
    visit_below(&r, t, set, NULL);
    FieldSet remove = field_nodes_take(&r.remove, 0);
    FieldSet add = field_nodes_take(&r.add, 0);
    return field_set_union(field_set_difference_below(set, remove, a), add, a);
}
