/* SPDX-License-Identifier: Apache-2.0 */
/* Counters by their labels. Rows are never taken away, as there are only so many sets of labels. */
#include "server/metrics/metrics.h"

#include <pthread.h>
#include <stdlib.h>

enum { ROWS = 2048, ROWS_USED_MAX = 1536, LABELS_BYTES_MAX = 320 };

typedef struct Row {
    uint64_t count;
    uint64_t hash;
    uint16_t len; /* 0: free */
    char labels[LABELS_BYTES_MAX];
} Row;

struct Counters {
    pthread_mutex_t lock;
    size_t used;
    uint64_t others;
    Row *rows; /* made with the first */
};

static void *need(void *memory)
{
    if (!memory) {
        abort(); /* as an arena does when the system has no memory */
    }
    return memory;
}

Counters *counters_new(void)
{
    Counters *c = need(calloc(1, sizeof(*c)));
    pthread_mutex_init(&c->lock, NULL);
    c->rows = need(calloc(ROWS, sizeof(Row)));
    return c;
}

void counters_free(Counters *c)
{
    if (c) {
        pthread_mutex_destroy(&c->lock);
        free(c->rows);
        free(c);
    }
}

static Row *find_row(Counters *c, Str labels, uint64_t hash)
{
    for (size_t i = hash & (ROWS - 1);; i = (i + 1) & (ROWS - 1)) {
        Row *row = &c->rows[i];
        if (row->len == 0) {
            if (c->used == ROWS_USED_MAX) {
                return NULL;
            }
            c->used++;
            row->hash = hash;
            row->len = (uint16_t)labels.len;
            memcpy(row->labels, labels.ptr, labels.len);
            return row;
        }
        if (row->hash == hash && str_eq(str_from(row->labels, row->len), labels)) {
            return row;
        }
    }
}

void counters_add(Counters *c, Str labels, uint64_t n)
{
    bool fits = labels.len && labels.len <= LABELS_BYTES_MAX;
    pthread_mutex_lock(&c->lock);
    Row *row = fits ? find_row(c, labels, str_hash(labels)) : NULL;
    *(row ? &row->count : &c->others) += n;
    pthread_mutex_unlock(&c->lock);
}

void counters_write(Counters *c, Str name, Str help, Buf *b)
{
    buf_printf(b, "# HELP %.*s %.*s\n# TYPE %.*s counter\n", STR_ARG(name), STR_ARG(help),
               STR_ARG(name));
    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < ROWS; i++) {
        if (c->rows[i].len) {
            buf_printf(b, "%.*s{%.*s} %llu\n", STR_ARG(name), (int)c->rows[i].len,
                       c->rows[i].labels, (unsigned long long)c->rows[i].count);
        }
    }
    if (c->others) {
        buf_printf(b, "%.*s %llu\n", STR_ARG(name), (unsigned long long)c->others);
    }
    pthread_mutex_unlock(&c->lock);
}
