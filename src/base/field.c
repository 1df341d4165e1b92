/* SPDX-License-Identifier: Apache-2.0 */
/* Field paths and field errors: recording and printing. */
#include "base/field.h"

#include "base/go_value.h"

enum {
    NOT_MORE_THAN_SINCE = 32,
    VALUES_AS_JSON_SINCE = 34,
    SINGULAR_SINCE = 34, /* "1 byte", "1 item" */
};

void path_write(const Path *p, Buf *b)
{
    if (!p) {
        return;
    }
    path_write(p->parent, b); /* as deep as our own code nests paths, not as the input */
    if (!p->name.ptr) {
        buf_byte(b, '[');
        buf_int(b, (int64_t)p->index);
        buf_byte(b, ']');
    } else if (p->is_key) {
        buf_byte(b, '[');
        buf_add(b, p->name);
        buf_byte(b, ']');
    } else {
        if (p->parent) {
            buf_byte(b, '.');
        }
        buf_add(b, p->name);
    }
}

Str path_render(const Path *p, Arena *a)
{
    Buf b = buf_new(a);
    path_write(p, &b);
    return buf_str(&b);
}

void field_errors_append(FieldErrors *errs, FieldErrors *more)
{
    if (!more->first) {
        return;
    }
    if (errs->last) {
        errs->last->next = more->first;
    } else {
        errs->first = more->first;
    }
    errs->last = more->last;
    errs->count += more->count;
    more->first = more->last = NULL;
    more->count = 0;
}

static void add(FieldErrors *errs, FieldErrorKind kind, const Path *path, Str value, Str detail)
{
    FieldError *e = new(errs->arena, FieldError, 1);
    e->kind = kind;
    e->path = path_render(path, errs->arena);
    e->value = value;
    e->detail = arena_str(errs->arena, detail);
    if (errs->last) {
        errs->last->next = e;
    } else {
        errs->first = e;
    }
    errs->last = e;
    errs->count++;
}

static Str quoted(FieldErrors *errs, Str value)
{
    Buf b = buf_new(errs->arena);
    buf_go_quoted(&b, value);
    return buf_str(&b);
}

void field_required(FieldErrors *errs, Path path, Str detail)
{
    add(errs, FIELD_REQUIRED, &path, STR_ABSENT, detail);
}

void field_forbidden(FieldErrors *errs, Path path, Str detail)
{
    add(errs, FIELD_FORBIDDEN, &path, STR_ABSENT, detail);
}

void field_internal(FieldErrors *errs, Path path, Str detail)
{
    add(errs, FIELD_INTERNAL, &path, STR_ABSENT, detail);
}

void field_invalid_str(FieldErrors *errs, Path path, Str value, Str detail)
{
    add(errs, FIELD_INVALID, &path, quoted(errs, value), detail);
}

void field_invalid_int(FieldErrors *errs, Path path, int64_t value, Str detail)
{
    add(errs, FIELD_INVALID, &path, arena_printf(errs->arena, "%lld", (long long)value), detail);
}

void field_invalid_bool(FieldErrors *errs, Path path, bool value, Str detail)
{
    add(errs, FIELD_INVALID, &path, value ? STR("true") : STR("false"), detail);
}

void field_invalid_null(FieldErrors *errs, Path path, Str detail)
{
    Str null = errs->minor >= VALUES_AS_JSON_SINCE ? STR("null") : STR("\"null\"");
    add(errs, FIELD_INVALID, &path, null, detail);
}

/* A dump as the version prints it. */
static Str as_printed(const FieldErrors *errs, Str value)
{
    Buf json = buf_new(errs->arena);
    if (errs->minor >= VALUES_AS_JSON_SINCE && go_value_to_json(value, &json)) {
        value = buf_str(&json);
    }
    return arena_str(errs->arena, value);
}

void field_invalid_raw(FieldErrors *errs, Path path, Str value, Str detail)
{
    add(errs, FIELD_INVALID, &path, as_printed(errs, value), detail);
}

void field_type_invalid_raw(FieldErrors *errs, Path path, Str value, Str detail)
{
    field_invalid_raw(errs, path, value, detail);
    errs->last->kind = FIELD_TYPE_INVALID;
}

void field_immutable(FieldErrors *errs, Path path)
{
    add(errs, FIELD_INVALID, &path, STR("null"), STR("field is immutable"));
}

void field_not_supported(FieldErrors *errs, Path path, Str value, StrList supported)
{
    field_not_supported_raw(errs, path, quoted(errs, value), supported);
}

void field_not_supported_raw(FieldErrors *errs, Path path, Str value, StrList supported)
{
    Buf b = buf_new(errs->arena);
    if (supported.count) {
        buf_lit(&b, "supported values: ");
        for (size_t i = 0; i < supported.count; i++) {
            if (i) {
                buf_lit(&b, ", ");
            }
            buf_go_quoted(&b, supported.items[i]);
        }
    }
    add(errs, FIELD_NOT_SUPPORTED, &path, as_printed(errs, value), buf_str(&b));
}

