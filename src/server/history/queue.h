/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows on their way from those that decide to the thread that writes. There is room for so many:
 * who decides never waits for it, and what does not fit is not taken.
 */
#ifndef PODGATE_SERVER_HISTORY_QUEUE_H
#define PODGATE_SERVER_HISTORY_QUEUE_H

#include "server/history/row.h"

typedef struct HistoryQueue HistoryQueue;

HistoryQueue *history_queue_new(size_t rows_max, size_t bytes_max);
/* NULL is allowed. */
void history_queue_free(HistoryQueue *q);

/* Copies the row. False when there is no room. Any thread. */
bool history_queue_push(HistoryQueue *q, const HistoryRow *row);
/* Nothing more will come: who waits for rows is woken. */
void history_queue_end(HistoryQueue *q);

/* Waits until there are rows, or the end; up to max of them, the oldest first, each to be given to
 * free(). 0: it has ended, and is empty. */
size_t history_queue_take(HistoryQueue *q, HistoryRow **out, size_t max);
/* Waits so long, or until the end; true then. */
bool history_queue_rest(HistoryQueue *q, int64_t ms);

#endif
