/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which quality-of-service class do pods get, what makes it so, and which of them goes first when a
 * node is short of memory?
 *
 * Pods are looked at as the API server stores them: with its defaults, those of limit ranges, and
 * their priority.
 */
#ifndef PODGATE_ANALYZE_QOS_H
#define PODGATE_ANALYZE_QOS_H

#include "analyze/accounts.h"
#include "cluster/files.h"
#include "cluster/snapshot.h"
#include "kube/kinds.h"
#include "kube/pod/qos.h"
#include "kube/workload.h"

typedef struct QosQuestion {
    const FileObjects
        *objects;        /* each with its namespace; what makes no pods lies over the cluster */
    int64_t node_memory; /* of nodes that the cluster says nothing of; 0 when not known */
    const KubeTarget *target;
} QosQuestion;

typedef struct QosContainer {
    Str name;
    bool is_init;
    OptInt64 oom_score_adjust; /* unset: the memory of the node is not known and counts */
} QosContainer;

typedef struct QosItem {
    const FileObject *source;
    KubeKind kind;
    Str namespace;
    Str name;
    Workload workload;
    Value pod; /* with its defaults */
    PodQosAnswer answer;
    Str node; /* that it is on; "" for none */
    int64_t priority;
    size_t evicted; /* 1 for the pod of its node that goes first; 0 for one that never does */
    QosContainer *containers; /* init containers first */
    size_t container_count;
} QosItem;

typedef struct QosReport {
    const Snapshot *snapshot;
    QosItem *items; /* in the order of the objects */
    size_t count;
    AnalyzeNotes notes;
} QosReport;

/* Fails when there is nothing to look at, or an object makes no sense. Everything lives in a; free
 * what else the report holds with qos_report_done(). */
WARN_UNUSED bool qos_ask(const Snapshot *cluster, const QosQuestion *question, Arena *a,
                         QosReport *out, Err *err);
void qos_report_done(QosReport *report);

/* "container "web" has no memory limit" */
Str qos_reason_text(const PodQosAnswer *answer, Arena *a);
/* The report as data: an object of kind QosReport. */
Value qos_to_value(const QosReport *report, Arena *a);

#endif
