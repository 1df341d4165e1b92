/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pod was refused: the ways out.
 *
 *   widen  the smallest widening of a policy that it meets already: fields of a PodSecurityPolicy
 *          that it may use, the Pod Security level of its namespace; limits of a quota
 *   edit   the smallest edit of the workload
 *   grant  the smallest grant: the right to use an existing policy, the strictest that admits it
 *   account  another service account of the namespace, one that may use a policy that admits it
 *
 * Each way is a list of parts. It was verified by deciding again with all of them (the whole
 * admission chain), and it is minimal: without any one of them the pod is refused again. Where no
 * such way exists the reason is told.
 *
 * How it is found: whatever refuses is asked what it objects to, each objection is turned into
 * parts, and the question is put again, until nothing refuses or nothing is left to try. Then every
 * part that is not needed goes. Nothing here knows whether a pod is right; only the engines do.
 */
#ifndef PODGATE_ANALYZE_REMEDY_REMEDY_H
#define PODGATE_ANALYZE_REMEDY_REMEDY_H

#include "analyze/admit.h"

typedef enum RemedyKind {
    REMEDY_WIDEN,
    REMEDY_EDIT,
    REMEDY_GRANT,
    REMEDY_ACCOUNT,
    REMEDY_KIND_COUNT,
} RemedyKind;

enum {
    REMEDY_WIDEN_BIT = 1 << REMEDY_WIDEN,
    REMEDY_EDIT_BIT = 1 << REMEDY_EDIT,
    REMEDY_GRANT_BIT = 1 << REMEDY_GRANT,
    REMEDY_ACCOUNT_BIT = 1 << REMEDY_ACCOUNT,
    REMEDY_ALL_BITS = (1 << REMEDY_KIND_COUNT) - 1,
};

typedef enum RemedyOp {
    REMEDY_SET,         /* a field to value */
    REMEDY_REMOVE,      /* a field */
    REMEDY_LIST_ADD,    /* value at the end of a list */
    REMEDY_LIST_REMOVE, /* the items of a list that have all that value has */
    REMEDY_CREATE,      /* a whole object, value */
} RemedyOp;

/* One change that cannot be left out. */
typedef struct RemedyPart {
    RemedyOp op;
    bool of_workload; /* of the object that was asked about; otherwise of object */
    ObjectKey object;
    Str api_version; /* of object */
    Str pointer;     /* a JSON Pointer whose "=x" is the item of a list named x */
    Str path;        /* the same for people: "spec.containers[0].securityContext.privileged" */
    Value value;
    Value before; /* of the field, or null */
    /* Keeps a widening small: a list that lets in everything while it is empty. The pod would be
     * admitted without it as well, and so would much else. */
    bool restricts;
    Str text; /* one line: `remove spec.hostNetwork` */
} RemedyPart;

typedef struct RemedyWay {
    bool found;
    Str none;   /* why there is none, when not found */
    Str target; /* the policy that is widened or granted, the quota, the namespace that is
                 * labelled, the account; of an edit, the policy that it was made for; may be empty
                 */
    const RemedyPart *parts;
    size_t count;
    /* The objects that would have to be applied: as they are after the change. Of an edit, the
     * workload. */
    const Value *objects;
    size_t object_count;
    Value patch;     /* of an edit: RFC 6902 operations on the workload; else null */
    Str admitted_by; /* the PodSecurityPolicy that then admits the pod; may be empty */
} RemedyWay;

typedef struct RemedyQuestion {
    const Snapshot *cluster; /* with the pod's namespace and account, as AdmitReport.snapshot */
    const Value *object;     /* of a kind that pods come from, with its namespace */
    const UserInfo *user;    /* who sends the pod: the controller's account, or a user */
    Str namespace;
    uint64_t plugins;              /* bits of AdmissionPluginId */
    const PsaConfig *pod_security; /* NULL for the default */
    const KubeTarget *target;
    unsigned wanted; /* REMEDY_..._BIT: the ways that are looked for */
} RemedyQuestion;

typedef struct Remedy {
    bool allowed;   /* it is admitted as it is: there are no ways */
    Str refused_by; /* the admission plugin; "" for the API's own validation */
    Str message;    /* the refusal, whole */
    RemedyWay ways[REMEDY_KIND_COUNT];
    size_t decisions; /* made on the way */
} Remedy;

/* The question that an item of a report asks. */
RemedyQuestion remedy_question_of(const AdmitReport *report, const AdmitItem *item,
                                  const AdmitQuestion *asked);

/* Everything in out lives in a (strings may point into the question's documents). */
void remedy_find(const RemedyQuestion *question, Arena *a, Remedy *out);

/* "widen", "edit", "grant", "account" */
Str remedy_kind_name(RemedyKind kind);
/* {"found", "target", "changes": [...], "objects": [...], "patch": [...], "admittedBy"} or
 * {"found": false, "reason"} */
Value remedy_way_to_value(const RemedyWay *way, Arena *a);
/* {"widen": ..., "edit": ..., "grant": ..., "account": ...}: the ways that were wanted. */
Value remedy_to_value(const Remedy *remedy, unsigned wanted, Arena *a);

/* How much a policy lets through: a number that never falls when any field is widened, so that of
 * several the least is one of the strictest. */
int64_t remedy_openness(const PspPolicy *policy);

#endif
