/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The strictest PodSecurityPolicy that still admits the workloads given, with its proof.
 *
 * A policy admits a pod here only when it leaves it as it is: what a policy would set by default
 * (a user, readOnlyRootFilesystem) may break the workload. The one exception says nothing new: the
 * seccomp annotation of a pod that has the field, which the API server writes anyway.
 *
 *     needs     what the pods ask for, with who asks (psp_needs.c)
 *     policy    the object, with a line of evidence for each field (psp_policy.c)
 *     proof     every pod is admitted, nothing can be taken away (psp_prove.c)
 *     grant     roles and bindings, and every pod through the whole of admission (psp_grant.c)
 */
#ifndef PODGATE_ANALYZE_ADVISE_PSP_H
#define PODGATE_ANALYZE_ADVISE_PSP_H

#include "analyze/advise/annotate.h"
#include "analyze/advise/evidence.h"

typedef enum AdvisePer {
    ADVISE_PER_ALL,
    ADVISE_PER_NAMESPACE,
    ADVISE_PER_ACCOUNT,
    ADVISE_PER_WORKLOAD,
} AdvisePer;

typedef struct AdvisePspQuestion {
    AdvisePer per;
    Str name; /* of the policy; the first part of the names when there are several */
} AdvisePspQuestion;

/* One thing that was taken away from a policy, and who needed it. */
typedef struct AdviseTaken {
    Str what;             /* "hostNetwork: true", "volumes: hostPath" */
    Str path;             /* JSON Pointer into the policy */
    const AdvisePod *pod; /* that is not admitted without it; NULL: the proof fails */
    Str how;              /* what becomes of that pod */
} AdviseTaken;

/* A comment on a line of the policy, and what it goes back to. */
typedef struct AdviseLine {
    struct AdviseLine *next;
    Str path; /* JSON Pointer into the policy */
    Str text;
    const AdviseEvidence *evidence; /* NULL: nobody needs more */
} AdviseLine;

/* One policy. */
typedef struct AdvisePsp {
    Str name;
    const AdviseWorkload *const *workloads;
    size_t workload_count;
    const AdvisePod *const *pods; /* of all of them */
    size_t pod_count;
    Value policy;
    const AdviseLine *lines;        /* in the order of the policy */
    AdviseComments comments;        /* the same, for advise_write_yaml() */
    Value *grants;                  /* Role or ClusterRole, then RoleBindings */
    AdviseComments *grant_comments; /* of each: who runs as a subject */
    size_t grant_count;
    AdviseTaken *taken;
    size_t taken_count;
} AdvisePsp;

typedef struct AdvisePspReport {
    AdvisePsp *policies;
    size_t count;
    size_t pod_count;   /* that were decided again */
    size_t grant_count; /* of all that was taken away, to see it needed */
    AnalyzeNotes notes;
} AdvisePspReport;

/* Workloads that no policy at all admits as they are, are moved to inputs->skipped. False, with a
 * message, when a proof fails: a defect of this program. */
WARN_UNUSED bool advise_psp(AdviseInputs *inputs, const AdvisePspQuestion *question, Arena *a,
                            AdvisePspReport *out, Err *err);

/* An object of kind PspAdviceReport; with_proof: each thing that was taken away. */
Value advise_psp_to_value(const AdvisePspReport *report, const AdviseInputs *inputs,
                          bool with_proof, Arena *a);
/* Policies, and their grants, to be applied, with comments. */
typedef struct AdvisePspYaml {
    bool with_grants;
    bool with_proof;
} AdvisePspYaml;
void advise_psp_write_yaml(const AdvisePspReport *report, AdvisePspYaml how, Buf *b);

#endif
