/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leases: validation. Objects are in the decoded form.
 *
 * Source: Kubernetes pkg/apis/coordination (1.20)
 */
#ifndef PODGATE_KUBE_GROUPS_LEASE_H
#define PODGATE_KUBE_GROUPS_LEASE_H

#include "base/field.h"
#include "doc/value.h"

void lease_validate_create(const Value *lease, FieldErrors *errs);
void lease_validate_update(const Value *lease, const Value *old, FieldErrors *errs);

#endif
