/* SPDX-License-Identifier: Apache-2.0 */
/* The client against our own listener. */
#include "base/buf.h"
#include "server/auth/certs.h"
#include "server/outbound/outbound.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

static Arena memory;
static CertAuthority *authority, *other_authority;
static CertPair client_pair;
static Outbound *outbound;

/* -- the other side ---------------------------------------------------------------------------- */

/* A body that ticks until nobody listens. */
static ptrdiff_t endless_read(void *context, char *to, size_t size)
{
    (void)context;
    assert_true(size >= 5);
    memcpy(to, "tick\n", 5);
    return 5;
}

/* One that never comes. */
static ptrdiff_t silent_read(void *context, char *to, size_t size)
{
    (void)context;
    (void)to;
    (void)size;
    return 0;
}

static void stream_attach(void *context, HttpWaker *w)
{
    (void)context;
    (void)w;
}

static void stream_close(void *context)
{
    (void)context;
}

/* An answer that does not even begin. */
static bool never_finish(void *context, HttpResponse *out)
{
    (void)context;
    (void)out;
    return false;
}

static void answer(void *context, const HttpRequest *r, Arena *a, HttpResponse *out)
{
    (void)context;
    out->status = 200;
    if (str_eq(r->target, STR("/endless"))) {
        out->stream = (HttpStream){ NULL, stream_attach, endless_read, stream_close };
        return;
    }
    if (str_eq(r->target, STR("/silent"))) {
        out->stream = (HttpStream){ NULL, stream_attach, silent_read, stream_close };
        return;
    }
    if (str_eq(r->target, STR("/stuck"))) {
        out->wait = (HttpWait){ NULL, stream_attach, never_finish, stream_close };
        return;
    }
    if (str_eq(r->target, STR("/large"))) {
        char *body = arena_alloc(a, 100000);
        memset(body, 'x', 100000);
        out->body = str_from(body, 100000);
        return;
    }
    out->status = 202;
    http_response_header(out, STR("X-Answer"), STR("yes"));
    out->body = arena_printf(
        a, "%.*s %.*s host=%.*s auth=%.*s x=%.*s cn=%.*s body=%.*s", STR_ARG(r->method),
        STR_ARG(r->target), STR_ARG(http_header(r, STR("host"))),
        STR_ARG(http_header(r, STR("authorization"))), STR_ARG(http_header(r, STR("x-test"))),
        STR_ARG(r->client_cn), STR_ARG(r->body));
}

static HttpServer *serve(StrList names, int64_t now)
{
    HttpServerOptions o = { .address = STR("127.0.0.1"), .handler = answer };
    Err err = { 0 };
    CertPair pair;
    assert_true(cert_issue_server(authority, names, now, &memory, &pair, &err));
    o.cert_pem = pair.cert_pem;
    o.key_pem = pair.key_pem;
    o.client_ca_pem = cert_authority_pem(authority);
    HttpServer *s = NULL;
    assert_true(http_server_start(&o, &memory, &s, &err));
    return s;
}

static const Str usual_names[] = { STR_INIT("localhost"), STR_INIT("127.0.0.1"),
                                   STR_INIT("hook.apps.svc") };
static HttpServer *serve_usual(void)
{
    return serve((StrList){ usual_names, COUNT_OF(usual_names) }, time(NULL));
}

static OutboundCall call_of(const HttpServer *s, const char *path)
{
    return (OutboundCall){
        .method = STR("GET"),
        .url = arena_printf(&memory, "https://127.0.0.1:%d%s", http_server_port(s), path),
        .ca_pem = cert_authority_pem(authority),
        .timeout_ms = 20000,
        .minor = 20,
    };
}

static void assert_text(Str got, Str want)
{
    if (!str_eq(got, want)) {
        print_error("got:  %.*s\nwant: %.*s\n", STR_ARG(got), STR_ARG(want));
        fail();
    }
}

static OutboundAnswer make(const OutboundCall *call)
{
    OutboundAnswer got;
    outbound_call(outbound, call, &memory, &got);
    return got;
}

/* -- tests ------------------------------------------------------------------------------------- */

