/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PriorityClasses on their way into the store: defaults and validation.
 *
 * Source: Kubernetes pkg/apis/scheduling/{v1,validation}
 */
#include "decide/admission/strategies/prepare.h"
#include "decide/admission/strategies/strategies.h"
#include "kube/meta.h"

#define SYSTEM_PREFIX "system-"

enum { HIGHEST_USER_PRIORITY = 1000000000 };

static const Str policies[] = { STR_INIT("PreemptLowerPriority"), STR_INIT("Never") };

static const struct {
    Str name;
    int64_t value;
} system_classes[] = {
    { STR_INIT("system-node-critical"), 2000001000 },
    { STR_INIT("system-cluster-critical"), 2000000000 },
};

static void defaults(Value *object, const KubeTarget *target, Arena *a)
{
    (void)target;
    if (value_is_null(value_get_lit(object, "preemptionPolicy"))) {
        value_set_lit(object, "preemptionPolicy", value_str(policies[0]), a);
    }
}

/* What is wrong with a class of a reserved name; "" when it is one of the system's. */
static Str system_class_error(Str name, const Value *class, Arena *a)
{
    for (size_t i = 0; i < COUNT_OF(system_classes); i++) {
        if (!str_eq(system_classes[i].name, name)) {
            continue;
        }
        if (value_get_int(class, STR("value")).value != system_classes[i].value) {
            return arena_printf(a, "value of %.*s PriorityClass must be %lld", STR_ARG(name),
                                (long long)system_classes[i].value);
        }
        if (value_get_bool(class, STR("globalDefault")).value) {
            return arena_printf(a, "globalDefault of %.*s PriorityClass must be false",
                                STR_ARG(name));
        }
        return STR("");
    }
    return arena_printf(a, "%.*s is not a known system priority class", STR_ARG(name));
}

static void validate_create(AdmissionRun *run, FieldErrors *errs)
{
    const Value *class = &run->object;
    const Value *metadata = value_get_lit(class, "metadata");
    Path at = path_root("metadata");
    meta_validate(metadata, false, name_check_dns1123_subdomain, &at, errs);
    meta_validate_finalizers(metadata, &at, errs);
    Str name = value_get_str(metadata, STR("name"));
    if (str_starts_with(name, STR(SYSTEM_PREFIX))) {
        Str error = system_class_error(name, class, run->arena);
        if (error.len > 0) {
            field_forbidden(errs, path_child(&at, "name"),
                            arena_printf(run->arena,
                                         "priority class names with '" SYSTEM_PREFIX
                                         "' prefix are reserved for system use only. error: %.*s",
                                         STR_ARG(error)));
        }
    } else if (value_get_int(class, STR("value")).value > HIGHEST_USER_PRIORITY) {
        field_forbidden(errs, path_root("value"),
                        arena_printf(run->arena,
                                     "maximum allowed value of a user defined priority is %d",
                                     HIGHEST_USER_PRIORITY));
    }
    Str policy = value_get_str(class, STR("preemptionPolicy"));
    StrList known = { policies, COUNT_OF(policies) };
    if (policy.ptr && policy.len == 0) {
        field_required(errs, path_root("preemptionPolicy"), STR(""));
    } else if (policy.ptr && !str_list_has(known, policy)) {
        field_not_supported(errs, path_root("preemptionPolicy"), policy, known);
    }
}

static void validate_update(AdmissionRun *run, FieldErrors *errs)
{
    const Value *class = &run->object;
    const Value *old = run->old_object;
    Path at = path_root("metadata");
    meta_validate_update(value_get_lit(class, "metadata"), value_get_lit(old, "metadata"), &at,
                         errs);
    meta_validate_finalizers(value_get_lit(class, "metadata"), &at, errs);
    if (value_get_int(class, STR("value")).value != value_get_int(old, STR("value")).value) {
        enum { API_NAME_SINCE = 27 };
        field_forbidden(errs,
                        errs->minor >= API_NAME_SINCE ? path_root("value") : path_root("Value"),
                        STR("may not be changed in an update."));
    }
    Str policy = value_get_str(class, STR("preemptionPolicy"));
    if (!str_eq(policy, value_get_str(old, STR("preemptionPolicy")))) {
        field_invalid_str(errs, path_root("preemptionPolicy"), policy, STR("field is immutable"));
    }
}

static const AdmissionStrategy rows[] = { {
    .group = STR_INIT("scheduling.k8s.io"),
    .resource = STR_INIT("priorityclasses"),
    .defaults = defaults,
    .prepare_create = prepare_first_generation,
    .validate_create = validate_create,
    .validate_update = validate_update,
} };

const AdmissionStrategyList admission_strategies_priority_class = { rows, COUNT_OF(rows) };
