/* SPDX-License-Identifier: Apache-2.0 */
/* The listener over sockets: requests as bytes, answers as bytes. */
#include "base/buf.h"
#include "server/auth/certs.h"
#include "server/http/http.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

enum { BODY_MAX = 1000 };

/* -- a handler that shows what it was asked ---------------------------------------------------- */

/* A stream that says "tick" when told to. */
typedef struct Ticker {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    HttpWaker *waker;
    int ticks;
    bool ends;
    int attached;
    int closed;
    int finished; /* responses that waited for a tick */
} Ticker;
static Ticker ticker = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

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

static void tick(int ticks, bool ends)
{
    pthread_mutex_lock(&ticker.lock);
    ticker.ticks += ticks;
    ticker.ends |= ends;
    if (ticker.waker) {
        http_waker_wake(ticker.waker);
    }
    pthread_mutex_unlock(&ticker.lock);
}

static void ticker_reset(void)
{
    pthread_mutex_lock(&ticker.lock);
    ticker.ticks = ticker.attached = ticker.closed = ticker.finished = 0;
    ticker.ends = false;
    pthread_mutex_unlock(&ticker.lock);
}

/* Waits until *count is at least that; false after some seconds. */
static bool ticker_wait(const int *count, int at_least)
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

/* Handlers that answer when so many are there. */
enum { MEETING = 12 };
static pthread_barrier_t meeting;

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

static HttpServer *start(const HttpServerOptions *more, Arena *a)
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

/* How long send() and receive() wait. */
static void set_patience(int fd, int ms)
{
    struct timeval patience = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
}

static int dial(const HttpServer *s)
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

static void send_all(int fd, Str text)
{
    while (text.len) {
        ssize_t n = send(fd, text.ptr, text.len, MSG_NOSIGNAL);
        if (n <= 0) {
            return; /* it may have answered and closed */
        }
        text = str_drop(text, (size_t)n);
    }
}

/* Until the text contains part, or the end when part is absent. */
static Str receive(int fd, Str part, Arena *a)
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

/* The answer to one request on a connection of its own. */
static const char *ask(const HttpServer *s, Str request, Arena *a)
{
    int fd = dial(s);
    send_all(fd, request);
    Str answer = receive(fd, STR_ABSENT, a);
    close(fd);
    return arena_cstr(a, answer);
}

#define CLOSE "Connection: close\r\n"

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part)) {
        fail_msg("not in the answer: %s\nanswer: %.2000s\n", part, text ? text : "");
    }
}

/* -- tests ------------------------------------------------------------------------------------- */

static void requests(void **state)
{
    (void)state;
    static const struct {
        const char *request;
        const char *parts[4];
    } rows[] = {
        { "GET / HTTP/1.1\r\nHost: x\r\n" CLOSE "\r\n",
          { "HTTP/1.1 201 Created\r\n", "Content-Length: 20\r\n",
            "\r\n\r\nGET / from=127.0.0.1" } },
        { "GET /a%2Fb?c=%20d&&e+f=%zz&g HTTP/1.1\r\nHost: x\r\nX-TEST:  v w \r\n" CLOSE "\r\n",
          { "GET /a%2Fb?c=%20d&&e+f=%zz&g from", " x=v w", "Warning: one\r\n",
            "Warning: two\r\n" } },
        { "HEAD / HTTP/1.1\r\nHost: x\r\n" CLOSE "\r\n", { "Content-Length: 21\r\n" } },
        { "DELETE /none HTTP/1.1\r\nHost: x\r\n" CLOSE "\r\n", { "HTTP/1.1 204 No Content\r\n" } },
        { "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n" CLOSE "\r\nhello",
          { "POST / from=127.0.0.1 body=5:hello" } },
        { "PATCH / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n" CLOSE "\r\n",
          { "PATCH / from=127.0.0.1" } },
        { "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" CLOSE
          "\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
          { "PUT / from=127.0.0.1 body=5:abcde" } },
        { "GET / HTTP/1.0\r\n\r\n", { "201 Created\r\n", "GET / from=127.0.0.1" } },
    };
    Arena a;
    arena_init(&a, 0);
    HttpServer *s = start(&(HttpServerOptions){ 0 }, &a);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *answer = ask(s, str_from_c(rows[i].request), &a);
        for (size_t j = 0; j < 4 && rows[i].parts[j]; j++) {
            assert_has(answer, rows[i].parts[j]);
        }
        assert_null(strstr(answer, "Injected"));
        if (strncmp(rows[i].request, "HEAD", 4) == 0) {
            assert_null(strstr(answer, "from="));
        }
        if (strncmp(rows[i].request, "DELETE", 6) == 0) {
            assert_null(strstr(answer, "Content-Length"));
        }
    }
    http_server_stop(s);
    arena_done(&a);
}