static void calls(void **state)
{
    (void)state;
    HttpServer *s = serve_usual();
    int port = http_server_port(s);
    OutboundCall c = call_of(s, "/a?b=c");
    OutboundAnswer got = make(&c);
    assert_int_equal(got.end, OUTBOUND_ANSWERED);
    assert_int_equal(got.status, 202);
    assert_text(got.body,
                arena_printf(&memory, "GET /a?b=c host=127.0.0.1:%d auth= x= cn= body=", port));
    assert_text(outbound_header(&got, STR("x-answer")), STR("yes"));
    assert_null(outbound_header(&got, STR("x-none")).ptr);

    HttpHeader x = { STR("X-Test"), STR("some text") };
    c.headers = &x;
    c.header_count = 1;
    c.method = STR("POST");
    c.body = STR("{}");
    c.bearer_token = STR("secret");
    c.cert_pem = client_pair.cert_pem;
    c.key_pem = client_pair.key_pem;
    Str want = arena_printf(
        &memory, "POST /a?b=c host=127.0.0.1:%d auth=Bearer secret x=some text cn=jane body={}",
        port);
    for (int i = 0; i < 3; i++) {
        got = make(&c);
        assert_text(got.body, want);
    }
    /* Another client's connection is not used for one without a certificate. */
    c.cert_pem = c.key_pem = STR_ABSENT;
    got = make(&c);
    assert_true(str_contains(got.body, STR("cn= ")));
    http_server_stop(s);
}

/* By a name that no resolver knows, at the place where it really is. */
static void elsewhere(void **state)
{
    (void)state;
    HttpServer *s = serve_usual();
    int port = http_server_port(s);
    OutboundCall c = call_of(s, "/a");
    c.connect_to = arena_printf(&memory, "127.0.0.1:%d", port);
    c.url = STR("https://hook.apps.svc:443/a");
    OutboundAnswer got = make(&c);
    assert_text(got.body, STR("GET /a host=hook.apps.svc auth= x= cn= body="));
    c = call_of(s, "/a");
    c.server_name = STR("hook.apps.svc");
    got = make(&c);
    assert_text(got.body,
                arena_printf(&memory, "GET /a host=127.0.0.1:%d auth= x= cn= body=", port));
    http_server_stop(s);
}

static void certificates(void **state)
{
    (void)state;
    static const Str one[] = { STR_INIT("hook.apps.svc"), STR_INIT("b.example") };
    HttpServer *s = serve_usual();
    HttpServer *named = serve((StrList){ one, 2 }, time(NULL));
    HttpServer *old = serve((StrList){ usual_names, 3 }, time(NULL) - 20LL * 365 * 86400);
    const struct {
        HttpServer *server;
        Str ca, name;
        int minor;
        const char *want; /* after the URL; its start when it ends with "..." */
    } rows[] = {
        { s, cert_authority_pem(other_authority), STR_ABSENT, 20,
          "x509: certificate signed by unknown authority" },
        { s, STR_ABSENT, STR_ABSENT, 20, "x509: certificate signed by unknown authority" },
        { s, STR("no PEM"), STR_ABSENT, 32,
          "tls: failed to verify certificate: x509: certificate signed by unknown authority" },
        { named, cert_authority_pem(authority), STR_ABSENT, 20,
          "x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP "
          "SANs" },
        { named, cert_authority_pem(authority), STR("other.apps.svc"), 20,
          "x509: certificate is valid for hook.apps.svc, b.example, not other.apps.svc" },
        { old, cert_authority_pem(authority), STR_ABSENT, 20,
          "x509: certificate has expired or is not yet valid: current time ..." },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        OutboundCall c = call_of(rows[i].server, "/a");
        c.ca_pem = rows[i].ca;
        c.server_name = rows[i].name;
        c.minor = rows[i].minor;
        OutboundAnswer got = make(&c);
        assert_int_equal(got.end, OUTBOUND_FAILED);
        Str want = arena_printf(&memory, "Get \"%.*s\": %s", STR_ARG(c.url), rows[i].want);
        if (str_ends_with(want, STR("..."))) {
            want = str_cut_suffix(want, STR("..."));
            got.error = str_slice(got.error, 0, want.len);
        }
        assert_text(got.error, want);
    }
    /* A connection that somebody was content with is looked at by the next one too. */
    OutboundCall c = call_of(s, "/a");
    assert_int_equal(make(&c).end, OUTBOUND_ANSWERED);
    c.ca_pem = cert_authority_pem(other_authority);
    assert_int_equal(make(&c).end, OUTBOUND_FAILED);
    c.insecure = true;
    assert_int_equal(make(&c).end, OUTBOUND_ANSWERED);
    http_server_stop(old);
    http_server_stop(named);
    http_server_stop(s);
}

