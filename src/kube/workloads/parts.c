/* SPDX-License-Identifier: Apache-2.0 */
/* Defaults and what the registry sets, as the kinds of this folder share it. */
#include "kube/workloads/parts.h"

#include "kube/pod/defaults.h"
#include "kube/pod/prepare.h"
#include "kube/pod/spec_diff.h"
#include "kube/schema.h"

void part_default_str(Value *object, Str member, Str text, Arena *a)
{
    if (part_str(object, member).len == 0) {
        value_set(object, member, value_str(text), a);
    }
}

void part_default_int(Value *object, Str member, int64_t n, Arena *a)
{
    if (value_is_null(value_get(object, member))) {
        value_set(object, member, value_int(n), a);
    }
}

void part_default_bool(Value *object, Str member, bool b, Arena *a)
{
    if (value_is_null(value_get(object, member))) {
        value_set(object, member, value_bool(b), a);
    }
}

Value *part_spec(Value *object, Arena *a)
{
    return value_is(object, VALUE_OBJECT) ? value_need_object(object, STR("spec"), a) : NULL;
}

void part_default_template(Value *holder, const KubeTarget *t, Arena *a)
{
    Value *template = value_need_object(holder, STR("template"), a);
    if (template) {
        value_need_object(template, STR("metadata"), a);
        pod_template_apply_defaults(template, t, a);
    }
}

void part_set_generation(Value *object, int64_t generation, Arena *a)
{
    Value *metadata = value_need_object(object, STR("metadata"), a);
    if (metadata) {
        value_set_lit(metadata, "generation", value_int(generation), a);
    }
}

void part_next_generation(Value *object, const Value *old, Arena *a)
{
    const Value *stored = value_at(old, "metadata", "generation", NULL);
    int64_t generation = value_as_int(stored).value;
    part_set_generation(object, generation < INT64_MAX ? generation + 1 : generation, a);
}

void part_keep(Value *object, const Value *old, Str member, Arena *a)
{
    const Value *stored = value_get(old, member);
    if (stored) {
        value_set(object, member, *stored, a);
    } else {
        value_remove(object, member);
    }
}

void part_reset_status(Value *object, Str type, const KubeTarget *t, Arena *a)
{
    const SchemaType *schema = schema_find_type(type);
    Value nothing = value_object();
    Value status = nothing;
    Err err;
    if (schema && !schema_decode(schema, &nothing, t, a, &status, NULL, &err)) {
        status = nothing; /* cannot be: nothing is always right */
    }
    value_set_lit(object, "status", status, a);
}

void part_keep_status(Value *object, const Value *old, Arena *a)
{
    const Value *stored = value_get_lit(old, "status");
    if (stored) {
        value_set_lit(object, "status", *stored, a);
    } else {
        value_remove(object, STR("status"));
    }
}

void part_drop_disabled(Value *spec, const Value *old_spec, const KubeTarget *t, Arena *a)
{
    Value *template = value_get_lit(spec, "template");
    if (value_is(template, VALUE_OBJECT)) {
        pod_drop_disabled_fields(template, value_get_lit(old_spec, "template"), t, a);
    }
}

bool part_is_same(const Value *x, const Value *y, Arena *a)
{
    Buf paths = buf_new(a);
    Path root = path_root("");
    return spec_diff_is_same(x, y, &root, &paths);
}
