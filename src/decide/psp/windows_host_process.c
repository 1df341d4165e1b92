/* SPDX-License-Identifier: Apache-2.0 */
/*
 * windowsOptions.hostProcess: a Windows container that is a process of its node (fields of 1.22;
 * PodSecurityPolicy never looked at them). It has all of the node's rights, so it needs what a
 * privileged container needs. The API asks for hostNetwork with it, which the policy must allow
 * too.
 *
 * Fields    securityContext.windowsOptions.hostProcess of each container, else of the pod
 * Refused   true, unless the policy allows privileged containers
 */
#include "decide/psp/attempt.h"

enum { HOST_PROCESS_MINOR = 22 };

static void check_container(PspAttempt *at, const PspContainer *c)
{
    const WindowsView *own = c->view->security.windows;
    const WindowsView *pod = at->pod->security.windows;
    OptBool host_process = { false, false };
    if (own && own->host_process.set) {
        host_process = own->host_process;
    } else if (pod) {
        host_process = pod->host_process;
    }
    if (host_process.value && at->target->minor >= HOST_PROCESS_MINOR && !at->policy->privileged &&
        psp_fails(at)) {
        Path security = path_child(c->path, "securityContext");
        Path windows = path_child(&security, "windowsOptions");
        field_invalid_bool(at->errs, path_child(&windows, "hostProcess"), true,
                           STR("Host process containers are not allowed"));
    }
}

static bool matters_to(const PspPolicy *policy)
{
    return !policy->privileged;
}

static bool concerns(const PspAttempt *pod)
{
    bool any = pod->pod->security.windows;
    for (size_t i = 0; i < pod->container_count; i++) {
        any = any || pod->containers[i].view->security.windows;
    }
    return any;
}

const PspStrategy psp_strategy_windows_host_process = {
    .name = STR_INIT("privileged"),
    .matters_to = matters_to,
    .concerns = concerns,
    .check_container = check_container,
};
