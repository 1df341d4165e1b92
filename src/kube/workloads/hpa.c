/* SPDX-License-Identifier: Apache-2.0 */
/* HorizontalPodAutoscalers. Source: Kubernetes pkg/apis/autoscaling, pkg/registry/autoscaling */
#include "kube/workloads/hpa_check.h"
#include "kube/workloads/hpa_convert.h"
#include "kube/workloads/parts.h"

enum { DEFAULT_CPU_PERCENT = 80, CONTAINER_METRICS_MINOR = 27 };
/* How behavior scales where nothing is said. */
enum { PERIOD = 60, PODS = 4, ALL = 100 };

/* -- defaults ---------------------------------------------------------------------------------- */

static void default_metrics(Value *spec, HpaForm form, Arena *a)
{
    if (value_len(value_get_lit(spec, "metrics"))) {
        return;
    }
    Value resource = value_object();
    value_set_lit(&resource, "name", value_str(STR("cpu")), a);
    if (form == HPA_HUB) {
        Value target = value_object();
        value_set_lit(&target, "type", value_str(STR("Utilization")), a);
        value_set_lit(&target, "averageUtilization", value_int(DEFAULT_CPU_PERCENT), a);
        value_set_lit(&resource, "target", target, a);
    } else {
        value_set_lit(&resource, "targetAverageUtilization", value_int(DEFAULT_CPU_PERCENT), a);
    }
    Value metric = value_object();
    value_set_lit(&metric, "type", value_str(STR("Resource")), a);
    value_set_lit(&metric, "resource", resource, a);
    Value metrics = value_array();
    value_add(&metrics, metric, a);
    value_set_lit(spec, "metrics", metrics, a);
}

static void add_policy(Value *policies, Str type, int64_t amount, Arena *a)
{
    Value policy = value_object();
    value_set_lit(&policy, "type", value_str(type), a);
    value_set_lit(&policy, "value", value_int(amount), a);
    value_set_lit(&policy, "periodSeconds", value_int(PERIOD), a);
    value_add(policies, policy, a);
}

static void default_rules(Value *behavior, Str member, bool is_up, Arena *a)
{
    Value *rules = value_need_object(behavior, member, a);
    if (!rules) {
        return;
    }
    if (is_up) {
        part_default_int(rules, STR("stabilizationWindowSeconds"), 0, a);
    }
    if (value_is_null(value_get_lit(rules, "selectPolicy"))) {
        value_set_lit(rules, "selectPolicy", value_str(STR("Max")), a);
    }
    if (value_is_null(value_get_lit(rules, "policies"))) {
        Value policies = value_array();
        if (is_up) {
            add_policy(&policies, STR("Pods"), PODS, a);
        }
        add_policy(&policies, STR("Percent"), ALL, a);
        value_set_lit(rules, "policies", policies, a);
    }
}

static void apply_defaults(Value *object, const KubeTarget *t, Arena *a)
{
    (void)t;
    HpaForm form = hpa_form_of(object);
    Value *spec = part_spec(object, a);
    if (!spec) {
        return;
    }
    part_default_int(spec, STR("minReplicas"), 1, a);
    if (form == HPA_V1) {
        /* The rest comes of being the hub for a moment. */
        Value hub;
        Err err;
        if (hpa_to_hub(object, form, a, &hub, &err)) {
            hpa_from_hub(&hub, form, a, object);
        }
        return;
    }
    default_metrics(spec, form, a);
    Value *behavior = value_get_lit(spec, "behavior");
    if (form == HPA_HUB && value_is(behavior, VALUE_OBJECT)) {
        default_rules(behavior, STR("scaleUp"), true, a);
        default_rules(behavior, STR("scaleDown"), false, a);
    }
}

/* -- the registry, on hubs --------------------------------------------------------------------- */

static void drop_container_metrics(Value *hub)
{
    VALUE_EACH_ITEM(metric, value_at(hub, "spec", "metrics", NULL)) {
        value_remove(metric, STR("containerResource"));
    }
}

static bool has_container_metrics(const Value *hub)
{
    VALUE_EACH_ITEM(metric, value_at(hub, "spec", "metrics", NULL)) {
        if (object_of(metric, "containerResource")) {
            return true;
        }
    }
    return false;
}