/* Several requests over one connection, sent one after the other and all at once. */
static void kept_alive(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    HttpServer *s = start(&(HttpServerOptions){ 0 }, &a);
    int fd = dial(s);
    for (int i = 0; i < 100; i++) {
        send_all(fd, arena_printf(&a, "GET /%d HTTP/1.1\r\nHost: x\r\n\r\n", i));
        Str want = arena_printf(&a, "GET /%d from", i);
        assert_true(str_contains(receive(fd, want, &a), want));
    }
    Buf b = buf_new(&a);
    for (int i = 0; i < 100; i++) {
        buf_printf(&b, "POST /%d HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", i);
    }
    send_all(fd, buf_str(&b));
    assert_true(str_contains(receive(fd, STR("POST /99 from"), &a), STR("POST /50 from")));
    close(fd);
    http_server_stop(s);
    arena_done(&a);
}

static Str post(size_t size, const char *headers, Arena *a)
{
    Buf b = buf_new(a);
    buf_printf(&b, "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n%s\r\n", size, headers);
    memset(buf_reserve(&b, size), 'y', size);
    b.len += size;
    return buf_str(&b);
}

static void large_bodies(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    HttpServer *s = start(&(HttpServerOptions){ 0 }, &a);
    assert_has(ask(s, post(BODY_MAX, CLOSE, &a), &a), "body=1000:yyyy");
    static const size_t sizes[] = { BODY_MAX + 1, 5 << 20 };
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        const char *answer = ask(s, post(sizes[i], CLOSE, &a), &a);
        assert_has(answer, "HTTP/1.1 413 ");
        assert_has(answer, "refused 413 /p");
    }
    /* No length is given before it is there. */
    Buf b = buf_new(&a);
    buf_lit(&b, "POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" CLOSE "\r\n");
    for (int i = 0; i < 200; i++) {
        buf_lit(&b, "a\r\n0123456789\r\n");
    }
    buf_lit(&b, "0\r\n\r\n");
    assert_has(ask(s, buf_str(&b), &a), "refused 413 /p");
    /* A client that waits is told before it sends; one that may go on is told to. */
    const char *head = "POST /p HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n" CLOSE
                       "Content-Length: %d\r\n\r\n";
    assert_has(ask(s, arena_printf(&a, head, BODY_MAX + 1), &a), "HTTP/1.1 413 ");
    int fd = dial(s);
    send_all(fd, arena_printf(&a, head, 3));
    assert_true(str_contains(receive(fd, STR("\r\n\r\n"), &a), STR("HTTP/1.1 100 Continue\r\n")));
    send_all(fd, STR("abc"));
    assert_true(str_contains(receive(fd, STR_ABSENT, &a), STR("body=3:abc")));
    close(fd);
    http_server_stop(s);
    arena_done(&a);
}

