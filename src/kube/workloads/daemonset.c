/* SPDX-License-Identifier: Apache-2.0 */
/* DaemonSets. Source: Kubernetes pkg/apis/apps, pkg/registry/apps/daemonset */
#include "kube/pod/validate.h"
#include "kube/selector.h"
#include "kube/workloads/go_number.h"
#include "kube/workloads/replicated.h"

/* Counts the changes of the template; a field of the spec once. */
#define GENERATION_ANNOTATION "deprecated.daemonset.template.generation"

enum { REVISIONS_KEPT = 10, MAX_SURGE_MINOR = 22 };

/* -- the count of templates -------------------------------------------------------------------- */

static int64_t template_generation(const Value *object)
{
    int64_t n;
    Str text = value_as_str(
        value_at(object, "metadata", "annotations", GENERATION_ANNOTATION, NULL));
    return str_to_int64(text, &n) ? n : 0;
}

static void set_template_generation(Value *object, int64_t n, Arena *a)
{
    Value *metadata = value_need_object(object, STR("metadata"), a);
    Value *annotations = metadata ? value_need_object(metadata, STR("annotations"), a) : NULL;
    if (annotations) {
        value_set_lit(annotations, GENERATION_ANNOTATION,
                      value_str(arena_printf(a, "%lld", (long long)n)), a);
    }
}

/* It is shown of every DaemonSet, also of one that was not counted yet. */
static void default_template_generation(Value *object, Arena *a)
{
    if (!value_at(object, "metadata", "annotations", GENERATION_ANNOTATION, NULL)) {
        set_template_generation(object, 0, a);
    }
}

/* -- defaults ---------------------------------------------------------------------------------- */

static void apply_defaults(Value *object, const KubeTarget *t, Arena *a)
{
    Value *spec = part_spec(object, a);
    if (!spec) {
        return;
    }
    part_default_template(spec, t, a);
    Value *strategy = value_need_object(spec, STR("updateStrategy"), a);
    if (strategy) {
        part_default_str(strategy, STR("type"), STR("RollingUpdate"), a);
        Value *rolling = str_eq(str_of(strategy, "type"), STR("RollingUpdate"))
                             ? value_need_object(strategy, STR("rollingUpdate"), a)
                             : NULL;
        if (rolling) {
            part_default_int(rolling, STR("maxUnavailable"), 1, a);
            if (t->minor >= MAX_SURGE_MINOR) {
                part_default_int(rolling, STR("maxSurge"), 0, a);
            }
        }
    }
    part_default_int(spec, STR("revisionHistoryLimit"), REVISIONS_KEPT, a);
    default_template_generation(object, a);
}

/* -- the registry ------------------------------------------------------------------------------ */

static void prepare_create(Value *object, const KubeTarget *t, Arena *a)
{
    replicated_prepare_create(object, STR("apps/v1.DaemonSetStatus"), t, a);
    int64_t n = template_generation(object);
    set_template_generation(object, n < 1 ? 1 : n, a);
}

static void prepare_update(Value *object, const Value *old, const KubeTarget *t, Arena *a)
{
    replicated_prepare_update(object, old, t, a);
    bool is_same = part_is_same(value_at(object, "spec", "template", NULL),
                                value_at(old, "spec", "template", NULL), a);
    int64_t n = template_generation(old);
    set_template_generation(object, is_same || n == INT64_MAX ? n : n + 1, a);
}

static void prepare_status(Value *object, const Value *old, const KubeTarget *t, Arena *a)
{
    replicated_prepare_status(object, old, t, a);
    set_template_generation(object, template_generation(old), a);
}

/* -- validation -------------------------------------------------------------------------------- */

static void check_rolling_update(FieldErrors *errs, const Value *rolling, const Path *path,
                                 const KubeTarget *t)
{
    const Value *unavailable = value_get_lit(rolling, "maxUnavailable");
    const Value *surge = value_get_lit(rolling, "maxSurge");
    Path unavailable_path = path_child(path, "maxUnavailable");
    Path surge_path = path_child(path, "maxSurge");
    if (t->minor < MAX_SURGE_MINOR) {
        part_check_int_or_percent(errs, unavailable, unavailable_path);
        if (part_int_or_percent(unavailable) == 0) {
            field_invalid_raw(errs, unavailable_path, dump_int_or_string(unavailable, errs->arena),
                              STR("cannot be 0"));
        }
        part_check_at_most_100_percent(errs, unavailable, unavailable_path);
        return;
    }
    part_check_int_or_percent(errs, unavailable, unavailable_path);
    part_check_int_or_percent(errs, surge, surge_path);
    bool waits = part_int_or_percent(unavailable) != 0;
    bool surges = part_int_or_percent(surge) != 0;
    if (waits && surges) {
        field_invalid_raw(errs, surge_path, dump_int_or_string(surge, errs->arena),
                          STR("may not be set when maxUnavailable is non-zero"));
    } else if (!waits && !surges) {
        field_required(errs, unavailable_path, STR("cannot be 0 when maxSurge is 0"));
    }
    part_check_at_most_100_percent(errs, unavailable, unavailable_path);
    part_check_at_most_100_percent(errs, surge, surge_path);
}

