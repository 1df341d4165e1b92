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
#include "base/base64.h"
#include "base/buf.h"
#include "server/auth/certs.h"
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

static void die(const char *what)
{
    fprintf(stderr, "podgate-bench-serve: %s\n", what);
    exit(2);
}

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* -- the server -------------------------------------------------------------------------------- */

typedef struct Served {
    pid_t pid;
    int port;
    CertPair admin; /* empty: none */
} Served;

static Str read_file(const char *path, Arena *a)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        die("no kubeconfig");
    }
    Buf b = buf_new(a);
    size_t got;
    while ((got = fread(buf_reserve(&b, 4096), 1, 4096, f)) > 0) {
        b.len += got;
    }
    fclose(f);
    return buf_str(&b);
}

/* What follows key in a line of the kubeconfig. */
static Str value_of(Str text, const char *key)
{
    ptrdiff_t at = str_index(text, str_from_c(key));
    Str value;
    Str rest;
    if (at < 0) {
        die("not the kubeconfig that was expected");
    }
    str_split_once(str_drop(text, (size_t)at + strlen(key)), '\n', &value, &rest);
    return value;
}

static Str pem_of(Str text, const char *key, Arena *a)
{
    Buf b = buf_new(a);
    if (!base64_read(value_of(text, key), &b)) {
        die("no base64");
    }
    return buf_str(&b);
}

static void read_kubeconfig(const char *path, Arena *a, Served *out)
{
    Str text = read_file(path, a);
    Str server = value_of(text, "server: https://127.0.0.1:");
    int64_t port;
    if (!str_to_int64(server, &port)) {
        die("no port");
    }
    out->port = (int)port;
    out->admin = (CertPair){ .cert_pem = pem_of(text, "client-certificate-data: ", a),
                             .key_pem = pem_of(text, "client-key-data: ", a) };
}

static Served start(const char *program, Arena *a)
{
    int ends[2];
    char path[4096];
    Served s = { 0 };
    if (pipe(ends) != 0 || (s.pid = fork()) < 0) {
        die("no process");
    }
    if (s.pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        if (!freopen("/dev/null", "w", stderr)) {
            _exit(2);
        }
        execl(program, program, "up", (char *)NULL);
        _exit(2);
    }
    close(ends[1]);
    ssize_t n = read(ends[0], path, sizeof(path) - 1);
    close(ends[0]);
    if (n <= 0) {
        die("it does not serve");
    }
    path[n - 1] = '\0'; /* the line break */
    read_kubeconfig(path, a, &s);
    return s;
}

static void stop(const Served *s)
{
    kill(s->pid, SIGTERM);
    waitpid(s->pid, NULL, 0);
}

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
        die("no certificates");
    }
    if (pipe(ends) != 0 || (s.pid = fork()) < 0) {
        die("no process");
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
        die("the echo does not serve");
    }
    close(ends[0]);
    return s;
}

/* -- a client ---------------------------------------------------------------------------------- */

typedef struct Client {
    int fd;
    gnutls_session_t session;
    gnutls_certificate_credentials_t credentials;
} Client;

static int dial(int port)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
        die("cannot connect");
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

static Client client_open(const Served *s)
{
    Client c = { .fd = dial(s->port) };
    gnutls_datum_t cert = { (unsigned char *)s->admin.cert_pem.ptr,
                            (unsigned)s->admin.cert_pem.len };
    gnutls_datum_t key = { (unsigned char *)s->admin.key_pem.ptr, (unsigned)s->admin.key_pem.len };
    gnutls_certificate_allocate_credentials(&c.credentials);
    gnutls_certificate_set_x509_key_mem(c.credentials, &cert, &key, GNUTLS_X509_FMT_PEM);
    gnutls_init(&c.session, GNUTLS_CLIENT);
    gnutls_set_default_priority(c.session);
    gnutls_credentials_set(c.session, GNUTLS_CRD_CERTIFICATE, c.credentials);
    gnutls_transport_set_int(c.session, c.fd);
    int status;
    do {
        status = gnutls_handshake(c.session);
    } while (status < 0 && !gnutls_error_is_fatal(status));
    if (status < 0) {
        die(gnutls_strerror(status));
    }
    return c;
}

static void client_close(Client *c)
{
    gnutls_deinit(c->session);
    gnutls_certificate_free_credentials(c->credentials);
    close(c->fd);
}