static void large_headers(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    HttpServer *s = start(&(HttpServerOptions){ 0 }, &a);
    Buf b = buf_new(&a);
    buf_lit(&b, "GET / HTTP/1.1\r\nHost: x\r\n");
    for (int i = 0; i < 10000; i++) {
        buf_printf(&b, "X-%d: y\r\n", i);
    }
    buf_lit(&b, CLOSE "\r\n");
    assert_has(ask(s, buf_str(&b), &a), " 431 ");

    b = buf_new(&a);
    buf_lit(&b, "GET / HTTP/1.1\r\nHost: x\r\nX-Test: ");
    memset(buf_reserve(&b, 20000), 'z', 20000);
    b.len += 20000;
    Str fits = arena_concat(&a, buf_str(&b), STR("\r\n" CLOSE "\r\n"));
    assert_has(ask(s, fits, &a), " x=zzz");

    b = buf_new(&a);
    buf_lit(&b, "GET /");
    memset(buf_reserve(&b, 200000), 'z', 200000);
    b.len += 200000;
    buf_lit(&b, " HTTP/1.1\r\nHost: x\r\n" CLOSE "\r\n");
    assert_has(ask(s, buf_str(&b), &a), " 414 ");
    http_server_stop(s);
    arena_done(&a);
}

/* More handlers that wait for each other than the listener has threads. */
static void handlers_that_block(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    HttpServer *s = start(&(HttpServerOptions){ .threads = 2 }, &a);
    int fds[MEETING];
    pthread_barrier_init(&meeting, NULL, MEETING);
    for (int i = 0; i < MEETING; i++) {
        fds[i] = dial(s);
        send_all(fds[i], arena_printf(&a,
                                      "POST /waits/%d HTTP/1.1\r\nHost: x\r\n" CLOSE
                                      "Content-Length: 3\r\n\r\nabc",
                                      i));
    }
    for (int i = 0; i < MEETING; i++) {
        Str answer = receive(fds[i], STR_ABSENT, &a);
        assert_true(str_starts_with(answer, STR("HTTP/1.1 200 OK\r\n")));
        assert_true(str_ends_with(answer, arena_printf(&a, "met /waits/%d body=abc", i)));
        close(fds[i]);
    }
    pthread_barrier_destroy(&meeting);
    const char *answer = ask(s, STR("GET /waits/full HTTP/1.1\r\nHost: x\r\n" CLOSE "\r\n"), &a);
    assert_has(answer, "HTTP/1.1 500 ");
    assert_has(answer, "refused 500 /waits/full");
    http_server_stop(s);
    arena_done(&a);
}

/* A handler that takes more memory than a call may have. */
static void full_arena(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    HttpServer *s = start(&(HttpServerOptions){ 0 }, &a);
    for (int i = 0; i < 3; i++) {
        const char *answer = ask(s, STR("GET /full HTTP/1.1\r\nHost: x\r\n" CLOSE "\r\n"), &a);
        assert_has(answer, "HTTP/1.1 500 ");
        assert_has(answer, "refused 500 /full");
        answer = ask(
            s, STR("POST /full HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n" CLOSE "\r\nx"), &a);
        assert_has(answer, "refused 413 /full");
    }
    assert_has(ask(s, STR("GET / HTTP/1.1\r\nHost: x\r\n" CLOSE "\r\n"), &a), "GET / from");
    http_server_stop(s);
    arena_done(&a);
}

static void large_answer(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    HttpServer *s = start(&(HttpServerOptions){ 0 }, &a);
    const char *answer = ask(s, STR("GET /large HTTP/1.1\r\nHost: x\r\n" CLOSE "\r\n"), &a);
    assert_has(answer, "Content-Length: 4194304\r\n");
    assert_int_equal(strlen(strstr(answer, "\r\n\r\n") + 4), 1 << 22);
    http_server_stop(s);
    arena_done(&a);
}

