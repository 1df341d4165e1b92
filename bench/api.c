/* SPDX-License-Identifier: Apache-2.0 */
/*
 * podgate up under load, over TLS: lines of name and value. Without nodes, so that nobody else
 * writes.
 *
 *     podgate-bench-api PROGRAM PODS
 *
 *     create-us          a pod created through the whole chain, one connection: the median
 *     create-dry-us      the same as a dry run
 *     create-per-s       pods created in a second, one connection
 *     create-32-per-s    the same, 32 connections that each wait for their answers
 *     pod-json-bytes     of one pod as it is sent, managedFields and all
 *     pod-held-bytes     what the resident memory grew by for each of PODS pods
 *     list-ms            all of them listed
 *     list-first-ms      to the first byte of it
 *     list-mb-per-s
 *     watch-per-s        events that 100 watches are sent in a second, all told
 *     watch-1000-per-s   the same, 1,000 watches
 *     apply-per-s        server-side applies in a second that each change a field, one connection
 */
#include "client.h"

#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CONNECTIONS = 32, CREATES = 2000, WATCHES_MAX = 1000, WATCHED_MAX = 300, FOUND_BYTES = 15 };

static const char pods_path[] = "/api/v1/namespaces/bench/pods";

/* A pod as a Deployment's template has it. */
static Str pod(const char *name, size_t number, const char *query, Arena *a)
{
    Str body = arena_printf(
        a,
        "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"%s-%zu\",\"labels\":{"
        "\"app.kubernetes.io/name\":\"web\",\"app.kubernetes.io/instance\":\"shop\","
        "\"pod-template-hash\":\"6d4cf56db6\"},\"annotations\":{\"checksum/config\":"
        "\"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"}},\"spec\":{"
        "\"automountServiceAccountToken\":false,\"containers\":[{\"name\":\"web\",\"image\":"
        "\"registry.example/shop/web:2.14.1\",\"env\":[{\"name\":\"LOG_LEVEL\",\"value\":\"info\"},"
        "{\"name\":\"POD_IP\",\"valueFrom\":{\"fieldRef\":{\"fieldPath\":\"status.podIP\"}}}],"
        "\"ports\":[{\"name\":\"http\",\"containerPort\":8080}],\"resources\":{\"requests\":{"
        "\"cpu\":\"100m\",\"memory\":\"64Mi\"},\"limits\":{\"memory\":\"128Mi\"}},"
        "\"readinessProbe\":{\"httpGet\":{\"path\":\"/ready\",\"port\":\"http\"}},"
        "\"securityContext\":{\"runAsNonRoot\":true,\"allowPrivilegeEscalation\":false,"
        "\"capabilities\":{\"drop\":[\"ALL\"]}},\"volumeMounts\":[{\"name\":\"config\","
        "\"mountPath\":\"/etc/web\"}]}],\"volumes\":[{\"name\":\"config\",\"configMap\":{\"name\":"
        "\"web\"}}]}}",
        name, number);
    return post(arena_printf(a, "%s%s", pods_path, query).ptr, body, a);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median of one create; *per_s gets how many there are in a second. */
static double creates(const Served *s, const char *name, const char *query, double *per_s)
{
    static double us[CREATES];
    Arena a;
    arena_init(&a, 0);
    Client c = client_open(s);
    double began = now_us();
    for (size_t i = 0; i < CREATES; i++) {
        Str request = pod(name, i, query, &a);
        double from = now_us();
        if (ask(&c, request) != 201) {
            bench_die("a pod was not created");
        }
        us[i] = now_us() - from;
        arena_reset(&a);
    }
    *per_s = CREATES / (now_us() - began) * 1e6;
    client_close(&c);
    qsort(us, CREATES, sizeof(*us), by_value);
    arena_done(&a);
    return us[CREATES / 2];
}

