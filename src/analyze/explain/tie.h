/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A refusal tied to a cluster: the workload that it is about, the policies that say such things and
 * who may use them, the binding that is missing, the quota, limit, webhook or label behind it.
 */
#ifndef PODGATE_ANALYZE_EXPLAIN_TIE_H
#define PODGATE_ANALYZE_EXPLAIN_TIE_H

#include "analyze/explain/explain.h"
#include "analyze/explain/refusal.h"

/* An object of the cluster that has to do with it, and what of it. */
typedef struct TieObject {
    Str kind;
    Str namespace; /* "" for cluster-scoped kinds */
    Str name;
    Str text;
} TieObject;

/* A policy that says of such a pod what the message says. */
typedef struct TieSayer {
    const PspPolicy *policy;
    size_t said; /* points of the message that it says */
    size_t more; /* that it would say beside them: then it was not asked, or says it elsewhere */
    const ExplainSubject *subjects; /* that may use it in the namespace */
    size_t subject_count;
} TieSayer;

typedef struct Tie {
    const Refusal *refusal;
    Str namespace;            /* where it was looked for */
    bool namespace_is_told;   /* by the message or its workload */
    const FileObject *source; /* the workload of the cluster that it is about; NULL for none */
    bool has_access;
    Access access;          /* of a refusal by RBAC */
    const TieSayer *sayers; /* of one by PodSecurityPolicy: by points said, then by name */
    size_t sayer_count;
    const TieObject *objects;
    size_t object_count;
} Tie;

/* Objects: those of the cluster, where the workload is looked for. Everything lives in a. */
void tie_refusal(const Refusal *refusal, const Snapshot *cluster, const FileObjects *objects,
                 Str default_namespace, const KubeTarget *target, Arena *a, Tie *out);
Value tie_to_value(const Tie *tie, Arena *a);

/* A pod that has what the points object to (tie_pod.c), for asking policies. */
Value tie_pod_of(const Refusal *refusal, Arena *a);
/* The same into a pod for what a Pod Security level says (tie_level.c). */
void tie_level_pod(const Refusal *refusal, Value *pod, Arena *a);
/* Is a message the same refusal, point by point? */
bool tie_says_the_same(const Refusal *refusal, Str message, Arena *a);
/* Is the object, or a pod of it, what the refusal is about? How well: 0 for not at all. */
size_t tie_match(const Refusal *refusal, const Value *object, Str default_namespace);

#endif