static void malformed(void **state)
{
    (void)state;
    static const Str rows[] = {
        STR_INIT("GET\r\n\r\n"),
        STR_INIT("GET / HTTP/9.9\r\n\r\n"),
        STR_INIT("\0\0\0\0\0\0\0\0\r\n\r\n"),
        STR_INIT("GET / HTTP/1.1\r\nno colon\r\n\r\n"),
        STR_INIT("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n"),
        STR_INIT("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"),
        STR_INIT("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n"),
        STR_INIT("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        STR_INIT("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"),
        STR_INIT("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    };
    Arena a;
    arena_init(&a, 0);
    HttpServer *s = start(&(HttpServerOptions){ 0 }, &a);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int fd = dial(s);
        /* It may wait for more: the end of a connection that is not closed is not always seen. */
        set_patience(fd, 200);
        send_all(fd, rows[i]);
        shutdown(fd, SHUT_WR);
        Str answer = receive(fd, STR_ABSENT, &a);
        assert_false(str_contains(answer, STR(" 201 ")));
        close(fd);
    }
    assert_has(ask(s, STR("GET / HTTP/1.1\r\nHost: x\r\n" CLOSE "\r\n"), &a), "GET / from");
    http_server_stop(s);
    arena_done(&a);
}

/* -- streams ----------------------------------------------------------------------------------- */

static int open_stream(const HttpServer *s, Arena *a)
{
    int fd = dial(s);
    send_all(fd, STR("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"));
    Str head = receive(fd, STR("\r\n\r\n"), a);
    assert_true(str_contains(head, STR("Transfer-Encoding: chunked\r\n")));
    return fd;
}

static void a_stream(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    HttpServer *s = start(&(HttpServerOptions){ 0 }, &a);
    ticker_reset();
    int fd = open_stream(s, &a);
    for (int i = 0; i < 1000; i++) { /* asleep in between, or nearly */
        tick(1, false);
        assert_true(str_contains(receive(fd, STR("tick\n"), &a), STR("tick\n")));
    }
    tick(3, true);
    Str rest = receive(fd, STR("0\r\n\r\n"), &a);
    assert_true(str_ends_with(rest, STR("\r\n0\r\n\r\n")));
    assert_true(ticker_wait(&ticker.closed, 1));
    /* The connection goes on. */
    send_all(fd, STR("GET /after HTTP/1.1\r\nHost: x\r\n" CLOSE "\r\n"));
    assert_true(str_contains(receive(fd, STR_ABSENT, &a), STR("GET /after from")));
    close(fd);
    assert_int_equal(ticker.attached, 1);
    assert_int_equal(ticker.closed, 1);
    http_server_stop(s);
    arena_done(&a);
}

static void clients_hang_up(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    HttpServer *s = start(&(HttpServerOptions){ 0 }, &a);
    for (int i = 0; i < 50; i++) {
        ticker_reset();
        int fd = open_stream(s, &a);
        if (i % 2) {
            struct linger at_once = { .l_onoff = 1 };
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)); /* a reset */
        }
        close(fd);
        assert_true(ticker_wait(&ticker.closed, 1));
    }
    assert_int_equal(ticker.closed, 1);
    http_server_stop(s);
    assert_int_equal(ticker.closed, 1);
    arena_done(&a);
}

/* Stopping ends what sleeps, in good order. */
static void stopped_while_asleep(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    HttpServer *s = start(&(HttpServerOptions){ 0 }, &a);
    ticker_reset();
    int fds[20];
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        fds[i] = open_stream(s, &a);
    }
    http_server_stop(s);
    assert_int_equal(ticker.closed, COUNT_OF(fds));
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        assert_true(str_ends_with(receive(fds[i], STR_ABSENT, &a), STR("0\r\n\r\n")));
        close(fds[i]);
    }
    arena_done(&a);
}

static atomic_bool waking_ends;

static void *keep_waking(void *unused)
{
    (void)unused;
    while (!waking_ends) {
        tick(0, false);
    }
    return NULL;
}

/* Wakers that never rest lose nothing and break nothing. */
static void woken_all_the_time(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    HttpServer *s = start(&(HttpServerOptions){ 0 }, &a);
    ticker_reset();
    waking_ends = false;
    pthread_t thread;
    pthread_create(&thread, NULL, keep_waking, NULL);
    int fd = open_stream(s, &a);
    for (int i = 0; i < 200; i++) {
        tick(1, false);
        assert_true(str_contains(receive(fd, STR("tick\n"), &a), STR("tick\n")));
    }
    close(fd);
    assert_true(ticker_wait(&ticker.closed, 1));
    waking_ends = true;
    pthread_join(thread, NULL);
    http_server_stop(s);
    arena_done(&a);
}

