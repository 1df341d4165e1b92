/* SPDX-License-Identifier: Apache-2.0 */
/* Who needs what: the containers and pods that a piece of advice goes back to. */
#ifndef PODGATE_ANALYZE_ADVISE_EVIDENCE_H
#define PODGATE_ANALYZE_ADVISE_EVIDENCE_H

#include "analyze/advise/inputs.h"
#include "base/map.h"

/* One that needs it: a container, or the pod itself. */
typedef struct AdviseAsk {
    struct AdviseAsk *next;
    const AdvisePod *pod;
    const ContainerView *container; /* NULL: the pod */
} AdviseAsk;

/* Of a workload's pods the first that needs it stands for all: each container of it once. */
typedef struct AdviseEvidence {
    AdviseAsk *first;
    AdviseAsk *last;
    AdviseAsk *own; /* the first of the workload that was added to last */
    size_t count;
} AdviseEvidence;

void advise_evidence_add(AdviseEvidence *e, const AdvisePod *pod, const ContainerView *container,
                         Arena *a);
/* Adds what another holds. */
void advise_evidence_join(AdviseEvidence *e, const AdviseEvidence *other, Arena *a);

/* "deployment/web container nginx"; with_namespace: "deployment/web in shop container nginx". */
Str advise_ask_text(const AdviseAsk *ask, bool with_namespace, Arena *a);
/* "deployment/web container nginx, job/x and 4 more"; the first few. */
Str advise_evidence_text(const AdviseEvidence *e, bool with_namespace, Arena *a);
/* [{"object", "namespace", "container", "pod"}]: all. */
Value advise_evidence_value(const AdviseEvidence *e, Arena *a);

/* Values that are needed, each once. */
typedef struct AdviseNeed {
    Str text;
    int64_t number;
    AdviseEvidence evidence;
    AdviseEvidence writers; /* of host paths: who mounts it writable */
} AdviseNeed;

typedef struct AdviseNeeds {
    Map map;
    AdviseNeed **items; /* sorted by advise_needs_sort() */
    size_t count;
} AdviseNeeds;

void advise_needs_init(AdviseNeeds *n, Arena *a);
/* The need of that value, made when it was not there. Text must outlive the needs. */
AdviseNeed *advise_needs_text(AdviseNeeds *n, Str text);
AdviseNeed *advise_needs_number(AdviseNeeds *n, int64_t number);
/* Fills in items: by number, then text. */
void advise_needs_sort(AdviseNeeds *n);

#endif
