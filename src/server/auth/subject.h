/* SPDX-License-Identifier: Apache-2.0 */
/* The subject of a certificate or of a request for one, as Kubernetes reads it: CN is the user,
 * every O a group. */
#ifndef PODGATE_SERVER_AUTH_SUBJECT_H
#define PODGATE_SERVER_AUTH_SUBJECT_H

#include "base/str.h"

#include <gnutls/x509.h>

/* cn is absent when there is none, and the last one of several. The strings lie in *memory, which
 * is the caller's to free(). False when there is no memory. */
WARN_UNUSED bool subject_read(gnutls_x509_dn_t name, void **memory, Str *cn,
                              StrList *organizations);

#endif
