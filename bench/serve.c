/* SPDX-License-Identifier: Apache-2.0 */
/*
 * podgate up, measured as a client sees it.
 *
 *     podgate-bench-serve start PROGRAM ROUNDS   ms from its start to its first answer, the median
 *     podgate-bench-serve rates PROGRAM ROUNDS   lines of name and value:
 *         idle-kib       resident memory when it has answered one request
 *         silent-kib     more for each of 2,000 connections that say nothing
 *         echo-us        a request to a handler that does nothing, over TLS, kept alive
 *         get-us         the same: a namespace is read
 *         create-us      the same: a pod is created
 *
 * Times are the best of so many rounds, each the mean of some hundred requests one after the other.
 */
#include "client.h"

#include "server/http/http.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { REQUESTS = 300, SILENT = 2000 };

/* -- a server that does nothing ---------------------------------------------------------------- */

static void echo(void *context, const HttpRequest *r, Arena *a, HttpResponse *out)
{
    (void)context;
    (void)a;
    http_response_header(out, STR("Content-Type"), STR("application/json"));
    out->body = r->target;
}

static Served start_echo(Arena *a)
{
    static const Str names[] = { STR_INIT("127.0.0.1") };
    static const Str groups[] = { STR_INIT("system:masters") };
    CertAuthority *ca;
    CertPair cert;
    HttpServer *server;
    Err err;
    Served s = { 0 };
    int ends[2];
    int64_t now = (int64_t)time(NULL);
    if (!cert_authority_new(STR("bench"), now, a, &ca, &err) ||
        !cert_issue_server(ca, (StrList){ names, 1 }, now, a, &cert, &err) ||
        !cert_issue_client(ca, STR("bench"), (StrList){ groups, 1 }, now, a, &s.admin, &err)) {
        bench_die("no certificates");
    }
    if (pipe(ends) != 0 || (s.pid = fork()) < 0) {
        bench_die("no process");
    }
    if (s.pid == 0) {
        HttpServerOptions o = { .address = STR("127.0.0.1"),
                                .cert_pem = cert.cert_pem,
                                .key_pem = cert.key_pem,
                                .client_ca_pem = cert_authority_pem(ca),
                                .handler = echo };
        if (!http_server_start(&o, a, &server, &err)) {
            _exit(2);
        }
        int port = http_server_port(server);
        ssize_t n = write(ends[1], &port, sizeof(port));
        (void)n;
        for (;;) {
            pause();
        }
    }
    close(ends[1]);
    if (read(ends[0], &s.port, sizeof(s.port)) != sizeof(s.port)) {
        bench_die("the echo does not serve");
    }
    close(ends[0]);
    return s;
}

/* -- what is measured -------------------------------------------------------------------------- */

static double mean_us(const Served *s, const Str *requests, size_t count, int status)
{
    Client c = client_open(s);
    ask(&c, requests[0]);
    double began = now_us();
    for (size_t i = 1; i < count; i++) {
        if (ask(&c, requests[i]) != status) {
            bench_die("not the status that was expected");
        }
    }
    double us = (now_us() - began) / (double)(count - 1);
    client_close(&c);
    return us;
}

static double best_get_us(const Served *s, const char *path, int rounds, Arena *a)
{
    Str requests[REQUESTS];
    double best = 0;
    for (size_t i = 0; i < REQUESTS; i++) {
        requests[i] = get(path, a);
    }
    for (int i = 0; i < rounds; i++) {
        double us = mean_us(s, requests, REQUESTS, 200);
        best = i == 0 || us < best ? us : best;
    }
    return best;
}

static double best_create_us(const Served *s, int rounds, Arena *a)
{
    Str requests[REQUESTS];
    double best = 0;
    for (int i = 0; i < rounds; i++) {
        for (size_t j = 0; j < REQUESTS; j++) {
            Str body = arena_printf(
                a,
                "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"p-%d-%zu\","
                "\"labels\":{\"app\":\"web\"}},\"spec\":{\"automountServiceAccountToken\":false,"
                "\"containers\":[{\"name\":\"web\",\"image\":\"nginx:1.19\",\"resources\":{"
                "\"requests\":{\"cpu\":\"100m\",\"memory\":\"64Mi\"}},\"ports\":[{"
                "\"containerPort\":80}]}]}}",
                i, j);
            requests[j] = post("/api/v1/namespaces/bench/pods", body, a);
        }
        double us = mean_us(s, requests, REQUESTS, 201);
        best = i == 0 || us < best ? us : best;
    }
    return best;
}

static void measure_silent(const Served *s, Arena *a)
{
    static int fds[SILENT];
    struct rlimit limit = { SILENT + 100, SILENT + 100 };
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    long before = resident_kib(s->pid);
    for (size_t i = 0; i < SILENT; i++) {
        fds[i] = dial(s->port);
    }
    Client c = client_open(s); /* all before it have been taken */
    ask(&c, get("/version", a));
    printf("silent-kib %.3f\n", (double)(resident_kib(s->pid) - before) / SILENT);
    client_close(&c);
    for (size_t i = 0; i < SILENT; i++) {
        close(fds[i]);
    }
}

static void rates(const char *program, int rounds, Arena *a)
{
    Served s = served_start(program, "1", NULL, a);
    Client c = client_open(&s);
    ask(&c, get("/version", a));
    printf("idle-kib %ld\n", resident_kib(s.pid));
    client_close(&c);
    measure_silent(&s, a);
    Served e = start_echo(a);
    printf("echo-us %.2f\n", best_get_us(&e, "/api/v1/namespaces/default", rounds, a));
    served_stop(&e);
    printf("get-us %.2f\n", best_get_us(&s, "/api/v1/namespaces/default", rounds, a));
    prepare_pods(&s, a);
    printf("create-us %.2f\n", best_create_us(&s, rounds, a));
    served_stop(&s);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void starts(const char *program, int rounds, Arena *a)
{
    double *ms = new(a, double, (size_t)rounds);
    for (int i = 0; i < rounds; i++) {
        double began = now_us();
        Served s = served_start(program, "1", NULL, a);
        Client c = client_open(&s);
        ask(&c, get("/version", a));
        ms[i] = (now_us() - began) / 1000;
        client_close(&c);
        served_stop(&s);
    }
    qsort(ms, (size_t)rounds, sizeof(*ms), by_value);
    printf("start-ms %.2f\n", ms[rounds / 2]);
}

int main(int argc, char **argv)
{
    Arena a;
    arena_init(&a, 0);
    int64_t rounds = 0;
    if (argc != 4 || !str_to_int64(str_from_c(argv[3]), &rounds) || rounds < 1 || rounds > 1000) {
        bench_die("start|rates PROGRAM ROUNDS");
    }
    signal(SIGPIPE, SIG_IGN);
    (strcmp(argv[1], "start") == 0 ? starts : rates)(argv[2], (int)rounds, &a);
    arena_done(&a);
    return 0;
}
