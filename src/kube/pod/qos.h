/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The quality-of-service class of a pod, why it has it, and what the kubelet makes of it.
 */
#ifndef PODGATE_KUBE_POD_QOS_H
#define PODGATE_KUBE_POD_QOS_H

#include "doc/value.h"
#include "kube/target.h"

typedef enum PodQos {
    POD_QOS_BEST_EFFORT,
    POD_QOS_BURSTABLE,
    POD_QOS_GUARANTEED,
} PodQos;

/* What makes a pod's class no better. */
typedef enum PodQosReason {
    POD_QOS_ASKS_NOTHING,  /* no request and no limit for CPU or memory */
    POD_QOS_NO_LIMIT,      /* `container` (or the pod) has no limit for `resource` */
    POD_QOS_BELOW_LIMIT,   /* requests of `resource` are not its limits, all containers together */
    POD_QOS_ALL_IS_LIMITED /* nothing does */
} PodQosReason;

typedef struct PodQosAnswer {
    PodQos qos;
    PodQosReason reason;
    bool is_pod_level; /* decided by spec.resources alone */
    Str resource;      /* "cpu" or "memory"; or absent */
    /* The container that lacks the limit: its name and the member it is in ("containers"). Absent
     * for other reasons and for the pod itself. */
    Str container;
    Str member;
} PodQosAnswer;

/* "Guaranteed", "Burstable" or "BestEffort" */
Str pod_qos_name(PodQos qos);

/* From the requests and limits for CPU and memory of init containers (sidecars among them) and
 * containers; from spec.resources alone where the target has that and the pod says it. Requests
 * must already be defaulted from limits. Allocates nothing.
 * Source  k8s.io/kubernetes pkg/apis/core/helper/qos */
void pod_qos_explain(const Value *pod, const KubeTarget *target, PodQosAnswer *out);
PodQos pod_qos(const Value *pod, const KubeTarget *target);

enum {
    POD_OOM_GUARANTEED = -997,
    POD_OOM_BURSTABLE_MIN = 2,
    POD_OOM_BURSTABLE_MAX = 999,
    POD_OOM_BEST_EFFORT = 1000,
};

/* The oom_score_adj that the kubelet gives a container of the pod on a node with so much memory
 * (above 0). The kernel kills processes with a high one first.
 *
 * Source  Kubernetes documentation, "Node-pressure eviction", and pkg/kubelet/qos/policy.go; that
 *         code ends the burstable range at 3 where the documentation says 2. */
int pod_oom_score_adjust(const Value *pod, const Value *container, int64_t node_memory,
                         const KubeTarget *target, Arena *a);

/* Does the kubelet spare the pod when it evicts: a static pod, its mirror, or one of a priority of
 * the system's? */
bool pod_is_critical(const Value *pod);

#endif
