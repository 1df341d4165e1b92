/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoding repeated keys on top of each other. Recursion follows the types, whose nesting is
 * finite.
 *
 * While this goes on, lists and maps are made here and have a value before their first child that
 * counts the room they have, so that repeating a key a thousand times does not copy them as often.
 * A list keeps the items that it had before it became shorter, as Go's slices do: they lie behind
 * its visible ones. A map may have a key several times; the last one counts, and at the end the
 * others are dropped.
 */
#include "kube/schema_repeats.h"

#include "doc/duplicates.h"

typedef struct Merge {
    const KubeTarget *target;
    Arena *arena;
    Err *err;
} Merge;

/* Decodes v on top of *at (null when there is nothing yet). */
static bool apply(const Merge *m, const SchemaType *t, const Value *v, Value *at);

/* -- lists ---------------------------------------------------------------------------------------
 */

enum { ROOM_MIN = 4 };

/* Zeroed room for a number of items, which stands before them. */
static Value *new_room(const Merge *m, size_t room)
{
    Value *items = new(m->arena, Value, room + 1);
    items[0] = value_int((int64_t)room);
    return items + 1;
}

/* Items that a list has room for, or had: all that is not hidden is null. */
static size_t room_of(const Value *list)
{
    return list->kind == VALUE_ARRAY && list->items ? (size_t)list->items[-1].i : 0;
}

static bool apply_list(const Merge *m, const SchemaType *t, const Value *v, Value *at)
{
    if (v->len == 0) {
        *at = value_array();
        return true;
    }
    size_t room = room_of(at);
    Value *items = at->items;
    if (v->len > room) {
        size_t more = room * 2 > v->len ? room * 2 : v->len;
        items = new_room(m, more);
        if (room) {
            memcpy(items, at->items, room * sizeof(Value));
        }
    }
    for (uint32_t i = 0; i < v->len; i++) {
        if (v->items[i].kind == VALUE_NULL && t->flags & SCHEMA_ITEM_POINTER) {
            items[i] = value_null();
        } else if (!apply(m, schema_item(t), &v->items[i], &items[i])) {
            return false;
        }
    }
    *at = (Value){ .kind = VALUE_ARRAY, .len = v->len, .items = items };
    return true;
}

/* -- maps and structs
 * ------------------------------------------------------------------------------ */

/* Room for more members; those of a map that is full are first looked through for repeats. */
static void make_room(const Merge *m, Value *map, uint32_t more)
{
    size_t room = map->members ? (size_t)map->members[-1].value.i : 0;
    if (map->len + (size_t)more > room && map->len) {
        map->len = duplicates_drop(map->members, map->len, m->arena);
    }
    size_t needed = map->len + (size_t)more;
    if (needed * 2 <= room) {
        return; /* half of it is free again, which pays for having looked */
    }
    room = needed * 2 < ROOM_MIN ? ROOM_MIN : needed * 2;
    Member *members = new(m->arena, Member, room + 1);
    members[0].value = value_int((int64_t)room);
    if (map->len) {
        memcpy(members + 1, map->members, map->len * sizeof(Member));
    }
    map->members = members + 1;
}

static bool apply_map(const Merge *m, const SchemaType *t, const Value *v, Value *at)
{
    if (at->kind != VALUE_OBJECT) {
        *at = value_object();
    }
    if (v->len == 0) {
        return true;
    }
    if (!at->members || at->len + (size_t)v->len > (size_t)at->members[-1].value.i) {
        make_room(m, at, v->len);
    }
    VALUE_EACH_MEMBER(member, v) {
        Member *to = &at->members[at->len];
        *to = (Member){ .key = member->key, .key_len = member->key_len };
        if (!apply(m, schema_item(t), &member->value, &to->value)) {
            return false;
        }
        at->len++;
    }
    return true;
}

/* A null member: clears what Go would set to nil, and leaves everything else. */
static void apply_null(const SchemaField *f, Value *at)
{
    switch (schema_kind(schema_field_type(f))) {
    case SCHEMA_STRING:
    case SCHEMA_BOOL:
    case SCHEMA_INT32:
    case SCHEMA_INT64:
    case SCHEMA_INT_OR_STRING:
    case SCHEMA_STRUCT:
        if (!(f->flags & SCHEMA_POINTER)) {
            return;
        }
        break;
    case SCHEMA_QUANTITY:
    case SCHEMA_TIME:
    case SCHEMA_MICRO_TIME:
    case SCHEMA_BYTES:
    case SCHEMA_RAW:
    case SCHEMA_LIST:
    case SCHEMA_MAP:
        break;
    }
    *at = value_null();
}

static bool apply_struct(const Merge *m, const SchemaType *t, const Value *v, Value *at)
{
    if (at->kind != VALUE_OBJECT) {
        *at = value_object();
    }
    VALUE_EACH_MEMBER(member, v) {
        const SchemaField *f = schema_field(t, member_key(member), m->target);
        if (!f) {
            continue;
        }
        Value *field = value_get(at, member_key(member));
        if (!field) {
            field = value_set(at, member_key(member), value_null(), m->arena);
        }
        if (member->value.kind == VALUE_NULL) {
            apply_null(f, field);
        } else if (!apply(m, schema_field_type(f), &member->value, field)) {
            return false;
        }
    }
    return true;
}

static bool apply(const Merge *m, const SchemaType *t, const Value *v, Value *at)
{
    Value decoded;
    if (v->kind == VALUE_NULL) {
        return true; /* of a list or map: the item is as it was */
    }
    switch (schema_kind(t)) {
    case SCHEMA_STRUCT:
        if (v->kind == VALUE_OBJECT) {
            return apply_struct(m, t, v, at);
        }
        break;
    case SCHEMA_LIST:
        if (v->kind == VALUE_ARRAY) {
            return apply_list(m, t, v, at);
        }
        break;
    case SCHEMA_MAP:
        if (v->kind == VALUE_OBJECT) {
            return apply_map(m, t, v, at);
        }
        break;
    case SCHEMA_RAW:
        *at = *v;
        return true;
    default:
        break;
    }
    /* A scalar, or a value of the wrong type: it may be replaced later, but must be right. */
    if (!schema_decode(t, v, m->target, m->arena, &decoded, NULL, m->err)) {
        return false;
    }
    *at = *v;
    return true;
}

/* Leaves each key of a map once. */
static void finish(const Merge *m, const SchemaType *t, Value *v)
{
    SchemaKind kind = schema_kind(t);
    if (kind == SCHEMA_STRUCT) {
        VALUE_EACH_MEMBER(member, v) {
            finish(m, schema_field_type(schema_field(t, member_key(member), m->target)),
                   &member->value);
        }
    } else if (kind == SCHEMA_LIST) {
        VALUE_EACH_ITEM(item, v) {
            finish(m, schema_item(t), item);
        }
    } else if (kind == SCHEMA_MAP && value_len(v)) {
        v->len = duplicates_drop(v->members, v->len, m->arena);
        VALUE_EACH_MEMBER(member, v) {
            finish(m, schema_item(t), &member->value);
        }
    }
}

bool schema_apply_repeats(const SchemaType *t, const Value *in, const KubeTarget *target, Arena *a,
                          Value *out, Err *err)
{
    Merge m = { target, a, err };
    Value merged = value_null();
    if (!apply(&m, t, in, &merged)) {
        return false;
    }
    finish(&m, t, &merged);
    *out = merged;
    return true;
}
