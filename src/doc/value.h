/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A parsed document: the one tree that JSON and YAML are read into, that patches change and that
 * typed views point into.
 *
 * A Value is 16 bytes and is copied like a number. Strings, items and members live in the arena
 * that the document was read into (or in the source text). Objects keep the order of their
 * members and have each key once.
 *
 * Sharing: copying a Value shares its children. Functions here that change a tree say so; they
 * change the array or object in place, so call value_copy() first on what others may still read.
 * Adding to an array or object may move its children: a Value* into it is valid only until the
 * next value_add, value_set or value_insert on the same container.
 */
#ifndef PODGATE_DOC_VALUE_H
#define PODGATE_DOC_VALUE_H

#include "base/arena.h"
#include "base/buf.h"

typedef enum ValueKind {
    VALUE_NULL,
    VALUE_BOOL,
    VALUE_INT,   /* fits int64 */
    VALUE_UINT,  /* above INT64_MAX */
    VALUE_FLOAT, /* written with a fraction or exponent, or too large for 64 bits */
    VALUE_STRING,
    VALUE_ARRAY,
    VALUE_OBJECT,
} ValueKind;

struct Member;

typedef struct Value {
    uint8_t kind;  /* ValueKind */
    uint8_t grown; /* the children's capacity is the next power of two, not len */
    uint32_t len;  /* bytes, items or members */
    union {
        bool b;
        int64_t i;
        uint64_t u;
        double f;
        const char *s;
        struct Value *items;
        struct Member *members;
    };
} Value;

typedef struct Member {
    const char *key;
    uint32_t key_len;
    Value value;
} Member;

/* Strings, arrays and objects are limited to UINT32_MAX; the readers' limits are far below. */

static inline Str member_key(const Member *m)
{
    return (Str){ m->key, m->key_len };
}

/* -- making ----------------------------------------------------------------------------------- */

static inline Value value_null(void)
{
    return (Value){ .kind = VALUE_NULL };
}
static inline Value value_bool(bool b)
{
    return (Value){ .kind = VALUE_BOOL, .b = b };
}
static inline Value value_int(int64_t i)
{
    return (Value){ .kind = VALUE_INT, .i = i };
}
static inline Value value_float(double f)
{
    return (Value){ .kind = VALUE_FLOAT, .f = f };
}
/* Not copied: s must outlive the tree. */
static inline Value value_str(Str s)
{
    return (Value){ .kind = VALUE_STRING, .len = (uint32_t)s.len, .s = s.ptr ? s.ptr : "" };
}
static inline Value value_array(void)
{
    return (Value){ .kind = VALUE_ARRAY };
}
static inline Value value_object(void)
{
    return (Value){ .kind = VALUE_OBJECT };
}

/* -- reading: each accepts NULL and a value of another kind, and then gives "absent" ---------- */

static inline bool value_is(const Value *v, ValueKind kind)
{
    return v && v->kind == kind;
}
static inline bool value_is_null(const Value *v) /* missing or JSON null */
{
    return !v || v->kind == VALUE_NULL;
}
/* The member's value, or NULL. */
Value *value_get(const Value *object, Str key);
#define value_get_lit(object, literal) value_get((object), STR(literal))
/* Member by member: value_at(pod, "spec", "securityContext", NULL). NULL when any is missing. */
Value *value_at(const Value *object, const char *key, ...) __attribute__((sentinel));
static inline size_t value_len(const Value *v) /* items or members; 0 for anything else */
{
    return v && v->kind >= VALUE_ARRAY ? v->len : 0;
}
static inline Value *value_item(const Value *array, size_t i)
{
    return array && array->kind == VALUE_ARRAY && i < array->len ? &array->items[i] : NULL;
}
static inline Str value_as_str(const Value *v) /* absent unless a string */
{
    return v && v->kind == VALUE_STRING ? (Str){ v->s, v->len } : STR_ABSENT;
}
static inline OptBool value_as_bool(const Value *v)
{
    return v && v->kind == VALUE_BOOL ? (OptBool){ true, v->b } : (OptBool){ false, false };
}
static inline OptInt64 value_as_int(const Value *v) /* a float with no fraction counts, as in Go */
{
    if (v && v->kind == VALUE_INT) {
        return (OptInt64){ true, v->i };
    }
    if (v && v->kind == VALUE_FLOAT && v->f >= -9.2e18 && v->f <= 9.2e18 &&
        (double)(int64_t)v->f == v->f) {
        return (OptInt64){ true, (int64_t)v->f };
    }
    return (OptInt64){ false, 0 };
}
static inline Str value_get_str(const Value *object, Str key)
{
    return value_as_str(value_get(object, key));
}
static inline OptBool value_get_bool(const Value *object, Str key)
{
    return value_as_bool(value_get(object, key));
}
static inline OptInt64 value_get_int(const Value *object, Str key)
{
    return value_as_int(value_get(object, key));
}
/* An array of strings as a list; other items are left out. */
StrList value_str_list(const Value *array, Arena *a);

#define VALUE_EACH_ITEM(v, array)                                           \
    for (Value *v = value_is((array), VALUE_ARRAY) ? (array)->items : NULL, \
               *v##_end = v ? v + (array)->len : NULL;                      \
         v != v##_end; v++)
#define VALUE_EACH_MEMBER(m, object)                                              \
    for (Member *m = value_is((object), VALUE_OBJECT) ? (object)->members : NULL, \
                *m##_end = m ? m + (object)->len : NULL;                          \
         m != m##_end; m++)

/* Same JSON value: members in any order, 1 equals 1.0. Bounded by the readers' depth limit. */
bool value_equal(const Value *a, const Value *b);
/* "null", "boolean", "number", "string", "array", "object" */
Str value_kind_name(const Value *v);

/* -- changing: in place, children grow in the arena ------------------------------------------- */

/* A copy that shares no array or object with v (strings are shared). */
Value value_copy(const Value *v, Arena *a);
/* Sets key, at the end when new; returns its place. key is not copied. */
Value *value_set(Value *object, Str key, Value v, Arena *a);
#define value_set_lit(object, literal, v, arena) value_set((object), STR(literal), (v), (arena))
/* Adds a member at the end without looking whether its key is there: for who makes the keys unique
 * afterwards, or knows that they are. */
Value *value_append(Value *object, Str key, Value v, Arena *a);
/* The member's value, made an empty object when missing or null. NULL when it is something else. */
Value *value_need_object(Value *object, Str key, Arena *a);
/* Adds to the end; returns its place. */
Value *value_add(Value *array, Value v, Arena *a);
/* Puts before item at (at <= len). */
Value *value_insert(Value *array, size_t at, Value v, Arena *a);
/* False when there is none. The order of the others is kept. */
bool value_remove(Value *object, Str key);
bool value_remove_item(Value *array, size_t at);
/* Members by key (bytes), at every depth: the order in which Go prints maps. */
void value_sort_keys(Value *v);

#endif
