/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why is a pod admitted or refused? For whoever sent it: who decided, every policy of the cluster
 * with each subject that might use it here and what it says of the pod, the policy that won and the
 * one that came next, and what would turn the result round.
 */
#ifndef PODGATE_ANALYZE_EXPLAIN_EXPLAIN_H
#define PODGATE_ANALYZE_EXPLAIN_EXPLAIN_H

#include "analyze/explain/access.h"
#include "analyze/remedy/remedy.h"
#include "decide/rbac/rbac.h"

/* For whom of the pod's a grant counts. */
typedef enum ExplainFor {
    EXPLAIN_FOR_NOBODY, /* the subject is somebody else */
    EXPLAIN_FOR_ACCOUNT,
    EXPLAIN_FOR_REQUESTER,
} ExplainFor;

/* A subject that may use a policy in the pod's namespace. */
typedef struct ExplainSubject {
    const RbacBinding *binding;
    const RbacSubject *subject;
    ExplainFor counts_for;
} ExplainSubject;

typedef struct ExplainPolicy {
    const PspPolicy *policy;
    bool usable;                    /* for this pod */
    bool by_masters;                /* because the requester is in system:masters */
    const ExplainSubject *subjects; /* those that count for the pod first */
    size_t subject_count;
    bool tried;         /* it had its say: the fields below hold */
    PspOutcome outcome; /* as if it might be used */
    FieldErrors errs;
    StrList changes; /* the fields that it would set */
    Value patch;
    int64_t openness;
} ExplainPolicy;

/* What Pod Security asks of the pod's namespace. */
typedef struct ExplainLevel {
    bool runs;      /* the plugin has a say */
    PsaLevel level; /* that is enforced */
    Str text;       /* "restricted:latest" */
    bool labelled;  /* by the namespace itself */
    PsaLevel meets; /* the strictest that the pod meets */
} ExplainLevel;

/* What an admitted pod hangs on: without these bindings, all of them, it is refused. */
typedef struct ExplainHold {
    const RbacBinding *const *bindings;
    size_t count;
    Str refusal; /* the message then */
} ExplainHold;

typedef struct ExplainItem {
    const AdmitItem *admit;
    Str decided_by;          /* the plugin that refused; "" for the API's own validation; of an
                              * admitted pod, PodSecurityPolicy when one was asked */
    ExplainPolicy *policies; /* those that may be used first, then by name */
    size_t policy_count;
    const ExplainPolicy *winner;    /* NULL for none */
    const ExplainPolicy *runner_up; /* the next that would have admitted it; of a refused pod the
                                     * one with the fewest objections; NULL for none */
    ExplainLevel level;
    Remedy remedy;     /* of a refused pod */
    ExplainHold hold;  /* of an admitted one */
    bool asked_access; /* the requester is known: */
    Access access;     /* may he create the object at all? */
} ExplainItem;

typedef struct ExplainReport {
    AdmitReport admit;
    ExplainItem *items;
    size_t count;
    size_t refused; /* by admission, or for want of the right to create them */
} ExplainReport;

/* As admit_ask(), whose question this is; explain is always on. requester_is_known: the question's
 * user was given, and whether he may create the objects is looked at, too. Free with
 * explain_report_done(). */
WARN_UNUSED bool explain_ask(const Snapshot *cluster, const AdmitQuestion *question,
                             bool requester_is_known, Arena *a, ExplainReport *out, Err *err);
void explain_report_done(ExplainReport *report);

/* The report as data: an object of kind ExplainReport. */
Value explain_to_value(const ExplainReport *report, Arena *a);

/* `would admit it and set spec.x, spec.y`, `refuses: 3 errors`: an outcome as if it might be used.
 */
Str explain_verdict_text(const ExplainPolicy *policy, Arena *a);

/* -- parts (policies.c, hold.c) ------------------------------------------------------------------
 */

void explain_policies(const RemedyQuestion *question, ExplainItem *item, const Facts *facts,
                      Arena *a);
/* The subjects of bindings that may use a policy in a namespace, whose they are not looked at. */
const ExplainSubject *explain_users(const Facts *facts, Str namespace, const PspPolicy *policy,
                                    Arena *a, size_t *count);
Value explain_subject_to_value(const ExplainSubject *s, Arena *a);
void explain_hold(const RemedyQuestion *question, Arena *a, ExplainHold *out);

#endif
