/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to a rehearsal cluster: HTTP/1.0 over TLS, so that the end of the connection is the end
 * of the answer. */
#include "cli/snapshot_client.h"

#include "base/base64.h"
#include "cli/up.h"
#include "cluster/files.h"
#include "doc/json.h"
#include "doc/yaml.h"
#include "server/auth/tls.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BLOCK_BYTES = 64 << 10, HEAD_BYTES_MAX = 64 << 10, MESSAGE_BYTES_MAX = 1 << 20 };

/* -- which
 * ----------------------------------------------------------------------------------------- */

static bool read_pem(const Value *from, Str key, Arena *a, Str *out)
{
    Buf b = buf_new(a);
    Str text = value_get_str(from, key);
    if (!text.ptr || !base64_read(text, &b)) {
        return false;
    }
    *out = buf_str(&b);
    return true;
}

static bool read_url(Str url, SnapshotClient *out)
{
    Str rest = str_cut_prefix(url, STR("https://"));
    ptrdiff_t colon = str_rindex_byte(rest, ':');
    if (rest.len == url.len || colon < 0) {
        return false;
    }
    out->port = str_drop(rest, (size_t)colon + 1);
    out->host = str_slice(rest, 0, (size_t)colon);
    if (str_starts_with(out->host, STR("["))) {
        out->host = str_slice(out->host, 1, out->host.len - 1);
    }
    return true;
}

static bool read_kubeconfig(Str path, Arena *a, SnapshotClient *out, Err *err)
{
    Str text;
    Value v;
    if (!file_read_text(path, NULL, a, &text, err) || !yaml_read(path, text, NULL, a, &v, err)) {
        return false;
    }
    const Value *cluster = value_get_lit(value_item(value_get_lit(&v, "clusters"), 0), "cluster");
    const Value *user = value_get_lit(value_item(value_get_lit(&v, "users"), 0), "user");
    if (!up_kubeconfig_is_ours(path, a) || !read_url(value_get_str(cluster, STR("server")), out) ||
        !read_pem(cluster, STR("certificate-authority-data"), a, &out->ca_pem) ||
        !read_pem(user, STR("client-certificate-data"), a, &out->cert_pem) ||
        !read_pem(user, STR("client-key-data"), a, &out->key_pem)) {
        return err_set(err, a, ERR_UNSUPPORTED, "%.*s: is no kubeconfig that podgate up wrote",
                       STR_ARG(path));
    }
    return true;
}

/* KUBECONFIG, when it is one file and one of ours. */
static bool from_environment(Arena *a, SnapshotClient *out)
{
    const char *path = getenv("KUBECONFIG");
    Err err;
    return path && path[0] && read_kubeconfig(str_from_c(path), a, out, &err);
}

bool snapshot_client_find(Str kubeconfig, Str name, Arena *a, SnapshotClient *out, Err *err)
{
    UpPlace place;
    *out = (SnapshotClient){ 0 };
    if (kubeconfig.ptr) {
        return read_kubeconfig(kubeconfig, a, out, err);
    }
    if (!name.ptr && from_environment(a, out)) {
        return true;
    }
    name = name.ptr ? name : STR("default");
    if (!up_name_check(name, a, err) || !up_place_named(name, a, &place, err)) {
        return false;
    }
    if (!up_place_owner(&place)) {
        return err_set(err, a, ERR_NOT_FOUND,
                       "no cluster called %.*s runs in the background; --kubeconfig names one that "
                       "runs elsewhere",
                       STR_ARG(name));
    }
    return read_kubeconfig(place.kubeconfig, a, out, err);
}

/* -- a connection
 * ---------------------------------------------------------------------------------- */

typedef struct Link {
    int fd;
    gnutls_certificate_credentials_t credentials;
    gnutls_session_t session;
} Link;

static bool dial(const SnapshotClient *c, Link *l, Arena *a, Err *err)
{
    struct addrinfo *found = NULL;
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
    int status = getaddrinfo(arena_cstr(a, c->host), arena_cstr(a, c->port), &hints, &found);
    if (status != 0) {
        return err_set(err, a, ERR_IO, "%.*s: %s", STR_ARG(c->host), gai_strerror(status));
    }
    l->fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool connected = l->fd >= 0 && connect(l->fd, found->ai_addr, found->ai_addrlen) == 0;
    freeaddrinfo(found);
    return connected || err_set(err, a, ERR_IO, "%.*s:%.*s: %s", STR_ARG(c->host), STR_ARG(c->port),
                                strerror(errno));
}

