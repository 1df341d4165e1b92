/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding a JSON Patch. Objects are compared member by member. Of lists, what both have in common
 * at the start and the end is left alone; in between, equal items are matched up (the longest
 * common subsequence, for lists short enough), and what stands between two matches is changed item
 * by item. Recursion is over trees whose depth the readers have limited.
 */
#include "doc/patch.h"

#include "base/map.h"
#include "doc/pointer.h"

enum {
    INDEX_FROM_MEMBERS = 32,    /* larger objects are looked up through a map */
    MATCH_CELLS_MAX = 16 * 1024 /* items times items */
};

typedef struct Diff {
    Arena *arena;
    Buf path; /* of what is compared */
    Value ops;
} Diff;

static Value make_op(Str op, Str path, Arena *a)
{
    Value v = value_object();
    value_set(&v, STR("op"), value_str(op), a);
    value_set(&v, STR("path"), value_str(path), a);
    return v;
}

Value patch_op_remove(Str path, Arena *a)
{
    return make_op(STR("remove"), path, a);
}

Value patch_op_add(Str path, Value v, Arena *a)
{
    Value op = make_op(STR("add"), path, a);
    value_set(&op, STR("value"), v, a);
    return op;
}

Value patch_op_replace(Str path, Value v, Arena *a)
{
    Value op = make_op(STR("replace"), path, a);
    value_set(&op, STR("value"), v, a);
    return op;
}

static Str path_now(const Diff *d)
{
    return arena_str(d->arena, buf_str(&d->path));
}

static void diff_values(Diff *d, const Value *from, const Value *to);

/* -- objects ---------------------------------------------------------------------------------- */

typedef struct Lookup {
    const Value *object;
    Map map; /* when the object is large */
} Lookup;

static Lookup lookup_new(const Value *object, Arena *a)
{
    Lookup lookup = { .object = object, .map = map_new(a) };
    if (object->len > INDEX_FROM_MEMBERS) {
        VALUE_EACH_MEMBER(m, object) {
            map_set(&lookup.map, member_key(m), &m->value);
        }
    }
    return lookup;
}

static const Value *lookup_get(const Lookup *lookup, Str key)
{
    return lookup->object->len > INDEX_FROM_MEMBERS ? map_get(&lookup->map, key)
                                                    : value_get(lookup->object, key);
}

static void diff_objects(Diff *d, const Value *from, const Value *to)
{
    size_t path_len = d->path.len;
    Lookup in_from = lookup_new(from, d->arena);
    Lookup in_to = lookup_new(to, d->arena);
    VALUE_EACH_MEMBER(gone, from) {
        if (!lookup_get(&in_to, member_key(gone))) {
            pointer_append(&d->path, member_key(gone));
            value_add(&d->ops, patch_op_remove(path_now(d), d->arena), d->arena);
            d->path.len = path_len;
        }
    }
    VALUE_EACH_MEMBER(m, to) {
        const Value *before = lookup_get(&in_from, member_key(m));
        pointer_append(&d->path, member_key(m));
        if (before) {
            diff_values(d, before, &m->value);
        } else {
            value_add(&d->ops, patch_op_add(path_now(d), m->value, d->arena), d->arena);
        }
        d->path.len = path_len;
    }
}

/* -- lists ------------------------------------------------------------------------------------ */

/* Makes from[0, from_len) into to[0, to_len); the items stand at index at of the list as patched so
 * far. */
static void diff_items(Diff *d, const Value *from, size_t from_len, const Value *to, size_t to_len,
                       size_t at)
{
    size_t path_len = d->path.len;
    size_t common = from_len < to_len ? from_len : to_len;
    for (size_t i = 0; i < common; i++) {
        pointer_append_index(&d->path, at + i);
        diff_values(d, &from[i], &to[i]);
        d->path.len = path_len;
    }
    for (size_t i = from_len; i > common; i--) {
        pointer_append_index(&d->path, at + i - 1);
        value_add(&d->ops, patch_op_remove(path_now(d), d->arena), d->arena);
        d->path.len = path_len;
    }
    for (size_t i = common; i < to_len; i++) {
        pointer_append_index(&d->path, at + i);
        value_add(&d->ops, patch_op_add(path_now(d), to[i], d->arena), d->arena);
        d->path.len = path_len;
    }
}

/* Lengths of the longest common subsequences of from[i..] and to[k..], row by row. */
static uint16_t *match_items(const Value *from, size_t from_len, const Value *to, size_t to_len,
                             Arena *a)
{
    size_t width = to_len + 1;
    uint16_t *len = new(a, uint16_t, (from_len + 1) * width);
    for (size_t i = from_len; i-- > 0;) {
        for (size_t k = to_len; k-- > 0;) {
            uint16_t below = len[(i + 1) * width + k];
            uint16_t right = len[i * width + k + 1];
            len[i * width + k] = value_equal(&from[i], &to[k]) ? len[(i + 1) * width + k + 1] + 1
                                                               : (below > right ? below : right);
        }
    }
    return len;
}

static void diff_lists(Diff *d, const Value *from_list, const Value *to_list)
{
    const Value *from = from_list->items;
    const Value *to = to_list->items;
    size_t from_len = from_list->len;
    size_t to_len = to_list->len;
    size_t at = 0; /* in the list as patched so far */
    while (from_len && to_len && value_equal(from, to)) {
        from++, to++, at++;
        from_len--, to_len--;
    }
    while (from_len && to_len && value_equal(&from[from_len - 1], &to[to_len - 1])) {
        from_len--, to_len--;
    }
    if (from_len && to_len && from_len <= MATCH_CELLS_MAX / to_len) {
        const uint16_t *len = match_items(from, from_len, to, to_len, d->arena);
        size_t width = to_len + 1;
        size_t i = 0;
        size_t k = 0;
        size_t from_start = 0;
        size_t to_start = 0;
        while (i < from_len && k < to_len && len[i * width + k]) {
            if (value_equal(&from[i], &to[k])) {
                diff_items(d, from + from_start, i - from_start, to + to_start, k - to_start, at);
                at += k - to_start + 1;
                from_start = ++i;
                to_start = ++k;
            } else if (len[(i + 1) * width + k] >= len[i * width + k + 1]) {
                i++;
            } else {
                k++;
            }
        }
        from += from_start, from_len -= from_start;
        to += to_start, to_len -= to_start;
    }
    diff_items(d, from, from_len, to, to_len, at);
}

static void diff_values(Diff *d, const Value *from, const Value *to)
{
    if (from->kind == VALUE_OBJECT && to->kind == VALUE_OBJECT) {
        diff_objects(d, from, to);
    } else if (from->kind == VALUE_ARRAY && to->kind == VALUE_ARRAY) {
        diff_lists(d, from, to);
    } else if (!value_equal(from, to)) {
        value_add(&d->ops, patch_op_replace(path_now(d), *to, d->arena), d->arena);
    }
}

Value patch_diff(const Value *from, const Value *to, Arena *a)
{
    Diff d = { .arena = a, .path = buf_new(a), .ops = value_array() };
    diff_values(&d, from, to);
    return d.ops;
}
