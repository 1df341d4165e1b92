/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values against schemas, as OpenAPI has it.
 *
 * The API server walks maps in no particular order; here members are taken in the order of their
 * names.
 *
 * Source: k8s.io/kube-openapi pkg/validation/validate, k8s.io/apiextensions-apiserver
 * pkg/apiserver/validation
 */
#include <stdarg.h>
#include <stdlib.h>

#include "base/map.h"
#include "doc/json.h"
#include "kube/crd/value_result.h"
#include "kube/meta.h"

enum {
    CODES_SINCE = 24,   /* errors have kinds of their own */
    BYTES_SINCE = 32,   /* of texts that are too long */
    INDEXED_SINCE = 23, /* places name the item of a list */
};

/* -- results ------------------------------------------------------------------------------------
 */

static void write_place(const ValuePlace *place, Buf *b)
{
    if (!place) {
        return;
    }
    write_place(place->parent, b);
    if (!place->name.ptr) {
        buf_printf(b, "[%zu]", place->index);
        return;
    }
    if (!place->is_joined || b->len) {
        buf_byte(b, '.');
    }
    buf_add(b, place->name);
}

Str value_place_render(const ValuePlace *place, Arena *a)
{
    Buf b = buf_new(a);
    write_place(place, &b);
    return buf_str(&b);
}

ValueError *value_result_add(ValueResult *r, ValueErrorKind kind, const ValuePlace *place, Arena *a)
{
    ValueError *e = new(a, ValueError, 1);
    e->kind = kind;
    e->place = value_place_render(place, a);
    if (r->last) {
        r->last->next = e;
    } else {
        r->first = e;
    }
    r->last = e;
    return e;
}

void value_result_say(ValueError *e, const char *format, Arena *a, ...)
{
    va_list args;
    va_start(args, a);
    Str words = arena_vprintf(a, format, args);
    va_end(args);
    e->message = arena_printf(a, "%.*s in body %.*s", STR_ARG(e->place), STR_ARG(words));
}

void value_result_merge(ValueResult *r, const ValueResult *more)
{
    r->matches += more->matches;
    if (!more->first) {
        return;
    }
    if (r->last) {
        r->last->next = more->first;
    } else {
        r->first = more->first;
    }
    r->last = more->last;
}

/* -- types ------------------------------------------------------------------------------------- */

static bool has_type(const ValueCheck *c, const CrdSchema *s, const char *type)
{
    if (s->int_or_string && !c->of_default) {
        return strcmp(type, "integer") == 0 || strcmp(type, "string") == 0;
    }
    return str_eq(s->type, str_from_c(type));
}

static Str types_of(const ValueCheck *c, const CrdSchema *s)
{
    return s->int_or_string && !c->of_default ? STR("integer,string") : s->type;
}

static void add_type_error(ValueResult *r, Str wanted, Str found, const ValuePlace *place, Arena *a)
{
    ValueError *e = value_result_add(r, VALUE_ERROR_TYPE, place, a);
    Buf quoted = buf_new(a);
    buf_go_quoted(&quoted, found);
    e->value = buf_str(&quoted);
    value_result_say(e, "must be of type %.*s: %.*s", a, STR_ARG(wanted), STR_ARG(e->value));
}

Str value_format(const ValueCheck *c, const CrdSchema *s)
{
    if (c->of_default || s->format.len == 0) {
        return s->format;
    }
    return crd_format_counts(s, c->target) ? s->format : STR("");
}

/* The type of a value in JSON, and its format. */
static const char *type_of(const Value *v, const char **format)
{
    *format = "";
    switch ((ValueKind)v->kind) {
    case VALUE_BOOL:
        return "boolean";
    case VALUE_STRING:
        return "string";
    case VALUE_INT:
        *format = "int64";
        return "integer";
    case VALUE_UINT:
    case VALUE_FLOAT:
        *format = "float64";
        return "number";
    case VALUE_ARRAY:
        return "array";
    default:
        return "object";
    }
}

static ValueResult check_type(const ValueCheck *c, const Value *v, const CrdSchema *s,
                              const ValuePlace *place)
{
    ValueResult r = { .matches = 1 }, wrong = { 0 };
    Str types = types_of(c, s), format = value_format(c, s);
    if (v->kind == VALUE_NULL) {
        if (types.len && !has_type(c, s, "null") && !s->nullable) {
            add_type_error(&wrong, types, STR("null"), place, c->arena);
            return wrong;
        }
        return r;
    }
    const char *own_format, *type = type_of(v, &own_format);
    bool is_plain = v->kind == VALUE_STRING || v->kind == VALUE_ARRAY;
    bool fits = has_type(c, s, type) || (v->kind == VALUE_INT && has_type(c, s, "number")) ||
                (v->kind == VALUE_FLOAT && value_is_whole(v->f) && has_type(c, s, "integer"));
    if (!is_plain && format.len && !fits && !str_eq(format, str_from_c(own_format))) {
        add_type_error(&wrong, format, str_from_c(own_format), place, c->arena);
        return wrong;
    }
    if (is_plain && format.len && !has_type(c, s, "number") && !has_type(c, s, "integer")) {
        return r;
    }
    if (!fits) {
        add_type_error(&wrong, types, str_from_c(type), place, c->arena);
        return wrong;
    }
    return r;
}

