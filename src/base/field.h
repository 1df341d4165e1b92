/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Field paths and field errors, worded as the API server words them.
 *
 * A Path is a chain of links on the caller's stack and costs nothing until an error is recorded:
 *
 *     Path spec = path_root("spec");
 *     Path list = path_child(&spec, "containers");
 *     Path item = path_index(&list, i);
 *     field_required(errs, path_child(&item, "image"), STR(""));
 *     -> spec.containers[0].image: Required value
 *
 * Source: k8s.io/apimachinery pkg/util/validation/field (the 1.20 wording).
 */
#ifndef PODGATE_BASE_FIELD_H
#define PODGATE_BASE_FIELD_H

#include "base/buf.h"

typedef struct Path {
    const struct Path *parent; /* NULL at the root */
    Str name;                  /* a child's name, or a map key when is_key */
    size_t index;              /* when name is absent */
    bool is_key;               /* printed as [name] */
} Path;

static inline Path path_child_str(const Path *parent, Str name)
{
    return (Path){ .parent = parent, .name = name };
}
static inline Path path_index(const Path *parent, size_t index)
{
    return (Path){ .parent = parent, .index = index };
}
static inline Path path_key(const Path *parent, Str key)
{
    return (Path){ .parent = parent, .name = key, .is_key = true };
}
/* name: a string literal */
#define path_root(literal) path_child_str(NULL, STR(literal))
#define path_child(parent, literal) path_child_str((parent), STR(literal))

/* "spec.containers[0].image"; a NULL path gives "" (Kubernetes prints "<nil>"). */
void path_write(const Path *p, Buf *b);
Str path_render(const Path *p, Arena *a);

typedef enum FieldErrorKind {
    FIELD_REQUIRED,
    FIELD_INVALID,
    FIELD_NOT_SUPPORTED,
    FIELD_DUPLICATE,
    FIELD_FORBIDDEN,
    FIELD_NOT_FOUND,
    FIELD_TOO_LONG,
    FIELD_TOO_MANY,
    FIELD_TYPE_INVALID, /* printed as FIELD_INVALID */
    FIELD_INTERNAL,
} FieldErrorKind;

typedef struct FieldError {
    struct FieldError *next;
    FieldErrorKind kind;
    Str path;
    Str value;  /* as printed after the kind: quoted when a string; absent when none is printed */
    Str detail; /* may be empty */
} FieldError;

/* In the order they were found. Everything lives in the arena. */
typedef struct FieldErrors {
    Arena *arena;
    FieldError *first;
    FieldError *last;
    size_t count;
    int minor; /* of the Kubernetes version whose words are used; 0 for those of 1.20 */
} FieldErrors;

static inline FieldErrors field_errors_new(Arena *a)
{
    return (FieldErrors){ .arena = a };
}
static inline FieldErrors field_errors_new_for(int minor, Arena *a)
{
    return (FieldErrors){ .arena = a, .minor = minor };
}
/* Moves all of more to the end of errs (same arena); more is empty afterwards. */
void field_errors_append(FieldErrors *errs, FieldErrors *more);

/* Each adds one error; path and texts are copied. The Path is taken by value, so that a call can
 * build its last link in place; its parents must outlive the call only. */
void field_required(FieldErrors *errs, Path path, Str detail);
void field_forbidden(FieldErrors *errs, Path path, Str detail);
void field_internal(FieldErrors *errs, Path path, Str detail);
void field_invalid_str(FieldErrors *errs, Path path, Str value, Str detail); /* value is quoted */
void field_invalid_int(FieldErrors *errs, Path path, int64_t value, Str detail);
void field_invalid_bool(FieldErrors *errs, Path path, bool value, Str detail);
void field_invalid_null(FieldErrors *errs, Path path, Str detail); /* "null", quoted */
/* `Invalid value: null: field is immutable`: what types declare themselves, from this minor on */
enum { FIELD_DECLARED_SINCE = 36 };
void field_immutable(FieldErrors *errs, Path path);
/* value as it is to stand in the message (a Go value dump, a list, a quantity); dumps become JSON
 * where the version prints that */
void field_invalid_raw(FieldErrors *errs, Path path, Str value, Str detail);
/* the same for one of another type than is wanted, which is told with a reason of its own */
void field_type_invalid_raw(FieldErrors *errs, Path path, Str value, Str detail);
/* `Unsupported value: "x": supported values: "a", "b"`, in the order given */
void field_not_supported(FieldErrors *errs, Path path, Str value, StrList supported);
/* the same with value as it is to stand in the message */
void field_not_supported_raw(FieldErrors *errs, Path path, Str value, StrList supported);
void field_duplicate(FieldErrors *errs, Path path, Str value);     /* value is quoted */
void field_duplicate_raw(FieldErrors *errs, Path path, Str value); /* value as it is */
void field_not_found(FieldErrors *errs, Path path, Str value);     /* value is quoted */
/* `Too long: must have at most N bytes`, since 1.32 `may not be more than N bytes` */
void field_too_long(FieldErrors *errs, Path path, size_t max_bytes);
/* `Too long: may not be longer than N`: of a text whose characters are counted */
void field_longer_than(FieldErrors *errs, Path path, size_t max);
/* `Too many: N: must have at most MAX items` */
void field_too_many(FieldErrors *errs, Path path, size_t actual, size_t max);

/* "Required value", "Invalid value", ... and the reason of a Status cause: FieldValueRequired */
Str field_error_kind_text(FieldErrorKind kind);
Str field_error_kind_reason(FieldErrorKind kind);
/* `Invalid value: "x": detail` (the message of a Status cause) */
void field_error_write_body(const FieldError *e, Buf *b);
/* `spec.x: Invalid value: "x": detail` */
void field_error_write(const FieldError *e, Buf *b);
/* All of them as Go prints the list with %v: `[a b]`, `[]` for none. */
void field_errors_write_list(const FieldErrors *errs, Buf *b);
/* As an aggregate prints: one error alone, several as `[a, b]`, equal ones once. */
void field_errors_write_aggregate(const FieldErrors *errs, Buf *b);

#endif
