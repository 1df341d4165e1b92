/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RuntimeClasses of v1 and v1beta1: validation. Objects are in the decoded form.
 *
 * Source: Kubernetes pkg/apis/node (1.20)
 */
#ifndef PODGATE_KUBE_GROUPS_RUNTIME_CLASS_H
#define PODGATE_KUBE_GROUPS_RUNTIME_CLASS_H

#include "base/field.h"
#include "doc/value.h"
#include "kube/target.h"

void runtime_class_validate_create(const Value *class, const KubeTarget *t, FieldErrors *errs);
void runtime_class_validate_update(const Value *class, const Value *old, const KubeTarget *t,
                                   FieldErrors *errs);

#endif
