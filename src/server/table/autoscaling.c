/* SPDX-License-Identifier: Apache-2.0 */
/* How horizontal pod autoscalers are shown, in any version of theirs. */
#include "doc/json.h"
#include "server/table/columns.h"

/*
 * autoscaling/v2 and v2beta2 hold an amount at target.averageValue and current.averageValue.
 * v2beta1, and what v1 keeps in annotations, have fields such as targetAverageValue and
 * currentAverageValue.
 */

typedef struct Metric {
    Str type;
    const Value *source; /* spec.metrics[i].resource, .pods, ... */
    const Value *status; /* the same of the status; NULL when there is none */
} Metric;

static Metric read_metric(const Value *spec, const Value *status)
{
    static const struct {
        const char *type;
        const char *field;
    } sources[] = {
        { "External", "external" },
        { "Pods", "pods" },
        { "Object", "object" },
        { "Resource", "resource" },
        { "ContainerResource", "containerResource" },
    };
    Metric metric = { .type = value_get_str(spec, STR("type")) };
    for (size_t i = 0; i < COUNT_OF(sources); i++) {
        if (str_eq(metric.type, str_from_c(sources[i].type))) {
            metric.source = value_get(spec, str_from_c(sources[i].field));
            metric.status = value_get(status, str_from_c(sources[i].field));
        }
    }
    return metric;
}

/* name: "averageValue", "value" or "averageUtilization"; side: "target" or "current". NULL when
 * there is none. */
static const Value *find_amount(const Metric *m, const char *side, const char *name, Arena *a)
{
    const Value *source = str_eq(str_from_c(side), STR("target")) ? m->source : m->status;
    const Value *group = value_get(source, str_from_c(side));
    if (value_is(group, VALUE_OBJECT) && !value_get(group, STR("kind"))) {
        return value_get(group, str_from_c(name)); /* with a kind it says which object is meant */
    }
    Str upper = str_eq(str_from_c(name), STR("value"))          ? STR("Value")
                : str_eq(str_from_c(name), STR("averageValue")) ? STR("AverageValue")
                                                                : STR("AverageUtilization");
    const Value *found = value_get(source, arena_concat(a, str_from_c(side), upper));
    /* v2beta1 calls an object's average without a side */
    return found || !str_eq(m->type, STR("Object")) ? found : value_get(source, str_from_c(name));
}

static Str amount_text(const Value *amount, Arena *a)
{
    if (value_is(amount, VALUE_INT)) {
        return arena_printf(a, "%lld", (long long)amount->i);
    }
    return value_as_str(amount);
}

/* What stands for an amount. missing: for none. */
static Str amount_or(const Value *amount, const char *unit, Str missing, Arena *a)
{
    return amount ? arena_concat(a, amount_text(amount, a), str_from_c(unit)) : missing;
}

/* "10m/20m", "cpu: 50%/80%", "1/2 (avg)" */
static Str metric_text(const Metric *m, const TableCell *c)
{
    enum { NAMED_SINCE = 30 };
    Arena *a = c->arena;
    if (!m->source) {
        return STR("<unknown type>");
    }
    bool is_pods = str_eq(m->type, STR("Pods"));
    bool is_resource = str_eq(m->type, STR("Resource")) ||
                       str_eq(m->type, STR("ContainerResource"));
    bool is_average = is_pods || find_amount(m, "target", "averageValue", a);
    bool is_percent = is_resource && !is_average;
    const char *name = is_average ? "averageValue" : is_percent ? "averageUtilization" : "value";
    /* The server looks before it prints some of these, and not before it prints others. */
    bool is_checked = is_percent || (is_average && !is_resource && !is_pods);
    Str target = amount_or(find_amount(m, "target", name, a), is_percent ? "%" : "",
                           is_percent ? STR("<auto>") : STR("<nil>"), a);
    Str current = amount_or(find_amount(m, "current", name, a), is_percent ? "%" : "",
                            m->status && !is_checked ? STR("<nil>") : STR("<unknown>"), a);
    Str head = STR("");
    if (is_resource && table_is_since(c, NAMED_SINCE)) {
        head = arena_concat(a, value_get_str(m->source, STR("name")), STR(": "));
    }
    return arena_printf(a, "%.*s%.*s/%.*s%s", STR_ARG(head), STR_ARG(current), STR_ARG(target),
                        is_average && !is_resource && !is_pods ? " (avg)" : "");
}

