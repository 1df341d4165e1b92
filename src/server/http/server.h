/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the listener share.
 *
 * A connection has an HttpPeer (who is at the other end), a request in flight an HttpCall. Calls
 * are used again: their arenas keep a block each.
 *
 * Locks: HttpServer.lock is for the lists; a waker has its own. Taken in the order server, waker,
 * libmicrohttpd's; no handler and no stream is called with one held.
 */
#ifndef PODGATE_SERVER_HTTP_SERVER_H
#define PODGATE_SERVER_HTTP_SERVER_H

#include "server/http/http.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

/* -- the other end of a connection ------------------------------------------------------------- */

struct HttpServer;

typedef struct HttpPeer {
    struct HttpServer *server;
    char address[INET6_ADDRSTRLEN];
    bool looked_at; /* the members below are filled in by the first request */
    bool cert_invalid;
    Str cn;
    StrList organizations;
    int64_t from; /* unix times between which the certificate is valid */
    int64_t to;
    void *memory; /* of cn and organizations */
} HttpPeer;

/* Who signs the clients' certificates; NULL without memory, or when it is no certificate. */
struct gnutls_x509_trust_list_st *http_trust_new(Str ca_pem);
void http_trust_free(struct gnutls_x509_trust_list_st *trust); /* accepts NULL */

/* MHD_OPTION_NOTIFY_CONNECTION */
void http_peer_notify(void *server, struct MHD_Connection *connection, void **socket_context,
                      enum MHD_ConnectionNotificationCode code);
/* Puts what is known of the other end into r. */
void http_peer_describe(const struct HttpServer *s, struct MHD_Connection *connection,
                        HttpRequest *r);

/* -- the certificate of the server ------------------------------------------------------------- */

typedef struct HttpIdentity HttpIdentity;

/* Reads a certificate, with those that lead to its authority, and its key. NULL after an error. */
HttpIdentity *http_identity_new(Str cert_pem, Str key_pem, Arena *a, Err *err);
/* All that there have been. */
void http_identities_free(HttpIdentity *latest);
/* gnutls_certificate_retrieve_function3: that of the server whose connection it is. */
gnutls_certificate_retrieve_function3 http_identity_choose;

/* -- a request in flight ----------------------------------------------------------------------- */

typedef struct HttpCall HttpCall;

struct HttpWaker {
    pthread_mutex_t lock;
    struct MHD_Connection *connection;
    bool asleep; /* the connection is suspended */
    bool woken;  /* since the last read began */
    bool gone;   /* nobody listens any more */
};

struct HttpCall {
    struct HttpServer *server;
    Arena arena;
    jmp_buf arena_full;
    HttpRequest request;
    HttpResponse response;
    char *body;
    size_t body_len;
    size_t body_cap;
    size_t drained; /* bytes of a body that is refused */
    int refused;    /* the status to refuse it with; 0: not refused */
    bool begun;
    bool is_stream;                   /* stream.close has not been called */
    bool waits;                       /* for response.wait */
    struct MHD_Connection *suspended; /* while a thread of its own handles it */
    bool handled;                     /* that thread is done */
    bool arena_was_full;              /* and so it has no answer */
    HttpWaker waker;
    uint64_t stream_id;
    HttpCall *stream_next; /* of HttpServer.streams */
    HttpCall *stream_previous;
    HttpCall *spare_next; /* of HttpServer.spare */
};

/* The callbacks of libmicrohttpd; server is an HttpServer. */
void *http_call_begin(void *server, const char *target, struct MHD_Connection *connection);
enum MHD_Result http_call_go_on(void *server, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *data,
                                size_t *data_size, void **call);
void http_call_end(void *server, struct MHD_Connection *connection, void **call,
                   enum MHD_RequestTerminationCode code);
void http_spare_free(struct HttpServer *s);

/* -- streams ----------------------------------------------------------------------------------- */

/* A response whose body is read from call->response.stream; NULL when there is no memory. */
struct MHD_Response *http_stream_response(HttpCall *call, struct MHD_Connection *connection);
/* The call's waker is of this connection, and http_streams_end() wakes it. */
void http_waker_begin(HttpCall *call, struct MHD_Connection *connection);
void http_waker_end(HttpCall *call);
/* A wake from now on is noticed by http_fall_asleep(). False when nobody listens any more. */
bool http_look(HttpWaker *w);
/* Suspends the connection; false when it has been woken, or the server stops. */
bool http_fall_asleep(HttpCall *call);
/* Calls close when that has not been done. */
void http_stream_close(HttpCall *call, struct MHD_Connection *connection);
/* Notices clients that hang up while their stream sleeps. */
WARN_UNUSED bool http_hangups_start(struct HttpServer *s, Arena *a, Err *err);
void http_hangups_stop(struct HttpServer *s);
/* Wakes all; none sleeps afterwards. server->stopping is set. */
void http_streams_end(struct HttpServer *s);

/* -- handlers that block ----------------------------------------------------------------------- */

/* Suspends the connection and has the call handled in a thread of its own. False when there can be
 * none. */
bool http_handle_apart(HttpCall *call, struct MHD_Connection *connection);
/* Waits for those threads. */
void http_apart_end(struct HttpServer *s);

/* -- the server -------------------------------------------------------------------------------- */

enum {
    HTTP_SPARE_CALLS_MAX = 64,
    HTTP_SPARE_ARENA_BYTES_MAX = 1024 * 1024,
    /* Of a body that is too large so much is read, so that the client gets to see the answer. */
    HTTP_DRAIN_BYTES_MAX = 64 * 1024 * 1024,
    HTTP_APART_MAX = 256, /* handlers in threads of their own; more run in the listener's */
};

struct HttpServer {
    HttpServerOptions options;
    struct MHD_Daemon *daemon;
    struct gnutls_x509_trust_list_st *trust; /* NULL: no client has a certificate */
    HttpIdentity *identity; /* atomic; those before it stay for handshakes that began with them */
    int listener;
    int port;
    atomic_bool stopping;
    atomic_bool dropping; /* nor is waited for responses any more */
    pthread_mutex_t lock;
    pthread_cond_t is_idle;
    size_t active; /* calls in flight */
    size_t apart;  /* of those, handled in threads of their own */
    HttpCall *spare;
    size_t spare_count;
    HttpCall *streams;
    uint64_t stream_ids;
    int hangups;     /* epoll */
    int hangups_end; /* eventfd */
    pthread_t hangups_thread;
};

#endif