static bool shake_hands(const SnapshotClient *c, Link *l, Arena *a, Err *err)
{
    gnutls_datum_t ca = tls_datum(c->ca_pem);
    gnutls_datum_t cert = tls_datum(c->cert_pem);
    gnutls_datum_t key = tls_datum(c->key_pem);
    if (!tls_ok(gnutls_certificate_allocate_credentials(&l->credentials), "TLS", a, err) ||
        !tls_ok(gnutls_certificate_set_x509_trust_mem(l->credentials, &ca, GNUTLS_X509_FMT_PEM),
                "certificate authority", a, err) ||
        !tls_ok(
            gnutls_certificate_set_x509_key_mem(l->credentials, &cert, &key, GNUTLS_X509_FMT_PEM),
            "client certificate", a, err) ||
        !tls_ok(gnutls_init(&l->session, GNUTLS_CLIENT), "TLS", a, err) ||
        !tls_ok(gnutls_set_default_priority(l->session), "TLS", a, err) ||
        !tls_ok(gnutls_credentials_set(l->session, GNUTLS_CRD_CERTIFICATE, l->credentials), "TLS",
                a, err)) {
        return false;
    }
    gnutls_session_set_verify_cert(l->session, arena_cstr(a, c->host), 0);
    gnutls_transport_set_int(l->session, l->fd);
    int status;
    do {
        status = gnutls_handshake(l->session);
    } while (status < 0 && !gnutls_error_is_fatal(status));
    return tls_ok(status, "TLS", a, err);
}

static void hang_up(Link *l)
{
    if (l->session) {
        gnutls_deinit(l->session);
    }
    if (l->credentials) {
        gnutls_certificate_free_credentials(l->credentials);
    }
    if (l->fd >= 0) {
        close(l->fd);
    }
}

static bool send_all(Link *l, Str text, Arena *a, Err *err)
{
    while (text.len) {
        ssize_t n = gnutls_record_send(l->session, text.ptr, text.len);
        if (n < 0 && gnutls_error_is_fatal((int)n)) {
            return tls_ok((int)n, "sending", a, err);
        }
        text = str_drop(text, n > 0 ? (size_t)n : 0);
    }
    return true;
}

/* The next piece; empty at the end. */
static bool receive(Link *l, char *to, Str *out, Arena *a, Err *err)
{
    ssize_t n;
    do {
        n = gnutls_record_recv(l->session, to, BLOCK_BYTES);
    } while (n < 0 && !gnutls_error_is_fatal((int)n));
    if (n == GNUTLS_E_PREMATURE_TERMINATION) {
        n = 0; /* what comes over it says itself whether it is whole */
    }
    *out = str_from(to, n > 0 ? (size_t)n : 0);
    return n >= 0 || tls_ok((int)n, "receiving", a, err);
}

/* -- a request
 * ------------------------------------------------------------------------------------- */

static bool gather(void *context, Str piece, Arena *a, Err *err)
{
    Buf *b = context;
    if (b->len + piece.len > MESSAGE_BYTES_MAX) {
        return err_set(err, a, ERR_LIMIT, "the answer is too large");
    }
    buf_add(b, piece);
    return true;
}

static bool read_head(Link *l, char *block, Buf *got, int64_t *status, Arena *a, Err *err)
{
    ptrdiff_t end;
    Str piece;
    while ((end = str_index(buf_str(got), STR("\r\n\r\n"))) < 0) {
        if (!receive(l, block, &piece, a, err)) {
            return false;
        }
        if (piece.len == 0 || got->len > HEAD_BYTES_MAX) {
            return err_set(err, a, ERR_IO, "the server gave no answer");
        }
        buf_add(got, piece);
    }
    Str version, rest, code;
    str_split_once(buf_str(got), ' ', &version, &rest);
    str_split_once(rest, ' ', &code, &rest);
    memmove(got->ptr, got->ptr + end + 4, got->len - (size_t)end - 4);
    got->len -= (size_t)end + 4;
    return str_to_int64(code, status) || err_set(err, a, ERR_IO, "the server gave no answer");
}

static bool refused(int64_t status, Str body, Arena *a, Err *err)
{
    Value v;
    Str message = STR_ABSENT;
    if (json_read(STR("answer"), body, NULL, a, &v, NULL)) {
        message = value_get_str(&v, STR("message"));
    }
    return message.ptr
               ? err_set(err, a, ERR_CONFLICT, "%.*s", STR_ARG(message))
               : err_set(err, a, ERR_CONFLICT, "the server answered %lld", (long long)status);
}

static bool converse(Link *l, Str request, SnapshotClientSink *sink, void *context, Arena *a,
                     Err *err)
{
    char *block = arena_alloc(a, BLOCK_BYTES);
    Buf got = buf_new(a);
    Buf message = buf_new(a);
    int64_t status;
    if (!send_all(l, request, a, err) || !read_head(l, block, &got, &status, a, err)) {
        return false;
    }
    if (status != 200) {
        sink = gather;
        context = &message;
    }
    Str piece = buf_str(&got);
    do {
        if ((piece.len && !sink(context, piece, a, err)) || !receive(l, block, &piece, a, err)) {
            return false;
        }
    } while (piece.len);
    return status == 200 || refused(status, buf_str(&message), a, err);
}

bool snapshot_client_ask(const SnapshotClient *c, Str method, Str path, SnapshotClientSink *sink,
                         void *context, Arena *a, Err *err)
{
    Link l = { .fd = -1 };
    Str request = arena_printf(a,
                               "%.*s %.*s HTTP/1.0\r\nHost: %.*s:%.*s\r\nContent-Length: 0\r\n"
                               "Accept: application/json\r\n\r\n",
                               STR_ARG(method), STR_ARG(path), STR_ARG(c->host), STR_ARG(c->port));
    bool done = dial(c, &l, a, err) && shake_hands(c, &l, a, err) &&
                converse(&l, request, sink, context, a, err);
    hang_up(&l);
    return done;
}
