/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which Events are written when. What is told of one workload for one reason is one Event with a
 * count, written at once the first time and then from time to time; all together have a rate. What
 * has to wait is counted meanwhile, so nothing is lost but how often, when there are too many
 * workloads at once.
 *
 * Time is the caller's, of a clock that does not jump. One thread at a time.
 */
#ifndef PODGATE_SERVER_EVENTS_PLAN_H
#define PODGATE_SERVER_EVENTS_PLAN_H

#include "base/str.h"

/* What an Event is about. */
typedef struct EventObject {
    Str api_version;
    Str kind;
    Str namespace;
    Str name;
    Str uid; /* may be empty */
} EventObject;

typedef struct EventPlanOptions {
    size_t entries_max;
    int64_t again_ms; /* between two writes of one Event */
    int64_t each_ms;  /* of all together: one in so many milliseconds, */
    int64_t burst;    /* after so many at once */
} EventPlanOptions;

/* One Event, as it is to be written. Its texts are its own. */
typedef struct EventEntry {
    EventObject about;
    Str topic;          /* what tells Events of one object apart */
    Str message;        /* the latest */
    int64_t first_time; /* unix seconds */
    int64_t last_time;
    uint64_t count;
    bool pending;
    Str written_name; /* of the object that was written; absent: none yet */
    /* The plan's own. */
    int64_t not_before_ms;
    int64_t used_ms;
} EventEntry;

typedef struct EventPlan EventPlan;

EventPlan *event_plan_new(const EventPlanOptions *options, int64_t now_ms);
void event_plan_free(EventPlan *p);

/* False: there are too many that wait. time: unix seconds, for people. */
bool event_plan_add(EventPlan *p, const EventObject *about, Str topic, Str message, int64_t time,
                    int64_t now_ms);
/* One that may be written now; NULL: none, *wait_ms says when to look again (-1: when something is
 * added). What is taken counts as written. */
EventEntry *event_plan_take(EventPlan *p, int64_t now_ms, int64_t *wait_ms);
/* It was not written: it is tried again later. */
void event_plan_failed(EventPlan *p, EventEntry *e, int64_t now_ms);
/* The object that stands for it in the cluster from now on. */
void event_plan_name(EventEntry *e, Str name);
/* Intervals count no more: what is pending is due, as far as the rate goes. */
void event_plan_hurry(EventPlan *p);

#endif
