/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Would the pods of these manifests be admitted?
 *
 * Objects are asked about all at once: pods, and the pods that controllers make of workloads, are
 * decided; everything else among them (service accounts, roles, policies, ...) is laid over the
 * cluster first, as if it had been applied.
 */
#ifndef PODGATE_ANALYZE_ADMIT_H
#define PODGATE_ANALYZE_ADMIT_H

#include "analyze/accounts.h"
#include "cluster/files.h"
#include "decide/admission/admission.h"
#include "decide/psa/config.h"
#include "decide/psp/psp.h"
#include "kube/kinds.h"
#include "kube/workload.h"

typedef struct AdmitQuestion {
    const FileObjects *objects;     /* each with its namespace, see objects_fill_namespaces() */
    const UserInfo *user;           /* who sends pods that no controller makes */
    bool update;                    /* pods that the cluster has are updated */
    bool explain;                   /* let every policy have its say */
    StrList presets;                /* what platforms add for accounts, see preset_complete() */
    const PsaConfig *pod_security;  /* of the Pod Security plugin; NULL for its defaults */
    bool pod_security_is_asked_for; /* the cluster is said to use Pod Security Standards */
    uint64_t plugins_on;            /* that run besides the usual ones, bits of AdmissionPluginId */
    uint64_t plugins_off;           /* that do not run */
    const KubeTarget *target;
} AdmitQuestion;

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
    const Snapshot *snapshot; /* that was asked */
    const Facts *facts;       /* its facts */
    AdmitItem *items;         /* in the order of the objects */
    size_t count;
    size_t denied;
    uint64_t plugins;   /* that ran, bits of AdmissionPluginId */
    AnalyzeNotes notes; /* what the asker should know */
} AdmitReport;

/* The parts of admit_ask(), for who asks about many objects one by one. */

/* All of an item but its decision; user: who sends pods that no controller makes. */
WARN_UNUSED bool admit_item_prepare(const FileObject *source, const UserInfo *user, Arena *a,
                                    AdmitItem *out, Err *err);
/* The plugins that run over these facts, as the question has it. */
uint64_t admit_plugins(const AdmitQuestion *question, const Facts *facts);
/* Fills in the decision. old: the pod that is updated, NULL for a create. */
void admit_item_decide(const Facts *facts, const AdmissionOptions *how, const KubeTarget *target,
                       const Value *old, Arena *a, AdmitItem *item);
/* A service account as the user that the API server takes it for. */
UserInfo admit_account(Str namespace, Str name, Arena *a);

/* Decides. Fails when there is nothing to decide or when an object makes no sense: the message
 * begins with its place. Everything lives in a; free what else the report holds with
 * admit_report_done(). */
WARN_UNUSED bool admit_ask(const Snapshot *cluster, const AdmitQuestion *question, Arena *a,
                           AdmitReport *out, Err *err);
void admit_report_done(AdmitReport *report);

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

/* The report as data: an object of kind AdmitReport. */
Value admit_to_value(const AdmitReport *report, Arena *a);

#endif
