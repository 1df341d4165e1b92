/* SPDX-License-Identifier: Apache-2.0 */
/* The two ways to write a metric: a row for each member. */
#include "kube/workloads/hpa_metrics.h"

#include "kube/workloads/parts.h"

/* What happens to a member where it is missing. */
typedef enum PairKind {
    PAIR_OPTIONAL,
    PAIR_QUANTITY, /* v2beta1 has no pointer there: zero */
    PAIR_STRING,   /* always there */
    PAIR_OBJECT,   /* likewise */
} PairKind;

typedef struct Pair {
    Str beta1;
    Str group; /* in the hub: "metric", "target", "current", or "" for the source itself */
    Str hub;
    PairKind kind;
} Pair;

typedef struct Source {
    Str member;
    const Pair *pairs; /* in the order of v2beta1 */
    size_t count;
} Source;

#define PAIR(beta1, group, hub, kind)                                \
    {                                                                \
        STR_INIT(beta1), STR_INIT(group), STR_INIT(hub), PAIR_##kind \
    }
#define SOURCE(member, pairs)                    \
    {                                            \
        STR_INIT(member), pairs, COUNT_OF(pairs) \
    }

/* -- spec.metrics ------------------------------------------------------------------------------ */

static const Pair object_pairs[] = {
    PAIR("target", "", "describedObject", OBJECT),
    PAIR("metricName", "metric", "name", STRING),
    PAIR("targetValue", "target", "value", QUANTITY),
    PAIR("selector", "metric", "selector", OPTIONAL),
    PAIR("averageValue", "target", "averageValue", OPTIONAL),
};
static const Pair pods_pairs[] = {
    PAIR("metricName", "metric", "name", STRING),
    PAIR("targetAverageValue", "target", "averageValue", QUANTITY),
    PAIR("selector", "metric", "selector", OPTIONAL),
};
static const Pair resource_pairs[] = {
    PAIR("name", "", "name", STRING),
    PAIR("targetAverageUtilization", "target", "averageUtilization", OPTIONAL),
    PAIR("targetAverageValue", "target", "averageValue", OPTIONAL),
};
static const Pair container_pairs[] = {
    PAIR("name", "", "name", STRING),
    PAIR("targetAverageUtilization", "target", "averageUtilization", OPTIONAL),
    PAIR("targetAverageValue", "target", "averageValue", OPTIONAL),
    PAIR("container", "", "container", STRING),
};
static const Pair external_pairs[] = {
    PAIR("metricName", "metric", "name", STRING),
    PAIR("metricSelector", "metric", "selector", OPTIONAL),
    PAIR("targetValue", "target", "value", OPTIONAL),
    PAIR("targetAverageValue", "target", "averageValue", OPTIONAL),
};
static const Source spec_sources[] = {
    SOURCE("object", object_pairs),     SOURCE("pods", pods_pairs),
    SOURCE("resource", resource_pairs), SOURCE("containerResource", container_pairs),
    SOURCE("external", external_pairs),
};

/* -- status.currentMetrics --------------------------------------------------------------------- */

static const Pair object_status_pairs[] = {
    PAIR("target", "", "describedObject", OBJECT),
    PAIR("metricName", "metric", "name", STRING),
    PAIR("currentValue", "current", "value", QUANTITY),
    PAIR("selector", "metric", "selector", OPTIONAL),
    PAIR("averageValue", "current", "averageValue", OPTIONAL),
};
static const Pair pods_status_pairs[] = {
    PAIR("metricName", "metric", "name", STRING),
    PAIR("currentAverageValue", "current", "averageValue", QUANTITY),
    PAIR("selector", "metric", "selector", OPTIONAL),
};
static const Pair resource_status_pairs[] = {
    PAIR("name", "", "name", STRING),
    PAIR("currentAverageUtilization", "current", "averageUtilization", OPTIONAL),
    PAIR("currentAverageValue", "current", "averageValue", QUANTITY),
};
static const Pair container_status_pairs[] = {
    PAIR("name", "", "name", STRING),
    PAIR("currentAverageUtilization", "current", "averageUtilization", OPTIONAL),
    PAIR("currentAverageValue", "current", "averageValue", QUANTITY),
    PAIR("container", "", "container", STRING),
};
static const Pair external_status_pairs[] = {
    PAIR("metricName", "metric", "name", STRING),
    PAIR("metricSelector", "metric", "selector", OPTIONAL),
    PAIR("currentValue", "current", "value", QUANTITY),
    PAIR("currentAverageValue", "current", "averageValue", OPTIONAL),
};
static const Source status_sources[] = {
    SOURCE("object", object_status_pairs),     SOURCE("pods", pods_status_pairs),
    SOURCE("resource", resource_status_pairs), SOURCE("containerResource", container_status_pairs),
    SOURCE("external", external_status_pairs),
};

/* -- both ways --------------------------------------------------------------------------------- */

