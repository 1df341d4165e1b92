/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoding into a type and encoding again, as Go's JSON does for the API server. Recursion follows
 * the types, whose nesting is finite: only raw values nest without end, and they are copied.
 */
#include "kube/schema_walk.h"

#include <stdlib.h>

static bool decode(SchemaWalk *w, const SchemaType *t, const Value *in, const Path *path,
                   Value *out);
static bool decode_struct(SchemaWalk *w, const SchemaType *t, const Value *in, const Path *path,
                          Value *out);

/* What Go prints for a variable of the type that was never set. */
static bool zero_value(SchemaWalk *w, const SchemaType *t, const Path *path, Value *out)
{
    *out = value_null();
    switch (schema_kind(t)) {
    case SCHEMA_STRING:
        *out = value_str(STR(""));
        break;
    case SCHEMA_BOOL:
        *out = value_bool(false);
        break;
    case SCHEMA_INT32:
    case SCHEMA_INT64:
    case SCHEMA_INT_OR_STRING:
        *out = value_int(0);
        break;
    case SCHEMA_QUANTITY:
        *out = value_str(STR("0"));
        break;
    case SCHEMA_STRUCT: {
        const Value empty = value_object();
        return decode_struct(w, t, &empty, path, out);
    }
    case SCHEMA_TIME:
    case SCHEMA_MICRO_TIME:
    case SCHEMA_BYTES:
    case SCHEMA_RAW:
    case SCHEMA_LIST:
    case SCHEMA_MAP:
        break;
    }
    return true;
}

/* Whether omitempty can leave a plain field of the kind out: Go never does so for structs, and
 * these are structs there. */
static bool can_be_empty(SchemaKind kind)
{
    return kind != SCHEMA_STRUCT && kind != SCHEMA_TIME && kind != SCHEMA_MICRO_TIME &&
           kind != SCHEMA_QUANTITY && kind != SCHEMA_INT_OR_STRING && kind != SCHEMA_RAW;
}

/* Whether a decoded value of a plain field is the zero value. Lists and maps that were given are
 * kept, even when empty: see schema_encode. */
static bool is_zero(const Value *v)
{
    switch ((ValueKind)v->kind) {
    case VALUE_NULL:
        return true;
    case VALUE_BOOL:
        return !v->b;
    case VALUE_INT:
        return v->i == 0;
    case VALUE_STRING:
        return v->len == 0;
    default:
        return false;
    }
}

/* Whether the field is written. On absence *v becomes what is written for it. */
static bool is_written(SchemaWalk *w, const SchemaField *f, bool has, const Path *path, Value *v)
{
    const SchemaType *t = schema_field_type(f);
    bool is_pointer = f->flags & SCHEMA_POINTER;
    if (!has) {
        if ((f->flags & SCHEMA_OMIT_EMPTY) && (is_pointer || can_be_empty(schema_kind(t)))) {
            return false;
        }
        if (is_pointer) {
            *v = value_null();
        } else if (!zero_value(w, t, path, v)) {
            return false; /* never: an empty object has nothing to refuse */
        }
    }
    if ((f->flags & SCHEMA_OMIT_ZERO) && v->kind == VALUE_NULL) {
        return false;
    }
    return !((f->flags & SCHEMA_OMIT_EMPTY) && !is_pointer && can_be_empty(schema_kind(t)) &&
             is_zero(v));
}

static bool decode_struct(SchemaWalk *w, const SchemaType *t, const Value *in, const Path *path,
                          Value *out)
{
    if (in->kind != VALUE_OBJECT) {
        return schema_refuse_kind(w, path, in, "readObjectStart: expect { or n", "an object");
    }
    const SchemaField *fields = schema_fields_of(t);
    Value got[SCHEMA_FIELDS_MAX];
    bool has[SCHEMA_FIELDS_MAX];
    if (w->builds) {
        memset(has, 0, t->field_count);
    }
    VALUE_EACH_MEMBER(m, in) {
        const SchemaField *f = schema_field(t, member_key(m), w->target);
        Path at = path_child_str(path, member_key(m));
        if (!f) {
            if (w->report) {
                schema_note_unknown(w, t, member_key(m), &at);
            }
        } else if (m->value.kind != VALUE_NULL) {
            size_t row = w->builds ? (size_t)(f - fields) : 0;
            if (!decode(w, schema_field_type(f), &m->value, &at, &got[row])) {
                return false;
            }
            if (w->builds) {
                has[row] = true;
            }
        }
    }
    if (!w->builds) {
        return true;
    }
    uint32_t count = 0;
    for (unsigned i = 0; i < t->field_count; i++) {
        has[i] = schema_field_is_in(&fields[i], w->target) &&
                 is_written(w, &fields[i], has[i], path, &got[i]);
        count += has[i];
    }
    *out = value_object();
    out->members = arena_alloc(w->arena, count * sizeof(Member));
    for (unsigned i = 0; i < t->field_count; i++) {
        if (has[i]) {
            Str name = schema_field_name(&fields[i]);
            out->members[out->len++] =
                (Member){ .key = name.ptr, .key_len = (uint32_t)name.len, .value = got[i] };
        }
    }
    return true;
}

