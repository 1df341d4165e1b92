/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates of our own: an authority, and what it issues. Keys are ECDSA on P-256, which is made
 * in well under a millisecond.
 *
 * Times are Unix seconds. Arenas given here have no ceiling.
 */
#ifndef PODGATE_SERVER_AUTH_CERTS_H
#define PODGATE_SERVER_AUTH_CERTS_H

#include "base/err.h"

typedef struct CertAuthority CertAuthority;

typedef struct CertPair {
    Str cert_pem;
    Str key_pem;
} CertPair;

/* A new authority with a key of its own. May be used by several threads. */
WARN_UNUSED bool cert_authority_new(Str common_name, int64_t now, Arena *a, CertAuthority **out,
                                    Err *err);
/* One that was made before; and its key. */
WARN_UNUSED bool cert_authority_load(Str cert_pem, Str key_pem, Arena *a, CertAuthority **out,
                                     Err *err);
WARN_UNUSED bool cert_authority_key_pem(const CertAuthority *ca, Arena *a, Str *out, Err *err);
void cert_authority_free(CertAuthority *ca);
/* Its certificate; lives as long as it does. */
Str cert_authority_pem(const CertAuthority *ca);

/* A server's: names are host names and IP addresses. */
WARN_UNUSED bool cert_issue_server(const CertAuthority *ca, StrList names, int64_t now, Arena *a,
                                   CertPair *out, Err *err);
/* A client's: Kubernetes takes the common name for the user, each organization for a group. It is
 * valid from then on, as long as the authority: setting the server's clock locks nobody out. */
WARN_UNUSED bool cert_issue_client(const CertAuthority *ca, Str user, StrList groups, int64_t now,
                                   Arena *a, CertPair *out, Err *err);

/* -- what one says of itself --------------------------------------------------------------------
 */

/* From when on it is good. Of several the first is read, as in all of these. */
WARN_UNUSED bool cert_begin(Str cert_pem, Arena *a, int64_t *out, Err *err);
/* When it ends. */
WARN_UNUSED bool cert_end(Str cert_pem, Arena *a, int64_t *out, Err *err);
/* Is it a server's of that name? False as well when it cannot be read. */
bool cert_has_name(Str cert_pem, Str name, Arena *a);
/* Is it signed by that authority, whatever the time is? */
bool cert_is_issued_by(Str cert_pem, Str ca_pem, Arena *a);

/* -- requests for a certificate (PKCS#10) ------------------------------------------------------ */

typedef struct CertRequest {
    Str cn; /* absent when the subject has none */
    StrList organizations;
    StrList dns_names;
    StrList ip_addresses; /* as text */
    StrList emails;
    StrList uris;
} CertRequest;

/* What a request asks for. One that is malformed, or not signed with its own key, is an error. */
WARN_UNUSED bool cert_request_read(Str request_pem, Arena *a, CertRequest *out, Err *err);

/* What is wrong with the key or the signature of a request (DER), in the words of Go's crypto/x509;
 * absent when nothing is. */
Str cert_request_error(Str der, Arena *a);

/* What is granted to a request: its subject and alternative names, and nothing else that it says.
 * usages are in the words of certificates.k8s.io ("digital signature", "client auth"); one that is
 * not known is an error. */
typedef struct CertGrant {
    StrList usages;
    int64_t not_before;
    int64_t not_after;
} CertGrant;
WARN_UNUSED bool cert_request_sign(const CertAuthority *ca, Str request_pem, const CertGrant *grant,
                                   Arena *a, Str *cert_pem, Err *err);

#endif
