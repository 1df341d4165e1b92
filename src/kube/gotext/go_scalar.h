/* SPDX-License-Identifier: Apache-2.0 */
/* Scalars as json-iterator reads them, and those that read themselves. */
#ifndef PODGATE_KUBE_GOTEXT_GO_SCALAR_H
#define PODGATE_KUBE_GOTEXT_GO_SCALAR_H

#include "kube/gotext/go_iter.h"
#include "kube/schema.h"

void go_scalar_decode(GoIter *i, SchemaKind kind);

/* What one that reads itself (an int-or-string, a quantity, a time) says of a value, whose JSON is
 * text; absent when it takes it. */
Str go_scalar_problem(SchemaKind kind, const Value *v, Str text, Arena *a);
/* Where Go finds a text not to be base64, or -1. */
ptrdiff_t go_base64_problem(Str s);

#endif
