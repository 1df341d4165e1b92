/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where two objects differ in meaning: an empty list or map is the same as none, quantities compare
 * by amount.
 *
 * Source: k8s.io/apimachinery third_party/forked/golang/reflect, pkg/api/equality.
 */
#ifndef PODGATE_KUBE_POD_SPEC_DIFF_H
#define PODGATE_KUBE_POD_SPEC_DIFF_H

#include "base/field.h"
#include "doc/value.h"

/* True when a and b (each may be NULL) mean the same. Else the paths of what differs, the first
 * SPEC_DIFF_MAX of them, are appended to *paths, each after a line end. */
enum { SPEC_DIFF_MAX = 20 };
bool spec_diff_is_same(const Value *a, const Value *b, const Path *path, Buf *paths);

#endif
