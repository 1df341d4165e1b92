/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NetworkPolicies: defaults and validation. Objects are in the decoded form.
 *
 * Source: Kubernetes pkg/apis/networking (1.20)
 */
#ifndef PODGATE_KUBE_GROUPS_NETWORK_POLICY_H
#define PODGATE_KUBE_GROUPS_NETWORK_POLICY_H

#include "base/field.h"
#include "doc/value.h"
#include "kube/target.h"

void network_policy_apply_defaults(Value *policy, const KubeTarget *t, Arena *a);
void network_policy_validate_create(const Value *policy, const KubeTarget *t, FieldErrors *errs);
void network_policy_validate_update(const Value *policy, const Value *old, const KubeTarget *t,
                                    FieldErrors *errs);

#endif
