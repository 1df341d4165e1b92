/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fsGroup: the group that owns the pod's volumes.
 *
 * Fields    spec.securityContext.fsGroup
 * Default   MustRunAs: the first id of the first range
 * Refused   see groups.c
 * Source    Kubernetes 1.20, pkg/security/podsecuritypolicy/group
 */
#include "decide/psp/attempt.h"

static void read_pod(PspAttempt *at)
{
    at->fs_group = at->pod->security.fs_group;
}

static void default_pod(PspAttempt *at)
{
    const PspIdRule *rule = &at->policy->fs_group;
    if (!at->fs_group.set && rule->rule == PSP_MUST_RUN_AS) {
        at->fs_group = (OptInt64){ true, rule->ranges[0].min };
        at->set |= PSP_SET_FS_GROUP;
    }
}

static void check_pod(PspAttempt *at)
{
    Path spec = path_root("spec");
    Path security = path_child(&spec, "securityContext");
    Int64List groups = { &at->fs_group.value, at->fs_group.set ? 1 : 0 };
    psp_check_groups(at, &at->policy->fs_group, groups, at->fs_group.set,
                     path_child(&security, "fsGroup"));
}

static void patch_pod(const PspAttempt *at, PspPatchPod *patch)
{
    if (at->set & PSP_SET_FS_GROUP) {
        psp_patch_set(&patch->security, STR("fsGroup"), value_int(at->fs_group.value));
    }
}

static bool matters_to(const PspPolicy *policy)
{
    return policy->fs_group.rule != PSP_RUN_AS_ANY;
}

const PspStrategy psp_strategy_fs_group = {
    .name = STR_INIT("fsGroup"),
    .matters_to = matters_to,
    .read_pod = read_pod,
    .default_pod = default_pod,
    .check_pod = check_pod,
    .patch_pod = patch_pod,
};
