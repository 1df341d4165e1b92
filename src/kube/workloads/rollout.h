/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arithmetic of a Deployment's rollout: how many pods there may be of each ReplicaSet.
 *
 * Source: Kubernetes pkg/controller/deployment/util, k8s.io/apimachinery pkg/util/intstr.
 */
#ifndef PODGATE_KUBE_WORKLOADS_ROLLOUT_H
#define PODGATE_KUBE_WORKLOADS_ROLLOUT_H

#include "doc/value.h"

typedef struct Rollout {
    int64_t replicas;    /* wanted */
    bool is_rolling;     /* not Recreate */
    int64_t surge;       /* how many more there may be; 0 unless rolling */
    int64_t unavailable; /* how many fewer may be available; 0 unless rolling */
} Rollout;

/* A number, or a percentage of total ("25%"), rounded up or down. 0 for anything else. */
int64_t rollout_scaled(const Value *number_or_percent, int64_t total, bool up);

/* spec: of a Deployment, defaulted. */
Rollout rollout_read(const Value *spec);

/* How many replicas the new ReplicaSet gets. all: what all of them ask for now; current: what the
 * new one does. */
int64_t rollout_new_replicas(const Rollout *r, int64_t all, int64_t current);

/* What one ReplicaSet gets of to_add replicas (negative: loses) when a Deployment is scaled amidst
 * a rollout. current: its replicas; max_replicas: how many the Deployment could have when it was
 * scaled last; added: what others got already. */
int64_t rollout_proportion(const Rollout *r, int64_t current, int64_t max_replicas, int64_t to_add,
                           int64_t added);

#endif
