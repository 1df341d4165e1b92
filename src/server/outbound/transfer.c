/* SPDX-License-Identifier: Apache-2.0 */
/* One call as libcurl makes it. */
#include "server/outbound/private.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A peer that is cut off is given up after 25 seconds. */
enum { KEEPALIVE_IDLE_SECONDS = 10, KEEPALIVE_AGAIN_SECONDS = 5, KEEPALIVE_COUNT = 3 };

int64_t outbound_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* -- what libcurl calls ------------------------------------------------------------------------ */

static long status_of(const Transfer *t)
{
    long status = 0;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

/* False when the reader has had enough. */
static bool give(Transfer *t, Str bytes)
{
    t->stopped = !t->reader->on_body(t->reader->context, (int)status_of(t), bytes);
    return !t->stopped;
}

static size_t on_header(char *line, size_t size, size_t count, void *context)
{
    Transfer *t = context;
    Str text = { line, size * count };
    t->head_due_ms = 0;
    if (t->reader && !str_trim(text).len && status_of(t) >= 200) {
        return give(t, STR("")) ? text.len : 0;
    }
    if (str_starts_with(text, STR("HTTP/"))) {
        t->out->header_count = 0; /* of the answer, not of a 100 Continue before it */
        return text.len;
    }
    Str name, value;
    if (t->out->header_count < OUTBOUND_HEADERS_MAX && str_split_once(text, ':', &name, &value)) {
        t->answer_headers[t->out->header_count++] =
            (HttpHeader){ arena_str(t->memory, name), arena_str(t->memory, str_trim(value)) };
    }
    return text.len;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    Transfer *t = context;
    Str text = { bytes, size * count };
    size_t max = t->call->answer_bytes_max ? t->call->answer_bytes_max : OUTBOUND_ANSWER_BYTES_MAX;
    if (t->reader) {
        return give(t, text) ? text.len : CURL_WRITEFUNC_ERROR;
    }
    if (text.len > max - t->body.len) {
        t->too_large = true;
        return CURL_WRITEFUNC_ERROR;
    }
    buf_add(&t->body, text);
    return text.len;
}

static void note_address(Transfer *t, const struct sockaddr *to)
{
    char ip[INET6_ADDRSTRLEN];
    if (to->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)to;
        inet_ntop(AF_INET, &v4->sin_addr, ip, sizeof(ip));
        snprintf(t->address, sizeof(t->address), "%s:%u", ip, ntohs(v4->sin_port));
    } else if (to->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)to;
        inet_ntop(AF_INET6, &v6->sin6_addr, ip, sizeof(ip));
        snprintf(t->address, sizeof(t->address), "[%s]:%u", ip, ntohs(v6->sin6_port));
    }
}