/* So many pods, over connections that each wait for an answer; how many there are in a second. */
static double creates_at_once(const Served *s, size_t count)
{
    Client clients[CONNECTIONS];
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < CONNECTIONS; i++) {
        clients[i] = client_open(s);
    }
    double began = now_us();
    for (size_t i = 0; i < count; i += CONNECTIONS) {
        for (size_t j = 0; j < CONNECTIONS; j++) {
            client_send(&clients[j], pod("many", i + j, "", &a));
        }
        for (size_t j = 0; j < CONNECTIONS; j++) {
            if (client_receive(&clients[j]) != 201) {
                bench_die("a pod was not created");
            }
        }
        arena_reset(&a);
    }
    double per_s = (double)count / (now_us() - began) * 1e6;
    for (size_t i = 0; i < CONNECTIONS; i++) {
        client_close(&clients[i]);
    }
    arena_done(&a);
    return per_s;
}

/* Reads a large answer: its length; *first gets when its first byte came. */
static size_t read_large(Client *c, double *first)
{
    static char block[1 << 16];
    size_t got = 0, whole = SIZE_MAX;
    while (got < whole) {
        ssize_t n = gnutls_record_recv(c->session, block, sizeof(block) - 1);
        if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED) {
            continue;
        }
        if (n <= 0) {
            bench_die("the connection ended");
        }
        if (got == 0) {
            *first = now_us();
            Str head = str_from(block, (size_t)n);
            ptrdiff_t length = str_index(head, STR("Content-Length: "));
            ptrdiff_t end = str_index(head, STR("\r\n\r\n"));
            block[n] = '\0';
            if (length >= 0) {
                whole = (size_t)end + 4 + (size_t)strtoul(block + length + 16, NULL, 10);
            }
        }
        got += (size_t)n;
        if (whole == SIZE_MAX && str_ends_with(str_from(block, (size_t)n), STR("0\r\n\r\n"))) {
            break; /* the end of what comes in chunks */
        }
    }
    return got;
}

static size_t lists(const Served *s)
{
    enum { ROUNDS = 5 };
    double best = 0, best_first = 0;
    size_t bytes = 0;
    Arena a;
    arena_init(&a, 0);
    Client c = client_open(s);
    for (int i = 0; i < ROUNDS; i++) {
        double began = now_us(), first = began;
        client_send(&c, get(pods_path, &a));
        bytes = read_large(&c, &first);
        double us = now_us() - began;
        best = i == 0 || us < best ? us : best;
        best_first = i == 0 || first - began < best_first ? first - began : best_first;
    }
    client_close(&c);
    arena_done(&a);
    printf("list-ms %.2f\nlist-first-ms %.2f\nlist-mb-per-s %.1f\n", best / 1000, best_first / 1000,
           (double)bytes / best);
    return bytes;
}

/* -- watches ----------------------------------------------------------------------------------- */

/* How many events there are in what came; tail keeps the end of it for the next time. */
static size_t count_events(const char *block, size_t len, char *tail)
{
    static const char wanted[] = "{\"type\":\"ADDED\"";
    _Static_assert(sizeof wanted - 1 == FOUND_BYTES, "as long as tails are");
    static char joined[(1 << 16) + FOUND_BYTES];
    size_t kept = strlen(tail), count = 0;
    memcpy(joined, tail, kept);
    memcpy(joined + kept, block, len);
    Str rest = str_from(joined, kept + len);
    for (ptrdiff_t at; (at = str_index(rest, str_from(wanted, FOUND_BYTES))) >= 0; count++) {
        rest = str_drop(rest, (size_t)at + FOUND_BYTES);
    }
    size_t keep = rest.len < FOUND_BYTES - 1 ? rest.len : FOUND_BYTES - 1;
    memcpy(tail, rest.ptr + rest.len - keep, keep);
    tail[keep] = '\0';
    return count;
}

/* In a process of its own: reads until each watch has had its events. */
static int read_watches(Client *watches, size_t count, size_t events)
{
    static char block[1 << 16];
    for (size_t i = 0; i < count; i++) {
        char tail[FOUND_BYTES + 1] = "";
        for (size_t seen = 0; seen < events;) {
            ssize_t n = gnutls_record_recv(watches[i].session, block, sizeof(block));
            if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED) {
                continue;
            }
            if (n <= 0) {
                return 2;
            }
            seen += count_events(block, (size_t)n, tail);
        }
    }
    return 0;
}

