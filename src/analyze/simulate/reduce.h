/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of an object decides anything: the rest of a dump is not worth keeping.
 *
 * A pod that runs is brought back to what was sent to the API server, as far as that can be known:
 * without its node, its status and what admission gave it (the token's volume, the priority that
 * its class stands for), which it gives again. Of a bare pod that kubectl applied its manifest is
 * known, as it is noted in an annotation. Two pods that differ in nothing else are one.
 */
#ifndef PODGATE_ANALYZE_SIMULATE_REDUCE_H
#define PODGATE_ANALYZE_SIMULATE_REDUCE_H

#include "doc/value.h"

/* owner_kind: of the pod's controller, "" for none. The result shares most of its children with
 * the pod. */
Value reduce_pod(const Value *pod, Str owner_kind, Arena *a);
/* A workload without its status, or what else decides without what a server notes in its metadata.
 * The same. */
Value reduce_object(const Value *object, bool keep_status, Arena *a);

/* What of a reduced pod, or of a workload's, any policy, check or limit looks at: two pods of one
 * namespace and sender for which it is the same get the same answers from every cluster. Images,
 * commands and values of the environment are not in it, nor the names of claims. Shares children
 * with the pod. */
Value reduce_to_key(const Value *pod, Arena *a);

uint64_t value_hash(const Value *v);

#endif
