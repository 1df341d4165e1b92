/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields are looked at as Go declares them, and the first that does not fit is the message.
 *
 * Source: k8s.io/apimachinery 1.20 pkg/runtime/converter.go (FromUnstructured)
 */
#include "kube/gotext/unstructured_error.h"

#include "doc/json.h"
#include "kube/gotext/go_scalar.h"

#include <math.h>

enum { TYPE_DEPTH_MAX = 64 };

typedef struct Walk {
    const KubeTarget *target;
    Arena *arena;
    int depth;
} Walk;

static Str check(Walk *w, const SchemaType *t, const Value *v);

static const char *go_kind(const Value *v)
{
    switch ((ValueKind)v->kind) {
    case VALUE_BOOL:
        return "bool";
    case VALUE_STRING:
        return "string";
    case VALUE_ARRAY:
        return "slice";
    case VALUE_OBJECT:
        return "map";
    case VALUE_INT:
        return "int64";
    default:
        return "float64";
    }
}

static bool is_number(const Value *v)
{
    return v->kind == VALUE_INT || v->kind == VALUE_UINT || v->kind == VALUE_FLOAT;
}

/* Go turns whole numbers into any kind of number, and would turn them into text. */
static Str check_plain(Walk *w, SchemaKind kind, const Value *v)
{
    bool wants_number = kind == SCHEMA_INT32 || kind == SCHEMA_INT64;
    const char *wanted = kind == SCHEMA_STRING  ? "string"
                         : kind == SCHEMA_BOOL  ? "bool"
                         : kind == SCHEMA_INT32 ? "int32"
                                                : "int64";
    bool fits = kind == SCHEMA_STRING ? v->kind == VALUE_STRING
                : kind == SCHEMA_BOOL
                    ? v->kind == VALUE_BOOL
                    : v->kind == VALUE_INT ||
                          (is_number(v) && (v->kind == VALUE_UINT || v->f == trunc(v->f)));
    if (fits) {
        return STR_ABSENT;
    }
    if ((wants_number && is_number(v)) || (kind == SCHEMA_STRING && v->kind == VALUE_INT)) {
        return arena_printf(w->arena, "cannot convert %s to %s", go_kind(v), wanted);
    }
    return arena_printf(w->arena, "unrecognized type: %s", wanted);
}

static Str check_list(Walk *w, const SchemaType *t, const Value *v)
{
    if (v->kind != VALUE_ARRAY) {
        return arena_printf(w->arena, "cannot restore slice from %s", go_kind(v));
    }
    VALUE_EACH_ITEM(item, v) {
        Str problem = check(w, schema_item(t), item);
        if (problem.ptr) {
            return problem;
        }
    }
    return STR_ABSENT;
}

static Str check_map(Walk *w, const SchemaType *t, const Value *v)
{
    if (v->kind != VALUE_OBJECT) {
        return arena_printf(w->arena, "cannot restore map from %s", go_kind(v));
    }
    VALUE_EACH_MEMBER(m, v) {
        Str problem = check(w, schema_item(t), &m->value);
        if (problem.ptr) {
            return problem;
        }
    }
    return STR_ABSENT;
}

static Str check_struct(Walk *w, const SchemaType *t, const Value *v)
{
    if (v->kind != VALUE_OBJECT) {
        return arena_printf(w->arena, "cannot restore struct from: %s", go_kind(v));
    }
    const SchemaField *fields = schema_fields_of(t);
    for (unsigned i = 0; i < t->field_count; i++) {
        const Value *member = value_get(v, schema_field_name(&fields[i]));
        if (!schema_field_is_in(&fields[i], w->target) || member == NULL) {
            continue;
        }
        Str problem = check(w, schema_field_type(&fields[i]), member);
        if (problem.ptr) {
            return problem;
        }
    }
    return STR_ABSENT;
}

static Str check_bytes(Walk *w, const Value *v)
{
    if (v->kind != VALUE_STRING) {
        return v->kind == VALUE_ARRAY
                   ? STR_ABSENT
                   : arena_printf(w->arena, "cannot restore slice from %s", go_kind(v));
    }
    ptrdiff_t at = go_base64_problem(value_as_str(v));
    return at < 0 ? STR_ABSENT
                  : arena_printf(w->arena,
                                 "error decoding from json: illegal base64 data at input byte %td",
                                 at);
}

/* What reads itself is given JSON. */
static Str check_itself(Walk *w, SchemaKind kind, const Value *v)
{
    Buf b = buf_new(w->arena);
    json_write(v, &b);
    return go_scalar_problem(kind, v, buf_str(&b), w->arena);
}

static Str check(Walk *w, const SchemaType *t, const Value *v)
{
    if (v->kind == VALUE_NULL || w->depth >= TYPE_DEPTH_MAX) {
        return STR_ABSENT;
    }
    w->depth++;
    SchemaKind kind = schema_kind(t);
    Str problem = STR_ABSENT;
    switch (kind) {
    case SCHEMA_STRING:
    case SCHEMA_BOOL:
    case SCHEMA_INT32:
    case SCHEMA_INT64:
        problem = check_plain(w, kind, v);
        break;
    case SCHEMA_INT_OR_STRING:
    case SCHEMA_QUANTITY:
    case SCHEMA_TIME:
    case SCHEMA_MICRO_TIME:
        problem = check_itself(w, kind, v);
        break;
    case SCHEMA_BYTES:
        problem = check_bytes(w, v);
        break;
    case SCHEMA_RAW:
        break;
    case SCHEMA_LIST:
        problem = check_list(w, t, v);
        break;
    case SCHEMA_MAP:
        problem = check_map(w, t, v);
        break;
    case SCHEMA_STRUCT:
        problem = check_struct(w, t, v);
        break;
    }
    w->depth--;
    return problem;
}

Str unstructured_error_text(const SchemaType *type, const Value *tree, const KubeTarget *target,
                            Arena *a)
{
    Walk w = { .target = target, .arena = a };
    return check(&w, type, tree);
}
