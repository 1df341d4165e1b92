/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reviews sent to any webhook of this machine, over TLS connections that are kept.
 *
 *     podgate-bench-reviews PORT CONNECTIONS MS [RATE]   lines of name and value
 *         per-s, p50-us, p99-us, p999-us
 *         failed   answers of another status than 200
 *
 * Without RATE (a second) every connection has a review under way all the time. With it each is
 * sent at its time, whether the one before is answered or not has no say: a review that has to wait
 * for that counts as slow.
 */
#include "client.h"

#include "base/buf.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CONNECTIONS_MAX = 256, SAMPLES_MAX = 1 << 22 };

typedef struct Sender {
    pthread_t thread;
    Served to;
    Str request;
    double first_us; /* when the first is due */
    double every_us; /* 0: at once */
    double end_us;
    double *samples;
    size_t count;
    size_t room;
    size_t failed;
} Sender;

static void wait_until(double us)
{
    struct timespec t = { .tv_sec = (time_t)(us / 1e6) };
    t.tv_nsec = (long)((us - (double)t.tv_sec * 1e6) * 1e3);
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void *send_all(void *context)
{
    Sender *s = context;
    Client c = client_open(&s->to);
    double due = s->first_us;
    while (due < s->end_us) {
        double now = now_us();
        if (!s->every_us) {
            due = now;
        } else if (due > now) {
            wait_until(due);
        }
        s->failed += ask(&c, s->request) != 200;
        now = now_us();
        if (s->count < s->room) {
            s->samples[s->count] = now - due;
        }
        s->count++;
        due = s->every_us ? due + s->every_us : now;
    }
    client_close(&c);
    return NULL;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
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
    if (argc != 4 && argc != 5) {
        bench_die("usage: podgate-bench-reviews PORT CONNECTIONS MS [RATE]");
    }
    static Sender senders[CONNECTIONS_MAX];
    Arena a;
    arena_init(&a, 0);
    signal(SIGPIPE, SIG_IGN);
    int count = (int)strtol(argv[2], NULL, 10);
    double us = strtod(argv[3], NULL) * 1000;
    double rate = argc == 5 ? strtod(argv[4], NULL) : 0;
    if (count < 1 || count > CONNECTIONS_MAX) {
        bench_die("CONNECTIONS is from 1 to 256");
    }
    Str request = post("/validate?timeout=10s", read_file(BENCH_DATA "/review.json", &a), &a);
    double *samples = malloc(SAMPLES_MAX * sizeof(*samples));
    double began = now_us() + 100000;
    if (!samples) {
        bench_die("no memory");
    }
    for (int i = 0; i < count; i++) {
        Sender *s = &senders[i];
        *s = (Sender){ .to = { .port = (int)strtol(argv[1], NULL, 10) },
                       .request = request,
                       .every_us = rate > 0 ? count * 1e6 / rate : 0,
                       .end_us = began + us,
                       .room = SAMPLES_MAX / (size_t)count };
        s->first_us = began + s->every_us * i / count;
        s->samples = samples + s->room * (size_t)i;
        if (pthread_create(&s->thread, NULL, send_all, s) != 0) {
            bench_die("no thread");
        }
    }
    size_t done = 0, kept = 0, failed = 0;
    for (int i = 0; i < count; i++) {
        Sender *s = &senders[i];
        pthread_join(s->thread, NULL);
        size_t n = s->count < s->room ? s->count : s->room;
        memmove(samples + kept, s->samples, n * sizeof(*samples));
        kept += n;
        done += s->count;
        failed += s->failed;
    }
    double took = now_us() - began;
    qsort(samples, kept, sizeof(*samples), by_value);
    printf("per-s %.0f\np50-us %.1f\np99-us %.1f\np999-us %.1f\nfailed %zu\n",
           (double)done / took * 1e6, samples[kept / 2], samples[kept * 99 / 100],
           samples[kept * 999 / 1000], failed);
    free(samples);
    arena_done(&a);
    return 0;
}
