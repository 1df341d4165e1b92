/* SPDX-License-Identifier: Apache-2.0 */
/* StatefulSets. Source: Kubernetes pkg/apis/apps, pkg/registry/apps/statefulset */
#include "kube/meta.h"
#include "kube/pod/defaults_parts.h"
#include "kube/pod/validate.h"
#include "kube/selector.h"
#include "kube/workloads/replicated.h"

enum {
    REVISIONS_KEPT = 10,
    MIN_READY_MINOR = 22,
    CLAIM_RETENTION_MINOR = 23,
    CLAIM_RETENTION_DEFAULT_MINOR = 27,
    ORDINALS_MINOR = 26,
    VALIDATED_UPDATE_MINOR = 25, /* since then an update is checked once, by all rules */
    LABEL_NAMES_MINOR = 29,
    REVISION_LIMIT_MINOR = 34,
    FIXED_MEMBERS_MINOR = 37,
    MAX_UNAVAILABLE_MINOR = 37, /* MaxUnavailableStatefulSet */
};

/* -- defaults ---------------------------------------------------------------------------------- */

static void default_claim(Value *claim, Arena *a)
{
    if (!value_is(claim, VALUE_OBJECT)) {
        return;
    }
    /* A claim says what it is, though its place does. */
    Value said = value_object();
    value_set_lit(&said, "kind", value_str(STR("PersistentVolumeClaim")), a);
    value_set_lit(&said, "apiVersion", value_str(STR("v1")), a);
    VALUE_EACH_MEMBER(m, claim) {
        if (!value_get(&said, member_key(m))) {
            value_set(&said, member_key(m), m->value, a);
        }
    }
    *claim = said;
    Value *spec = value_need_object(claim, STR("spec"), a);
    Value *status = value_need_object(claim, STR("status"), a);
    if (spec) {
        part_default_str(spec, STR("volumeMode"), STR("Filesystem"), a);
        pod_default_resource_list(value_at(spec, "resources", "limits", NULL), a);
        pod_default_resource_list(value_at(spec, "resources", "requests", NULL), a);
    }
    if (status) {
        part_default_str(status, STR("phase"), STR("Pending"), a);
        pod_default_resource_list(value_get_lit(status, "capacity"), a);
    }
}

static void default_update_strategy(Value *spec, const KubeTarget *t, Arena *a)
{
    Value *strategy = value_need_object(spec, STR("updateStrategy"), a);
    if (!strategy) {
        return;
    }
    if (str_of(strategy, "type").len == 0) {
        value_set_lit(strategy, "type", value_str(STR("RollingUpdate")), a);
        value_need_object(strategy, STR("rollingUpdate"), a);
    }
    Value *rolling = value_get_lit(strategy, "rollingUpdate");
    if (str_eq(str_of(strategy, "type"), STR("RollingUpdate")) && value_is(rolling, VALUE_OBJECT)) {
        part_default_int(rolling, STR("partition"), 0, a);
        if (t->minor >= MAX_UNAVAILABLE_MINOR) {
            part_default_int(rolling, STR("maxUnavailable"), 1, a);
        }
    }
}

static void apply_defaults(Value *object, const KubeTarget *t, Arena *a)
{
    Value *spec = part_spec(object, a);
    if (!spec) {
        return;
    }
    part_default_template(spec, t, a);
    part_default_str(spec, STR("podManagementPolicy"), STR("OrderedReady"), a);
    default_update_strategy(spec, t, a);
    part_default_int(spec, STR("replicas"), 1, a);
    part_default_int(spec, STR("revisionHistoryLimit"), REVISIONS_KEPT, a);
    if (t->minor >= CLAIM_RETENTION_DEFAULT_MINOR) {
        Value *retention = value_need_object(spec, STR("persistentVolumeClaimRetentionPolicy"), a);
        if (retention) {
            part_default_str(retention, STR("whenDeleted"), STR("Retain"), a);
            part_default_str(retention, STR("whenScaled"), STR("Retain"), a);
        }
    }
    VALUE_EACH_ITEM(claim, value_get_lit(spec, "volumeClaimTemplates")) {
        default_claim(claim, a);
    }
}

static void prepare_create(Value *object, const KubeTarget *t, Arena *a)
{
    replicated_prepare_create(object, STR("apps/v1.StatefulSetStatus"), t, a);
}

/* -- validation -------------------------------------------------------------------------------- */

static void check_one_of_two(FieldErrors *errs, Str value, Path path, Str first, Str second)
{
    if (value.len == 0) {
        field_required(errs, path, STR(""));
    } else if (!str_eq(value, first) && !str_eq(value, second)) {
        field_invalid_str(
            errs, path, value,
            arena_printf(errs->arena, "must be '%.*s' or '%.*s'", STR_ARG(first), STR_ARG(second)));
    }
}

