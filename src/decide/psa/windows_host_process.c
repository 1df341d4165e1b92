/* SPDX-License-Identifier: Apache-2.0 */
/*
 * windowsHostProcess (baseline, v1.0 on): no HostProcess containers on Windows. The pod's
 * declared operating system is not looked at.
 *
 * Fields   spec.securityContext.windowsOptions.hostProcess
 *          spec.{initContainers,containers,ephemeralContainers}[*].securityContext.windowsOptions
 *          .hostProcess
 * Allowed  unset, false
 * Source   Pod Security Standards, baseline, "HostProcess"
 */
#include "decide/psa/check.h"

static bool is_host_process(const WindowsView *windows)
{
    return windows && windows->host_process.set && windows->host_process.value;
}

static void windows_host_process_1_0(const PodView *pod, PsaCheckOut *out)
{
    static const Str field = STR_INIT("securityContext.windowsOptions.hostProcess");
    PsaList containers = { 0 };
    bool pod_is_bad = is_host_process(pod->security.windows);
    if (pod_is_bad) {
        psa_place(out, NULL, field);
    }
    POD_EACH_CONTAINER(c, pod) {
        if (is_host_process(c->security.windows)) {
            psa_list_add(&containers, c->name, out->arena);
            psa_place(out, c, field);
        }
    }
    if (pod_is_bad || containers.count) {
        Buf *b = psa_fail(out, STR("hostProcess"));
        psa_write_setters(pod_is_bad, &containers, b);
        buf_lit(b, " must not set securityContext.windowsOptions.hostProcess=true");
    }
}

const PsaCheck psa_check_windows_host_process = {
    .id = STR_INIT("windowsHostProcess"),
    .level = PSA_BASELINE,
    .title = STR_INIT("no Windows HostProcess container"),
    .versions = { { 0, windows_host_process_1_0 } },
};