static curl_socket_t on_socket(void *context, curlsocktype purpose, struct curl_sockaddr *to)
{
    Transfer *t = context;
    (void)purpose;
    if (!t->address[0]) {
        note_address(t, &to->addr);
    }
    int made = socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
    if (made >= 0) {
        /* The system's own patience is minutes. What it refuses it goes without. */
        const int count = KEEPALIVE_COUNT;
        const unsigned unheard_ms =
            (KEEPALIVE_IDLE_SECONDS + KEEPALIVE_COUNT * KEEPALIVE_AGAIN_SECONDS) * 1000;
        (void)setsockopt(made, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
        (void)setsockopt(made, IPPROTO_TCP, TCP_USER_TIMEOUT, &unheard_ms, sizeof unheard_ms);
    }
    return made;
}

/* Before anything is sent over a connection, new or used again: is it who it must be? */
static int before_request(void *context, char *ip, char *local_ip, int port, int local_port)
{
    (void)ip;
    (void)local_ip;
    (void)port;
    (void)local_port;
    Transfer *t = context;
    t->head_due_ms = t->call->head_ms ? outbound_now_ms() + t->call->head_ms : 0;
    if (t->call->insecure || !str_starts_with(t->call->url, STR("https:"))) {
        return CURL_PREREQFUNC_OK;
    }
    struct curl_tlssessioninfo *tls = NULL;
    curl_easy_getinfo(t->easy, CURLINFO_TLS_SSL_PTR, &tls);
    if (!tls || tls->backend != CURLSSLBACKEND_GNUTLS || !tls->internals) {
        t->tls_problem = STR("tls: the certificate cannot be looked at");
    } else {
        t->tls_problem = outbound_verify(tls->internals, t->call->ca_pem, t->verified_name,
                                         t->call->minor, t->memory);
    }
    return t->tls_problem.ptr ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* -- setting up -------------------------------------------------------------------------------- */

typedef struct UrlParts {
    Str scheme, host, port; /* host without brackets, port "443" when it is not said */
    Str rest;               /* path and query */
    bool is_v6;
} UrlParts;

static UrlParts split_url(Str url)
{
    UrlParts p = { 0 };
    ptrdiff_t at = str_index(url, STR("://"));
    p.scheme = at < 0 ? STR("") : str_slice(url, 0, (size_t)at);
    Str rest = at < 0 ? url : str_drop(url, (size_t)at + 3);
    size_t end = 0;
    while (end < rest.len && !strchr("/?#", rest.ptr[end])) {
        end++;
    }
    Str authority = str_slice(rest, 0, end);
    p.rest = str_drop(rest, end);
    ptrdiff_t user = str_rindex_byte(authority, '@');
    authority = user < 0 ? authority : str_drop(authority, (size_t)user + 1);
    p.port = str_eq(p.scheme, STR("http")) ? STR("80") : STR("443");
    if (str_starts_with(authority, STR("["))) {
        ptrdiff_t close = str_index_byte(authority, ']');
        p.is_v6 = close > 0;
        p.host = str_slice(authority, 1, close > 0 ? (size_t)close : authority.len);
        authority = close > 0 ? str_drop(authority, (size_t)close + 1) : STR("");
        if (authority.len > 1) {
            p.port = str_drop(authority, 1);
        }
    } else {
        Str port;
        if (str_split_once(authority, ':', &p.host, &port) && port.len) {
            p.port = port;
        }
    }
    return p;
}

static bool add_line(struct curl_slist **list, Str line, Arena *a)
{
    struct curl_slist *longer = curl_slist_append(*list, arena_cstr(a, line));
    if (longer) {
        *list = longer;
    }
    return longer != NULL;
}

/* Where it goes, and by which name. TLS takes the host of the URL for the name of the other side:
 * with another name the URL has that, and the connection goes to where the URL said. */
static bool set_url(Transfer *t)
{
    const OutboundCall *c = t->call;
    Arena *a = t->memory;
    UrlParts p = split_url(c->url);
    if ((!str_eq(p.scheme, STR("https")) && !str_eq(p.scheme, STR("http"))) || !p.host.len) {
        return false;
    }
    Str host = p.is_v6 ? arena_printf(a, "[%.*s]", STR_ARG(p.host)) : p.host;
    Str connect_to = c->connect_to;
    t->verified_name = c->server_name.len ? c->server_name : p.host;
    t->url = arena_cstr(a, c->url);
    if (c->server_name.len && !str_eq(c->server_name, p.host)) {
        t->url = arena_cstr(a, arena_printf(a, "%.*s://%.*s:%.*s%.*s", STR_ARG(p.scheme),
                                            STR_ARG(c->server_name), STR_ARG(p.port),
                                            STR_ARG(p.rest)));
        if (!connect_to.len) {
            connect_to = arena_printf(a, "%.*s:%.*s", STR_ARG(host), STR_ARG(p.port));
        }
        if (!add_line(&t->headers,
                      arena_printf(a, "Host: %.*s:%.*s", STR_ARG(host), STR_ARG(p.port)), a)) {
            return false;
        }
    }
    if (connect_to.len) {
        if (!add_line(&t->connect_to, arena_concat(a, STR("::"), connect_to), a)) {
            return false;
        }
        curl_easy_setopt(t->easy, CURLOPT_CONNECT_TO, t->connect_to);
    }
    curl_easy_setopt(t->easy, CURLOPT_URL, t->url);
    return true;
}

/* A line break within would make a header of what follows. */
static bool is_one_line(Str s)
{
    return str_index_byte(s, '\r') < 0 && str_index_byte(s, '\n') < 0 &&
           str_index_byte(s, '\0') < 0;
}

static bool set_headers(Transfer *t)
{
    const OutboundCall *c = t->call;
    Arena *a = t->memory;
    bool ok = add_line(&t->headers, STR("Expect:"), a); /* no waiting for 100 Continue */
    for (size_t i = 0; ok && i < c->header_count; i++) {
        HttpHeader h = c->headers[i];
        ok = is_one_line(h.name) && is_one_line(h.value) &&
             add_line(&t->headers, arena_printf(a, "%.*s: %.*s", STR_ARG(h.name), STR_ARG(h.value)),
                      a);
    }
    if (ok && c->bearer_token.len) {
        ok = is_one_line(c->bearer_token) &&
             add_line(&t->headers,
                      arena_printf(a, "Authorization: Bearer %.*s", STR_ARG(c->bearer_token)), a);
    }
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
    return ok;
}

static void set_method(Transfer *t)
{
    const OutboundCall *c = t->call;
    if (c->body.ptr) {
        curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
        curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, c->body.ptr);
        curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)c->body.len);
    } else if (str_eq(c->method, STR("HEAD"))) {
        curl_easy_setopt(t->easy, CURLOPT_NOBODY, 1L);
    }
    curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, arena_cstr(t->memory, c->method));
}

