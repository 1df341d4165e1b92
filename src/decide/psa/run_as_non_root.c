/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runAsNonRoot (restricted, v1.0 on): containers must be started as a user other than root. From
 * v1.35 on pods in a user namespace of their own need not.
 *
 * Fields   spec.securityContext.runAsNonRoot
 *          spec.{initContainers,containers,ephemeralContainers}[*].securityContext.runAsNonRoot
 * Allowed  true, or unset in a container when the pod says true
 * Source   Pod Security Standards, restricted, "Running as Non-root"
 *
 * An explicit false is what the message is about when there is one; who merely says nothing is then
 * not mentioned.
 */
#include "decide/psa/check.h"

static void run_as_non_root_1_0(const PodView *pod, PsaCheckOut *out)
{
    static const Str field = STR_INIT("securityContext.runAsNonRoot");
    PsaList saying_false = { 0 };
    PsaList silent = { 0 };
    OptBool pod_says = pod->security.run_as_non_root;
    bool pod_is_bad = pod_says.set && !pod_says.value;
    if (pod_is_bad) {
        psa_place(out, NULL, field);
    }
    POD_EACH_CONTAINER(c, pod) {
        OptBool says = c->security.run_as_non_root;
        if (says.set && !says.value) {
            psa_list_add(&saying_false, c->name, out->arena);
            psa_place(out, c, field);
        } else if (!says.set && !(pod_says.set && pod_says.value)) {
            psa_list_add(&silent, c->name, out->arena);
            psa_place(out, c, field);
        }
    }
    if (pod_is_bad || saying_false.count) {
        Buf *b = psa_fail(out, STR("runAsNonRoot != true"));
        psa_write_setters(pod_is_bad, &saying_false, b);
        buf_lit(b, " must not set securityContext.runAsNonRoot=false");
    } else if (silent.count) {
        Buf *b = psa_fail(out, STR("runAsNonRoot != true"));
        buf_lit(b, "pod or ");
        psa_write_containers(&silent, b);
        buf_lit(b, " must set securityContext.runAsNonRoot=true");
    }
}

static void run_as_non_root_1_35(const PodView *pod, PsaCheckOut *out)
{
    if (!psa_pod_has_user_namespace(pod)) {
        run_as_non_root_1_0(pod, out);
    }
}

const PsaCheck psa_check_run_as_non_root = {
    .id = STR_INIT("runAsNonRoot"),
    .level = PSA_RESTRICTED,
    .title = STR_INIT("runAsNonRoot true for every container"),
    .versions = { { 0, run_as_non_root_1_0 }, { 35, run_as_non_root_1_35 } },
};
