/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an API server's refusal says, taken apart.
 *
 * A text is looked through for refusals: what kubectl prints, an event or a condition as kubectl
 * describe and get show it, a Status, an Event or any other object in JSON or YAML, whatever stands
 * around the sentence. The sentence itself has one of a few forms, by who refused:
 *
 *     pods "x" is forbidden: PodSecurityPolicy: unable to admit pod: [...]
 *     pods "x" is forbidden: violates PodSecurity "restricted:latest": ...
 *     pods is forbidden: User "x" cannot create resource "pods" in API group "" in the namespace
 * "y" pods "x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2
 *     pods "x" is forbidden: maximum cpu usage per Container is 1, but limit is 2
 *     admission webhook "w" denied the request: ...
 *     Pod "x" is invalid: spec.containers: Required value
 *
 * Nothing here fails: what is not understood is kept as it stands.
 */
#ifndef PODGATE_ANALYZE_EXPLAIN_REFUSAL_H
#define PODGATE_ANALYZE_EXPLAIN_REFUSAL_H

#include "doc/value.h"

typedef enum RefusalKind {
    REFUSAL_OTHER, /* a refusal in words that are not known */
    REFUSAL_PSP,
    REFUSAL_POD_SECURITY,
    REFUSAL_RBAC,
    REFUSAL_ESCALATION, /* a role that grants more than its author has */
    REFUSAL_QUOTA,
    REFUSAL_LIMIT_RANGE,
    REFUSAL_WEBHOOK,
    REFUSAL_VALIDATION,
    REFUSAL_ACCOUNT,   /* the service account is not there */
    REFUSAL_NAMESPACE, /* it ends, or is not there */
    REFUSAL_KIND_COUNT,
} RefusalKind;

/* One thing that is objected to. */
typedef struct RefusalPoint {
    Str field;  /* "spec.hostNetwork"; of Pod Security the check's id; of a limit, the resource */
    Str kind;   /* "Invalid value", "Forbidden"; or "" */
    Str value;  /* as printed; of a limit what is asked for; may be empty */
    Str detail; /* the rest */
    Str text;   /* all of it */
} RefusalPoint;

/* One resource of an exceeded quota. */
typedef struct RefusalAmount {
    Str resource;
    Str requested;
    Str used;
    Str limited;
} RefusalAmount;

typedef struct Refusal {
    RefusalKind kind;
    Str sentence;  /* the API server's, without what stands around it */
    Str file;      /* that kubectl was creating or applying; or "" */
    bool is_event; /* a controller met it: "Error creating: ..." */
    Str resource;  /* "pods"; "" when not told */
    Str group;     /* of it: "apps" */
    Str name;      /* of the object; "" for none, and it may end in "-": a name's beginning */
    Str namespace; /* where it is told */
    Str why;       /* after "is forbidden: " */
    /* RBAC */
    Str user;
    Str verb;
    Str api_group;
    Str subresource;
    Str path;           /* of a URL that is no resource */
    bool cluster_scope; /* said to be asked for the whole cluster */
    Str reason;         /* what the authorizer added */
    /* Pod Security */
    Str level;   /* "restricted" */
    Str version; /* "latest" */
    bool is_warning;
    /* others */
    bool no_policies; /* PSP: there is none that could be tried */
    bool validating;  /* PSP: in the second pass, or of an update */
    Str subject;      /* the quota, the webhook, the service account */
    const RefusalAmount *amounts;
    size_t amount_count;
    const RefusalPoint *points;
    size_t point_count;
} Refusal;

typedef struct Refusals {
    Refusal *items; /* in the order of the text, equal ones once */
    size_t count;
} Refusals;

/* Every refusal in a text. Strings point into it, or into a. */
void refusals_read(Str text, Arena *a, Refusals *out);
/* One sentence alone; false when it is none. */
bool refusal_read(Str sentence, Arena *a, Refusal *out);

/* "PodSecurityPolicy", "RBAC", ... */
Str refusal_kind_name(RefusalKind kind);
/* Who refused, for a sentence: "the admission plugin ResourceQuota", "the authorizer (RBAC)" */
Str refusal_decider(const Refusal *r, Arena *a);
Value refusal_to_value(const Refusal *r, Arena *a);

#endif
