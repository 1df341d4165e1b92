/* SPDX-License-Identifier: Apache-2.0 */
/* What the walks over typed objects share: how a field is merged, and what is in a container. */
#include "kube/crd/structural.h"
#include "kube/managed/typed.h"

#include <stdlib.h>

/* Objects of which nothing is said, and what may be an integer or a string, are owned whole. */
static Topology custom_topology(const CrdSchema *s)
{
    bool has_members = s->property_count || s->additional || s->preserve_unknown_fields ||
                       s->embedded_resource || s->is_root;
    if (str_eq(s->type, STR("object")) || (!s->type.len && s->preserve_unknown_fields)) {
        return !has_members || str_eq(s->map_type, STR("atomic")) ? TOPOLOGY_LEAF
                                                                  : TOPOLOGY_MEMBERS;
    }
    return !str_eq(s->type, STR("array"))     ? TOPOLOGY_LEAF
           : str_eq(s->list_type, STR("set")) ? TOPOLOGY_SET
           : str_eq(s->list_type, STR("map")) ? TOPOLOGY_KEYED
                                              : TOPOLOGY_LEAF;
}

const SchemaType *typed_item(const SchemaType *t)
{
    if (!typed_is_custom(t)) {
        return t ? schema_item(t) : NULL;
    }
    const CrdSchema *items = crd_schema_of_type(t)->items;
    return items ? &items->typed : NULL;
}

const SchemaType *typed_member(const SchemaType *t, Str key)
{
    if (!typed_is_custom(t)) {
        return t ? schema_item(t) : NULL;
    }
    const CrdSchema *s = crd_schema_of_type(t);
    if ((s->is_root || s->embedded_resource) && str_eq(key, STR("metadata"))) {
        return schema_find_type(STR("meta/v1.ObjectMeta"));
    }
    const CrdSchema *member = crd_schema_member(s, key);
    return member ? &member->typed : NULL;
}

bool typed_declares(const SchemaType *t, Str key)
{
    if (!typed_is_custom(t)) {
        return false;
    }
    const CrdSchema *s = crd_schema_of_type(t);
    bool is_meta = str_eq(key, STR("metadata")) || str_eq(key, STR("apiVersion")) ||
                   str_eq(key, STR("kind"));
    return crd_schema_property(s, key) || ((s->is_root || s->embedded_resource) && is_meta);
}

Topology typed_topology_of(const SchemaType *t, const SchemaField *field, const Value *v,
                           const TypedMode *mode)
{
    if (!t) {
        return value_is(v, VALUE_OBJECT) ? TOPOLOGY_MEMBERS : TOPOLOGY_LEAF;
    }
    Topology topology = typed_topology(t, field, mode);
    bool fits = !typed_is_custom(t) || value_is_null(v) ||
                v->kind == (topology == TOPOLOGY_MEMBERS ? VALUE_OBJECT : VALUE_ARRAY);
    return fits ? topology : TOPOLOGY_LEAF;
}

Topology typed_topology(const SchemaType *t, const SchemaField *field, const TypedMode *mode)
{
    unsigned flags = field && mode->target->minor >= field->marked_since ? field->flags : 0;
    if (typed_is_custom(t)) {
        return custom_topology(crd_schema_of_type(t));
    }
    switch (schema_kind(t)) {
    case SCHEMA_STRUCT:
        return (t->flags & SCHEMA_ATOMIC) && mode->target->minor >= t->marked_since
                   ? TOPOLOGY_LEAF
                   : TOPOLOGY_MEMBERS;
    case SCHEMA_MAP:
        return flags & SCHEMA_ATOMIC ? TOPOLOGY_LEAF : TOPOLOGY_MEMBERS;
    case SCHEMA_LIST:
        if (flags & (SCHEMA_ATOMIC | SCHEMA_SET | SCHEMA_KEYED)) {
            return flags & SCHEMA_ATOMIC ? TOPOLOGY_LEAF
                   : flags & SCHEMA_SET  ? TOPOLOGY_SET
                                         : TOPOLOGY_KEYED;
        }
        /* Unmarked lists go by patchStrategy. */
        if (!field || !(field->flags & SCHEMA_MERGE)) {
            return TOPOLOGY_LEAF;
        }
        return field->merge_key ? TOPOLOGY_KEYED : TOPOLOGY_SET;
    default:
        return TOPOLOGY_LEAF;
    }
}

