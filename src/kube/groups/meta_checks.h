/* SPDX-License-Identifier: Apache-2.0 */
/* Validation of metadata as most groups do it: finalizers included. Private to kube/groups. */
#ifndef PODGATE_KUBE_GROUPS_META_CHECKS_H
#define PODGATE_KUBE_GROUPS_META_CHECKS_H

#include "kube/meta.h"
#include "kube/names.h"

static inline void check_meta(const Value *object, bool namespaced, NameCheck *check,
                              FieldErrors *errs)
{
    const Value *metadata = value_get_lit(object, "metadata");
    Path path = path_root("metadata");
    meta_validate(metadata, namespaced, check, &path, errs);
    meta_validate_finalizers(metadata, &path, errs);
}

static inline void check_meta_update(const Value *object, const Value *old, FieldErrors *errs)
{
    const Value *metadata = value_get_lit(object, "metadata");
    Path path = path_root("metadata");
    meta_validate_update(metadata, value_get_lit(old, "metadata"), &path, errs);
    meta_validate_finalizers(metadata, &path, errs);
}

/* The same without the rules for finalizers of the core groups. */
static inline void check_plain_meta(const Value *object, bool namespaced, NameCheck *check,
                                    FieldErrors *errs)
{
    Path path = path_root("metadata");
    meta_validate(value_get_lit(object, "metadata"), namespaced, check, &path, errs);
}

static inline void check_plain_meta_update(const Value *object, const Value *old, FieldErrors *errs)
{
    Path path = path_root("metadata");
    meta_validate_update(value_get_lit(object, "metadata"), value_get_lit(old, "metadata"), &path,
                         errs);
}

#endif
