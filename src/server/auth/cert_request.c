/* SPDX-License-Identifier: Apache-2.0 */
/* Requests for a certificate: reading them, granting them. */
#include "server/auth/certs_fill.h"
#include "server/auth/subject.h"

#include <arpa/inet.h>
#include <stdlib.h>

enum {
    REQUEST_BYTES_MAX = 1024 * 1024,
    NAMES_MAX = 4096, /* alternative names */
    /* the signature shows that who asks has the key, for which SHA-1 is good enough; Go, too,
     * takes it here */
    VERIFY_FLAGS = GNUTLS_VERIFY_ALLOW_SIGN_WITH_SHA1,
};
static const char subject_alternative_name[] = "2.5.29.17";

static bool import(Str pem, Arena *a, gnutls_x509_crq_t *request, Err *err)
{
    if (pem.len > REQUEST_BYTES_MAX) {
        return err_set(err, a, ERR_LIMIT, "certificate request: larger than %d bytes",
                       REQUEST_BYTES_MAX);
    }
    gnutls_datum_t text = tls_datum(pem);
    return tls_ok(gnutls_x509_crq_init(request), "certificate request", a, err) &&
           tls_ok(gnutls_x509_crq_import(*request, &text, GNUTLS_X509_FMT_PEM),
                  "certificate request", a, err) &&
           tls_ok(gnutls_x509_crq_verify(*request, VERIFY_FLAGS), "certificate request", a, err);
}

/* -- checking ---------------------------------------------------------------------------------- */

static Str signature_error(gnutls_x509_crq_t request)
{
    unsigned bits;
    if (gnutls_x509_crq_get_signature_algorithm(request) == GNUTLS_SIGN_RSA_MD5) {
        return STR("x509: cannot verify signature: insecure algorithm MD5-RSA");
    }
    switch (gnutls_x509_crq_get_pk_algorithm(request, &bits)) {
    case GNUTLS_PK_RSA:
        return STR("crypto/rsa: verification error");
    case GNUTLS_PK_ECDSA:
        return STR("x509: ECDSA verification failure");
    case GNUTLS_PK_EDDSA_ED25519:
        return STR("x509: Ed25519 verification failure");
    default:
        return STR("x509: cannot verify signature: algorithm unimplemented");
    }
}

Str cert_request_error(Str der, Arena *a)
{
    (void)a;
    TLS_OWNED(gnutls_x509_crq) request = NULL;
    gnutls_datum_t bytes = tls_datum(der);
    if (der.len > REQUEST_BYTES_MAX || gnutls_x509_crq_init(&request) < 0 ||
        gnutls_x509_crq_import(request, &bytes, GNUTLS_X509_FMT_DER) < 0) {
        return STR("asn1: structure error: malformed certificate request");
    }
    return gnutls_x509_crq_verify(request, VERIFY_FLAGS) < 0 ? signature_error(request)
                                                             : STR_ABSENT;
}

/* -- reading ----------------------------------------------------------------------------------- */

static StrList copy_list(StrList list, Arena *a)
{
    Str *items = new(a, Str, list.count);
    for (size_t i = 0; i < list.count; i++) {
        items[i] = arena_str(a, list.items[i]);
    }
    return (StrList){ items, list.count };
}

static bool read_subject(gnutls_x509_crq_t request, Arena *a, CertRequest *out, Err *err)
{
    /* The name can be asked of a certificate only. */
    TLS_OWNED(gnutls_x509_crt) cert = NULL;
    gnutls_x509_dn_t name;
    void *memory;
    Str cn;
    StrList organizations;
    if (!tls_ok(gnutls_x509_crt_init(&cert), "subject", a, err) ||
        !tls_ok(gnutls_x509_crt_set_crq(cert, request), "subject", a, err) ||
        !tls_ok(gnutls_x509_crt_get_subject(cert, &name), "subject", a, err)) {
        return false;
    }
    if (!subject_read(name, &memory, &cn, &organizations)) {
        return err_set(err, a, ERR_LIMIT, "no memory");
    }
    out->cn = arena_str(a, cn);
    out->organizations = copy_list(organizations, a);
    free(memory);
    return true;
}

