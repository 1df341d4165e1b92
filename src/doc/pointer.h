/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Pointer (RFC 6901): "/spec/containers/0/image", with ~0 for ~ and ~1 for / in names. */
#ifndef PODGATE_DOC_POINTER_H
#define PODGATE_DOC_POINTER_H

#include "base/err.h"
#include "doc/value.h"

/* The value at a pointer; "" is the root. NULL when there is none or the pointer is none. The
 * arena is for names that need unescaping. */
Value *pointer_get(const Value *root, Str pointer, Arena *a);

/* Takes the next "/name" off *rest, unescaped. False at the end, and for what is no pointer (then
 * *rest is not empty: it does not start with a slash, or ~ is followed by neither 0 nor 1). */
bool pointer_next(Str *rest, Arena *a, Str *name);

/* A pointer is "" or a row of "/name" whose ~ are all ~0 or ~1. */
bool pointer_is_valid(Str pointer);

/* An array index as a pointer has it: "0", "17", never "01". */
bool pointer_index(Str name, size_t *index);

/* Adds "/name", escaped. */
void pointer_append(Buf *b, Str name);
void pointer_append_index(Buf *b, size_t index);

#endif
