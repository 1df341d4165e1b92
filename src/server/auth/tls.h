/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that call GnuTLS share: its errors as ours, its memory freed. */
#ifndef PODGATE_SERVER_AUTH_TLS_H
#define PODGATE_SERVER_AUTH_TLS_H

#include "base/err.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

/* True when status is none of GnuTLS's errors; what says what was tried. */
static inline bool tls_ok(int status, const char *what, Arena *a, Err *err)
{
    return status >= 0 || err_set(err, a, ERR_IO, "%s: %s", what, gnutls_strerror(status));
}

static inline gnutls_datum_t tls_datum(Str s)
{
    return (gnutls_datum_t){ (unsigned char *)s.ptr, (unsigned)s.len };
}

/* Copies what GnuTLS allocated into the arena and frees it. The arena must not be full: allocate
 * before anything that a jump would leave behind, or use an arena without a ceiling. */
static inline Str tls_take(gnutls_datum_t *d, Arena *a)
{
    Str copy = arena_str(a, (Str){ (const char *)d->data, d->size });
    gnutls_free(d->data);
    d->data = NULL;
    return copy;
}

#define TLS_CLEANUP(type, deinit)                   \
    static inline void type##_cleanup(type##_t *it) \
    {                                               \
        if (*it) {                                  \
            deinit(*it);                            \
        }                                           \
    }
TLS_CLEANUP(gnutls_x509_crt, gnutls_x509_crt_deinit)
TLS_CLEANUP(gnutls_x509_crq, gnutls_x509_crq_deinit)
TLS_CLEANUP(gnutls_x509_privkey, gnutls_x509_privkey_deinit)
#undef TLS_CLEANUP
#define TLS_OWNED(type) __attribute__((cleanup(type##_cleanup))) type##_t

#endif
