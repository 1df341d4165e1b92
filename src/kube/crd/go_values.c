/* SPDX-License-Identifier: Apache-2.0 */
/* Values of any type as Go compares and prints them. */
#include "kube/crd/structural.h"

#include "doc/json.h"
#include "doc/number.h"
#include "kube/meta.h"

/* Bounded by the depth that documents are read with. */
void crd_go_numbers(Value *v)
{
    if (v->kind == VALUE_UINT) {
        *v = value_float((double)v->u);
    }
    VALUE_EACH_ITEM(item, v) {
        crd_go_numbers(item);
    }
    VALUE_EACH_MEMBER(m, v) {
        crd_go_numbers(&m->value);
    }
}

static double as_float(const Value *v)
{
    return v->kind == VALUE_UINT ? (double)v->u : v->f;
}

static bool is_float(const Value *v)
{
    return v->kind == VALUE_FLOAT || v->kind == VALUE_UINT;
}

static bool objects_equal(const Value *x, const Value *y)
{
    if (x->len != y->len) {
        return false;
    }
    VALUE_EACH_MEMBER(m, x) {
        const Value *other = value_get(y, member_key(m));
        if (!other || !crd_go_equal(&m->value, other)) {
            return false;
        }
    }
    return true;
}

/* Bounded by the depth that documents are read with. */
bool crd_go_equal(const Value *x, const Value *y)
{
    if (is_float(x) && is_float(y)) {
        return as_float(x) == as_float(y);
    }
    if (x->kind != y->kind) {
        return false;
    }
    switch ((ValueKind)x->kind) {
    case VALUE_ARRAY:
        if (x->len != y->len) {
            return false;
        }
        for (size_t i = 0; i < x->len; i++) {
            if (!crd_go_equal(&x->items[i], &y->items[i])) {
                return false;
            }
        }
        return true;
    case VALUE_OBJECT:
        return objects_equal(x, y);
    default:
        return value_equal(x, y);
    }
}

static void dump(const Value *v, Arena *a, Buf *b);

static void dump_members(const Value *v, Arena *a, Buf *b)
{
    size_t count;
    const Member *members = meta_sorted_members(v, a, &count);
    buf_lit(b, "map[string]interface {}{");
    for (size_t i = 0; i < count; i++) {
        if (i) {
            buf_lit(b, ", ");
        }
        buf_go_quoted(b, member_key(&members[i]));
        buf_byte(b, ':');
        dump(&members[i].value, a, b);
    }
    buf_byte(b, '}');
}

static void dump(const Value *v, Arena *a, Buf *b)
{
    switch ((ValueKind)v->kind) {
    case VALUE_NULL:
        buf_lit(b, "interface {}(nil)");
        break;
    case VALUE_BOOL:
        buf_add(b, v->b ? STR("true") : STR("false"));
        break;
    case VALUE_INT:
        buf_int(b, v->i);
        break;
    case VALUE_UINT:
    case VALUE_FLOAT:
        number_write_g(as_float(v), 64, b);
        break;
    case VALUE_STRING:
        buf_go_quoted(b, value_as_str(v));
        break;
    case VALUE_ARRAY:
        buf_lit(b, "[]interface {}{");
        for (size_t i = 0; i < v->len; i++) {
            if (i) {
                buf_lit(b, ", ");
            }
            dump(&v->items[i], a, b);
        }
        buf_byte(b, '}');
        break;
    case VALUE_OBJECT:
        dump_members(v, a, b);
        break;
    }
}

Str crd_go_dump(const Value *v, int minor, Arena *a)
{
    enum { JSON_SINCE = 34 };
    Buf b = buf_new(a);
    if (value_is_null(v)) {
        return minor >= JSON_SINCE ? STR("null") : STR("\"null\"");
    }
    if (minor >= JSON_SINCE && v->kind >= VALUE_ARRAY) {
        Value sorted = value_copy(v, a);
        value_sort_keys(&sorted);
        json_write_html_safe(&sorted, &b);
        return buf_str(&b);
    }
    dump(v, a, &b);
    return buf_str(&b);
}

void crd_field_invalid(FieldErrors *errs, Path path, const Value *v, Str detail)
{
    field_invalid_raw(errs, path, crd_go_dump(v, errs->minor, errs->arena), detail);
}

void crd_field_duplicate(FieldErrors *errs, Path path, const Value *v)
{
    field_duplicate_raw(errs, path, crd_go_dump(v, errs->minor, errs->arena));
}
