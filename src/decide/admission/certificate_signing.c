/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CertificateSigning: who gives a request its certificate, or says that it failed, needs the verb
 * sign on its signer.
 *
 * Source: Kubernetes plugin/pkg/admission/certificates/signing
 */
#include "decide/admission/signers.h"

static bool is_empty(const Value *v)
{
    return value_is_null(v) || (value_is(v, VALUE_STRING) ? v->len == 0 : value_len(v) == 0);
}

static bool is_same(const AdmissionRun *run, const char *member)
{
    const Value *now = value_at(&run->object, "status", member, NULL);
    const Value *before = value_at(run->old_object, "status", member, NULL);
    return is_empty(now) || is_empty(before) ? is_empty(now) && is_empty(before)
                                             : value_equal(now, before);
}

static bool validate(AdmissionRun *run)
{
    if (!admission_is(run, "certificates.k8s.io", "certificatesigningrequests", "status") ||
        (is_same(run, "certificate") && is_same(run, "conditions"))) {
        return true;
    }
    return admission_check_signer(run, "sign");
}

const AdmissionPlugin admission_certificate_signing = {
    .name = STR_INIT("CertificateSigning"),
    .operations = ADMISSION_UPDATE,
    .validate = validate,
};
