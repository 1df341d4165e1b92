/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CertificateApproval: who approves or denies a certificate request needs the verb approve on its
 * signer.
 *
 * Source: Kubernetes plugin/pkg/admission/certificates/approval
 */
#include "decide/admission/signers.h"

static bool validate(AdmissionRun *run)
{
    return !admission_is(run, "certificates.k8s.io", "certificatesigningrequests", "approval") ||
           admission_check_signer(run, "approve");
}

const AdmissionPlugin admission_certificate_approval = {
    .name = STR_INIT("CertificateApproval"),
    .operations = ADMISSION_UPDATE,
    .validate = validate,
};
