/* SPDX-License-Identifier: Apache-2.0 */
/* What went wrong, as Go's net, net/http and crypto/tls say it. */
#include "server/outbound/private.h"

#include <errno.h>

/* Go has the system's texts in small letters; it keeps a table of its own. */
static Str system_words(long number, Arena *a)
{
    char text[128];
    Str s = str_from_c(strerror_r((int)number, text, sizeof(text)));
    return arena_lower(a, s);
}

static Str connect_words(const Transfer *t, Arena *a)
{
    long number = 0;
    curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &number);
    return number ? arena_printf(a, "dial tcp %s: connect: %.*s", t->address,
                                 STR_ARG(system_words(number, a)))
                  : arena_printf(a, "dial tcp %s: i/o timeout", t->address);
}

static Str lookup_words(const Transfer *t, Arena *a)
{
    char *host = NULL;
    CURLU *url = curl_url();
    if (url && curl_url_set(url, CURLUPART_URL, t->url, 0) == CURLUE_OK) {
        curl_url_get(url, CURLUPART_HOST, &host, 0);
    }
    Str words = arena_printf(a, "dial tcp: lookup %s: no such host", host ? host : "");
    curl_free(host);
    curl_url_cleanup(url);
    return words;
}

/* A peer that does not speak TLS, or has hung up, or an alert that it sent. */
static Str handshake_words(const Transfer *t, Arena *a)
{
    static const struct {
        const char *part; /* of libcurl's message */
        Str words;
    } rows[] = {
        { "unexpected TLS packet", STR_INIT("http: server gave HTTP response to HTTPS client") },
        { "illegal or unsupported version",
          STR_INIT("http: server gave HTTP response to HTTPS client") },
        { "record packet with an unexpected length",
          STR_INIT("http: server gave HTTP response to HTTPS client") },
        { "non-properly terminated", STR_INIT("EOF") },
        { "connection was reset", STR_INIT("EOF") },
        { "ertificate required", STR_INIT("remote error: tls: certificate required") },
        { "ertificate is bad", STR_INIT("remote error: tls: bad certificate") },
        { "CA is unknown", STR_INIT("remote error: tls: unknown certificate authority") },
        { "server name was not recognized", STR_INIT("remote error: tls: unrecognized name") },
        { "andshake failed", STR_INIT("remote error: tls: handshake failure") },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (strstr(t->message, rows[i].part)) {
            return rows[i].words;
        }
    }
    return arena_printf(a, "tls: %s", t->message);
}

static Str receive_words(const Transfer *t, Arena *a)
{
    long number = 0;
    char *local = NULL, *remote = NULL;
    long local_port = 0, remote_port = 0;
    curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &number);
    curl_easy_getinfo(t->easy, CURLINFO_LOCAL_IP, &local);
    curl_easy_getinfo(t->easy, CURLINFO_LOCAL_PORT, &local_port);
    curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_IP, &remote);
    curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_PORT, &remote_port);
    if (number == ECONNRESET && local && remote) {
        return arena_printf(a, "read tcp %s:%ld->%s:%ld: read: connection reset by peer", local,
                            local_port, remote, remote_port);
    }
    return strstr(t->message, "alert") ? handshake_words(t, a) : STR("EOF");
}

Str outbound_words(const Transfer *t, CURLcode code, Arena *a)
{
    if (t->tls_problem.ptr) {
        return t->tls_problem;
    }
    if (t->stopped) {
        return STR("context canceled");
    }
    if (t->too_large) {
        return STR("the answer is too large");
    }
    if (!t->easy) {
        return STR("out of memory");
    }
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        if (t->head_late) {
            return STR("net/http: timeout awaiting response headers");
        }
        return STR("context deadline exceeded");
    case CURLE_COULDNT_RESOLVE_HOST:
        return lookup_words(t, a);
    case CURLE_COULDNT_CONNECT:
        return connect_words(t, a);
    case CURLE_SSL_CONNECT_ERROR:
        return handshake_words(t, a);
    case CURLE_GOT_NOTHING:
        return STR("EOF");
    case CURLE_PARTIAL_FILE:
        return STR("unexpected EOF");
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return receive_words(t, a);
    case CURLE_FAILED_INIT:
        return STR("the call is not one that can be made");
    case CURLE_SSL_CERTPROBLEM:
        return STR("tls: failed to find any PEM data in certificate input");
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
        return STR("unsupported protocol scheme");
    default:
        return arena_printf(a, "%s", t->message[0] ? t->message : curl_easy_strerror(code));
    }
}

Str outbound_url_error(const OutboundCall *call, Str problem, Arena *a)
{
    Buf b = buf_new(a);
    Str rest = arena_lower(a, str_drop(call->method, 1));
    buf_printf(&b, "%.*s%.*s ", STR_ARG(str_slice(call->method, 0, 1)), STR_ARG(rest));
    buf_go_quoted(&b, call->url);
    buf_printf(&b, ": %.*s", STR_ARG(problem));
    return buf_str(&b);
}
