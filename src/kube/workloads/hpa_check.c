/* SPDX-License-Identifier: Apache-2.0 */
/* Validation of the spec of a HorizontalPodAutoscaler, as autoscaling/v2 writes it. */
#include "kube/workloads/hpa_check.h"

#include "kube/pod/dump_template.h"
#include "kube/quantity.h"
#include "kube/workloads/parts.h"

enum {
    WINDOW_MAX = 3600,
    PERIOD_MAX = 1800,
    CONTAINER_METRICS_MINOR = 27,
};

static void check_segment_name(FieldErrors *errs, Str name, Path path, Str required)
{
    if (name.len) {
        name_report(errs, path, name, name_check_path_segment(name));
    } else {
        field_required(errs, path, required);
    }
}

static void check_reference(FieldErrors *errs, const Value *ref, const Path *path)
{
    check_segment_name(errs, str_of(ref, "kind"), path_child(path, "kind"), STR(""));
    check_segment_name(errs, str_of(ref, "name"), path_child(path, "name"), STR(""));
}

/* -- metrics ----------------------------------------------------------------------------------- */

static void check_positive(FieldErrors *errs, const Value *target, Str member, const Path *path)
{
    Str text = value_get_str(target, member);
    Quantity q;
    if (text.ptr && quantity_parse(text, NULL, &q, NULL) && quantity_sign(&q) <= 0) {
        field_invalid_raw(errs, path_child_str(path, member), dump_quantity(text, errs->arena),
                          STR("must be positive"));
    }
}

static void check_target(FieldErrors *errs, const Value *target, const Path *path)
{
    static const Str types[] = { STR_INIT("Utilization"), STR_INIT("Value"),
                                 STR_INIT("AverageValue") };
    Str type = str_of(target, "type");
    Path type_path = path_child(path, "type");
    if (type.len == 0) {
        field_required(errs, type_path, STR("must specify a metric target type"));
    }
    if (!str_list_has((StrList){ types, COUNT_OF(types) }, type)) {
        field_invalid_str(errs, type_path, type,
                          STR("must be either Utilization, Value, or AverageValue"));
    }
    check_positive(errs, target, STR("value"), path);
    check_positive(errs, target, STR("averageValue"), path);
    OptInt64 percent = value_get_int(target, STR("averageUtilization"));
    if (percent.set && percent.value < 1) {
        field_invalid_int(errs, path_child(path, "averageUtilization"), percent.value,
                          STR("must be greater than 0"));
    }
}

static bool is_set(const Value *target, const char *member)
{
    return !value_is_null(value_get(target, str_from_c(member)));
}

static void check_identifier(FieldErrors *errs, const Value *source, const Path *path)
{
    Path metric = path_child(path, "metric");
    check_segment_name(errs, str_of(value_get_lit(source, "metric"), "name"),
                       path_child(&metric, "name"), STR("must specify a metric name"));
}

static void check_object(FieldErrors *errs, const Value *source, const Path *path)
{
    const Value *target = value_get_lit(source, "target");
    Path described = path_child(path, "describedObject");
    Path target_path = path_child(path, "target");
    check_reference(errs, value_get_lit(source, "describedObject"), &described);
    check_identifier(errs, source, path);
    check_target(errs, target, &target_path);
    if (!is_set(target, "value") && !is_set(target, "averageValue")) {
        field_required(errs, path_child(&target_path, "averageValue"),
                       STR("must set either a target value or averageValue"));
    }
}

static void check_external(FieldErrors *errs, const Value *source, const Path *path)
{
    const Value *target = value_get_lit(source, "target");
    Path target_path = path_child(path, "target");
    check_identifier(errs, source, path);
    check_target(errs, target, &target_path);
    if (!is_set(target, "value") && !is_set(target, "averageValue")) {
        field_required(errs, path_child(&target_path, "averageValue"),
                       STR("must set either a target value for metric or a per-pod target"));
    }
    if (is_set(target, "value") && is_set(target, "averageValue")) {
        field_forbidden(errs, path_child(&target_path, "value"),
                        STR("may not set both a target value for metric and a per-pod target"));
    }
}

static void check_pods(FieldErrors *errs, const Value *source, const Path *path)
{
    const Value *target = value_get_lit(source, "target");
    Path target_path = path_child(path, "target");
    check_identifier(errs, source, path);
    check_target(errs, target, &target_path);
    if (!is_set(target, "averageValue")) {
        field_required(errs, path_child(&target_path, "averageValue"),
                       STR("must specify a positive target averageValue"));
    }
}

