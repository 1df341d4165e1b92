/* SPDX-License-Identifier: Apache-2.0 */
/* What the kinds of apps/v1 have in common. */
#include "kube/workloads/replicated.h"

#include "kube/pod/validate.h"
#include "kube/selector.h"

void replicated_default_share(Value *object, Str member, Arena *a)
{
    if (object && value_is_null(value_get(object, member))) {
        value_set(object, member, value_str(STR("25%")), a);
    }
}

const Value *replicated_annotations(const Value *object, Arena *a)
{
    /* As a map by itself, whose empty form is none. */
    Value *holder = new(a, Value, 1);
    *holder = value_object();
    const Value *annotations = value_at(object, "metadata", "annotations", NULL);
    if (annotations) {
        value_set_lit(holder, "annotations", *annotations, a);
    }
    return holder;
}

void replicated_prepare_create(Value *object, Str status_type, const KubeTarget *t, Arena *a)
{
    part_reset_status(object, status_type, t, a);
    part_set_generation(object, 1, a);
    part_drop_disabled(value_get_lit(object, "spec"), NULL, t, a);
}

void replicated_prepare_update(Value *object, const Value *old, const KubeTarget *t, Arena *a)
{
    part_keep_status(object, old, a);
    part_drop_disabled(value_get_lit(object, "spec"), value_get_lit(old, "spec"), t, a);
    if (!part_is_same(value_get_lit(object, "spec"), value_get_lit(old, "spec"), a)) {
        part_next_generation(object, old, a);
    }
}

void replicated_prepare_status(Value *object, const Value *old, const KubeTarget *t, Arena *a)
{
    (void)t;
    part_keep(object, old, STR("spec"), a);
}

void replicated_check_template(FieldErrors *errs, const Value *spec, const Path *path,
                               const KubeTarget *t)
{
    const Value *selector = object_of(spec, "selector");
    const Value *template = value_get_lit(spec, "template");
    Path selector_path = path_child(path, "selector");
    Path template_path = path_child(path, "template");
    if (!selector) {
        field_required(errs, selector_path, STR(""));
    } else {
        label_selector_validate(selector, &selector_path, errs);
        if (part_selector_is_empty(selector)) {
            part_selector_invalid(errs, selector_path, selector,
                                  STR("empty selector is invalid for deployment"));
        }
    }
    if (!part_check_selects(errs, selector, template, true, &template_path)) {
        part_selector_invalid(errs, selector_path, selector, STR("invalid label selector"));
        return;
    }
    pod_template_validate(template, &template_path, t, errs);
    if (int_of(spec, "replicas") > 1) {
        part_check_shared_disks(errs, template, &template_path);
    }
    part_check_runs_always(errs, template, "ReplicaSet", &template_path);
}

Str replicated_dump_strategy(const char *type, const char *rolling, const Value *strategy, Arena *a)
{
    Buf b = buf_new(a);
    buf_printf(&b, "%s{Type:", type);
    buf_go_quoted(&b, str_of(strategy, "type"));
    buf_lit(&b, ", RollingUpdate:");
    buf_add(&b, dump_pointer(value_get_lit(strategy, "rollingUpdate"), rolling, a));
    buf_byte(&b, '}');
    return buf_str(&b);
}
