/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The workloads that advice is given about, and every pod that they are known by.
 *
 * Owners are followed: a ReplicaSet and the pods of a Deployment that is there belong to it, and it
 * counts once. A workload is known by the pod of its template and by those of its pods that run and
 * differ from it (what injects a sidecar is in no template). Pods are looked at as admission
 * plugins see them: with the API's defaults and the service account's token.
 */
#ifndef PODGATE_ANALYZE_ADVISE_INPUTS_H
#define PODGATE_ANALYZE_ADVISE_INPUTS_H

#include "analyze/accounts.h"
#include "cluster/files.h"
#include "kube/kinds.h"
#include "kube/pod_view.h"
#include "kube/workload.h"

struct AdviseWorkload;

typedef struct AdvisePod {
    const struct AdviseWorkload *workload;
    Value sent;   /* as it would be sent to the API server */
    Value pod;    /* with defaults */
    PodView view; /* of pod */
    Str running;  /* its name, of one that runs and is not the workload itself; else "" */
    Str account;  /* that it runs as; "" for a mirror pod */
    Str policy;   /* that admitted it, of one that runs; "" when it does not say */
} AdvisePod;

typedef struct AdviseWorkload {
    const FileObject *source;
    KubeKind kind;
    Str namespace;
    Str name;
    Str text;    /* "deployment/web" */
    Str account; /* of its first pod */
    AdvisePod *const *pods;
    size_t pod_count;
} AdviseWorkload;

/* A workload that no advice can be given about. */
typedef struct AdviseSkipped {
    struct AdviseSkipped *next;
    const AdviseWorkload *workload;
    Str why;
} AdviseSkipped;

typedef struct AdviseInputs {
    const Snapshot *given;    /* the cluster, with everything that the workloads came with */
    const Snapshot *snapshot; /* the same with their accounts, where those were not there */
    const KubeTarget *target;
    const FileObjects *objects; /* what was read */
    AdviseWorkload **workloads; /* by namespace, kind and name */
    size_t count;
    AdviseSkipped *skipped;
    size_t skipped_count;
    AnalyzeNotes notes;
} AdviseInputs;

typedef struct AdviseSource {
    const FileObjects *objects; /* each with its namespace */
    bool are_in_cluster;        /* they are what the snapshot was made of */
    bool may_be_empty;          /* advice makes sense without any workload */
    Str namespace;              /* only workloads of it; absent: all */
    const KubeTarget *target;
} AdviseSource;

/* Fails when there is no workload at all, or one makes no sense. Everything lives in a; free what
 * else they hold with advise_inputs_done(). */
WARN_UNUSED bool advise_inputs_read(const Snapshot *cluster, const AdviseSource *source, Arena *a,
                                    AdviseInputs *out, Err *err);
void advise_inputs_done(AdviseInputs *inputs);

/* Leaves a workload out of workloads, and says why. */
void advise_inputs_skip(AdviseInputs *inputs, size_t i, Str why, Arena *a);

#endif