static void check_update_strategy(FieldErrors *errs, const Value *strategy, const Path *path)
{
    Str type = str_of(strategy, "type");
    const Value *rolling = object_of(strategy, "rollingUpdate");
    Path rolling_path = path_child(path, "rollingUpdate");
    if (type.len == 0) {
        field_required(errs, *path, STR(""));
    } else if (str_eq(type, STR("OnDelete"))) {
        if (rolling) {
            field_invalid_raw(errs, rolling_path,
                              arena_printf(errs->arena,
                                           "apps.RollingUpdateStatefulSetStrategy{Partition:%lld}",
                                           (long long)int_of(rolling, "partition")),
                              STR("only allowed for updateStrategy 'RollingUpdate'"));
        }
    } else if (str_eq(type, STR("RollingUpdate"))) {
        part_check_not_negative(errs, rolling, STR("partition"), &rolling_path);
    } else {
        field_invalid_raw(errs, *path,
                          replicated_dump_strategy("apps.StatefulSetUpdateStrategy",
                                                   "apps.RollingUpdateStatefulSetStrategy",
                                                   strategy, errs->arena),
                          STR("must be 'RollingUpdate' or 'OnDelete'"));
    }
}

static void check_claim_retention(FieldErrors *errs, const Value *spec, const Path *path)
{
    static const Str policies[] = { STR_INIT("Retain"), STR_INIT("Delete") };
    static const Str members[] = { STR_INIT("whenDeleted"), STR_INIT("whenScaled") };
    const Value *retention = object_of(spec, "persistentVolumeClaimRetentionPolicy");
    Path at = path_child(path, "persistentVolumeClaimRetentionPolicy");
    StrList supported = { policies, COUNT_OF(policies) };
    for (size_t i = 0; retention && i < COUNT_OF(members); i++) {
        Str policy = part_str(retention, members[i]);
        if (!str_list_has(supported, policy)) {
            field_not_supported(errs, path_child_str(&at, members[i]), policy, supported);
        }
    }
}

/* A StatefulSet's volumes come from its claims too, so that its template is not looked at
 * closely. */
static void check_template(FieldErrors *errs, const Value *template, const Path *path,
                           const KubeTarget *t)
{
    const Value *metadata = value_get_lit(template, "metadata");
    Path labels = path_child(path, "labels");
    Path annotations = path_child(path, "annotations");
    meta_validate_labels(value_get_lit(metadata, "labels"), &labels, errs);
    meta_validate_annotations(value_get_lit(metadata, "annotations"), &annotations, errs);
    pod_template_validate_annotations(template, path, t, errs);
}

static void check_spec(FieldErrors *errs, const Value *spec, const Path *path, const KubeTarget *t)
{
    Path selector_path = path_child(path, "selector");
    Path template_path = path_child(path, "template");
    Path strategy_path = path_child(path, "updateStrategy");
    const Value *selector = object_of(spec, "selector");
    const Value *template = value_get_lit(spec, "template");
    check_one_of_two(errs, str_of(spec, "podManagementPolicy"),
                     path_child(path, "podManagementPolicy"), STR("OrderedReady"), STR("Parallel"));
    check_update_strategy(errs, value_get_lit(spec, "updateStrategy"), &strategy_path);
    if (t->minor >= CLAIM_RETENTION_MINOR) {
        check_claim_retention(errs, spec, path);
    }
    part_check_not_negative(errs, spec, STR("replicas"), path);
    if (t->minor >= MIN_READY_MINOR) {
        part_check_not_negative(errs, spec, STR("minReadySeconds"), path);
    }
    if (t->minor >= ORDINALS_MINOR && int_of(value_get_lit(spec, "ordinals"), "start") < 0) {
        field_invalid_int(errs, path_child(path, "ordinals.start"),
                          int_of(value_get_lit(spec, "ordinals"), "start"),
                          STR("must be greater than or equal to 0"));
    }
    if (!selector) {
        field_required(errs, selector_path, STR(""));
    } else {
        label_selector_validate(selector, &selector_path, errs);
        if (part_selector_is_empty(selector)) {
            part_selector_invalid(errs, selector_path, selector,
                                  STR("empty selector is invalid for statefulset"));
        }
    }
    if (part_check_selects(errs, selector, template, true, &template_path)) {
        check_template(errs, template, &template_path, t);
    } else {
        part_selector_invalid(errs, selector_path, selector, STR(""));
    }
    part_check_runs_always(errs, template, "StatefulSet", &template_path);
}

static void validate_create(const Value *object, const KubeTarget *t, FieldErrors *errs)
{
    Path spec = path_root("spec");
    part_check_metadata(object, errs);
    check_spec(errs, value_get_lit(object, "spec"), &spec, t);
}

/* The spec without what may change. */
static Value fixed_part(const Value *spec, const KubeTarget *t, Arena *a)
{
    static const struct {
        Str member;
        int since;
    } rows[] = {
        { STR_INIT("replicas"), 0 },
        { STR_INIT("template"), 0 },
        { STR_INIT("updateStrategy"), 0 },
        { STR_INIT("minReadySeconds"), MIN_READY_MINOR },
        { STR_INIT("persistentVolumeClaimRetentionPolicy"), CLAIM_RETENTION_MINOR },
        { STR_INIT("ordinals"), ORDINALS_MINOR },
        { STR_INIT("revisionHistoryLimit"), REVISION_LIMIT_MINOR },
    };
    Value copy = value_object();
    VALUE_EACH_MEMBER(m, spec) {
        bool may_change = false;
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            may_change |= t->minor >= rows[i].since && str_eq(member_key(m), rows[i].member);
        }
        if (!may_change) {
            value_set(&copy, member_key(m), m->value, a);
        }
    }
    return copy;
}

