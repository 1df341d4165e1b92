/* SPDX-License-Identifier: Apache-2.0 */
/* A parsed document: looking up, comparing and changing. Recursion here is over trees whose depth
 * the readers have limited. */
#include "doc/value.h"

#include <stdlib.h>

Value *value_get(const Value *object, Str key)
{
    if (!value_is(object, VALUE_OBJECT) || object->len == 0) {
        return NULL;
    }
    Member *m = object->members;
    for (uint32_t left = object->len; left > 0; left--, m++) {
        /* the first byte before the call: most keys of one length differ there */
        if (m->key_len == key.len &&
            (key.len == 0 || (*m->key == *key.ptr && memcmp(m->key, key.ptr, key.len) == 0))) {
            return &m->value;
        }
    }
    return NULL;
}

Value *value_at(const Value *object, const char *key, ...)
{
    va_list keys;
    va_start(keys, key);
    Value *at = NULL;
    for (const char *k = key; k; k = va_arg(keys, const char *)) {
        at = value_get(object, str_from_c(k));
        if (!at) {
            break;
        }
        object = at;
    }
    va_end(keys);
    return at;
}

StrList value_str_list(const Value *array, Arena *a)
{
    if (value_len(array) == 0 || array->kind != VALUE_ARRAY) {
        return (StrList){ NULL, 0 };
    }
    Str *items = new(a, Str, array->len);
    size_t count = 0;
    VALUE_EACH_ITEM(v, array) {
        if (v->kind == VALUE_STRING) {
            items[count++] = value_as_str(v);
        }
    }
    return (StrList){ items, count };
}

static bool is_number(const Value *v)
{
    return v->kind == VALUE_INT || v->kind == VALUE_UINT || v->kind == VALUE_FLOAT;
}

static double as_double(const Value *v)
{
    return v->kind == VALUE_INT ? (double)v->i : v->kind == VALUE_UINT ? (double)v->u : v->f;
}

static bool equal_objects(const Value *a, const Value *b)
{
    for (uint32_t i = 0; i < a->len; i++) {
        const Member *m = &a->members[i];
        /* Most often both are in one order. */
        const Member *same = &b->members[i];
        const Value *other = str_eq(member_key(m), member_key(same)) ? &same->value
                                                                     : value_get(b, member_key(m));
        if (!other || !value_equal(&m->value, other)) {
            return false;
        }
    }
    return true;
}

bool value_equal(const Value *a, const Value *b)
{
    if (is_number(a) && is_number(b)) {
        if (a->kind == b->kind) {
            return a->kind == VALUE_FLOAT ? a->f == b->f : a->u == b->u;
        }
        return as_double(a) == as_double(b);
    }
    if (a->kind != b->kind) {
        return false;
    }
    switch ((ValueKind)a->kind) {
    case VALUE_BOOL:
        return a->b == b->b;
    case VALUE_STRING:
        return str_eq(value_as_str(a), value_as_str(b));
    case VALUE_ARRAY:
        if (a->len != b->len) {
            return false;
        }
        for (uint32_t i = 0; i < a->len; i++) {
            if (!value_equal(&a->items[i], &b->items[i])) {
                return false;
            }
        }
        return true;
    case VALUE_OBJECT:
        return a->len == b->len && equal_objects(a, b);
    case VALUE_NULL:
    case VALUE_INT:
    case VALUE_UINT:
    case VALUE_FLOAT:
        break;
    }
    return true;
}

Str value_kind_name(const Value *v)
{
    static const Str names[] = {
        [VALUE_NULL] = STR_INIT("null"),    [VALUE_BOOL] = STR_INIT("boolean"),
        [VALUE_INT] = STR_INIT("number"),   [VALUE_UINT] = STR_INIT("number"),
        [VALUE_FLOAT] = STR_INIT("number"), [VALUE_STRING] = STR_INIT("string"),
        [VALUE_ARRAY] = STR_INIT("array"),  [VALUE_OBJECT] = STR_INIT("object"),
    };
    return v ? names[v->kind] : STR("nothing");
}

