/* SPDX-License-Identifier: Apache-2.0 */
/*
 * privileged: a container with all of the node's rights.
 *
 * Fields    securityContext.privileged of each container
 * Refused   true, unless the policy allows it
 * Source    Kubernetes 1.20, pkg/security/podsecuritypolicy/provider.go
 */
#include "decide/psp/attempt.h"

static void check_container(PspAttempt *at, const PspContainer *c)
{
    if (c->view->security.privileged.value && !at->policy->privileged && psp_fails(at)) {
        Path security = path_child(c->path, "securityContext");
        field_invalid_bool(at->errs, path_child(&security, "privileged"), true,
                           STR("Privileged containers are not allowed"));
    }
}

static bool matters_to(const PspPolicy *policy)
{
    return !policy->privileged;
}

static bool concerns(const PspAttempt *pod)
{
    for (size_t i = 0; i < pod->container_count; i++) {
        if (pod->containers[i].view->security.privileged.value) {
            return true;
        }
    }
    return false;
}

const PspStrategy psp_strategy_privileged = {
    .name = STR_INIT("privileged"),
    .matters_to = matters_to,
    .concerns = concerns,
    .check_container = check_container,
};
