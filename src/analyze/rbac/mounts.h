/* SPDX-License-Identifier: Apache-2.0 */
/* Which secrets the pods of a cluster hold: in volumes and in the environment of containers. */
#ifndef PODGATE_ANALYZE_RBAC_MOUNTS_H
#define PODGATE_ANALYZE_RBAC_MOUNTS_H

#include "decide/facts.h"

#include "base/arena.h"

typedef struct RbacMount {
    Str namespace;
    Str secret;
    Str by;  /* "pod/web-1", "deployment.apps/web" */
    Str pod; /* the name of a pod that there is; "" for one that a workload makes */
} RbacMount;

typedef struct RbacMounts {
    RbacMount *items; /* by namespace, secret, then by what mounts it; each once */
    size_t count;
    size_t cap;
} RbacMounts;

/* Of all pods, and of the pods that workloads make. */
void rbac_mounts_find(const Facts *f, Arena *a, RbacMounts *out);

#endif