static Str ip_text(const char *bytes, size_t size, Arena *a)
{
    char text[INET6_ADDRSTRLEN];
    const char *made = size == 4    ? inet_ntop(AF_INET, bytes, text, sizeof(text))
                       : size == 16 ? inet_ntop(AF_INET6, bytes, text, sizeof(text))
                                    : NULL;
    return made ? arena_str(a, str_from_c(made)) : STR("");
}

static bool read_names(gnutls_x509_crq_t request, Arena *a, CertRequest *out, Err *err)
{
    struct {
        unsigned type;
        StrList *list;
        Str *items;
    } kinds[] = {
        { GNUTLS_SAN_DNSNAME, &out->dns_names, NULL },
        { GNUTLS_SAN_IPADDRESS, &out->ip_addresses, NULL },
        { GNUTLS_SAN_RFC822NAME, &out->emails, NULL },
        { GNUTLS_SAN_URI, &out->uris, NULL },
    };
    size_t room = 1024; /* the longest name in bytes; grown when one is longer */
    char *name = arena_alloc(a, room);
    for (unsigned seq = 0;; seq++) {
        size_t size = room;
        unsigned type;
        int status = gnutls_x509_crq_get_subject_alt_name(request, seq, name, &size, &type, NULL);
        if (status == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) {
            return true;
        }
        if (status == GNUTLS_E_SHORT_MEMORY_BUFFER && size <= REQUEST_BYTES_MAX && size > room) {
            room = size;
            name = arena_alloc(a, room);
            seq--;
            continue;
        }
        if (!tls_ok(status, "alternative name", a, err)) {
            return false;
        }
        if (seq >= NAMES_MAX) {
            return err_set(err, a, ERR_LIMIT, "more than %d alternative names", NAMES_MAX);
        }
        for (size_t i = 0; i < COUNT_OF(kinds); i++) {
            if (kinds[i].type == (unsigned)status) {
                kinds[i].items = kinds[i].items ? kinds[i].items : new(a, Str, NAMES_MAX);
                kinds[i].items[kinds[i].list->count++] = status == GNUTLS_SAN_IPADDRESS
                                                             ? ip_text(name, size, a)
                                                             : arena_str(a, (Str){ name, size });
                kinds[i].list->items = kinds[i].items;
            }
        }
    }
}

bool cert_request_read(Str request_pem, Arena *a, CertRequest *out, Err *err)
{
    TLS_OWNED(gnutls_x509_crq) request = NULL;
    CertRequest made = { 0 };
    if (!import(request_pem, a, &request, err) || !read_subject(request, a, &made, err) ||
        !read_names(request, a, &made, err)) {
        return false;
    }
    *out = made;
    return true;
}

/* -- granting ---------------------------------------------------------------------------------- */

