/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded API server: a request authenticated, answered, and what it writes committed. */
#include "server/apiserver/private.h"

#include "doc/json.h"
#include "server/apiserver/metrics.h"
#include "server/apiserver/webhook_metrics.h"
#include "server/controllers/manager.h"
#include "server/controllers/nodes.h"
#include "server/data/data.h"
#include "server/data/snapshot.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

/* Versions up to this count as long forgotten: nobody has seen them. */
enum { FIRST_VERSION = 100 };
#define HISTORY_BYTES_MAX ((size_t)16 << 20)

uint64_t apiserver_seed(ApiServer *s)
{
    uint64_t n = __atomic_add_fetch(&s->seed, 0x9E3779B97F4A7C15u, __ATOMIC_RELAXED);
    n = (n ^ (n >> 32)) * 0xD6E8FEB86659FD93u;
    return n ^ (n >> 32);
}

Store *apiserver_store(ApiServer *s)
{
    return s->store;
}

const ApiServerOptions *apiserver_options(const ApiServer *s)
{
    return &s->options;
}

/* -- HTTP
 * ------------------------------------------------------------------------------------------------
 */

static void read_impersonation(const HttpRequest *request, Arena *a, RbacImpersonation *out)
{
    Str *groups = new(a, Str, request->header_count + 1);
    Value extra = value_object();
    static const Str prefix = STR_INIT("impersonate-extra-");
    *out = (RbacImpersonation){ 0 };
    for (size_t i = 0; i < request->header_count; i++) {
        const HttpHeader *h = &request->headers[i];
        if (str_eq_ignore_case(h->name, STR("Impersonate-User"))) {
            out->user = h->value;
        } else if (str_eq_ignore_case(h->name, STR("Impersonate-Uid"))) {
            out->uid = h->value;
        } else if (str_eq_ignore_case(h->name, STR("Impersonate-Group"))) {
            groups[out->groups.count++] = h->value;
        } else if (str_starts_with(arena_lower(a, h->name), prefix)) {
            Str key = str_drop(arena_lower(a, h->name), prefix.len);
            Value *list = value_get(&extra, key);
            list = list ? list : value_set(&extra, key, value_array(), a);
            value_add(list, value_str(h->value), a);
        }
    }
    out->groups.items = groups;
    if (extra.len) {
        Value *kept = new(a, Value, 1);
        *kept = extra;
        out->extra = kept;
    }
}

static void send_value(const Value *body, Arena *a, HttpResponse *out)
{
    Buf b = buf_new(a);
    json_write_html_safe(body, &b);
    buf_byte(&b, '\n');
    out->body = buf_str(&b);
    http_response_header(out, STR("Content-Type"), STR("application/json"));
}

static void answer_unauthorized(Arena *a, HttpResponse *out)
{
    Status status = { .code = 401, .reason = STR("Unauthorized"), .message = STR("Unauthorized") };
    Value body = status_to_value(&status, a);
    out->status = 401;
    send_value(&body, a, out);
}

static void fill_request(const HttpRequest *request, ApiRequest *out)
{
    Str content_type = http_header(request, STR("Content-Type"));
    *out = (ApiRequest){
        .method = request->method,
        .uri = request->target,
        .content_type = content_type.ptr ? content_type : STR(""),
        .body_text = request->body,
        .accept = http_header(request, STR("Accept")),
        .user_agent = http_header(request, STR("User-Agent")),
        .host = http_header(request, STR("Host")),
    };
}

/* Who asks without a listener is answered at once. */
static void send_response(ApiServer *s, const HttpRequest *request, ApiResponse *r, Arena *a,
                          HttpResponse *out)
{
    bool has_listener = request->peer_address.len > 0;
    bool zips = apiserver_takes_gzip(http_header(request, STR("Accept-Encoding")));
    out->status = r->code;
    if (r->watch || r->is_snapshot || (has_listener && apiserver_list_open(s, r, zips, out))) {
        http_response_header(out, STR("Content-Type"), STR("application/json"));
    } else {
        out->body = api_render(r, a);
        if (r->code != 204) {
            http_response_header(out, STR("Content-Type"), r->content_type);
        }
    }
    if (r->location.len) {
        http_response_header(out, STR("Location"), r->location);
    }
    if (r->is_status && r->status.retry_after_seconds) {
        http_response_header(out, STR("Retry-After"),
                             arena_printf(a, "%d", r->status.retry_after_seconds));
    }
    apiserver_add_warnings(r, a, out);
    if (zips) {
        apiserver_compress(a, out);
    }
}

