/* SPDX-License-Identifier: Apache-2.0 */
/* Between certs.c and cert_request.c: filling in and signing a certificate. */
#ifndef PODGATE_SERVER_AUTH_CERTS_FILL_H
#define PODGATE_SERVER_AUTH_CERTS_FILL_H

#include "server/auth/certs.h"
#include "server/auth/tls.h"

/* Version, serial number, validity, key identifiers. The certificate has its key already. */
WARN_UNUSED bool cert_fill_common(gnutls_x509_crt_t cert, const CertAuthority *ca, int64_t from,
                                  int64_t to, Arena *a, Err *err);
WARN_UNUSED bool cert_sign(gnutls_x509_crt_t cert, const CertAuthority *ca, Arena *a, Str *pem,
                           Err *err);

#endif
