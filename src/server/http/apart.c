/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handlers that block, each in a thread of its own while its connection is suspended. The
 * listener's threads have many connections each: one that waited for a webhook would keep the
 * webhook's own requests waiting.
 */
#include "server/http/server.h"

#include <setjmp.h>

static void end(HttpCall *call)
{
    HttpServer *s = call->server;
    struct MHD_Connection *connection = call->suspended;
    call->handled = true;
    MHD_resume_connection(connection);
    pthread_mutex_lock(&s->lock);
    s->apart--;
    pthread_cond_broadcast(&s->is_idle);
    pthread_mutex_unlock(&s->lock);
}

static void *handle(void *context)
{
    HttpCall *call = context;
    pthread_mutex_lock(&call->server->lock); /* the connection is suspended by now */
    pthread_mutex_unlock(&call->server->lock);
    const HttpServerOptions *o = &call->server->options;
    if (setjmp(call->arena_full)) {
        call->arena_was_full = true;
    } else {
        arena_on_full(&call->arena, &call->arena_full);
        o->handler(o->context, &call->request, &call->arena, &call->response);
    }
    end(call);
    return NULL;
}

static bool start(HttpCall *call)
{
    pthread_attr_t detached;
    pthread_t thread;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    bool started = pthread_create(&thread, &detached, handle, call) == 0;
    pthread_attr_destroy(&detached);
    return started;
}

bool http_handle_apart(HttpCall *call, struct MHD_Connection *connection)
{
    HttpServer *s = call->server;
    call->handled = call->arena_was_full = false;
    pthread_mutex_lock(&s->lock);
    bool started = s->apart < HTTP_APART_MAX && !s->stopping && start(call);
    if (started) {
        s->apart++;
        call->suspended = connection;
        MHD_suspend_connection(connection);
    }
    pthread_mutex_unlock(&s->lock);
    return started;
}

void http_apart_end(HttpServer *s)
{
    pthread_mutex_lock(&s->lock);
    while (s->apart) {
        pthread_cond_wait(&s->is_idle, &s->lock);
    }
    pthread_mutex_unlock(&s->lock);
}