/* A request from the first look to its response: as long as its call. */
typedef struct Answering {
    ApiServer *server;
    const HttpRequest *request;
    Arena *arena;
    ApiRequest api;
    ApiResponse response;
    AuditRecord audit;
    RbacImpersonation as;
    UserInfo user;
    bool unauthorized;
    ApiHold hold;
    bool waits; /* the waiter is in use */
    StoreWaiter waiter;
    HttpWaker *waker;
} Answering;

static void let_go(Answering *x)
{
    apiserver_end(&x->hold);
    if (x->waits) {
        store_wait_end(x->server->store, &x->waiter);
        x->waits = false;
    }
    apiserver_leave(&x->hold);
}

static void close_stream(HttpResponse *out)
{
    if (out->stream.close) {
        out->stream.close(out->stream.context);
    }
    out->stream = (HttpStream){ 0 };
}

/* The answer is known to stand. */
static void send_answer(Answering *x, HttpResponse *out)
{
    ApiServer *s = x->server;
    if (x->unauthorized) {
        answer_unauthorized(x->arena, out);
        x->audit.attempted = apiserver_credentials(x->request);
        apiserver_audit_end(s, &x->audit, out);
        return;
    }
    metrics_count(s->metrics, &x->api, &x->response);
    x->audit.user = &x->user;
    x->audit.response = &x->response;
    apiserver_audit_end(s, &x->audit, out);
    send_response(s, x->request, &x->response, x->arena, out);
}

/* 500, whatever the answer was. */
static void answer_trouble(Answering *x, Str why)
{
    Status status = status_internal(x->arena, why);
    x->response.change_count = 0;
    x->response.code = status.code;
    x->response.status = status;
    x->response.is_status = true;
    x->response.body = status_to_value(&status, x->arena);
    x->response.bytes = STR_ABSENT;
    x->response.content_type = STR("application/json");
    x->response.form = (AcceptChoice){ 0 };
    x->response.list_items = NULL;
    x->response.location = STR_ABSENT;
    x->response.is_snapshot = false;
}

/* Answers by what the store holds now. True when that is kept already, or when nothing was answered
 * as somebody must be asked first (out->must_block). */
static bool look(Answering *x, HttpResponse *out, void (*wake)(void *context))
{
    ApiServer *s = x->server;
    fill_request(x->request, &x->api);
    x->hold = (ApiHold){ .server = s, .request = &x->api };
    apiserver_begin(&x->hold);
    apiserver_audit_begin(s, &x->api, &x->audit);
    x->audit.peer = x->request->peer_address;
    read_impersonation(x->request, x->arena, &x->as);
    x->api.user = &x->user;
    x->api.impersonate = &x->as;
    x->unauthorized = !apiserver_authenticate(s, x->request, x->arena, &x->user);
    if (!x->unauthorized) {
        bool may_block = x->request->may_block || x->request->peer_address.len == 0;
        if (!apiserver_call(&x->hold, &x->api, may_block, x->arena, &x->response)) {
            out->must_block = true;
            return true;
        }
        if (x->response.watch) {
            apiserver_watch_open(s, x->response.watch, out);
        }
        Err err;
        if (x->response.is_snapshot && !apiserver_snapshot_open(s, x->arena, out, &err)) {
            answer_trouble(x, err.msg);
        }
    }
    x->waits = !store_is_kept(s->store, &x->waiter, wake, x);
    apiserver_end(&x->hold);
    return !x->waits;
}

static void wake(void *context)
{
    Answering *x = context;
    HttpWaker *waker = __atomic_load_n(&x->waker, __ATOMIC_ACQUIRE);
    if (waker) { /* or the first look at the outcome is still to come */
        http_waker_wake(waker);
    }
}

static void attach(void *context, HttpWaker *waker)
{
    Answering *x = context;
    __atomic_store_n(&x->waker, waker, __ATOMIC_RELEASE);
}

/* The outcome is known. True when out is the response: what was read is read again when it was
 * taken back. */
