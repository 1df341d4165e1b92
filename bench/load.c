/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same load for any API server of 127.0.0.1, over TLS: pods, one after the other over each of
 * so many connections. Lines of name and value.
 *
 *     podgate-bench-load PORT TOKEN CONNECTIONS PODS NAME
 *
 *     per-s    pods created in a second
 *     p50-us   half of them were there after, at most
 *     p99-us
 *
 * They are called NAME-1 and so on, in the namespace "bench", which is made when it is missing, as
 * is its account.
 */
#include "base/buf.h"
#include "client.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECTIONS_MAX = 1024, PODS_MAX = 1000000, ANSWER_BYTES = 1 << 16 };

/* A connection, the answer that comes over it, and since when it is waited for. */
typedef struct Lane {
    Client client;
    char *answer;
    size_t len;
    double began;
    bool waits;
} Lane;

typedef struct Load {
    const char *token;
    const char *name;
    size_t pods;
    size_t sent;
    size_t done;
    double *us;
} Load;

static Str request(const char *path, const char *token, Str body, Arena *a)
{
    return arena_printf(a,
                        "POST %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
                        "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%.*s",
                        path, token, body.len, STR_ARG(body));
}

/* As a Deployment's template has it. */
static Str pod(const Load *load, Arena *a)
{
    Str body = arena_printf(
        a,
        "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"%s-%zu\",\"labels\":{"
        "\"app.kubernetes.io/name\":\"web\",\"pod-template-hash\":\"6d4cf56db6\"}},\"spec\":{"
        "\"automountServiceAccountToken\":false,\"containers\":[{\"name\":\"web\",\"image\":"
        "\"registry.example/shop/"
        "web:2.14.1\",\"env\":[{\"name\":\"LOG_LEVEL\",\"value\":\"info\"}],"
        "\"ports\":[{\"name\":\"http\",\"containerPort\":8080}],\"resources\":{\"requests\":{"
        "\"cpu\":\"100m\",\"memory\":\"64Mi\"},\"limits\":{\"memory\":\"128Mi\"}},"
        "\"readinessProbe\":{\"httpGet\":{\"path\":\"/ready\",\"port\":\"http\"}},"
        "\"securityContext\":{\"runAsNonRoot\":true,\"allowPrivilegeEscalation\":false,"
        "\"capabilities\":{\"drop\":[\"ALL\"]}},\"volumeMounts\":[{\"name\":\"config\","
        "\"mountPath\":\"/etc/web\"}]}],\"volumes\":[{\"name\":\"config\",\"configMap\":{\"name\":"
        "\"web\"}}]}}",
        load->name, load->sent);
    return request("/api/v1/namespaces/bench/pods", load->token, body, a);
}

/* Whether an answer has come to its end: by its length, or by its last chunk. */
static bool is_whole(Str answer)
{
    ptrdiff_t end = str_index(answer, STR("\r\n\r\n"));
    if (end < 0) {
        return false;
    }
    Str head = str_from(answer.ptr, (size_t)end);
    ptrdiff_t at = str_index(head, STR("Content-Length: "));
    if (at >= 0) {
        return answer.len >= (size_t)end + 4 + strtoul(head.ptr + at + 16, NULL, 10);
    }
    return str_ends_with(answer, STR("\r\n0\r\n\r\n"));
}

/* Reads what there is; the status once the answer is whole, 0 before. */
static int receive(Lane *lane)
{
    for (;;) {
        ssize_t n = gnutls_record_recv(lane->client.session, lane->answer + lane->len,
                                       ANSWER_BYTES - 1 - lane->len);
        if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED) {
            return 0;
        }
        if (n <= 0) {
            bench_die("the connection ended");
        }
        lane->len += (size_t)n;
        lane->answer[lane->len] = '\0';
        if (is_whole(str_from(lane->answer, lane->len))) {
            return (int)strtol(lane->answer + strlen("HTTP/1.1 "), NULL, 10);
        }
    }
}

