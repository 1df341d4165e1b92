/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The roles and bindings that Kubernetes itself creates in every cluster: admin, edit, view,
 * system:discovery, ... A cluster without them lets nobody but system:masters do anything.
 */
#ifndef PODGATE_DECIDE_RBAC_PRESET_PRESET_H
#define PODGATE_DECIDE_RBAC_PRESET_PRESET_H

#include "decide/rbac/rbac.h"

/* All of them as API objects (an array), aggregated roles filled in. Takes tens of microseconds.
 * Objects share their labels and annotations: copy one before changing it. */
Value rbac_preset_kubernetes(Arena *a);
/* The same with what people are granted in another version than 1.20. */
Value rbac_preset_kubernetes_of(int minor, Arena *a);

/* The rules of one of its ClusterRoles, not of an aggregated one; none when there is no such. */
const RbacRule *rbac_preset_rules(Str cluster_role, Arena *a, size_t *count);

#endif
