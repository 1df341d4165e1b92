/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the API server does with the objects that make and move pods, on their way into the store:
 * defaults, what the registry sets before it validates, validation on create, update and of the
 * status. One row a kind, one file a kind.
 *
 * Objects are in the decoded form of kube/schema.h. Maps are walked in the order of the tree where
 * the API server walks them at random, and addresses of memory are META_POINTER_TEXT (kube/meta.h).
 *
 * Source: k8s.io/kubernetes pkg/apis/{apps,batch,autoscaling,policy} and pkg/registry (1.20, and
 * later versions where they are known to differ).
 */
#ifndef PODGATE_KUBE_WORKLOADS_WORKLOADS_H
#define PODGATE_KUBE_WORKLOADS_WORKLOADS_H

#include "base/field.h"
#include "doc/value.h"
#include "kube/target.h"

/* Defaulting twice changes nothing. */
typedef void WorkloadDefaults(Value *object, const KubeTarget *t, Arena *a);
/* A new object: no status, the first generation, nothing of features that are off. */
typedef void WorkloadPrepareCreate(Value *object, const KubeTarget *t, Arena *a);
/* A changed object: the part that is written elsewhere becomes that of old (shared with it). */
typedef void WorkloadPrepareUpdate(Value *object, const Value *old, const KubeTarget *t, Arena *a);
typedef void WorkloadValidateCreate(const Value *object, const KubeTarget *t, FieldErrors *errs);
/* The checks of metadata that the registry makes for every kind come before, and are not made. */
typedef void WorkloadValidateUpdate(const Value *object, const Value *old, const KubeTarget *t,
                                    FieldErrors *errs);

typedef struct WorkloadRules {
    Str group;
    Str resource;
    WorkloadDefaults *defaults; /* of every served version; NULL for none, as each below */
    /* Why an annotation that stands for a field cannot be read; absent when all is well. Who asks
     * answers 400. */
    Str (*unreadable)(const Value *object, Arena *a);
    WorkloadPrepareCreate *prepare_create;
    WorkloadPrepareUpdate *prepare_update;
    WorkloadPrepareUpdate *prepare_status;
    WorkloadValidateCreate *validate_create;
    WorkloadValidateUpdate *validate_update;
    WorkloadValidateUpdate *validate_status;
} WorkloadRules;

#define WORKLOAD_RULES_LIST(X)  \
    X(deployments)              \
    X(replicasets)              \
    X(statefulsets)             \
    X(daemonsets)               \
    X(controllerrevisions)      \
    X(jobs)                     \
    X(cronjobs)                 \
    X(horizontalpodautoscalers) \
    X(poddisruptionbudgets)

#define WORKLOAD_RULES_DECLARE(name) extern const WorkloadRules workload_rules_##name;
WORKLOAD_RULES_LIST(WORKLOAD_RULES_DECLARE)
#undef WORKLOAD_RULES_DECLARE

/* NULL when the resource is none of these. */
const WorkloadRules *workload_rules_find(Str group, Str resource);

#endif
