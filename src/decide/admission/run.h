/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request on its way through the chain, as plugins and strategies see it. Private to
 * src/decide/admission.
 */
#ifndef PODGATE_DECIDE_ADMISSION_RUN_H
#define PODGATE_DECIDE_ADMISSION_RUN_H

#include "decide/admission/admission.h"

struct AdmissionStrategy; /* below */

typedef struct AdmissionRun {
    const Facts *facts;
    const AdmissionRequest *request;
    const AdmissionOptions *options;
    Arena *arena;
    AdmissionDecision *decision;
    /* The object on its way. Read it here; to change it call admission_own(). */
    Value object;
    bool owned;
    Value patch; /* what admission_patch() has done, as long as nothing else changed the object */
    /* As stored, decoded and defaulted; NULL when there is none. */
    const Value *old_object;
    struct AdmissionRounds *rounds; /* of mutating webhooks; NULL before the first */
    bool psp_admitted;              /* PodSecurityPolicy's mutating pass has admitted the pod */
    const struct AdmissionPlugin *plugin; /* running */
    AdmissionPhase phase;
    AdmissionTrace **trace_end;
    AdmissionTrace *last_trace;
    AdmissionAnnotation **audit_end;
    AdmissionWarning **warnings_end;
} AdmissionRun;

/* One pass of a plugin or one step of a strategy. False when the request is refused; the decision
 * then has its status. */
typedef bool AdmissionPass(AdmissionRun *run);

typedef struct AdmissionPlugin {
    Str name;
    unsigned operations;     /* of AdmissionOperation: others never reach it */
    AdmissionPass *mutate;   /* or NULL */
    AdmissionPass *validate; /* or NULL */
} AdmissionPlugin;

/* In the API server's order; indexed by AdmissionPluginId. */
extern const AdmissionPlugin *const admission_plugins[ADMISSION_PLUGIN_COUNT];

/* Is it about this resource? subresource "" for the object itself. */
bool admission_is(const AdmissionRun *run, const char *group, const char *resource,
                  const char *subresource);
static inline bool admission_is_pod(const AdmissionRun *run)
{
    return admission_is(run, "", "pods", "");
}

/* Is it about the resources of a running pod (pods/resize), which limits and quotas are held
 * against from 1.33 on? */
static inline bool admission_is_pod_resize(const AdmissionRun *run)
{
    enum { SINCE = 33 };
    return run->request->target->minor >= SINCE && run->request->operation == ADMISSION_UPDATE &&
           admission_is(run, "", "pods", "resize");
}

/* The object, to be changed in place. */
Value *admission_own(AdmissionRun *run);

/* The object as the API server takes one in: decoded and defaulted, as far as the options ask for
 * it. Fails on values of the wrong type. */
WARN_UNUSED bool admission_read(AdmissionRun *run, const struct AdmissionStrategy *strategy,
                                Str api_version, Str kind, const Value *in, Value *out, Err *err);

/* Changes the object by an RFC 6902 patch, at the cost of the patch alone: so a webhook's answer
 * needs neither a copy of the object nor a comparison. Always true or a refusal. */
bool admission_patch(AdmissionRun *run, const Value *patch);

/* Five characters for a name that is to be unique. */
static inline Str admission_suffix(const AdmissionRun *run)
{
    return run->request->name_suffix.len ? run->request->name_suffix : STR("xxxxx");
}

/* Refuses as a plugin does: 403 `pods "x" is forbidden: why`; the name is the request's, else the
 * object's, else its generateName, else "Unknown". Always false. */
bool admission_forbid(AdmissionRun *run, const char *format, ...) PRINTF_LIKE(2, 3);
bool admission_forbid_str(AdmissionRun *run, Str why);
/* Refuses with any status. Always false. */
bool admission_refuse(AdmissionRun *run, Status status);

/* Adds a line to the trace of the running plugin; text is not copied. */
AdmissionTrace *admission_note_str(AdmissionRun *run, Str text);
AdmissionTrace *admission_note(AdmissionRun *run, const char *format, ...) PRINTF_LIKE(2, 3);
void admission_audit(AdmissionRun *run, Str key, Str value);
void admission_warn(AdmissionRun *run, Str text);

/* -- what is special about one resource ---------------------------------------------------------
 */

typedef struct AdmissionStrategy {
    Str group;
    Str resource;
    Str subresource;
    Str old_kind; /* of the stored object, where the body is of another kind */
    /* API defaults, on a decoded object. May be NULL, as each below. */
    void (*defaults)(Value *object, const KubeTarget *target, Arena *a);
    /* What the registry does to an object before it validates it. */
    void (*prepare_create)(AdmissionRun *run);
    void (*prepare_update)(AdmissionRun *run);
    /* What the registry checks before it validates: rights that the requester must have. */
    AdmissionPass *guard;
    /* The object's own validation, metadata included. */
    void (*validate_create)(AdmissionRun *run, FieldErrors *errs);
    void (*validate_update)(AdmissionRun *run, FieldErrors *errs);
    /* What the registry gives a valid object out of what the whole cluster shares; with the steps
     * that prepare and validate. */
    AdmissionPass *allocate;
    /* validate_update makes the checks of metadata too that the registry makes for every kind. */
    bool does_common_checks;
    Str invalid_group;       /* the group that a 422 names, where it is another one */
    int invalid_group_until; /* minor from which it is the same; 0: none yet */
    /* An update must name the version that it changes. */
    bool needs_version;
    /* PUT of an object that is not there creates it. */
    bool put_creates;
} AdmissionStrategy;

/* The group that a 422 about an object of that group names. */
Str admission_strategy_group(const AdmissionStrategy *strategy, Str group,
                             const KubeTarget *target);
/* The row of a resource, or one that does nothing. Never NULL. */
const AdmissionStrategy *admission_strategy_find(Str group, Str resource, Str subresource);

/* That of the custom resources that a definition defines. */
const AdmissionStrategy *admission_custom_strategy(Str subresource);

/* -- the plugins, each in its own file ------------------------------------------------------ */
extern const AdmissionPlugin admission_namespace_lifecycle;
extern const AdmissionPlugin admission_limit_ranger;
extern const AdmissionPlugin admission_service_account;
extern const AdmissionPlugin admission_node_restriction;
extern const AdmissionPlugin admission_taint_nodes_by_condition;
extern const AdmissionPlugin admission_always_pull_images;
extern const AdmissionPlugin admission_pod_security;
extern const AdmissionPlugin admission_pod_security_policy;
extern const AdmissionPlugin admission_pod_node_selector;
extern const AdmissionPlugin admission_priority;
extern const AdmissionPlugin admission_default_toleration_seconds;
extern const AdmissionPlugin admission_event_rate_limit;
extern const AdmissionPlugin admission_default_storage_class;
extern const AdmissionPlugin admission_storage_object_in_use;
extern const AdmissionPlugin admission_claim_resize;
extern const AdmissionPlugin admission_runtime_class;
extern const AdmissionPlugin admission_certificate_approval;
extern const AdmissionPlugin admission_certificate_signing;
extern const AdmissionPlugin admission_certificate_subject_restriction;
extern const AdmissionPlugin admission_default_ingress_class;
extern const AdmissionPlugin admission_mutating_webhook;
extern const AdmissionPlugin admission_validating_webhook;
extern const AdmissionPlugin admission_resource_quota;

/* Mutating webhooks changed the object: the mutating plugins run once more. */
bool admission_webhooks_reinvoke(AdmissionRun *run);

#endif
