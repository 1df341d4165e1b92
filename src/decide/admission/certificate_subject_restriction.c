/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CertificateSubjectRestriction: nobody may ask for a client certificate of system:masters.
 *
 * Source: Kubernetes plugin/pkg/admission/certificates/subjectrestriction
 */
#include "decide/admission/run.h"
#include "kube/groups/certificates.h"

#define SIGNER "kubernetes.io/kube-apiserver-client"
#define MASTERS "system:masters"

static bool validate(AdmissionRun *run)
{
    const Value *spec = value_get_lit(&run->object, "spec");
    if (!admission_is(run, "certificates.k8s.io", "certificatesigningrequests", "") ||
        !str_eq(value_get_str(spec, STR("signerName")), STR(SIGNER))) {
        return true;
    }
    Str why;
    bool is_master = certificate_request_is_of_group(spec, STR(MASTERS), run->arena, &why);
    if (why.ptr) {
        return admission_forbid(run, "failed to parse CSR: %.*s", STR_ARG(why));
    }
    return !is_master ||
           admission_forbid(run, "use of " SIGNER " signer with " MASTERS " group is not allowed");
}

const AdmissionPlugin admission_certificate_subject_restriction = {
    .name = STR_INIT("CertificateSubjectRestriction"),
    .operations = ADMISSION_CREATE,
    .validate = validate,
};
