/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defaults of a structural schema put into an object.
 *
 * Source: k8s.io/apiextensions-apiserver pkg/apiserver/schema/defaulting/algorithm.go
 */
#include "kube/crd/structural.h"

static bool is_unwanted_null(const Value *v, const CrdSchema *s)
{
    return v->kind == VALUE_NULL && s && !s->nullable;
}

static Value default_of(const CrdSchema *s, Arena *a)
{
    return s->default_value ? value_copy(s->default_value, a) : value_null();
}

static void add_missing(Value *object, const CrdSchema *s, Arena *a)
{
    for (size_t i = 0; i < s->property_count; i++) {
        const CrdSchema *of = s->properties[i].schema;
        if (!of->default_value) {
            continue;
        }
        const Value *v = value_get(object, s->properties[i].name);
        if (!v || is_unwanted_null(v, of)) {
            value_set(object, s->properties[i].name, default_of(of, a), a);
        }
    }
}

/* Bounded by the depth of the schema. */
void crd_apply_defaults(Value *object, const CrdSchema *s, Arena *a)
{
    if (!s) {
        return;
    }
    if (object->kind == VALUE_OBJECT) {
        add_missing(object, s, a);
        VALUE_EACH_MEMBER(m, object) {
            const CrdSchema *of = crd_schema_property(s, member_key(m));
            if (!of && is_unwanted_null(&m->value, s->additional)) {
                m->value = default_of(s->additional, a);
            }
            crd_apply_defaults(&m->value, of ? of : s->additional, a);
        }
    }
    for (size_t i = 0; object->kind == VALUE_ARRAY && i < object->len; i++) {
        if (is_unwanted_null(&object->items[i], s->items)) {
            object->items[i] = default_of(s->items, a);
        }
        crd_apply_defaults(&object->items[i], s->items, a);
    }
}