static bool conclude(Answering *x, StoreOutcome outcome, HttpResponse *out)
{
    if (outcome == STORE_TAKEN_BACK && api_is_read(x->api.method, x->api.uri)) {
        let_go(x);
        close_stream(out);
        if (!look(x, out, x->waker ? wake : NULL)) {
            return false;
        }
        send_answer(x, out);
        return true;
    }
    if (outcome == STORE_TAKEN_BACK && !x->unauthorized) {
        answer_trouble(x, store_trouble(x->server->store, x->arena));
    }
    send_answer(x, out);
    return true;
}

static bool finish(void *context, HttpResponse *out)
{
    Answering *x = context;
    StoreOutcome outcome = store_outcome(x->server->store, &x->waiter);
    if (outcome == STORE_WAITING || !conclude(x, outcome, out)) {
        return false;
    }
    let_go(x);
    return true;
}

static void cancel(void *context)
{
    let_go(context);
}

/* Who asks without a listener waits here. */
static void serve(Answering *x, HttpResponse *out)
{
    bool has_listener = x->request->peer_address.len > 0;
    if (look(x, out, has_listener ? wake : NULL)) {
        if (!out->must_block) {
            send_answer(x, out);
        }
        let_go(x);
    } else if (has_listener) {
        out->wait =
            (HttpWait){ .context = x, .attach = attach, .finish = finish, .cancel = cancel };
    } else {
        while (!conclude(x, store_wait(x->server->store, &x->waiter), out)) {
        }
        let_go(x);
    }
}

void apiserver_serve(void *context, const HttpRequest *request, Arena *a, HttpResponse *out)
{
    Answering *x = new(a, Answering, 1);
    jmp_buf full;
    jmp_buf *outer = a->on_full;
    *x = (Answering){ .server = context, .request = request, .arena = a };
    if (setjmp(full)) {
        /* the request asked for more memory than it may have: nothing was written */
        let_go(x);
        arena_on_full(a, outer);
        close_stream(out);
        if (outer) {
            longjmp(*outer, 1);
        }
        out->status = 500;
        return;
    }
    arena_on_full(a, &full);
    serve(x, out);
    arena_on_full(a, outer);
}

void apiserver_refuse(void *context, const HttpRequest *request, Arena *a, HttpResponse *out)
{
    (void)context;
    (void)request;
    enum { BODY_BYTES_MAX = 3 << 20 };
    Status status = { .code = out->status, .reason = STR("RequestHeaderFieldsTooLarge") };
    if (out->status == 413) {
        status.reason = STR("RequestEntityTooLarge");
        status.message = arena_printf(a, "Request entity too large: limit is %d", BODY_BYTES_MAX);
    } else {
        status.message = STR("the headers of the request are too large");
    }
    Value body = status_to_value(&status, a);
    send_value(&body, a, out);
}

/* -- what comes with time
 * ------------------------------------------------------------------------------- */

static void *tick(void *context)
{
    ApiServer *s = context;
    enum { TICK_NANOSECONDS = 200000000, SECOND = 1000000000 };
    struct timespec next;
    pthread_mutex_lock(&s->tick_lock);
    clock_gettime(CLOCK_MONOTONIC, &next);
    while (s->ticks) {
        next.tv_nsec += TICK_NANOSECONDS;
        if (next.tv_nsec >= SECOND) {
            next.tv_nsec -= SECOND;
            next.tv_sec++;
        }
        pthread_cond_timedwait(&s->tick_end, &s->tick_lock, &next);
        if (s->ticks) {
            pthread_mutex_unlock(&s->tick_lock);
            apiserver_watches_tick(s);
            pthread_mutex_lock(&s->tick_lock);
        }
    }
    pthread_mutex_unlock(&s->tick_lock);
    return NULL;
}

static void stop_ticker(ApiServer *s)
{
    pthread_mutex_lock(&s->tick_lock);
    bool ran = s->ticks;
    s->ticks = false;
    pthread_cond_signal(&s->tick_end);
    pthread_mutex_unlock(&s->tick_lock);
    if (ran) {
        pthread_join(s->ticker, NULL);
    }
}

/* -- the whole
 * ---------------------------------------------------------------------------------------------- */

/* What was there before: a directory's, or a snapshot's. */
static bool fill_store(ApiServer *s, Arena *a, Err *err)
{
    const ApiServerOptions *o = &s->options;
    bool starts = o->from.ptr && !o->is_old;
    if (starts && !snapshot_load(s->store, o->from, a, err)) {
        return false;
    }
    if (o->data == NULL) {
        return true;
    }
    return (starts ? data_fill(o->data, s->store, a, err) : data_load(o->data, s->store, a, err)) &&
           data_keep(o->data, s->store, a, err);
}

