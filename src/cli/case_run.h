/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recorded cases: a piece of cluster state, a request, and what a real API server answered. Here
 * the request is put to podgate; case_match.h compares.
 *
 *     {"id": "...", "topic": "...", "objects": [...], "featureGates": {...},
 *      "request": {"operation": "CREATE" | "UPDATE" | "REVIEW" | "HTTP", ...}, "expect": {...}}
 *
 * Cases of Pod Security Standards have a form of their own: see decide/psa/recorded.h.
 *
 * The state that every case has besides its objects (bootstrap roles, namespaces, priority classes)
 * is built once; a case's objects are a layer over it.
 */
#ifndef PODGATE_CLI_CASE_RUN_H
#define PODGATE_CLI_CASE_RUN_H

#include "base/err.h"
#include "cluster/snapshot.h"
#include "kube/target.h"

typedef struct CaseRunner {
    const Snapshot *base;
    KubeTarget target; /* without the gates of a case */
} CaseRunner;

void case_runner_init(CaseRunner *r, const KubeTarget *target);
void case_runner_done(CaseRunner *r);

typedef enum CaseOutcome {
    CASE_DECIDED,
    CASE_UNSUPPORTED, /* a topic or form that is not known here */
    CASE_MALFORMED,   /* *err says what is wrong with it */
} CaseOutcome;

/* Decides one case; what it expects is never looked at. A case that is decided may leave a warning
 * in *err (set to ERR_NONE before): an object of its state that no cluster could hold. got has the
 * shape of an `expect`, in the arena. The case must stay as it is while got is used. */
CaseOutcome case_decide(const CaseRunner *r, const Value *test, Arena *a, Value *got, Err *err);

#endif
