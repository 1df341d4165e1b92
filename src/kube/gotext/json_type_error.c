/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values in the order of the document, until one does not fit.
 *
 * Source: sigs.k8s.io/json internal/golang/encoding/json/decode.go
 */
#include "kube/gotext/json_type_error.h"

#include "doc/json.h"
#include "kube/gotext/go_names.h"
#include "kube/gotext/go_scalar.h"
#include "kube/schema_walk.h"

enum { TYPE_DEPTH_MAX = 64 };

/* The way to a value: the names of fields, without places in lists and keys of maps. */
typedef struct Step {
    const struct Step *parent;
    const SchemaType *owner;
    Str field;
} Step;

typedef struct Walk {
    const KubeTarget *target;
    Arena *arena;
    int depth;
} Walk;

static Str check(Walk *w, const SchemaType *t, const Value *v, const Step *at);

static void write_path(const Step *at, Buf *b)
{
    if (at->parent) {
        write_path(at->parent, b);
        buf_byte(b, '.');
    }
    buf_add(b, at->field);
}

/* "PodSpec" of "v1.PodSpec" */
static Str bare_name(Str go_name)
{
    ptrdiff_t point = str_rindex_byte(go_name, '.');
    return point < 0 ? go_name : str_drop(go_name, (size_t)point + 1);
}

static Str misfit(Walk *w, Str what, Str type, const Step *at)
{
    Buf b = buf_new(w->arena);
    buf_lit(&b, "json: cannot unmarshal ");
    buf_add(&b, what);
    if (at) {
        buf_lit(&b, " into Go struct field ");
        buf_add(&b, bare_name(go_type_name(at->owner, w->arena)));
        buf_byte(&b, '.');
        write_path(at, &b);
    } else {
        buf_lit(&b, " into Go value");
    }
    buf_lit(&b, " of type ");
    buf_add(&b, type);
    return buf_str(&b);
}

static bool is_number(const Value *v)
{
    return v->kind == VALUE_INT || v->kind == VALUE_UINT || v->kind == VALUE_FLOAT;
}

/* "string"; a number that is not of a kind of number that is wanted, with its digits */
static Str shown(Walk *w, const Value *v, bool wants_number)
{
    Str kind = value_kind_name(v);
    if (v->kind == VALUE_BOOL) {
        return STR("bool");
    }
    return wants_number && is_number(v)
               ? arena_concat(w->arena, STR("number "), schema_number_text(v, w->arena))
               : kind;
}

static bool is_integer(const Value *v, bool is_32)
{
    return v->kind == VALUE_INT && (!is_32 || (v->i <= INT32_MAX && v->i >= INT32_MIN));
}

static Str check_scalar(Walk *w, const SchemaType *t, const Value *v, const Step *at)
{
    SchemaKind kind = schema_kind(t);
    bool number = kind == SCHEMA_INT32 || kind == SCHEMA_INT64;
    bool fits = kind == SCHEMA_STRING  ? v->kind == VALUE_STRING
                : kind == SCHEMA_BOOL  ? v->kind == VALUE_BOOL
                : kind == SCHEMA_BYTES ? v->kind == VALUE_STRING
                                       : is_integer(v, kind == SCHEMA_INT32);
    if (!fits) {
        bool is_uid = kind == SCHEMA_STRING && at && str_eq(at->field, STR("uid"));
        return misfit(w, shown(w, v, number),
                      is_uid ? STR("types.UID") : go_type_name(t, w->arena), at);
    }
    ptrdiff_t bad = kind == SCHEMA_BYTES ? go_base64_problem(value_as_str(v)) : -1;
    return bad < 0 ? STR_ABSENT
                   : arena_printf(w->arena, "illegal base64 data at input byte %td", bad);
}

/* Its own complaint; one about a type gets the place. */
static Str check_itself(Walk *w, SchemaKind kind, const Value *v, const Step *at)
{
    static const Str plain = STR_INIT(" into Go value of type ");
    Buf b = buf_new(w->arena);
    json_write(v, &b);
    Str problem = go_scalar_problem(kind, v, buf_str(&b), w->arena);
    ptrdiff_t cut = problem.ptr && at ? str_index(problem, plain) : -1;
    static const Str start = STR_INIT("json: cannot unmarshal ");
    if (cut < 0 || !str_starts_with(problem, start)) {
        return problem;
    }
    return misfit(w, str_slice(problem, start.len, (size_t)cut),
                  str_drop(problem, (size_t)cut + plain.len), at);
}

static Str check_struct(Walk *w, const SchemaType *t, const Value *v, const Step *at)
{
    VALUE_EACH_MEMBER(m, v) {
        const SchemaField *f = schema_field(t, member_key(m), w->target);
        if (f == NULL) {
            continue;
        }
        Step step = { .parent = at, .owner = t, .field = member_key(m) };
        Str problem = check(w, schema_field_type(f), &m->value, &step);
        if (problem.ptr) {
            return problem;
        }
    }
    return STR_ABSENT;
}

static Str check_items(Walk *w, const SchemaType *t, const Value *v, const Step *at)
{
    Str problem = STR_ABSENT;
    for (uint32_t i = 0; i < v->len && problem.ptr == NULL; i++) {
        const Value *item = v->kind == VALUE_ARRAY ? &v->items[i] : &v->members[i].value;
        problem = check(w, schema_item(t), item, at);
    }
    return problem;
}

static Str check(Walk *w, const SchemaType *t, const Value *v, const Step *at)
{
    SchemaKind kind = schema_kind(t);
    if (v->kind == VALUE_NULL || kind == SCHEMA_RAW || w->depth >= TYPE_DEPTH_MAX) {
        return STR_ABSENT;
    }
    w->depth++;
    Str problem;
    if (kind == SCHEMA_LIST || kind == SCHEMA_MAP || kind == SCHEMA_STRUCT) {
        ValueKind wanted = kind == SCHEMA_LIST ? VALUE_ARRAY : VALUE_OBJECT;
        problem = v->kind != wanted
                      ? misfit(w, shown(w, v, false), go_type_name(t, w->arena), at)
                  : kind == SCHEMA_STRUCT ? check_struct(w, t, v, at)
                                          : check_items(w, t, v, at);
    } else if (kind == SCHEMA_STRING || kind == SCHEMA_BOOL || kind == SCHEMA_INT32 ||
               kind == SCHEMA_INT64 || kind == SCHEMA_BYTES) {
        problem = check_scalar(w, t, v, at);
    } else {
        problem = check_itself(w, kind, v, at);
    }
    w->depth--;
    return problem;
}

Str json_type_error_text(const SchemaType *type, const Value *tree, const KubeTarget *target,
                         Arena *a)
{
    Walk w = { .target = target, .arena = a };
    return check(&w, type, tree, NULL);
}