/* -- lists --------------------------------------------------------------------------------------
 */

static void check_count(ValueResult *r, size_t actual, OptInt64 min, OptInt64 max, const char *what,
                        bool of_limit, const ValuePlace *place, Arena *a)
{
    bool few = min.set && (int64_t)actual < min.value;
    bool many = max.set && (int64_t)actual > max.value;
    for (int i = 0; i < 2; i++) {
        if (!(i ? many : few)) {
            continue;
        }
        int64_t limit = i ? max.value : min.value;
        ValueError *e = value_result_add(r, i ? VALUE_ERROR_MANY : VALUE_ERROR_INVALID, place, a);
        e->limit = limit > 0 ? (size_t)limit : 0;
        e->actual = of_limit ? e->limit : actual;
        e->value = arena_printf(a, "%lld", of_limit ? (long long)limit : (long long)actual);
        value_result_say(e, "should have at %s %lld %s", a, i ? "most" : "least", (long long)limit,
                         what);
    }
}

static bool has_twice(const Value *list, Arena *a)
{
    Map seen = map_new(a);
    VALUE_EACH_ITEM(v, list) {
        Value sorted = value_copy(v, a);
        value_sort_keys(&sorted);
        Buf b = buf_new(a);
        json_write(&sorted, &b);
        void **at = map_at(&seen, buf_str(&b));
        if (*at) {
            return true;
        }
        *at = &seen;
    }
    return false;
}

static ValueResult check_list(const ValueCheck *c, const Value *v, const CrdSchema *s,
                              const ValuePlace *place)
{
    ValueResult r = { 0 };
    bool is_indexed = c->target->minor >= INDEXED_SINCE;
    for (size_t i = 0; s->items && i < v->len; i++) {
        ValuePlace at = { .parent = place, .index = i };
        ValueResult one = value_check(c, &v->items[i], s->items, is_indexed ? &at : place);
        value_result_merge(&r, &one);
    }
    check_count(&r, v->len, s->min_items, s->max_items, "items", false, place, c->arena);
    if (s->unique_items && has_twice(v, c->arena)) {
        ValueError *e = value_result_add(&r, VALUE_ERROR_INVALID, place, c->arena);
        value_result_say(e, "shouldn't contain duplicates", c->arena);
    }
    r.matches++;
    return r;
}

/* -- objects ----------------------------------------------------------------------------------- */

/* Members that the schema has no property for. */
static void check_additional(const ValueCheck *c, const Value *v, const CrdSchema *s,
                             const ValuePlace *place, ValueResult *r)
{
    size_t count;
    const Member *members = meta_sorted_members(v, c->arena, &count);
    for (size_t i = 0; s->has_additional && i < count; i++) {
        Str key = member_key(&members[i]);
        ValuePlace at = { .parent = place, .name = key };
        if (crd_schema_property(s, key)) {
            continue;
        }
        if (!s->additional_allows) {
            ValueError *e = value_result_add(r, VALUE_ERROR_INVALID, place, c->arena);
            Buf quoted = buf_new(c->arena);
            buf_go_quoted(&quoted, key);
            e->value = buf_str(&quoted);
            e->message = arena_printf(c->arena, "%.*s.%.*s in body is a forbidden property",
                                      STR_ARG(e->place), STR_ARG(key));
        } else if (s->additional) {
            ValueResult one = value_check(c, &members[i].value, s->additional, &at);
            value_result_merge(r, &one);
        }
    }
}

static void check_required(const ValueCheck *c, const Value *v, const CrdSchema *s,
                           const ValuePlace *place, ValueResult *r)
{
    for (size_t i = 0; i < s->required.count; i++) {
        ValuePlace at = { .parent = place, .name = s->required.items[i] };
        if (!value_get(v, s->required.items[i])) {
            ValueError *e = value_result_add(r, VALUE_ERROR_REQUIRED, &at, c->arena);
            value_result_say(e, "is required", c->arena);
        }
    }
}

