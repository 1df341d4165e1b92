/* SPDX-License-Identifier: Apache-2.0 */
/* A request in flight: gathering it, having it handled, sending the response. */
#include "server/http/server.h"

#include <setjmp.h>
#include <stdlib.h>

enum { ANSWER_FULL_BYTES = 64 * 1024 /* for saying that an arena is full */ };

/* -- calls are used again ---------------------------------------------------------------------- */

/* Not inlined: its caller comes back by longjmp(). */
__attribute__((noinline)) static HttpCall *call_take(HttpServer *s)
{
    pthread_mutex_lock(&s->lock);
    HttpCall *call = s->spare;
    if (call) {
        s->spare = call->spare_next;
        s->spare_count--;
    }
    s->active++;
    pthread_mutex_unlock(&s->lock);
    if (!call && (call = calloc(1, sizeof(*call)))) {
        call->server = s;
        arena_init(&call->arena, s->options.request_bytes_max);
        pthread_mutex_init(&call->waker.lock, NULL);
    }
    return call;
}

static void call_free(HttpCall *call)
{
    arena_done(&call->arena);
    pthread_mutex_destroy(&call->waker.lock);
    free(call);
}

static void call_give_back(HttpServer *s, HttpCall *call)
{
    if (call) {
        arena_on_full(&call->arena, NULL);
        arena_reset(&call->arena);
        if (call->arena.held > HTTP_SPARE_ARENA_BYTES_MAX) {
            arena_done(&call->arena);
        }
        call->request = (HttpRequest){ 0 };
        call->body = NULL;
        call->body_len = call->body_cap = call->drained = 0;
        call->refused = 0;
        call->begun = false;
        call->suspended = NULL;
        call->handled = call->arena_was_full = false;
    }
    pthread_mutex_lock(&s->lock);
    bool keep = call && s->spare_count < HTTP_SPARE_CALLS_MAX;
    if (keep) {
        call->spare_next = s->spare;
        s->spare = call;
        s->spare_count++;
    }
    if (--s->active == 0) {
        pthread_cond_signal(&s->is_idle);
    }
    pthread_mutex_unlock(&s->lock);
    if (call && !keep) {
        call_free(call);
    }
}

void http_spare_free(HttpServer *s)
{
    while (s->spare) {
        HttpCall *next = s->spare->spare_next;
        call_free(s->spare);
        s->spare = next;
    }
}

/* -- the request ------------------------------------------------------------------------------- */

void *http_call_begin(void *server, const char *target, struct MHD_Connection *connection)
{
    (void)connection;
    HttpCall *call = call_take(server);
    if (!call) {
        return NULL; /* http_call_go_on() then closes the connection */
    }
    if (setjmp(call->arena_full) == 0) {
        arena_on_full(&call->arena, &call->arena_full);
        call->request.target = arena_str(&call->arena, str_from_c(target ? target : ""));
    } else {
        call->refused = MHD_HTTP_INTERNAL_SERVER_ERROR;
        call->request.target = STR("");
    }
    return call;
}

static enum MHD_Result add_header(void *list, enum MHD_ValueKind kind, const char *name,
                                  size_t name_len, const char *value, size_t value_len)
{
    (void)kind;
    HttpHeader **at = list;
    /* They stay where libmicrohttpd read them until the response has been sent. */
    *(*at)++ = (HttpHeader){ { name, name_len }, { value ? value : "", value_len } };
    return MHD_YES;
}

static void read_headers(HttpCall *call, struct MHD_Connection *connection)
{
    int count = MHD_get_connection_values_n(connection, MHD_HEADER_KIND, NULL, NULL);
    HttpHeader *headers = new(&call->arena, HttpHeader, (size_t)(count > 0 ? count : 0));
    HttpHeader *end = headers;
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, add_header, &end);
    call->request.headers = headers;
    call->request.header_count = (size_t)(end - headers);
}

static Str connection_header(struct MHD_Connection *connection, const char *name)
{
    return str_from_c(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name));
}

