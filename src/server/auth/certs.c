/* SPDX-License-Identifier: Apache-2.0 */
/* An authority, and the certificates that it issues. */
#include "server/auth/certs.h"

#include "server/auth/certs_fill.h"
#include "server/auth/tls.h"

#include <arpa/inet.h>
#include <gnutls/crypto.h>
#include <stdlib.h>

enum {
    DAY = 24 * 60 * 60,
    ISSUED_SECONDS = 365 * DAY,
    CLOCKS_DIFFER_SECONDS = 5 * 60, /* valid so much before now */
};

/* The end of the year 2299: as long as the server's clock can go. */
#define AUTHORITY_END INT64_C(10413791999)

struct CertAuthority {
    gnutls_x509_crt_t cert;
    gnutls_x509_privkey_t key;
    gnutls_datum_t pem;
};

static bool new_key(Arena *a, gnutls_x509_privkey_t *key, Err *err)
{
    return tls_ok(gnutls_x509_privkey_init(key), "key", a, err) &&
           tls_ok(gnutls_x509_privkey_generate(*key, GNUTLS_PK_ECDSA,
                                               GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
                  "key", a, err);
}

static bool set_name(gnutls_x509_crt_t cert, const char *oid, Str value, Arena *a, Err *err)
{
    return tls_ok(gnutls_x509_crt_set_dn_by_oid(cert, oid, 0, value.ptr, (unsigned)value.len),
                  "subject", a, err);
}

/* What every certificate has: version, serial number, validity, who issued it. */
bool cert_fill_common(gnutls_x509_crt_t cert, const CertAuthority *ca, int64_t from, int64_t to,
                      Arena *a, Err *err)
{
    unsigned char serial[16];
    unsigned char key_id[64];
    size_t key_id_size = sizeof(key_id);
    int status = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial));
    serial[0] = (serial[0] & 0x7F) | 0x40; /* a positive number that is never short */
    if (!tls_ok(status, "serial number", a, err) ||
        !tls_ok(gnutls_x509_crt_set_version(cert, 3), "version", a, err) ||
        !tls_ok(gnutls_x509_crt_set_serial(cert, serial, sizeof(serial)), "serial number", a,
                err) ||
        !tls_ok(gnutls_x509_crt_set_activation_time(cert, from), "validity", a, err) ||
        !tls_ok(gnutls_x509_crt_set_expiration_time(cert, to), "validity", a, err) ||
        !tls_ok(gnutls_x509_crt_get_key_id(cert, 0, key_id, &key_id_size), "key", a, err) ||
        !tls_ok(gnutls_x509_crt_set_subject_key_id(cert, key_id, key_id_size), "key", a, err)) {
        return false;
    }
    key_id_size = sizeof(key_id);
    return !ca ||
           (tls_ok(gnutls_x509_crt_get_key_id(ca->cert, 0, key_id, &key_id_size), "key", a, err) &&
            tls_ok(gnutls_x509_crt_set_authority_key_id(cert, key_id, key_id_size), "key", a, err));
}

/* Signed by the authority, or by itself; as PEM. */
bool cert_sign(gnutls_x509_crt_t cert, const CertAuthority *ca, Arena *a, Str *pem, Err *err)
{
    gnutls_datum_t out;
    if (!tls_ok(gnutls_x509_crt_sign2(cert, ca->cert, ca->key, GNUTLS_DIG_SHA256, 0), "signature",
                a, err) ||
        !tls_ok(gnutls_x509_crt_export2(cert, GNUTLS_X509_FMT_PEM, &out), "certificate", a, err)) {
        return false;
    }
    *pem = tls_take(&out, a);
    return true;
}

/* -- the authority ----------------------------------------------------------------------------- */

