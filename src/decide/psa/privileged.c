/* SPDX-License-Identifier: Apache-2.0 */
/*
 * privileged (baseline, v1.0 on): no container may be privileged.
 *
 * Fields   spec.{initContainers,containers,ephemeralContainers}[*].securityContext.privileged
 * Allowed  unset, false
 * Source   Pod Security Standards, baseline, "Privileged Containers"
 */
#include "decide/psa/check.h"

static void privileged_1_0(const PodView *pod, PsaCheckOut *out)
{
    PsaList containers = { 0 };
    POD_EACH_CONTAINER(c, pod) {
        if (c->security.privileged.set && c->security.privileged.value) {
            psa_list_add(&containers, c->name, out->arena);
            psa_place(out, c, STR("securityContext.privileged"));
        }
    }
    if (containers.count) {
        Buf *b = psa_fail(out, STR("privileged"));
        psa_write_containers(&containers, b);
        buf_lit(b, " must not set securityContext.privileged=true");
    }
}

const PsaCheck psa_check_privileged = {
    .id = STR_INIT("privileged"),
    .level = PSA_BASELINE,
    .title = STR_INIT("no privileged container"),
    .versions = { { 0, privileged_1_0 } },
};
