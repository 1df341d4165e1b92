/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccompProfile_restricted (restricted, v1.19 on): every container must have a seccomp profile,
 * its own or the pod's. From v1.25 on pods that declare Windows need not.
 *
 * Fields   spec.securityContext.seccompProfile.type
 *          spec.{initContainers,containers,ephemeralContainers}[*].securityContext.seccompProfile.type
 * Allowed  RuntimeDefault, Localhost, or unset in a container when the pod has one of them
 * Source   Pod Security Standards, restricted, "Seccomp"
 *
 * As with runAsNonRoot, who merely says nothing is mentioned only when nobody sets a bad value.
 */
#include "decide/psa/check.h"

static void seccomp_profile_restricted_1_19(const PodView *pod, PsaCheckOut *out)
{
    PsaSeccomp bad = { 0 };
    PsaList silent = { 0 };
    psa_seccomp_read(pod, out, &bad);
    if (!pod->security.seccomp || bad.pod) {
        POD_EACH_CONTAINER(c, pod) {
            if (!c->security.seccomp) {
                psa_list_add(&silent, c->name, out->arena);
                psa_place(out, c, STR("securityContext.seccompProfile.type"));
            }
        }
    }
    if (bad.values.count) {
        psa_seccomp_fail(&bad, out);
    } else if (silent.count) {
        Buf *b = psa_fail(out, STR("seccompProfile"));
        buf_lit(b, "pod or ");
        psa_write_containers(&silent, b);
        buf_lit(b, " must set securityContext.seccompProfile.type to "
                   "\"RuntimeDefault\" or \"Localhost\"");
    }
}

static void seccomp_profile_restricted_1_25(const PodView *pod, PsaCheckOut *out)
{
    if (!psa_pod_is_windows(pod)) {
        seccomp_profile_restricted_1_19(pod, out);
    }
}

const PsaCheck psa_check_seccomp_profile_restricted = {
    .id = STR_INIT("seccompProfile_restricted"),
    .level = PSA_RESTRICTED,
    .title = STR_INIT("a seccomp profile for every container"),
    .versions = { { 19, seccomp_profile_restricted_1_19 },
                  { 25, seccomp_profile_restricted_1_25 } },
    .replaces = &psa_check_seccomp_profile_baseline,
    .replaces_since_minor = 19,
};
