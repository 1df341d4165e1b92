/* SPDX-License-Identifier: Apache-2.0 */
/* All paths of one object. */
#include "kube/managed/typed.h"

typedef struct Walk {
    const TypedMode *mode;
    Arena *arena;
    FieldNodes nodes;
} Walk;

/* is_item: an item of a list with keys or of a map is there even when nothing is below it. */
static bool add(Walk *w, const SchemaType *t, const SchemaField *field, const Value *v,
                const PathElement *e, bool is_item);

static bool add_struct(Walk *w, const SchemaType *t, const Value *v)
{
    const Value *values[SCHEMA_FIELDS_MAX];
    typed_rows(t, v, w->mode, values);
    const SchemaField *fields = schema_fields_of(t);
    for (unsigned i = 0; i < t->field_count; i++) {
        PathElement e = path_field(schema_field_name(&fields[i]));
        if (values[i] && !add(w, schema_field_type(&fields[i]), &fields[i], values[i], &e, false)) {
            return false;
        }
    }
    return true;
}

static bool add_map(Walk *w, const SchemaType *t, const Value *v)
{
    VALUE_EACH_MEMBER(m, v) {
        PathElement e = path_field(member_key(m));
        bool is_item = !typed_declares(t, member_key(m)) || m->value.kind == VALUE_NULL ||
                       (m->value.kind == VALUE_OBJECT && m->value.len == 0);
        if (!add(w, typed_member(t, member_key(m)), NULL, &m->value, &e, is_item)) {
            return false;
        }
    }
    return true;
}

static bool add_list(Walk *w, const SchemaType *t, const SchemaField *field, const Value *v)
{
    TypedItem *items;
    uint32_t count;
    if (!typed_items(t, field, v, w->mode, w->arena, &items, &count)) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!add(w, typed_item(t), NULL, items[i].value, &items[i].element, true)) {
            return false;
        }
    }
    return true;
}

/* Who says that there is nothing below a field owns it, since 1.22. */
static bool is_empty(const Walk *w, const Value *v)
{
    enum { NOTHING_IS_OWNED_SINCE = 22 };
    return w->mode->target->minor >= NOTHING_IS_OWNED_SINCE &&
           (v->kind == VALUE_NULL || (v->kind == VALUE_OBJECT && v->len == 0));
}

static bool add(Walk *w, const SchemaType *t, const SchemaField *field, const Value *v,
                const PathElement *e, bool is_item)
{
    Topology topology = typed_topology_of(t, field, v, w->mode);
    if (topology == TOPOLOGY_LEAF) {
        field_nodes_add(&w->nodes, e, true, (FieldSet){ NULL, 0 });
        return !t || typed_is_sound(t, field, v, w->mode, w->arena);
    }
    uint32_t from = w->nodes.count;
    bool ok = topology >= TOPOLOGY_SET               ? add_list(w, t, field, v)
              : t && schema_kind(t) == SCHEMA_STRUCT ? add_struct(w, t, v)
                                                     : add_map(w, t, v);
    FieldSet below = field_nodes_take(&w->nodes, from);
    bool is_named = is_item || (e->kind == PATH_FIELD && is_empty(w, v));
    field_nodes_add(&w->nodes, e, is_named, below);
    return ok;
}

bool typed_fields(const SchemaType *t, const Value *object, const TypedMode *mode, Arena *a,
                  FieldSet *out)
{
    Walk w = { .mode = mode, .arena = a, .nodes = { .arena = a } };
    if (typed_is_struct(t) ? !add_struct(&w, t, object) : !add_map(&w, t, object)) {
        return false;
    }
    *out = field_nodes_take(&w.nodes, 0);
    return true;
}
