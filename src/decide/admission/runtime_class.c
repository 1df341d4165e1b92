/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RuntimeClass: a pod that names a runtime class gets the class's overhead, node selector and
 * tolerations; the class must exist, and the pod may claim no other overhead.
 *
 * Source: Kubernetes plugin/pkg/admission/runtimeclass, pkg/util/tolerations
 */
#include "kube/resources.h"
#include "decide/admission/run.h"

/* The pod's class: NULL in *out when it names none. False when refused. */
static bool find_class(AdmissionRun *run, const Value **out)
{
    const Value *name = value_at(&run->object, "spec", "runtimeClassName", NULL);
    *out = NULL;
    if (!value_is(name, VALUE_STRING)) {
        return true;
    }
    if (name->len == 0) {
        /* the look-up itself fails, which is no refusal but an error */
        return admission_refuse(run,
                                status_unknown(run->arena, STR("resource name may not be empty")));
    }
    ObjectKey key = { STR("node.k8s.io"), STR("RuntimeClass"), STR(""), value_as_str(name) };
    *out = run->facts->object(run->facts->cluster, key);
    if (*out == NULL) {
        Buf why = buf_new(run->arena);
        buf_lit(&why, "pod rejected: RuntimeClass ");
        buf_go_quoted(&why, value_as_str(name));
        buf_lit(&why, " not found");
        return admission_forbid_str(run, buf_str(&why));
    }
    return true;
}

/* The class's overhead, and whether it has one. node.k8s.io/v1alpha1 holds it one level deeper. */
static const Value *class_part(const Value *class, const char *part)
{
    const Value *found = value_get(class, str_from_c(part));
    return value_is_null(found) ? value_at(class, "spec", part, NULL) : found;
}

