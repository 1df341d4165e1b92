/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The admission chain: what the API server does with an object between authorization and storage.
 *
 *     decode -> API defaults -> mutating plugins -> registry (prepare) -> guard -> API validation
 *            -> validating plugins
 *
 * in the API server's order, so that a request that is wrong in two ways is refused for the same
 * reason as by the real one. The plugins are rows of one table (registry.c), each in a file of its
 * own; what is special about one resource (defaults, validation, escalation guard) is a row of
 * strategies.c.
 *
 * The caller has authorized the request already (src/server/api does both).
 */
#ifndef PODGATE_DECIDE_ADMISSION_ADMISSION_H
#define PODGATE_DECIDE_ADMISSION_ADMISSION_H

#include "decide/access.h"
#include "decide/ask.h"
#include "decide/facts.h"
#include "kube/status.h"
#include "kube/target.h"
#include "kube/resources.h"

struct PspDecision; /* decide/psp/psp.h */
struct PsaConfig;   /* decide/psa/config.h */
struct Crd;         /* kube/crd/crd.h, as is struct CrdVersion */
struct CrdVersion;

typedef enum AdmissionOperation {
    ADMISSION_CREATE = 1,
    ADMISSION_UPDATE = 2,
    ADMISSION_DELETE = 4,
    ADMISSION_CONNECT = 8,
} AdmissionOperation;

/* The plugins, in the order in which the API server runs them. */
typedef enum AdmissionPluginId {
    ADMISSION_NAMESPACE_LIFECYCLE,
    ADMISSION_LIMIT_RANGER,
    ADMISSION_SERVICE_ACCOUNT,
    ADMISSION_NODE_RESTRICTION,
    ADMISSION_TAINT_NODES_BY_CONDITION,
    ADMISSION_ALWAYS_PULL_IMAGES,
    ADMISSION_POD_SECURITY,
    ADMISSION_POD_SECURITY_POLICY,
    ADMISSION_POD_NODE_SELECTOR,
    ADMISSION_PRIORITY,
    ADMISSION_DEFAULT_TOLERATION_SECONDS,
    ADMISSION_EVENT_RATE_LIMIT,
    ADMISSION_DEFAULT_STORAGE_CLASS,
    ADMISSION_STORAGE_OBJECT_IN_USE,
    ADMISSION_CLAIM_RESIZE,
    ADMISSION_RUNTIME_CLASS,
    ADMISSION_CERTIFICATE_APPROVAL,
    ADMISSION_CERTIFICATE_SIGNING,
    ADMISSION_CERTIFICATE_SUBJECT_RESTRICTION,
    ADMISSION_DEFAULT_INGRESS_CLASS,
    ADMISSION_MUTATING_WEBHOOK,
    ADMISSION_VALIDATING_WEBHOOK,
    ADMISSION_RESOURCE_QUOTA,
    ADMISSION_PLUGIN_COUNT,
} AdmissionPluginId;

#define ADMISSION_PLUGIN_BIT(id) ((uint64_t)1 << (id))
#define ADMISSION_ALL_PLUGINS (ADMISSION_PLUGIN_BIT(ADMISSION_PLUGIN_COUNT) - 1)
/* Those that run only where they are asked for. */
#define ADMISSION_OPTIONAL_PLUGINS                        \
    (ADMISSION_PLUGIN_BIT(ADMISSION_ALWAYS_PULL_IMAGES) | \
     ADMISSION_PLUGIN_BIT(ADMISSION_POD_NODE_SELECTOR) |  \
     ADMISSION_PLUGIN_BIT(ADMISSION_EVENT_RATE_LIMIT))
/* As the recorded API server ran: NodeRestriction and PodSecurityPolicy too, which an API server
 * has to be told to run. */
#define ADMISSION_DEFAULT_PLUGINS (ADMISSION_ALL_PLUGINS & ~ADMISSION_OPTIONAL_PLUGINS)

/* The API server's part around the plugins. A webhook is given objects that went through it. */
enum {
    ADMISSION_STEP_DECODE = 1,   /* drop unknown fields, refuse wrong types */
    ADMISSION_STEP_DEFAULT = 2,  /* API defaults */
    ADMISSION_STEP_PREPARE = 4,  /* the registry: status, qosClass, seccomp, disabled fields */
    ADMISSION_STEP_VALIDATE = 8, /* the guard and API validation */
    ADMISSION_STEPS_ALL = 15,
};

/* One token bucket of EventRateLimit that has nothing left. Whoever keeps the buckets says so: a
 * decision reads no clock. */
typedef struct AdmissionEventLimit {
    Str type; /* "Server", "Namespace", "User" or "SourceAndObject" */
    Str key;  /* what the bucket is for: "", a namespace, a user, a source and object */
} AdmissionEventLimit;

typedef struct AdmissionOptions {
    uint64_t plugins;     /* bits of AdmissionPluginId */
    unsigned steps;       /* ADMISSION_STEP_... */
    bool explain;         /* let PodSecurityPolicy try every policy, for the trace */
    bool no_patch;        /* leave the decision's patch empty: nobody will look */
    bool only_mutating;   /* end after the mutating plugins */
    bool only_validating; /* the mutating plugins had their say when this was asked before */
    /* PodSecurityPolicy has no say as long as there is no policy at all: a cluster that had none
     * to lose. */
    bool psp_needs_policies;
    /* What PodSecurity is configured with; NULL: every namespace is privileged unless its labels
     * say otherwise, nobody is exempt. */
    const struct PsaConfig *pod_security;
    /* What PodNodeSelector is configured with: selectors ("a=b,c=d") by namespace, and under
     * "clusterDefaultNodeSelector"; NULL for none. */
    const Value *pod_node_selectors;
    /* EventRateLimit's empty buckets; without them it refuses nothing. */
    const AdmissionEventLimit *event_limits;
    size_t event_limit_count;
} AdmissionOptions;

