/* SPDX-License-Identifier: Apache-2.0 */
/*
 * allowedUnsafeSysctls, forbiddenSysctls: kernel parameters of the pod.
 *
 * Fields    spec.securityContext.sysctls[*].name
 * Refused   a forbidden one; one that is neither safe nor allowed. A pattern may end in "*".
 * Source    Kubernetes 1.20, pkg/security/podsecuritypolicy/sysctl
 *
 * From 1.25 on, with no such plugin left to follow, the list of safe ones stays that of 1.24: what
 * later kubelets find safe, no author of a policy has seen.
 */
#include "decide/psp/attempt.h"

#include <assert.h>

typedef struct SafeSysctl {
    Str name;
    int since_minor;
} SafeSysctl;

static const SafeSysctl safe_sysctls[] = {
    { STR_INIT("kernel.shm_rmid_forced"), 0 },
    { STR_INIT("net.ipv4.ip_local_port_range"), 0 },
    { STR_INIT("net.ipv4.tcp_syncookies"), 0 },
    { STR_INIT("net.ipv4.ping_group_range"), 18 },
    { STR_INIT("net.ipv4.ip_unprivileged_port_start"), 22 },
};

Str psp_safe_sysctl(size_t i, const KubeTarget *target)
{
    bool is_safe = i < COUNT_OF(safe_sysctls) && target->minor >= safe_sysctls[i].since_minor;
    return is_safe ? safe_sysctls[i].name : STR_ABSENT;
}

static bool is_safe(const PspAttempt *at, Str name)
{
    static_assert(COUNT_OF(safe_sysctls) == PSP_SAFE_SYSCTLS_MAX, "the header says how many");
    for (size_t i = 0; i < COUNT_OF(safe_sysctls); i++) {
        if (at->target->minor >= safe_sysctls[i].since_minor &&
            str_eq(safe_sysctls[i].name, name)) {
            return true;
        }
    }
    return false;
}

static bool matches(StrList patterns, Str name)
{
    for (size_t i = 0; i < patterns.count; i++) {
        Str pattern = patterns.items[i];
        if (str_ends_with(pattern, STR("*"))
                ? str_starts_with(name, str_cut_suffix(pattern, STR("*")))
                : str_eq(name, pattern)) {
            return true;
        }
    }
    return false;
}

static void check_pod(PspAttempt *at)
{
    for (size_t i = 0; i < at->pod->security.sysctl_count; i++) {
        Str name = at->pod->security.sysctls[i].name;
        bool forbidden = matches(at->policy->forbidden_sysctls, name);
        if (!forbidden &&
            (is_safe(at, name) || matches(at->policy->allowed_unsafe_sysctls, name))) {
            continue;
        }
        if (psp_fails(at)) {
            Path pod = path_root("pod");
            Path spec = path_child(&pod, "spec");
            Path security = path_child(&spec, "securityContext");
            Path sysctls = path_child(&security, "sysctls");
            Buf b = buf_new(at->arena);
            buf_add(&b, forbidden ? STR("sysctl ") : STR("unsafe sysctl "));
            buf_go_quoted(&b, name);
            buf_lit(&b, " is not allowed");
            field_forbidden(at->errs, path_index(&sysctls, i), buf_str(&b));
        }
    }
}

static bool concerns(const PspAttempt *pod)
{
    return pod->pod->security.sysctl_count;
}

const PspStrategy psp_strategy_sysctls = {
    .name = STR_INIT("allowedUnsafeSysctls"),
    .concerns = concerns,
    .check_pod = check_pod,
};
