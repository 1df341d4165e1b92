/* SPDX-License-Identifier: Apache-2.0 */
/* What `podgate admit` decided, between deciding it and showing it. */
#ifndef PODGATE_CLI_ADMIT_H
#define PODGATE_CLI_ADMIT_H

#include "cli/state.h"
#include "decide/admission/admission.h"
#include "decide/psp/psp.h"
#include "kube/kinds.h"
#include "kube/workload.h"

/* One object that was asked about, and the answer about its pods. */
typedef struct AdmitItem {
    const FileObject *source;
    KubeKind kind;
    Str namespace;
    Str name; /* of the object; its generateName when it has no name */
    Workload workload;
    UserInfo user;    /* who sends the pods to the API server */
    UserInfo account; /* the service account that they run as */
    Str account_name; /* without its namespace */
    AdmissionDecision decision;
    const PspDecision *psp; /* of the pass that decided; NULL when it did not come to policies */
} AdmitItem;

typedef struct AdmitReport {
    const State *state;
    AdmitItem *items;
    size_t count;
    size_t denied;
} AdmitReport;

/* One thing that stands in the way of a pod. */
typedef struct AdmitProblem {
    Str policy; /* that says so; absent for the API's own validation */
    const FieldError *error;
    Str place; /* `file.yaml:12:7` */
} AdmitProblem;

typedef struct AdmitProblems {
    AdmitProblem *items;
    size_t count;
} AdmitProblems;

/* Every field error of the policies tried (in the order in which they were tried), or of the API's
 * validation. all: of policies that another one overruled, too. */
void admit_problems(const AdmitItem *item, bool all, Arena *a, AdmitProblems *out);

/* Where the field of an error stands in the object that was given: the path that the error names,
 * which is not always where the field is, brought back through the pod into the object. */
Str admit_source_path(const Workload *workload, const FieldError *e, Arena *a);

/* The fields that a policy set, as paths without "spec.": what the patch does to the pod. */
StrList admit_changes(const Value *patch, Arena *a);

/* "deployment.apps/web" */
Str admit_object_text(const AdmitItem *item, Arena *a);

/* "admits", "refuses: 3 errors", ... */
Str admit_outcome_text(const PspTried *tried, Arena *a);

/* The report for people. */
void admit_write_table(const AdmitReport *report, bool verbose, bool color, Buf *out);
/* The report as data. */
Value admit_to_value(const AdmitReport *report, Arena *a);

#endif
