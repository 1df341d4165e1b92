/* SPDX-License-Identifier: Apache-2.0 */
/* Deployments. Source: Kubernetes pkg/apis/apps, pkg/registry/apps/deployment */
#include "kube/pod/validate.h"
#include "kube/workloads/go_number.h"
#include "kube/workloads/replicated.h"

enum { REVISIONS_KEPT = 10, PROGRESS_SECONDS = 600 };

static void apply_defaults(Value *object, const KubeTarget *t, Arena *a)
{
    Value *spec = part_spec(object, a);
    if (!spec) {
        return;
    }
    part_default_template(spec, t, a);
    part_default_int(spec, STR("replicas"), 1, a);
    Value *strategy = value_need_object(spec, STR("strategy"), a);
    if (strategy) {
        part_default_str(strategy, STR("type"), STR("RollingUpdate"), a);
        if (str_eq(str_of(strategy, "type"), STR("RollingUpdate"))) {
            Value *rolling = value_need_object(strategy, STR("rollingUpdate"), a);
            replicated_default_share(rolling, STR("maxUnavailable"), a);
            replicated_default_share(rolling, STR("maxSurge"), a);
        }
    }
    part_default_int(spec, STR("revisionHistoryLimit"), REVISIONS_KEPT, a);
    part_default_int(spec, STR("progressDeadlineSeconds"), PROGRESS_SECONDS, a);
}

/* -- the registry ------------------------------------------------------------------------------ */

static void prepare_create(Value *object, const KubeTarget *t, Arena *a)
{
    replicated_prepare_create(object, STR("apps/v1.DeploymentStatus"), t, a);
}

static void prepare_update(Value *object, const Value *old, const KubeTarget *t, Arena *a)
{
    part_keep_status(object, old, a);
    part_drop_disabled(value_get_lit(object, "spec"), value_get_lit(old, "spec"), t, a);
    /* Annotations count: they take part in a rollback. */
    bool is_same = part_is_same(value_get_lit(object, "spec"), value_get_lit(old, "spec"), a) &&
                   part_is_same(replicated_annotations(object, a), replicated_annotations(old, a),
                                a);
    if (!is_same) {
        part_next_generation(object, old, a);
    }
}

static void prepare_status(Value *object, const Value *old, const KubeTarget *t, Arena *a)
{
    (void)t;
    part_keep(object, old, STR("spec"), a);
    Value *metadata = value_need_object(object, STR("metadata"), a);
    if (metadata) {
        part_keep(metadata, value_get_lit(old, "metadata"), STR("labels"), a);
    }
}

/* -- validation -------------------------------------------------------------------------------- */

static void check_rolling_update(FieldErrors *errs, const Value *rolling, const Path *path)
{
    const Value *unavailable = value_get_lit(rolling, "maxUnavailable");
    const Value *surge = value_get_lit(rolling, "maxSurge");
    Path at = path_child(path, "maxUnavailable");
    part_check_int_or_percent(errs, unavailable, at);
    part_check_int_or_percent(errs, surge, path_child(path, "maxSurge"));
    if (part_int_or_percent(unavailable) == 0 && part_int_or_percent(surge) == 0) {
        field_invalid_raw(errs, at, dump_int_or_string(unavailable, errs->arena),
                          STR("may not be 0 when `maxSurge` is 0"));
    }
    part_check_at_most_100_percent(errs, unavailable, at);
}

static void check_strategy(FieldErrors *errs, const Value *strategy, const Path *path)
{
    static const Str types[] = { STR_INIT("Recreate"), STR_INIT("RollingUpdate") };
    Str type = str_of(strategy, "type");
    const Value *rolling = object_of(strategy, "rollingUpdate");
    Path rolling_path = path_child(path, "rollingUpdate");
    if (str_eq(type, types[0])) {
        if (rolling) {
            field_forbidden(errs, rolling_path,
                            STR("may not be specified when strategy `type` is 'Recreate'"));
        }
    } else if (str_eq(type, types[1])) {
        if (rolling) {
            check_rolling_update(errs, rolling, &rolling_path);
        } else {
            field_required(errs, rolling_path, STR("this should be defaulted and never be nil"));
        }
    } else {
        field_not_supported_raw(errs, *path,
                                replicated_dump_strategy("apps.DeploymentStrategy",
                                                         "apps.RollingUpdateDeployment", strategy,
                                                         errs->arena),
                                (StrList){ types, COUNT_OF(types) });
    }
}

