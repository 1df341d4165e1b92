/* SPDX-License-Identifier: Apache-2.0 */
/* Streams and responses that wait: asleep, woken, left, and stopped. */
#include "server/http/test_listener.h"

#include <stdatomic.h>
#include <sys/socket.h>

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
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream),
        cmocka_unit_test(clients_hang_up),
        cmocka_unit_test(stopped_while_asleep),
        cmocka_unit_test(responses_wait),
        cmocka_unit_test(wait_for_nobody),
        cmocka_unit_test(woken_all_the_time),
    };
    return cmocka_run_group_tests_name("server/http/stream", tests, NULL, NULL);
}