Value value_copy(const Value *v, Arena *a)
{
    Value copy = *v;
    copy.grown = 0;
    if (v->len == 0) {
        if (v->kind == VALUE_ARRAY) {
            copy.items = NULL;
        } else if (v->kind == VALUE_OBJECT) {
            copy.members = NULL;
        }
    } else if (v->kind == VALUE_ARRAY) {
        copy.items = arena_alloc(a, v->len * sizeof(Value));
        for (uint32_t i = 0; i < v->len; i++) {
            copy.items[i] = value_copy(&v->items[i], a);
        }
    } else if (v->kind == VALUE_OBJECT) {
        copy.members = arena_alloc(a, v->len * sizeof(Member));
        for (uint32_t i = 0; i < v->len; i++) {
            copy.members[i] = v->members[i];
            copy.members[i].value = value_copy(&v->members[i].value, a);
        }
    }
    return copy;
}

/* Room for one more child of size bytes. The capacity is len as read, and a power of two once
 * grown, so that it needs no field of its own. */
static void *grow_children(Value *v, void *children, size_t size, Arena *a)
{
    uint32_t len = v->len;
    bool is_full = !v->grown || (len & (len - 1)) == 0;
    if (!is_full) {
        return children;
    }
    size_t cap = 4;
    while (cap <= len) {
        cap *= 2;
    }
    if (v->grown && len < 4 && len > 0) {
        return children; /* the first step went to 4 */
    }
    void *grown = arena_alloc(a, cap * size);
    if (len) {
        memcpy(grown, children, len * size);
    }
    v->grown = 1;
    return grown;
}

static void grow(Value *v, Arena *a)
{
    if (v->kind == VALUE_ARRAY) {
        v->items = grow_children(v, v->items, sizeof(Value), a);
    } else {
        v->members = grow_children(v, v->members, sizeof(Member), a);
    }
}

Value *value_append(Value *object, Str key, Value v, Arena *a)
{
    grow(object, a);
    Member *m = &object->members[object->len++];
    *m = (Member){ .key = key.ptr, .key_len = (uint32_t)key.len, .value = v };
    return &m->value;
}

Value *value_set(Value *object, Str key, Value v, Arena *a)
{
    Value *at = value_get(object, key);
    if (at) {
        *at = v;
        return at;
    }
    return value_append(object, key, v, a);
}

Value *value_need_object(Value *object, Str key, Arena *a)
{
    Value *at = value_get(object, key);
    if (value_is_null(at)) {
        return value_set(object, key, value_object(), a);
    }
    return at->kind == VALUE_OBJECT ? at : NULL;
}

Value *value_insert(Value *array, size_t at, Value v, Arena *a)
{
    grow(array, a);
    memmove(&array->items[at + 1], &array->items[at], (array->len - at) * sizeof(Value));
    array->items[at] = v;
    array->len++;
    return &array->items[at];
}

Value *value_add(Value *array, Value v, Arena *a)
{
    return value_insert(array, array->len, v, a);
}

/* After a removal len may be a power of two below the capacity: growing then copies once more than
 * it must, which is harmless. */
bool value_remove(Value *object, Str key)
{
    Value *at = value_get(object, key);
    if (!at) {
        return false;
    }
    Member *m = (Member *)(void *)((char *)at - offsetof(Member, value));
    size_t after = (size_t)(object->members + object->len - (m + 1));
    memmove(m, m + 1, after * sizeof(Member));
    object->len--;
    return true;
}

bool value_remove_item(Value *array, size_t at)
{
    if (at >= array->len) {
        return false;
    }
    memmove(&array->items[at], &array->items[at + 1], (array->len - at - 1) * sizeof(Value));
    array->len--;
    return true;
}

static int by_key(const void *a, const void *b)
{
    return str_cmp(member_key(a), member_key(b));
}

/* What is in order is not written to: it may be part of a tree that others read. */
static void sort_members(Value *object)
{
    for (uint32_t i = 1; i < object->len; i++) {
        if (by_key(&object->members[i - 1], &object->members[i]) > 0) {
            qsort(object->members, object->len, sizeof(Member), by_key);
            return;
        }
    }
}

void value_sort_keys(Value *v)
{
    if (v->kind == VALUE_ARRAY) {
        for (uint32_t i = 0; i < v->len; i++) {
            value_sort_keys(&v->items[i]);
        }
    } else if (v->kind == VALUE_OBJECT && v->len) {
        for (uint32_t i = 0; i < v->len; i++) {
            value_sort_keys(&v->members[i].value);
        }
        sort_members(v);
    }
}