static bool body_reserve(HttpCall *call, size_t more)
{
    size_t need = call->body_len + more;
    if (need > call->server->options.body_bytes_max) {
        call->refused = MHD_HTTP_CONTENT_TOO_LARGE;
        return false;
    }
    if (call->body && need <= call->body_cap) {
        return true;
    }
    size_t cap = call->body_cap * 2 > need ? call->body_cap * 2 : need;
    if (setjmp(call->arena_full)) {
        call->refused = MHD_HTTP_CONTENT_TOO_LARGE;
        return false;
    }
    char *grown = arena_alloc(&call->arena, cap + HTTP_BODY_PADDING);
    if (call->body_len) {
        memcpy(grown, call->body, call->body_len);
    }
    call->body = grown;
    call->body_cap = cap;
    return true;
}

static enum MHD_Result body_add(HttpCall *call, const char *data, size_t size)
{
    if (!call->refused && body_reserve(call, size)) {
        memcpy(call->body + call->body_len, data, size);
        call->body_len += size;
        return MHD_YES;
    }
    call->drained += size;
    return call->drained <= HTTP_DRAIN_BYTES_MAX ? MHD_YES : MHD_NO;
}

/* -- the response ------------------------------------------------------------------------------ */

static struct MHD_Response *make_response(HttpCall *call, struct MHD_Connection *connection)
{
    const HttpResponse *r = &call->response;
    if (r->stream.read) {
        return http_stream_response(call, connection);
    }
    /* The body lies in the arena, which stays until http_call_end(). */
    return MHD_create_response_from_buffer(r->body.len, (void *)(r->body.ptr ? r->body.ptr : ""),
                                           MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result send_response(HttpCall *call, struct MHD_Connection *connection)
{
    const HttpResponse *r = &call->response;
    struct MHD_Response *made = make_response(call, connection);
    if (!made) {
        return MHD_NO;
    }
    for (size_t i = 0; i < r->header_count; i++) {
        /* One that is no header (a line break in it) is left out. */
        (void)MHD_add_response_header(made, arena_cstr(&call->arena, r->headers[i].name),
                                      arena_cstr(&call->arena, r->headers[i].value));
    }
    enum MHD_Result sent = MHD_queue_response(connection, (unsigned)r->status, made);
    MHD_destroy_response(made);
    if (r->stream.read && sent == MHD_YES) {
        /* Headers are copied; nothing else is looked at while the stream sleeps. */
        call->request = (HttpRequest){ 0 };
        call->body = NULL;
        arena_on_full(&call->arena, NULL);
        arena_done(&call->arena);
    }
    return sent;
}

static void call_handler(HttpCall *call, HttpHandler *handler)
{
    if (handler) {
        handler(call->server->options.context, &call->request, &call->arena, &call->response);
    }
}

static void wait_cancel(HttpCall *call)
{
    HttpWait *wait = &call->response.wait;
    if (wait->finish) {
        wait->cancel(wait->context);
        *wait = (HttpWait){ 0 };
    }
    if (call->waits) {
        call->waits = false;
        http_waker_end(call);
    }
}

static enum MHD_Result refuse(HttpCall *call, struct MHD_Connection *connection)
{
    call->request.body = STR_ABSENT;
    call->response = (HttpResponse){ .status = call->refused };
    if (setjmp(call->arena_full)) {
        call->response = (HttpResponse){ .status = call->refused };
    } else {
        call_handler(call, call->server->options.on_refused);
    }
    return setjmp(call->arena_full) ? MHD_NO : send_response(call, connection);
}

/* The handler asked for more memory than a call may have. Nothing is kept but the request: the
 * answer must fit. */
static enum MHD_Result answer_full(HttpCall *call, struct MHD_Connection *connection)
{
    wait_cancel(call);
    http_stream_close(call, connection);
    call->refused = call->request.body.ptr ? MHD_HTTP_CONTENT_TOO_LARGE
                                           : MHD_HTTP_INTERNAL_SERVER_ERROR;
    call->arena.held_max += ANSWER_FULL_BYTES;
    enum MHD_Result sent = refuse(call, connection);
    call->arena.held_max -= ANSWER_FULL_BYTES;
    return sent;
}

/* Sends what the handler made, now or when it has waited. */
static enum MHD_Result go_on(HttpCall *call, struct MHD_Connection *connection)
{
    HttpWait *wait = &call->response.wait;
    if (wait->finish && !call->waits) {
        call->waits = true;
        http_waker_begin(call, connection);
    }
    while (call->waits) {
        if (wait->attach) {
            void (*attach)(void *, HttpWaker *) = wait->attach;
            wait->attach = NULL;
            attach(wait->context, &call->waker);
        }
        (void)http_look(&call->waker);
        if (wait->finish(wait->context, &call->response)) {
            *wait = (HttpWait){ 0 };
            call->waits = false;
            http_waker_end(call);
        } else if (http_fall_asleep(call)) {
            return MHD_YES;
        } else if (call->server->dropping) {
            return MHD_NO;
        }
    }
    return send_response(call, connection);
}

/* A thread of its own has handled it. */
static enum MHD_Result answer_handled(HttpCall *call, struct MHD_Connection *connection)
{
    return call->arena_was_full || setjmp(call->arena_full) ? answer_full(call, connection)
                                                            : go_on(call, connection);
}

static enum MHD_Result answer(HttpCall *call, struct MHD_Connection *connection)
{
    if (call->refused) {
        return refuse(call, connection);
    }
    if (setjmp(call->arena_full)) {
        return answer_full(call, connection);
    }
    if (!call->waits) {
        call->response = (HttpResponse){ .status = MHD_HTTP_OK };
        read_headers(call, connection);
        http_peer_describe(call->server, connection, &call->request);
        if (call->body) {
            call->request.body = str_from(call->body, call->body_len);
        }
        call_handler(call, call->server->options.handler);
    }
    if (call->response.must_block) {
        call->response = (HttpResponse){ .status = MHD_HTTP_OK };
        call->request.may_block = true;
        if (http_handle_apart(call, connection)) {
            return MHD_YES;
        }
        call_handler(call, call->server->options.handler);
    }
    return go_on(call, connection);
}

/* The first look, when the headers are there. */
static enum MHD_Result look_at_headers(HttpCall *call, struct MHD_Connection *connection,
                                       const char *method)
{
    call->begun = true;
    call->request.method = str_from_c(method); /* stays as the headers do */
    int64_t length;
    Str text = connection_header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
    if (!text.ptr || !str_to_int64(text, &length) || length <= 0) {
        return MHD_YES;
    }
    if ((uint64_t)length > call->server->options.body_bytes_max) {
        call->refused = MHD_HTTP_CONTENT_TOO_LARGE;
        bool waits = connection_header(connection, MHD_HTTP_HEADER_EXPECT).ptr != NULL;
        return waits || length > HTTP_DRAIN_BYTES_MAX ? refuse(call, connection) : MHD_YES;
    }
    (void)body_reserve(call, (size_t)length); /* or it is refused when it is there */
    return MHD_YES;
}

enum MHD_Result http_call_go_on(void *server, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *data,
                                size_t *data_size, void **call_at)
{
    (void)server;
    (void)url; /* unescaped: the target of http_call_begin() is not */
    (void)version;
    HttpCall *call = *call_at;
    if (!call) {
        return MHD_NO;
    }
    if (!call->begun) {
        return look_at_headers(call, connection, method);
    }
    if (*data_size) {
        size_t size = *data_size;
        *data_size = 0;
        return body_add(call, data, size);
    }
    if (call->suspended) {
        return call->handled ? answer_handled(call, connection) : MHD_YES;
    }
    return answer(call, connection);
}

void http_call_end(void *server, struct MHD_Connection *connection, void **call_at,
                   enum MHD_RequestTerminationCode code)
{
    (void)code;
    HttpCall *call = *call_at;
    *call_at = NULL;
    if (call) {
        wait_cancel(call);
        http_stream_close(call, connection);
    }
    call_give_back(server, call);
}
