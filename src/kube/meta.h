/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Validation of metadata, as the API server does it on create and update.
 *
 * metadata is of a decoded object. Maps are walked in the order of their keys; the real server
 * walks them in no particular order, so errors within labels or annotations may stand differently
 * there.
 *
 * Source: k8s.io/apimachinery pkg/api/validation, pkg/apis/meta/v1/validation; Kubernetes
 * pkg/apis/core/validation (finalizers). The 1.20 wording.
 */
#ifndef PODGATE_KUBE_META_H
#define PODGATE_KUBE_META_H

#include "doc/value.h"
#include "kube/names.h"

/* What stands for a memory address where the API server prints one in a message. */
#define META_POINTER_TEXT "0xc000000000"

/* What holds of all metadata: generateName and name by check (DNS subdomain, label, path segment),
 * namespace there or not, generation, labels, annotations, owners, finalizers, managed fields. */
void meta_validate(const Value *metadata, bool namespaced, NameCheck *check, const Path *path,
                   FieldErrors *errs);
/* What an update must leave alone, and labels, annotations, owners and managed fields again. */
void meta_validate_update(const Value *metadata, const Value *old, const Path *path,
                          FieldErrors *errs);
/* What the kinds of the core group, of apps, batch and policy ask in addition: finalizers are
 * standard or qualified. Comes after either of the above. */
void meta_validate_finalizers(const Value *metadata, const Path *path, FieldErrors *errs);

/* Parts; each value may be NULL. path is that of the map itself. */
void meta_validate_labels(const Value *labels, const Path *path, FieldErrors *errs);
void meta_validate_annotations(const Value *annotations, const Path *path, FieldErrors *errs);
void meta_validate_field_manager(Str manager, const Path *path, FieldErrors *errs);

/* A copy of the members, by key. in is an object or NULL; *count gets how many. */
Member *meta_sorted_members(const Value *in, Arena *a, size_t *count);

#endif