/* An item of a list or map. */
static bool decode_item(SchemaWalk *w, const SchemaType *container, const Value *in,
                        const Path *path, Value *out)
{
    if (in->kind != VALUE_NULL) {
        return decode(w, schema_item(container), in, path, out);
    }
    if (!w->builds) {
        return true;
    }
    if (container->flags & SCHEMA_ITEM_POINTER) {
        *out = value_null();
        return true;
    }
    return zero_value(w, schema_item(container), path, out);
}

static bool decode_list(SchemaWalk *w, const SchemaType *t, const Value *in, const Path *path,
                        Value *out)
{
    if (in->kind != VALUE_ARRAY) {
        return schema_refuse_kind(w, path, in, "decode slice: expect [ or n", "a list");
    }
    Value *items = !w->builds ? NULL : arena_alloc(w->arena, in->len * sizeof(Value));
    Value unused;
    for (uint32_t i = 0; i < in->len; i++) {
        Path at = path_index(path, i);
        if (!decode_item(w, t, &in->items[i], &at, items ? &items[i] : &unused)) {
            return false;
        }
    }
    *out = value_array();
    out->items = items;
    out->len = items ? in->len : 0;
    return true;
}

static int by_key(const void *a, const void *b)
{
    return str_cmp(member_key(a), member_key(b));
}

static bool decode_map(SchemaWalk *w, const SchemaType *t, const Value *in, const Path *path,
                       Value *out)
{
    if (in->kind != VALUE_OBJECT) {
        return schema_refuse_kind(w, path, in, "ReadMapCB: expect { or n", "a map");
    }
    Member *members = !w->builds ? NULL : arena_alloc(w->arena, in->len * sizeof(Member));
    Value unused;
    for (uint32_t i = 0; i < in->len; i++) {
        Path at = path_key(path, member_key(&in->members[i]));
        if (members) {
            members[i] = in->members[i];
        }
        if (!decode_item(w, t, &in->members[i].value, &at, members ? &members[i].value : &unused)) {
            return false;
        }
    }
    *out = value_object();
    if (members && in->len) {
        qsort(members, in->len, sizeof(Member), by_key);
        out->members = members;
        out->len = in->len;
    }
    return true;
}

/* in is not null. */
static bool decode(SchemaWalk *w, const SchemaType *t, const Value *in, const Path *path,
                   Value *out)
{
    switch (schema_kind(t)) {
    case SCHEMA_STRUCT:
        return decode_struct(w, t, in, path, out);
    case SCHEMA_LIST:
        return decode_list(w, t, in, path, out);
    case SCHEMA_MAP:
        return decode_map(w, t, in, path, out);
    case SCHEMA_RAW:
        if (w->builds) {
            *out = value_copy(in, w->arena);
        }
        return true;
    default:
        return schema_decode_scalar(w, schema_kind(t), in, path, out);
    }
}

bool schema_decode(const SchemaType *t, const Value *in, const KubeTarget *target, Arena *a,
                   Value *out, SchemaReport *report, Err *err)
{
    SchemaWalk w = { .target = target, .arena = a, .report = report, .err = err, .builds = true };
    Value result = value_null();
    if (in->kind == VALUE_NULL ? !zero_value(&w, t, NULL, &result)
                               : !decode(&w, t, in, NULL, &result)) {
        return false;
    }
    *out = result;
    return true;
}

