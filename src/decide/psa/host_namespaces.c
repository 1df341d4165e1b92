/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostNamespaces (baseline, v1.0 on): a pod must not share the namespaces of its node.
 *
 * Fields   spec.hostNetwork, spec.hostPID, spec.hostIPC
 * Allowed  unset, false
 * Source   Pod Security Standards, baseline, "Host Namespaces"
 */
#include "decide/psa/check.h"

static void host_namespaces_1_0(const PodView *pod, PsaCheckOut *out)
{
    if (!pod->host_network && !pod->host_pid && !pod->host_ipc) {
        return;
    }
    PsaList shared = { 0 };
    if (pod->host_network) {
        psa_list_add(&shared, STR("hostNetwork=true"), out->arena);
        psa_place(out, NULL, STR("hostNetwork"));
    }
    if (pod->host_pid) {
        psa_list_add(&shared, STR("hostPID=true"), out->arena);
        psa_place(out, NULL, STR("hostPID"));
    }
    if (pod->host_ipc) {
        psa_list_add(&shared, STR("hostIPC=true"), out->arena);
        psa_place(out, NULL, STR("hostIPC"));
    }
    psa_write_plain(&shared, psa_fail(out, STR("host namespaces")));
}

const PsaCheck psa_check_host_namespaces = {
    .id = STR_INIT("hostNamespaces"),
    .level = PSA_BASELINE,
    .title = STR_INIT("no network, process or IPC namespace of the node"),
    .versions = { { 0, host_namespaces_1_0 } },
};