bool typed_shows(const SchemaField *field, const Value *v, const TypedMode *mode)
{
    return mode->is_plain ||
           !(v->kind >= VALUE_ARRAY && v->len == 0 && (field->flags & SCHEMA_OMIT_EMPTY) &&
             !(field->flags & SCHEMA_POINTER) &&
             schema_kind(schema_field_type(field)) != SCHEMA_STRUCT);
}

bool typed_is_empty(const SchemaType *t, const Value *v, const TypedMode *mode)
{
    if (value_is_null(v) || value_len(v) == 0) {
        return true;
    }
    if (schema_kind(t) != SCHEMA_STRUCT) {
        return false;
    }
    VALUE_EACH_MEMBER(m, v) {
        const SchemaField *f = schema_field(t, member_key(m), mode->target);
        if (f && typed_shows(f, &m->value, mode)) {
            return false;
        }
    }
    return true;
}

bool typed_rows(const SchemaType *t, const Value *v, const TypedMode *mode, const Value **out)
{
    memset(out, 0, t->field_count * sizeof(*out));
    const SchemaField *fields = schema_fields_of(t);
    bool any = false;
    unsigned next = 0;
    VALUE_EACH_MEMBER(m, v) {
        /* Decoding leaves the members in the order of the rows, under the tables' own names. */
        unsigned row = next;
        while (row < t->field_count && m->key != &schema_names[fields[row].name]) {
            row++;
        }
        if (row == t->field_count || !schema_field_is_in(&fields[row], mode->target)) {
            const SchemaField *f = schema_field(t, member_key(m), mode->target);
            if (!f) {
                continue;
            }
            row = (unsigned)(f - fields);
        } else {
            next = row + 1;
        }
        if (typed_shows(&fields[row], &m->value, mode)) {
            out[row] = &m->value;
            any = true;
        }
    }
    return any;
}

static bool structs_equal(const SchemaType *t, const Value *x, const Value *y,
                          const TypedMode *mode)
{
    const Value *xs[SCHEMA_FIELDS_MAX];
    const Value *ys[SCHEMA_FIELDS_MAX];
    typed_rows(t, x, mode, xs);
    typed_rows(t, y, mode, ys);
    const SchemaField *fields = schema_fields_of(t);
    for (unsigned i = 0; i < t->field_count; i++) {
        if (!xs[i] != !ys[i] ||
            (xs[i] && !typed_equal(schema_field_type(&fields[i]), xs[i], ys[i], mode))) {
            return false;
        }
    }
    return true;
}

static bool maps_equal(const SchemaType *t, const Value *x, const Value *y, const TypedMode *mode)
{
    if (x->len != y->len) {
        return false;
    }
    for (uint32_t i = 0; i < x->len; i++) {
        const Member *m = &x->members[i];
        const Value *other = str_eq(member_key(&y->members[i]), member_key(m))
                                 ? &y->members[i].value
                                 : value_get(y, member_key(m));
        if (!other || !typed_equal(schema_item(t), &m->value, other, mode)) {
            return false;
        }
    }
    return true;
}

bool typed_equal(const SchemaType *t, const Value *x, const Value *y, const TypedMode *mode)
{
    SchemaKind kind = t ? schema_kind(t) : SCHEMA_RAW;
    if (x->kind != y->kind || kind < SCHEMA_LIST) {
        return value_equal(x, y);
    }
    if (kind == SCHEMA_STRUCT && x->kind == VALUE_OBJECT) {
        return structs_equal(t, x, y, mode);
    }
    if (kind == SCHEMA_MAP && x->kind == VALUE_OBJECT) {
        return maps_equal(t, x, y, mode);
    }
    if (kind != SCHEMA_LIST || x->kind != VALUE_ARRAY) {
        return value_equal(x, y);
    }
    if (x->len != y->len) {
        return false;
    }
    for (uint32_t i = 0; i < x->len; i++) {
        if (!typed_equal(schema_item(t), &x->items[i], &y->items[i], mode)) {
            return false;
        }
    }
    return true;
}