bool schema_fits(const SchemaType *t, const Value *in, const KubeTarget *target, Arena *a, Err *err)
{
    SchemaWalk w = { .target = target, .arena = a, .err = err };
    Value unused;
    return in->kind == VALUE_NULL || decode(&w, t, in, NULL, &unused);
}

bool schema_check(const SchemaType *t, const Value *in, const KubeTarget *target,
                  SchemaReport *report)
{
    SchemaWalk w = { .target = target, .arena = report->arena, .report = report, .is_check = true };
    size_t before = report->count;
    Value unused;
    return (in->kind == VALUE_NULL || decode(&w, t, in, NULL, &unused)) && report->count == before;
}

/* -- encoding -----------------------------------------------------------------------------------
 */

/* How encoding treats an empty list or map of a field that is always written. */
typedef enum EmptyAs { EMPTY_AS_IS, EMPTY_AS_NULL } EmptyAs;

static void encode(const SchemaType *t, Value *v, const KubeTarget *target, EmptyAs empty_as);

/* Members stand as Go declares the fields: the last of so many goes before those that are declared
 * later. ranks are theirs; what is no field stays behind the fields before it. */
static void place_last(Member *members, uint32_t *ranks, uint32_t count)
{
    uint32_t last = count - 1, at = last, rank = ranks[last];
    Member m = members[last];
    while (at > 0 && ranks[at - 1] > rank) {
        members[at] = members[at - 1];
        ranks[at] = ranks[at - 1];
        at--;
    }
    members[at] = m;
    ranks[at] = rank;
}

static void encode_struct(const SchemaType *t, Value *v, const KubeTarget *target, EmptyAs empty_as)
{
    uint32_t kept = 0, before = 0;
    uint32_t ranks[SCHEMA_FIELDS_MAX];
    for (uint32_t i = 0; i < v->len; i++) {
        Member *m = &v->members[i];
        const SchemaField *f = schema_field(t, member_key(m), target);
        if (f) {
            SchemaKind kind = schema_kind(schema_field_type(f));
            bool is_empty = m->value.kind >= VALUE_ARRAY && m->value.len == 0 &&
                            !(f->flags & SCHEMA_POINTER) &&
                            (kind == SCHEMA_LIST || kind == SCHEMA_MAP);
            if (is_empty && (f->flags & SCHEMA_OMIT_EMPTY)) {
                continue;
            }
            if (is_empty && empty_as == EMPTY_AS_NULL) {
                m->value = value_null();
            }
            encode(schema_field_type(f), &m->value, target, empty_as);
        }
        uint32_t rank = f ? (uint32_t)(f - schema_fields_of(t)) : before;
        v->members[kept++] = *m;
        if (kept <= COUNT_OF(ranks)) {
            ranks[kept - 1] = rank;
            if (rank < before) {
                place_last(v->members, ranks, kept);
            } else {
                before = rank;
            }
        }
    }
    v->len = kept;
}

static void encode(const SchemaType *t, Value *v, const KubeTarget *target, EmptyAs empty_as)
{
    SchemaKind kind = schema_kind(t);
    if (kind == SCHEMA_STRUCT && v->kind == VALUE_OBJECT) {
        encode_struct(t, v, target, empty_as);
    } else if (kind == SCHEMA_LIST) {
        VALUE_EACH_ITEM(item, v) {
            encode(schema_item(t), item, target, empty_as);
        }
    } else if (kind == SCHEMA_MAP && v->kind == VALUE_OBJECT) {
        if (v->len > 1) {
            qsort(v->members, v->len, sizeof(Member), by_key);
        }
        VALUE_EACH_MEMBER(m, v) {
            encode(schema_item(t), &m->value, target, empty_as);
        }
    }
}

void schema_encode(const SchemaType *t, Value *v, const KubeTarget *target)
{
    encode(t, v, target, EMPTY_AS_IS);
}

void schema_encode_stored(const SchemaType *t, Value *v, const KubeTarget *target)
{
    encode(t, v, target, EMPTY_AS_NULL);
}

bool schema_normalise(const SchemaType *t, const Value *in, const KubeTarget *target, Arena *a,
                      Value *out, SchemaReport *report, Err *err)
{
    if (!schema_decode(t, in, target, a, out, report, err)) {
        return false;
    }
    schema_encode(t, out, target);
    return true;
}
