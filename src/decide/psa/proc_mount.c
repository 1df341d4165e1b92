/* SPDX-License-Identifier: Apache-2.0 */
/*
 * procMount (baseline, v1.0 on): /proc must be masked as usual. From v1.35 on a pod in a user
 * namespace of its own may have it otherwise; restricted then has a rule without that exception.
 *
 * Fields   spec.{initContainers,containers,ephemeralContainers}[*].securityContext.procMount
 * Allowed  unset, Default; the empty string is neither
 * Source   Pod Security Standards, baseline, "/proc Mount Type"
 */
#include "decide/psa/check.h"

void psa_proc_mount_check(const PodView *pod, PsaCheckOut *out)
{
    PsaList containers = { 0 };
    PsaList values = { 0 };
    POD_EACH_CONTAINER(c, pod) {
        Str type = c->security.proc_mount;
        if (type.ptr && !str_eq(type, STR("Default"))) {
            psa_list_add(&containers, c->name, out->arena);
            psa_list_add(&values, type, out->arena);
            psa_place(out, c, STR("securityContext.procMount"));
        }
    }
    if (containers.count) {
        psa_list_to_set(&values);
        Buf *b = psa_fail(out, STR("procMount"));
        psa_write_containers(&containers, b);
        buf_lit(b, " must not set securityContext.procMount to ");
        psa_write_quoted(&values, b);
    }
}

static void proc_mount_1_35(const PodView *pod, PsaCheckOut *out)
{
    if (!psa_pod_has_user_namespace(pod)) {
        psa_proc_mount_check(pod, out);
    }
}

const PsaCheck psa_check_proc_mount = {
    .id = STR_INIT("procMount"),
    .level = PSA_BASELINE,
    .title = STR_INIT("/proc masked as usual"),
    .versions = { { 0, psa_proc_mount_check }, { 35, proc_mount_1_35 } },
};
