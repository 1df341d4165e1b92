/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core group but pods, namespaces and services: secrets, config maps, nodes, volumes, quotas,
 * ... The rules are in kube/core. Source: Kubernetes pkg/registry/core
 */
#include "decide/admission/strategies/prepare.h"
#include "decide/admission/strategies/strategies.h"
#include "kube/core/core.h"

/* -- steps that only hand on their arguments -----------------------------------------------------
 */

#define VALIDATE(kind)                                                                     \
    static void kind##_new(AdmissionRun *run, FieldErrors *errs)                           \
    {                                                                                      \
        kind##_validate(&run->object, run->request->target, errs);                         \
    }                                                                                      \
    static void kind##_changed(AdmissionRun *run, FieldErrors *errs)                       \
    {                                                                                      \
        kind##_validate_update(&run->object, run->old_object, run->request->target, errs); \
    }
#define VALIDATE_STATUS(kind)                                                                     \
    static void kind##_status_changed(AdmissionRun *run, FieldErrors *errs)                       \
    {                                                                                             \
        kind##_validate_status_update(&run->object, run->old_object, run->request->target, errs); \
    }
/* Of kinds with quantities: messages show them as they were sent. */
#define VALIDATE_RAW(kind)                                                               \
    static void kind##_new(AdmissionRun *run, FieldErrors *errs)                         \
    {                                                                                    \
        kind##_validate(&run->object, run->request->object, run->request->target, errs); \
    }                                                                                    \
    static void kind##_changed(AdmissionRun *run, FieldErrors *errs)                     \
    {                                                                                    \
        kind##_validate_update(&run->object, run->old_object, run->request->object,      \
                               run->request->target, errs);                              \
    }
#define PREPARE_CREATE(kind)                                                             \
    static void kind##_prepare_new(AdmissionRun *run)                                    \
    {                                                                                    \
        kind##_prepare_for_create(admission_own(run), run->request->target, run->arena); \
    }
#define PREPARE_UPDATE(kind)                                                                 \
    static void kind##_prepare_changed(AdmissionRun *run)                                    \
    {                                                                                        \
        kind##_prepare_for_update(admission_own(run), run->old_object, run->request->target, \
                                  run->arena);                                               \
    }

/* A member is as stored, whatever the update says. */
static void keep(AdmissionRun *run, Str member)
{
    Value *object = admission_own(run);
    const Value *stored = value_get(run->old_object, member);
    if (stored) {
        value_set(object, member, value_copy(stored, run->arena), run->arena);
    } else {
        value_remove(object, member);
    }
}

static void keep_spec(AdmissionRun *run)
{
    keep(run, STR("spec"));
}

static void keep_status(AdmissionRun *run)
{
    keep(run, STR("status"));
}

/* -- secrets, config maps, service accounts, endpoints -------------------------------------------
 */

VALIDATE(secret)
VALIDATE(config_map)
VALIDATE(service_account)
VALIDATE(endpoints)

static void service_account_prepare_any(AdmissionRun *run)
{
    service_account_prepare(admission_own(run), run->arena);
}

/* -- nodes --------------------------------------------------------------------------------------
 */

PREPARE_CREATE(node)
PREPARE_UPDATE(node)

static void node_prepare_status(AdmissionRun *run)
{
    node_prepare_for_status_update(admission_own(run), run->old_object, run->request->target,
                                   run->arena);
}

static void node_new(AdmissionRun *run, FieldErrors *errs)
{
    node_validate(&run->object, run->request->object, run->request->target, errs);
}

static void node_status_changed(AdmissionRun *run, FieldErrors *errs)
{
    node_validate_update(&run->object, run->old_object, run->request->object, run->request->target,
                         errs);
}

static void node_changed(AdmissionRun *run, FieldErrors *errs)
{
    node_new(run, errs);
    node_status_changed(run, errs);
}

/* -- events, in both groups ----------------------------------------------------------------------
 */

static void event_new(AdmissionRun *run, FieldErrors *errs)
{
    event_validate(&run->object, run->request->group, run->request->version, errs);
}

static void event_changed(AdmissionRun *run, FieldErrors *errs)
{
    enum { COMPARED_SINCE = 21 }; /* 1.20 takes the new event for the old one, too */
    bool compares = run->request->target->minor >= COMPARED_SINCE;
    event_validate_update(&run->object, compares ? run->old_object : NULL, run->request->group,
                          run->request->version, errs);
}

/* -- limit ranges and quotas ---------------------------------------------------------------------
 */

