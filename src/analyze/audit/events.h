/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened, out of Falco's alerts and API server audit logs: by the hour, day or week, by kind
 * of event, by workload; and for each kind what would have prevented it.
 *
 *     Events *e = events_new(&options, arena);
 *     LogSink sink = { e, events_record, my_problem, NULL };
 *     log_read(paths, &sink, arena, &counts, &err);
 *     events_finish(e, &report);
 *
 * Every alert is an event. Of an audit log, every request is counted, and those are events that
 * were refused, or that made a pod which the level
 * asked for would not have, or that bear on
 * security in another way (exec, secrets, roles, ...).
 */
#ifndef PODGATE_ANALYZE_AUDIT_EVENTS_H
#define PODGATE_ANALYZE_AUDIT_EVENTS_H

#include "analyze/audit/event.h"
#include "analyze/audit/falco.h"
#include "analyze/audit/prevent.h"
#include "analyze/audit/when.h"

enum {
    EVENTS_PERIODS_MAX = 100000,
    EVENTS_RULES_MAX = 10000,
    EVENTS_PLACES_MAX = 50000,
    EVENTS_FIELDS_MAX = 8, /* that are kept of one rule */
};

typedef struct EventsOptions {
    WhenStep step;
    Str namespace;         /* only events in it; absent for all */
    Str workload;          /* as owner_is() takes it */
    Str rule;              /* in any case */
    PsaLevelVersion level; /* what pods are held against */
} EventsOptions;

typedef enum EventsSource { EVENTS_FALCO, EVENTS_AUDIT } EventsSource;

/* One hour, day or week. */
typedef struct EventsPeriod {
    bool has_time; /* false: those whose time is not known */
    int64_t start;
    size_t events;
    size_t urgent;      /* alerts: of priority Error and above */
    size_t warnings;    /* alerts: of priority Warning */
    size_t notices;     /* alerts: the rest */
    size_t requests;    /* of an audit log, all */
    size_t refused;     /* of those, by whomever */
    size_t violations;  /* pods that some standard would not have */
    size_t preventable; /* events that a setting would have prevented, wholly or in part */
} EventsPeriod;

/* A kind of event. */
typedef struct EventsRule {
    Str name;
    EventsSource source;
    FalcoPriority priority; /* the highest, of alerts */
    Prevention prevention;
    size_t count;
    Str fields[EVENTS_FIELDS_MAX]; /* that it was about: "spec.containers[*].image" */
    size_t field_count;
    Str file; /* of the first */
    size_t line;
    bool has_time;
    int64_t first_time;
    int64_t last_time;
} EventsRule;

/* A kind of event at one workload. */
typedef struct EventsPlace {
    Str namespace;
    Str workload;
    const EventsRule *rule;
    size_t count;
    bool has_time;
    int64_t last_time;
} EventsPlace;

typedef struct EventsReport {
    EventsOptions options;
    const EventsPeriod *const *periods; /* by time */
    size_t period_count;
    const EventsRule *const *rules; /* by count */
    size_t rule_count;
    const EventsPlace *const *places; /* by count */
    size_t place_count;
    size_t events;
    size_t other;     /* events that the options leave out */
    size_t malformed; /* audit events without a verb or a user */
    size_t unlisted;  /* events of more kinds or places than are kept apart */
    bool has_falco;
    bool has_audit;
} EventsReport;

typedef struct Events Events;

Events *events_new(const EventsOptions *options, Arena *a);
void events_record(void *context, const LogRecord *r, Arena *scratch);
void events_finish(Events *e, EventsReport *out);

/* The report as data: an object of kind EventsReport. */
Value events_to_value(const EventsReport *report, Arena *a);

/* -- kinds of audit events ----------------------------------------------------------------------
 */

typedef struct EventsKind {
    Str name; /* "pod: privileged", "refused: PodSecurityPolicy", "exec into a pod" */
    Prevention prevention;
    StrList fields;
    bool is_violation;
    struct EventsKind *next;
} EventsKind;

/* What an audit event is, besides a request; NULL for nothing more. Pods are held against level. */
const EventsKind *events_kinds_of(const AuditEvent *e, PsaLevelVersion level, Arena *a);

#endif
