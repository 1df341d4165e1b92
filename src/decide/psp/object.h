/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PodSecurityPolicy object in the API: its defaults, what is dropped when it is stored, and
 * what makes it invalid (422). The object is decoded already (kube/schema.h), so types are right.
 *
 * Source: Kubernetes 1.20, pkg/apis/policy/{v1beta1,validation}, pkg/registry/policy
 */
#ifndef PODGATE_DECIDE_PSP_OBJECT_H
#define PODGATE_DECIDE_PSP_OBJECT_H

#include "base/field.h"
#include "doc/value.h"
#include "kube/target.h"

/* spec.allowPrivilegeEscalation is true when unset. In place. */
void psp_apply_defaults(Value *psp, Arena *a);

/* Drops the fields of feature gates that are off, unless the stored object (old; NULL on create)
 * has them. In place. */
void psp_prepare(Value *psp, const Value *old, const KubeTarget *target);

/* Everything that the API server checks after the metadata, on create and on update: annotations,
 * then the spec, each error in its order. */
void psp_validate(const Value *psp, const KubeTarget *target, FieldErrors *errs);

#endif
