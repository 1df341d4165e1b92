/* SPDX-License-Identifier: Apache-2.0 */
/* Clusters to decide by. Whatever goes wrong ends the process with status 2. */
#ifndef PODGATE_BENCH_CLUSTER_H
#define PODGATE_BENCH_CLUSTER_H

#include "cluster/snapshot.h"

/* json lies in scratch; the builder copies what it keeps. */
void cluster_put(SnapshotBuilder *b, Arena *scratch, Str json);
/* A restricted policy that changes nothing of the pod in data/review.json, unless it is one of
 * those that refuse it (root only). */
void cluster_put_policy(SnapshotBuilder *b, Arena *scratch, Str name, bool refuses);

/* Five policies that the pod's service account may use, four of which refuse it. */
const Snapshot *cluster_five_policies(void);
/* A policy for each tenant, granted to the tenant's service accounts. */
const Snapshot *cluster_tenants(int count);
/* Bindings of users to one role, a hundred namespaces or more. */
const Snapshot *cluster_bindings(int count);

#endif