/* The list of metrics of autoscaling/v1: from an annotation, then the one of its own field. */
static Value metrics_of_v1(const TableCell *c, const char *annotation, const char *own_path,
                           const char *own_field)
{
    Value list = value_array();
    const Value *annotations = table_field(c->object, "metadata.annotations");
    Str text = value_get_str(annotations, str_from_c(annotation));
    if (text.len && json_read(STR(""), text, NULL, c->arena, &list, NULL) &&
        list.kind != VALUE_ARRAY) {
        list = value_array();
    }
    const Value *own = table_field(c->object, own_path);
    if (!value_is_null(own)) {
        Value metric = value_object(), resource = value_object();
        value_set_lit(&resource, "name", value_str(STR("cpu")), c->arena);
        value_set(&resource, str_from_c(own_field), *own, c->arena);
        value_set_lit(&metric, "type", value_str(STR("Resource")), c->arena);
        value_set_lit(&metric, "resource", resource, c->arena);
        value_add(&list, metric, c->arena);
    }
    return list;
}

static Value cell_metrics(const TableCell *c)
{
    const Value *specs = table_field(c->object, "spec.metrics");
    const Value *statuses = table_field(c->object, "status.currentMetrics");
    Value v1_specs, v1_statuses;
    if (str_eq(value_get_str(c->object, STR("apiVersion")), STR("autoscaling/v1"))) {
        v1_specs = metrics_of_v1(c, "autoscaling.alpha.kubernetes.io/metrics",
                                 "spec.targetCPUUtilizationPercentage", "targetAverageUtilization");
        v1_statuses = metrics_of_v1(c, "autoscaling.alpha.kubernetes.io/current-metrics",
                                    "status.currentCPUUtilizationPercentage",
                                    "currentAverageUtilization");
        specs = &v1_specs;
        statuses = &v1_statuses;
    }
    TableSome some = table_some(2, c->arena);
    for (size_t i = 0; i < value_len(specs); i++) {
        Metric metric = read_metric(value_item(specs, i), value_item(statuses, i));
        table_some_add(&some, metric_text(&metric, c), ", ");
    }
    return table_some_cell(&some, STR("<none>"), c->arena);
}

static Value cell_reference(const TableCell *c)
{
    return table_cell(arena_printf(c->arena, "%.*s/%.*s",
                                   STR_ARG(table_text(c->object, "spec.scaleTargetRef.kind")),
                                   STR_ARG(table_text(c->object, "spec.scaleTargetRef.name"))));
}

static Value cell_min_replicas(const TableCell *c)
{
    OptInt64 min = value_as_int(table_field(c->object, "spec.minReplicas"));
    return table_cell(min.set ? arena_printf(c->arena, "%lld", (long long)min.value)
                              : STR("<unset>"));
}

static const TableColumn autoscaler_columns[] = {
    TABLE_COLUMN_NAME,
    { "Reference", "string", "",
      "scaleTargetRef points to the target resource to scale, and is used to the pods for which "
      "metrics should be collected, as well as to actually change the replica count.",
      cell_reference, NULL, 0, 0, 0 },
    { "Targets", "string", "",
      "metrics contains the specifications for which to use to calculate the desired replica "
      "count (the maximum replica count across all metrics will be used).  The desired replica "
      "count is calculated multiplying the ratio between the target value and the current value "
      "by the current number of pods.  Ergo, metrics used must decrease as the pod count is "
      "increased, and vice-versa.  See the individual metric source types for more information "
      "about how each type of metric must respond.",
      cell_metrics, NULL, 0, 0, 0 },
    { "MinPods", "string", "",
      "minReplicas is the lower limit for the number of replicas to which the autoscaler can "
      "scale down.  It defaults to 1 pod.  minReplicas is allowed to be 0 if the alpha feature "
      "gate HPAScaleToZero is enabled and at least one Object or External metric is configured.  "
      "Scaling is active as long as at least one metric value is available.",
      cell_min_replicas, NULL, 0, 0, 0 },
    { "MaxPods", "string", "",
      "maxReplicas is the upper limit for the number of replicas to which the autoscaler can "
      "scale up. It cannot be less that minReplicas.",
      cell_int, "spec.maxReplicas", 0, 0, 0 },
    { "Replicas", "string", "",
      "currentReplicas is current number of replicas of pods managed by this autoscaler, as last "
      "seen by the autoscaler.",
      cell_int, "status.currentReplicas", 0, 0, 0 },
    TABLE_COLUMN_AGE,
};

static const TableKind autoscaling_kinds[] = {
    { TABLE_KIND("autoscaling", "HorizontalPodAutoscaler", autoscaler_columns) },
};

const TableFamily table_autoscaling = { autoscaling_kinds, COUNT_OF(autoscaling_kinds) };
