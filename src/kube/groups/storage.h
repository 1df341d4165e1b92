/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kinds of storage.k8s.io: defaults and validation. Objects are in the decoded form.
 *
 * Source: Kubernetes pkg/apis/storage (1.20)
 */
#ifndef PODGATE_KUBE_GROUPS_STORAGE_H
#define PODGATE_KUBE_GROUPS_STORAGE_H

#include "base/field.h"
#include "doc/value.h"
#include "kube/target.h"

void storage_class_apply_defaults(Value *class, const KubeTarget *t, Arena *a);
void storage_class_validate_create(const Value *class, const KubeTarget *t, FieldErrors *errs);
void storage_class_validate_update(const Value *class, const Value *old, const KubeTarget *t,
                                   FieldErrors *errs);

void volume_attachment_validate_create(const Value *attachment, const KubeTarget *t,
                                       FieldErrors *errs);
void volume_attachment_validate_update(const Value *attachment, const Value *old,
                                       const KubeTarget *t, FieldErrors *errs);

void csi_driver_apply_defaults(Value *driver, const KubeTarget *t, Arena *a);
/* Takes away the fields of features that are off, unless old has them; old may be NULL. */
void csi_driver_drop_disabled(Value *driver, const Value *old, const KubeTarget *t);
void csi_driver_validate_create(const Value *driver, const KubeTarget *t, FieldErrors *errs);
void csi_driver_validate_update(const Value *driver, const Value *old, const KubeTarget *t,
                                FieldErrors *errs);

void csi_node_validate_create(const Value *node, const KubeTarget *t, FieldErrors *errs);
void csi_node_validate_update(const Value *node, const Value *old, const KubeTarget *t,
                              FieldErrors *errs);

void csi_storage_capacity_validate_create(const Value *capacity, const KubeTarget *t,
                                          FieldErrors *errs);
void csi_storage_capacity_validate_update(const Value *capacity, const Value *old,
                                          const KubeTarget *t, FieldErrors *errs);

#endif
