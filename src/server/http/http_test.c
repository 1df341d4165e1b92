/* SPDX-License-Identifier: Apache-2.0 */
/* The listener over sockets: requests as bytes, answers as bytes. */
#include "server/http/test_listener.h"

#include <sys/socket.h>

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
        cmocka_unit_test(silent_connections),
        cmocka_unit_test(cannot_start),
    };
    return cmocka_run_group_tests_name("server/http/http", tests, NULL, NULL);
}