/* A range without a name gets a UUID; a name to be completed counts as none. */
static void limit_range_prepare_new(AdmissionRun *run)
{
    Value *metadata = value_get_lit(admission_own(run), "metadata");
    Str given = value_as_str(value_at(run->request->object, "metadata", "name", NULL));
    if (given.len || !value_is(metadata, VALUE_OBJECT)) {
        return;
    }
    uint64_t high = str_hash(admission_suffix(run));
    uint64_t low = high * UINT64_C(0x9E3779B97F4A7C15) ^ str_hash(run->request->namespace);
    Str name = arena_printf(run->arena, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(high >> 32),
                            (unsigned)(high >> 16 & 0xFFFF), (unsigned)(high & 0xFFF),
                            (unsigned)(0x8000 | (low >> 48 & 0x3FFF)),
                            (unsigned long long)(low & UINT64_C(0xFFFFFFFFFFFF)));
    value_set_lit(metadata, "name", value_str(name), run->arena);
}

static void limit_range_any(AdmissionRun *run, FieldErrors *errs)
{
    limit_range_validate(&run->object, run->request->object, run->request->target, errs);
}

static void resource_quota_prepare_new(AdmissionRun *run)
{
    value_set_lit(admission_own(run), "status", value_object(), run->arena);
}

VALIDATE_RAW(resource_quota)

static void resource_quota_status_changed(AdmissionRun *run, FieldErrors *errs)
{
    resource_quota_validate_status_update(&run->object, run->old_object, run->request->object,
                                          run->request->target, errs);
}

/* -- volumes ------------------------------------------------------------------------------------
 */

PREPARE_CREATE(persistent_volume)
PREPARE_UPDATE(persistent_volume)

enum { TRANSITION_TIME_SINCE = 29 };

/* When it came to be in the phase that it is in. */
static void volume_put_time(AdmissionRun *run)
{
    Value *status = value_need_object(admission_own(run), STR("status"), run->arena);
    const AdmissionStamp *stamp = run->request->stamp;
    if (status && stamp && run->request->target->minor >= TRANSITION_TIME_SINCE) {
        value_set_lit(status, "lastPhaseTransitionTime", value_str(stamp->time), run->arena);
    }
}

static void volume_prepare_new(AdmissionRun *run)
{
    persistent_volume_prepare_new(run);
    volume_put_time(run);
}

static void volume_status_prepare(AdmissionRun *run)
{
    keep(run, STR("spec"));
    if (run->request->target->minor < TRANSITION_TIME_SINCE) {
        return;
    }
    Value *status = value_get_lit(admission_own(run), "status");
    const Value *before = value_get_lit(run->old_object, "status");
    const Value *time = value_get_lit(status, "lastPhaseTransitionTime");
    const Value *time_before = value_get_lit(before, "lastPhaseTransitionTime");
    bool is_same = str_eq(value_get_str(status, STR("phase")), value_get_str(before, STR("phase")));
    if (is_same && value_is_null(time) && !value_is_null(time_before)) {
        Value *there = value_need_object(admission_own(run), STR("status"), run->arena);
        if (there) {
            value_set_lit(there, "lastPhaseTransitionTime", *time_before, run->arena);
        }
    } else if (!is_same && (value_is_null(time) || prepare_same(time, time_before))) {
        volume_put_time(run);
    }
}
VALIDATE_RAW(persistent_volume)
VALIDATE_STATUS(persistent_volume)

PREPARE_CREATE(claim)
PREPARE_UPDATE(claim)
VALIDATE(claim)
VALIDATE_STATUS(claim)

static void claim_prepare_status(AdmissionRun *run)
{
    claim_prepare_for_status_update(admission_own(run), run->old_object, run->request->target,
                                    run->arena);
}

/* -- replication controllers and pod templates ---------------------------------------------------
 */

PREPARE_CREATE(replication_controller)
PREPARE_UPDATE(replication_controller)
VALIDATE(replication_controller)
VALIDATE_STATUS(replication_controller)

/* What it says may stand for labels that the controller lacks, as it comes out of the store. */
static void replication_controller_prepare_status(AdmissionRun *run)
{
    keep_spec(run);
    replication_controller_apply_defaults(admission_own(run), run->request->target, run->arena);
}

PREPARE_CREATE(pod_template_object)
PREPARE_UPDATE(pod_template_object)

enum { TEMPLATE_GENERATION_SINCE = 22 };

static void template_prepare_new(AdmissionRun *run)
{
    pod_template_object_prepare_new(run);
    if (run->request->target->minor >= TEMPLATE_GENERATION_SINCE) {
        prepare_first_generation(run);
    }
}

static void template_prepare_changed(AdmissionRun *run)
{
    pod_template_object_prepare_changed(run);
    if (run->request->target->minor >= TEMPLATE_GENERATION_SINCE) {
        prepare_next_generation(run, STR("template"));
    }
}

