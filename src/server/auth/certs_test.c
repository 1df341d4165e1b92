/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates of our own. */
#include "server/auth/certs.h"

#include "server/auth/subject.h"
#include "server/auth/tls.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

enum { NOW = 1700000000 };

static gnutls_x509_crt_t import(Str pem)
{
    gnutls_x509_crt_t cert;
    gnutls_datum_t text = tls_datum(pem);
    assert_int_equal(gnutls_x509_crt_init(&cert), 0);
    assert_int_equal(gnutls_x509_crt_import(cert, &text, GNUTLS_X509_FMT_PEM), 0);
    return cert;
}

/* Signed by the authority, with the flags that say what is wrong. */
static unsigned verify(gnutls_x509_crt_t cert, const CertAuthority *ca)
{
    gnutls_x509_crt_t root = import(cert_authority_pem(ca));
    unsigned status = 0;
    assert_int_equal(
        gnutls_x509_crt_verify(cert, &root, 1, GNUTLS_VERIFY_DISABLE_TIME_CHECKS, &status), 0);
    gnutls_x509_crt_deinit(root);
    return status;
}

static CertAuthority *authority(Arena *a)
{
    CertAuthority *ca = NULL;
    Err err;
    assert_true(cert_authority_new(STR("podgate"), NOW, a, &ca, &err));
    return ca;
}

static void a_server(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    CertAuthority *ca = authority(&a);
    static const Str names[] = { STR_INIT("localhost"), STR_INIT("kubernetes.default.svc"),
                                 STR_INIT("127.0.0.1"), STR_INIT("::1") };
    CertPair pair;
    Err err;
    assert_true(cert_issue_server(ca, (StrList){ names, COUNT_OF(names) }, NOW, &a, &pair, &err));
    assert_true(str_starts_with(pair.key_pem, STR("-----BEGIN EC PRIVATE KEY-----\n")));
    gnutls_x509_crt_t cert = import(pair.cert_pem);
    assert_int_equal(verify(cert, ca), 0);
    assert_true(gnutls_x509_crt_check_hostname(cert, "localhost"));
    assert_true(gnutls_x509_crt_check_hostname(cert, "kubernetes.default.svc"));
    assert_false(gnutls_x509_crt_check_hostname(cert, "example.org"));
    assert_true(gnutls_x509_crt_check_ip(cert, (const unsigned char *)"\x7f\0\0\1", 4, 0));
    assert_int_equal(gnutls_x509_crt_get_activation_time(cert), NOW - 300);
    assert_true(gnutls_x509_crt_get_expiration_time(cert) > NOW + 300 * 24 * 60 * 60);
    gnutls_x509_crt_deinit(cert);

    CertAuthority *other = authority(&a);
    cert = import(pair.cert_pem);
    assert_true(verify(cert, other) & GNUTLS_CERT_INVALID);
    gnutls_x509_crt_deinit(cert);
    cert_authority_free(other);
    cert_authority_free(ca);
    arena_done(&a);
}

static void a_client(void **state)
{
    (void)state;
    static const struct {
        const char *user;
        Str groups[3];
        size_t count;
    } rows[] = {
        { "admin", { STR_INIT("system:masters") }, 1 },
        { "a, b+c=\"d\"\\", { STR_INIT("one,two"), STR_INIT("#x"), STR_INIT("z z ") }, 3 },
        { "nobody", { { NULL, 0 } }, 0 },
    };
    Arena a;
    arena_init(&a, 0);
    CertAuthority *ca = authority(&a);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        StrList groups = { rows[i].groups, rows[i].count };
        CertPair pair;
        Err err;
        assert_true(cert_issue_client(ca, str_from_c(rows[i].user), groups, NOW, &a, &pair, &err));
        gnutls_x509_crt_t cert = import(pair.cert_pem);
        assert_int_equal(verify(cert, ca), 0);
        gnutls_x509_dn_t name;
        void *memory;
        Str cn;
        StrList got;
        assert_int_equal(gnutls_x509_crt_get_subject(cert, &name), 0);
        assert_true(subject_read(name, &memory, &cn, &got));
        assert_string_equal(arena_cstr(&a, cn), rows[i].user);
        assert_int_equal(got.count, groups.count);
        for (size_t j = 0; j < got.count; j++) {
            assert_true(str_eq(got.items[j], groups.items[j]));
        }
        free(memory);
        gnutls_x509_crt_deinit(cert);
    }
    cert_authority_free(ca);
    arena_done(&a);
}

/* -- requests ---------------------------------------------------------------------------------- */

