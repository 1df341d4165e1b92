/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events of the API server's audit log (audit.k8s.io v1, v1beta1, v1alpha1), as requests: who asked
 * for what, and what came of it.
 *
 * A request has an event for each stage that the audit policy logs. The ones that say what came of
 * it count: ResponseComplete and Panic, and for a watch the first of ResponseStarted and
 * ResponseComplete; audit_stages_take() says which.
 */
#ifndef PODGATE_ANALYZE_AUDIT_EVENT_H
#define PODGATE_ANALYZE_AUDIT_EVENT_H

#include "analyze/audit/log.h"
#include "decide/rbac/rbac.h"

typedef enum AuditStage {
    AUDIT_STAGE_UNKNOWN,
    AUDIT_REQUEST_RECEIVED,
    AUDIT_RESPONSE_STARTED,
    AUDIT_RESPONSE_COMPLETE,
    AUDIT_PANIC,
} AuditStage;

typedef enum AuditOutcome {
    AUDIT_AUTHORIZED,       /* the authorizer let it through, whatever came then */
    AUDIT_FORBIDDEN,        /* the authorizer refused */
    AUDIT_UNAUTHENTICATED,  /* nobody is known to have asked */
    AUDIT_NOT_IMPERSONATED, /* who asked may not speak for others: what was asked is not known */
    AUDIT_UNDECIDED,        /* the event is of a stage before the decision */
} AuditOutcome;

typedef struct AuditEvent {
    Str file;
    size_t line;
    Str id;
    AuditStage stage;
    AuditOutcome outcome;
    UserInfo user; /* whose rights counted: the impersonated user where there is one */
    UserInfo real; /* who was authenticated */
    bool impersonates;
    const Value *impersonated; /* impersonatedUser; NULL for none */
    Str verb;
    bool is_resource;
    Str group; /* "" for the core group */
    Str version;
    Str resource;
    Str subresource;
    Str namespace;
    Str name; /* as authorizers are told it: a create has none */
    Str object_name;
    Str path;     /* of requestURI, without its query */
    Str query;    /* "" for none */
    int64_t code; /* of the response; 0 when not known */
    Str message;
    const Value *request_object;
    const Value *response_object;
    const Value *annotations;
    bool has_time;
    int64_t time; /* seconds since 1970 */
} AuditEvent;

/* Reads an event; what it points to lives in the value and in a. Absent strings are "". False with
 * a message ("audit.log:3: ...") when it is none. */
WARN_UNUSED bool audit_event_read(const LogRecord *r, Arena *a, AuditEvent *out, Err *err);

/* The request as authorizers are asked about it. */
RbacRequest audit_event_request(const AuditEvent *e);

/* The value of an annotation, or absent. */
Str audit_annotation(const AuditEvent *e, Str key);

/* Was the request refused by an admission plugin? */
bool audit_refused_by_admission(const AuditEvent *e);

/* Which events were counted as requests, for those that have several: memory for the watches that
 * are open at a time. */
typedef struct AuditStages {
    Arena *arena;
    uint64_t *slots; /* hashes of ids; 0 for none, 1 for one that is gone */
    uint64_t *spare; /* as many, to put them in order in; or NULL */
    size_t cap;
    size_t used; /* slots that are not 0 */
    size_t held;
} AuditStages;

static inline AuditStages audit_stages_new(Arena *a)
{
    return (AuditStages){ .arena = a };
}
/* Is this the event by which its request counts? */
bool audit_stages_take(AuditStages *s, const AuditEvent *e);

#endif
