/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runAsUser (restricted, v1.23 on): nothing may ask for user 0. From v1.35 on pods in a user
 * namespace of their own may.
 *
 * Fields   spec.securityContext.runAsUser
 *          spec.{initContainers,containers,ephemeralContainers}[*].securityContext.runAsUser
 * Allowed  unset, anything but 0; a pod's 0 is bad even when every container says otherwise
 * Source   Pod Security Standards, restricted, "Running as Non-root user"
 */
#include "decide/psa/check.h"

static bool is_root(OptInt64 user)
{
    return user.set && user.value == 0;
}

static void run_as_user_1_23(const PodView *pod, PsaCheckOut *out)
{
    static const Str field = STR_INIT("securityContext.runAsUser");
    PsaList containers = { 0 };
    bool pod_is_bad = is_root(pod->security.run_as_user);
    if (pod_is_bad) {
        psa_place(out, NULL, field);
    }
    POD_EACH_CONTAINER(c, pod) {
        if (is_root(c->security.run_as_user)) {
            psa_list_add(&containers, c->name, out->arena);
            psa_place(out, c, field);
        }
    }
    if (pod_is_bad || containers.count) {
        Buf *b = psa_fail(out, STR("runAsUser=0"));
        psa_write_setters(pod_is_bad, &containers, b);
        buf_lit(b, " must not set runAsUser=0");
    }
}

static void run_as_user_1_35(const PodView *pod, PsaCheckOut *out)
{
    if (!psa_pod_has_user_namespace(pod)) {
        run_as_user_1_23(pod, out);
    }
}

const PsaCheck psa_check_run_as_user = {
    .id = STR_INIT("runAsUser"),
    .level = PSA_RESTRICTED,
    .title = STR_INIT("nothing runs as user 0"),
    .versions = { { 23, run_as_user_1_23 }, { 35, run_as_user_1_35 } },
};
