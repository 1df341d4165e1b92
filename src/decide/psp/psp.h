/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PodSecurityPolicy admission, as the plugin of Kubernetes 1.10 to 1.24 decides.
 *
 * The caller knows who asks and finds the policies that the requester or the pod's service account
 * may `use` (decide/rbac); here they are tried against one pod:
 *
 *   create    each policy, by name, sets what it has defaults for (on an overlay of a few typed
 *             fields) and then checks the result. The first that changes nothing wins; if all
 *             that accept the pod change it, the first of those.
 *   update,   the validating pass of both: the policy that the pod's annotation names is tried
 *   validate  first, then by name; a policy that would change the pod does not count.
 *
 * Nothing is copied and nothing is allocated but messages, mutations and one small overlay.
 */
#ifndef PODGATE_DECIDE_PSP_PSP_H
#define PODGATE_DECIDE_PSP_PSP_H

#include "base/field.h"
#include "decide/facts.h"
#include "decide/psp/policy.h"
#include "kube/pod_view.h"
#include "kube/target.h"

/* The annotation that names the policy which admitted a pod. */
#define PSP_ANNOTATION "kubernetes.io/psp"

typedef enum PspGrantee {
    PSP_GRANTED_TO_SERVICE_ACCOUNT,
    PSP_GRANTED_TO_USER,
} PspGrantee;

/* A policy that may be used for this pod, and through what: carried through to the trace. */
typedef struct PspCandidate {
    const PspPolicy *policy;
    PspGrantee grantee;
    const struct RbacBinding *by; /* NULL when not known (system:masters) */
} PspCandidate;

typedef enum PspPass {
    PSP_MUTATING,   /* create */
    PSP_VALIDATING, /* create, after the registry's preparation; update */
} PspPass;

typedef struct PspRequest {
    const PspCandidate *candidates; /* each policy once; cheapest when by name already */
    size_t candidate_count;
    /* Is there any policy in the cluster that builds a provider, usable here or not? Looked at
     * only when no candidate does. See psp_any_provider(). */
    bool providers_exist;
    const PodView *pod;
    PspPass pass;
    const KubeTarget *target;
    bool explain;       /* try every candidate and keep what each said, even after one has won */
    bool only_outcomes; /* try every candidate for what comes of it; nothing else is filled in */
} PspRequest;

typedef enum PspOutcome {
    PSP_NOT_TRIED,      /* another one had won before */
    PSP_NO_PROVIDER,    /* it builds none: policy->build_error */
    PSP_REFUSED,        /* errs says why */
    PSP_ADMITS,         /* as it is */
    PSP_ADMITS_CHANGED, /* with its defaults */
    PSP_WOULD_CHANGE,   /* it would accept the pod changed, and this pass must not change it */
} PspOutcome;

typedef struct PspTried {
    PspCandidate candidate;
    PspOutcome outcome;
    FieldErrors errs; /* of PSP_REFUSED, in order; filled in on a denial or with explain */
    Value patch;      /* with explain, of a policy that changes the pod: what it would change */
} PspTried;

typedef struct PspDecision {
    bool allowed;
    const PspPolicy *policy; /* that admitted the pod; NULL when denied */
    bool mutates;            /* the policy changes the pod (the annotation does not count) */
    /* RFC 6902 operations: the policy's defaults and the annotation. Mutating pass only, else an
     * empty array. */
    Value patch;
    /* A denial in the API server's words, to stand after `pods "x" is forbidden: `. */
    Str message;
    PspTried *tried; /* one for each candidate, in the order in which they are tried */
    size_t tried_count;
} PspDecision;

/* "admits", "refuses", ...: one word or two for a table. */
Str psp_outcome_text(PspOutcome outcome);

void psp_admit(const PspRequest *request, Arena *a, PspDecision *out);

/* Does any of the policies build a provider? */
bool psp_any_provider(PspPolicyList policies);

/* What the plugin looks at. */
typedef struct PspScope {
    bool is_update;
    Str subresource;     /* "" for the pod itself */
    const Value *object; /* as it would be stored */
    const Value *old;    /* the stored pod, for an update */
    const KubeTarget *target;
} PspScope;

/* False when the request passes without a look: subresources (but, from 1.23 on,
 * ephemeralcontainers, whose object is the pod), and updates that change nothing but owner
 * references and finalizers. */
bool psp_looks_at(const PspScope *scope);

#endif
