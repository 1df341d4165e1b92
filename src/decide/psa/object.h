/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The objects that Pod Security Admission is shown: decoding them as its upstream does, and finding
 * the pod in them.
 */
#ifndef PODGATE_DECIDE_PSA_OBJECT_H
#define PODGATE_DECIDE_PSA_OBJECT_H

#include "base/err.h"
#include "doc/value.h"

typedef struct PsaKind {
    Str group; /* "" for the core group */
    Str version;
    Str name;
} PsaKind;

typedef struct PsaObject {
    PsaKind kind;
    Value
        value; /* of the declared type throughout; a pod may still hold nulls and unknown fields */
} PsaObject;

/* apiVersion and kind of a document, each empty when it is left out. */
WARN_UNUSED bool psa_kind_read(const Value *v, Arena *a, PsaKind *out, Err *err);
/* Always false: `no kind "K" is registered for version "g/v" in scheme "..."`. */
bool psa_kind_is_unknown(const PsaKind *kind, Str scheme, Arena *a, Err *err);

/* Decodes an object of v1, apps/v1 or batch/v1. Its own apiVersion and kind count; fallback stands
 * in for what it leaves out. A value of the wrong type anywhere in it is an error, as is a kind
 * that is none of theirs. */
WARN_UNUSED bool psa_object_decode(const Value *v, const PsaKind *fallback, Arena *a,
                                   PsaObject *out, Err *err);

/* The same out of a text, JSON or YAML, as the API server's decoder reads it: keys that JSON has
 * twice are decoded on top of each other, bytes that are not UTF-8 become U+FFFD. */
WARN_UNUSED bool psa_object_read(Str text, const PsaKind *fallback, Arena *a, PsaObject *out,
                                 Err *err);

static inline bool psa_object_is(const PsaObject *o, const char *core_kind)
{
    return o->kind.group.len == 0 && str_eq(o->kind.name, str_from_c(core_kind));
}

/* Where the pod is: the object itself, or its template ({metadata, spec}; an empty object when it
 * is missing). *out is NULL when the object may do without a pod, and does. Fails for a kind that
 * has none. */
WARN_UNUSED bool psa_object_pod(const PsaObject *o, Arena *a, const Value **out, Err *err);

#endif
