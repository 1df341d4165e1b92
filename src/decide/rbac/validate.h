/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RBAC objects on their way into the API server: defaults and validation.
 *
 * Source: Kubernetes pkg/apis/rbac/v1/defaults.go, pkg/apis/rbac/validation (1.20)
 */
#ifndef PODGATE_DECIDE_RBAC_VALIDATE_H
#define PODGATE_DECIDE_RBAC_VALIDATE_H

#include "decide/rbac/rbac.h"

/* Fills in the apiGroup of roleRef and of subjects, in place. Other kinds are left alone. */
void rbac_apply_defaults(Value *object, Arena *a);

/* Adds all that is wrong with a Role, ClusterRole, RoleBinding or ClusterRoleBinding (defaults
 * applied, types right), metadata included; on update too, where the registry's own checks of
 * metadata come before these and find some of the same. */
void rbac_validate_create(const Value *object, FieldErrors *errs);
/* The same for one that takes the place of old: the roleRef may not change. */
void rbac_validate_update(const Value *object, const Value *old, FieldErrors *errs);

#endif