void field_duplicate(FieldErrors *errs, Path path, Str value)
{
    add(errs, FIELD_DUPLICATE, &path, quoted(errs, value), STR(""));
}

void field_duplicate_raw(FieldErrors *errs, Path path, Str value)
{
    add(errs, FIELD_DUPLICATE, &path, as_printed(errs, value), STR(""));
}

void field_not_found(FieldErrors *errs, Path path, Str value)
{
    add(errs, FIELD_NOT_FOUND, &path, quoted(errs, value), STR(""));
}

void field_too_long(FieldErrors *errs, Path path, size_t max_bytes)
{
    const char *format = errs->minor >= NOT_MORE_THAN_SINCE ? "may not be more than"
                                                            : "must have at most";
    bool is_one = max_bytes == 1 && errs->minor >= SINGULAR_SINCE;
    add(errs, FIELD_TOO_LONG, &path, STR_ABSENT,
        arena_printf(errs->arena, "%s %zu byte%s", format, max_bytes, is_one ? "" : "s"));
}

void field_longer_than(FieldErrors *errs, Path path, size_t max)
{
    add(errs, FIELD_TOO_LONG, &path, STR_ABSENT,
        arena_printf(errs->arena, "may not be longer than %zu", max));
}

void field_too_many(FieldErrors *errs, Path path, size_t actual, size_t max)
{
    add(errs, FIELD_TOO_MANY, &path, arena_printf(errs->arena, "%zu", actual),
        arena_printf(errs->arena, "must have at most %zu item%s", max,
                     max == 1 && errs->minor >= SINGULAR_SINCE ? "" : "s"));
}

static const struct {
    Str text;
    Str reason;
} kinds[] = {
    [FIELD_REQUIRED] = { STR_INIT("Required value"), STR_INIT("FieldValueRequired") },
    [FIELD_INVALID] = { STR_INIT("Invalid value"), STR_INIT("FieldValueInvalid") },
    [FIELD_NOT_SUPPORTED] = { STR_INIT("Unsupported value"), STR_INIT("FieldValueNotSupported") },
    [FIELD_DUPLICATE] = { STR_INIT("Duplicate value"), STR_INIT("FieldValueDuplicate") },
    [FIELD_FORBIDDEN] = { STR_INIT("Forbidden"), STR_INIT("FieldValueForbidden") },
    [FIELD_NOT_FOUND] = { STR_INIT("Not found"), STR_INIT("FieldValueNotFound") },
    [FIELD_TOO_LONG] = { STR_INIT("Too long"), STR_INIT("FieldValueTooLong") },
    [FIELD_TOO_MANY] = { STR_INIT("Too many"), STR_INIT("FieldValueTooMany") },
    [FIELD_TYPE_INVALID] = { STR_INIT("Invalid value"), STR_INIT("FieldValueTypeInvalid") },
    [FIELD_INTERNAL] = { STR_INIT("Internal error"), STR_INIT("InternalError") },
};

Str field_error_kind_text(FieldErrorKind kind)
{
    return kinds[kind].text;
}

Str field_error_kind_reason(FieldErrorKind kind)
{
    return kinds[kind].reason;
}

void field_error_write_body(const FieldError *e, Buf *b)
{
    buf_add(b, kinds[e->kind].text);
    if (e->value.ptr) {
        buf_lit(b, ": ");
        buf_add(b, e->value);
    }
    if (e->detail.len) {
        buf_lit(b, ": ");
        buf_add(b, e->detail);
    }
}

void field_error_write(const FieldError *e, Buf *b)
{
    buf_add(b, e->path);
    buf_lit(b, ": ");
    field_error_write_body(e, b);
}

void field_errors_write_list(const FieldErrors *errs, Buf *b)
{
    buf_byte(b, '[');
    for (const FieldError *e = errs->first; e; e = e->next) {
        if (e != errs->first) {
            buf_byte(b, ' ');
        }
        field_error_write(e, b);
    }
    buf_byte(b, ']');
}

static bool same_error(const FieldError *a, const FieldError *b)
{
    return a->kind == b->kind && str_eq(a->path, b->path) && str_eq(a->value, b->value) &&
           str_eq(a->detail, b->detail);
}

void field_errors_write_aggregate(const FieldErrors *errs, Buf *b)
{
    enum { LOOK_BACK_MAX = 1000 }; /* keeps a hostile list from costing its square */
    size_t written = 0;
    Buf inner = buf_new(b->arena);
    for (const FieldError *e = errs->first; e; e = e->next) {
        bool seen = false;
        size_t looked = 0;
        for (const FieldError *p = errs->first; p != e && !seen && looked < LOOK_BACK_MAX;
             p = p->next, looked++) {
            seen = same_error(p, e);
        }
        if (seen) {
            continue;
        }
        if (written++) {
            buf_lit(&inner, ", ");
        }
        field_error_write(e, &inner);
    }
    if (written == 1) {
        buf_add(b, buf_str(&inner));
    } else {
        buf_byte(b, '[');
        buf_add(b, buf_str(&inner));
        buf_byte(b, ']');
    }
}
