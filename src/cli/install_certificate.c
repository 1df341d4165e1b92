/* SPDX-License-Identifier: Apache-2.0 */
/* The webhook's certificate, and the authority that the API server trusts it by. */
#include "cli/install.h"

#include "base/base64.h"
#include "server/auth/certs.h"

enum { DAY = 24 * 60 * 60, RENEW_SECONDS_BEFORE = 30 * DAY };

static Str get(const Value *secret, const char *key, Arena *a)
{
    Str text = value_get_str(value_get_lit(secret, "data"), str_from_c(key));
    Buf b = buf_new(a);
    return text.len && base64_read(text, &b) ? buf_str(&b) : STR("");
}

static void set(Value *data, Str key, Str value, Arena *a)
{
    Buf b = buf_new(a);
    base64_write(value, &b);
    value_set(data, key, value_str(buf_str(&b)), a);
}

bool install_certificate_read(const Value *secret, Arena *a, InstallCertificate *out)
{
    *out = (InstallCertificate){ .ca_bundle = get(secret, "ca.crt", a),
                                 .ca_key = get(secret, "ca.key", a),
                                 .cert = get(secret, "tls.crt", a),
                                 .key = get(secret, "tls.key", a) };
    return out->ca_bundle.len && out->cert.len && out->key.len;
}

void install_certificate_write(const InstallCertificate *c, Value *secret, Arena *a)
{
    Value *data = value_set_lit(secret, "data", value_object(), a);
    set(data, STR("ca.crt"), c->ca_bundle, a);
    set(data, STR("ca.key"), c->ca_key, a);
    set(data, STR("tls.crt"), c->cert, a);
    set(data, STR("tls.key"), c->key, a);
}

static Str service_name(Str namespace, Arena *a)
{
    return arena_printf(a, "podgate.%.*s.svc", STR_ARG(namespace));
}

/* Of a bundle its newest: the rest has been replaced by it long ago. */
static Str first_certificate(Str bundle)
{
    Str end = STR("-----END CERTIFICATE-----\n");
    ptrdiff_t at = str_index(bundle, end);
    return at < 0 ? STR("") : str_slice(bundle, 0, (size_t)at + end.len);
}

bool install_certificate_make(Str namespace, const InstallCertificate *before, int64_t now,
                              Arena *a, InstallCertificate *out, Err *err)
{
    CertAuthority *ca;
    CertPair pair;
    Str names[] = { service_name(namespace, a),
                    arena_concat(a, service_name(namespace, a), STR(".cluster.local")) };
    /* Authorities of one name and different keys could not be told apart. */
    Str name = arena_printf(a, "podgate-ca@%lld", (long long)now);
    if (!cert_authority_new(name, now, a, &ca, err)) {
        return false;
    }
    bool ok = cert_issue_server(ca, (StrList){ names, COUNT_OF(names) }, now, a, &pair, err) &&
              cert_authority_key_pem(ca, a, &out->ca_key, err);
    if (ok) {
        out->cert = pair.cert_pem;
        out->key = pair.key_pem;
        out->ca_bundle = arena_concat(a, cert_authority_pem(ca),
                                      before ? first_certificate(before->ca_bundle) : STR(""));
    }
    cert_authority_free(ca);
    return ok;
}

Str install_certificate_due(const InstallCertificate *c, Str namespace, int64_t now, Arena *a,
                            int64_t *end)
{
    Err err;
    int64_t begin;
    *end = 0;
    if (!cert_begin(c->cert, a, &begin, &err) || !cert_end(c->cert, a, end, &err)) {
        return err.msg;
    }
    if (begin > now) {
        return STR("it is not good yet"); /* the clock was ahead when it was made */
    }
    if (*end < now + RENEW_SECONDS_BEFORE) {
        return *end < now ? STR("it has ended") : STR("it ends soon");
    }
    if (!cert_has_name(c->cert, service_name(namespace, a), a)) {
        return arena_printf(a, "it is not for %.*s", STR_ARG(service_name(namespace, a)));
    }
    return cert_is_issued_by(c->cert, c->ca_bundle, a)
               ? STR_ABSENT
               : STR("it is not signed by the authority beside it");
}
