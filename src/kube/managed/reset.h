/* SPDX-License-Identifier: Apache-2.0 */
/* Fields that a write to a resource never makes anybody the owner of. */
#ifndef PODGATE_KUBE_MANAGED_RESET_H
#define PODGATE_KUBE_MANAGED_RESET_H

#include "kube/managed/field_set.h"
#include "kube/managed/managed.h"

/* What is below them is nobody's, too. */
FieldSet managed_reset_fields(const ManagedRequest *req, Arena *a);

#endif
