/* SPDX-License-Identifier: Apache-2.0 */
/* Bindings, their subjects and roles, as results name them. */
#ifndef PODGATE_ANALYZE_GRANT_H
#define PODGATE_ANALYZE_GRANT_H

#include "decide/rbac/rbac.h"
#include "doc/value.h"

/* "ServiceAccount psp-test/app", "Group system:serviceaccounts" */
Str grant_subject_text(const RbacSubject *s, Arena *a);
/* "RoleBinding/app", "ClusterRoleBinding/all" */
Str grant_binding_text(const RbacBinding *b, Arena *a);
/* "Role/use", "ClusterRole/edit" */
Str grant_role_text(const RbacBinding *b, Arena *a);

/* {"kind", "name", "namespace"} */
Value grant_subject_value(const RbacSubject *s, Arena *a);
Value grant_binding_value(const RbacBinding *b, Arena *a);
Value grant_role_value(const RbacBinding *b, Arena *a);

#endif