static Str may_change_text(const KubeTarget *t)
{
    if (t->minor >= REVISION_LIMIT_MINOR) {
        return STR("updates to statefulset spec for fields other than 'replicas', 'ordinals', "
                   "'template', 'updateStrategy', 'revisionHistoryLimit', "
                   "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden");
    }
    if (t->minor >= ORDINALS_MINOR) {
        return STR("updates to statefulset spec for fields other than 'replicas', 'ordinals', "
                   "'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and "
                   "'minReadySeconds' are forbidden");
    }
    if (t->minor >= CLAIM_RETENTION_MINOR) {
        return STR("updates to statefulset spec for fields other than 'replicas', 'template', "
                   "'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and "
                   "'minReadySeconds' are forbidden");
    }
    if (t->minor >= MIN_READY_MINOR) {
        return STR("updates to statefulset spec for fields other than 'replicas', 'template', "
                   "'updateStrategy' and 'minReadySeconds' are forbidden");
    }
    return STR("updates to statefulset spec for fields other than 'replicas', 'template', and "
               "'updateStrategy' are forbidden");
}

/* Since 1.37 the fields that must stay are named, not those that may change. */
static void check_fixed(const Value *spec, const Value *old, const Path *path, FieldErrors *errs)
{
    static const Str fixed[] = { STR_INIT("selector"), STR_INIT("volumeClaimTemplates"),
                                 STR_INIT("serviceName"), STR_INIT("podManagementPolicy") };
    for (size_t i = 0; i < COUNT_OF(fixed); i++) {
        const Value *now = value_get(spec, fixed[i]);
        Path at = path_child_str(path, fixed[i]);
        if (part_is_same(now, value_get(old, fixed[i]), errs->arena)) {
            continue;
        }
        if (value_is(now, VALUE_STRING)) {
            field_invalid_str(errs, at, value_as_str(now), STR("field is immutable"));
        } else if (value_is(now, VALUE_OBJECT)) {
            part_selector_invalid(errs, at, now, STR("field is immutable"));
        } else {
            field_immutable(errs, at);
        }
    }
}

static void validate_update(const Value *object, const Value *old, const KubeTarget *t,
                            FieldErrors *errs)
{
    Path path = path_root("spec");
    const Value *spec = value_get_lit(object, "spec");
    if (t->minor < VALIDATED_UPDATE_MINOR) {
        validate_create(object, t, errs);
        part_check_metadata_update(object, old, errs);
    } else {
        part_check_metadata_update(object, old, errs);
        check_spec(errs, spec, &path, t);
    }
    if (t->minor >= FIXED_MEMBERS_MINOR) {
        check_fixed(spec, value_get_lit(old, "spec"), &path, errs);
        return;
    }
    Value fixed = fixed_part(spec, t, errs->arena);
    Value old_fixed = fixed_part(value_get_lit(old, "spec"), t, errs->arena);
    if (!part_is_same(&fixed, &old_fixed, errs->arena)) {
        field_forbidden(errs, path, may_change_text(t));
    }
    if (t->minor < VALIDATED_UPDATE_MINOR) {
        part_check_not_negative(errs, spec, STR("replicas"), &path);
    }
}

static void validate_status(const Value *object, const Value *old, const KubeTarget *t,
                            FieldErrors *errs)
{
    static const Str members[] = {
        STR_INIT("replicas"),        STR_INIT("readyReplicas"),      STR_INIT("currentReplicas"),
        STR_INIT("updatedReplicas"), STR_INIT("observedGeneration"), STR_INIT("collisionCount"),
    };
    static const PartLimit limits[] = {
        { STR_INIT("readyReplicas"), STR_INIT("replicas"), STR_INIT(REPLICATED_OVER_STATUS) },
        { STR_INIT("currentReplicas"), STR_INIT("replicas"), STR_INIT(REPLICATED_OVER_STATUS) },
        { STR_INIT("updatedReplicas"), STR_INIT("replicas"), STR_INIT(REPLICATED_OVER_STATUS) },
    };
    (void)t;
    Path path = path_root("status");
    part_check_counts(errs, value_get_lit(object, "status"), &path, members, COUNT_OF(members),
                      limits, COUNT_OF(limits));
    part_check_metadata_update(object, old, errs);
    part_check_collisions(errs, object, old);
}

const WorkloadRules workload_rules_statefulsets = {
    .group = STR_INIT("apps"),
    .resource = STR_INIT("statefulsets"),
    .defaults = apply_defaults,
    .prepare_create = prepare_create,
    .prepare_update = replicated_prepare_update,
    .prepare_status = replicated_prepare_status,
    .validate_create = validate_create,
    .validate_update = validate_update,
    .validate_status = validate_status,
};
