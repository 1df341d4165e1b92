/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostNetwork, hostPID, hostIPC: sharing the node's namespaces.
 *
 * Fields    spec.hostNetwork, spec.hostPID, spec.hostIPC (reported below spec.securityContext,
 * where the API server keeps them) Refused   true, unless the policy allows it Source
 * Kubernetes 1.20, pkg/security/podsecuritypolicy/provider.go
 */
#include "decide/psp/attempt.h"

static void check(PspAttempt *at, bool used, bool allowed, Str field, Str detail)
{
    if (used && !allowed && psp_fails(at)) {
        Path spec = path_root("spec");
        Path security = path_child(&spec, "securityContext");
        field_invalid_bool(at->errs, path_child_str(&security, field), true, detail);
    }
}

static void check_pod(PspAttempt *at)
{
    const PspPolicy *policy = at->policy;
    check(at, at->pod->host_network, policy->host_network, STR("hostNetwork"),
          STR("Host network is not allowed to be used"));
    check(at, at->pod->host_pid, policy->host_pid, STR("hostPID"),
          STR("Host PID is not allowed to be used"));
    check(at, at->pod->host_ipc, policy->host_ipc, STR("hostIPC"),
          STR("Host IPC is not allowed to be used"));
}

static bool concerns(const PspAttempt *pod)
{
    return pod->pod->host_network || pod->pod->host_pid || pod->pod->host_ipc;
}

const PspStrategy psp_strategy_host_namespaces = {
    .name = STR_INIT("hostNetwork"),
    .concerns = concerns,
    .check_pod = check_pod,
};
