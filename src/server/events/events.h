/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events (core/v1, type Warning) about pods that would have been refused, had a policy been
 * enforced: on the workload that they belong to, where its owner looks.
 *
 * Who decides never waits: notes go through a bounded queue to one thread. That one finds the
 * workload (a Deployment behind its ReplicaSet takes one read, which is kept), counts what is told
 * of it again, and writes at a limited rate; see plan.h.
 */
#ifndef PODGATE_SERVER_EVENTS_EVENTS_H
#define PODGATE_SERVER_EVENTS_EVENTS_H

#include "base/buf.h"
#include "server/events/plan.h"
#include "server/remote/remote.h"

#define EVENTS_REASON "PodgateWouldRefuse"

typedef struct EventsOptions {
    Remote *remote;
    Str instance;                         /* which of several writes it: a pod's name */
    void (*log)(void *context, Str text); /* one line, from its thread; may be NULL */
    void *context;
} EventsOptions;

typedef struct Events Events;

/* NULL: no thread. The strings are copied, the remote outlives it. */
Events *events_start(const EventsOptions *options);
/* Writes what waits, within some seconds. NULL is allowed. */
void events_stop(Events *e);

/* Any thread; never waits. about: the owner that a pod names, or the pod. topic: the plugin. False:
 * dropped, and counted. */
bool events_note(Events *e, const EventObject *about, Str topic, Str message);
void events_write_metrics(Events *e, Buf *b);

/* The owner of a pod that controls it, else the pod. namespace: of the review. */
EventObject events_owner(const Value *pod, Str namespace, Arena *a);
/* As much of it as an Event takes, not in the middle of a character. */
Str events_message(Str text);
/* The object of an Event. name: of it. */
Value events_object(const EventEntry *e, Str name, Str instance, Arena *a);
/* What changes of one that is there, a merge patch. */
Value events_update(const EventEntry *e, Arena *a);

#endif
