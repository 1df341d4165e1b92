/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CertificateSigningRequests of v1 and v1beta1: defaults and validation. Objects are in the decoded
 * form. That a request is signed by its own key, who has the means to checks (CertificateCheck).
 *
 * Source: Kubernetes pkg/apis/certificates (1.20)
 */
#ifndef PODGATE_KUBE_GROUPS_CERTIFICATES_H
#define PODGATE_KUBE_GROUPS_CERTIFICATES_H

#include "base/field.h"
#include "doc/value.h"
#include "kube/target.h"

/* Which part of a request an update is about. */
typedef enum CertificatePart {
    CERTIFICATE_WHOLE,    /* the resource itself */
    CERTIFICATE_STATUS,   /* the subresource status */
    CERTIFICATE_APPROVAL, /* the subresource approval */
} CertificatePart;

void certificate_request_apply_defaults(Value *request, const KubeTarget *t, Arena *a);

/* What is wrong with the key or the signature of a request (DER), or absent. */
typedef struct CertificateCheck {
    Str (*error)(void *context, Str der, Arena *a);
    void *context;
} CertificateCheck;

/* check: NULL for none. */
void certificate_request_validate_create(const Value *request, const CertificateCheck *check,
                                         const KubeTarget *t, FieldErrors *errs);
void certificate_request_validate_update(const Value *request, const Value *old,
                                         CertificatePart part, const CertificateCheck *check,
                                         const KubeTarget *t, FieldErrors *errs);

/* Is the group one of the organizations of the subject that spec.request is for? *why is absent, or
 * what is wrong with the request. */
bool certificate_request_is_of_group(const Value *spec, Str group, Arena *a, Str *why);

/* Approved and Denied conditions become what they were, where there are as many as before. */
void certificate_request_keep_approval(Value *request, const Value *old, Arena *a);
/* Conditions without times get them: now (RFC 3339) or, of a condition that was so before, its own.
 * Nothing is done when now is absent. */
void certificate_request_stamp(Value *request, const Value *old, Str now, Arena *a);

#endif
