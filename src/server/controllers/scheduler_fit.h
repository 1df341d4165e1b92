/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a pod may be put on a node. Resources are not counted: nodes without machines have no end
 * of them.
 *
 * Source: Kubernetes pkg/scheduler/framework/plugins
 */
#ifndef PODGATE_SERVER_CONTROLLERS_SCHEDULER_FIT_H
#define PODGATE_SERVER_CONTROLLERS_SCHEDULER_FIT_H

#include "doc/value.h"
#include "kube/target.h"

/* Absent when it may, else why not, as it stands in "1 node(s) were unschedulable". pods: those on
 * the node, count of them. */
Str scheduler_misfit(const Value *pod, const Value *node, const Value *const *pods, size_t count,
                     const KubeTarget *target, Arena *a);

/* Does one of the pod's tolerations stand for the taint? */
bool scheduler_tolerates(const Value *pod, const Value *taint);
/* The pod's nodeSelector and required affinity to nodes. */
bool scheduler_wants(const Value *pod, const Value *node, Arena *a);

#endif
