/* SPDX-License-Identifier: Apache-2.0 */
/* What changed from one object to another, path by path. */
#include "kube/managed/typed.h"

typedef struct Compare {
    const TypedMode *mode;
    Arena *arena;
    FieldNodes changed; /* the nodes of the levels above and of this one */
    FieldNodes removed;
} Compare;

/* One of two that are compared, at one path. */
typedef struct Pair {
    const SchemaType *type;   /* NULL: of a custom resource */
    const SchemaField *field; /* NULL: see typed_topology() */
    const Value *live;        /* NULL: was not there. Not both are NULL. */
    const Value *object;      /* NULL: is no more */
} Pair;

static bool compare(Compare *c, const Pair *p, const PathElement *e);

static bool compare_structs(Compare *c, const Pair *p)
{
    const Value *lives[SCHEMA_FIELDS_MAX];
    const Value *objects[SCHEMA_FIELDS_MAX];
    typed_rows(p->type, p->live, c->mode, lives);
    typed_rows(p->type, p->object, c->mode, objects);
    const SchemaField *fields = schema_fields_of(p->type);
    for (unsigned i = 0; i < p->type->field_count; i++) {
        if (!lives[i] && !objects[i]) {
            continue;
        }
        Pair inner = { schema_field_type(&fields[i]), &fields[i], lives[i], objects[i] };
        PathElement e = path_field(schema_field_name(&fields[i]));
        if (!compare(c, &inner, &e)) {
            return false;
        }
    }
    return true;
}

static bool compare_maps(Compare *c, const Pair *p)
{
    uint32_t live_count = (uint32_t)value_len(p->live);
    uint32_t count = (uint32_t)value_len(p->object);
    const Member *lives = typed_members(p->live, c->arena);
    const Member *members = typed_members(p->object, c->arena);
    for (uint32_t i = 0, j = 0; i < live_count || j < count;) {
        int order = i == live_count ? 1
                    : j == count    ? -1
                                    : str_cmp(member_key(&lives[i]), member_key(&members[j]));
        PathElement e = path_field(member_key(order <= 0 ? &lives[i] : &members[j]));
        Pair inner = { .type = typed_member(p->type,
                                            member_key(order <= 0 ? &lives[i] : &members[j])) };
        if (order <= 0) {
            inner.live = &lives[i++].value;
        }
        if (order >= 0) {
            inner.object = &members[j++].value;
        }
        if (!compare(c, &inner, &e)) {
            return false;
        }
    }
    return true;
}

static bool compare_lists(Compare *c, const Pair *p)
{
    TypedItem *lives;
    TypedItem *items;
    uint32_t live_count;
    uint32_t count;
    if (!typed_items(p->type, p->field, p->live, c->mode, c->arena, &lives, &live_count) ||
        !typed_items(p->type, p->field, p->object, c->mode, c->arena, &items, &count)) {
        return false;
    }
    for (uint32_t i = 0, j = 0; i < live_count || j < count;) {
        int order = i == live_count ? 1
                    : j == count    ? -1
                                    : path_element_cmp(&lives[i].element, &items[j].element);
        PathElement e = order <= 0 ? lives[i].element : items[j].element;
        Pair inner = { .type = typed_item(p->type) };
        if (order <= 0) {
            inner.live = lives[i++].value;
        }
        if (order >= 0) {
            inner.object = items[j++].value;
        }
        if (!compare(c, &inner, &e)) {
            return false;
        }
    }
    return true;
}

static bool compare_leaf(Compare *c, const Pair *p, const PathElement *e)
{
    const FieldSet nothing = { NULL, 0 };
    field_nodes_add(&c->removed, e, !p->object, nothing);
    field_nodes_add(&c->changed, e,
                    p->object && (!p->live || !typed_equal(p->type, p->live, p->object, c->mode)),
                    nothing);
    return !p->object || !p->type || schema_kind(p->type) < SCHEMA_LIST ||
           typed_is_sound(p->type, p->field, p->object, c->mode, c->arena);
}

/* Without a type, maps are merged and everything else is owned whole. Where a map takes the place
 * of something else, or the other way round, the path itself changed too. */
static bool compare_untyped(Compare *c, const Pair *p, const PathElement *e)
{
    bool was_map = value_is(p->live, VALUE_OBJECT) && p->live->len;
    bool is_map = value_is(p->object, VALUE_OBJECT) && p->object->len;
    if (!was_map && !is_map) {
        return compare_leaf(c, p, e);
    }
    uint32_t changed_from = c->changed.count;
    uint32_t removed_from = c->removed.count;
    Pair maps = { .live = was_map ? p->live : NULL, .object = is_map ? p->object : NULL };
    bool ok = compare_maps(c, &maps);
    bool clashes = !value_is_null(p->live) && !value_is_null(p->object) &&
                   (p->live->kind == VALUE_OBJECT) != (p->object->kind == VALUE_OBJECT);
    FieldSet changed = field_nodes_take(&c->changed, changed_from);
    FieldSet removed = field_nodes_take(&c->removed, removed_from);
    field_nodes_add(&c->changed, e, !p->live || clashes, changed);
    field_nodes_add(&c->removed, e, !p->object, removed);
    return ok;
}

/* Adds the node of e to this level. */
static bool compare(Compare *c, const Pair *p, const PathElement *e)
{
    if (!p->type) {
        return compare_untyped(c, p, e);
    }
    Topology topology = typed_topology_of(p->type, p->field, p->live, c->mode);
    if (topology == TOPOLOGY_LEAF ||
        typed_topology_of(p->type, p->field, p->object, c->mode) == TOPOLOGY_LEAF ||
        (typed_is_empty(p->type, p->live, c->mode) &&
         typed_is_empty(p->type, p->object, c->mode))) {
        return compare_leaf(c, p, e);
    }
    uint32_t changed_from = c->changed.count;
    uint32_t removed_from = c->removed.count;
    bool ok = topology >= TOPOLOGY_SET                ? compare_lists(c, p)
              : schema_kind(p->type) == SCHEMA_STRUCT ? compare_structs(c, p)
                                                      : compare_maps(c, p);
    FieldSet changed = field_nodes_take(&c->changed, changed_from);
    FieldSet removed = field_nodes_take(&c->removed, removed_from);
    field_nodes_add(&c->changed, e, !p->live, changed);
    field_nodes_add(&c->removed, e, !p->object, removed);
    return ok;
}

bool typed_compare(const SchemaType *t, const Value *live, const Value *object,
                   const TypedMode *mode, Arena *a, TypedChanges *out)
{
    Compare c = { .mode = mode, .arena = a, .changed = { .arena = a }, .removed = { .arena = a } };
    Pair root = { .type = t, .live = live, .object = object };
    if (typed_is_struct(t) ? !compare_structs(&c, &root) : !compare_maps(&c, &root)) {
        return false;
    }
    out->changed = field_nodes_take(&c.changed, 0);
    out->removed = field_nodes_take(&c.removed, 0);
    return true;
}
