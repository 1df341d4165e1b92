/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evictions (POST pods/NAME/eviction): deletions that disruption budgets may forbid.
 *
 * Source: Kubernetes pkg/registry/core/pod/storage/eviction.go
 */
#ifndef PODGATE_KUBE_WORKLOADS_EVICTION_H
#define PODGATE_KUBE_WORKLOADS_EVICTION_H

#include "doc/value.h"
#include "kube/status.h"
#include "kube/target.h"

/* The name of the body is that of the path. False with *refusal: 400. Comes before the pod is
 * looked for. */
WARN_UNUSED bool eviction_check_name(const Value *eviction, Str name, Arena *a, Status *refusal);

/* May the pod be evicted? budgets: an array of the PodDisruptionBudgets of its namespace. False
 * with *refusal: 429, 403, or 500 where several budgets are about it (which the API server sends
 * with HTTP status 201: the body alone says 500). Else *budget is the one that this counts against,
 * in the array, or NULL. */
WARN_UNUSED bool eviction_decide(const Value *pod, const Value *budgets, const KubeTarget *t,
                                 Arena *a, const Value **budget, Status *refusal);

/* Since 1.26 a pod that is evicted gets the condition DisruptionTarget first; in a copy. */
bool eviction_marks_pods(const KubeTarget *t);
Value eviction_mark(const Value *pod, Str now, Arena *a);

/* Counts an eviction in a copy of the budget, whose status is then to be stored.
 * now   RFC 3339 */
Value eviction_count(const Value *budget, Str pod_name, Str now, Arena *a);

#endif