static ValueResult check_object(const ValueCheck *c, const Value *v, const CrdSchema *s,
                                const ValuePlace *place)
{
    ValueResult r = { 0 };
    bool has_codes = c->target->minor >= CODES_SINCE;
    check_count(&r, v->len, s->min_properties, s->max_properties, "properties", !has_codes, place,
                c->arena);
    if (r.first && !has_codes) {
        r.first->next = NULL; /* of both, the first */
        r.last = r.first;
        return r;
    }
    check_additional(c, v, s, place, &r);
    for (size_t i = 0; i < s->property_count; i++) {
        const Value *member = value_get(v, s->properties[i].name);
        ValuePlace at = { .parent = place, .name = s->properties[i].name, .is_joined = true };
        if (member) {
            ValueResult one = value_check(c, member, s->properties[i].schema, &at);
            value_result_merge(&r, &one);
        }
    }
    check_required(c, v, s, place, &r);
    return r;
}

/* -- all of it ----------------------------------------------------------------------------------
 */

static void add(ValueResult *r, ValueResult one)
{
    value_result_merge(r, &one);
    r->matches++;
}

/* Bounded by the depth of the schema. */
ValueResult value_check(const ValueCheck *c, const Value *v, const CrdSchema *s,
                        const ValuePlace *place)
{
    ValueResult r = { 0 };
    if (v->kind == VALUE_NULL) {
        ValueResult type = check_type(c, v, s, place), allowed = value_check_enum(c, v, s, place);
        value_result_merge(&r, &type);
        value_result_merge(&r, &allowed);
        return r;
    }
    if (types_of(c, s).len || value_format(c, s).len) {
        add(&r, check_type(c, v, s, place));
    }
    add(&r, value_check_choices(c, v, s, place));
    if (v->kind == VALUE_STRING) {
        add(&r, value_check_text(c, v, s, place));
        if (crd_format_is_known(value_format(c, s), c->target)) {
            add(&r, value_check_format(c, v, s, place));
        }
    }
    if (v->kind == VALUE_INT || v->kind == VALUE_UINT || v->kind == VALUE_FLOAT) {
        add(&r, value_check_number(c, v, s, place));
    }
    if (v->kind == VALUE_ARRAY) {
        add(&r, check_list(c, v, s, place));
    }
    add(&r, value_check_enum(c, v, s, place));
    if (v->kind == VALUE_OBJECT) {
        add(&r, check_object(c, v, s, place));
    }
    r.matches++;
    return r;
}

/* -- as field errors --------------------------------------------------------------------------- */

static StrList allowed_texts(const Value *allowed, Arena *a)
{
    Str *texts = new(a, Str, allowed->len);
    for (size_t i = 0; i < allowed->len; i++) {
        texts[i] = value_as_str(&allowed->items[i]);
        if (!texts[i].ptr) {
            Value sorted = value_copy(&allowed->items[i], a);
            value_sort_keys(&sorted);
            crd_go_numbers(&sorted);
            Buf b = buf_new(a);
            json_write_html_safe(&sorted, &b);
            texts[i] = buf_str(&b);
        }
    }
    return (StrList){ texts, allowed->len };
}

static void report(const ValueCheck *c, const ValueError *e, const Path *path, FieldErrors *errs)
{
    bool has_codes = c->target->minor >= CODES_SINCE;
    Str name = str_cut_prefix(e->place, STR("."));
    Path root = path ? *path : path_root("<nil>");
    Path at = e->place.len && !str_eq(e->place, STR(".")) ? path_child_str(path, name) : root;
    Str value = e->value.ptr ? e->value : STR("\"\"");
    switch (e->kind) {
    case VALUE_ERROR_REQUIRED:
        field_required(errs, at, STR(""));
        return;
    case VALUE_ERROR_ENUM:
        field_not_supported_raw(errs, at, e->value, allowed_texts(e->allowed, c->arena));
        return;
    case VALUE_ERROR_LONG:
        if (has_codes) {
            (c->target->minor >= BYTES_SINCE ? field_too_long : field_longer_than)(errs, at,
                                                                                   e->limit);
            return;
        }
        break;
    case VALUE_ERROR_MANY:
        if (has_codes) {
            field_too_many(errs, at, e->actual, e->limit);
            return;
        }
        break;
    case VALUE_ERROR_TYPE:
        if (has_codes) {
            field_type_invalid_raw(errs, at, value, e->message);
            return;
        }
        break;
    case VALUE_ERROR_COMPOSITE:
        field_invalid_str(errs, root, STR(""), e->message);
        return;
    case VALUE_ERROR_INVALID:
        break;
    }
    field_invalid_raw(errs, at, value, e->message);
}

void crd_validate_value(const Value *v, const CrdSchema *s, bool of_default,
                        const KubeTarget *target, const Path *path, FieldErrors *errs)
{
    if (!s) {
        return;
    }
    ValueCheck c = { target, of_default, errs->arena };
    ValueResult r = value_check(&c, v, s, NULL);
    Map said = map_new(errs->arena); /* what is found by several ways is told once */
    for (const ValueError *e = r.first; e; e = e->next) {
        void **at = map_at(&said, e->message);
        if (!*at) {
            *at = &said;
            report(&c, e, path, errs);
        }
    }
}
