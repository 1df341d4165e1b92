/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that writes what was decided. */
#include "server/history/history.h"

#include "server/history/file.h"
#include "server/history/queue.h"
#include "server/metrics/metrics.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum {
    QUEUE_ROWS_MAX = 4096,
    QUEUE_BYTES_MAX = 4 << 20,
    REST_MS = 1000, /* after a failure */
};

struct History {
    HistoryFile file;
    char *path;
    void (*log)(void *context, Str line);
    void *context;
    HistoryQueue *queue;
    pthread_t thread;
    bool has_thread;
    bool fails;       /* of the thread */
    uint64_t written; /* atomic, as is dropped */
    uint64_t dropped;
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void say(const History *h, Arena *a, const char *what, Str why)
{
    if (h->log) {
        h->log(h->context, arena_printf(a, "%s: %.*s", what, STR_ARG(why)));
    }
}

/* -- the file ---------------------------------------------------------------------------------- */

/* A damaged one makes way for a new one. */
static HistoryFileState open_file(History *h, Arena *a, Err *err)
{
    HistoryFileState state = history_file_open(&h->file, a, err);
    if (state == HISTORY_FILE_DAMAGED) {
        say(h, a, "the history begins anew", err->msg);
        state = history_file_put_aside(&h->file, a, err) ? history_file_open(&h->file, a, err)
                                                         : HISTORY_FILE_FAILS;
    }
    return state;
}

static bool write_rows(History *h, HistoryRow *const *rows, size_t count, Arena *a, Err *err)
{
    HistoryFileState state = h->file.db ? HISTORY_FILE_GOOD : open_file(h, a, err);
    if (state) {
        return false;
    }
    state = history_file_write(&h->file, rows, count, now_ms(), a, err);
    if (state == HISTORY_FILE_DAMAGED) {
        history_file_close(&h->file); /* to be opened, and put aside, the next time */
    }
    return state == HISTORY_FILE_GOOD;
}

static void count(History *h, size_t rows, bool are_written)
{
    __atomic_add_fetch(are_written ? &h->written : &h->dropped, rows, __ATOMIC_RELAXED);
}

static void *keep(void *context)
{
    History *h = context;
    HistoryRow *rows[HISTORY_BATCH_MAX];
    size_t n;
    Arena a;
    arena_init(&a, 0);
    while ((n = history_queue_take(h->queue, rows, COUNT_OF(rows))) > 0) {
        Err err;
        bool ok = write_rows(h, rows, n, &a, &err);
        count(h, n, ok);
        for (size_t i = 0; i < n; i++) {
            free(rows[i]);
        }
        if (ok == h->fails) {
            say(h, &a, "history", ok ? STR("decisions are recorded again") : err.msg);
            h->fails = !ok;
        }
        arena_reset(&a);
        if (!ok && history_queue_rest(h->queue, REST_MS)) {
            break; /* who stops does not wait for a disk that fails */
        }
    }
    arena_done(&a);
    return NULL;
}

/* -- its life ---------------------------------------------------------------------------------- */

bool history_open(const HistoryOptions *options, Arena *a, History **out, Err *err)
{
    History *h = calloc(1, sizeof(*h));
    char *path = strndup(options->file.ptr, options->file.len);
    if (!h || !path) {
        abort(); /* as an arena does when the system has no memory */
    }
    h->path = path;
    h->file = (HistoryFile){ .path = path,
                             .bytes_max = options->bytes_max,
                             .seconds_max = options->seconds_max };
    h->log = options->log;
    h->context = options->context;
    h->queue = history_queue_new(QUEUE_ROWS_MAX, QUEUE_BYTES_MAX);
    HistoryFileState state = open_file(h, a, err);
    if (state == HISTORY_FILE_FAILS) {
        say(h, a, "history", err->msg);
        h->fails = true;
    }
    h->has_thread = state != HISTORY_FILE_FOREIGN && pthread_create(&h->thread, NULL, keep, h) == 0;
    if (!h->has_thread) {
        if (state != HISTORY_FILE_FOREIGN) {
            err_set(err, a, ERR_IO, "no thread can be started");
        }
        history_close(h);
        return false;
    }
    *out = h;
    return true;
}

void history_close(History *h)
{
    if (!h) {
        return;
    }
    history_queue_end(h->queue);
    if (h->has_thread) {
        pthread_join(h->thread, NULL);
    }
    history_file_close(&h->file);
    history_queue_free(h->queue);
    free(h->path);
    free(h);
}

/* -- what others do ---------------------------------------------------------------------------- */

void history_add(History *h, const HistoryRow *row)
{
    if (!history_queue_push(h->queue, row)) {
        count(h, 1, false);
    }
}

void history_record(History *h, const ReviewOptions *options, const ReviewResult *result)
{
    Arena a;
    arena_init(&a, 0);
    HistoryRow row = history_row(options, result, now_ms(), &a);
    history_add(h, &row);
    arena_done(&a);
}

void history_write_metrics(History *h, Buf *b)
{
    metrics_write_one(STR("podgate_history_written_total"), "counter",
                      "Decisions written into the history.",
                      (double)__atomic_load_n(&h->written, __ATOMIC_RELAXED), b);
    metrics_write_one(STR("podgate_history_dropped_total"), "counter",
                      "Decisions that the history lacks: the disk or its queue was full.",
                      (double)__atomic_load_n(&h->dropped, __ATOMIC_RELAXED), b);
    metrics_write_one(STR("podgate_history_bytes"), "gauge", "What the history takes of the disk.",
                      (double)history_file_bytes(&h->file, b->arena), b);
}
