/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runAsGroup: the primary group of a container's processes.
 *
 * Fields    securityContext.runAsGroup of each container, else of the pod
 * Default   MustRunAs: the first id of the first range, on the container
 * Refused   see groups.c; the error is on the container's securityContext
 * Source    Kubernetes 1.20, pkg/security/podsecuritypolicy/group
 */
#include "decide/psp/attempt.h"

static void read_container(PspAttempt *at, PspContainer *c)
{
    OptInt64 own = c->view->security.run_as_group;
    c->run_as_group = own.set ? own : at->pod->security.run_as_group;
}

static void default_container(PspAttempt *at, PspContainer *c)
{
    const PspIdRule *rule = &at->policy->run_as_group;
    if (!c->run_as_group.set && rule->rule == PSP_MUST_RUN_AS) {
        c->run_as_group = (OptInt64){ true, rule->ranges[0].min };
        c->set |= PSP_SET_RUN_AS_GROUP;
    }
}

static void check_container(PspAttempt *at, const PspContainer *c)
{
    Int64List groups = { &c->run_as_group.value, c->run_as_group.set ? 1 : 0 };
    psp_check_groups(at, &at->policy->run_as_group, groups, c->run_as_group.set,
                     path_child(c->path, "securityContext"));
}

static void patch_container(const PspAttempt *at, const PspContainer *c, PspPatchObject *security,
                            PspPatchObject *annotations)
{
    (void)at, (void)annotations;
    if (c->set & PSP_SET_RUN_AS_GROUP) {
        psp_patch_set(security, STR("runAsGroup"), value_int(c->run_as_group.value));
    }
}

static bool matters_to(const PspPolicy *policy)
{
    return policy->run_as_group.rule != PSP_RUN_AS_ANY;
}

const PspStrategy psp_strategy_run_as_group = {
    .name = STR_INIT("runAsGroup"),
    .matters_to = matters_to,
    .read_container = read_container,
    .default_container = default_container,
    .check_container = check_container,
    .patch_container = patch_container,
};
