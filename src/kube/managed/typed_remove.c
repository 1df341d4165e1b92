/* SPDX-License-Identifier: Apache-2.0 */
/* Taking paths out of an object. */
#include "kube/managed/typed.h"

typedef struct Remove {
    const TypedMode *mode;
    Arena *arena;
} Remove;

static Value remove_below(const Remove *r, const SchemaType *t, const SchemaField *field,
                          const Value *v, FieldSet set);

/* Puts what is left of a member or item into *out. False when it goes. */
static bool keep(const Remove *r, const SchemaType *t, const SchemaField *field, const Value *v,
                 FieldSet set, const PathElement *e, Value *out)
{
    const FieldNode *node = field_set_find(set, e);
    if (node && node->is_member) {
        return false;
    }
    *out = node ? remove_below(r, t, field, v, node->below) : *v;
    return true;
}

static Value remove_members(const Remove *r, const SchemaType *t, const Value *v, FieldSet set)
{
    Value out = value_object();
    out.members = arena_alloc(r->arena, v->len * sizeof(Member));
    bool is_struct = t && schema_kind(t) == SCHEMA_STRUCT;
    VALUE_EACH_MEMBER(m, v) {
        const SchemaField *field = is_struct ? schema_field(t, member_key(m), r->mode->target)
                                             : NULL;
        const SchemaType *type = !is_struct ? typed_member(t, member_key(m))
                                 : field    ? schema_field_type(field)
                                            : NULL;
        PathElement e = path_field(member_key(m));
        Member *to = &out.members[out.len];
        *to = *m;
        out.len += keep(r, type, field, &m->value, set, &e, &to->value);
    }
    return out.len ? out : value_null();
}

static Value remove_items(const Remove *r, const SchemaType *t, const SchemaField *field,
                          const Value *v, FieldSet set)
{
    Value out = value_array();
    out.items = arena_alloc(r->arena, v->len * sizeof(Value));
    VALUE_EACH_ITEM(item, v) {
        PathElement e;
        Value left = *item;
        if (typed_item_element(t, field, item, r->mode, r->arena, &e).ptr ||
            keep(r, typed_item(t), NULL, item, set, &e, &left)) {
            out.items[out.len++] = left;
        }
    }
    return out.len ? out : value_null();
}

static Value remove_below(const Remove *r, const SchemaType *t, const SchemaField *field,
                          const Value *v, FieldSet set)
{
    if (!t) {
        return v->kind == VALUE_OBJECT  ? remove_members(r, t, v, set)
               : v->kind == VALUE_ARRAY ? value_null()
                                        : *v;
    }
    Topology topology = typed_topology_of(t, field, v, r->mode);
    if (schema_kind(t) < SCHEMA_LIST) {
        return *v;
    }
    if (topology == TOPOLOGY_LEAF) {
        return value_null(); /* nothing is below it; the API server drops it then */
    }
    if (topology >= TOPOLOGY_SET) {
        return v->kind == VALUE_ARRAY ? remove_items(r, t, field, v, set) : value_null();
    }
    return v->kind == VALUE_OBJECT ? remove_members(r, t, v, set) : value_null();
}

Value typed_remove(const SchemaType *t, const Value *object, FieldSet set, const TypedMode *mode,
                   Arena *a)
{
    Remove r = { mode, a };
    return field_set_is_empty(set) ? *object : remove_members(&r, t, object, set);
}
