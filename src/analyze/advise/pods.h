/* SPDX-License-Identifier: Apache-2.0 */
/* Pods that run: which of them are alike, and what they would be created from. */
#ifndef PODGATE_ANALYZE_ADVISE_PODS_H
#define PODGATE_ANALYZE_ADVISE_PODS_H

#include "doc/value.h"

/* The same but for what each pod has of its own (its node, the name of its token's volume), as far
 * as it bears on security. */
bool advise_pods_alike(const Value *a, const Value *b);
/* A pod that runs, as one that is to be created again. Shares what is in the
 * spec. */
Value advise_pod_to_send(const Value *pod, Arena *a);

#endif
