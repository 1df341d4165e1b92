/* SPDX-License-Identifier: Apache-2.0 */
/*
 * podgate serve, as an API server sees it: reviews over TLS, kept alive.
 *
 *     podgate-bench-webhook ROUNDS MS      lines of name and value
 *
 * MS is how long each figure is taken. N connections, figures a second:
 *
 *     echo-N          libmicrohttpd alone, which takes the body and sends as much of it back as an
 *                     answer to a review has
 *     listener-N      the same by our listener
 *     validate-N      reviews, with 10 policies
 *     validate-many   over 64 connections, 10,000 policies
 *
 * And in microseconds:
 *
 *     echo-cpu-us-N, listener-cpu-us-N, validate-cpu-us-N   the server's processor time for each
 *     p50-us-N, p99-us-N, p999-us-N                         how long reviews take
 *
 * Figures are the best of so many rounds, taken in turn. Clients run beside the server: with two
 * cores they take about half of the machine.
 */
#include "client.h"
#include "cluster.h"

#include "server/http/http.h"
#include "server/webhook/webhook.h"

#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 64, SAMPLES_MAX = 1 << 20, POLICIES_FEW = 10, POLICIES_MANY = 10000 };

static const int connection_counts[] = { 1, 8, 64 };

/* -- servers ----------------------------------------------------------------------------------- */

enum { ANSWER_BYTES = 300 /* of a review */ };

static void serve_bytes(void *context, const HttpRequest *r, Arena *a, HttpResponse *out)
{
    (void)context;
    (void)a;
    http_response_header(out, STR("Content-Type"), STR("application/json"));
    out->status = 200;
    out->body = str_slice(r->body, 0, ANSWER_BYTES);
}

static int start_listener(const Snapshot *policies, const CertPair *cert, Arena *a)
{
    HttpServer *server;
    Err err;
    HttpServerOptions o = { .address = STR("127.0.0.1"),
                            .cert_pem = cert->cert_pem,
                            .key_pem = cert->key_pem,
                            .connection_bytes = WEBHOOK_CONNECTION_BYTES,
                            .handler = serve_bytes };
    if (policies) {
        WebhookOptions w = {
            .target = kube_target(30),
            .plugins = ADMISSION_PLUGIN_BIT(ADMISSION_POD_SECURITY_POLICY),
        };
        o.context = webhook_new(&w);
        o.handler = webhook_serve;
        webhook_publish(o.context, policies);
    }
    return http_server_start(&o, a, &server, &err) ? http_server_port(server) : 0;
}

/* -- libmicrohttpd alone ----------------------------------------------------------------------- */

typedef struct Upload {
    size_t len;
    char body[8192];
} Upload;

static enum MHD_Result echo(void *context, struct MHD_Connection *connection, const char *url,
                            const char *method, const char *version, const char *data, size_t *size,
                            void **at)
{
    (void)context;
    (void)url;
    (void)method;
    (void)version;
    Upload *u = *at;
    if (!u) {
        *at = u = malloc(sizeof(*u));
        u->len = 0;
        return MHD_YES;
    }
    if (*size) {
        if (*size > sizeof(u->body) - u->len) {
            return MHD_NO;
        }
        memcpy(u->body + u->len, data, *size);
        u->len += *size;
        *size = 0;
        return MHD_YES;
    }
    struct MHD_Response *r = MHD_create_response_from_buffer(
        u->len < ANSWER_BYTES ? u->len : ANSWER_BYTES, u->body, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(r, "Content-Type", "application/json");
    enum MHD_Result done = MHD_queue_response(connection, 200, r);
    MHD_destroy_response(r);
    return done;
}

static void echo_end(void *context, struct MHD_Connection *connection, void **at,
                     enum MHD_RequestTerminationCode code)
{
    (void)context;
    (void)connection;
    (void)code;
    free(*at);
    *at = NULL;
}

/* With the threads and the ciphers that our listener has. */
static int start_echo(const CertPair *cert, Arena *a)
{
    int port = 0;
    int listener;
    Err err;
    if (!http_listen(STR("127.0.0.1"), &port, a, &listener, &err)) {
        return 0;
    }
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct MHD_Daemon *d = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TLS, 0, NULL, NULL, echo, NULL,
        MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_THREAD_POOL_SIZE,
        cores < 2 ? 2U : (unsigned)cores, MHD_OPTION_HTTPS_MEM_CERT, arena_cstr(a, cert->cert_pem),
        MHD_OPTION_HTTPS_MEM_KEY, arena_cstr(a, cert->key_pem), MHD_OPTION_HTTPS_PRIORITIES,
        "NORMAL:-CIPHER-ALL:+AES-128-GCM:+CHACHA20-POLY1305:+AES-256-GCM",
        MHD_OPTION_NOTIFY_COMPLETED, echo_end, NULL, MHD_OPTION_END);
    return d ? port : 0;
}

/* -- processes --------------------------------------------------------------------------------- */

