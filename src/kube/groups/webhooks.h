/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mutating- and ValidatingWebhookConfigurations of v1 and v1beta1: defaults and validation. Objects
 * are in the decoded form.
 *
 * Source: Kubernetes pkg/apis/admissionregistration (1.20)
 */
#ifndef PODGATE_KUBE_GROUPS_WEBHOOKS_H
#define PODGATE_KUBE_GROUPS_WEBHOOKS_H

#include "base/field.h"
#include "doc/value.h"
#include "kube/target.h"

void webhooks_apply_defaults(Value *configuration, const KubeTarget *t, Arena *a);
void webhooks_validate_create(const Value *configuration, const KubeTarget *t, FieldErrors *errs);
void webhooks_validate_update(const Value *configuration, const Value *old, const KubeTarget *t,
                              FieldErrors *errs);

#endif
