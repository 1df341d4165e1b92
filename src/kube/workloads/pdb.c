/* SPDX-License-Identifier: Apache-2.0 */
/* PodDisruptionBudgets. Source: Kubernetes pkg/apis/policy, pkg/registry/policy */
#include "kube/selector.h"
#include "kube/workloads/parts.h"

enum { STATUS_CHECKED_MINOR = 21, EVICTION_POLICY_MINOR = 26 };

static void prepare_create(Value *object, const KubeTarget *t, Arena *a)
{
    part_reset_status(object, STR("policy/v1.PodDisruptionBudgetStatus"), t, a);
    part_set_generation(object, 1, a);
}

static void prepare_update(Value *object, const Value *old, const KubeTarget *t, Arena *a)
{
    (void)t;
    part_keep_status(object, old, a);
    if (!part_is_same(value_get_lit(object, "spec"), value_get_lit(old, "spec"), a)) {
        part_next_generation(object, old, a);
    }
}

static void prepare_status(Value *object, const Value *old, const KubeTarget *t, Arena *a)
{
    (void)t;
    part_keep(object, old, STR("spec"), a);
}

static Str dump_spec(const Value *spec, const KubeTarget *t, Arena *a)
{
    Buf b = buf_new(a);
    buf_lit(&b, "policy.PodDisruptionBudgetSpec{MinAvailable:");
    buf_add(&b, dump_pointer(value_get_lit(spec, "minAvailable"), "intstr.IntOrString", a));
    buf_lit(&b, ", Selector:");
    buf_add(&b, dump_pointer(value_get_lit(spec, "selector"), "v1.LabelSelector", a));
    buf_lit(&b, ", MaxUnavailable:");
    buf_add(&b, dump_pointer(value_get_lit(spec, "maxUnavailable"), "intstr.IntOrString", a));
    if (t->minor >= EVICTION_POLICY_MINOR) {
        buf_lit(&b, ", UnhealthyPodEvictionPolicy:");
        buf_add(&b, dump_pointer(value_get_lit(spec, "unhealthyPodEvictionPolicy"),
                                 "policy.UnhealthyPodEvictionPolicyType", a));
    }
    buf_byte(&b, '}');
    return buf_str(&b);
}

static void check_spec(FieldErrors *errs, const Value *spec, const KubeTarget *t)
{
    static const Str members[] = { STR_INIT("minAvailable"), STR_INIT("maxUnavailable") };
    static const Str policies[] = { STR_INIT("IfHealthyBudget"), STR_INIT("AlwaysAllow") };
    Path path = path_root("spec");
    Path selector = path_child(&path, "selector");
    if (!value_is_null(value_get(spec, members[0])) &&
        !value_is_null(value_get(spec, members[1]))) {
        field_invalid_raw(errs, path, dump_spec(spec, t, errs->arena),
                          STR("minAvailable and maxUnavailable cannot be both set"));
    }
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        const Value *v = value_get(spec, members[i]);
        part_check_int_or_percent(errs, v, path_child_str(&path, members[i]));
        part_check_at_most_100_percent(errs, v, path_child_str(&path, members[i]));
    }
    label_selector_validate(object_of(spec, "selector"), &selector, errs);
    Str policy = value_get_str(spec, STR("unhealthyPodEvictionPolicy"));
    StrList supported = { policies, COUNT_OF(policies) };
    if (t->minor >= EVICTION_POLICY_MINOR && policy.ptr && !str_list_has(supported, policy)) {
        field_not_supported(errs, path_child(&path, "unhealthyPodEvictionPolicy"), policy,
                            supported);
    }
}

/* The name is not looked at. */
static void validate_create(const Value *object, const KubeTarget *t, FieldErrors *errs)
{
    check_spec(errs, value_get_lit(object, "spec"), t);
}

static void validate_update(const Value *object, const Value *old, const KubeTarget *t,
                            FieldErrors *errs)
{
    (void)old;
    check_spec(errs, value_get_lit(object, "spec"), t);
}

static void validate_status(const Value *object, const Value *old, const KubeTarget *t,
                            FieldErrors *errs)
{
    static const Str members[] = {
        STR_INIT("disruptionsAllowed"),
        STR_INIT("currentHealthy"),
        STR_INIT("desiredHealthy"),
        STR_INIT("expectedPods"),
    };
    (void)old;
    Path path = path_root("status");
    if (t->minor >= STATUS_CHECKED_MINOR) {
        part_check_counts(errs, value_get_lit(object, "status"), &path, members, COUNT_OF(members),
                          NULL, 0);
    }
}

const WorkloadRules workload_rules_poddisruptionbudgets = {
    .group = STR_INIT("policy"),
    .resource = STR_INIT("poddisruptionbudgets"),
    .prepare_create = prepare_create,
    .prepare_update = prepare_update,
    .prepare_status = prepare_status,
    .validate_create = validate_create,
    .validate_update = validate_update,
    .validate_status = validate_status,
};
