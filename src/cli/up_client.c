/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request to a server of podgate up, over TLS, with the certificate of its kubeconfig. An
 * answer in chunks is not understood: the server sends none but watches and long lists so.
 */
#include "cli/up.h"

#include "server/auth/tls.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_BYTES_MAX = 256 << 20, WAIT_SECONDS_MAX = 60 };

/* -- the connection -----------------------------------------------------------------------------
 */

/* https://127.0.0.1:6443, https://[::1]:6443 */
static bool split_url(Str url, Arena *a, Str *host, Str *port, Err *err)
{
    Str rest = str_cut_suffix(url, STR("/"));
    static const Str scheme = STR_INIT("https://");
    if (str_starts_with(rest, scheme)) {
        rest = str_drop(rest, scheme.len);
        Str wanted = str_starts_with(rest, STR("[")) ? STR("]:") : STR(":");
        for (size_t i = 0; i + wanted.len < rest.len; i++) {
            if (str_starts_with(str_drop(rest, i), wanted)) {
                *host = str_slice(rest, wanted.len - 1, i);
                *port = str_drop(rest, i + wanted.len);
                return true;
            }
        }
    }
    return err_set(err, a, ERR_USAGE, "server: %.*s: is no https://HOST:PORT", STR_ARG(url));
}

