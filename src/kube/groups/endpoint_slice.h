/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EndpointSlices of v1 and v1beta1: defaults, features, validation. Objects are in the decoded
 * form.
 *
 * Source: Kubernetes pkg/apis/discovery (1.20)
 */
#ifndef PODGATE_KUBE_GROUPS_ENDPOINT_SLICE_H
#define PODGATE_KUBE_GROUPS_ENDPOINT_SLICE_H

#include "base/field.h"
#include "doc/value.h"
#include "kube/target.h"

void endpoint_slice_apply_defaults(Value *slice, const KubeTarget *t, Arena *a);
/* Takes away the fields of features that are off, unless old uses them; old may be NULL. */
void endpoint_slice_drop_disabled(Value *slice, const Value *old, const KubeTarget *t);
void endpoint_slice_validate_create(const Value *slice, const KubeTarget *t, FieldErrors *errs);
void endpoint_slice_validate_update(const Value *slice, const Value *old, const KubeTarget *t,
                                    FieldErrors *errs);

/* Between v1beta1, where the zone stands in the topology, and v1. In place; apiVersion is left as
 * it is. */
void endpoint_slice_to_v1(Value *slice, Arena *a);
void endpoint_slice_to_v1beta1(Value *slice, Arena *a);

#endif