static bool is_whole(Str answer)
{
    ptrdiff_t end = str_index(answer, STR("\r\n\r\n"));
    ptrdiff_t at = str_index(answer, STR("Content-Length: "));
    return end >= 0 && at >= 0 &&
           answer.len >= (size_t)end + 4 + (size_t)strtoul(answer.ptr + at + 16, NULL, 10);
}

/* The status. */
static int ask(Client *c, Str request)
{
    static char answer[1 << 20];
    size_t len = 0;
    if (gnutls_record_send(c->session, request.ptr, request.len) != (ssize_t)request.len) {
        die("cannot send");
    }
    do {
        ssize_t n = gnutls_record_recv(c->session, answer + len, sizeof(answer) - 1 - len);
        if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED) {
            continue;
        }
        if (n <= 0) {
            die("the connection ended");
        }
        len += (size_t)n;
        answer[len] = '\0';
    } while (!is_whole(str_from(answer, len)));
    return (int)strtol(answer + strlen("HTTP/1.1 "), NULL, 10);
}

static Str get(const char *path, Arena *a)
{
    return arena_printf(a, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
}

static Str post(const char *path, Str body, Arena *a)
{
    return arena_printf(a,
                        "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                        "Content-Length: %zu\r\n\r\n%.*s",
                        path, body.len, STR_ARG(body));
}

/* -- what is measured -------------------------------------------------------------------------- */

static double mean_us(const Served *s, const Str *requests, size_t count, int status)
{
    Client c = client_open(s);
    ask(&c, requests[0]);
    double began = now_us();
    for (size_t i = 1; i < count; i++) {
        if (ask(&c, requests[i]) != status) {
            die("not the status that was expected");
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

/* A namespace with an account whose pods a policy admits. */
static void prepare_pods(const Served *s, Arena *a)
{
    static const struct {
        const char *path;
        const char *body;
    } rows[] = {
        { "/api/v1/namespaces", "{\"metadata\":{\"name\":\"bench\"}}" },
        { "/api/v1/namespaces/bench/serviceaccounts", "{\"metadata\":{\"name\":\"default\"}}" },
        { "/apis/policy/v1beta1/podsecuritypolicies",
          "{\"metadata\":{\"name\":\"all\"},\"spec\":{\"privileged\":true,\"volumes\":[\"*\"],"
          "\"seLinux\":{\"rule\":\"RunAsAny\"},\"runAsUser\":{\"rule\":\"RunAsAny\"},"
          "\"fsGroup\":{\"rule\":\"RunAsAny\"},\"supplementalGroups\":{\"rule\":\"RunAsAny\"}}}" },
    };
    Client c = client_open(s);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ask(&c, post(rows[i].path, str_from_c(rows[i].body), a)); /* 409: it is there */
    }
    client_close(&c);
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

static long resident_kib(pid_t pid)
{
    char path[64];
    char line[256];
    long kib = 0;
    snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof(line), f)) {
        if (strncmp(line, "VmRSS:", 6) == 0) {
            kib = strtol(line + 6, NULL, 10);
        }
    }
    if (f) {
        fclose(f);
    }
    return kib;
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
    Served s = start(program, a);
    Client c = client_open(&s);
    ask(&c, get("/version", a));
    printf("idle-kib %ld\n", resident_kib(s.pid));
    client_close(&c);
    measure_silent(&s, a);
    Served e = start_echo(a);
    printf("echo-us %.2f\n", best_get_us(&e, "/api/v1/namespaces/default", rounds, a));
    stop(&e);
    printf("get-us %.2f\n", best_get_us(&s, "/api/v1/namespaces/default", rounds, a));
    prepare_pods(&s, a);
    printf("create-us %.2f\n", best_create_us(&s, rounds, a));
    stop(&s);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void starts(const char *program, int rounds, Arena *a)
{
    double *ms = new (a, double, (size_t)rounds);
    for (int i = 0; i < rounds; i++) {
        double began = now_us();
        Served s = start(program, a);
        Client c = client_open(&s);
        ask(&c, get("/version", a));
        ms[i] = (now_us() - began) / 1000;
        client_close(&c);
        stop(&s);
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
        die("start|rates PROGRAM ROUNDS");
    }
    signal(SIGPIPE, SIG_IGN);
    (strcmp(argv[1], "start") == 0 ? starts : rates)(argv[2], (int)rounds, &a);
    arena_done(&a);
    return 0;
}
