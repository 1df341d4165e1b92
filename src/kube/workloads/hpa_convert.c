/* SPDX-License-Identifier: Apache-2.0 */
/* From one form of HorizontalPodAutoscalers to another, by way of the hub. */
#include "kube/workloads/hpa_convert.h"

#include "doc/json.h"
#include "kube/pod/go_json.h"
#include "kube/schema.h"
#include "kube/workloads/hpa_behavior.h"
#include "kube/workloads/hpa_metrics.h"
#include "kube/workloads/parts.h"

#define PREFIX "autoscaling.alpha.kubernetes.io/"
#define METRICS_ANNOTATION PREFIX "metrics"
#define STATUSES_ANNOTATION PREFIX "current-metrics"
#define CONDITIONS_ANNOTATION PREFIX "conditions"
#define BEHAVIOR_ANNOTATION PREFIX "behavior"

enum { DEFAULT_CPU_PERCENT = 80 };

/* -- which form -------------------------------------------------------------------------------- */

HpaForm hpa_form_of_version(Str version)
{
    if (str_eq(version, STR("v1"))) {
        return HPA_V1;
    }
    return str_eq(version, STR("v2beta1")) ? HPA_V2BETA1 : HPA_HUB;
}

HpaForm hpa_form_of(const Value *object)
{
    Str api_version = str_of(object, "apiVersion");
    Str group;
    Str version;
    if (str_split_once(api_version, '/', &group, &version)) {
        return hpa_form_of_version(version);
    }
    VALUE_EACH_ITEM(metric, value_at(object, "spec", "metrics", NULL)) {
        VALUE_EACH_MEMBER(m, metric) {
            bool names_target = value_get_lit(&m->value, "target") &&
                                !value_get_lit(&m->value, "metricName");
            if (value_is(&m->value, VALUE_OBJECT)) {
                return names_target ? HPA_HUB : HPA_V2BETA1;
            }
        }
    }
    return value_at(object, "spec", "behavior", NULL) ? HPA_HUB : HPA_V1;
}

/* -- annotations that stand for fields --------------------------------------------------------- */

static Value *annotations_of(Value *object, Arena *a)
{
    Value *metadata = value_need_object(object, STR("metadata"), a);
    return metadata ? value_need_object(metadata, STR("annotations"), a) : NULL;
}

static void annotate(Value *object, Str key, const Value *v, Arena *a)
{
    Value *annotations = annotations_of(object, a);
    Buf json = buf_new(a);
    json_write_html_safe(v, &json);
    if (annotations) {
        value_set(annotations, key, value_str(buf_str(&json)), a);
    }
}

/* Reads the annotation and takes it away. False with err when it is no JSON of that kind; *out is
 * null when there is none. */
static bool take_annotation(Value *object, Str key, ValueKind kind, Arena *a, Value *out, Err *err)
{
    Value *metadata = value_get_lit(object, "metadata");
    Value *annotations = value_get_lit(metadata, "annotations");
    Str text = value_get_str(annotations, key);
    *out = value_null();
    if (!text.ptr) {
        return true;
    }
    if (!json_read(key, text, NULL, a, out, err)) {
        Str why = go_json_error(text, a);
        err->msg = why.ptr ? why : err->msg;
        return false;
    }
    if (!value_is_null(out) && !value_is(out, kind)) {
        Str name = value_kind_name(out);
        err->code = ERR_SYNTAX;
        err->msg = arena_printf(a, "json: cannot unmarshal %.*s into Go value", STR_ARG(name));
        return false;
    }
    value_remove(annotations, key);
    if (annotations->len == 0) {
        value_remove(metadata, STR("annotations"));
    }
    return true;
}

/* -- behavior ---------------------------------------------------------------------------------- */

static Value or_null(const Value *v)
{
    return v ? *v : value_null();
}

static void annotate_behavior(Value *object, const Value *behavior, Arena *a)
{
    if (value_is(behavior, VALUE_OBJECT)) {
        Value out = hpa_behavior_to_go(behavior, a);
        annotate(object, STR(BEHAVIOR_ANNOTATION), &out, a);
    }
}

static bool take_behavior(Value *object, Value *spec, Arena *a, Err *err)
{
    Value given;
    if (!take_annotation(object, STR(BEHAVIOR_ANNOTATION), VALUE_OBJECT, a, &given, err)) {
        return false;
    }
    if (!value_is_null(&given)) {
        value_set_lit(spec, "behavior", hpa_behavior_from_go(&given, a), a);
    }
    return true;
}