/* -- lists with keys ----------------------------------------------------------------------------
 */

/* What stands for a key that an item lacks: the one default that the API's markers give to a key.
 * That of a Service's ports came with 1.21. Since 1.22 texts that must be there are empty. */
static const Value *key_default(const SchemaType *item, Str key, const TypedMode *mode)
{
    if (!item) {
        return NULL;
    }
    if (typed_is_custom(item)) {
        const CrdSchema *of = crd_schema_property(crd_schema_of_type(item), key);
        return of ? of->default_value : NULL;
    }
    enum { NOTHING_SINCE = 22 };
    static const Value tcp = { .kind = VALUE_STRING, .len = 3, .s = "TCP" };
    static const Value empty = { .kind = VALUE_STRING, .s = "" };
    Str type = schema_type_name(item);
    bool has = str_eq(key, STR("protocol")) &&
               (str_eq(type, STR("core/v1.ContainerPort")) ||
                (mode->target->minor >= 21 && str_eq(type, STR("core/v1.ServicePort"))));
    const SchemaField *f = has ? NULL : schema_field(item, key, mode->target);
    bool is_text = f && mode->target->minor >= NOTHING_SINCE && !(f->flags & SCHEMA_OMIT_EMPTY) &&
                   schema_kind(schema_field_type(f)) == SCHEMA_STRING;
    return has ? &tcp : is_text ? &empty : NULL;
}

/* The keys of a list, which are few. */
static StrList keys_of(const SchemaType *t, const SchemaField *field, const TypedMode *mode)
{
    if (typed_is_custom(t)) {
        return crd_schema_of_type(t)->list_map_keys;
    }
    if ((field->flags & SCHEMA_KEYED) && mode->target->minor >= field->marked_since) {
        return schema_list_keys(field);
    }
    return (StrList){ &schema_keys[field->merge_key], 1 };
}

static Str key_element(const SchemaType *item, StrList names, const Value *v, const TypedMode *mode,
                       Arena *a, PathElement *out)
{
    if (v->kind != VALUE_OBJECT) {
        return v->kind == VALUE_NULL
                   ? STR("associative list with keys may not have a null element")
                   : STR("associative list with keys may not have non-map elements");
    }
    PathKey *keys = arena_alloc(a, names.count * sizeof(PathKey));
    for (uint32_t i = 0; i < names.count; i++) {
        const Value *value = value_get(v, names.items[i]);
        value = value ? value : key_default(item, names.items[i], mode);
        if (!value || value->kind >= VALUE_ARRAY) {
            Buf b = buf_new(a);
            buf_lit(&b, "associative list with keys has an element that omits key field ");
            buf_go_quoted(&b, names.items[i]);
            buf_lit(&b, " (and doesn't have default value)");
            return buf_str(&b);
        }
        uint32_t at = i;
        for (; at > 0 && str_cmp(keys[at - 1].name, names.items[i]) > 0; at--) {
            keys[at] = keys[at - 1];
        }
        keys[at] = (PathKey){ names.items[i], value };
    }
    *out = (PathElement){ .kind = PATH_KEY, .len = (uint32_t)names.count, .keys = keys };
    return STR_ABSENT;
}

Str typed_item_element(const SchemaType *t, const SchemaField *field, const Value *v,
                       const TypedMode *mode, Arena *a, PathElement *out)
{
    if (typed_topology(t, field, mode) == TOPOLOGY_KEYED) {
        return key_element(typed_item(t), keys_of(t, field, mode), v, mode, a, out);
    }
    switch ((ValueKind)v->kind) {
    case VALUE_OBJECT:
        return STR("associative list without keys has an element that's a map type");
    case VALUE_ARRAY:
        return STR("not supported: associative list with lists as elements");
    case VALUE_NULL:
        return STR("associative list without keys has an element that's an explicit null");
    default:
        *out = path_value(v);
        return STR_ABSENT;
    }
}

