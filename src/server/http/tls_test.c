/* SPDX-License-Identifier: Apache-2.0 */
/* The listener over TLS: who it is, and who asks. */
#include "server/auth/certs.h"
#include "server/http/test_listener.h"

#include <gnutls/gnutls.h>
#include <sys/socket.h>

typedef struct Tls {
    gnutls_session_t session;
    gnutls_certificate_credentials_t credentials;
    int fd;
} Tls;

static bool tls_dial(const HttpServer *s, Str ca, const CertPair *client, Tls *t)
{
    t->fd = dial(s);
    gnutls_certificate_allocate_credentials(&t->credentials);
    gnutls_datum_t root = { (unsigned char *)ca.ptr, (unsigned)ca.len };
    assert_int_equal(
        gnutls_certificate_set_x509_trust_mem(t->credentials, &root, GNUTLS_X509_FMT_PEM), 1);
    if (client) {
        gnutls_datum_t cert = { (unsigned char *)client->cert_pem.ptr,
                                (unsigned)client->cert_pem.len };
        gnutls_datum_t key = { (unsigned char *)client->key_pem.ptr,
                               (unsigned)client->key_pem.len };
        assert_int_equal(
            gnutls_certificate_set_x509_key_mem(t->credentials, &cert, &key, GNUTLS_X509_FMT_PEM),
            0);
    }
    /* Sent whoever the server says it trusts. */
    gnutls_init(&t->session, GNUTLS_CLIENT | GNUTLS_FORCE_CLIENT_CERT);
    gnutls_set_default_priority(t->session);
    gnutls_credentials_set(t->session, GNUTLS_CRD_CERTIFICATE, t->credentials);
    gnutls_session_set_verify_cert(t->session, "localhost", 0);
    gnutls_transport_set_int(t->session, t->fd);
    int status;
    do {
        status = gnutls_handshake(t->session);
    } while (status < 0 && !gnutls_error_is_fatal(status));
    return status == 0;
}

static void tls_close(Tls *t)
{
    gnutls_deinit(t->session);
    gnutls_certificate_free_credentials(t->credentials);
    close(t->fd);
}

static const char *tls_ask(const HttpServer *s, Str ca, const CertPair *client, Arena *a)
{
    Tls t;
    assert_true(tls_dial(s, ca, client, &t));
    Str request = STR("GET / HTTP/1.1\r\nHost: x\r\n" CLOSE "\r\n");
    assert_true(gnutls_record_send(t.session, request.ptr, request.len) > 0);
    Buf b = buf_new(a);
    for (;;) {
        ssize_t n = gnutls_record_recv(t.session, buf_reserve(&b, 4096), 4096);
        if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED) {
            continue;
        }
        if (n <= 0) {
            break;
        }
        b.len += (size_t)n;
    }
    tls_close(&t);
    return arena_cstr(a, buf_str(&b));
}

static void over_tls(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Err err;
    int64_t now = (int64_t)time(NULL);
    CertAuthority *ca;
    CertAuthority *other;
    assert_true(cert_authority_new(STR("podgate"), now, &a, &ca, &err));
    assert_true(cert_authority_new(STR("podgate"), now, &a, &other, &err));
    static const Str names[] = { STR_INIT("localhost"), STR_INIT("127.0.0.1") };
    static const Str groups[] = { STR_INIT("system:masters"), STR_INIT("a,b") };
    CertPair server, good, foreign, later;
    assert_true(cert_issue_server(ca, (StrList){ names, 2 }, now, &a, &server, &err));
    assert_true(cert_issue_client(ca, STR("admin"), (StrList){ groups, 2 }, now, &a, &good, &err));
    assert_true(
        cert_issue_client(other, STR("admin"), (StrList){ groups, 1 }, now, &a, &foreign, &err));
    assert_true(cert_issue_client(ca, STR("admin"), (StrList){ groups, 1 },
                                  now + (int64_t)400 * 24 * 60 * 60, &a, &later, &err));
    Str root = cert_authority_pem(ca);
    HttpServer *s = start(&(HttpServerOptions){ .cert_pem = server.cert_pem,
                                                .key_pem = server.key_pem,
                                                .client_ca_pem = root },
                          &a);
    assert_has(tls_ask(s, root, NULL, &a), "\r\n\r\nGET / from=127.0.0.1");
    assert_null(strstr(tls_ask(s, root, NULL, &a), "invalid"));
    assert_has(tls_ask(s, root, &good, &a), " cn=admin o=system:masters o=a,b");
    assert_has(tls_ask(s, root, &foreign, &a), "127.0.0.1 invalid");
    /* when it is valid is told, not judged */
    assert_has(tls_ask(s, root, &later, &a), " cn=admin o=system:masters");
    /* A server's certificate is no client's. */
    assert_has(tls_ask(s, root, &server, &a), "127.0.0.1 invalid");

    /* No TLS at all. */
    static const Str rows[] = {
        STR_INIT("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        STR_INIT("\x16\x03\x01\x00\x05hello"),
        STR_INIT("\x16\x03\x01\xff\xff"),
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int fd = dial(s);
        /* It may wait for more: the end of a connection that is not closed is not always seen. */
        set_patience(fd, 200);
        send_all(fd, rows[i]);
        shutdown(fd, SHUT_WR);
        receive(fd, STR_ABSENT, &a);
        close(fd);
    }
    assert_has(tls_ask(s, root, &good, &a), " cn=admin");
    http_server_stop(s);
    cert_authority_free(other);
    cert_authority_free(ca);
    arena_done(&a);
}

static void another_certificate(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Err err;
    int64_t now = (int64_t)time(NULL);
    CertAuthority *first_ca, *second_ca;
    static const Str names[] = { STR_INIT("localhost") };
    CertPair first, second;
    assert_true(cert_authority_new(STR("a"), now, &a, &first_ca, &err));
    assert_true(cert_authority_new(STR("b"), now, &a, &second_ca, &err));
    assert_true(cert_issue_server(first_ca, (StrList){ names, 1 }, now, &a, &first, &err));
    assert_true(cert_issue_server(second_ca, (StrList){ names, 1 }, now, &a, &second, &err));
    HttpServer *s = start(
        &(HttpServerOptions){ .cert_pem = first.cert_pem, .key_pem = first.key_pem }, &a);
    Tls before, after;
    assert_true(tls_dial(s, cert_authority_pem(first_ca), NULL, &before));
    assert_false(http_server_set_certificate(s, second.cert_pem, first.key_pem, &a, &err));
    assert_string_equal(arena_cstr(&a, err.msg), "the key is not that of the certificate");
    assert_false(http_server_set_certificate(s, STR("x"), first.key_pem, &a, &err));
    assert_true(http_server_set_certificate(s, second.cert_pem, second.key_pem, &a, &err));
    assert_true(tls_dial(s, cert_authority_pem(second_ca), NULL, &after));
    tls_close(&after);
    assert_false(tls_dial(s, cert_authority_pem(first_ca), NULL, &after));
    tls_close(&after);
    /* Who was there before notices nothing. */
    Str request = STR("GET / HTTP/1.1\r\nHost: x\r\n" CLOSE "\r\n");
    char byte;
    assert_true(gnutls_record_send(before.session, request.ptr, request.len) > 0);
    assert_int_equal(gnutls_record_recv(before.session, &byte, 1), 1);
    tls_close(&before);
    http_server_stop(s);
    cert_authority_free(first_ca);
    cert_authority_free(second_ca);
    arena_done(&a);
}
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(over_tls),
        cmocka_unit_test(another_certificate),
    };
    return cmocka_run_group_tests_name("server/http/tls", tests, NULL, NULL);
}