/* -- lists ------------------------------------------------------------------------------------- */

typedef Value ConvertItem(const Value *item, Arena *a);

static Value convert_list(const Value *list, ConvertItem *convert, Arena *a)
{
    Value out = value_array();
    VALUE_EACH_ITEM(item, list) {
        value_add(&out, convert(item, a), a);
    }
    return out;
}

static void convert_member(Value *object, Str member, ConvertItem *convert, Arena *a)
{
    Value *list = value_get(object, member);
    if (value_is(list, VALUE_ARRAY)) {
        *list = convert_list(list, convert, a);
    }
}

/* -- autoscaling/v1: the CPU has fields, the rest annotations ---------------------------------- */

static bool is_cpu(const Value *metric)
{
    return str_eq(str_of(metric, "type"), STR("Resource")) &&
           str_eq(value_as_str(value_at(metric, "resource", "name", NULL)), STR("cpu"));
}

static Value cpu_metric(Str member, bool is_target, int64_t percent, Arena *a)
{
    Value amount = value_object();
    if (is_target) {
        value_set_lit(&amount, "type", value_str(STR("Utilization")), a);
    }
    value_set_lit(&amount, "averageUtilization", value_int(percent), a);
    Value resource = value_object();
    value_set_lit(&resource, "name", value_str(STR("cpu")), a);
    value_set(&resource, member, amount, a);
    Value metric = value_object();
    value_set_lit(&metric, "type", value_str(STR("Resource")), a);
    value_set_lit(&metric, "resource", resource, a);
    return metric;
}

static bool v1_spec_to_hub(Value *object, Value *spec, Arena *a, Err *err)
{
    Value others;
    if (!take_annotation(object, STR(METRICS_ANNOTATION), VALUE_ARRAY, a, &others, err)) {
        return false;
    }
    Value metrics = convert_list(&others, hpa_metric_from_beta1, a);
    OptInt64 cpu = value_get_int(spec, STR("targetCPUUtilizationPercentage"));
    if (cpu.set || metrics.len == 0) {
        value_add(&metrics,
                  cpu_metric(STR("target"), true, cpu.set ? cpu.value : DEFAULT_CPU_PERCENT, a), a);
    }
    value_remove(spec, STR("targetCPUUtilizationPercentage"));
    value_set_lit(spec, "metrics", metrics, a);
    return true;
}

static bool v1_status_to_hub(Value *object, Arena *a, Err *err)
{
    Value statuses;
    Value conditions;
    if (!take_annotation(object, STR(STATUSES_ANNOTATION), VALUE_ARRAY, a, &statuses, err) ||
        !take_annotation(object, STR(CONDITIONS_ANNOTATION), VALUE_ARRAY, a, &conditions, err)) {
        return false;
    }
    Value *status = value_get_lit(object, "status");
    OptInt64 cpu = value_get_int(status, STR("currentCPUUtilizationPercentage"));
    if (!value_is(status, VALUE_OBJECT)) {
        if (value_is_null(&statuses) && value_is_null(&conditions)) {
            return true;
        }
        status = value_set_lit(object, "status", value_object(), a);
    }
    value_remove(status, STR("currentCPUUtilizationPercentage"));
    Value current = value_array();
    if (!value_is_null(&statuses)) {
        current = convert_list(&statuses, hpa_metric_status_from_beta1, a);
    } else if (cpu.set) {
        value_add(&current, cpu_metric(STR("current"), false, cpu.value, a), a);
    }
    if (current.len) {
        value_set_lit(status, "currentMetrics", current, a);
    }
    if (!value_is_null(&conditions)) {
        value_set_lit(status, "conditions", conditions, a);
    }
    return true;
}

static void v1_spec_from_hub(Value *object, Value *spec, Arena *a)
{
    const Value *metrics = value_get_lit(spec, "metrics");
    Value others = value_array();
    const Value *first_cpu = NULL;
    VALUE_EACH_ITEM(metric, metrics) {
        const Value *percent = value_at(metric, "resource", "target", "averageUtilization", NULL);
        if (is_cpu(metric) && !first_cpu) {
            first_cpu = metric;
        }
        if (!is_cpu(metric) || value_is_null(percent)) {
            value_add(&others, hpa_metric_to_beta1(metric, a), a);
        }
    }
    const Value *percent = value_at(first_cpu, "resource", "target", "averageUtilization", NULL);
    Value kept = value_is_null(percent) ? value_null() : *percent;
    value_remove(spec, STR("metrics"));
    value_remove(spec, STR("behavior"));
    if (!value_is_null(&kept)) {
        value_set_lit(spec, "targetCPUUtilizationPercentage", kept, a);
    }
    if (others.len) {
        annotate(object, STR(METRICS_ANNOTATION), &others, a);
    }
}