static int by_element(const void *a, const void *b)
{
    return path_element_cmp(&((const TypedItem *)a)->element, &((const TypedItem *)b)->element);
}

enum { INSERTION_MAX = 24 };

static void sort_items(TypedItem *items, uint32_t count)
{
    if (count > INSERTION_MAX) {
        qsort(items, count, sizeof(TypedItem), by_element);
        return;
    }
    for (uint32_t i = 1; i < count; i++) {
        TypedItem item = items[i];
        uint32_t at = i;
        for (; at > 0 && by_element(&items[at - 1], &item) > 0; at--) {
            items[at] = items[at - 1];
        }
        items[at] = item;
    }
}

bool typed_items(const SchemaType *t, const SchemaField *field, const Value *list,
                 const TypedMode *mode, Arena *a, TypedItem **out, uint32_t *count)
{
    uint32_t n = (uint32_t)value_len(list);
    TypedItem *items = arena_alloc(a, n * sizeof(TypedItem));
    for (uint32_t i = 0; i < n; i++) {
        const Value *v = &list->items[i];
        items[i] = (TypedItem){ .value = v, .place = i };
        if (typed_item_element(t, field, v, mode, a, &items[i].element).ptr) {
            return false;
        }
    }
    sort_items(items, n);
    for (uint32_t i = 1; i < n; i++) {
        if (by_element(&items[i - 1], &items[i]) == 0) {
            return false;
        }
    }
    *out = items;
    *count = n;
    return true;
}

static int by_key(const void *a, const void *b)
{
    return str_cmp(member_key(a), member_key(b));
}

const Member *typed_members(const Value *map, Arena *a)
{
    if (!value_len(map)) {
        return NULL;
    }
    bool is_sorted = true;
    for (uint32_t i = 1; i < map->len && is_sorted; i++) {
        is_sorted = by_key(&map->members[i - 1], &map->members[i]) < 0;
    }
    if (is_sorted) {
        return map->members;
    }
    Member *copy = arena_alloc(a, map->len * sizeof(Member));
    memcpy(copy, map->members, map->len * sizeof(Member));
    qsort(copy, map->len, sizeof(Member), by_key);
    return copy;
}

/* -- soundness ----------------------------------------------------------------------------------
 */

static bool struct_is_sound(const SchemaType *t, const Value *v, const TypedMode *mode, Arena *a)
{
    VALUE_EACH_MEMBER(m, v) {
        const SchemaField *f = schema_field(t, member_key(m), mode->target);
        if (f && m->value.kind >= VALUE_ARRAY &&
            !typed_is_sound(schema_field_type(f), f, &m->value, mode, a)) {
            return false;
        }
    }
    return true;
}

bool typed_is_sound(const SchemaType *t, const SchemaField *field, const Value *v,
                    const TypedMode *mode, Arena *a)
{
    SchemaKind kind = schema_kind(t);
    if (kind == SCHEMA_STRUCT) {
        return v->kind != VALUE_OBJECT || struct_is_sound(t, v, mode, a);
    }
    if ((kind != SCHEMA_LIST && kind != SCHEMA_MAP) || value_len(v) == 0) {
        return true;
    }
    const SchemaType *item = schema_item(t);
    TypedItem *items;
    uint32_t count;
    if (typed_topology(t, field, mode) >= TOPOLOGY_SET &&
        !typed_items(t, field, v, mode, a, &items, &count)) {
        return false;
    }
    if (schema_kind(item) < SCHEMA_LIST) {
        return true;
    }
    for (uint32_t i = 0; i < v->len; i++) {
        const Value *inner = kind == SCHEMA_LIST ? &v->items[i] : &v->members[i].value;
        if (!typed_is_sound(item, NULL, inner, mode, a)) {
            return false;
        }
    }
    return true;
}
