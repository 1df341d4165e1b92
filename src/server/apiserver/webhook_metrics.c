/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The histogram of calls of webhooks, under the name and with the labels and buckets of a real API
 * server. Webhooks come and go by name: more than there are rows for are not counted.
 */
#include "server/apiserver/webhook_metrics.h"

#include <pthread.h>
#include <stdlib.h>

#define NAME "apiserver_admission_webhook_admission_duration_seconds"

enum { ROWS_MAX = 512, NAME_BYTES_MAX = 256, BUCKETS = 5, MICROS = 1000000 };

static const struct {
    int64_t micros;
    const char *text;
} buckets[BUCKETS] = {
    { 5000, "0.005" }, { 25000, "0.025" }, { 100000, "0.1" }, { 500000, "0.5" }, { 2500000, "2.5" },
};

typedef struct Row {
    char name[NAME_BYTES_MAX];
    uint16_t name_len;
    AdmissionOperation operation;
    bool mutates;
    bool rejected;
    uint64_t within[BUCKETS]; /* took so long at most */
    uint64_t count;
    int64_t micros;
} Row;

struct WebhookMetrics {
    pthread_mutex_t lock;
    size_t count;
    Row rows[ROWS_MAX];
};

WebhookMetrics *webhook_metrics_new(void)
{
    WebhookMetrics *m = calloc(1, sizeof(*m));
    if (m) {
        pthread_mutex_init(&m->lock, NULL);
    }
    return m;
}

void webhook_metrics_free(WebhookMetrics *m)
{
    if (m) {
        pthread_mutex_destroy(&m->lock);
        free(m);
    }
}

static Row *find_row(WebhookMetrics *m, const AdmissionCall *c)
{
    for (size_t i = 0; i < m->count; i++) {
        Row *row = &m->rows[i];
        if (row->operation == c->operation && row->mutates == c->mutates &&
            row->rejected == c->rejected && str_eq(str_from(row->name, row->name_len), c->name)) {
            return row;
        }
    }
    if (m->count == ROWS_MAX || c->name.len > NAME_BYTES_MAX) {
        return NULL;
    }
    Row *row = &m->rows[m->count++];
    memcpy(row->name, c->name.ptr, c->name.len);
    row->name_len = (uint16_t)c->name.len;
    row->operation = c->operation;
    row->mutates = c->mutates;
    row->rejected = c->rejected;
    return row;
}

void webhook_metrics_count(WebhookMetrics *m, const AdmissionDecision *decision)
{
    if (!decision || !decision->calls) {
        return;
    }
    pthread_mutex_lock(&m->lock);
    for (const AdmissionCall *c = decision->calls; c; c = c->next) {
        Row *row = find_row(m, c);
        for (size_t i = 0; row && i < BUCKETS; i++) {
            row->within[i] += c->took_micros <= buckets[i].micros;
        }
        if (row) {
            row->count++;
            row->micros += c->took_micros;
        }
    }
    pthread_mutex_unlock(&m->lock);
}

static void write_row(const Row *row, Buf *b)
{
    static const char *const operations[] = { [ADMISSION_CREATE] = "CREATE",
                                              [ADMISSION_UPDATE] = "UPDATE",
                                              [ADMISSION_DELETE] = "DELETE",
                                              [ADMISSION_CONNECT] = "CONNECT" };
    Str labels = arena_printf(
        b->arena, "name=\"%.*s\",operation=\"%s\",rejected=\"%s\",type=\"%s\"", (int)row->name_len,
        row->name, operations[row->operation], row->rejected ? "true" : "false",
        row->mutates ? "admit" : "validating");
    for (size_t i = 0; i < BUCKETS; i++) {
        buf_printf(b, NAME "_bucket{%.*s,le=\"%s\"} %llu\n", STR_ARG(labels), buckets[i].text,
                   (unsigned long long)row->within[i]);
    }
    buf_printf(b, NAME "_bucket{%.*s,le=\"+Inf\"} %llu\n", STR_ARG(labels),
               (unsigned long long)row->count);
    buf_printf(b, NAME "_sum{%.*s} %.9g\n", STR_ARG(labels), (double)row->micros / MICROS);
    buf_printf(b, NAME "_count{%.*s} %llu\n", STR_ARG(labels), (unsigned long long)row->count);
}

void webhook_metrics_write(WebhookMetrics *m, Buf *b)
{
    pthread_mutex_lock(&m->lock);
    if (m->count) {
        buf_lit(b, "# HELP " NAME " Calls of admission webhooks, by name.\n# TYPE " NAME
                   " histogram\n");
    }
    for (size_t i = 0; i < m->count; i++) {
        write_row(&m->rows[i], b);
    }
    pthread_mutex_unlock(&m->lock);
}
