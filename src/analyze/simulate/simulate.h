/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What would a change of policies, labels, RBAC or limits do to the pods of a cluster, as each is
 * started again?
 *
 * The change is laid over the cluster's snapshot; each unit (intake.h) is decided before and after.
 * Nothing is kept of those that stay as they are but their number.
 */
#ifndef PODGATE_ANALYZE_SIMULATE_SIMULATE_H
#define PODGATE_ANALYZE_SIMULATE_SIMULATE_H

#include "analyze/admit.h"
#include "analyze/remedy/remedy.h"
#include "analyze/simulate/intake.h"
#include "analyze/simulate/quota.h"
#include "kube/selector.h"

typedef struct SimulateQuestion {
    const SimulateUnits *units;
    const FileObjects *with;  /* put over the cluster, as kubectl apply would */
    const ObjectKey *without; /* taken out of it */
    size_t without_count;
    StrList namespaces;            /* only units of these; none: all */
    const LabelSelector *selector; /* only units whose pods have such labels; NULL: all */
    const AdmitQuestion *how;      /* all but its objects: who asks, plugins, target */
    size_t ways_max;               /* ways out are looked for of so many refusals; 0: of none */
    void (*progress)(void *context, size_t done, size_t all); /* or NULL */
    void *progress_context;
} SimulateQuestion;

typedef enum SimulateVerdict {
    SIMULATE_SAME,
    SIMULATE_REFUSED, /* admitted before, refused after */
    SIMULATE_CHANGED, /* admitted both times: by another policy, or with other fields */
    SIMULATE_WARNED,  /* the same, and warned about */
    SIMULATE_ALLOWED, /* refused before, admitted after */
} SimulateVerdict;

/* One thing that decides. */
typedef struct SimulateReason {
    Str policy; /* that says so; absent when no PodSecurityPolicy does */
    Str field;  /* as messages name it; absent when it is about no field */
    Str text;
    Str place; /* `file.yaml:12:7` of the field; absent when that is not known */
} SimulateReason;

/* A field of the pod as it would be stored. Absent: it is not there. */
typedef struct SimulateField {
    Str path;
    Str before;
    Str after;
} SimulateField;

typedef struct SimulateSide {
    bool allowed;
    Str policy;  /* that admits it; absent when none decides */
    Str message; /* of a refusal, in the API server's words */
} SimulateSide;

typedef struct SimulateChange {
    const SimulateUnit *unit;
    SimulateVerdict verdict;
    SimulateSide before;
    SimulateSide after;
    int64_t pods; /* that the unit has, or asks for; WORKLOAD_PODS_PER_NODE */
    int64_t lost; /* of these would not start again; of SIMULATE_REFUSED */
    const SimulateReason *reasons;
    size_t reason_count;
    const SimulateField *fields;
    size_t field_count;
    bool has_more_fields;
    StrList warnings;     /* that came */
    const Remedy *remedy; /* of a refusal: the ways out; NULL when they were not looked for */
    /* Where it is a quota that refuses: the limits to be raised, and as the other way out how many
     * pods the workload may ask for. */
    const QuotaRaise *raises;
    size_t raise_count;
} SimulateChange;

/* The ways that are looked for: what the policy, the workload and the grants could be. */
enum { SIMULATE_WAYS = REMEDY_WIDEN_BIT | REMEDY_EDIT_BIT | REMEDY_GRANT_BIT };

typedef struct SimulateReport {
    const Snapshot *before;
    const Snapshot *after;
    uint64_t plugins_before;
    uint64_t plugins_after;
    const SimulateChange *changes; /* the system's first, then the refused, then by namespace */
    size_t count;
    size_t units;          /* decided */
    size_t pods;           /* of these */
    size_t decisions;      /* that were asked for: units that are alike are decided once */
    size_t refused_before; /* units, and still are */
    size_t not_decided;    /* units that make no sense: each is noted */
    struct {
        size_t units;
        int64_t pods;           /* that run, or are asked for */
    } by[SIMULATE_ALLOWED + 1]; /* SimulateVerdict */
    size_t system_refused;      /* units of the system among the refused */
    size_t switched;            /* units among the changed that another policy admits */
    AnalyzeNotes notes;
} SimulateReport;

/* The plugins that run before and after a change. PodSecurityPolicy would refuse every pod where
 * there is no policy: a cluster that has none, and pods, does not run it; one that loses its last
 * does. */
void simulate_plugins(const AdmitQuestion *how, const Facts *before, const Facts *after,
                      uint64_t *plugins_before, uint64_t *plugins_after);

/* Fails when the change makes no sense: what is to be taken out is not there, what is put is
 * something that pods come from. Everything lives in a; end with simulate_report_done(). */
WARN_UNUSED bool simulate_ask(const Snapshot *cluster, const SimulateQuestion *question, Arena *a,
                              SimulateReport *out, Err *err);
void simulate_report_done(SimulateReport *report);

/* "3 of 3 replicas would not start" */
Str simulate_consequence(const SimulateChange *change, Arena *a);
Str simulate_verdict_text(SimulateVerdict verdict);
/* The report as data: an object of kind SimulateReport. */
Value simulate_to_value(const SimulateReport *report, Arena *a);

#endif
