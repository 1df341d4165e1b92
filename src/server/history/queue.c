/* SPDX-License-Identifier: Apache-2.0 */
/* Rows on their way to the thread that writes. */
#include "server/history/queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct HistoryQueue {
    pthread_mutex_t lock;
    pthread_cond_t filled; /* or ended */
    HistoryRow **rows;     /* a ring */
    size_t rows_max;
    size_t bytes_max;
    size_t first;
    size_t count;
    size_t bytes;
    bool ended;
};

HistoryQueue *history_queue_new(size_t rows_max, size_t bytes_max)
{
    HistoryQueue *q = calloc(1, sizeof(*q));
    HistoryRow **rows = calloc(rows_max, sizeof(*rows));
    if (!q || !rows) {
        abort(); /* as an arena does when the system has no memory */
    }
    q->rows = rows;
    q->rows_max = rows_max;
    q->bytes_max = bytes_max;
    pthread_mutex_init(&q->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&q->filled, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return q;
}

void history_queue_free(HistoryQueue *q)
{
    if (!q) {
        return;
    }
    for (size_t i = 0; i < q->count; i++) {
        free(q->rows[(q->first + i) % q->rows_max]);
    }
    pthread_cond_destroy(&q->filled);
    pthread_mutex_destroy(&q->lock);
    free(q->rows);
    free(q);
}

static size_t size_of(const HistoryRow *row)
{
    size_t size = sizeof(*row);
    for (int i = 0; i < HISTORY_TEXT_COUNT; i++) {
        size += row->texts[i].len;
    }
    return size;
}

/* One piece of memory, the texts behind the row. NULL when there is no memory. */
static HistoryRow *copy(const HistoryRow *row, size_t size)
{
    HistoryRow *c = malloc(size);
    if (!c) {
        return NULL;
    }
    *c = *row;
    char *at = (char *)(c + 1);
    for (int i = 0; i < HISTORY_TEXT_COUNT; i++) {
        size_t len = row->texts[i].len;
        if (len) {
            memcpy(at, row->texts[i].ptr, len);
        }
        c->texts[i] = len ? str_from(at, len) : STR("");
        at += len;
    }
    return c;
}

bool history_queue_push(HistoryQueue *q, const HistoryRow *row)
{
    size_t size = size_of(row);
    HistoryRow *c = copy(row, size);
    if (!c) {
        return false;
    }
    pthread_mutex_lock(&q->lock);
    bool fits = !q->ended && q->count < q->rows_max && q->bytes + size <= q->bytes_max;
    if (fits) {
        q->rows[(q->first + q->count++) % q->rows_max] = c;
        q->bytes += size;
        pthread_cond_signal(&q->filled);
    }
    pthread_mutex_unlock(&q->lock);
    if (!fits) {
        free(c);
    }
    return fits;
}

void history_queue_end(HistoryQueue *q)
{
    pthread_mutex_lock(&q->lock);
    q->ended = true;
    pthread_cond_broadcast(&q->filled);
    pthread_mutex_unlock(&q->lock);
}

size_t history_queue_take(HistoryQueue *q, HistoryRow **out, size_t max)
{
    size_t n = 0;
    pthread_mutex_lock(&q->lock);
    while (!q->count && !q->ended) {
        pthread_cond_wait(&q->filled, &q->lock);
    }
    for (; n < max && q->count; n++) {
        out[n] = q->rows[q->first];
        q->first = (q->first + 1) % q->rows_max;
        q->count--;
        q->bytes -= size_of(out[n]);
    }
    pthread_mutex_unlock(&q->lock);
    return n;
}

bool history_queue_rest(HistoryQueue *q, int64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&q->lock);
    while (!q->ended && pthread_cond_timedwait(&q->filled, &q->lock, &until) == 0) {
    }
    bool ended = q->ended;
    pthread_mutex_unlock(&q->lock);
    return ended;
}