/* In a process of its own; context is made there. */
static Served start(bool by_listener, const Snapshot *policies, Arena *a)
{
    static const Str names[] = { STR_INIT("127.0.0.1") };
    CertAuthority *ca;
    CertPair cert;
    Err err;
    Served s = { 0 };
    int ends[2];
    int64_t now = (int64_t)time(NULL);
    if (!cert_authority_new(STR("bench"), now, a, &ca, &err) ||
        !cert_issue_server(ca, (StrList){ names, 1 }, now, a, &cert, &err) ||
        !cert_issue_client(ca, STR("bench"), (StrList){ NULL, 0 }, now, a, &s.admin, &err)) {
        bench_die("no certificates");
    }
    if (pipe(ends) != 0 || (s.pid = fork()) < 0) {
        bench_die("no process");
    }
    if (s.pid == 0) {
        int port = by_listener ? start_listener(policies, &cert, a) : start_echo(&cert, a);
        if (port == 0) {
            _exit(2);
        }
        ssize_t n = write(ends[1], &port, sizeof(port));
        (void)n;
        for (;;) {
            pause();
        }
    }
    close(ends[1]);
    if (read(ends[0], &s.port, sizeof(s.port)) != sizeof(s.port)) {
        bench_die("it does not serve");
    }
    close(ends[0]);
    return s;
}

/* -- clients ----------------------------------------------------------------------------------- */

typedef struct Figures {
    double rate;
    double p50;
    double p99;
    double p999;
    double cpu_us; /* the server's processor time for each */
} Figures;

static double samples[SAMPLES_MAX];

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double cpu_us(pid_t pid)
{
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0) {
        bench_die("no processor time");
    }
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* All connections have a request under way all the time. */
static Figures load(const Served *s, int count, Str request, double ms)
{
    static Client clients[CONNECTIONS_MAX];
    static double sent[CONNECTIONS_MAX];
    size_t done = 0;
    for (int i = 0; i < count; i++) {
        clients[i] = client_open(s);
        if (ask(&clients[i], request) != 200) {
            bench_die("not the status that was expected");
        }
    }
    double used = cpu_us(s->pid);
    double began = now_us();
    for (int i = 0; i < count; i++) {
        sent[i] = now_us();
        client_send(&clients[i], request);
    }
    while (now_us() - began < ms * 1000) {
        for (int i = 0; i < count; i++) {
            client_receive(&clients[i]);
            double now = now_us();
            if (done < SAMPLES_MAX) {
                samples[done] = now - sent[i];
            }
            done++;
            sent[i] = now;
            client_send(&clients[i], request);
        }
    }
    double us = now_us() - began;
    used = cpu_us(s->pid) - used;
    for (int i = 0; i < count; i++) {
        client_receive(&clients[i]);
        client_close(&clients[i]);
    }
    size_t kept = done < SAMPLES_MAX ? done : SAMPLES_MAX;
    qsort(samples, kept, sizeof(*samples), by_value);
    return (Figures){ (double)done / us * 1e6, samples[kept / 2], samples[kept * 99 / 100],
                      samples[kept * 999 / 1000], used / (double)done };
}

static void keep_best(Figures *best, Figures f)
{
    double cpu = best->rate > 0 && best->cpu_us < f.cpu_us ? best->cpu_us : f.cpu_us;
    *best = f.rate > best->rate ? f : *best;
    best->cpu_us = cpu;
}

static Str read_file(const char *path, Arena *a)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        bench_die("no review");
    }
    Buf b = buf_new(a);
    size_t got;
    while ((got = fread(buf_reserve(&b, 4096), 1, 4096, f)) > 0) {
        b.len += got;
    }
    fclose(f);
    return buf_str(&b);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        bench_die("usage: podgate-bench-webhook ROUNDS MS");
    }
    int rounds = atoi(argv[1]);
    double ms = atof(argv[2]);
    Arena a;
    arena_init(&a, 0);
    signal(SIGPIPE, SIG_IGN);
    Str request = post("/validate?timeout=10s", read_file(BENCH_DATA "/review.json", &a), &a);
    Served nothing = start(true, NULL, &a);
    Served plain = start(false, NULL, &a);
    Served few = start(true, cluster_tenants(POLICIES_FEW), &a);
    Served many = start(true, cluster_tenants(POLICIES_MANY), &a);
    Figures echoes[COUNT_OF(connection_counts)] = { 0 };
    Figures listener[COUNT_OF(connection_counts)] = { 0 };
    Figures reviews[COUNT_OF(connection_counts)] = { 0 };
    Figures with_many = { 0 };
    for (int r = 0; r < rounds; r++) {
        for (size_t i = 0; i < COUNT_OF(connection_counts); i++) {
            keep_best(&echoes[i], load(&plain, connection_counts[i], request, ms));
            keep_best(&listener[i], load(&nothing, connection_counts[i], request, ms));
            keep_best(&reviews[i], load(&few, connection_counts[i], request, ms));
        }
        keep_best(&with_many, load(&many, CONNECTIONS_MAX, request, ms));
    }
    for (size_t i = 0; i < COUNT_OF(connection_counts); i++) {
        int n = connection_counts[i];
        const struct {
            const char *name;
            const Figures *figures;
        } of[] = { { "echo", &echoes[i] },
                   { "listener", &listener[i] },
                   { "validate", &reviews[i] } };
        for (size_t k = 0; k < COUNT_OF(of); k++) {
            printf("%s-%d %.0f\n%s-cpu-us-%d %.2f\n", of[k].name, n, of[k].figures->rate,
                   of[k].name, n, of[k].figures->cpu_us);
        }
        printf("p50-us-%d %.1f\np99-us-%d %.1f\np999-us-%d %.1f\n", n, reviews[i].p50, n,
               reviews[i].p99, n, reviews[i].p999);
    }
    printf("validate-many %.0f\n", with_many.rate);
    served_stop(&plain);
    served_stop(&nothing);
    served_stop(&few);
    served_stop(&many);
    arena_done(&a);
    return 0;
}