/* Events that so many watches are sent in a second, all told. */
static double fan_out(const Served *s, size_t count, size_t events, const char *name)
{
    static Client watches[WATCHES_MAX];
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < count; i++) {
        watches[i] = client_open(s);
        client_send(
            &watches[i],
            get(arena_printf(&a, "%s?watch=true&labelSelector=watched%%3D%s", pods_path, name).ptr,
                &a));
        client_receive_head(&watches[i]);
    }
    pid_t reader = fork();
    if (reader == 0) {
        _exit(read_watches(watches, count, events));
    }
    Client c = client_open(s);
    double began = now_us();
    for (size_t i = 0; i < events; i++) {
        Str body = arena_printf(&a,
                                "{\"metadata\":{\"name\":\"%s-%zu\",\"labels\":{\"watched\":"
                                "\"%s\"}},\"spec\":{\"automountServiceAccountToken\":false,"
                                "\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}}",
                                name, i, name);
        if (ask(&c, post(pods_path, body, &a)) != 201) {
            bench_die("a pod was not created");
        }
    }
    int status;
    if (waitpid(reader, &status, 0) < 0 || status != 0) {
        bench_die("a watch ended");
    }
    double us = now_us() - began;
    client_close(&c);
    for (size_t i = 0; i < count; i++) {
        close(watches[i].fd); /* its session went on in the other process */
    }
    arena_done(&a);
    return (double)(count * events) / us * 1e6;
}

/* -- server-side apply ------------------------------------------------------------------------- */

static double applies(const Served *s)
{
    enum { APPLIES = 2000 };
    Arena a;
    arena_init(&a, 0);
    Client c = client_open(s);
    double began = now_us();
    for (size_t i = 0; i < APPLIES; i++) {
        Str body = arena_printf(&a,
                                "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{"
                                "\"name\":\"applied\"},\"spec\":{\"replicas\":%zu,\"selector\":{"
                                "\"matchLabels\":{\"app\":\"web\"}},\"template\":{\"metadata\":{"
                                "\"labels\":{\"app\":\"web\"}},\"spec\":{\"containers\":[{\"name\":"
                                "\"web\",\"image\":\"registry.example/web:%zu\",\"ports\":[{"
                                "\"containerPort\":8080}]}]}}}}",
                                i % 2, i);
        Str request = arena_printf(
            &a,
            "PATCH /apis/apps/v1/namespaces/bench/deployments/applied?"
            "fieldManager=bench HTTP/1.1\r\nHost: x\r\nContent-Type: "
            "application/apply-patch+yaml\r\nContent-Length: %zu\r\n\r\n%.*s",
            body.len, STR_ARG(body));
        int status = ask(&c, request);
        if (status != 200 && status != 201) {
            bench_die("nothing was applied");
        }
        arena_reset(&a);
    }
    double per_s = APPLIES / (now_us() - began) * 1e6;
    client_close(&c);
    arena_done(&a);
    return per_s;
}

int main(int argc, char **argv)
{
    Arena a;
    int64_t pods = 0;
    double per_s;
    arena_init(&a, 0);
    if (argc != 3 || !str_to_int64(str_from_c(argv[2]), &pods) || pods < 1 || pods > 1000000) {
        bench_die("PROGRAM PODS");
    }
    size_t count = ((size_t)pods + CONNECTIONS - 1) / CONNECTIONS * CONNECTIONS;
    Served s = served_start(argv[1], "0", NULL, &a);
    prepare_pods(&s, &a);
    (void)creates(&s, "warm", "?dryRun=All", &per_s);
    printf("create-dry-us %.1f\n", creates(&s, "dry", "?dryRun=All", &per_s));
    long before = resident_kib(s.pid);
    printf("create-32-per-s %.0f\n", creates_at_once(&s, count));
    double held = (double)(resident_kib(s.pid) - before) * 1024 / (double)count;
    size_t bytes = lists(&s);
    printf("pod-json-bytes %.0f\npod-held-bytes %.0f\n", (double)bytes / (double)count, held);
    printf("create-us %.1f\n", creates(&s, "one", "", &per_s));
    printf("create-per-s %.0f\n", per_s);
    printf("watch-per-s %.0f\n", fan_out(&s, 100, WATCHED_MAX, "hundred"));
    printf("watch-1000-per-s %.0f\n", fan_out(&s, WATCHES_MAX, 60, "thousand"));
    printf("apply-per-s %.0f\n", applies(&s));
    served_stop(&s);
    arena_done(&a);
    return 0;
}
