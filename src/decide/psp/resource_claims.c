/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resourceClaims: devices that a driver of the cluster prepares for a pod (a field of 1.26;
 * PodSecurityPolicy never looked at it). Such a driver may add device nodes and mounts of the node,
 * which is what host paths and FlexVolumes could do.
 *
 * Fields    spec.resourceClaims[*]
 * Refused   any, unless the policy allows every type of volume ("*"), or names "resourceClaim"
 *           among its volumes (podgate.io/v1 alone takes that name)
 */
#include "decide/psp/attempt.h"

enum { RESOURCE_CLAIMS_MINOR = 26 };

static void check_pod(PspAttempt *at)
{
    const PspPolicy *policy = at->policy;
    if (policy->all_volumes || policy->resource_claims ||
        at->target->minor < RESOURCE_CLAIMS_MINOR) {
        return;
    }
    for (size_t i = 0; i < at->pod->claim_count; i++) {
        if (psp_fails(at)) {
            Path spec = path_root("spec");
            Path claims = path_child(&spec, "resourceClaims");
            field_invalid_str(at->errs, path_index(&claims, i), at->pod->claims[i].name,
                              STR("resource claims are not allowed to be used"));
        }
    }
}

static bool concerns(const PspAttempt *pod)
{
    return pod->pod->claim_count;
}

const PspStrategy psp_strategy_resource_claims = {
    .name = STR_INIT("volumes"),
    .concerns = concerns,
    .check_pod = check_pod,
};