static bool fill_authority(CertAuthority *ca, Str common_name, int64_t now, Arena *a, Err *err)
{
    return new_key(a, &ca->key, err) &&
           tls_ok(gnutls_x509_crt_init(&ca->cert), "certificate", a, err) &&
           tls_ok(gnutls_x509_crt_set_key(ca->cert, ca->key), "key", a, err) &&
           set_name(ca->cert, GNUTLS_OID_X520_COMMON_NAME, common_name, a, err) &&
           cert_fill_common(ca->cert, NULL, now - CLOCKS_DIFFER_SECONDS, AUTHORITY_END, a, err) &&
           tls_ok(gnutls_x509_crt_set_basic_constraints(ca->cert, 1, -1), "authority", a, err) &&
           tls_ok(gnutls_x509_crt_set_key_usage(ca->cert, GNUTLS_KEY_KEY_CERT_SIGN |
                                                              GNUTLS_KEY_DIGITAL_SIGNATURE),
                  "usage", a, err) &&
           tls_ok(gnutls_x509_crt_sign2(ca->cert, ca->cert, ca->key, GNUTLS_DIG_SHA256, 0),
                  "signature", a, err) &&
           tls_ok(gnutls_x509_crt_export2(ca->cert, GNUTLS_X509_FMT_PEM, &ca->pem), "certificate",
                  a, err);
}

bool cert_authority_new(Str common_name, int64_t now, Arena *a, CertAuthority **out, Err *err)
{
    CertAuthority *ca = calloc(1, sizeof(*ca));
    if (!ca) {
        return err_set(err, a, ERR_LIMIT, "no memory");
    }
    if (!fill_authority(ca, common_name, now, a, err)) {
        cert_authority_free(ca);
        return err_context(err, a, "making a certificate authority");
    }
    *out = ca;
    return true;
}

static bool load_authority(CertAuthority *ca, Str cert_pem, Str key_pem, Arena *a, Err *err)
{
    gnutls_datum_t cert = tls_datum(cert_pem);
    gnutls_datum_t key = tls_datum(key_pem);
    return tls_ok(gnutls_x509_privkey_init(&ca->key), "key", a, err) &&
           tls_ok(gnutls_x509_privkey_import(ca->key, &key, GNUTLS_X509_FMT_PEM), "key", a, err) &&
           tls_ok(gnutls_x509_crt_init(&ca->cert), "certificate", a, err) &&
           tls_ok(gnutls_x509_crt_import(ca->cert, &cert, GNUTLS_X509_FMT_PEM), "certificate", a,
                  err) &&
           tls_ok(gnutls_x509_crt_export2(ca->cert, GNUTLS_X509_FMT_PEM, &ca->pem), "certificate",
                  a, err);
}

bool cert_authority_load(Str cert_pem, Str key_pem, Arena *a, CertAuthority **out, Err *err)
{
    CertAuthority *ca = calloc(1, sizeof(*ca));
    if (!ca) {
        return err_set(err, a, ERR_LIMIT, "no memory");
    }
    if (!load_authority(ca, cert_pem, key_pem, a, err)) {
        cert_authority_free(ca);
        return err_context(err, a, "reading the certificate authority");
    }
    *out = ca;
    return true;
}

bool cert_authority_key_pem(const CertAuthority *ca, Arena *a, Str *out, Err *err)
{
    gnutls_datum_t text;
    if (!tls_ok(gnutls_x509_privkey_export2(ca->key, GNUTLS_X509_FMT_PEM, &text), "key", a, err)) {
        return false;
    }
    *out = tls_take(&text, a);
    return true;
}

void cert_authority_free(CertAuthority *ca)
{
    if (ca) {
        if (ca->cert) {
            gnutls_x509_crt_deinit(ca->cert);
        }
        if (ca->key) {
            gnutls_x509_privkey_deinit(ca->key);
        }
        gnutls_free(ca->pem.data);
        free(ca);
    }
}

Str cert_authority_pem(const CertAuthority *ca)
{
    return (Str){ (const char *)ca->pem.data, ca->pem.size };
}

/* -- what it issues ---------------------------------------------------------------------------- */