static bool set_file(Transfer *t, CURLoption option, Str pem)
{
    bool owned = false;
    int fd = outbound_file(t->outbound, pem, &owned);
    if (fd < 0) {
        return false;
    }
    if (owned) {
        t->own_files[t->own_file_count++] = fd;
        curl_easy_setopt(t->easy, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(t->easy, CURLOPT_FORBID_REUSE, 1L);
    }
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return curl_easy_setopt(t->easy, option, path) == CURLE_OK;
}

/* libcurl verifies nothing: before_request() does, with the rules and words of Go. */
static bool set_tls(Transfer *t)
{
    curl_easy_setopt(t->easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(t->easy, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(t->easy, CURLOPT_CAINFO, NULL); /* nor need it read the system's authorities */
    curl_easy_setopt(t->easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(t->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    const OutboundCall *c = t->call;
    return !c->cert_pem.len ||
           (set_file(t, CURLOPT_SSLCERT, c->cert_pem) && set_file(t, CURLOPT_SSLKEY, c->key_pem));
}

bool transfer_begin(Transfer *t)
{
    CURL *e = t->easy = curl_easy_init();
    if (!e) {
        return false;
    }
    t->body = buf_new(t->memory);
    t->answer_headers = new(t->memory, HttpHeader, OUTBOUND_HEADERS_MAX);
    t->out->headers = t->answer_headers;
    curl_easy_setopt(e, CURLOPT_PRIVATE, t);
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->message);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_PROXY, arena_cstr(t->memory, t->call->proxy)); /* "": none */
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    /* A watch may be silent for minutes: so it shows when nobody is there any more. */
    curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(e, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_IDLE_SECONDS);
    curl_easy_setopt(e, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_AGAIN_SECONDS);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)t->call->timeout_ms);
    if (!t->call->timeout_ms || t->call->timeout_ms > OUTBOUND_CONNECT_MS_MAX) {
        curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)OUTBOUND_CONNECT_MS_MAX);
    }
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, t);
    curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, before_request);
    curl_easy_setopt(e, CURLOPT_PREREQDATA, t);
    if (t->call->only_http_1) {
        curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    }
    set_method(t);
    return set_url(t) && set_headers(t) && set_tls(t);
}

/* -- the end ----------------------------------------------------------------------------------- */

static OutboundEnd end_of(const Transfer *t, CURLcode code)
{
    return t->stopped                         ? OUTBOUND_CANCELLED
           : t->too_large                     ? OUTBOUND_TOO_LARGE
           : code == CURLE_OK                 ? OUTBOUND_ANSWERED
           : code == CURLE_OPERATION_TIMEDOUT ? OUTBOUND_TIMED_OUT
                                              : OUTBOUND_FAILED;
}

void transfer_end(Transfer *t, CURLcode code)
{
    OutboundAnswer *out = t->out;
    out->end = end_of(t, code);
    if (t->easy) {
        long status = 0;
        curl_off_t micros = 0;
        curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(t->easy, CURLINFO_TOTAL_TIME_T, &micros);
        out->status = (int)status;
        out->took_micros = micros;
        out->body = t->body.arena ? buf_str(&t->body) : STR("");
    }
    if (out->end != OUTBOUND_ANSWERED) {
        out->error = outbound_url_error(t->call, outbound_words(t, code, t->memory), t->memory);
    }
}

void transfer_free(Transfer *t)
{
    if (t->easy) {
        curl_easy_cleanup(t->easy);
    }
    curl_slist_free_all(t->headers);
    curl_slist_free_all(t->connect_to);
    for (size_t i = 0; i < t->own_file_count; i++) {
        close(t->own_files[i]);
    }
}
