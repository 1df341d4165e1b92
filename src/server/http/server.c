/* SPDX-License-Identifier: Apache-2.0 */
/* Starting and stopping the listener. */
#include "server/http/server.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECTION_BYTES = 64 * 1024,
    BODY_BYTES_MAX = 3 * 1024 * 1024,
    IDLE_SECONDS_MAX = 120,
    CONNECTIONS_MAX = 4096,
    DESCRIPTORS_KEPT = 64, /* for everything that is no connection */
    THREADS_MIN = 2,       /* one that is busy does not keep all others waiting */
    THREADS_MAX = 8,
    STOP_SECONDS_MAX = 2, /* for what is being answered */
};
static const size_t request_bytes_max = (size_t)512 * 1024 * 1024;

/* No old protocols; the cheap curves first. */
static const char priorities[] =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-GCM:+CHACHA20-POLY1305"
    ":+AES-256-GCM:-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1";

static unsigned thread_count(unsigned wanted)
{
    long cores = wanted ? (long)wanted : sysconf(_SC_NPROCESSORS_ONLN);
    return cores < THREADS_MIN ? THREADS_MIN : cores > THREADS_MAX ? THREADS_MAX : (unsigned)cores;
}

/* No more than there are descriptors for. */
static unsigned connection_count(unsigned wanted)
{
    unsigned count = wanted ? wanted : CONNECTIONS_MAX;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < count + DESCRIPTORS_KEPT) {
        count = limit.rlim_cur > DESCRIPTORS_KEPT * 2 ? (unsigned)limit.rlim_cur - DESCRIPTORS_KEPT
                                                      : DESCRIPTORS_KEPT;
    }
    return count;
}

static void fill_in(const HttpServerOptions *o, Arena *a, HttpServerOptions *out)
{
    *out = *o;
    out->client_ca_pem = arena_str(a, o->client_ca_pem); /* with a NUL */
    out->threads = thread_count(o->threads);
    out->connections_max = connection_count(o->connections_max);
    out->connection_bytes = o->connection_bytes ? o->connection_bytes : CONNECTION_BYTES;
    out->body_bytes_max = o->body_bytes_max ? o->body_bytes_max : BODY_BYTES_MAX;
    out->idle_seconds_max = o->idle_seconds_max ? o->idle_seconds_max : IDLE_SECONDS_MAX;
    out->request_bytes_max = o->request_bytes_max ? o->request_bytes_max : request_bytes_max;
}

/* Whoever comes when it ends is turned away here. MHD_quiesce_daemon() is for that, but with epoll
 * and several threads it ends the process now and then: it and a thread both take the listener out
 * of the set of that thread, and the second to do so finds it gone. */
static enum MHD_Result may_enter(void *context, const struct sockaddr *address, socklen_t len)
{
    const HttpServer *s = context;
    (void)address;
    (void)len;
    return s->stopping ? MHD_NO : MHD_YES;
}

static struct MHD_Daemon *start_daemon(HttpServer *s)
{
    const HttpServerOptions *o = &s->options;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME;
    struct MHD_OptionItem options[8];
    size_t count = 0;
    if (o->cert_pem.ptr) {
        flags |= MHD_USE_TLS;
        options[count++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_CERT_CALLBACK2, 0,
                                                    (void *)http_identity_choose };
        options[count++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_PRIORITIES, 0,
                                                    (void *)priorities };
        if (o->client_ca_pem.ptr) {
            options[count++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_TRUST, 0,
                                                        (void *)o->client_ca_pem.ptr };
        }
    }
    options[count] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
    return MHD_start_daemon(
        flags, 0, may_enter, s, http_call_go_on, s, MHD_OPTION_LISTEN_SOCKET, s->listener,
        MHD_OPTION_THREAD_POOL_SIZE, o->threads, MHD_OPTION_CONNECTION_LIMIT, o->connections_max,
        MHD_OPTION_CONNECTION_TIMEOUT, o->idle_seconds_max, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        o->connection_bytes, MHD_OPTION_URI_LOG_CALLBACK, http_call_begin, s,
        MHD_OPTION_NOTIFY_COMPLETED, http_call_end, s, MHD_OPTION_NOTIFY_CONNECTION,
        http_peer_notify, s, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

static void server_free(HttpServer *s)
{
    http_spare_free(s);
    http_trust_free(s->trust);
    http_identities_free(s->identity);
    pthread_cond_destroy(&s->is_idle);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

bool http_server_start(const HttpServerOptions *o, Arena *a, HttpServer **out, Err *err)
{
    int port = o->port;
    int listener = o->listener;
    if (listener == 0 && !http_listen(o->address, &port, a, &listener, err)) {
        return false;
    }
    HttpServer *s = calloc(1, sizeof(*s));
    if (!s) {
        close(listener);
        return err_set(err, a, ERR_LIMIT, "no memory");
    }
    s->listener = listener;
    s->port = port;
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&s->is_idle, &monotonic);
    pthread_condattr_destroy(&monotonic);
    fill_in(o, a, &s->options);
    s->trust = o->client_ca_pem.ptr ? http_trust_new(o->client_ca_pem) : NULL;
    if (o->cert_pem.ptr) {
        s->identity = http_identity_new(o->cert_pem, o->key_pem, a, err);
    }
    bool watches = (!o->cert_pem.ptr || s->identity) && http_hangups_start(s, a, err);
    s->daemon = watches ? start_daemon(s) : NULL;
    if (!s->daemon) {
        if (watches) {
            http_hangups_stop(s);
            err_set(err, a, ERR_IO,
                    "cannot start the listener: no threads, or client certificates "
                    "cannot be checked");
        }
        close(listener);
        server_free(s);
        return false;
    }
    *out = s;
    return true;
}

int http_server_port(const HttpServer *s)
{
    return s->port;
}

static void wait_until_idle(HttpServer *s)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += STOP_SECONDS_MAX;
    pthread_mutex_lock(&s->lock);
    int waited = 0;
    while (s->active && waited == 0) {
        waited = pthread_cond_timedwait(&s->is_idle, &s->lock, &until);
    }
    pthread_mutex_unlock(&s->lock);
}

void http_server_stop(HttpServer *s)
{
    if (!s) {
        return;
    }
    s->stopping = true;
    http_streams_end(s);
    http_apart_end(s);
    wait_until_idle(s);
    s->dropping = true;
    http_streams_end(s);
    MHD_stop_daemon(s->daemon); /* and closes the listener */
    http_hangups_stop(s);
    server_free(s);
}
