/* SPDX-License-Identifier: Apache-2.0 */
/* What the controllers of certificate requests share. */
#ifndef PODGATE_SERVER_CONTROLLERS_CSR_H
#define PODGATE_SERVER_CONTROLLERS_CSR_H

#include "server/auth/certs.h"
#include "server/controllers/controller.h"

#define CSR_SIGNER_CLIENT "kubernetes.io/kube-apiserver-client"
#define CSR_SIGNER_KUBELET_CLIENT "kubernetes.io/kube-apiserver-client-kubelet"
#define CSR_SIGNER_KUBELET_SERVING "kubernetes.io/kubelet-serving"
#define CSR_SIGNER_LEGACY "kubernetes.io/legacy-unknown"

#define CSR_KIND                                                               \
    {                                                                          \
        STR_INIT("certificates.k8s.io"), STR_INIT("CertificateSigningRequest") \
    }

/* Puts every change of a request in the queue. */
void csr_observe(Ctl *c, const CtlKind *kind, const StoreEvent *event);
/* One that is there and has no certificate yet; else NULL. */
const Value *csr_get_open(Ctl *c, Str name);
/* spec.request and spec.usages; false when the request cannot be read. */
bool csr_read(const Value *csr, Arena *a, Str *pem, CertRequest *out);
StrList csr_usages(const Value *csr, Arena *a);
/* Is there a condition of the type, whatever its status? */
bool csr_has(const Value *csr, const char *type);
/* The version that requests are written in. */
const char *csr_api_version(const Ctl *c);
/* Writes a subresource ("status", "approval") of a changed copy. */
bool csr_update(Ctl *c, Value *csr, const char *subresource);
void csr_add_condition(Value *csr, const char *type, const char *reason, Str message, Arena *a);

/* Why no kubelet would ask for such a client certificate; absent when one could. */
Str csr_kubelet_client_error(const CertRequest *r, StrList usages, const KubeTarget *t);
Str csr_kubelet_serving_error(const CertRequest *r, StrList usages, const KubeTarget *t);

#endif