VALIDATE(pod_template_object)

/* -- rows ---------------------------------------------------------------------------------------
 */

static const AdmissionStrategy rows[] = {
    {
        .resource = STR_INIT("secrets"),
        .defaults = secret_apply_defaults,
        .validate_create = secret_new,
        .validate_update = secret_changed,
    },
    {
        .resource = STR_INIT("configmaps"),
        .defaults = config_map_apply_defaults,
        .validate_create = config_map_new,
        .validate_update = config_map_changed,
    },
    {
        .resource = STR_INIT("serviceaccounts"),
        .prepare_create = service_account_prepare_any,
        .prepare_update = service_account_prepare_any,
        .validate_create = service_account_new,
        .validate_update = service_account_changed,
    },
    {
        .resource = STR_INIT("endpoints"),
        .defaults = endpoints_apply_defaults,
        .validate_create = endpoints_new,
        .validate_update = endpoints_changed,
        .put_creates = true,
    },
    {
        .resource = STR_INIT("nodes"),
        .defaults = node_apply_defaults,
        .prepare_create = node_prepare_new,
        .prepare_update = node_prepare_changed,
        .validate_create = node_new,
        .validate_update = node_changed,
    },
    {
        .resource = STR_INIT("nodes"),
        .subresource = STR_INIT("status"),
        .defaults = node_apply_defaults,
        .prepare_update = node_prepare_status,
        .validate_update = node_status_changed,
    },
    {
        .resource = STR_INIT("events"),
        .validate_create = event_new,
        .validate_update = event_changed,
        .put_creates = true,
    },
    {
        .group = STR_INIT("events.k8s.io"),
        .resource = STR_INIT("events"),
        .invalid_group = STR_INIT(""),
        .validate_create = event_new,
        .validate_update = event_changed,
        .put_creates = true,
    },
    {
        .resource = STR_INIT("limitranges"),
        .defaults = limit_range_apply_defaults,
        .prepare_create = limit_range_prepare_new,
        .validate_create = limit_range_any,
        .validate_update = limit_range_any,
        .put_creates = true,
    },
    {
        .resource = STR_INIT("resourcequotas"),
        .defaults = resource_quota_apply_defaults,
        .prepare_create = resource_quota_prepare_new,
        .prepare_update = keep_status,
        .validate_create = resource_quota_new,
        .validate_update = resource_quota_changed,
    },
    {
        .resource = STR_INIT("resourcequotas"),
        .subresource = STR_INIT("status"),
        .defaults = resource_quota_apply_defaults,
        .prepare_update = keep_spec,
        .validate_update = resource_quota_status_changed,
    },
    {
        .resource = STR_INIT("persistentvolumes"),
        .defaults = persistent_volume_apply_defaults,
        .prepare_create = volume_prepare_new,
        .prepare_update = persistent_volume_prepare_changed,
        .validate_create = persistent_volume_new,
        .validate_update = persistent_volume_changed,
    },
    {
        .resource = STR_INIT("persistentvolumes"),
        .subresource = STR_INIT("status"),
        .defaults = persistent_volume_apply_defaults,
        .prepare_update = volume_status_prepare,
        .validate_update = persistent_volume_status_changed,
    },
    {
        .resource = STR_INIT("persistentvolumeclaims"),
        .defaults = claim_apply_defaults,
        .prepare_create = claim_prepare_new,
        .prepare_update = claim_prepare_changed,
        .validate_create = claim_new,
        .validate_update = claim_changed,
    },
    {
        .resource = STR_INIT("persistentvolumeclaims"),
        .subresource = STR_INIT("status"),
        .defaults = claim_apply_defaults,
        .prepare_update = claim_prepare_status,
        .validate_update = claim_status_changed,
    },
    {
        .resource = STR_INIT("replicationcontrollers"),
        .defaults = replication_controller_apply_defaults,
        .prepare_create = replication_controller_prepare_new,
        .prepare_update = replication_controller_prepare_changed,
        .validate_create = replication_controller_new,
        .validate_update = replication_controller_changed,
    },
    {
        .resource = STR_INIT("replicationcontrollers"),
        .subresource = STR_INIT("status"),
        .defaults = replication_controller_apply_defaults,
        .prepare_update = replication_controller_prepare_status,
        .validate_update = replication_controller_status_changed,
    },
    {
        .resource = STR_INIT("podtemplates"),
        .defaults = pod_template_object_apply_defaults,
        .prepare_create = template_prepare_new,
        .prepare_update = template_prepare_changed,
        .validate_create = pod_template_object_new,
        .validate_update = pod_template_object_changed,
    },
};

const AdmissionStrategyList admission_strategies_core = { rows, COUNT_OF(rows) };