/* A port that nobody listens at, and one where all that comes is closed. */
static void refused(void **state)
{
    (void)state;
    OutboundCall c = { .method = STR("POST"), .url = STR("https://127.0.0.1:1/"), .minor = 20 };
    OutboundAnswer got = make(&c);
    assert_text(got.error, STR("Post \"https://127.0.0.1:1/\": dial tcp 127.0.0.1:1: connect: "
                               "connection refused"));
    c.url = STR("https://no-such-host.invalid/");
    got = make(&c);
    assert_text(got.error, STR("Post \"https://no-such-host.invalid/\": dial tcp: lookup "
                               "no-such-host.invalid: no such host"));
    c.url = STR("ftp://127.0.0.1/");
    got = make(&c);
    assert_int_equal(got.end, OUTBOUND_FAILED);
    HttpHeader bad = { STR("X-Test"), STR("a\r\nInjected: yes") };
    c.url = STR("https://127.0.0.1:1/");
    c.headers = &bad;
    c.header_count = 1;
    got = make(&c);
    assert_true(str_ends_with(got.error, STR(": the call is not one that can be made")));
}

static void limits(void **state)
{
    (void)state;
    HttpServer *s = serve_usual();
    OutboundCall c = call_of(s, "/large");
    c.answer_bytes_max = 100000;
    OutboundAnswer got = make(&c);
    assert_int_equal(got.end, OUTBOUND_ANSWERED);
    assert_int_equal(got.body.len, 100000);
    c.answer_bytes_max = 99999;
    assert_int_equal(make(&c).end, OUTBOUND_TOO_LARGE);
    c = call_of(s, "/silent");
    c.timeout_ms = 50;
    got = make(&c);
    assert_int_equal(got.end, OUTBOUND_TIMED_OUT);
    assert_text(got.error,
                arena_printf(&memory, "Get \"%.*s\": context deadline exceeded", STR_ARG(c.url)));
    http_server_stop(s);
}

static void several(void **state)
{
    (void)state;
    HttpServer *s = serve_usual();
    OutboundCall c[5];
    OutboundAnswer got[5];
    for (int i = 0; i < 5; i++) {
        c[i] = call_of(s, i == 3 ? "/silent" : "/a");
        c[i].timeout_ms = i == 3 ? 50 : 20000;
    }
    c[1].url = STR("https://127.0.0.1:1/");
    outbound_call_all(outbound, c, 5, &memory, got);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(got[i].end, i == 1   ? OUTBOUND_FAILED
                                     : i == 3 ? OUTBOUND_TIMED_OUT
                                              : OUTBOUND_ANSWERED);
    }
    http_server_stop(s);
}

typedef struct Reading {
    size_t bytes;
    size_t bytes_max;       /* false from here on */
    OutboundCancel *cancel; /* or this, then */
} Reading;

static bool on_body(void *context, int status, Str bytes)
{
    Reading *r = context;
    assert_int_equal(status, 200);
    r->bytes += bytes.len;
    if (r->bytes < r->bytes_max) {
        return true;
    }
    if (r->cancel) {
        outbound_cancel(r->cancel);
        return true;
    }
    return false;
}

static void *cancel_later(void *cancel)
{
    outbound_cancel(cancel);
    return NULL;
}

static void streams(void **state)
{
    (void)state;
    HttpServer *s = serve_usual();
    OutboundCall c = call_of(s, "/endless");
    c.timeout_ms = 0;
    OutboundAnswer got;
    for (int cancels = 0; cancels < 2; cancels++) {
        OutboundCancel *cancel = outbound_cancel_new();
        Reading r = { .bytes_max = 1000, .cancel = cancels ? cancel : NULL };
        OutboundReader reader = { &r, on_body, cancel };
        outbound_read(outbound, &c, &reader, &memory, &got);
        assert_int_equal(got.end, OUTBOUND_CANCELLED);
        assert_int_equal(got.status, 200);
        assert_true(r.bytes >= 1000);
        outbound_cancel_free(cancel);
    }
    /* Nothing comes, and another thread ends it. */
    OutboundCancel *cancel = outbound_cancel_new();
    Reading r = { .bytes_max = 1 };
    c = call_of(s, "/silent");
    c.timeout_ms = 0;
    pthread_t thread;
    pthread_create(&thread, NULL, cancel_later, cancel);
    outbound_read(outbound, &c, &(OutboundReader){ &r, on_body, cancel }, &memory, &got);
    pthread_join(thread, NULL);
    assert_int_equal(got.end, OUTBOUND_CANCELLED);
    assert_true(str_ends_with(got.error, STR(": context canceled")));
    outbound_cancel_free(cancel);
    http_server_stop(s);
}

typedef struct Late {
    OutboundCancel *cancel;
    long ms;
} Late;

static void *cancel_after(void *late)
{
    const Late *l = late;
    const struct timespec pause = { .tv_sec = l->ms / 1000, .tv_nsec = l->ms % 1000 * 1000000 };
    nanosleep(&pause, NULL);
    outbound_cancel(l->cancel);
    return NULL;
}

