/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the listener share. */
#include "server/http/test_listener.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <time.h>

/* -- a handler that shows what it was asked ---------------------------------------------------- */

Ticker ticker = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static void ticker_attach(void *context, HttpWaker *w)
{
    Ticker *t = context;
    pthread_mutex_lock(&t->lock);
    t->waker = w;
    t->attached++;
    pthread_cond_broadcast(&t->changed);
    pthread_mutex_unlock(&t->lock);
}

static ptrdiff_t ticker_read(void *context, char *to, size_t size)
{
    Ticker *t = context;
    pthread_mutex_lock(&t->lock);
    ptrdiff_t got = t->ticks ? 5 : t->ends ? -1 : 0;
    if (got > 0) {
        assert_true(size >= 5);
        memcpy(to, "tick\n", 5);
        t->ticks--;
    }
    pthread_mutex_unlock(&t->lock);
    return got;
}

static void ticker_close(void *context)
{
    Ticker *t = context;
    pthread_mutex_lock(&t->lock);
    t->closed++;
    t->waker = NULL;
    pthread_cond_broadcast(&t->changed);
    pthread_mutex_unlock(&t->lock);
}

void tick(int ticks, bool ends)
{
    pthread_mutex_lock(&ticker.lock);
    ticker.ticks += ticks;
    ticker.ends |= ends;
    if (ticker.waker) {
        http_waker_wake(ticker.waker);
    }
    pthread_mutex_unlock(&ticker.lock);
}

void ticker_reset(void)
{
    pthread_mutex_lock(&ticker.lock);
    ticker.ticks = ticker.attached = ticker.closed = ticker.finished = 0;
    ticker.ends = false;
    pthread_mutex_unlock(&ticker.lock);
}

bool ticker_wait(const int *count, int at_least)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 10;
    pthread_mutex_lock(&ticker.lock);
    int waited = 0;
    while (*count < at_least && waited == 0) {
        waited = pthread_cond_timedwait(&ticker.changed, &ticker.lock, &until);
    }
    bool ok = *count >= at_least;
    pthread_mutex_unlock(&ticker.lock);
    return ok;
}

static bool wait_finish(void *context, HttpResponse *out)
{
    Ticker *t = context;
    pthread_mutex_lock(&t->lock);
    bool done = t->ticks > 0;
    t->ticks -= done;
    if (done) {
        t->waker = NULL;
        t->finished++;
        pthread_cond_broadcast(&t->changed);
    }
    pthread_mutex_unlock(&t->lock);
    out->status = 201;
    out->body = STR("waited");
    return done;
}

pthread_barrier_t meeting;

static void meet(const HttpRequest *r, Arena *a, HttpResponse *out)
{
    if (!r->may_block) {
        out->must_block = true;
        out->status = 500;
        return;
    }
    if (str_eq(r->target, STR("/waits/full"))) {
        for (;;) {
            arena_alloc(a, 1 << 20);
        }
    }
    pthread_barrier_wait(&meeting);
    out->body = arena_printf(a, "met %.*s body=%.*s", STR_ARG(r->target), STR_ARG(r->body));
}

static void show(void *context, const HttpRequest *r, Arena *a, HttpResponse *out)
{
    (void)context;
    if (str_eq(r->target, STR("/wait"))) {
        out->wait = (HttpWait){ &ticker, ticker_attach, wait_finish, ticker_close };
        return;
    }
    if (str_eq(r->target, STR("/stream"))) {
        out->stream = (HttpStream){ &ticker, ticker_attach, ticker_read, ticker_close };
        http_response_header(out, STR("Content-Type"), STR("application/json"));
        return;
    }
    if (str_eq(r->target, STR("/full"))) {
        for (;;) {
            arena_alloc(a, 1 << 20);
        }
    }
    if (str_starts_with(r->target, STR("/waits"))) {
        meet(r, a, out);
        return;
    }
    if (str_eq(r->target, STR("/none"))) {
        out->status = 204;
        return;
    }
    if (str_eq(r->target, STR("/large"))) {
        char *body = arena_alloc(a, 1 << 22);
        memset(body, 'x', 1 << 22);
        out->body = str_from(body, 1 << 22);
        return;
    }
    Buf b = buf_new(a);
    buf_printf(&b, "%.*s %.*s from=%.*s", STR_ARG(r->method), STR_ARG(r->target),
               STR_ARG(r->peer_address));
    if (r->body.ptr) {
        buf_printf(&b, " body=%zu:%.*s", r->body.len, STR_ARG(str_slice(r->body, 0, 20)));
        memset((char *)r->body.ptr + r->body.len, 0, HTTP_BODY_PADDING);
    }
    Str x = http_header(r, STR("x-test"));
    if (x.ptr) {
        buf_printf(&b, " x=%.*s", STR_ARG(x));
    }
    if (r->client_cn.ptr) {
        buf_printf(&b, " cn=%.*s", STR_ARG(r->client_cn));
        for (size_t i = 0; i < r->client_organizations.count; i++) {
            buf_printf(&b, " o=%.*s", STR_ARG(r->client_organizations.items[i]));
        }
    }
    buf_add(&b, r->client_cert_invalid ? STR(" invalid") : STR(""));
    out->status = 201;
    out->body = buf_str(&b);
    http_response_header(out, STR("Warning"), STR("one"));
    http_response_header(out, STR("Warning"), STR("two"));
    http_response_header(out, STR("Bad"), STR("a\r\nInjected: yes"));
}

static void show_refused(void *context, const HttpRequest *r, Arena *a, HttpResponse *out)
{
    (void)context;
    out->body = arena_printf(a, "refused %d %.*s", out->status, STR_ARG(r->target));
}

/* -- clients ----------------------------------------------------------------------------------- */

HttpServer *start(const HttpServerOptions *more, Arena *a)
{
    HttpServerOptions o = *more;
    o.address = STR("127.0.0.1");
    o.body_bytes_max = BODY_MAX;
    o.request_bytes_max = 16 << 20;
    o.handler = show;
    o.on_refused = show_refused;
    HttpServer *s = NULL;
    Err err = { 0 };
    if (!http_server_start(&o, a, &s, &err)) {
        print_error("%.*s\n", STR_ARG(err.msg));
        fail();
    }
    return s;
}

void set_patience(int fd, int ms)
{
    struct timeval patience = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
}

int dial(const HttpServer *s)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)http_server_port(s)) };
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    set_patience(fd, 20000);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    return fd;
}

void send_all(int fd, Str text)
{
    while (text.len) {
        ssize_t n = send(fd, text.ptr, text.len, MSG_NOSIGNAL);
        if (n <= 0) {
            return; /* it may have answered and closed */
        }
        text = str_drop(text, (size_t)n);
    }
}

Str receive(int fd, Str part, Arena *a)
{
    Buf b = buf_new(a);
    for (;;) {
        char *to = buf_reserve(&b, 65536);
        ssize_t n = recv(fd, to, 65536, 0);
        if (n <= 0) {
            return buf_str(&b);
        }
        b.len += (size_t)n;
        if (part.ptr && str_contains(buf_str(&b), part)) {
            return buf_str(&b);
        }
    }
}

const char *ask(const HttpServer *s, Str request, Arena *a)
{
    int fd = dial(s);
    send_all(fd, request);
    Str answer = receive(fd, STR_ABSENT, a);
    close(fd);
    return arena_cstr(a, answer);
}

void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part)) {
        fail_msg("not in the answer: %s\nanswer: %.2000s\n", part, text ? text : "");
    }
}
