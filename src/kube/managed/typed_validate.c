/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a document that a client applies is an object of its type, in the words of the API
 * server's own check: stricter than decoding (a quantity is a string), and before it.
 */
#include "doc/number.h"
#include "kube/crd/structural.h"
#include "kube/managed/typed.h"

#include <stdlib.h>

typedef struct Problem {
    struct Problem *next;
    Str path;
    Str text;
} Problem;

typedef struct Validate {
    const TypedMode *mode;
    Arena *arena;
    Problem *first;
    Problem **last;
    size_t count;
} Validate;

enum { PROBLEMS_MAX = 100 }; /* more are not told */

static void path_text(const FieldPath *path, Buf *b)
{
    if (path) {
        path_text(path->parent, b);
        path_element_text(&path->element, b);
    }
}

static void complain(Validate *w, const FieldPath *path, Str text)
{
    if (w->count++ >= PROBLEMS_MAX) {
        return;
    }
    Problem *p = new(w->arena, Problem, 1);
    Buf b = buf_new(w->arena);
    path_text(path, &b);
    p->path = buf_str(&b);
    p->text = text;
    *w->last = p;
    w->last = &p->next;
}

/* -- values as Go prints them -------------------------------------------------------------------
 */

enum { GO_DEPTH_MAX = 32 };

static double number(const Value *v)
{
    return v->kind == VALUE_INT ? (double)v->i : v->kind == VALUE_UINT ? (double)v->u : v->f;
}

static void go_number(const Value *v, Buf *b)
{
    double f = number(v);
    if (f < 0) {
        buf_byte(b, '-');
        f = -f;
    }
    number_write_g(f, 64, b);
}

/* %v, or %#v when is_sharp. */
static void go_value(const Value *v, bool is_sharp, int depth, Buf *b)
{
    if (depth > GO_DEPTH_MAX) {
        return;
    }
    switch ((ValueKind)v->kind) {
    case VALUE_NULL:
        buf_add(b, is_sharp ? STR("interface {}(nil)") : STR("<nil>"));
        break;
    case VALUE_BOOL:
        buf_add(b, v->b ? STR("true") : STR("false"));
        break;
    case VALUE_INT:
    case VALUE_UINT:
    case VALUE_FLOAT:
        go_number(v, b);
        break;
    case VALUE_STRING:
        if (is_sharp) {
            buf_go_quoted(b, value_as_str(v));
        } else {
            buf_add(b, value_as_str(v));
        }
        break;
    case VALUE_ARRAY:
        buf_add(b, is_sharp ? STR("[]interface {}{") : STR("["));
        for (uint32_t i = 0; i < v->len; i++) {
            buf_add(b, i == 0 ? STR("") : is_sharp ? STR(", ") : STR(" "));
            go_value(&v->items[i], is_sharp, depth + 1, b);
        }
        buf_byte(b, is_sharp ? '}' : ']');
        break;
    case VALUE_OBJECT: {
        const Member *members = typed_members(v, b->arena);
        buf_add(b, is_sharp ? STR("map[string]interface {}{") : STR("map["));
        for (uint32_t i = 0; i < v->len; i++) {
            buf_add(b, i == 0 ? STR("") : is_sharp ? STR(", ") : STR(" "));
            Value key = value_str(member_key(&members[i]));
            go_value(&key, is_sharp, depth + 1, b);
            buf_byte(b, ':');
            go_value(&members[i].value, is_sharp, depth + 1, b);
        }
        buf_byte(b, is_sharp ? '}' : ']');
        break;
    }
    }
}

static void complain_of_kind(Validate *w, const FieldPath *path, Str expected, const Value *v)
{
    Buf b = buf_new(w->arena);
    buf_lit(&b, "expected ");
    buf_add(&b, expected);
    buf_lit(&b, ", got &{");
    go_value(v, false, 0, &b);
    buf_byte(&b, '}');
    complain(w, path, buf_str(&b));
}