bool apiserver_new(const ApiServerOptions *o, Arena *a, ApiServer **out, Err *err)
{
    ApiServer *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return err_set(err, a, ERR_LIMIT, "out of memory");
    }
    s->options = *o;
    s->clock_offset = o->clock_offset;
    s->metrics = metrics_new();
    s->webhook_metrics = webhook_metrics_new();
    s->store = store_new(FIRST_VERSION, HISTORY_BYTES_MAX);
    store_serve_custom(s->store, &s->options.target);
    bool can_ask = outbound_new(a, &s->outbound, err);
    if (getrandom(&s->seed, sizeof s->seed, 0) != sizeof s->seed) {
        s->seed = (uint64_t)time(NULL) * 0x9E3779B97F4A7C15u;
    }
    pthread_mutex_init(&s->watches_lock, NULL);
    pthread_mutex_init(&s->tick_lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&s->tick_end, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (!can_ask || !s->webhook_metrics) {
        apiserver_free(s);
        return can_ask ? err_set(err, a, ERR_LIMIT, "out of memory") : false;
    }
    if (!fill_store(s, a, err)) {
        apiserver_free(s);
        return false;
    }
    bool is_empty = !o->is_old && !o->from.ptr;
    if (is_empty || o->is_upgraded) {
        apiserver_put_presets(s);
    }
    s->ticks = true;
    if (pthread_create(&s->ticker, NULL, tick, s) != 0) {
        s->ticks = false;
        apiserver_free(s);
        return err_set(err, a, ERR_IO, "no thread can be started");
    }
    if (!o->is_plain && !o->controllers_wait && !apiserver_start_controllers(s, a, err)) {
        apiserver_free(s);
        return false;
    }
    *out = s;
    return true;
}

void apiserver_stop_asking(ApiServer *s)
{
    if (s) {
        outbound_stop(s->outbound);
    }
}

bool apiserver_flush(ApiServer *s, Arena *a, Err *err)
{
    StoreReader r;
    StoreWaiter w;
    store_read_begin(s->store, &r);
    bool kept = store_is_kept(s->store, &w, NULL, NULL);
    store_read_end(s->store, &r);
    kept = kept || store_wait(s->store, &w) == STORE_KEPT;
    store_leave(s->store, &r);
    if (kept && (!s->options.data || data_stats(s->options.data).failures == 0)) {
        return true;
    }
    Str why = store_trouble(s->store, a);
    return err_set(err, a, ERR_IO, "%.*s", STR_ARG(why));
}

/* Have nodes of a real cluster come along, that were ready there? */
static bool has_nodes(ApiServer *s)
{
    StoreReader r;
    size_t count;
    bool found = false;
    ObjectKey nodes = { STR(""), STR("Node"), STR_ABSENT, STR_ABSENT };
    store_read_begin(s->store, &r);
    const StoreObject *const *list = store_list(s->store, &nodes, &count);
    for (size_t i = 0; i < count && !found; i++) {
        found = nodes_came_along(&list[i]->object);
    }
    store_read_end(s->store, &r);
    store_leave(s->store, &r);
    return found;
}

bool apiserver_start_controllers(ApiServer *s, Arena *a, Err *err)
{
    if (s->options.nodes > 0 && has_nodes(s)) {
        s->options.runs_all_nodes = true;
        s->options.nodes = s->options.may_have_nodes ? 0 : s->options.nodes;
    }
    return s->options.is_plain || manager_start(s, &s->manager) ||
           err_set(err, a, ERR_IO, "no thread can be started");
}

void apiserver_free(ApiServer *s)
{
    if (s == NULL) {
        return;
    }
    outbound_stop(s->outbound);
    manager_stop(s->manager);
    stop_ticker(s);
    outbound_free(s->outbound);
    pthread_mutex_destroy(&s->watches_lock);
    pthread_mutex_destroy(&s->tick_lock);
    pthread_cond_destroy(&s->tick_end);
    if (s->options.data) {
        data_stop(s->options.data);
    }
    store_free(s->store);
    metrics_free(s->metrics);
    webhook_metrics_free(s->webhook_metrics);
    free(s);
}
