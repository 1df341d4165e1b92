/* SPDX-License-Identifier: Apache-2.0 */
/* PEM blocks and the outer form of what is in them, as Go's encoding/pem and encoding/asn1 read
 * them. */
#ifndef PODGATE_KUBE_GROUPS_PEM_H
#define PODGATE_KUBE_GROUPS_PEM_H

#include "base/arena.h"

typedef struct PemBlock {
    Str type; /* "CERTIFICATE REQUEST" */
    bool has_headers;
    Str bytes;
} PemBlock;

/* The first block of *rest, which is then what comes after it. False when there is none; what
 * stands between blocks, and malformed ones, are skipped. */
bool pem_next(Str *rest, Arena *a, PemBlock *out);

/* What is wrong with the outer form of a certificate request or a certificate (DER), in Go's
 * words: `asn1: syntax error: data truncated`; absent when nothing is. Neither the inner fields nor
 * the signature are checked. */
Str der_request_error(Str der, Arena *a);
Str der_certificate_error(Str der, Arena *a);

/* Of whom a request is, as far as the signer's default depends on it. */
typedef struct DerSubject {
    Str common_name;
    Str organization; /* absent unless there is exactly one */
    bool has_alternative_names;
} DerSubject;

/* False when it is malformed. */
bool der_request_subject(Str der, DerSubject *out);
/* Is it an organization of the subject? False for a malformed one. */
bool der_request_names(Str der, Str organization);

#endif