/* A watch whose head does not come is given up; one whose events do not come is not. */
static void heads(void **state)
{
    (void)state;
    HttpServer *s = serve_usual();
    OutboundAnswer got;
    for (int http_1 = 0; http_1 < 2; http_1++) {
        OutboundCall c = call_of(s, "/stuck");
        c.timeout_ms = 0;
        c.head_ms = 50;
        c.only_http_1 = http_1;
        Reading r = { .bytes_max = 1 };
        outbound_read(outbound, &c, &(OutboundReader){ &r, on_body, NULL }, &memory, &got);
        assert_int_equal(got.end, OUTBOUND_TIMED_OUT);
        assert_int_equal(got.status, 0);
        assert_true(str_ends_with(got.error, STR(": net/http: timeout awaiting response headers")));
    }
    /* Where a head takes longer than usual, by the next limit. */
    got.status = 0;
    for (long ms = 50; got.status == 0 && ms < 60000; ms *= 2) {
        OutboundCall c = call_of(s, "/silent");
        c.timeout_ms = 0;
        c.head_ms = ms;
        Reading r = { .bytes_max = 1 };
        Late late = { outbound_cancel_new(), 3 * ms };
        pthread_t thread;
        pthread_create(&thread, NULL, cancel_after, &late);
        outbound_read(outbound, &c, &(OutboundReader){ &r, on_body, late.cancel }, &memory, &got);
        pthread_join(thread, NULL);
        outbound_cancel_free(late.cancel);
    }
    assert_int_equal(got.end, OUTBOUND_CANCELLED);
    assert_int_equal(got.status, 200);
    http_server_stop(s);
}

static void *many_calls(void *server)
{
    Arena a;
    arena_init(&a, 0);
    for (int i = 0; i < 20; i++) {
        OutboundCall c = { .method = STR("GET"),
                           .url = arena_printf(&a, "https://localhost:%d/t",
                                               http_server_port(server)),
                           .ca_pem = cert_authority_pem(authority) };
        OutboundAnswer got;
        outbound_call(outbound, &c, &a, &got);
        if (got.end != OUTBOUND_ANSWERED) {
            arena_done(&a);
            return server;
        }
    }
    arena_done(&a);
    return NULL;
}

static void threads(void **state)
{
    (void)state;
    HttpServer *s = serve_usual();
    pthread_t list[4];
    for (size_t i = 0; i < COUNT_OF(list); i++) {
        pthread_create(&list[i], NULL, many_calls, s);
    }
    for (size_t i = 0; i < COUNT_OF(list); i++) {
        void *failed = NULL;
        pthread_join(list[i], &failed);
        assert_null(failed);
    }
    http_server_stop(s);
}

/* More clients' certificates than are kept. */
static void many_certificates(void **state)
{
    (void)state;
    HttpServer *s = serve_usual();
    for (int i = 0; i < 40; i++) {
        CertPair pair;
        Err err;
        Str user = arena_printf(&memory, "user-%d", i);
        assert_true(
            cert_issue_client(authority, user, (StrList){ 0 }, time(NULL), &memory, &pair, &err));
        OutboundCall c = call_of(s, "/a");
        c.cert_pem = pair.cert_pem;
        c.key_pem = pair.key_pem;
        OutboundAnswer got = make(&c);
        assert_true(str_contains(got.body, arena_printf(&memory, "cn=%.*s ", STR_ARG(user))));
    }
    http_server_stop(s);
}

static int begin(void **state)
{
    (void)state;
    Err err;
    arena_init(&memory, 0);
    return cert_authority_new(STR("one"), time(NULL), &memory, &authority, &err) &&
                   cert_authority_new(STR("two"), time(NULL), &memory, &other_authority, &err) &&
                   cert_issue_client(authority, STR("jane"), (StrList){ 0 }, time(NULL), &memory,
                                     &client_pair, &err) &&
                   outbound_new(&memory, &outbound, &err)
               ? 0
               : -1;
}

static int end(void **state)
{
    (void)state;
    outbound_free(outbound);
    cert_authority_free(authority);
    cert_authority_free(other_authority);
    arena_done(&memory);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls),   cmocka_unit_test(elsewhere), cmocka_unit_test(certificates),
        cmocka_unit_test(refused), cmocka_unit_test(limits),    cmocka_unit_test(several),
        cmocka_unit_test(streams), cmocka_unit_test(threads),   cmocka_unit_test(many_certificates),
        cmocka_unit_test(heads),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
