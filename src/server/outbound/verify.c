/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is the other side who it must be? As Go's crypto/x509 decides: names stand in the alternative
 * names alone (GnuTLS would also take the common name), and of several problems the first in Go's
 * order is told: the dates, the name, the authority.
 */
#include "server/outbound/private.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <time.h>

enum {
    CHAIN_MAX = 16,
    NAMES_MAX = 256,
    TLS_PREFIX_MINOR = 27,        /* Go 1.20: "tls: failed to verify certificate: " */
    LEGACY_NAME_SHORT_MINOR = 23, /* Go 1.17: nothing to enable any more */
};

typedef struct Names {
    Buf dns;
    Buf ips;
    bool any; /* of any kind */
    size_t ip_count;
} Names;

static Str time_text(time_t t, Arena *a)
{
    struct tm at;
    gmtime_r(&t, &at);
    return arena_printf(a, "%04d-%02d-%02dT%02d:%02d:%02dZ", at.tm_year + 1900, at.tm_mon + 1,
                        at.tm_mday, at.tm_hour, at.tm_min, at.tm_sec);
}

static Str check_dates(gnutls_x509_crt_t leaf, Arena *a)
{
    time_t now = time(NULL);
    time_t from = gnutls_x509_crt_get_activation_time(leaf);
    time_t to = gnutls_x509_crt_get_expiration_time(leaf);
    if (now >= from && now <= to) {
        return STR_ABSENT;
    }
    return arena_printf(
        a, "x509: certificate has expired or is not yet valid: current time %.*s is %s %.*s",
        STR_ARG(time_text(now, a)), now < from ? "before" : "after",
        STR_ARG(time_text(now < from ? from : to, a)));
}

static void add_name(Buf *b, Str name)
{
    if (b->len) {
        buf_lit(b, ", ");
    }
    buf_add(b, name);
}

static Names read_names(gnutls_x509_crt_t leaf, Arena *a)
{
    Names names = { .dns = buf_new(a), .ips = buf_new(a) };
    for (unsigned i = 0; i < NAMES_MAX; i++) {
        char text[1024];
        size_t len = sizeof(text);
        int type = gnutls_x509_crt_get_subject_alt_name(leaf, i, text, &len, NULL);
        if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) {
            break;
        }
        names.any = true;
        if (type == GNUTLS_SAN_DNSNAME) {
            add_name(&names.dns, (Str){ text, len });
        } else if (type == GNUTLS_SAN_IPADDRESS && (len == 4 || len == 16)) {
            char ip[INET6_ADDRSTRLEN];
            inet_ntop(len == 4 ? AF_INET : AF_INET6, text, ip, sizeof(ip));
            add_name(&names.ips, str_from_c(ip));
            names.ip_count++;
        }
    }
    return names;
}

static bool is_ip(const char *name)
{
    unsigned char bytes[16];
    return inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1;
}

static Str wrong_name(Str valid, const char *name, Arena *a)
{
    return valid.len ? arena_printf(a, "x509: certificate is valid for %.*s, not %s",
                                    STR_ARG(valid), name)
                     : arena_printf(a,
                                    "x509: certificate is not valid for any names, but wanted to "
                                    "match %s",
                                    name);
}

static Str check_name(gnutls_x509_crt_t leaf, const char *name, int minor, Arena *a)
{
    Names names = read_names(leaf, a);
    bool matches = gnutls_x509_crt_check_hostname2(leaf, name, 0) != 0;
    if (is_ip(name)) {
        return !names.ip_count
                   ? arena_printf(a,
                                  "x509: cannot validate certificate for %s because it doesn't "
                                  "contain any IP SANs",
                                  name)
               : matches ? STR_ABSENT
                         : wrong_name(buf_str(&names.ips), name, a);
    }
    if (matches && !names.any) {
        return minor >= LEGACY_NAME_SHORT_MINOR
                   ? STR("x509: certificate relies on legacy Common Name field, use SANs instead")
                   : STR("x509: certificate relies on legacy Common Name field, use SANs or "
                         "temporarily enable Common Name matching with GODEBUG=x509ignoreCN=0");
    }
    return matches ? STR_ABSENT : wrong_name(buf_str(&names.dns), name, a);
}

/* Signed by an authority that is trusted, and meant for servers. */
static Str check_chain(gnutls_x509_crt_t *chain, unsigned count, Str ca_pem)
{
    gnutls_x509_trust_list_t trust = NULL;
    if (gnutls_x509_trust_list_init(&trust, 0) < 0) {
        return STR("x509: certificate signed by unknown authority");
    }
    if (ca_pem.len) {
        gnutls_datum_t pem = { (unsigned char *)ca_pem.ptr, (unsigned)ca_pem.len };
        gnutls_x509_trust_list_add_trust_mem(trust, &pem, NULL, GNUTLS_X509_FMT_PEM, 0, 0);
    } else {
        gnutls_x509_trust_list_add_system_trust(trust, 0, 0);
    }
    unsigned status = GNUTLS_CERT_INVALID;
    int code = gnutls_x509_trust_list_verify_crt2(trust, chain, count, NULL, 0, 0, &status, NULL);
    gnutls_x509_trust_list_deinit(trust, 1);
    if (code < 0 || status != 0) {
        return STR("x509: certificate signed by unknown authority");
    }
    return gnutls_x509_crt_check_key_purpose(chain[0], GNUTLS_KP_TLS_WWW_SERVER, 0)
               ? STR_ABSENT
               : STR("x509: certificate specifies an incompatible key usage");
}

static Str check(gnutls_x509_crt_t *chain, unsigned count, Str ca_pem, const char *name, int minor,
                 Arena *a)
{
    Str problem = check_dates(chain[0], a);
    if (!problem.ptr) {
        problem = check_name(chain[0], name, minor, a);
    }
    return problem.ptr ? problem : check_chain(chain, count, ca_pem);
}

Str outbound_verify(void *session, Str ca_pem, Str name, int minor, Arena *a)
{
    unsigned sent = 0, count = 0;
    gnutls_x509_crt_t chain[CHAIN_MAX];
    const gnutls_datum_t *der = gnutls_certificate_get_peers(session, &sent);
    for (; der && count < sent && count < CHAIN_MAX; count++) {
        if (gnutls_x509_crt_init(&chain[count]) < 0) {
            break;
        }
        if (gnutls_x509_crt_import(chain[count], &der[count], GNUTLS_X509_FMT_DER) < 0) {
            gnutls_x509_crt_deinit(chain[count]);
            break;
        }
    }
    Str problem = count ? check(chain, count, ca_pem, arena_cstr(a, name), minor, a)
                        : STR("tls: server's certificate is malformed");
    for (unsigned i = 0; i < count; i++) {
        gnutls_x509_crt_deinit(chain[i]);
    }
    return problem.ptr && minor >= TLS_PREFIX_MINOR
               ? arena_concat(a, STR("tls: failed to verify certificate: "), problem)
               : problem;
}
