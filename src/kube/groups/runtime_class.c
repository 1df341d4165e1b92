/* SPDX-License-Identifier: Apache-2.0 */
/* RuntimeClasses. */
#include "kube/groups/runtime_class.h"

#include "kube/groups/meta_checks.h"
#include "kube/pod/check.h"

static bool same_toleration(const Value *a, const Value *b)
{
    return str_eq(str_of(a, "key"), str_of(b, "key")) &&
           str_eq(str_of(a, "operator"), str_of(b, "operator")) &&
           str_eq(str_of(a, "value"), str_of(b, "value")) &&
           str_eq(str_of(a, "effect"), str_of(b, "effect"));
}

static void check_scheduling(PodCheck *c, const Value *scheduling, const Path *path)
{
    Path selector = path_child(path, "nodeSelector");
    meta_validate_labels(value_get_lit(scheduling, "nodeSelector"), &selector, c->errs);
    Path tolerations = path_child(path, "tolerations");
    const Value *list = value_get_lit(scheduling, "tolerations");
    check_tolerations(c, list, &tolerations);
    for (size_t i = 0; i < value_len(list); i++) {
        for (size_t before = 0; before < i; before++) {
            if (same_toleration(value_item(list, before), value_item(list, i))) {
                field_duplicate_raw(c->errs, path_index(&tolerations, i),
                                    dump_toleration(value_item(list, i), check_arena(c)));
                break;
            }
        }
    }
}

void runtime_class_validate_create(const Value *class, const KubeTarget *t, FieldErrors *errs)
{
    PodCheck c = { .errs = errs, .target = t };
    check_plain_meta(class, false, name_check_dns1123_subdomain, errs);
    Str handler = str_of(class, "handler");
    if (handler.len == 0 && t->minor >= FIELD_DECLARED_SINCE) {
        field_required(errs, path_root("handler"), STR(""));
    } else {
        name_report(errs, path_root("handler"), handler, name_check_dns1123_label(handler));
    }
    const Value *overhead = object_of(class, "overhead");
    const Value *fixed = value_get_lit(overhead, "podFixed");
    if (fixed) { /* checked as limits, and named so */
        Value resources = value_object();
        value_set_lit(&resources, "limits", *fixed, errs->arena);
        Path path = path_root("overhead");
        check_resources(&c, &resources, &path);
    }
    const Value *scheduling = object_of(class, "scheduling");
    if (scheduling) {
        Path path = path_root("scheduling");
        check_scheduling(&c, scheduling, &path);
    }
}

void runtime_class_validate_update(const Value *class, const Value *old, const KubeTarget *t,
                                   FieldErrors *errs)
{
    runtime_class_validate_create(class, t, errs);
    check_plain_meta_update(class, old, errs);
    Str handler = str_of(class, "handler");
    if (str_eq(handler, str_of(old, "handler"))) {
        return;
    }
    if (t->minor >= FIELD_DECLARED_SINCE) {
        field_immutable(errs, path_root("handler"));
    } else {
        field_invalid_str(errs, path_root("handler"), handler, STR("field is immutable"));
    }
}