/* Both must leave time for a pod to be ready. */
static void check_progress_deadline(FieldErrors *errs, const Value *spec, const Path *path)
{
    OptInt64 deadline = value_get_int(spec, STR("progressDeadlineSeconds"));
    if (!deadline.set) {
        return;
    }
    part_check_not_negative(errs, spec, STR("progressDeadlineSeconds"), path);
    if (deadline.value <= int_of(spec, "minReadySeconds")) {
        field_invalid_int(errs, path_child(path, "progressDeadlineSeconds"), deadline.value,
                          STR("must be greater than minReadySeconds"));
    }
}

static void check_spec(FieldErrors *errs, const Value *object, const KubeTarget *t)
{
    const Value *spec = value_get_lit(object, "spec");
    Path path = path_root("spec");
    Path strategy = path_child(&path, "strategy");
    part_check_not_negative(errs, spec, STR("replicas"), &path);
    replicated_check_template(errs, spec, &path, t);
    check_strategy(errs, value_get_lit(spec, "strategy"), &strategy);
    part_check_not_negative(errs, spec, STR("minReadySeconds"), &path);
    part_check_not_negative(errs, spec, STR("revisionHistoryLimit"), &path);
    int64_t revision;
    Str rollback = value_as_str(
        value_at(object, "metadata", "annotations", REPLICATED_ROLLBACK_ANNOTATION, NULL));
    if (str_to_int64(rollback, &revision) && revision < 0) {
        Path rollback_path = path_child(&path, "rollback");
        field_invalid_int(errs, path_child(&rollback_path, "version"), revision,
                          STR("must be greater than or equal to 0"));
    }
    check_progress_deadline(errs, spec, &path);
}

static void validate_create(const Value *object, const KubeTarget *t, FieldErrors *errs)
{
    part_check_metadata(object, errs);
    check_spec(errs, object, t);
}

static void validate_update(const Value *object, const Value *old, const KubeTarget *t,
                            FieldErrors *errs)
{
    Path spec = path_root("spec");
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
        STR_INIT("observedGeneration"), STR_INIT("replicas"),
        STR_INIT("updatedReplicas"),    STR_INIT("readyReplicas"),
        STR_INIT("availableReplicas"),  STR_INIT("unavailableReplicas"),
        STR_INIT("collisionCount"),
    };
    static const PartLimit limits[] = {
        { STR_INIT("updatedReplicas"), STR_INIT("replicas"), STR_INIT(REPLICATED_OVER_STATUS) },
        { STR_INIT("readyReplicas"), STR_INIT("replicas"), STR_INIT(REPLICATED_OVER_STATUS) },
        { STR_INIT("availableReplicas"), STR_INIT("replicas"), STR_INIT(REPLICATED_OVER_STATUS) },
        { STR_INIT("availableReplicas"), STR_INIT("readyReplicas"),
          STR_INIT("cannot be greater than readyReplicas") },
    };
    (void)t;
    Path path = path_root("status");
    part_check_metadata_update(object, old, errs);
    part_check_counts(errs, value_get_lit(object, "status"), &path, members, COUNT_OF(members),
                      limits, COUNT_OF(limits));
    part_check_collisions(errs, object, old);
}

static Str unreadable(const Value *object, Arena *a)
{
    int64_t n;
    Str text = value_as_str(
        value_at(object, "metadata", "annotations", REPLICATED_ROLLBACK_ANNOTATION, NULL));
    if (text.len == 0 || str_to_int64(text, &n)) {
        return STR_ABSENT;
    }
    Str why = go_int_error("strconv.ParseInt", text, a);
    return arena_printf(
        a, "failed to parse annotation[" REPLICATED_ROLLBACK_ANNOTATION "]=%.*s as int64: %.*s",
        STR_ARG(text), STR_ARG(why));
}

const WorkloadRules workload_rules_deployments = {
    .group = STR_INIT("apps"),
    .resource = STR_INIT("deployments"),
    .defaults = apply_defaults,
    .unreadable = unreadable,
    .prepare_create = prepare_create,
    .prepare_update = prepare_update,
    .prepare_status = prepare_status,
    .validate_create = validate_create,
    .validate_update = validate_update,
    .validate_status = validate_status,
};
