/* SPDX-License-Identifier: Apache-2.0 */
/* A server that is measured, and clients of it over TLS. */
#include "client.h"

#include "base/base64.h"
#include "base/buf.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void bench_die(const char *what)
{
    fprintf(stderr, "podgate-bench: %s\n", what);
    exit(2);
}

double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* -- the server -------------------------------------------------------------------------------- */

static Str read_file(const char *path, Arena *a)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        bench_die("no kubeconfig");
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
        bench_die("not the kubeconfig that was expected");
    }
    str_split_once(str_drop(text, (size_t)at + strlen(key)), '\n', &value, &rest);
    return value;
}

static Str pem_of(Str text, const char *key, Arena *a)
{
    Buf b = buf_new(a);
    if (!base64_read(value_of(text, key), &b)) {
        bench_die("no base64");
    }
    return buf_str(&b);
}

static void read_kubeconfig(const char *path, Arena *a, Served *out)
{
    Str text = read_file(path, a);
    Str server = value_of(text, "server: https://127.0.0.1:");
    int64_t port;
    if (!str_to_int64(server, &port)) {
        bench_die("no port");
    }
    out->port = (int)port;
    out->admin = (CertPair){ .cert_pem = pem_of(text, "client-certificate-data: ", a),
                             .key_pem = pem_of(text, "client-key-data: ", a) };
}

Served served_start(const char *program, const char *nodes, const char *data, Arena *a)
{
    int ends[2];
    char path[4096];
    Served s = { 0 };
    if (pipe(ends) != 0 || (s.pid = fork()) < 0) {
        bench_die("no process");
    }
    if (s.pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        if (!freopen("/dev/null", "w", stderr)) {
            _exit(2);
        }
        execl(program, program, "up", "--nodes", nodes, data ? "--data" : (char *)NULL, data,
              (char *)NULL);
        _exit(2);
    }
    close(ends[1]);
    ssize_t n = read(ends[0], path, sizeof(path) - 1);
    close(ends[0]);
    if (n <= 0) {
        bench_die("it does not serve");
    }
    path[n - 1] = '\0'; /* the line break */
    read_kubeconfig(path, a, &s);
    return s;
}

void served_stop(const Served *s)
{
    kill(s->pid, SIGTERM);
    waitpid(s->pid, NULL, 0);
}

/* -- a client ---------------------------------------------------------------------------------- */

int dial(int port)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
        bench_die("cannot connect");
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

Client client_open(const Served *s)
{
    Client c = { .fd = dial(s->port) };
    gnutls_datum_t cert = { (unsigned char *)s->admin.cert_pem.ptr,
                            (unsigned)s->admin.cert_pem.len };
    gnutls_datum_t key = { (unsigned char *)s->admin.key_pem.ptr, (unsigned)s->admin.key_pem.len };
    gnutls_certificate_allocate_credentials(&c.credentials);
    if (cert.size) {
        gnutls_certificate_set_x509_key_mem(c.credentials, &cert, &key, GNUTLS_X509_FMT_PEM);
    }
    gnutls_init(&c.session, GNUTLS_CLIENT);
    gnutls_set_default_priority(c.session);
    gnutls_credentials_set(c.session, GNUTLS_CRD_CERTIFICATE, c.credentials);
    gnutls_transport_set_int(c.session, c.fd);
    int status;
    do {
        status = gnutls_handshake(c.session);
    } while (status < 0 && !gnutls_error_is_fatal(status));
    if (status < 0) {
        bench_die(gnutls_strerror(status));
    }
    return c;
}

void client_close(Client *c)
{
    gnutls_deinit(c->session);
    gnutls_certificate_free_credentials(c->credentials);
    close(c->fd);
}

static bool is_whole(Str got)
{
    ptrdiff_t end = str_index(got, STR("\r\n\r\n"));
    ptrdiff_t at = str_index(got, STR("Content-Length: "));
    return end >= 0 && at >= 0 &&
           got.len >= (size_t)end + 4 + (size_t)strtoul(got.ptr + at + 16, NULL, 10);
}

void client_send(Client *c, Str request)
{
    if (gnutls_record_send(c->session, request.ptr, request.len) != (ssize_t)request.len) {
        bench_die("cannot send");
    }
}

static _Thread_local char answer[1 << 20]; /* the latest */

/* Reads until there is enough; the status. */
static int receive(Client *c, bool (*is_enough)(Str got))
{
    size_t len = 0;
    do {
        ssize_t n = gnutls_record_recv(c->session, answer + len, sizeof(answer) - 1 - len);
        if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED) {
            continue;
        }
        if (n <= 0) {
            bench_die("the connection ended");
        }
        len += (size_t)n;
        answer[len] = '\0';
    } while (!is_enough(str_from(answer, len)));
    return (int)strtol(answer + strlen("HTTP/1.1 "), NULL, 10);
}

static bool has_head(Str got)
{
    return str_index(got, STR("\r\n\r\n")) >= 0;
}

int client_receive(Client *c)
{
    return receive(c, is_whole);
}

int client_receive_head(Client *c)
{
    return receive(c, has_head);
}

Str client_get(Client *c, const char *path, Arena *a)
{
    client_send(c, get(path, a));
    if (client_receive(c) != 200) {
        bench_die(path);
    }
    return arena_str(a, str_from_c(strstr(answer, "\r\n\r\n") + 4));
}

int ask(Client *c, Str request)
{
    client_send(c, request);
    return client_receive(c);
}

Str get(const char *path, Arena *a)
{
    return arena_printf(a, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
}

Str post(const char *path, Str body, Arena *a)
{
    return arena_printf(a,
                        "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                        "Content-Length: %zu\r\n\r\n%.*s",
                        path, body.len, STR_ARG(body));
}

/* A namespace with an account whose pods a policy admits. */
void prepare_pods(const Served *s, Arena *a)
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

long resident_kib(pid_t pid)
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
