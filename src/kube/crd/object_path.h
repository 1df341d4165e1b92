/* SPDX-License-Identifier: Apache-2.0 */
/* Values at paths in the dot notation (path.c). Private to this folder. */
#ifndef PODGATE_KUBE_CRD_OBJECT_PATH_H
#define PODGATE_KUBE_CRD_OBJECT_PATH_H

#include "kube/crd/crd.h"

/* *out is NULL where a field on the way is missing. Fails where one is of another type, with the
 * API server's words. */
WARN_UNUSED bool object_path_find(const Value *object, Str path, Arena *a, const Value **out,
                                  Err *err);
WARN_UNUSED bool object_path_int(const Value *object, Str path, Arena *a, OptInt64 *out, Err *err);
/* "" where there is none. */
WARN_UNUSED bool object_path_str(const Value *object, Str path, Arena *a, Str *out, Err *err);
/* The fields that the subresource scale shows; with_spec: also those that it changes. */
void object_path_check_scale(const CrdVersion *v, bool with_spec, const Value *object,
                             FieldErrors *errs);

#endif
