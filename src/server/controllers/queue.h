/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The work queue of the controllers: keys with the time from which they are due. A key is in it
 * once; when it is asked for again the earlier time counts. Order: by time, then by who asked
 * first.
 *
 * How often a key failed is kept beside it until it succeeds.
 */
#ifndef PODGATE_SERVER_CONTROLLERS_QUEUE_H
#define PODGATE_SERVER_CONTROLLERS_QUEUE_H

#include "base/str.h"

typedef struct WorkItem WorkItem;
typedef struct WorkQueue WorkQueue;

struct WorkItem {
    WorkItem *next; /* of its slot in the table */
    int64_t due;    /* nanoseconds */
    uint64_t order; /* of those due at the same time */
    size_t place;   /* in the heap, from 1; 0: not queued */
    uint32_t controller;
    int failures;
    Str namespace;
    Str name;
    uint64_t hash;
};

WorkQueue *work_queue_new(void);
void work_queue_free(WorkQueue *q);

void work_queue_add(WorkQueue *q, uint32_t controller, Str namespace, Str name, int64_t due);
/* The first that is due at now, taken off the queue; NULL when none is, and then *next gets the
 * time of the first (INT64_MAX for none). Give it back with work_queue_done(). */
WorkItem *work_queue_take(WorkQueue *q, int64_t now, int64_t *next);
/* Ends a try. Failed ones come again: 5 ms later, then twice as long each time, up to 1000 s. */
void work_queue_done(WorkQueue *q, WorkItem *item, bool success, int64_t now);

#endif