static void send_next(Load *load, Lane *lane, Arena *a)
{
    lane->waits = load->sent < load->pods;
    if (lane->waits) {
        Str text = pod(load, a);
        load->sent++;
        lane->len = 0;
        lane->began = now_us();
        client_send(&lane->client, text);
        arena_reset(a);
    }
}

static void answered(Load *load, Lane *lane, Arena *a)
{
    int status = receive(lane);
    if (status == 0) {
        return;
    }
    if (status != 201) {
        fprintf(stderr, "%s\n", lane->answer);
        bench_die("a pod was not created");
    }
    load->us[load->done++] = now_us() - lane->began;
    send_next(load, lane, a);
}

static void run(Load *load, Lane *lanes, size_t count, Arena *a)
{
    static struct pollfd polled[CONNECTIONS_MAX];
    for (size_t i = 0; i < count; i++) {
        polled[i] = (struct pollfd){ .fd = lanes[i].client.fd, .events = POLLIN };
        send_next(load, &lanes[i], a);
    }
    while (load->done < load->pods) {
        if (poll(polled, count, -1) < 0) {
            bench_die("cannot wait");
        }
        for (size_t i = 0; i < count; i++) {
            if (polled[i].revents && lanes[i].waits) {
                answered(load, &lanes[i], a);
            }
        }
    }
}

static void prepare(const char *token, Lane *lane, Arena *a)
{
    static const struct {
        const char *path;
        const char *body;
    } rows[] = {
        { "/api/v1/namespaces", "{\"metadata\":{\"name\":\"bench\"}}" },
        { "/api/v1/namespaces/bench/serviceaccounts", "{\"metadata\":{\"name\":\"default\"}}" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        lane->len = 0;
        client_send(&lane->client, request(rows[i].path, token, str_from_c(rows[i].body), a));
        while (receive(lane) == 0) { /* 409: it is there */
            struct pollfd one = { .fd = lane->client.fd, .events = POLLIN };
            (void)poll(&one, 1, -1);
        }
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static int64_t number(const char *text, int64_t most)
{
    int64_t value = 0;
    if (!str_to_int64(str_from_c(text), &value) || value < 1 || value > most) {
        bench_die("PORT TOKEN CONNECTIONS PODS NAME");
    }
    return value;
}

int main(int argc, char **argv)
{
    static Lane lanes[CONNECTIONS_MAX];
    Arena a;
    arena_init(&a, 0);
    if (argc != 6) {
        bench_die("PORT TOKEN CONNECTIONS PODS NAME");
    }
    Served served = { .port = (int)number(argv[1], 65535) };
    Load load = { .token = argv[2], .name = argv[5], .pods = (size_t)number(argv[4], PODS_MAX) };
    size_t count = (size_t)number(argv[3], CONNECTIONS_MAX);
    load.us = calloc(load.pods, sizeof(*load.us));
    for (size_t i = 0; i < count; i++) {
        lanes[i].client = client_open(&served);
        lanes[i].answer = malloc(ANSWER_BYTES);
        if (!load.us || !lanes[i].answer) {
            bench_die("no memory");
        }
        (void)fcntl(lanes[i].client.fd, F_SETFL, O_NONBLOCK);
    }
    prepare(load.token, &lanes[0], &a);
    double began = now_us();
    run(&load, lanes, count, &a);
    double us = now_us() - began;
    qsort(load.us, load.pods, sizeof(*load.us), by_value);
    printf("per-s %.0f\np50-us %.0f\np99-us %.0f\n", (double)load.pods / us * 1e6,
           load.us[load.pods / 2], load.us[load.pods * 99 / 100]);
    for (size_t i = 0; i < count; i++) {
        client_close(&lanes[i].client);
        free(lanes[i].answer);
    }
    free(load.us);
    arena_done(&a);
    return 0;
}