/* A certificate with a key of its own, all but the subject and the signature. */
static bool begin(const CertAuthority *ca, const char *purpose, int64_t now, int64_t end, Arena *a,
                  gnutls_x509_crt_t *cert, CertPair *out, Err *err)
{
    TLS_OWNED(gnutls_x509_privkey) key = NULL;
    gnutls_datum_t key_pem;
    if (!new_key(a, &key, err) || !tls_ok(gnutls_x509_crt_init(cert), "certificate", a, err) ||
        !tls_ok(gnutls_x509_crt_set_key(*cert, key), "key", a, err) ||
        !cert_fill_common(*cert, ca, now - CLOCKS_DIFFER_SECONDS, end, a, err) ||
        !tls_ok(gnutls_x509_crt_set_key_usage(*cert, GNUTLS_KEY_DIGITAL_SIGNATURE |
                                                         GNUTLS_KEY_KEY_ENCIPHERMENT),
                "usage", a, err) ||
        !tls_ok(gnutls_x509_crt_set_key_purpose_oid(*cert, purpose, 0), "usage", a, err) ||
        !tls_ok(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &key_pem), "key", a, err)) {
        return false;
    }
    out->key_pem = tls_take(&key_pem, a);
    return true;
}

static bool add_server_name(gnutls_x509_crt_t cert, Str name, Arena *a, Err *err)
{
    unsigned char ip[16];
    const char *text = arena_cstr(a, name);
    unsigned size = inet_pton(AF_INET, text, ip) == 1    ? 4
                    : inet_pton(AF_INET6, text, ip) == 1 ? 16
                                                         : 0;
    return tls_ok(size ? gnutls_x509_crt_set_subject_alt_name(cert, GNUTLS_SAN_IPADDRESS, ip, size,
                                                              GNUTLS_FSAN_APPEND)
                       : gnutls_x509_crt_set_subject_alt_name(cert, GNUTLS_SAN_DNSNAME, text,
                                                              (unsigned)name.len,
                                                              GNUTLS_FSAN_APPEND),
                  "name", a, err);
}

static bool issue_server(const CertAuthority *ca, StrList names, int64_t now, Arena *a,
                         CertPair *out, Err *err)
{
    TLS_OWNED(gnutls_x509_crt) cert = NULL;
    if (!begin(ca, GNUTLS_KP_TLS_WWW_SERVER, now, now + ISSUED_SECONDS, a, &cert, out, err) ||
        !set_name(cert, GNUTLS_OID_X520_COMMON_NAME, STR("kube-apiserver"), a, err)) {
        return false;
    }
    for (size_t i = 0; i < names.count; i++) {
        if (!add_server_name(cert, names.items[i], a, err)) {
            return false;
        }
    }
    return cert_sign(cert, ca, a, &out->cert_pem, err);
}

bool cert_issue_server(const CertAuthority *ca, StrList names, int64_t now, Arena *a, CertPair *out,
                       Err *err)
{
    CertPair made = { 0 };
    if (!issue_server(ca, names, now, a, &made, err)) {
        return err_context(err, a, "making the server's certificate");
    }
    *out = made;
    return true;
}

static bool issue_client(const CertAuthority *ca, Str user, StrList groups, int64_t now, Arena *a,
                         CertPair *out, Err *err)
{
    TLS_OWNED(gnutls_x509_crt) cert = NULL;
    if (!begin(ca, GNUTLS_KP_TLS_WWW_CLIENT, now, AUTHORITY_END, a, &cert, out, err)) {
        return false;
    }
    for (size_t i = 0; i < groups.count; i++) {
        if (!set_name(cert, GNUTLS_OID_X520_ORGANIZATION_NAME, groups.items[i], a, err)) {
            return false;
        }
    }
    return set_name(cert, GNUTLS_OID_X520_COMMON_NAME, user, a, err) &&
           cert_sign(cert, ca, a, &out->cert_pem, err);
}

bool cert_issue_client(const CertAuthority *ca, Str user, StrList groups, int64_t now, Arena *a,
                       CertPair *out, Err *err)
{
    CertPair made = { 0 };
    if (!issue_client(ca, user, groups, now, a, &made, err)) {
        return err_context(err, a, "making the certificate of %.*s", STR_ARG(user));
    }
    *out = made;
    return true;
}