/* -- the check ----------------------------------------------------------------------------------
 */

static void validate(Validate *w, const SchemaType *t, const SchemaField *field, const Value *v,
                     const FieldPath *path);

static void validate_scalar(Validate *w, SchemaKind kind, const Value *v, const FieldPath *path)
{
    switch (kind) {
    case SCHEMA_STRING:
    case SCHEMA_BYTES:
    case SCHEMA_QUANTITY:
        if (v->kind != VALUE_STRING) {
            Buf b = buf_new(w->arena);
            buf_lit(&b, "expected string, got &value.valueUnstructured{Value:");
            go_value(v, true, 0, &b);
            buf_byte(&b, '}');
            complain(w, path, buf_str(&b));
        }
        break;
    case SCHEMA_INT32:
    case SCHEMA_INT64:
        if (v->kind != VALUE_INT && v->kind != VALUE_UINT && v->kind != VALUE_FLOAT) {
            complain(w, path, STR("expected numeric (int or float), got *value.valueUnstructured"));
        }
        break;
    case SCHEMA_BOOL:
        if (v->kind != VALUE_BOOL) {
            complain_of_kind(w, path, STR("boolean"), v);
        }
        break;
    default:
        break;
    }
}

/* An unknown member ends the look at its object. */
static void validate_members(Validate *w, const SchemaType *t, const Value *v,
                             const FieldPath *path)
{
    VALUE_EACH_MEMBER(m, v) {
        FieldPath at = { path, path_field(member_key(m)) };
        if (schema_kind(t) == SCHEMA_MAP) {
            validate(w, schema_item(t), NULL, &m->value, &at);
            continue;
        }
        const SchemaField *f = schema_field(t, member_key(m), w->mode->target);
        if (!f) {
            complain(w, &at, STR("field not declared in schema"));
            return;
        }
        validate(w, schema_field_type(f), f, &m->value, &at);
    }
}

static int by_element(const void *a, const void *b)
{
    const TypedItem *x = a;
    const TypedItem *y = b;
    int c = path_element_cmp(&x->element, &y->element);
    return c ? c : (x->place > y->place) - (x->place < y->place);
}

/* Which items have the name of one before them. */
static const bool *repeated(const TypedItem *items, uint32_t count, Arena *a)
{
    TypedItem *sorted = arena_alloc(a, count * sizeof(TypedItem));
    bool *out = new(a, bool, count);
    if (count) {
        memcpy(sorted, items, count * sizeof(TypedItem));
        qsort(sorted, count, sizeof(TypedItem), by_element);
    }
    for (uint32_t i = 1; i < count; i++) {
        out[sorted[i].place] = path_element_cmp(&sorted[i - 1].element, &sorted[i].element) == 0;
    }
    return out;
}

static void validate_items(Validate *w, const SchemaType *t, const SchemaField *field,
                           const Value *v, const FieldPath *path)
{
    bool has_names = typed_topology(t, field, w->mode) >= TOPOLOGY_SET;
    TypedItem *items = arena_alloc(w->arena, v->len * sizeof(TypedItem));
    uint32_t count = 0;
    Str problem = STR_ABSENT;
    for (; count < v->len && !problem.ptr; count++) {
        items[count] = (TypedItem){ .element = { .kind = PATH_INDEX, .index = count },
                                    .value = &v->items[count],
                                    .place = count };
        if (has_names) {
            problem = typed_item_element(t, field, &v->items[count], w->mode, w->arena,
                                         &items[count].element);
        }
    }
    count -= problem.ptr != NULL;
    const bool *is_repeated = has_names ? repeated(items, count, w->arena) : NULL;
    for (uint32_t i = 0; i < count; i++) {
        FieldPath at = { path, items[i].element };
        if (is_repeated && is_repeated[i]) {
            Buf b = buf_new(w->arena);
            buf_lit(&b, "duplicate entries for key ");
            path_element_text(&items[i].element, &b);
            complain(w, path, buf_str(&b));
        }
        if (typed_item(t)) {
            validate(w, typed_item(t), NULL, items[i].value, &at);
        }
    }
    if (problem.ptr) { /* what follows it cannot be told apart */
        complain(w, path, arena_printf(w->arena, "element %u: %.*s", count, STR_ARG(problem)));
    }
}