static void check_update_strategy(FieldErrors *errs, const Value *strategy, const Path *path,
                                  const KubeTarget *t)
{
    static const Str types[] = { STR_INIT("RollingUpdate"), STR_INIT("OnDelete") };
    Str type = str_of(strategy, "type");
    const Value *rolling = object_of(strategy, "rollingUpdate");
    Path rolling_path = path_child(path, "rollingUpdate");
    if (str_eq(type, types[0])) {
        if (rolling) {
            check_rolling_update(errs, rolling, &rolling_path, t);
        } else {
            field_required(errs, rolling_path, STR(""));
        }
    } else if (!str_eq(type, types[1])) {
        field_not_supported_raw(errs, *path,
                                replicated_dump_strategy("apps.DaemonSetUpdateStrategy",
                                                         "apps.RollingUpdateDaemonSet", strategy,
                                                         errs->arena),
                                (StrList){ types, COUNT_OF(types) });
    }
}

static void check_spec(FieldErrors *errs, const Value *object, const KubeTarget *t)
{
    const Value *spec = value_get_lit(object, "spec");
    const Value *selector = object_of(spec, "selector");
    const Value *template = value_get_lit(spec, "template");
    Path path = path_root("spec");
    Path selector_path = path_child(&path, "selector");
    Path template_path = path_child(&path, "template");
    Path strategy_path = path_child(&path, "updateStrategy");
    label_selector_validate(selector, &selector_path, errs);
    /* A selector that cannot be read has been reported. */
    (void)part_check_selects(errs, selector, template, false, &template_path);
    if (selector && part_selector_is_empty(selector)) {
        part_selector_invalid(errs, selector_path, selector,
                              STR("empty selector is invalid for daemonset"));
    }
    pod_template_validate(template, &template_path, t, errs);
    part_check_shared_disks(errs, template, &template_path);
    part_check_runs_always(errs, template, "DaemonSet", &template_path);
    part_check_not_negative(errs, spec, STR("minReadySeconds"), &path);
    int64_t generation = template_generation(object);
    if (generation < 0) {
        field_invalid_int(errs, path_child(&path, "templateGeneration"), generation,
                          STR("must be greater than or equal to 0"));
    }
    check_update_strategy(errs, value_get_lit(spec, "updateStrategy"), &strategy_path, t);
    part_check_not_negative(errs, spec, STR("revisionHistoryLimit"), &path);
}

static void validate_create(const Value *object, const KubeTarget *t, FieldErrors *errs)
{
    part_check_metadata(object, errs);
    check_spec(errs, object, t);
}

/* All that is wrong with it as such is said twice. */
static void validate_update(const Value *object, const Value *old, const KubeTarget *t,
                            FieldErrors *errs)
{
    Path spec = path_root("spec");
    validate_create(object, t, errs);
    part_check_metadata_update(object, old, errs);
    check_spec(errs, object, t);
    part_check_immutable_selector(errs, value_at(object, "spec", "selector", NULL),
                                  value_at(old, "spec", "selector", NULL),
                                  path_child(&spec, "selector"));
}

static void validate_status(const Value *object, const Value *old, const KubeTarget *t,
                            FieldErrors *errs)
{
    static const Str members[] = {
        STR_INIT("currentNumberScheduled"), STR_INIT("numberMisscheduled"),
        STR_INIT("desiredNumberScheduled"), STR_INIT("numberReady"),
        STR_INIT("observedGeneration"),     STR_INIT("updatedNumberScheduled"),
        STR_INIT("numberAvailable"),        STR_INIT("numberUnavailable"),
        STR_INIT("collisionCount"),
    };
    (void)t;
    Path path = path_root("status");
    part_check_metadata_update(object, old, errs);
    part_check_counts(errs, value_get_lit(object, "status"), &path, members, COUNT_OF(members),
                      NULL, 0);
    part_check_collisions(errs, object, old);
}

static Str unreadable(const Value *object, Arena *a)
{
    int64_t n;
    const Value *text = value_at(object, "metadata", "annotations", GENERATION_ANNOTATION, NULL);
    return value_is(text, VALUE_STRING) && !str_to_int64(value_as_str(text), &n)
               ? go_int_error("strconv.ParseInt", value_as_str(text), a)
               : STR_ABSENT;
}

const WorkloadRules workload_rules_daemonsets = {
    .group = STR_INIT("apps"),
    .resource = STR_INIT("daemonsets"),
    .defaults = apply_defaults,
    .unreadable = unreadable,
    .prepare_create = prepare_create,
    .prepare_update = prepare_update,
    .prepare_status = prepare_status,
    .validate_create = validate_create,
    .validate_update = validate_update,
    .validate_status = validate_status,
};
