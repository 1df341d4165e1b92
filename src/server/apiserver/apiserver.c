/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded API server: a request authenticated, answered, and what it writes committed. */
#include "server/apiserver/private.h"

#include "doc/json.h"
#include "server/apiserver/metrics.h"
#include "server/apiserver/webhook_metrics.h"
#include "server/controllers/manager.h"
#include "server/controllers/nodes.h"

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
    if (r->watch || (has_listener && apiserver_list_open(s, r, zips, out))) {
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

static void answer(ApiHold *h, const HttpRequest *request, ApiRequest *api, Arena *a,
                   HttpResponse *out)
{
    ApiServer *s = h->server;
    bool may_block = request->may_block || request->peer_address.len == 0;
    ApiResponse response;
    RbacImpersonation as;
    UserInfo user;
    AuditRecord audit;
    apiserver_audit_begin(s, api, &audit);
    audit.peer = request->peer_address;
    read_impersonation(request, a, &as);
    api->user = &user;
    api->impersonate = &as;
    if (!apiserver_authenticate(s, request, a, &user)) {
        answer_unauthorized(a, out);
        audit.attempted = apiserver_credentials(request);
        apiserver_audit_end(s, &audit, out);
        return;
    }
    if (!apiserver_call(h, api, may_block, a, &response)) {
        out->must_block = true;
        return;
    }
    if (response.watch) {
        apiserver_watch_open(s, response.watch, out);
    }
    apiserver_end(h);
    metrics_count(s->metrics, api, &response);
    audit.user = &user;
    audit.response = &response;
    apiserver_audit_end(s, &audit, out);
    send_response(s, request, &response, a, out);
}

void apiserver_serve(void *context, const HttpRequest *request, Arena *a, HttpResponse *out)
{
    ApiRequest api;
    ApiHold held = { .server = context, .request = &api };
    jmp_buf full;
    jmp_buf *outer = a->on_full;
    fill_request(request, &api);
    apiserver_begin(&held);
    if (setjmp(full)) {
        /* the request asked for more memory than it may have: nothing was written */
        apiserver_leave(&held);
        arena_on_full(a, outer);
        if (out->stream.close) {
            out->stream.close(out->stream.context);
            out->stream = (HttpStream){ 0 };
        }
        if (outer) {
            longjmp(*outer, 1);
        }
        out->status = 500;
        return;
    }
    arena_on_full(a, &full);
    answer(&held, request, &api, a, out);
    arena_on_full(a, outer);
    apiserver_leave(&held);
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
    apiserver_put_presets(s);
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
    store_free(s->store);
    metrics_free(s->metrics);
    webhook_metrics_free(s->webhook_metrics);
    free(s);
}
