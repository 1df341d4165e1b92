/* SPDX-License-Identifier: Apache-2.0 */
/* What a certificate says of itself: for who renews it. */
#include "server/auth/certs.h"
#include "server/auth/tls.h"

static bool import(Str pem, gnutls_x509_crt_t *out, Arena *a, Err *err)
{
    gnutls_datum_t text = tls_datum(pem);
    return tls_ok(gnutls_x509_crt_init(out), "certificate", a, err) &&
           tls_ok(gnutls_x509_crt_import(*out, &text, GNUTLS_X509_FMT_PEM), "certificate", a, err);
}

bool cert_begin(Str cert_pem, Arena *a, int64_t *out, Err *err)
{
    TLS_OWNED(gnutls_x509_crt) cert = NULL;
    if (!import(cert_pem, &cert, a, err)) {
        return false;
    }
    *out = (int64_t)gnutls_x509_crt_get_activation_time(cert);
    return true;
}

bool cert_end(Str cert_pem, Arena *a, int64_t *out, Err *err)
{
    TLS_OWNED(gnutls_x509_crt) cert = NULL;
    if (!import(cert_pem, &cert, a, err)) {
        return false;
    }
    *out = (int64_t)gnutls_x509_crt_get_expiration_time(cert);
    return true;
}

bool cert_has_name(Str cert_pem, Str name, Arena *a)
{
    TLS_OWNED(gnutls_x509_crt) cert = NULL;
    Err err;
    return import(cert_pem, &cert, a, &err) &&
           gnutls_x509_crt_check_hostname(cert, arena_cstr(a, name)) != 0;
}

bool cert_is_issued_by(Str cert_pem, Str ca_pem, Arena *a)
{
    TLS_OWNED(gnutls_x509_crt) cert = NULL;
    TLS_OWNED(gnutls_x509_crt) ca = NULL;
    Err err;
    unsigned problems = 0;
    return import(cert_pem, &cert, a, &err) && import(ca_pem, &ca, a, &err) &&
           gnutls_x509_crt_verify(cert, &ca, 1, GNUTLS_VERIFY_DISABLE_TIME_CHECKS, &problems) >=
               0 &&
           !(problems & GNUTLS_CERT_INVALID);
}
