/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The listener: HTTP/1.1 over TLS (libmicrohttpd with GnuTLS), or plain for tests. A handler is
 * given a whole request and returns a response; it never sees a socket.
 *
 * Threads: handlers run in the listener's threads, several at a time; each call has an arena of its
 * own, which is reset when the response has been sent. A handler that has to wait for somebody does
 * so in a thread of its own.
 */
#ifndef PODGATE_SERVER_HTTP_HTTP_H
#define PODGATE_SERVER_HTTP_HTTP_H

#include "base/err.h"

typedef struct HttpHeader {
    Str name;
    Str value;
} HttpHeader;

typedef struct HttpRequest {
    Str method; /* "GET" */
    Str target; /* path and query as in the request line, nothing unescaped */
    const HttpHeader *headers;
    size_t header_count;
    Str body;         /* absent when there is none; HTTP_BODY_PADDING writable bytes follow it */
    Str peer_address; /* "127.0.0.1" */
    /* Of a client certificate that our CA signed; CN absent without one. Whether it is valid now is
     * for those to say who know what time it is. */
    Str client_cn;
    StrList client_organizations;
    int64_t client_cert_from; /* unix times; both 0: for ever */
    int64_t client_cert_to;
    bool client_cert_invalid; /* one was sent, and it is not such: 401 */
    bool may_block;           /* the handler runs in a thread of its own */
} HttpRequest;

/* The first header of that name, any case; absent when there is none. */
Str http_header(const HttpRequest *r, Str name);

/* Wakes the stream that it belongs to; may be called from any thread, also when nothing sleeps. */
typedef struct HttpWaker HttpWaker;
void http_waker_wake(HttpWaker *w);

/* A body that is made while it is sent (a watch). All of it is called by one thread at a time.
 * context does not lie in the call's arena: that is empty by the first read, as a stream may stay
 * for hours. */
typedef struct HttpStream {
    void *context;
    /* Called once before the first read; w stays valid until close. */
    void (*attach)(void *context, HttpWaker *w);
    /* Writes up to size bytes. 0: nothing now, sleep until woken; -1: the end. */
    ptrdiff_t (*read)(void *context, char *to, size_t size);
    /* The client has gone, or the end was read, or the listener stops. Always called, once. */
    void (*close)(void *context);
} HttpStream;

struct HttpResponse;

/* A response that has to wait for something. When the handler has set finish, the rest of the
 * response is not looked at until finish has returned true. context lies in the call's arena. */
typedef struct HttpWait {
    void *context;
    /* Called once, before the first finish; w stays valid until finish has returned true, or
     * cancel is called. */
    void (*attach)(void *context, HttpWaker *w);
    /* Fills in the response. False: not yet, sleep until woken; with attach set anew when that is
     * to be called again. */
    bool (*finish)(void *context, struct HttpResponse *out);
    /* The listener stops, or the arena is full: finish is not called any more. */
    void (*cancel)(void *context);
} HttpWait;

enum { HTTP_RESPONSE_HEADERS_MAX = 64, HTTP_BODY_PADDING = 8 };

typedef struct HttpResponse {
    int status;
    HttpHeader headers[HTTP_RESPONSE_HEADERS_MAX];
    size_t header_count;
    Str body; /* in the arena; not looked at when stream.read is set */
    HttpStream stream;
    HttpWait wait;
    /* Not answered: it takes others to answer it (a webhook), who may want to be served meanwhile.
     * The handler is called again with may_block set, and all that it answered is dropped. */
    bool must_block;
} HttpResponse;

/* More than HTTP_RESPONSE_HEADERS_MAX are left out. Strings must live in the arena or be literals.
 */
void http_response_header(HttpResponse *r, Str name, Str value);

typedef void HttpHandler(void *context, const HttpRequest *request, Arena *a, HttpResponse *out);

typedef struct HttpServerOptions {
    Str address;  /* "127.0.0.1" */
    int port;     /* 0 for any */
    int listener; /* of http_listen(), which the server then owns; 0: by address and port */
    Str cert_pem; /* with key_pem: TLS; absent for plain HTTP */
    Str key_pem;
    Str client_ca_pem; /* clients are asked for a certificate of this CA; absent: they are not */
    unsigned threads;  /* 0 for one a core */
    unsigned connections_max; /* 0 for a default */
    size_t body_bytes_max;    /* answered with 413 above; 0 for 3 MiB */
    size_t request_bytes_max; /* ceiling of a call's arena; 0 for a default */
    /* For a request's line and headers; a longer body is read in parts. libmicrohttpd clears all of
     * it after each request: what is no larger stays in the processor's cache. 0 for a default. */
    size_t connection_bytes;
    unsigned idle_seconds_max; /* of a connection that sends nothing; 0 for a default */
    HttpHandler *handler;
    void *context;
    /* What answers a body that is too large, or headers that are: status is set already. NULL: no
     * body. */
    HttpHandler *on_refused;
} HttpServerOptions;

typedef struct HttpServer HttpServer;

/* A listening socket; port 0 takes any, *port is what it got. For who must know the port before
 * the server starts. */
WARN_UNUSED bool http_listen(Str address, int *port, Arena *a, int *listener, Err *err);

/* Takes o->listener over also when it fails. */
WARN_UNUSED bool http_server_start(const HttpServerOptions *o, Arena *a, HttpServer **out,
                                   Err *err);
int http_server_port(const HttpServer *s);
/* Shows this certificate from the next connection on. Only for a server that has one; one thread at
 * a time. */
WARN_UNUSED bool http_server_set_certificate(HttpServer *s, Str cert_pem, Str key_pem, Arena *a,
                                             Err *err);
/* Ends streams, waits for handlers, frees. */
void http_server_stop(HttpServer *s);

#endif
