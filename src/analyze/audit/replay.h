/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recorded requests, decided again: which of them would have been answered differently by another
 * cluster (other policies, roles, labels, limits)?
 *
 *     Replay *r = replay_new(before, after, &options, arena);
 *     LogSink sink = { r, replay_record, my_problem, NULL };
 *     log_read(paths, &sink, arena, &counts, &err);
 *     const ReplayReport *report = replay_finish(r);
 *
 * A request out of an API server's audit log is authorized and, where the log has the object that
 * was sent (level Request), admitted; one out of an AdmissionReview was authorized when it was
 * recorded, and is asked about again all the same. Each is decided under both clusters, and what
 * differs is gathered by who asked for what.
 *
 * What was allowed by an authorizer that the first cluster does not have (it refuses what the log
 * says was authorized) is taken as authorized in both.
 */
#ifndef PODGATE_ANALYZE_AUDIT_REPLAY_H
#define PODGATE_ANALYZE_AUDIT_REPLAY_H

#include "analyze/audit/event.h"
#include "decide/admission/admission.h"

/* -- one request --------------------------------------------------------------------------------
 */

/* Why a recorded request cannot be decided. */
typedef enum ReplaySkip {
    REPLAY_NOT_SKIPPED,
    REPLAY_SKIP_STAGE,     /* an event of another stage of a request that has one that counts */
    REPLAY_SKIP_NOBODY,    /* it was not authenticated, or not allowed to impersonate */
    REPLAY_SKIP_MALFORMED, /* an event or review that has not what each must have */
    REPLAY_SKIP_COUNT,
} ReplaySkip;

/* Why a request is authorized again and not admitted. */
typedef enum ReplayLimit {
    REPLAY_WHOLE,        /* nothing is left out */
    REPLAY_NOT_ADMITTED, /* admission has no say: reads, paths, most subresources */
    REPLAY_NO_OBJECT,    /* what was sent is not in the log: its level is Metadata */
    REPLAY_PATCH,        /* a patch, and what it made is not in the log */
    REPLAY_NO_OLD,       /* an update of what is not in the first cluster */
    REPLAY_CUSTOM,       /* a resource that is not built in, or of a version that is not known */
    REPLAY_LIMIT_COUNT,
} ReplayLimit;

typedef struct ReplayRequest {
    Str file;
    size_t line;
    bool is_review;
    UserInfo user;
    RbacRequest access; /* its user is not set: copies of this move */
    AdmissionOperation operation;
    ReplayLimit limit;
    Str version; /* of the resource */
    Str kind;    /* of the object */
    Str object_name;
    const Value *object;     /* NULL unless limit is REPLAY_WHOLE */
    const Value *old_object; /* of a review; an event has none */
    bool dry_run;
    bool was_authorized; /* as recorded */
    OptBool was_allowed; /* as recorded, by all; not set where the record does not say */
    bool has_time;
    int64_t time;
} ReplayRequest;

/* What the record asks for. stages: which event of a request counts, see event.h; NULL takes each
 * event for a request. Everything lives in the record and in a. */
ReplaySkip replay_request_read(const LogRecord *r, const KubeTarget *target, AuditStages *stages,
                               Arena *a, ReplayRequest *out);

typedef struct ReplayOptions {
    const KubeTarget *target;
    const AdmissionOptions *admission; /* NULL for admission_options_default */
} ReplayOptions;

typedef struct ReplayAnswer {
    bool authorized;
    bool decided_admission; /* else what follows is as the authorizer has it */
    bool allowed;
    Str message;  /* of a refusal */
    Str psp;      /* the policy that admitted a pod; absent for none */
    Value object; /* as it would be stored; null where admission did not decide */
} ReplayAnswer;

/* What is the same for both clusters. */
typedef struct ReplayHow {
    const ReplayOptions *options;
    const Value *old;   /* what an update changes; or NULL */
    uint64_t plugins;   /* bits of AdmissionPluginId */
    bool is_authorized; /* somebody else allowed it: RBAC is not asked */
} ReplayHow;

/* Decides one request under one cluster. */
void replay_decide(const Facts *facts, const ReplayRequest *request, const ReplayHow *how, Arena *a,
                   ReplayAnswer *out);

/* -- many ---------------------------------------------------------------------------------------
 */

typedef enum ReplayChange {
    REPLAY_SAME,
    REPLAY_NEWLY_REFUSED,
    REPLAY_NEWLY_ALLOWED,
    REPLAY_OTHER_POLICY,  /* allowed by both; another pod security policy admits the pod */
    REPLAY_OTHER_OBJECT,  /* allowed by both; what is stored differs */
    REPLAY_OTHER_REFUSAL, /* refused by both, for another reason */
    REPLAY_CHANGE_COUNT,
} ReplayChange;

enum { REPLAY_GROUPS_MAX = 20000 };

/* Requests that are alike: one subject, verb, resource, namespace and workload, and the same two
 * answers. */
typedef struct ReplayGroup {
    ReplayChange change;
    bool by_authorizer; /* what differs is what RBAC says */
    Str user;
    Str verb;
    Str resource; /* "pods", "deployments.apps", "pods/exec"; or a path */
    Str namespace;
    Str object; /* "deployment/web" for pods, else the name; "" for none */
    Str before; /* "allowed", "allowed by policy x", or why it is refused */
    Str after;
    size_t count;
    size_t order; /* groups are counted as they come up */
    Str file;     /* of the first */
    size_t line;
    bool has_time;
    int64_t first_time;
    int64_t last_time;
} ReplayGroup;

typedef struct ReplayReport {
    size_t requests; /* that were decided */
    size_t changes[REPLAY_CHANGE_COUNT];
    size_t skipped[REPLAY_SKIP_COUNT];
    size_t limited[REPLAY_LIMIT_COUNT]; /* of those decided */
    size_t not_as_recorded;           /* the first cluster answers otherwise than the log has it */
    const ReplayGroup *const *groups; /* newly refused ones first; each kind by count */
    size_t group_count;
    size_t ungrouped; /* requests that differ, and stand in no group: there were too many */
} ReplayReport;

typedef struct Replay Replay;

/* Both facts outlive it. */
Replay *replay_new(const Facts *before, const Facts *after, const ReplayOptions *options, Arena *a);
/* A LogSink's record(); context is the Replay. Falco alerts are no requests. */
void replay_record(void *context, const LogRecord *r, Arena *scratch);
const ReplayReport *replay_finish(Replay *r);

/* "newly refused" */
Str replay_change_text(ReplayChange change);
/* As texts for people: why some were not decided whole, and how many; "" for none. */
Str replay_skip_text(ReplaySkip skip);
Str replay_limit_text(ReplayLimit limit);

/* The report as data: an object of kind ReplayReport. */
Value replay_to_value(const ReplayReport *report, Arena *a);

#endif