/* A connected socket; -1 after an error. */
static int dial(Str host, Str port, Arena *a, Err *err)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
    struct addrinfo *found;
    int wrong = getaddrinfo(arena_cstr(a, host), arena_cstr(a, port), &hints, &found);
    if (wrong) {
        err_set(err, a, ERR_IO, "%.*s: %s", STR_ARG(host), gai_strerror(wrong));
        return -1;
    }
    int fd = -1;
    const struct timeval wait = { .tv_sec = WAIT_SECONDS_MAX };
    for (struct addrinfo *at = found; at && fd < 0; at = at->ai_next) {
        fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
        if (fd >= 0 && connect(fd, at->ai_addr, at->ai_addrlen) != 0) {
            err_set(err, a, ERR_IO, "%.*s:%.*s: %s", STR_ARG(host), STR_ARG(port), strerror(errno));
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    if (fd >= 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    }
    return fd;
}

typedef struct Line {
    int fd;
    gnutls_certificate_credentials_t credentials;
    gnutls_session_t session;
} Line;

static void hang_up(Line *line)
{
    if (line->session) {
        gnutls_deinit(line->session);
    }
    if (line->credentials) {
        gnutls_certificate_free_credentials(line->credentials);
    }
    if (line->fd >= 0) {
        close(line->fd);
    }
}

static bool set_up(Line *line, const UpKubeconfig *k, Arena *a, Err *err)
{
    gnutls_datum_t ca = tls_datum(k->ca_pem), cert = tls_datum(k->cert_pem);
    gnutls_datum_t key = tls_datum(k->key_pem);
    return tls_ok(gnutls_certificate_allocate_credentials(&line->credentials), "TLS", a, err) &&
           tls_ok(
               gnutls_certificate_set_x509_trust_mem(line->credentials, &ca, GNUTLS_X509_FMT_PEM),
               "the server's certificate authority", a, err) &&
           tls_ok(gnutls_certificate_set_x509_key_mem(line->credentials, &cert, &key,
                                                      GNUTLS_X509_FMT_PEM),
                  "the client's certificate", a, err) &&
           tls_ok(gnutls_init(&line->session, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL), "TLS", a, err) &&
           tls_ok(gnutls_set_default_priority(line->session), "TLS", a, err) &&
           tls_ok(gnutls_credentials_set(line->session, GNUTLS_CRD_CERTIFICATE, line->credentials),
                  "TLS", a, err);
}

/* Is it to be tried again? Not after a time in which nothing came. */
static bool goes_on(ssize_t status)
{
    return status < 0 && status != GNUTLS_E_AGAIN && !gnutls_error_is_fatal((int)status);
}

static bool call_up(Line *line, const UpKubeconfig *k, Arena *a, Err *err)
{
    Str host = STR_ABSENT, port = STR_ABSENT;
    if (!split_url(k->url, a, &host, &port, err) || !set_up(line, k, a, err)) {
        return false;
    }
    line->fd = dial(host, port, a, err);
    if (line->fd < 0) {
        return false;
    }
    const char *name = arena_cstr(a, host); /* must stay until the handshake is done */
    gnutls_session_set_verify_cert(line->session, name, 0);
    gnutls_transport_set_int(line->session, line->fd);
    int status;
    do {
        status = gnutls_handshake(line->session);
    } while (goes_on(status));
    return tls_ok(status, arena_cstr(a, k->url), a, err);
}

/* -- the request --------------------------------------------------------------------------------
 */

static bool send_all(Line *line, Str text, Arena *a, Err *err)
{
    while (text.len) {
        ssize_t n = gnutls_record_send(line->session, text.ptr, text.len);
        if (n < 0 && !goes_on(n)) {
            return tls_ok((int)n, "sending", a, err);
        }
        text = str_drop(text, n > 0 ? (size_t)n : 0);
    }
    return true;
}

/* To the end of the connection. */
static bool receive_all(Line *line, Buf *out, Arena *a, Err *err)
{
    enum { ROOM = 64 << 10 };
    while (out->len < ANSWER_BYTES_MAX) {
        char *to = buf_reserve(out, ROOM);
        ssize_t n = gnutls_record_recv(line->session, to, ROOM);
        if (n == 0 || n == GNUTLS_E_PREMATURE_TERMINATION) {
            return true;
        }
        if (n < 0 && !goes_on(n)) {
            return tls_ok((int)n, "waiting for the answer", a, err);
        }
        out->len += n > 0 ? (size_t)n : 0;
    }
    return err_set(err, a, ERR_LIMIT, "the answer is larger than %d MiB", ANSWER_BYTES_MAX >> 20);
}

/* Of the headers: Content-Length; below 0 for none. */
static int64_t length_of(Str headers)
{
    Str line, name, value;
    int64_t length;
    while (headers.len && str_next_piece(&headers, '\n', &line)) {
        if (str_split_once(line, ':', &name, &value) &&
            str_eq_ignore_case(name, STR("Content-Length")) &&
            str_to_int64(str_trim(value), &length)) {
            return length;
        }
    }
    return -1;
}

/* HTTP/1.1 200 OK, headers, an empty line, the body */
static bool read_answer(Str text, Arena *a, int *status, Str *body, Err *err)
{
    static const Str end = STR_INIT("\r\n\r\n");
    int64_t code;
    size_t at = 0;
    while (at < text.len && !str_starts_with(str_drop(text, at), end)) {
        at++;
    }
    if (at >= text.len || !str_starts_with(text, STR("HTTP/1.1 ")) ||
        !str_to_int64(str_slice(text, 9, 12), &code)) {
        return err_set(err, a, ERR_IO, "the server's answer is no HTTP");
    }
    *status = (int)code;
    *body = str_drop(text, at + end.len);
    if (length_of(str_slice(text, 0, at)) > (int64_t)body->len) {
        return err_set(err, a, ERR_IO, "the server's answer was cut off");
    }
    return true;
}

static bool exchange(Line *line, const UpKubeconfig *k, const UpCall *call, Arena *a, int *status,
                     Str *body, Err *err)
{
    Buf request = buf_new(a), answer = buf_new(a);
    buf_printf(&request,
               "%s %s HTTP/1.1\r\nHost: %.*s\r\nUser-Agent: podgate\r\nConnection: close\r\n",
               call->method, call->path, STR_ARG(str_drop(k->url, strlen("https://"))));
    if (call->body.ptr) {
        buf_printf(&request, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
                   call->body.len);
    }
    buf_lit(&request, "\r\n");
    buf_add(&request, call->body.ptr ? call->body : STR(""));
    return send_all(line, buf_str(&request), a, err) && receive_all(line, &answer, a, err) &&
           read_answer(buf_str(&answer), a, status, body, err);
}

bool up_client_call(const UpKubeconfig *k, const UpCall *call, Arena *a, int *status, Str *body,
                    Err *err)
{
    Line line = { .fd = -1 };
    bool done = call_up(&line, k, a, err) && exchange(&line, k, call, a, status, body, err);
    hang_up(&line);
    return done;
}