/* In the words of certificates.k8s.io. */
static const struct {
    Str name;
    unsigned bits;       /* key usage, or */
    const char *purpose; /* extended key usage */
} usages[] = {
    { STR_INIT("signing"), GNUTLS_KEY_DIGITAL_SIGNATURE, NULL },
    { STR_INIT("digital signature"), GNUTLS_KEY_DIGITAL_SIGNATURE, NULL },
    { STR_INIT("content commitment"), GNUTLS_KEY_NON_REPUDIATION, NULL },
    { STR_INIT("key encipherment"), GNUTLS_KEY_KEY_ENCIPHERMENT, NULL },
    { STR_INIT("key agreement"), GNUTLS_KEY_KEY_AGREEMENT, NULL },
    { STR_INIT("data encipherment"), GNUTLS_KEY_DATA_ENCIPHERMENT, NULL },
    { STR_INIT("cert sign"), GNUTLS_KEY_KEY_CERT_SIGN, NULL },
    { STR_INIT("crl sign"), GNUTLS_KEY_CRL_SIGN, NULL },
    { STR_INIT("encipher only"), GNUTLS_KEY_ENCIPHER_ONLY, NULL },
    { STR_INIT("decipher only"), GNUTLS_KEY_DECIPHER_ONLY, NULL },
    { STR_INIT("any"), 0, GNUTLS_KP_ANY },
    { STR_INIT("server auth"), 0, GNUTLS_KP_TLS_WWW_SERVER },
    { STR_INIT("client auth"), 0, GNUTLS_KP_TLS_WWW_CLIENT },
    { STR_INIT("code signing"), 0, GNUTLS_KP_CODE_SIGNING },
    { STR_INIT("email protection"), 0, GNUTLS_KP_EMAIL_PROTECTION },
    { STR_INIT("s/mime"), 0, GNUTLS_KP_EMAIL_PROTECTION },
    { STR_INIT("ipsec end system"), 0, "1.3.6.1.5.5.7.3.5" },
    { STR_INIT("ipsec tunnel"), 0, "1.3.6.1.5.5.7.3.6" },
    { STR_INIT("ipsec user"), 0, "1.3.6.1.5.5.7.3.7" },
    { STR_INIT("timestamping"), 0, GNUTLS_KP_TIME_STAMPING },
    { STR_INIT("ocsp signing"), 0, GNUTLS_KP_OCSP_SIGNING },
    { STR_INIT("microsoft sgc"), 0, "1.3.6.1.4.1.311.10.3.3" },
    { STR_INIT("netscape sgc"), 0, "2.16.840.1.113730.4.1" },
};

static bool set_usages(gnutls_x509_crt_t cert, StrList wanted, Arena *a, Err *err)
{
    unsigned bits = 0;
    for (size_t i = 0; i < wanted.count; i++) {
        size_t at = 0;
        while (at < COUNT_OF(usages) && !str_eq(usages[at].name, wanted.items[i])) {
            at++;
        }
        if (at == COUNT_OF(usages)) {
            return err_set(err, a, ERR_UNSUPPORTED, "unrecognized usage: \"%.*s\"",
                           STR_ARG(wanted.items[i]));
        }
        bits |= usages[at].bits;
        if (usages[at].purpose &&
            !tls_ok(gnutls_x509_crt_set_key_purpose_oid(cert, usages[at].purpose, 0), "usage", a,
                    err)) {
            return false;
        }
    }
    return bits == 0 || tls_ok(gnutls_x509_crt_set_key_usage(cert, bits), "usage", a, err);
}

static bool copy_names(gnutls_x509_crt_t cert, gnutls_x509_crq_t request, Arena *a, Err *err)
{
    int status = gnutls_x509_crt_set_crq_extension_by_oid(cert, request, subject_alternative_name,
                                                          0);
    return status == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE ||
           tls_ok(status, "alternative names", a, err);
}

bool cert_request_sign(const CertAuthority *ca, Str request_pem, const CertGrant *grant, Arena *a,
                       Str *cert_pem, Err *err)
{
    TLS_OWNED(gnutls_x509_crq) request = NULL;
    TLS_OWNED(gnutls_x509_crt) cert = NULL;
    return import(request_pem, a, &request, err) &&
           tls_ok(gnutls_x509_crt_init(&cert), "certificate", a, err) &&
           tls_ok(gnutls_x509_crt_set_crq(cert, request), "certificate", a, err) &&
           cert_fill_common(cert, ca, grant->not_before, grant->not_after, a, err) &&
           tls_ok(gnutls_x509_crt_set_basic_constraints(cert, 0, -1), "constraints", a, err) &&
           set_usages(cert, grant->usages, a, err) && copy_names(cert, request, a, err) &&
           cert_sign(cert, ca, a, cert_pem, err);
}