static Str make_request(Arena *a)
{
    gnutls_x509_crq_t request;
    gnutls_x509_privkey_t key;
    gnutls_datum_t pem;
    gnutls_x509_crq_init(&request);
    gnutls_x509_privkey_init(&key);
    gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
                                 GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    gnutls_x509_crq_set_version(request, 1);
    gnutls_x509_crq_set_dn_by_oid(request, GNUTLS_OID_X520_ORGANIZATION_NAME, 0, "system:nodes",
                                  12);
    gnutls_x509_crq_set_dn_by_oid(request, GNUTLS_OID_X520_COMMON_NAME, 0, "system:node:n1", 14);
    gnutls_x509_crq_set_subject_alt_name(request, GNUTLS_SAN_DNSNAME, "n1", 2, GNUTLS_FSAN_APPEND);
    gnutls_x509_crq_set_subject_alt_name(request, GNUTLS_SAN_IPADDRESS, "\x0a\0\0\1", 4,
                                         GNUTLS_FSAN_APPEND);
    /* not to be granted */
    gnutls_x509_crq_set_basic_constraints(request, 1, -1);
    gnutls_x509_crq_set_key(request, key);
    assert_int_equal(gnutls_x509_crq_sign2(request, key, GNUTLS_DIG_SHA256, 0), 0);
    assert_int_equal(gnutls_x509_crq_export2(request, GNUTLS_X509_FMT_PEM, &pem), 0);
    gnutls_x509_privkey_deinit(key);
    gnutls_x509_crq_deinit(request);
    return tls_take(&pem, a);
}

static void a_request(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Str pem = make_request(&a);
    CertRequest read;
    Err err;
    assert_true(cert_request_read(pem, &a, &read, &err));
    assert_string_equal(arena_cstr(&a, read.cn), "system:node:n1");
    assert_int_equal(read.organizations.count, 1);
    assert_string_equal(arena_cstr(&a, read.organizations.items[0]), "system:nodes");
    assert_int_equal(read.dns_names.count, 1);
    assert_string_equal(arena_cstr(&a, read.dns_names.items[0]), "n1");
    assert_int_equal(read.ip_addresses.count, 1);
    assert_string_equal(arena_cstr(&a, read.ip_addresses.items[0]), "10.0.0.1");

    CertAuthority *ca = authority(&a);
    static const Str usages[] = { STR_INIT("digital signature"), STR_INIT("server auth") };
    CertGrant grant = { { usages, 2 }, NOW, NOW + 3600 };
    Str cert_pem;
    assert_true(cert_request_sign(ca, pem, &grant, &a, &cert_pem, &err));
    gnutls_x509_crt_t cert = import(cert_pem);
    assert_int_equal(verify(cert, ca), 0);
    assert_true(gnutls_x509_crt_check_hostname(cert, "n1"));
    assert_int_equal(gnutls_x509_crt_get_ca_status(cert, NULL), 0);
    assert_int_equal(gnutls_x509_crt_get_expiration_time(cert), NOW + 3600);
    gnutls_x509_crt_deinit(cert);

    static const Str wrong[] = { STR_INIT("world domination") };
    grant.usages = (StrList){ wrong, 1 };
    assert_false(cert_request_sign(ca, pem, &grant, &a, &cert_pem, &err));
    assert_string_equal(arena_cstr(&a, err.msg), "unrecognized usage: \"world domination\"");
    cert_authority_free(ca);
    arena_done(&a);
}

static void requests_that_are_none(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Str good = make_request(&a);
    /* One letter in the middle of the base64 is another: the signature no longer fits. */
    char *changed = (char *)arena_str(&a, good).ptr;
    char *at = changed + good.len / 2;
    *at = *at == 'A' ? 'B' : 'A';
    Str rows[] = { STR(""), STR("x"), str_slice(good, 0, good.len / 2),
                   str_from(changed, good.len) };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CertRequest read;
        Err err;
        assert_false(cert_request_read(rows[i], &a, &read, &err));
        assert_true(str_starts_with(err.msg, STR("certificate request: ")));
    }
    arena_done(&a);
}

/* What who renews certificates asks of one. */
static void what_one_says_of_itself(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    CertAuthority *ca = authority(&a);
    CertAuthority *other = authority(&a);
    static const Str names[] = { STR_INIT("podgate.x.svc") };
    CertPair pair;
    int64_t begin, end;
    Err err;
    assert_true(cert_issue_server(ca, (StrList){ names, 1 }, NOW, &a, &pair, &err));
    assert_true(cert_end(pair.cert_pem, &a, &end, &err));
    assert_int_equal(end, NOW + 365 * 24 * 60 * 60);
    assert_true(cert_begin(pair.cert_pem, &a, &begin, &err));
    assert_int_equal(begin, NOW - 300);
    assert_true(cert_has_name(pair.cert_pem, STR("podgate.x.svc"), &a));
    assert_false(cert_has_name(pair.cert_pem, STR("podgate.y.svc"), &a));
    assert_true(cert_is_issued_by(pair.cert_pem, cert_authority_pem(ca), &a));
    assert_false(cert_is_issued_by(pair.cert_pem, cert_authority_pem(other), &a));
    assert_false(cert_is_issued_by(pair.cert_pem, STR("x"), &a));
    assert_false(cert_has_name(STR(""), STR("podgate.x.svc"), &a));
    assert_false(cert_end(STR("x"), &a, &end, &err));
    assert_true(str_starts_with(err.msg, STR("certificate: ")));
    cert_authority_free(ca);
    cert_authority_free(other);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server),
        cmocka_unit_test(a_client),
        cmocka_unit_test(a_request),
        cmocka_unit_test(requests_that_are_none),
        cmocka_unit_test(what_one_says_of_itself),
    };
    return cmocka_run_group_tests_name("auth/certs", tests, NULL, NULL);
}