static bool read_hubs(const Value *object, const Value *old, Arena *a, Value *hub, Value *old_hub)
{
    Err err;
    return hpa_to_hub(object, hpa_form_of(object), a, hub, &err) &&
           (!old || hpa_to_hub(old, hpa_form_of(old), a, old_hub, &err));
}

enum { GENERATION_MINOR = 37 };

static void prepare_create(Value *object, const KubeTarget *t, Arena *a)
{
    Value hub;
    if (!read_hubs(object, NULL, a, &hub, NULL)) {
        return;
    }
    value_remove(&hub, STR("status"));
    if (t->minor < CONTAINER_METRICS_MINOR) {
        drop_container_metrics(&hub);
    }
    hpa_from_hub(&hub, hpa_form_of(object), a, object);
    Str version = value_get_str(object, STR("apiVersion"));
    part_reset_status(object, arena_concat(a, version, STR(".HorizontalPodAutoscalerStatus")), t,
                      a);
    if (t->minor >= GENERATION_MINOR) {
        part_set_generation(object, 1, a);
    }
}

static void prepare_update(Value *object, const Value *old, const KubeTarget *t, Arena *a)
{
    enum { DROP_FIXED_MINOR = 21 };
    Value hub;
    Value old_hub;
    if (!read_hubs(object, old, a, &hub, &old_hub)) {
        return;
    }
    /* 1.20 asked the wrong way round. */
    bool had = has_container_metrics(&old_hub);
    if (t->minor < CONTAINER_METRICS_MINOR && had == (t->minor < DROP_FIXED_MINOR)) {
        drop_container_metrics(&hub);
    }
    part_keep_status(&hub, &old_hub, a);
    if (t->minor >= GENERATION_MINOR &&
        !part_is_same(value_get_lit(&hub, "spec"), value_get_lit(&old_hub, "spec"), a)) {
        part_next_generation(&hub, &old_hub, a);
    }
    hpa_from_hub(&hub, hpa_form_of(object), a, object);
}

static void prepare_status(Value *object, const Value *old, const KubeTarget *t, Arena *a)
{
    (void)t;
    Value hub;
    Value old_hub;
    if (read_hubs(object, old, a, &hub, &old_hub)) {
        part_keep(&hub, &old_hub, STR("spec"), a);
        hpa_from_hub(&hub, hpa_form_of(object), a, object);
    }
}

/* -- validation -------------------------------------------------------------------------------- */

static void check_spec(FieldErrors *errs, const Value *object, bool may_be_zero,
                       const KubeTarget *t)
{
    Value hub;
    if (read_hubs(object, NULL, errs->arena, &hub, NULL)) {
        hpa_check_spec(errs, value_get_lit(&hub, "spec"), may_be_zero, t);
    }
}

static void validate_create(const Value *object, const KubeTarget *t, FieldErrors *errs)
{
    part_check_metadata(object, errs);
    check_spec(errs, object, false, t);
}

static void validate_update(const Value *object, const Value *old, const KubeTarget *t,
                            FieldErrors *errs)
{
    OptInt64 had = value_as_int(value_at(old, "spec", "minReplicas", NULL));
    part_check_metadata_update(object, old, errs);
    check_spec(errs, object, had.set && had.value == 0, t);
}

static void validate_status(const Value *object, const Value *old, const KubeTarget *t,
                            FieldErrors *errs)
{
    (void)t;
    Path status = path_root("status");
    part_check_metadata_update(object, old, errs);
    part_check_not_negative(errs, value_get_lit(object, "status"), STR("currentReplicas"), &status);
    int64_t desired = int_of(value_get_lit(object, "status"), "desiredReplicas");
    if (desired < 0) {
        /* the API server's own spelling */
        field_invalid_int(errs, path_child(&status, "desiredReplicasa"), desired,
                          STR("must be greater than or equal to 0"));
    }
}

static Str unreadable(const Value *object, Arena *a)
{
    Value hub;
    Err err = { 0 };
    return hpa_to_hub(object, hpa_form_of(object), a, &hub, &err) ? STR_ABSENT : err.msg;
}

const WorkloadRules workload_rules_horizontalpodautoscalers = {
    .group = STR_INIT("autoscaling"),
    .resource = STR_INIT("horizontalpodautoscalers"),
    .defaults = apply_defaults,
    .unreadable = unreadable,
    .prepare_create = prepare_create,
    .prepare_update = prepare_update,
    .prepare_status = prepare_status,
    .validate_create = validate_create,
    .validate_update = validate_update,
    .validate_status = validate_status,
};
