/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Merge Patch (RFC 7386): applying one, and finding one. */
#ifndef PODGATE_DOC_MERGE_H
#define PODGATE_DOC_MERGE_H

#include "base/err.h"
#include "doc/value.h"

/* *target with the patch merged in. The result shares values with both; neither is changed. */
Value merge_apply(const Value *target, const Value *patch, Arena *a);

/* The same as the API server of Kubernetes 1.20 does it: nulls inside the patch's lists go too
 * where a list is new. False for a patch that is no object or array (`Invalid JSON Patch`). Source:
 * github.com/evanphx/json-patch v4.9.0. */
WARN_UNUSED bool merge_apply_as_server(const Value *target, const Value *patch, Arena *a,
                                       Value *out, Err *err);

/* A patch that makes *to of *from; {} when they are equal objects. A merge patch cannot set null:
 * null members of *to count as missing. Shares values with *to. */
Value merge_diff(const Value *from, const Value *to, Arena *a);

#endif