static void v1_status_from_hub(Value *object, Arena *a)
{
    Value *status = value_get_lit(object, "status");
    if (!value_is(status, VALUE_OBJECT)) {
        return;
    }
    Value statuses = convert_list(value_get_lit(status, "currentMetrics"),
                                  hpa_metric_status_to_beta1, a);
    Value conditions = convert_list(value_get_lit(status, "conditions"), hpa_condition_in_order, a);
    Value cpu = value_null();
    VALUE_EACH_ITEM(metric, value_get_lit(status, "currentMetrics")) {
        const Value *percent = value_at(metric, "resource", "current", "averageUtilization", NULL);
        if (is_cpu(metric) && !value_is_null(percent)) {
            cpu = *percent;
        }
    }
    value_remove(status, STR("currentMetrics"));
    value_remove(status, STR("conditions"));
    if (!value_is_null(&cpu)) {
        value_set_lit(status, "currentCPUUtilizationPercentage", cpu, a);
    }
    if (statuses.len) {
        annotate(object, STR(STATUSES_ANNOTATION), &statuses, a);
    }
    if (conditions.len) {
        annotate(object, STR(CONDITIONS_ANNOTATION), &conditions, a);
    }
}

/* -- the whole --------------------------------------------------------------------------------- */

bool hpa_to_hub(const Value *in, HpaForm form, Arena *a, Value *out, Err *err)
{
    Value object = value_copy(in, a);
    Value *spec = part_spec(&object, a);
    if (!spec || form == HPA_HUB) {
        *out = object;
        return true;
    }
    bool is_read = take_behavior(&object, spec, a, err);
    if (form == HPA_V1) {
        is_read = is_read && v1_spec_to_hub(&object, spec, a, err) &&
                  v1_status_to_hub(&object, a, err);
    } else {
        convert_member(spec, STR("metrics"), hpa_metric_from_beta1, a);
        convert_member(value_get_lit(&object, "status"), STR("currentMetrics"),
                       hpa_metric_status_from_beta1, a);
    }
    if (is_read) {
        *out = object;
    }
    return is_read;
}

void hpa_from_hub(const Value *hub, HpaForm form, Arena *a, Value *out)
{
    *out = value_copy(hub, a);
    Value *spec = part_spec(out, a);
    if (!spec || form == HPA_HUB) {
        return;
    }
    Value behavior = or_null(value_get_lit(spec, "behavior"));
    if (form == HPA_V1) {
        v1_spec_from_hub(out, spec, a);
        v1_status_from_hub(out, a);
    } else {
        convert_member(spec, STR("metrics"), hpa_metric_to_beta1, a);
        convert_member(value_get_lit(out, "status"), STR("currentMetrics"),
                       hpa_metric_status_to_beta1, a);
        value_remove(spec, STR("behavior"));
    }
    annotate_behavior(out, &behavior, a);
}

bool hpa_convert(const Value *in, Str version, const KubeTarget *t, Arena *a, Value *out, Err *err)
{
    Value hub;
    Value made;
    if (!hpa_to_hub(in, hpa_form_of(in), a, &hub, err)) {
        return false;
    }
    hpa_from_hub(&hub, hpa_form_of_version(version), a, &made);
    Str api_version = arena_printf(a, "autoscaling/%.*s", STR_ARG(version));
    const SchemaType *type = schema_find(api_version, STR("HorizontalPodAutoscaler"));
    if (!value_is(&made, VALUE_OBJECT) || !type) {
        err->code = ERR_TYPE;
        err->msg = STR("no HorizontalPodAutoscaler, or no version of it");
        return false;
    }
    value_set_lit(&made, "apiVersion", value_str(api_version), a);
    if (!schema_decode(type, &made, t, a, out, NULL, err)) {
        return false;
    }
    schema_encode_stored(type, out, t);
    return true;
}
