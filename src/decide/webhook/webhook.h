/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Admission webhooks: which of them a request concerns, what they are sent, and what their answers
 * mean. Nobody is called here: see decide/ask.h.
 *
 * Source: k8s.io/apiserver pkg/admission/plugin/webhook (1.20 and newer).
 */
#ifndef PODGATE_DECIDE_WEBHOOK_WEBHOOK_H
#define PODGATE_DECIDE_WEBHOOK_WEBHOOK_H

#include "decide/ask.h"
#include "decide/facts.h"
#include "kube/status.h"
#include "kube/target.h"

enum { WEBHOOK_EQUIVALENTS_MAX = 16 };

/* A group and version in which the resource is served, and what its objects are there. */
typedef struct WebhookVersion {
    Str group;
    Str version;
    Str kind;         /* "Scale" */
    Str kind_version; /* "autoscaling/v1" */
} WebhookVersion;

/* The request, as webhooks are told of it. */
typedef struct WebhookRequest {
    const Facts *facts;
    const KubeTarget *target;
    const UserInfo *user;
    Str operation;     /* "CREATE" */
    WebhookVersion as; /* as it was made */
    Str resource;
    Str subresource;
    Str namespace; /* of a namespace: its own name */
    Str name;
    bool dry_run;
    const Value *options; /* CreateOptions, ...; NULL for none */
    /* The other versions in which its objects are served, once somebody asked for them. */
    WebhookVersion equivalents[WEBHOOK_EQUIVALENTS_MAX];
    size_t equivalent_count;
    bool has_equivalents;
} WebhookRequest;

/* One webhook of one configuration. */
typedef struct Webhook {
    const Value *hook;
    Str configuration;
    Str name;
    Str id;       /* "configuration/name/0" */
    size_t index; /* among all of its sort */
} Webhook;

/* All mutating or all validating ones, in the order in which they are called. */
Webhook *webhook_list(const Facts *facts, bool mutating, Arena *a, size_t *count);

/* Never called for these: a webhook could lock everybody out. */
bool webhook_is_exempt(const WebhookRequest *r);

typedef enum WebhookMatch {
    WEBHOOK_MATCH_NO,
    WEBHOOK_MATCH_YES,
    WEBHOOK_MATCH_REFUSED, /* it cannot be told: the request is refused */
} WebhookMatch;
/* Does the webhook concern the request? object and old are as they are now, or NULL. *as gets the
 * version in which it wants them. */
WebhookMatch webhook_match(const Webhook *w, WebhookRequest *r, const Value *object,
                           const Value *old, Arena *a, WebhookVersion *as, Status *refusal);

/* -- what is sent ------------------------------------------------------------------------------ */

/* The first version of AdmissionReview that both know: "v1", "v1beta1"; absent when none is. */
Str webhook_review_version(const Webhook *w);
/* The AdmissionReview. object and old in the version that is wanted; NULL for none. */
Str webhook_review_body(const WebhookRequest *r, Str review_version, Str uid,
                        const WebhookVersion *as, const Value *object, const Value *old, Arena *a);

/* -- what comes back --------------------------------------------------------------------------- */

typedef struct WebhookExpectation {
    Str name;           /* of the webhook */
    Str review_version; /* that was sent */
    Str uid;
    bool mutating;
    int minor;
} WebhookExpectation;

typedef enum WebhookSays { WEBHOOK_ALLOWS, WEBHOOK_DENIES, WEBHOOK_FAILS } WebhookSays;

typedef struct WebhookVerdict {
    WebhookSays says;
    Str problem;           /* of WEBHOOK_FAILS: after `failed calling webhook "x": ` */
    Value denial;          /* of WEBHOOK_DENIES: the Status that is answered */
    Str patch;             /* JSON text; "" for none */
    Str patch_type;        /* "JSONPatch" or something that is not known */
    const Value *audit;    /* an object of strings; or NULL */
    const Value *warnings; /* an array of strings; or NULL */
} WebhookVerdict;

void webhook_read_answer(const Answer *answer, const WebhookExpectation *expected, Arena *a,
                         WebhookVerdict *out);

/* `failed calling webhook "x": problem` */
Str webhook_failure(Str name, Str problem, Arena *a);
/* What is wrong, as newer minors introduce it ("failed to call webhook: "). */
Str webhook_problem(int minor, const char *newer, Str problem, Arena *a);

#endif