/* -- responses that wait ----------------------------------------------------------------------- */

static void responses_wait(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    HttpServer *s = start(&(HttpServerOptions){ 0 }, &a);
    ticker_reset();
    int fd = dial(s);
    for (int i = 0; i < 300; i++) { /* asleep before it comes, or nearly, or not at all */
        if (i % 3 == 2) {
            tick(1, false);
        }
        send_all(fd, STR("POST /wait HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"));
        if (i % 3 == 0) {
            assert_true(ticker_wait(&ticker.attached, i + 1));
        }
        if (i % 3 != 2) {
            tick(1, false);
        }
        Str got = receive(fd, STR("waited"), &a);
        assert_true(str_starts_with(got, STR("HTTP/1.1 201 ")));
    }
    close(fd);
    assert_int_equal(ticker.closed, 0); /* it is for who is not asked to finish */
    http_server_stop(s);
    arena_done(&a);
}

static void wait_for_nobody(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    HttpServer *s = start(&(HttpServerOptions){ 0 }, &a);
    ticker_reset();
    int gone = dial(s);
    send_all(gone, STR("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(ticker_wait(&ticker.attached, 1));
    close(gone);
    tick(1, false); /* that he has gone is seen only now */
    assert_true(ticker_wait(&ticker.finished, 1));
    assert_has(ask(s, STR("GET /after HTTP/1.1\r\nHost: x\r\n" CLOSE "\r\n"), &a), "/after");
    int fd = dial(s);
    send_all(fd, STR("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(ticker_wait(&ticker.attached, 2));
    http_server_stop(s); /* and nobody ever wakes it */
    assert_true(ticker.closed >= 1);
    assert_true(receive(fd, STR_ABSENT, &a).len == 0);
    close(fd);
    arena_done(&a);
}

/* -- many silent connections ------------------------------------------------------------------- */

static void silent_connections(void **state)
{
    (void)state;
    enum { SILENT = 300, ALLOWED = 200 };
    Arena a;
    arena_init(&a, 0);
    HttpServer *s = start(&(HttpServerOptions){ .connections_max = ALLOWED, .idle_seconds_max = 1 },
                          &a);
    int fds[SILENT];
    for (int i = 0; i < SILENT; i++) {
        fds[i] = dial(s); /* those above wait for a place */
    }
    /* When the silent ones are dropped there is one. */
    assert_has(ask(s, STR("GET / HTTP/1.1\r\nHost: x\r\n" CLOSE "\r\n"), &a), "GET / from");
    for (int i = 0; i < SILENT; i++) {
        close(fds[i]);
    }
    http_server_stop(s);
    arena_done(&a);
}

/* -- TLS --------------------------------------------------------------------------------------- */

typedef struct Tls {
    gnutls_session_t session;
    gnutls_certificate_credentials_t credentials;
    int fd;
} Tls;

static bool tls_dial(const HttpServer *s, Str ca, const CertPair *client, Tls *t)
{
    t->fd = dial(s);
    gnutls_certificate_allocate_credentials(&t->credentials);
    gnutls_datum_t root = { (unsigned char *)ca.ptr, (unsigned)ca.len };
    assert_int_equal(
        gnutls_certificate_set_x509_trust_mem(t->credentials, &root, GNUTLS_X509_FMT_PEM), 1);
    if (client) {
        gnutls_datum_t cert = { (unsigned char *)client->cert_pem.ptr,
                                (unsigned)client->cert_pem.len };
        gnutls_datum_t key = { (unsigned char *)client->key_pem.ptr,
                               (unsigned)client->key_pem.len };
        assert_int_equal(
            gnutls_certificate_set_x509_key_mem(t->credentials, &cert, &key, GNUTLS_X509_FMT_PEM),
            0);
    }
    /* Sent whoever the server says it trusts. */
    gnutls_init(&t->session, GNUTLS_CLIENT | GNUTLS_FORCE_CLIENT_CERT);
    gnutls_set_default_priority(t->session);
    gnutls_credentials_set(t->session, GNUTLS_CRD_CERTIFICATE, t->credentials);
    gnutls_session_set_verify_cert(t->session, "localhost", 0);
    gnutls_transport_set_int(t->session, t->fd);
    int status;
    do {
        status = gnutls_handshake(t->session);
    } while (status < 0 && !gnutls_error_is_fatal(status));
    return status == 0;
}

static void tls_close(Tls *t)
{
    gnutls_deinit(t->session);
    gnutls_certificate_free_credentials(t->credentials);
    close(t->fd);
}

static const char *tls_ask(const HttpServer *s, Str ca, const CertPair *client, Arena *a)
{
    Tls t;
    assert_true(tls_dial(s, ca, client, &t));
    Str request = STR("GET / HTTP/1.1\r\nHost: x\r\n" CLOSE "\r\n");
    assert_true(gnutls_record_send(t.session, request.ptr, request.len) > 0);
    Buf b = buf_new(a);
    for (;;) {
        ssize_t n = gnutls_record_recv(t.session, buf_reserve(&b, 4096), 4096);
        if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED) {
            continue;
        }
        if (n <= 0) {
            break;
        }
        b.len += (size_t)n;
    }
    tls_close(&t);
    return arena_cstr(a, buf_str(&b));
}

static void over_tls(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Err err;
    int64_t now = (int64_t)time(NULL);
    CertAuthority *ca;
    CertAuthority *other;
    assert_true(cert_authority_new(STR("podgate"), now, &a, &ca, &err));
    assert_true(cert_authority_new(STR("podgate"), now, &a, &other, &err));
    static const Str names[] = { STR_INIT("localhost"), STR_INIT("127.0.0.1") };
    static const Str groups[] = { STR_INIT("system:masters"), STR_INIT("a,b") };
    CertPair server, good, foreign, later;
    assert_true(cert_issue_server(ca, (StrList){ names, 2 }, now, &a, &server, &err));
    assert_true(cert_issue_client(ca, STR("admin"), (StrList){ groups, 2 }, now, &a, &good, &err));
    assert_true(
        cert_issue_client(other, STR("admin"), (StrList){ groups, 1 }, now, &a, &foreign, &err));
    assert_true(cert_issue_client(ca, STR("admin"), (StrList){ groups, 1 },
                                  now + (int64_t)400 * 24 * 60 * 60, &a, &later, &err));
    Str root = cert_authority_pem(ca);
    HttpServer *s = start(&(HttpServerOptions){ .cert_pem = server.cert_pem,
                                                .key_pem = server.key_pem,
                                                .client_ca_pem = root },
                          &a);
    assert_has(tls_ask(s, root, NULL, &a), "\r\n\r\nGET / from=127.0.0.1");
    assert_null(strstr(tls_ask(s, root, NULL, &a), "invalid"));
    assert_has(tls_ask(s, root, &good, &a), " cn=admin o=system:masters o=a,b");
    assert_has(tls_ask(s, root, &foreign, &a), "127.0.0.1 invalid");
    /* when it is valid is told, not judged */
    assert_has(tls_ask(s, root, &later, &a), " cn=admin o=system:masters");
    /* A server's certificate is no client's. */
    assert_has(tls_ask(s, root, &server, &a), "127.0.0.1 invalid");

    /* No TLS at all. */
    static const Str rows[] = {
        STR_INIT("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        STR_INIT("\x16\x03\x01\x00\x05hello"),
        STR_INIT("\x16\x03\x01\xff\xff"),
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int fd = dial(s);
        /* It may wait for more: the end of a connection that is not closed is not always seen. */
        set_patience(fd, 200);
        send_all(fd, rows[i]);
        shutdown(fd, SHUT_WR);
        receive(fd, STR_ABSENT, &a);
        close(fd);
    }
    assert_has(tls_ask(s, root, &good, &a), " cn=admin");
    http_server_stop(s);
    cert_authority_free(other);
    cert_authority_free(ca);
    arena_done(&a);
}

static void another_certificate(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Err err;
    int64_t now = (int64_t)time(NULL);
    CertAuthority *first_ca, *second_ca;
    static const Str names[] = { STR_INIT("localhost") };
    CertPair first, second;
    assert_true(cert_authority_new(STR("a"), now, &a, &first_ca, &err));
    assert_true(cert_authority_new(STR("b"), now, &a, &second_ca, &err));
    assert_true(cert_issue_server(first_ca, (StrList){ names, 1 }, now, &a, &first, &err));
    assert_true(cert_issue_server(second_ca, (StrList){ names, 1 }, now, &a, &second, &err));
    HttpServer *s = start(
        &(HttpServerOptions){ .cert_pem = first.cert_pem, .key_pem = first.key_pem }, &a);
    Tls before, after;
    assert_true(tls_dial(s, cert_authority_pem(first_ca), NULL, &before));
    assert_false(http_server_set_certificate(s, second.cert_pem, first.key_pem, &a, &err));
    assert_string_equal(arena_cstr(&a, err.msg), "the key is not that of the certificate");
    assert_false(http_server_set_certificate(s, STR("x"), first.key_pem, &a, &err));
    assert_true(http_server_set_certificate(s, second.cert_pem, second.key_pem, &a, &err));
    assert_true(tls_dial(s, cert_authority_pem(second_ca), NULL, &after));
    tls_close(&after);
    assert_false(tls_dial(s, cert_authority_pem(first_ca), NULL, &after));
    tls_close(&after);
    /* Who was there before notices nothing. */
    Str request = STR("GET / HTTP/1.1\r\nHost: x\r\n" CLOSE "\r\n");
    char byte;
    assert_true(gnutls_record_send(before.session, request.ptr, request.len) > 0);
    assert_int_equal(gnutls_record_recv(before.session, &byte, 1), 1);
    tls_close(&before);
    http_server_stop(s);
    cert_authority_free(first_ca);
    cert_authority_free(second_ca);
    arena_done(&a);
}

static void cannot_start(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    HttpServer *s = start(&(HttpServerOptions){ 0 }, &a);
    HttpServerOptions o = { .address = STR("127.0.0.1"), .port = http_server_port(s) };
    HttpServer *none = NULL;
    Err err;
    assert_false(http_server_start(&o, &a, &none, &err));
    assert_string_equal(arena_cstr(&a, err.msg),
                        arena_cstr(&a, arena_printf(&a,
                                                    "cannot listen on 127.0.0.1:%d: Address "
                                                    "already in use",
                                                    o.port)));
    o.address = STR("localhost");
    assert_false(http_server_start(&o, &a, &none, &err));
    assert_string_equal(arena_cstr(&a, err.msg), "\"localhost\" is no IP address");
    o = (HttpServerOptions){ .address = STR("127.0.0.1"),
                             .cert_pem = STR("x"),
                             .key_pem = STR("y") };
    assert_false(http_server_start(&o, &a, &none, &err));
    assert_null(none);
    http_server_stop(s);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests),
        cmocka_unit_test(kept_alive),
        cmocka_unit_test(large_bodies),
        cmocka_unit_test(large_headers),
        cmocka_unit_test(handlers_that_block),
        cmocka_unit_test(full_arena),
        cmocka_unit_test(large_answer),
        cmocka_unit_test(malformed),
        cmocka_unit_test(a_stream),
        cmocka_unit_test(clients_hang_up),
        cmocka_unit_test(stopped_while_asleep),
        cmocka_unit_test(responses_wait),
        cmocka_unit_test(wait_for_nobody),
        cmocka_unit_test(woken_all_the_time),
        cmocka_unit_test(silent_connections),
        cmocka_unit_test(over_tls),
        cmocka_unit_test(another_certificate),
        cmocka_unit_test(cannot_start),
    };
    return cmocka_run_group_tests_name("server/http", tests, NULL, NULL);
}