/* The members of in that the list has, in its order. */
static Value in_order(const Value *in, StrList order, Arena *a)
{
    Value out = value_object();
    for (size_t i = 0; i < order.count; i++) {
        const Value *v = value_get(in, order.items[i]);
        if (!value_is_null(v)) {
            value_set(&out, order.items[i], *v, a);
        }
    }
    return out;
}

static Value reference_in_order(const Value *in, Arena *a)
{
    static const Str order[] = { STR_INIT("kind"), STR_INIT("name"), STR_INIT("apiVersion") };
    return in_order(in, (StrList){ order, COUNT_OF(order) }, a);
}

Value hpa_condition_in_order(const Value *condition, Arena *a)
{
    static const Str order[] = { STR_INIT("reason"), STR_INIT("message") };
    const Value *time = value_get_lit(condition, "lastTransitionTime");
    Value out = value_object();
    value_set_lit(&out, "type", value_str(str_of(condition, "type")), a);
    value_set_lit(&out, "status", value_str(str_of(condition, "status")), a);
    value_set_lit(&out, "lastTransitionTime", time ? *time : value_null(), a);
    Value rest = in_order(condition, (StrList){ order, COUNT_OF(order) }, a);
    VALUE_EACH_MEMBER(m, &rest) {
        value_set(&out, member_key(m), m->value, a);
    }
    return out;
}

static void put(Value *object, Str member, PairKind kind, const Value *v, Arena *a)
{
    if (!value_is_null(v)) {
        value_set(object, member, kind == PAIR_OBJECT ? reference_in_order(v, a) : *v, a);
    } else if (kind == PAIR_QUANTITY) {
        value_set(object, member, value_str(STR("0")), a);
    } else if (kind == PAIR_STRING) {
        value_set(object, member, value_str(STR("")), a);
    } else if (kind == PAIR_OBJECT) {
        value_set(object, member, value_object(), a);
    }
}

static Value source_to_beta1(const Source *s, const Value *hub, Arena *a)
{
    Value out = value_object();
    for (size_t i = 0; i < s->count; i++) {
        const Pair *p = &s->pairs[i];
        const Value *group = p->group.len ? value_get(hub, p->group) : hub;
        put(&out, p->beta1, p->kind, value_get(group, p->hub), a);
    }
    return out;
}

static Value source_from_beta1(const Source *s, const Value *in, Arena *a)
{
    Value out = value_object();
    for (size_t i = 0; i < s->count; i++) {
        const Pair *p = &s->pairs[i];
        Value *group = p->group.len ? value_need_object(&out, p->group, a) : &out;
        put(group, p->hub, p->kind, value_get(in, p->beta1), a);
    }
    return out;
}

/* v2beta1 does not say of which type a target is; what is set tells. */
static Str target_type(Str source, const Value *target)
{
    bool has_value = !value_is_null(value_get_lit(target, "value"));
    bool has_average = !value_is_null(value_get_lit(target, "averageValue"));
    bool has_utilization = !value_is_null(value_get_lit(target, "averageUtilization"));
    if (str_eq(source, STR("object"))) {
        return has_average ? STR("AverageValue") : STR("Value");
    }
    if (str_eq(source, STR("external"))) {
        return has_value ? STR("Value") : STR("AverageValue");
    }
    return has_utilization ? STR("Utilization") : STR("AverageValue");
}

static void set_target_type(Str source, Value *out, Arena *a)
{
    Value *target = value_get_lit(out, "target");
    if (!value_is(target, VALUE_OBJECT)) {
        return;
    }
    Value typed = value_object();
    value_set_lit(&typed, "type", value_str(target_type(source, target)), a);
    VALUE_EACH_MEMBER(m, target) {
        value_set(&typed, member_key(m), m->value, a);
    }
    *target = typed;
}

static Value convert(const Source *sources, size_t count, const Value *in, bool to_beta1, Arena *a)
{
    Value out = value_object();
    value_set_lit(&out, "type", value_str(str_of(in, "type")), a);
    for (size_t i = 0; i < count; i++) {
        const Value *source = part_object(in, sources[i].member);
        if (!source) {
            continue;
        }
        Value made = to_beta1 ? source_to_beta1(&sources[i], source, a)
                              : source_from_beta1(&sources[i], source, a);
        if (!to_beta1 && sources == spec_sources) {
            set_target_type(sources[i].member, &made, a);
        }
        value_set(&out, sources[i].member, made, a);
    }
    return out;
}

Value hpa_metric_to_beta1(const Value *hub, Arena *a)
{
    return convert(spec_sources, COUNT_OF(spec_sources), hub, true, a);
}

Value hpa_metric_from_beta1(const Value *metric, Arena *a)
{
    return convert(spec_sources, COUNT_OF(spec_sources), metric, false, a);
}

Value hpa_metric_status_to_beta1(const Value *hub, Arena *a)
{
    return convert(status_sources, COUNT_OF(status_sources), hub, true, a);
}

Value hpa_metric_status_from_beta1(const Value *status, Arena *a)
{
    return convert(status_sources, COUNT_OF(status_sources), status, false, a);
}