static void check_resource_target(FieldErrors *errs, const Value *target, const Path *path)
{
    check_target(errs, target, path);
    if (!is_set(target, "averageUtilization") && !is_set(target, "averageValue")) {
        field_required(errs, path_child(path, "averageUtilization"),
                       STR("must set either a target raw value or a target utilization"));
    }
    if (is_set(target, "averageUtilization") && is_set(target, "averageValue")) {
        field_forbidden(errs, path_child(path, "averageValue"),
                        STR("may not set both a target raw value and a target utilization"));
    }
}

static void check_resource(FieldErrors *errs, const Value *source, const Path *path)
{
    Path target_path = path_child(path, "target");
    if (str_of(source, "name").len == 0) {
        field_required(errs, path_child(path, "name"), STR("must specify a resource name"));
    }
    check_resource_target(errs, value_get_lit(source, "target"), &target_path);
}

static void check_container_resource(FieldErrors *errs, const Value *source, const Path *path)
{
    Path target_path = path_child(path, "target");
    Path container_path = path_child(path, "container");
    Str container = str_of(source, "container");
    if (str_of(source, "name").len == 0) {
        field_required(errs, path_child(path, "name"), STR("must specify a resource name"));
    }
    if (container.len) {
        name_report(errs, container_path, container, name_check_dns1123_label(container));
    } else {
        field_required(errs, container_path, STR("must specify a container"));
    }
    check_resource_target(errs, value_get_lit(source, "target"), &target_path);
}

/* In the order in which the API server looks at them. */
static const struct {
    Str type;
    Str member;
    void (*check)(FieldErrors *errs, const Value *source, const Path *path);
} sources[] = {
    { STR_INIT("Object"), STR_INIT("object"), check_object },
    { STR_INIT("External"), STR_INIT("external"), check_external },
    { STR_INIT("Pods"), STR_INIT("pods"), check_pods },
    { STR_INIT("Resource"), STR_INIT("resource"), check_resource },
    { STR_INIT("ContainerResource"), STR_INIT("containerResource"), check_container_resource },
};

static Str must_populate(Str type, const KubeTarget *t)
{
    bool is_off = t->minor < CONTAINER_METRICS_MINOR && str_eq(type, STR("ContainerResource"));
    return is_off ? STR("must populate information for the given metric source (only allowed when "
                        "HPAContainerMetrics feature is enabled)")
                  : STR("must populate information for the given metric source");
}

static void check_metric(FieldErrors *errs, const Value *metric, const Path *path,
                         const KubeTarget *t)
{
    static const Str types[] = { STR_INIT("ContainerResource"), STR_INIT("External"),
                                 STR_INIT("Object"), STR_INIT("Pods"), STR_INIT("Resource") };
    StrList supported = { types, COUNT_OF(types) };
    Str type = str_of(metric, "type");
    Path type_path = path_child(path, "type");
    bool is_known = str_list_has(supported, type);
    size_t present = 0;
    if (type.len == 0) {
        field_required(errs, type_path, STR("must specify a metric source type"));
    }
    if (!is_known) {
        field_not_supported(errs, type_path, type, supported);
    }
    for (size_t i = 0; i < COUNT_OF(sources); i++) {
        const Value *source = part_object(metric, sources[i].member);
        Path source_path = path_child_str(path, sources[i].member);
        present += source != NULL;
        if (source && present == 1) {
            sources[i].check(errs, source, &source_path);
        }
    }
    if (!is_known) {
        field_not_supported(errs, type_path, type, supported); /* again */
    }
    for (size_t i = 0; i < COUNT_OF(sources); i++) {
        if (str_eq(type, sources[i].type) && !part_object(metric, sources[i].member)) {
            field_required(errs, path_child_str(path, sources[i].member), must_populate(type, t));
        }
    }
    for (size_t i = 0; present > 1 && i < COUNT_OF(sources); i++) {
        if (!str_eq(type, sources[i].type) && part_object(metric, sources[i].member)) {
            field_forbidden(errs, path_child_str(path, sources[i].member),
                            STR("must populate the given metric source only"));
        }
    }
}

