/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What makes and moves pods: apps, batch, autoscaling, disruption budgets. The rules themselves are
 * rows of kube/workloads; here each is found by the request's resource.
 */
#include "decide/admission/strategies/strategies.h"
#include "kube/workloads/workloads.h"

static const WorkloadRules *rules_of(const AdmissionRun *run)
{
    return workload_rules_find(run->request->group, run->request->resource);
}

/* -- defaults, which know of no request -------------------------------------------------------- */

#define DEFAULTS(name)                                                             \
    static void name##_defaults(Value *object, const KubeTarget *target, Arena *a) \
    {                                                                              \
        if (workload_rules_##name.defaults) {                                      \
            workload_rules_##name.defaults(object, target, a);                     \
        }                                                                          \
    }
WORKLOAD_RULES_LIST(DEFAULTS)
#undef DEFAULTS

/* Some annotations stand for fields, and are read as such before anything else. */
static bool guard(AdmissionRun *run)
{
    const AdmissionRequest *r = run->request;
    const WorkloadRules *rules = rules_of(run);
    Str why = rules->unreadable ? rules->unreadable(&run->object, run->arena) : STR_ABSENT;
    if (!why.ptr) {
        return true;
    }
    return admission_refuse(
        run,
        status_bad_request(
            run->arena,
            arena_printf(run->arena, "%.*s in version \"%.*s\" cannot be handled as a %.*s: %.*s",
                         STR_ARG(r->kind), STR_ARG(r->version), STR_ARG(r->kind), STR_ARG(why))));
}

/* -- the object -------------------------------------------------------------------------------- */

static void prepare_new(AdmissionRun *run)
{
    const WorkloadRules *rules = rules_of(run);
    if (rules->prepare_create) {
        rules->prepare_create(admission_own(run), run->request->target, run->arena);
    }
}

static void prepare_changed(AdmissionRun *run)
{
    const WorkloadRules *rules = rules_of(run);
    if (rules->prepare_update) {
        rules->prepare_update(admission_own(run), run->old_object, run->request->target,
                              run->arena);
    }
}

static void validate_new(AdmissionRun *run, FieldErrors *errs)
{
    rules_of(run)->validate_create(&run->object, run->request->target, errs);
}

static void validate_changed(AdmissionRun *run, FieldErrors *errs)
{
    rules_of(run)->validate_update(&run->object, run->old_object, run->request->target, errs);
}

/* -- its status -------------------------------------------------------------------------------- */

static void prepare_status(AdmissionRun *run)
{
    const WorkloadRules *rules = rules_of(run);
    if (rules->prepare_status) {
        rules->prepare_status(admission_own(run), run->old_object, run->request->target,
                              run->arena);
    }
}

static void validate_status(AdmissionRun *run, FieldErrors *errs)
{
    const WorkloadRules *rules = rules_of(run);
    if (rules->validate_status) {
        rules->validate_status(&run->object, run->old_object, run->request->target, errs);
    }
}

#define OBJECT(g, name, versioned)                                                            \
    {                                                                                         \
        .group = STR_INIT(g), .resource = STR_INIT(#name), .defaults = name##_defaults,       \
        .prepare_create = prepare_new, .prepare_update = prepare_changed,                     \
        .validate_create = validate_new, .validate_update = validate_changed, .guard = guard, \
        .needs_version = versioned                                                            \
    }
#define STATUS(g, name, versioned)                                                            \
    {                                                                                         \
        .group = STR_INIT(g), .resource = STR_INIT(#name), .subresource = STR_INIT("status"), \
        .defaults = name##_defaults, .prepare_update = prepare_status,                        \
        .validate_update = validate_status, .guard = guard, .needs_version = versioned        \
    }

static const AdmissionStrategy rows[] = {
    OBJECT("apps", deployments, false),
    STATUS("apps", deployments, false),
    OBJECT("apps", replicasets, false),
    STATUS("apps", replicasets, false),
    OBJECT("apps", statefulsets, false),
    STATUS("apps", statefulsets, false),
    OBJECT("apps", daemonsets, false),
    STATUS("apps", daemonsets, false),
    OBJECT("apps", controllerrevisions, false),
    OBJECT("batch", jobs, false),
    STATUS("batch", jobs, false),
    OBJECT("batch", cronjobs, false),
    STATUS("batch", cronjobs, false),
    OBJECT("autoscaling", horizontalpodautoscalers, false),
    STATUS("autoscaling", horizontalpodautoscalers, false),
    OBJECT("policy", poddisruptionbudgets, true),
    STATUS("policy", poddisruptionbudgets, true),
};

const AdmissionStrategyList admission_strategies_workloads = { rows, COUNT_OF(rows) };
