/* SPDX-License-Identifier: Apache-2.0 */
/* What an update may not change. Private to kube/core. */
#ifndef PODGATE_KUBE_CORE_CHANGED_H
#define PODGATE_KUBE_CORE_CHANGED_H

#include "kube/core/parts.h"

/* `Forbidden: why`, and what differs on lines of its own, unless now and before mean the same.
 * type   of both, in Go */
void core_check_unchanged(const Value *now, const Value *before, const char *type, Path path,
                          Str why, FieldErrors *errs);

/* A string that is a pointer in Go, at the path of its own name: immutable. */
void core_check_same_pointer(const Value *now, const Value *before, Str member, FieldErrors *errs);

#endif