/* Of a custom resource: by its schema as far as that says something. */
static void validate_custom_object(Validate *w, const SchemaType *t, const Value *v,
                                   const FieldPath *path)
{
    const CrdSchema *s = crd_schema_of_type(t);
    bool is_open = s->preserve_unknown_fields || s->has_additional || !s->property_count;
    VALUE_EACH_MEMBER(m, v) {
        FieldPath at = { path, path_field(member_key(m)) };
        const SchemaType *type = typed_member(t, member_key(m));
        if (!typed_declares(t, member_key(m)) && !is_open) {
            complain(w, &at, STR("field not declared in schema"));
            return;
        }
        if (type) {
            validate(w, type, NULL, &m->value, &at);
        }
    }
}

static void validate_custom(Validate *w, const SchemaType *t, const Value *v, const FieldPath *path)
{
    static const struct {
        Str name;
        SchemaKind kind;
    } scalars[] = {
        { STR_INIT("string"), SCHEMA_STRING },
        { STR_INIT("integer"), SCHEMA_INT64 },
        { STR_INIT("number"), SCHEMA_INT64 },
        { STR_INIT("boolean"), SCHEMA_BOOL },
    };
    Str type = crd_schema_of_type(t)->type;
    for (size_t i = 0; i < COUNT_OF(scalars); i++) {
        if (str_eq(scalars[i].name, type)) {
            validate_scalar(w, scalars[i].kind, v, path);
            return;
        }
    }
    if (str_eq(type, STR("array"))) {
        if (v->kind == VALUE_ARRAY) {
            validate_items(w, t, NULL, v, path);
        } else {
            complain_of_kind(w, path, STR("list"), v);
        }
    } else if (v->kind == VALUE_OBJECT) {
        validate_custom_object(w, t, v, path);
    } else if (str_eq(type, STR("object"))) {
        complain_of_kind(w, path, STR("map"), v);
    }
}

static void validate(Validate *w, const SchemaType *t, const SchemaField *field, const Value *v,
                     const FieldPath *path)
{
    SchemaKind kind = schema_kind(t);
    if (v->kind == VALUE_NULL || kind == SCHEMA_RAW) {
        return;
    }
    if (typed_is_custom(t)) {
        validate_custom(w, t, v, path);
    } else if (kind < SCHEMA_LIST) {
        validate_scalar(w, kind, v, path);
    } else if (kind == SCHEMA_LIST) {
        if (v->kind == VALUE_ARRAY) {
            validate_items(w, t, field, v, path);
        } else {
            complain_of_kind(w, path, STR("list"), v);
        }
    } else if (v->kind == VALUE_OBJECT) {
        validate_members(w, t, v, path);
    } else {
        complain_of_kind(w, path, STR("map"), v);
    }
}

static void problem_text(const Problem *p, Buf *b)
{
    buf_add(b, p->path);
    buf_add(b, p->path.len ? STR(": ") : STR(""));
    buf_add(b, p->text);
}

bool typed_validate(const SchemaType *t, const Value *object, const TypedMode *mode, Arena *a,
                    Str *message)
{
    Validate w = { .mode = mode, .arena = a };
    w.last = &w.first;
    if (t) {
        validate(&w, t, NULL, object, NULL);
    }
    if (!w.count) {
        return true;
    }
    Buf b = buf_new(a);
    if (w.count > 1) {
        buf_lit(&b, "errors:");
    }
    for (const Problem *p = w.first; p; p = p->next) {
        buf_add(&b, w.count > 1 ? STR("\n  ") : STR(""));
        problem_text(p, &b);
    }
    *message = buf_str(&b);
    return false;
}
