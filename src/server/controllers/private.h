/* SPDX-License-Identifier: Apache-2.0 */
/* The manager's insides. Private to this folder's own machinery: controllers include controller.h.
 */
#ifndef PODGATE_SERVER_CONTROLLERS_PRIVATE_H
#define PODGATE_SERVER_CONTROLLERS_PRIVATE_H

#include "server/controllers/controller.h"
#include "server/controllers/event_log.h"
#include "server/controllers/manager.h"
#include "server/controllers/queue.h"

#include <pthread.h>

typedef struct KindWatch {
    struct KindWatch *next;
    Manager *manager;
    CtlKind kind;
    StoreWatch *events;
    bool is_woken;   /* atomic */
    uint64_t wanted; /* a bit for each controller */
} KindWatch;

typedef struct Running {
    Ctl ctl;
    int64_t next_tick; /* nanoseconds; INT64_MAX for none */
    EventLog *log;
} Running;

struct Manager {
    ApiServer *server;
    pthread_t thread;
    bool is_started;
    pthread_mutex_t lock; /* of the two below */
    pthread_cond_t wake;
    bool is_woken;
    bool is_stopping;
    /* From here on: the thread's own. */
    WorkQueue *queue;
    KindWatch *watches;
    Running *running;
    uint32_t count;
    Arena arena; /* of one call to a controller */
    struct ReadMark *marks;
    bool is_reading; /* the store is held: during observe() */
};

/* A time at which the call read something; what it read stays until the call ends. */
typedef struct ReadMark {
    struct ReadMark *next;
    StoreReader reader;
} ReadMark;

/* Nanoseconds; never goes back, jumps when the server's clock is set. */
int64_t manager_clock(const Manager *m);
/* Ends a call to a controller: what it read may go. */
void manager_end_call(Manager *m);

#endif