static void check_metrics(FieldErrors *errs, const Value *spec, const Path *path,
                          const KubeTarget *t)
{
    Path metrics = path_child(path, "metrics");
    bool scales_from_zero = false;
    size_t i = 0;
    VALUE_EACH_ITEM(metric, value_get_lit(spec, "metrics")) {
        Path item = path_index(&metrics, i++);
        Str type = str_of(metric, "type");
        check_metric(errs, metric, &item, t);
        scales_from_zero |= str_eq(type, STR("Object")) || str_eq(type, STR("External"));
    }
    OptInt64 min = value_get_int(spec, STR("minReplicas"));
    if (min.set && min.value == 0 && !scales_from_zero) {
        field_forbidden(errs, metrics,
                        STR("must specify at least one Object or External metric "
                            "to support scaling to zero replicas"));
    }
}

/* -- behavior ---------------------------------------------------------------------------------- */

static void check_policy(FieldErrors *errs, const Value *policy, const Path *path)
{
    static const Str types[] = { STR_INIT("Percent"), STR_INIT("Pods") };
    StrList supported = { types, COUNT_OF(types) };
    Str type = str_of(policy, "type");
    int64_t value = int_of(policy, "value");
    int64_t period = int_of(policy, "periodSeconds");
    Path period_path = path_child(path, "periodSeconds");
    if (!str_list_has(supported, type)) {
        field_not_supported(errs, path_child(path, "type"), type, supported);
    }
    if (value <= 0) {
        field_invalid_int(errs, path_child(path, "value"), value, STR("must be greater than zero"));
    }
    if (period <= 0) {
        field_invalid_int(errs, period_path, period, STR("must be greater than zero"));
    }
    if (period > PERIOD_MAX) {
        field_invalid_int(errs, period_path, period, STR("must be less than or equal to 1800"));
    }
}

static void check_rules(FieldErrors *errs, const Value *rules, const Path *path)
{
    static const Str selects[] = { STR_INIT("Disabled"), STR_INIT("Max"), STR_INIT("Min") };
    StrList supported = { selects, COUNT_OF(selects) };
    if (!rules) {
        return;
    }
    int64_t window = int_of(rules, "stabilizationWindowSeconds");
    Path window_path = path_child(path, "stabilizationWindowSeconds");
    Path policies_path = path_child(path, "policies");
    if (window < 0) {
        field_invalid_int(errs, window_path, window, STR("must be greater than or equal to zero"));
    }
    if (window > WINDOW_MAX) {
        field_invalid_int(errs, window_path, window, STR("must be less than or equal to 3600"));
    }
    Str select = value_get_str(rules, STR("selectPolicy"));
    if (select.ptr && !str_list_has(supported, select)) {
        field_not_supported(errs, path_child(path, "selectPolicy"), select, supported);
    }
    const Value *policies = value_get_lit(rules, "policies");
    if (value_len(policies) == 0) {
        field_required(errs, policies_path, STR("must specify at least one Policy"));
    }
    size_t i = 0;
    VALUE_EACH_ITEM(policy, policies) {
        Path item = path_index(&policies_path, i++);
        check_policy(errs, policy, &item);
    }
}

/* -- the whole --------------------------------------------------------------------------------- */

void hpa_check_spec(FieldErrors *errs, const Value *spec, bool may_be_zero, const KubeTarget *t)
{
    Path path = path_root("spec");
    Path max_path = path_child(&path, "maxReplicas");
    Path target = path_child(&path, "scaleTargetRef");
    Path behavior = path_child(&path, "behavior");
    Path up = path_child(&behavior, "scaleUp");
    Path down = path_child(&behavior, "scaleDown");
    OptInt64 min = value_get_int(spec, STR("minReplicas"));
    int64_t max = int_of(spec, "maxReplicas");
    int64_t lowest = may_be_zero ? 0 : 1;
    if (min.set && min.value < lowest) {
        field_invalid_int(errs, path_child(&path, "minReplicas"), min.value,
                          lowest ? STR("must be greater than or equal to 1")
                                 : STR("must be greater than or equal to 0"));
    }
    if (max < 1) {
        field_invalid_int(errs, max_path, max, STR("must be greater than 0"));
    }
    if (min.set && max < min.value) {
        field_invalid_int(errs, max_path, max,
                          STR("must be greater than or equal to `minReplicas`"));
    }
    check_reference(errs, value_get_lit(spec, "scaleTargetRef"), &target);
    check_metrics(errs, spec, &path, t);
    const Value *rules = object_of(spec, "behavior");
    check_rules(errs, object_of(rules, "scaleUp"), &up);
    check_rules(errs, object_of(rules, "scaleDown"), &down);
}
