/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers in the status of a PodDisruptionBudget. */
#ifndef PODGATE_SERVER_CONTROLLERS_DISRUPTION_COUNT_H
#define PODGATE_SERVER_CONTROLLERS_DISRUPTION_COUNT_H

#include "kube/selector.h"
#include "kube/target.h"

typedef struct DisruptionPods { /* those that the budget selects */
    const Value *const *items;
    size_t count;
} DisruptionPods;

typedef struct DisruptionState {
    Str now;
    DisruptionPods pods;
    int64_t scale;      /* how many pods their controllers want, where it is needed */
    Str failure;        /* of a sync that failed */
    int64_t recheck_ms; /* out: when an eviction that did not happen is forgotten; 0: never */
} DisruptionState;

/* What the budget selects; false: nothing. Before policy/v1 an empty selector selected nothing. */
bool disruption_selector(const Value *budget, const KubeTarget *target, Arena *a,
                         LabelSelector *out);
/* Do its numbers depend on how many pods there should be? */
bool disruption_needs_scale(const Value *budget);
Value disruption_status(const Value *budget, const KubeTarget *target, DisruptionState *state,
                        Arena *a);
/* Nothing may be disrupted, as it is not known what there should be. */
Value disruption_status_failed(const Value *budget, const KubeTarget *target,
                               const DisruptionState *state, Arena *a);

#endif
