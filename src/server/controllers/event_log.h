/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a source of events remembers, so that events which repeat become one with a count, many that
 * differ in their message only become one, and nobody is flooded.
 *
 * Source: k8s.io/client-go tools/record, EventCorrelator with its default options.
 */
#ifndef PODGATE_SERVER_CONTROLLERS_EVENT_LOG_H
#define PODGATE_SERVER_CONTROLLERS_EVENT_LOG_H

#include "base/arena.h"

typedef struct EventLog EventLog;

typedef struct EventReport {
    Str object; /* what tells one object from another: kind, namespace, name, uid, version */
    Str name;   /* of the object */
    Str type;
    Str reason;
    Str message;
    int64_t now; /* unix time, nanoseconds */
} EventReport;

typedef struct EventAnswer {
    bool skip;     /* too many about this object */
    int64_t count; /* above 1: the event of that name is to be updated */
    int64_t first; /* when it happened for the first time, nanoseconds */
    Str name;      /* of the event */
    Str message;
} EventAnswer;

EventLog *event_log_new(void);
void event_log_free(EventLog *log);
EventAnswer event_log_add(EventLog *log, const EventReport *report, Arena *a);

#endif
