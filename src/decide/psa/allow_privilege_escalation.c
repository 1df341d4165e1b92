/* SPDX-License-Identifier: Apache-2.0 */
/*
 * allowPrivilegeEscalation (restricted, v1.8 on): every container must say that its processes gain
 * no privileges. From v1.25 on pods that declare Windows need not, as it means nothing there.
 *
 * Fields   spec.{initContainers,containers,ephemeralContainers}[*].securityContext
 *          .allowPrivilegeEscalation
 * Allowed  false
 * Source   Pod Security Standards, restricted, "Privilege Escalation"
 */
#include "decide/psa/check.h"

static void allow_privilege_escalation_1_8(const PodView *pod, PsaCheckOut *out)
{
    PsaList containers = { 0 };
    POD_EACH_CONTAINER(c, pod) {
        OptBool allow = c->security.allow_privilege_escalation;
        if (!allow.set || allow.value) {
            psa_list_add(&containers, c->name, out->arena);
            psa_place(out, c, STR("securityContext.allowPrivilegeEscalation"));
        }
    }
    if (containers.count) {
        Buf *b = psa_fail(out, STR("allowPrivilegeEscalation != false"));
        psa_write_containers(&containers, b);
        buf_lit(b, " must set securityContext.allowPrivilegeEscalation=false");
    }
}

static void allow_privilege_escalation_1_25(const PodView *pod, PsaCheckOut *out)
{
    if (!psa_pod_is_windows(pod)) {
        allow_privilege_escalation_1_8(pod, out);
    }
}

const PsaCheck psa_check_allow_privilege_escalation = {
    .id = STR_INIT("allowPrivilegeEscalation"),
    .level = PSA_RESTRICTED,
    .title = STR_INIT("allowPrivilegeEscalation false in every container"),
    .versions = { { 8, allow_privilege_escalation_1_8 }, { 25, allow_privilege_escalation_1_25 } },
};
