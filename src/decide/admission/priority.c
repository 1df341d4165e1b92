/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Priority: a pod's priority and preemption policy come from its PriorityClass, or from the class
 * that is the global default, or are 0 and PreemptLowerPriority; a pod may not claim others. Only
 * one class may be the global default.
 *
 * Source: Kubernetes plugin/pkg/admission/priority
 */
#include "decide/admission/run.h"

/* For a time, the system's classes were for the system's namespace alone. */
enum { SYSTEM_NAMESPACE_SINCE = 11, SYSTEM_NAMESPACE_UNTIL = 16 };

static const Str system_classes[] = { STR_INIT("system-node-critical"),
                                      STR_INIT("system-cluster-critical") };

static const Str preempt_lower = STR_INIT("PreemptLowerPriority");

static ObjectList all_classes(const AdmissionRun *run)
{
    ObjectKey key = { STR("scheduling.k8s.io"), STR("PriorityClass"), STR(""), STR("") };
    return run->facts->objects(run->facts->cluster, key);
}

static int64_t class_value(const Value *class)
{
    return value_get_int(class, STR("value")).value;
}

static Str class_name(const Value *class)
{
    return value_as_str(value_at(class, "metadata", "name", NULL));
}

/* Of several global defaults (a race can make them) the lowest counts. */
static const Value *default_class(const AdmissionRun *run)
{
    ObjectList classes = all_classes(run);
    const Value *found = NULL;
    for (size_t i = 0; i < classes.count; i++) {
        const Value *class = classes.items[i];
        if (value_get_bool(class, STR("globalDefault")).value &&
            (found == NULL || class_value(found) > class_value(class))) {
            found = class;
        }
    }
    return found;
}

/* Updates keep what was set on create. */
static bool keep_on_update(AdmissionRun *run)
{
    static const Str kept[] = { STR_INIT("priority"), STR_INIT("preemptionPolicy") };
    const Value *spec = value_get_lit(&run->object, "spec");
    const Value *old_spec = value_get_lit(run->old_object, "spec");
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        const Value *old = value_get(old_spec, kept[i]);
        if (!value_is_null(old) && value_is_null(value_get(spec, kept[i]))) {
            Value *own = value_need_object(admission_own(run), STR("spec"), run->arena);
            value_set(own, kept[i], *old, run->arena);
            spec = value_get_lit(&run->object, "spec");
        }
    }
    return true;
}

static bool set_preemption_policy(AdmissionRun *run, const Value *class)
{
    if (!kube_has(run->request->target, FEATURE_NON_PREEMPTING_PRIORITY)) {
        return true;
    }
    Str policy = class ? value_get_str(class, STR("preemptionPolicy")) : STR_ABSENT;
    if (policy.ptr == NULL) {
        policy = preempt_lower; /* the class's own default */
    }
    const Value *spec = value_get_lit(&run->object, "spec");
    Str given = value_get_str(spec, STR("preemptionPolicy"));
    if (given.ptr && !str_eq(given, policy)) {
        return admission_forbid(
            run,
            "the string value of PreemptionPolicy (%.*s) must not be provided in pod spec; "
            "priority admission controller computed %.*s from the given PriorityClass name",
            STR_ARG(given), STR_ARG(policy));
    }
    Value *own = value_need_object(admission_own(run), STR("spec"), run->arena);
    value_set_lit(own, "preemptionPolicy", value_str(policy), run->arena);
    return true;
}

static bool is_permitted(const AdmissionRun *run, Str name)
{
    int minor = run->request->target->minor;
    bool only_system = minor >= SYSTEM_NAMESPACE_SINCE && minor <= SYSTEM_NAMESPACE_UNTIL;
    return !only_system || str_eq(run->request->namespace, STR("kube-system")) ||
           !str_list_has((StrList){ system_classes, COUNT_OF(system_classes) }, name);
}

static bool set_on_create(AdmissionRun *run)
{
    Value *spec = value_need_object(admission_own(run), STR("spec"), run->arena);
    Str name = value_get_str(spec, STR("priorityClassName"));
    const Value *class;
    if (name.len == 0) {
        class = default_class(run);
        if (class) {
            value_set_lit(spec, "priorityClassName", value_str(class_name(class)), run->arena);
        }
    } else {
        if (!is_permitted(run, name)) {
            return admission_forbid(
                run, "pods with %.*s priorityClass is not permitted in %.*s namespace",
                STR_ARG(name), STR_ARG(run->request->namespace));
        }
        ObjectKey key = { STR("scheduling.k8s.io"), STR("PriorityClass"), STR(""), name };
        class = run->facts->object(run->facts->cluster, key);
        if (class == NULL) {
            return admission_forbid(run, "no PriorityClass with name %.*s was found",
                                    STR_ARG(name));
        }
    }
    int64_t priority = class ? class_value(class) : 0;
    OptInt64 given = value_get_int(spec, STR("priority"));
    if (given.set && given.value != priority) {
        return admission_forbid(
            run,
            "the integer value of priority (%lld) must not be provided in pod spec; priority "
            "admission controller computed %lld from the given PriorityClass name",
            (long long)given.value, (long long)priority);
    }
    value_set_lit(spec, "priority", value_int(priority), run->arena);
    if (class) {
        admission_note(run, "priority %lld of class %.*s", (long long)priority,
                       STR_ARG(class_name(class)));
    }
    return set_preemption_policy(run, class);
}

static bool mutate(AdmissionRun *run)
{
    if (!admission_is_pod(run)) {
        return true;
    }
    return run->request->operation == ADMISSION_UPDATE ? keep_on_update(run) : set_on_create(run);
}

static bool validate(AdmissionRun *run)
{
    if (!admission_is(run, "scheduling.k8s.io", "priorityclasses", "") ||
        !value_get_bool(&run->object, STR("globalDefault")).value) {
        return true;
    }
    const Value *other = default_class(run);
    if (other && (run->request->operation == ADMISSION_CREATE ||
                  !str_eq(class_name(other), class_name(&run->object)))) {
        return admission_forbid(
            run, "PriorityClass %.*s is already marked as default. Only one default can exist",
            STR_ARG(class_name(other)));
    }
    return true;
}

const AdmissionPlugin admission_priority = {
    .name = STR_INIT("Priority"),
    .operations = ADMISSION_CREATE | ADMISSION_UPDATE,
    .mutate = mutate,
    .validate = validate,
};