/* ADMISSION_DEFAULT_PLUGINS, every step. */
extern const AdmissionOptions admission_options_default;

/* What a server with a store gives to objects. */
typedef struct AdmissionStamp {
    Str uid;       /* of a new object */
    Str time;      /* now: "2021-01-02T03:04:05Z" */
    uint64_t seed; /* for what is chosen at random: addresses, ports */
    /* Called between the defaults and the mutating plugins: who owns which field. old: as stored,
     * decoded and defaulted, or NULL. */
    void (*own_fields)(void *context, Value *object, const Value *old, Arena *a);
    /* What is wrong with a certificate request (DER) that looks like one: its key, its signature.
     * Absent when nothing is. May be NULL. */
    Str (*certificate_request_error)(void *context, Str der, Arena *a);
    void *context;
} AdmissionStamp;

typedef struct AdmissionRequest {
    AdmissionOperation operation;
    const UserInfo *user;
    Str group; /* "" for the core group */
    Str version;
    Str resource; /* "pods" */
    Str subresource;
    Str kind;                /* of the object: "Pod" */
    Str namespace;           /* "" for cluster-scoped resources */
    bool is_of_many;         /* one of a collection: webhooks are told no name */
    Str name;                /* of the URL; "" for a create (the object's name is used) */
    const Value *object;     /* as sent; NULL for delete. Never changed. */
    const Value *old_object; /* as stored; NULL unless update or delete */
    Str name_suffix;         /* ends generated names: five characters; absent for "xxxxx" */
    bool dry_run;
    const Value *request_options; /* CreateOptions, ..., for webhooks; NULL for none */
    const Asker *asker;           /* NULL: webhooks are not asked */
    const AccessAsker *access;    /* who says who may use a policy; NULL: RBAC, by the facts */
    const KubeTarget *target;
    const AdmissionOptions *options; /* NULL for admission_options_default */
    const AdmissionStamp *stamp;     /* NULL: objects have no uids and times */
    /* Of a custom resource: its definition, and the version of the request. object is decoded and
     * pruned already. NULL for built-in kinds. */
    const struct Crd *crd;
    const struct CrdVersion *crd_version;
} AdmissionRequest;

typedef enum AdmissionPhase {
    ADMISSION_MUTATING,
    ADMISSION_VALIDATING,
} AdmissionPhase;

/* What one plugin did in one of its passes; only passes that had something to say are listed. */
typedef struct AdmissionTrace {
    struct AdmissionTrace *next;
    Str plugin;
    AdmissionPhase phase;
    bool refused;
    Str text;                      /* "set serviceAccountName default", or why it refused */
    const struct PspDecision *psp; /* of PodSecurityPolicy: every policy tried; else NULL */
} AdmissionTrace;

typedef struct AdmissionAnnotation {
    struct AdmissionAnnotation *next;
    Str key;
    Str value;
} AdmissionAnnotation;

typedef struct AdmissionWarning {
    struct AdmissionWarning *next;
    Str text;
} AdmissionWarning;

/* A quota whose status has to say that the object is there, too, once it is stored. */
typedef struct AdmissionQuotaUse {
    struct AdmissionQuotaUse *next;
    Str name;   /* of a ResourceQuota in the request's namespace */
    Value used; /* its new status.used */
} AdmissionQuotaUse;

/* A quota that the object exceeds. */
typedef struct AdmissionExcess {
    Str quota;
    ResourceList requested; /* of the resources that are exceeded, all three */
    ResourceList used;
    ResourceList hard;
} AdmissionExcess;

/* A webhook that was called, for who counts them. */
typedef struct AdmissionCall {
    struct AdmissionCall *next;
    Str name;
    AdmissionOperation operation;
    bool mutates;
    bool rejected; /* by itself, or because it failed */
    int64_t took_micros;
} AdmissionCall;

typedef struct AdmissionDecision {
    bool allowed;
    bool waits;    /* for answers of others: nothing is decided, and nothing below is filled in */
    Status status; /* code 200 or 201 when allowed, else what the API server answers */
    Value refusal; /* a Status in a webhook's own words, to be answered as it is; else null */
    Value object;  /* as it would be stored; as far as it got when refused */
    Value patch;   /* from the object sent to that: an array of RFC 6902 operations */
    Str psp;       /* the policy that admitted it; absent when none decided */
    const AdmissionWarning *warnings;
    const AdmissionAnnotation *audit; /* audit annotations */
    const AdmissionTrace *trace;
    const AdmissionCall *calls;      /* the last first */
    const AdmissionExcess *excess;   /* when a quota refused it for what it asks for */
    const AdmissionQuotaUse *quotas; /* of a dry run, too; only of quotas that have a status */
} AdmissionDecision;

/* Decides one request. Allocates from the arena only; never fails: what goes wrong is a refusal
 * with its Status. */
void admission_decide(const Facts *facts, const AdmissionRequest *request, Arena *a,
                      AdmissionDecision *out);

/* Does a PUT of an object that is not there create it? */
bool admission_put_creates(Str group, Str resource);
/* The group under which messages about a whole object name the resource's kind: extensions for what
 * once was there. */
Str admission_message_group(Str group, Str resource, const KubeTarget *target);

/* The plugin's name as --enable-admission-plugins takes it. */
Str admission_plugin_name(AdmissionPluginId id);
/* False when there is none of that name. */
bool admission_plugin_find(Str name, AdmissionPluginId *out);

#endif
