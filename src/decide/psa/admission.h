/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pod Security Admission: what the API server's PodSecurity plugin, and the webhook of the same
 * code, answer to a request.
 *
 * Three kinds of requests are looked at: pods (refused, audited or warned of), objects that make
 * pods (audited or warned of, never refused) and namespaces (bad labels are refused, and a stricter
 * level is tried on the pods that are there already).
 *
 * Source: k8s.io/pod-security-admission/admission, as of Kubernetes 1.37.
 */
#ifndef PODGATE_DECIDE_PSA_ADMISSION_H
#define PODGATE_DECIDE_PSA_ADMISSION_H

#include "decide/facts.h"
#include "decide/psa/config.h"
#include "kube/status.h"

/* What of an AdmissionRequest is looked at. */
typedef struct PsaRequest {
    Str operation;   /* "CREATE", "UPDATE", ... */
    Str group;       /* of the resource that the rule matched; "" for the core group */
    Str resource;    /* "pods" */
    Str subresource; /* as requested (requestSubResource) */
    Str kind_group;  /* of the object, where it does not say so itself */
    Str kind_version;
    Str kind;
    Str namespace; /* for a namespace: its name, as the API server sends it */
    Str name;
    Str user;
    const Value *object;     /* NULL or null when there is none */
    const Value *old_object; /* the same */
    bool is_decoded;         /* both are of the request's kind and rightly typed throughout */
} PsaRequest;

/* What is asked about the cluster. */
typedef struct PsaCluster {
    const void *context; /* handed back to each question */
    /* The Namespace object; NULL when there is none of that name. */
    const Value *(*namespace)(const void *context, Str name);
    /* The pods of a namespace; false when they cannot be listed. */
    bool (*pods)(const void *context, Str namespace, ObjectList *out);
    /* Asked after each pod that is tried: is the time for them over? NULL for never. The API server
     * gives them a second, or half the time that is left for the request. */
    bool (*time_is_over)(const void *context);
} PsaCluster;

/* The questions answered by the facts, with no limit of time. facts must outlive the answer. */
PsaCluster psa_cluster_of(const Facts *facts);

typedef struct PsaAnnotation {
    Str key; /* "enforce-policy", ... without the prefix that the API server puts before it */
    Str value;
} PsaAnnotation;
enum { PSA_ANNOTATIONS_MAX = 3 };

/* One count for the metrics; psa_metric_write() names its labels. */
typedef enum PsaMetricKind {
    PSA_METRIC_EVALUATION,
    PSA_METRIC_EXEMPTION,
    PSA_METRIC_ERROR,
} PsaMetricKind;

typedef struct PsaMetric {
    PsaMetricKind kind;
    bool denied; /* of an evaluation, as the next two */
    PsaMode mode;
    PsaLevelVersion policy;
    bool fatal; /* of an error */
} PsaMetric;
enum { PSA_METRICS_MAX = 4 };

/* All texts live in the arena or the request. */
typedef struct PsaDecision {
    bool allowed;
    Status status; /* when not allowed */
    StrList warnings;
    PsaAnnotation annotations[PSA_ANNOTATIONS_MAX]; /* in the order of their keys */
    size_t annotation_count;
    PsaMetric metrics[PSA_METRICS_MAX];
    size_t metric_count;
} PsaDecision;

/* Decides one request. Never fails: what goes wrong is an answer, as upstream has it. */
void psa_admit(const PsaConfig *config, const PsaCluster *cluster, const PsaRequest *request,
               Arena *a, PsaDecision *out);

/* The warnings that labelling a namespace to enforce a level would give, about the pods that are in
 * it. */
StrList psa_dry_run(const PsaConfig *config, const PsaCluster *cluster, Str namespace,
                    PsaLevelVersion enforce, Arena *a);

/* The sample's name and labels as Prometheus shows them:
 * `pod_security_errors_total{fatal="true",...}`. A version above v1.server_minor is shown as
 * "future". */
void psa_metric_write(const PsaMetric *metric, const PsaRequest *request, int64_t server_minor,
                      Buf *b);

#endif
