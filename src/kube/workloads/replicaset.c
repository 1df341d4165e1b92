/* SPDX-License-Identifier: Apache-2.0 */
/* ReplicaSets. Source: Kubernetes pkg/apis/apps, pkg/registry/apps/replicaset */
#include "kube/workloads/replicated.h"

static void apply_defaults(Value *object, const KubeTarget *t, Arena *a)
{
    Value *spec = part_spec(object, a);
    if (spec) {
        part_default_template(spec, t, a);
        part_default_int(spec, STR("replicas"), 1, a);
    }
}

static void prepare_create(Value *object, const KubeTarget *t, Arena *a)
{
    replicated_prepare_create(object, STR("apps/v1.ReplicaSetStatus"), t, a);
}

static void check_spec(FieldErrors *errs, const Value *object, const KubeTarget *t)
{
    const Value *spec = value_get_lit(object, "spec");
    Path path = path_root("spec");
    part_check_not_negative(errs, spec, STR("replicas"), &path);
    part_check_not_negative(errs, spec, STR("minReadySeconds"), &path);
    replicated_check_template(errs, spec, &path, t);
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
        STR_INIT("replicas"),          STR_INIT("fullyLabeledReplicas"), STR_INIT("readyReplicas"),
        STR_INIT("availableReplicas"), STR_INIT("observedGeneration"),
    };
    static const PartLimit limits[] = {
        { STR_INIT("fullyLabeledReplicas"), STR_INIT("replicas"),
          STR_INIT(REPLICATED_OVER_STATUS) },
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
}

const WorkloadRules workload_rules_replicasets = {
    .group = STR_INIT("apps"),
    .resource = STR_INIT("replicasets"),
    .defaults = apply_defaults,
    .prepare_create = prepare_create,
    .prepare_update = replicated_prepare_update,
    .prepare_status = replicated_prepare_status,
    .validate_create = validate_create,
    .validate_update = validate_update,
    .validate_status = validate_status,
};
