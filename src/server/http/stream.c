/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies that are made while they are sent. A stream that has nothing sleeps: its connection is
 * suspended until it is woken.
 *
 * libmicrohttpd does not look at the socket of a suspended connection, so a thread of ours does: a
 * client that hangs up wakes its stream, which then ends.
 */
#include "server/http/server.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { BLOCK_BYTES = 16 * 1024 };

/* -- sleeping and waking ----------------------------------------------------------------------- */

void http_waker_wake(HttpWaker *w)
{
    pthread_mutex_lock(&w->lock);
    w->woken = true;
    if (w->asleep) {
        w->asleep = false;
        MHD_resume_connection(w->connection);
    }
    pthread_mutex_unlock(&w->lock);
}

bool http_fall_asleep(HttpCall *call)
{
    HttpWaker *w = &call->waker;
    pthread_mutex_lock(&w->lock);
    bool ends = call->waits ? call->server->dropping : call->server->stopping;
    bool sleeps = !w->woken && !w->gone && !ends;
    if (sleeps) {
        w->asleep = true;
        MHD_suspend_connection(w->connection);
    }
    pthread_mutex_unlock(&w->lock);
    return sleeps;
}

bool http_look(HttpWaker *w)
{
    pthread_mutex_lock(&w->lock);
    w->woken = false;
    bool gone = w->gone;
    pthread_mutex_unlock(&w->lock);
    return !gone;
}

static ssize_t read_stream(void *context, uint64_t position, char *to, size_t size)
{
    (void)position;
    HttpCall *call = context;
    do {
        if (!http_look(&call->waker)) {
            return MHD_CONTENT_READER_END_WITH_ERROR;
        }
        if (call->server->stopping) {
            return MHD_CONTENT_READER_END_OF_STREAM;
        }
        ptrdiff_t got = call->response.stream.read(call->response.stream.context, to, size);
        if (got > 0) {
            return got;
        }
        if (got < 0) {
            return MHD_CONTENT_READER_END_OF_STREAM;
        }
    } while (!http_fall_asleep(call));
    return 0;
}

/* -- from the first byte to the last ----------------------------------------------------------- */

static int socket_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

static void list_add(HttpServer *s, HttpCall *call)
{
    pthread_mutex_lock(&s->lock);
    call->stream_id = ++s->stream_ids;
    call->stream_previous = NULL;
    call->stream_next = s->streams;
    if (s->streams) {
        s->streams->stream_previous = call;
    }
    s->streams = call;
    pthread_mutex_unlock(&s->lock);
}

static void list_remove(HttpServer *s, HttpCall *call)
{
    pthread_mutex_lock(&s->lock);
    if (call->stream_previous) {
        call->stream_previous->stream_next = call->stream_next;
    } else {
        s->streams = call->stream_next;
    }
    if (call->stream_next) {
        call->stream_next->stream_previous = call->stream_previous;
    }
    pthread_mutex_unlock(&s->lock);
}

void http_waker_begin(HttpCall *call, struct MHD_Connection *connection)
{
    HttpWaker *w = &call->waker;
    w->connection = connection;
    w->asleep = w->woken = w->gone = false;
    list_add(call->server, call);
}

void http_waker_end(HttpCall *call)
{
    list_remove(call->server, call);
}

struct MHD_Response *http_stream_response(HttpCall *call, struct MHD_Connection *connection)
{
    HttpServer *s = call->server;
    HttpWaker *w = &call->waker;
    call->is_stream = true;
    http_waker_begin(call, connection);
    struct epoll_event hangup = { .events = EPOLLRDHUP | EPOLLONESHOT,
                                  .data.u64 = call->stream_id };
    /* Without it (no memory) a client that hangs up is noticed when something is sent. */
    (void)epoll_ctl(s->hangups, EPOLL_CTL_ADD, socket_of(connection), &hangup);
    if (call->response.stream.attach) {
        call->response.stream.attach(call->response.stream.context, w);
    }
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_stream, call,
                                             NULL);
}

void http_stream_close(HttpCall *call, struct MHD_Connection *connection)
{
    HttpStream *stream = &call->response.stream;
    if (call->is_stream) {
        call->is_stream = false;
        http_waker_end(call);
        (void)epoll_ctl(call->server->hangups, EPOLL_CTL_DEL, socket_of(connection), NULL);
    }
    if (stream->close) {
        stream->close(stream->context);
    }
    *stream = (HttpStream){ 0 };
}

void http_streams_end(HttpServer *s)
{
    pthread_mutex_lock(&s->lock);
    for (HttpCall *call = s->streams; call; call = call->stream_next) {
        http_waker_wake(&call->waker);
    }
    pthread_mutex_unlock(&s->lock);
}

/* -- clients that hang up ---------------------------------------------------------------------- */

static void hang_up(HttpServer *s, uint64_t stream_id)
{
    pthread_mutex_lock(&s->lock);
    HttpCall *call = s->streams;
    while (call && call->stream_id != stream_id) {
        call = call->stream_next;
    }
    if (call) {
        pthread_mutex_lock(&call->waker.lock);
        call->waker.gone = true;
        pthread_mutex_unlock(&call->waker.lock);
        http_waker_wake(&call->waker);
    }
    pthread_mutex_unlock(&s->lock);
}

static void *watch_hangups(void *server)
{
    HttpServer *s = server;
    for (;;) {
        struct epoll_event events[64];
        int count = epoll_wait(s->hangups, events, (int)COUNT_OF(events), -1);
        if (count < 0 && errno != EINTR) {
            return NULL;
        }
        for (int i = 0; i < count; i++) {
            if (events[i].data.u64 == 0) { /* hangups_end */
                return NULL;
            }
            hang_up(s, events[i].data.u64);
        }
    }
}

bool http_hangups_start(HttpServer *s, Arena *a, Err *err)
{
    s->hangups = epoll_create1(EPOLL_CLOEXEC);
    s->hangups_end = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event end = { .events = EPOLLIN, .data.u64 = 0 };
    int failed = s->hangups < 0 || s->hangups_end < 0 ||
                         epoll_ctl(s->hangups, EPOLL_CTL_ADD, s->hangups_end, &end) != 0
                     ? errno
                     : pthread_create(&s->hangups_thread, NULL, watch_hangups, s);
    if (failed == 0) {
        return true;
    }
    if (s->hangups >= 0) {
        close(s->hangups);
    }
    if (s->hangups_end >= 0) {
        close(s->hangups_end);
    }
    return err_set(err, a, ERR_IO, "cannot watch for clients that hang up: %s", strerror(failed));
}

void http_hangups_stop(HttpServer *s)
{
    uint64_t one = 1;
    ssize_t written = write(s->hangups_end, &one, sizeof(one));
    (void)written; /* the counter is 0: it cannot fail */
    pthread_join(s->hangups_thread, NULL);
    close(s->hangups);
    close(s->hangups_end);
}