static bool set_overhead(AdmissionRun *run, const Value *class)
{
    const Value *overhead = class_part(class, "overhead");
    if (value_is_null(overhead) || !kube_has(run->request->target, FEATURE_POD_OVERHEAD)) {
        return true;
    }
    Arena *a = run->arena;
    const Value *fixed = value_get_lit(overhead, "podFixed");
    const Value *given = value_at(&run->object, "spec", "overhead", NULL);
    if (!value_is_null(given) && !resources_equal(fixed, given, a)) {
        return admission_forbid(
            run, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
    }
    Value *spec = value_need_object(admission_own(run), STR("spec"), a);
    if (value_len(fixed) > 0) {
        value_set_lit(spec, "overhead", resources_canonical(fixed, a), a);
        admission_note(run, "sets the overhead of the runtime class");
    } else {
        value_remove(spec, STR("overhead"));
    }
    return true;
}

static bool merge_node_selector(AdmissionRun *run, const Value *wanted)
{
    Arena *a = run->arena;
    const Value *given = value_at(&run->object, "spec", "nodeSelector", NULL);
    VALUE_EACH_MEMBER(m, wanted) {
        Str mine = value_as_str(&m->value);
        Str theirs = value_get_str(given, member_key(m));
        if (theirs.ptr && !str_eq(mine, theirs)) {
            return admission_forbid(run,
                                    "conflict: runtimeClass.scheduling.nodeSelector[%.*s] = %.*s; "
                                    "pod.spec.nodeSelector[%.*s] = %.*s",
                                    STR_ARG(member_key(m)), STR_ARG(mine), STR_ARG(member_key(m)),
                                    STR_ARG(theirs));
        }
    }
    if (value_len(wanted) == 0) {
        return true;
    }
    Value *spec = value_need_object(admission_own(run), STR("spec"), a);
    Value *selector = value_need_object(spec, STR("nodeSelector"), a);
    VALUE_EACH_MEMBER(m, wanted) {
        value_set(selector, member_key(m), m->value, a);
    }
    value_sort_keys(selector);
    admission_note(run, "adds the node selector of the runtime class");
    return true;
}

/* -- tolerations --------------------------------------------------------------------------------
 */

static Str text(const Value *toleration, const char *field)
{
    Str s = value_get_str(toleration, str_from_c(field));
    return s.ptr ? s : STR("");
}

static bool tolerations_equal(const Value *a, const Value *b)
{
    OptInt64 seconds_a = value_get_int(a, STR("tolerationSeconds"));
    OptInt64 seconds_b = value_get_int(b, STR("tolerationSeconds"));
    return str_eq(text(a, "key"), text(b, "key")) &&
           str_eq(text(a, "operator"), text(b, "operator")) &&
           str_eq(text(a, "value"), text(b, "value")) &&
           str_eq(text(a, "effect"), text(b, "effect")) && seconds_a.set == seconds_b.set &&
           seconds_a.value == seconds_b.value;
}

/* Does wide tolerate all that t does? */
static bool covers(const Value *wide, const Value *t)
{
    if (tolerations_equal(wide, t)) {
        return true;
    }
    Str operator= text(wide, "operator");
    bool exists = str_eq(operator, STR("Exists"));
    if (!str_eq(text(t, "key"), text(wide, "key")) && (text(wide, "key").len > 0 || !exists)) {
        return false;
    }
    Str effect = text(wide, "effect");
    if (effect.len > 0 && !str_eq(text(t, "effect"), effect)) {
        return false;
    }
    OptInt64 most = value_get_int(wide, STR("tolerationSeconds"));
    if (str_eq(effect, STR("NoExecute")) && most.set) {
        OptInt64 seconds = value_get_int(t, STR("tolerationSeconds"));
        if (!seconds.set || seconds.value > most.value) {
            return false;
        }
    }
    if (operator.len == 0 || str_eq(operator, STR("Equal"))) {
        return str_eq(text(t, "operator"), STR("Equal")) &&
               str_eq(text(t, "value"), text(wide, "value"));
    }
    return exists;
}

/* The pod's tolerations and the class's, without those that another one covers. */
static void merge_tolerations(AdmissionRun *run, const Value *wanted)
{
    Arena *a = run->arena;
    const Value *given = value_at(&run->object, "spec", "tolerations", NULL);
    Value all = value_array();
    VALUE_EACH_ITEM(t, given) {
        value_add(&all, *t, a);
    }
    VALUE_EACH_ITEM(t, wanted) {
        value_add(&all, value_copy(t, a), a);
    }
    Value merged = value_array();
    for (uint32_t i = 0; i < all.len; i++) {
        const Value *t = &all.items[i];
        bool redundant = false;
        for (uint32_t j = 0; j < merged.len && !redundant; j++) {
            redundant = covers(&merged.items[j], t);
        }
        for (uint32_t j = i + 1; j < all.len && !redundant; j++) {
            redundant = covers(&all.items[j], t) && !tolerations_equal(&all.items[j], t);
        }
        if (!redundant) {
            value_add(&merged, *t, a);
        }
    }
    Value *spec = value_need_object(admission_own(run), STR("spec"), a);
    if (merged.len > 0) {
        value_set_lit(spec, "tolerations", merged, a);
    } else {
        value_remove(spec, STR("tolerations"));
    }
}

static bool mutate(AdmissionRun *run)
{
    const Value *class;
    if (!admission_is_pod(run)) {
        return true;
    }
    if (!find_class(run, &class)) {
        return false;
    }
    if (class == NULL) {
        return true;
    }
    if (!set_overhead(run, class)) {
        return false;
    }
    const Value *scheduling = class_part(class, "scheduling");
    if (value_is_null(scheduling)) {
        return true;
    }
    if (!merge_node_selector(run, value_get_lit(scheduling, "nodeSelector"))) {
        return false;
    }
    merge_tolerations(run, value_get_lit(scheduling, "tolerations"));
    return true;
}

static bool validate(AdmissionRun *run)
{
    const Value *class;
    if (!admission_is_pod(run)) {
        return true;
    }
    if (!find_class(run, &class)) {
        return false;
    }
    if (!kube_has(run->request->target, FEATURE_POD_OVERHEAD)) {
        return true;
    }
    const Value *overhead = class ? class_part(class, "overhead") : NULL;
    const Value *given = value_at(&run->object, "spec", "overhead", NULL);
    if (value_is_null(overhead)) {
        return value_is_null(given) ||
               admission_forbid(run, "pod rejected: Pod Overhead set without corresponding "
                                     "RuntimeClass defined Overhead");
    }
    const Value *fixed = value_get_lit(overhead, "podFixed");
    if (!value_is_null(fixed) && !resources_equal(fixed, given, run->arena)) {
        return admission_forbid(
            run, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
    }
    return true;
}

const AdmissionPlugin admission_runtime_class = {
    .name = STR_INIT("RuntimeClass"),
    .operations = ADMISSION_CREATE,
    .mutate = mutate,
    .validate = validate,
};
