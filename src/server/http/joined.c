/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that leave in one piece. libmicrohttpd hands TLS the headers, then the body: two records,
 * two system calls, and a client that is woken twice. GnuTLS gathers what a corked session sends;
 * http_call_end() comes before the next request is read and before the connection is closed.
 *
 * Nobody waits for room to send what was gathered, so only what surely fits is: a small answer to a
 * client that has taken all that it was sent before.
 */
#include "server/http/server.h"

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum { JOINED_BODY_BYTES_MAX = 8 * 1024 };

void http_join_begin(HttpCall *call, struct MHD_Connection *connection)
{
    const HttpServerOptions *o = &call->server->options;
    size_t len = call->response.body.len;
    if (!o->cert_pem.ptr || len == 0 || len > JOINED_BODY_BYTES_MAX) {
        return;
    }
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    gnutls_session_t session = info ? info->tls_session : NULL;
    int unsent;
    if (session && ioctl(gnutls_transport_get_int(session), SIOCOUTQ, &unsent) == 0 &&
        unsent == 0) {
        gnutls_record_cork(session);
        call->joined = session;
    }
}

void http_join_end(HttpCall *call)
{
    gnutls_session_t session = call->joined;
    call->joined = NULL;
    if (!session) {
        return;
    }
    int fd = gnutls_transport_get_int(session);
    if (gnutls_record_uncork(session, 0) < 0) {
        /* The client has gone; or half an answer is better followed by an end than by silence. */
        shutdown(fd, SHUT_RDWR);
        return;
    }
    /* libmicrohttpd has the system gather what it sends until it does this, which was too early. */
    int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}
