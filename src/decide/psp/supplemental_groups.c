/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supplementalGroups: the further groups of a pod's processes.
 *
 * Fields    spec.securityContext.supplementalGroups
 * Default   MustRunAs: one group, the first id of the first range, when the field is unset; an
 * empty list is not unset, and is refused Refused   see groups.c Source    Kubernetes 1.20,
 * pkg/security/podsecuritypolicy/group
 */
#include "decide/psp/attempt.h"

static void default_pod(PspAttempt *at)
{
    if (!at->pod->security.supplemental_groups_set &&
        at->policy->supplemental_groups.rule == PSP_MUST_RUN_AS) {
        at->set |= PSP_SET_SUPPLEMENTAL_GROUPS;
    }
}

static void check_pod(PspAttempt *at)
{
    const PspIdRule *rule = &at->policy->supplemental_groups;
    Path spec = path_root("spec");
    Path security = path_child(&spec, "securityContext");
    Path path = path_child(&security, "supplementalGroups");
    if (at->set & PSP_SET_SUPPLEMENTAL_GROUPS) {
        psp_check_groups(at, rule, (Int64List){ &rule->ranges[0].min, 1 }, true, path);
    } else {
        psp_check_groups(at, rule, at->pod->security.supplemental_groups,
                         at->pod->security.supplemental_groups_set, path);
    }
}

static void patch_pod(const PspAttempt *at, PspPatchPod *patch)
{
    if (at->set & PSP_SET_SUPPLEMENTAL_GROUPS) {
        Value groups = value_array();
        value_add(&groups, value_int(at->policy->supplemental_groups.ranges[0].min), at->arena);
        psp_patch_set(&patch->security, STR("supplementalGroups"), groups);
    }
}

static bool matters_to(const PspPolicy *policy)
{
    return policy->supplemental_groups.rule != PSP_RUN_AS_ANY;
}

const PspStrategy psp_strategy_supplemental_groups = {
    .name = STR_INIT("supplementalGroups"),
    .matters_to = matters_to,
    .default_pod = default_pod,
    .check_pod = check_pod,
    .patch_pod = patch_pod,
};
