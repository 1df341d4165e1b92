/* SPDX-License-Identifier: Apache-2.0 */
/* Who is at the other end of a connection: its address, and what its certificate says. */
#include "server/auth/subject.h"
#include "server/http/server.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>

static void read_address(struct MHD_Connection *connection, HttpPeer *peer)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *from = info ? info->client_addr : NULL;
    if (from && from->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, from, sizeof(v4));
        inet_ntop(AF_INET, &v4.sin_addr, peer->address, sizeof(peer->address));
    } else if (from && from->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, from, sizeof(v6));
        inet_ntop(AF_INET6, &v6.sin6_addr, peer->address, sizeof(peer->address));
    }
}

void http_peer_notify(void *server, struct MHD_Connection *connection, void **socket_context,
                      enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        HttpPeer *peer = calloc(1, sizeof(*peer));
        if (peer) {
            peer->server = server;
            read_address(connection, peer);
        }
        *socket_context = peer;
        return;
    }
    HttpPeer *peer = *socket_context;
    if (peer) {
        free(peer->memory);
        free(peer);
    }
    *socket_context = NULL;
}

gnutls_x509_trust_list_t http_trust_new(Str ca_pem)
{
    gnutls_x509_trust_list_t trust;
    gnutls_datum_t pem = { (unsigned char *)ca_pem.ptr, (unsigned)ca_pem.len };
    if (gnutls_x509_trust_list_init(&trust, 0) != 0) {
        return NULL;
    }
    if (gnutls_x509_trust_list_add_trust_mem(trust, &pem, NULL, GNUTLS_X509_FMT_PEM, 0, 0) < 1) {
        http_trust_free(trust);
        return NULL;
    }
    return trust;
}

void http_trust_free(gnutls_x509_trust_list_t trust)
{
    if (trust) {
        gnutls_x509_trust_list_deinit(trust, 1);
    }
}

/* Did our CA sign it for a client? Times are not looked at: the server's clock is its own. */
static bool is_trusted(gnutls_x509_trust_list_t trust, gnutls_x509_crt_t certificate)
{
    gnutls_typed_vdata_st purpose = { .type = GNUTLS_DT_KEY_PURPOSE_OID,
                                      .data = (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT };
    unsigned status;
    return trust &&
           gnutls_x509_trust_list_verify_crt2(trust, &certificate, 1, &purpose, 1,
                                              GNUTLS_VERIFY_DISABLE_TIME_CHECKS |
                                                  GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS,
                                              &status, NULL) == 0 &&
           status == 0;
}

/* The subject of a certificate that our CA signed for a client, and when it is valid. */
static bool read_subject(gnutls_x509_trust_list_t trust, const gnutls_datum_t *sent, HttpPeer *peer)
{
    gnutls_x509_crt_t certificate;
    gnutls_x509_dn_t name;
    if (gnutls_x509_crt_init(&certificate) != 0) {
        return false;
    }
    bool ok = gnutls_x509_crt_import(certificate, sent, GNUTLS_X509_FMT_DER) == 0 &&
              is_trusted(trust, certificate) &&
              gnutls_x509_crt_get_subject(certificate, &name) == 0 &&
              subject_read(name, &peer->memory, &peer->cn, &peer->organizations);
    if (ok) {
        peer->from = gnutls_x509_crt_get_activation_time(certificate);
        peer->to = gnutls_x509_crt_get_expiration_time(certificate);
    }
    gnutls_x509_crt_deinit(certificate);
    return ok;
}

static void look_at(const HttpServer *s, struct MHD_Connection *connection, HttpPeer *peer)
{
    peer->looked_at = true;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    gnutls_session_t session = info ? info->tls_session : NULL;
    unsigned count = 0;
    const gnutls_datum_t *sent = session ? gnutls_certificate_get_peers(session, &count) : NULL;
    if (sent && count) {
        peer->cert_invalid = !read_subject(s->trust, sent, peer);
    }
}

void http_peer_describe(const HttpServer *s, struct MHD_Connection *connection, HttpRequest *r)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    HttpPeer *peer = info ? info->socket_context : NULL;
    if (!peer) {
        r->client_cert_invalid = true; /* there was no memory to look at it */
        return;
    }
    if (!peer->looked_at) {
        look_at(s, connection, peer);
    }
    r->peer_address = str_from_c(peer->address);
    r->client_cn = peer->cn;
    r->client_organizations = peer->organizations;
    r->client_cert_from = peer->from;
    r->client_cert_to = peer->to;
    r->client_cert_invalid = peer->cert_invalid;
}
