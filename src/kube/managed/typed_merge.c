/* SPDX-License-Identifier: Apache-2.0 */
/* Laying one object over another, as an apply lays its configuration over the live object. */
#include "kube/managed/typed.h"

typedef struct Merge {
    const TypedMode *mode;
    Arena *arena;
} Merge;

/* One of x and over is not NULL. */
static Value merge(const Merge *m, const SchemaType *t, const SchemaField *field, const Value *x,
                   const Value *over);

static Value merge_structs(const Merge *m, const SchemaType *t, const Value *x, const Value *over)
{
    const Value *xs[SCHEMA_FIELDS_MAX];
    const Value *overs[SCHEMA_FIELDS_MAX];
    typed_rows(t, x, m->mode, xs);
    typed_rows(t, over, m->mode, overs);
    const SchemaField *fields = schema_fields_of(t);
    Value out = value_object();
    for (unsigned i = 0; i < t->field_count; i++) {
        if (xs[i] || overs[i]) {
            Value v = merge(m, schema_field_type(&fields[i]), &fields[i], xs[i], overs[i]);
            value_set(&out, schema_field_name(&fields[i]), v, m->arena);
        }
    }
    return out;
}

static Value merge_maps(const Merge *m, const SchemaType *t, const Value *x, const Value *over)
{
    uint32_t x_count = (uint32_t)value_len(x);
    uint32_t over_count = (uint32_t)value_len(over);
    const Member *xs = typed_members(x, m->arena);
    const Member *overs = typed_members(over, m->arena);
    Value out = value_object();
    out.members = arena_alloc(m->arena, ((size_t)x_count + over_count) * sizeof(Member));
    for (uint32_t i = 0, j = 0; i < x_count || j < over_count;) {
        int order = i == x_count      ? 1
                    : j == over_count ? -1
                                      : str_cmp(member_key(&xs[i]), member_key(&overs[j]));
        Member *to = &out.members[out.len++];
        *to = order <= 0 ? xs[i] : overs[j];
        const Value *left = order <= 0 ? &xs[i++].value : NULL;
        const Value *right = order >= 0 ? &overs[j++].value : NULL;
        to->value = merge(m, typed_member(t, member_key(to)), NULL, left, right);
    }
    return out;
}

/* The items of x in their order, then the new ones in theirs. */
static Value merge_lists(const Merge *m, const SchemaType *t, const SchemaField *field,
                         const Value *x, const Value *over)
{
    TypedItem *xs = NULL;
    TypedItem *overs = NULL;
    uint32_t x_count = 0;
    uint32_t over_count = 0;
    if (!typed_items(t, field, x, m->mode, m->arena, &xs, &x_count) ||
        !typed_items(t, field, over, m->mode, m->arena, &overs, &over_count)) {
        return over ? *over : *x; /* never: both are sound */
    }
    const Value **partner = new(m->arena, const Value *, x_count); /* by place */
    bool *is_known = new(m->arena, bool, over_count);
    for (uint32_t i = 0, j = 0; i < x_count && j < over_count;) {
        int order = path_element_cmp(&xs[i].element, &overs[j].element);
        if (order == 0) {
            partner[xs[i].place] = overs[j].value;
            is_known[overs[j].place] = true;
        }
        i += order <= 0;
        j += order >= 0;
    }
    Value out = value_array();
    out.items = arena_alloc(m->arena, ((size_t)x_count + over_count) * sizeof(Value));
    for (uint32_t i = 0; i < x_count; i++) {
        out.items[out.len++] = merge(m, typed_item(t), NULL, &x->items[i], partner[i]);
    }
    for (uint32_t j = 0; j < over_count; j++) {
        if (!is_known[j]) {
            out.items[out.len++] = over->items[j];
        }
    }
    return out;
}

static Value merge_untyped(const Merge *m, const Value *x, const Value *over)
{
    bool are_maps = value_is(x, VALUE_OBJECT) && value_is(over, VALUE_OBJECT) &&
                    (x->len || over->len);
    return are_maps ? merge_maps(m, NULL, x, over) : over ? *over : *x;
}

static Value merge(const Merge *m, const SchemaType *t, const SchemaField *field, const Value *x,
                   const Value *over)
{
    if (!x || !over) {
        return over ? *over : *x;
    }
    if (!t) {
        return merge_untyped(m, x, over);
    }
    Topology topology = typed_topology_of(t, field, x, m->mode);
    if (topology == TOPOLOGY_LEAF || typed_topology_of(t, field, over, m->mode) == TOPOLOGY_LEAF ||
        (typed_is_empty(t, x, m->mode) && typed_is_empty(t, over, m->mode))) {
        return *over;
    }
    return topology >= TOPOLOGY_SET          ? merge_lists(m, t, field, x, over)
           : schema_kind(t) == SCHEMA_STRUCT ? merge_structs(m, t, x, over)
                                             : merge_maps(m, t, x, over);
}

Value typed_merge(const SchemaType *t, const Value *object, const Value *over,
                  const TypedMode *mode, Arena *a)
{
    Merge m = { mode, a };
    return typed_is_struct(t) ? merge_structs(&m, t, object, over)
                              : merge_maps(&m, t, object, over);
}
