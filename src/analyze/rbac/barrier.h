/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What admission still keeps from somebody who may create pods in a namespace.
 *
 * Two things may stand in the way: the Pod Security level that the namespace enforces, and, where
 * there are pod security policies, those that may be used: by any service account of the namespace,
 * since whoever creates a pod chooses its account, or by the creator. The loosest of them counts.
 * A policy is put on the same scale: is there anything in it by which a pod gets hold of its node
 * (then it is as good as privileged), and does it ask for what `restricted` asks for? AppArmor,
 * SELinux and seccomp, which most policies leave open, do not count there.
 */
#ifndef PODGATE_ANALYZE_RBAC_BARRIER_H
#define PODGATE_ANALYZE_RBAC_BARRIER_H

#include "analyze/rbac/cluster.h"
#include "decide/psa/policy.h"
#include "decide/psp/policy.h"

typedef struct RbacBarrier {
    PsaLevel level; /* pods meet at least this one; PSA_PRIVILEGED: anything goes */
    bool no_pods;   /* there are policies, and none may be used: no pod at all */
    Str by;         /* "Pod Security", "policy x"; "" for nothing */

    PsaLevel enforced;        /* by the namespace's label */
    const PspPolicy *loosest; /* NULL for none */
} RbacBarrier;

PsaLevel rbac_policy_level(const PspPolicy *policy);

/* For pods that controllers create for service accounts of the namespace. */
RbacBarrier rbac_barrier(const RbacCluster *cluster, Str namespace, Arena *a);
/* The same for somebody who creates pods himself. */
RbacBarrier rbac_barrier_for(const RbacCluster *cluster, const RbacBarrier *barrier, Str namespace,
                             const UserInfo *who, Arena *a);

/* "nothing", "restricted (policy x)", "no pod is admitted" */
Str rbac_barrier_text(const RbacBarrier *barrier, Arena *a);

#endif
