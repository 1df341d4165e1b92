/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Schemas as OpenAPI publishes them. Version 2 has no form for some of what they say, and kubectl
 * cannot read some of the rest: that is left out, so that it is not checked rather than refused.
 *
 * Source: k8s.io/apiextensions-apiserver pkg/controller/openapi/{v2,builder},
 * pkg/apiserver/schema/unfold.go
 */
#include "kube/crd/structural.h"

typedef struct Publisher {
    bool is_v3;
    Arena *arena;
} Publisher;

static Value publish(const Publisher *p, const CrdSchema *s);

static bool is_one_of(Str key, const Str *list, size_t count)
{
    return str_list_has((StrList){ list, count }, key);
}

/* Members that are not taken over. */
static bool is_left_out(const Publisher *p, const CrdSchema *s, Str key)
{
    static const Str never[] = { STR_INIT("id"), STR_INIT("$schema"), STR_INIT("$ref"),
                                 STR_INIT("externalDocs"), STR_INIT("example") };
    static const Str not_in_v2[] = { STR_INIT("allOf"),    STR_INIT("anyOf"),
                                     STR_INIT("oneOf"),    STR_INIT("not"),
                                     STR_INIT("nullable"), STR_INIT("x-kubernetes-validations") };
    static const Str children[] = { STR_INIT("items"), STR_INIT("properties") };
    if (is_one_of(key, never, COUNT_OF(never))) {
        return true;
    }
    if (p->is_v3) {
        return false;
    }
    bool is_open = s->nullable || s->preserve_unknown_fields;
    bool has_items = s->items && !is_open;
    bool no_type = s->nullable || (str_eq(s->type, STR("array")) && !has_items) ||
                   (s->preserve_unknown_fields && str_eq(s->type, STR("object")));
    return is_one_of(key, not_in_v2, COUNT_OF(not_in_v2)) ||
           (is_open && is_one_of(key, children, COUNT_OF(children))) ||
           (no_type && str_eq(key, STR("type")));
}

static Value publish_properties(const Publisher *p, const CrdSchema *s)
{
    Value out = value_object();
    for (size_t i = 0; i < s->property_count; i++) {
        value_append(&out, s->properties[i].name, publish(p, s->properties[i].schema), p->arena);
    }
    return out;
}

/* In version 2 what may be null is not required, as null counts as missing there. */
static Value publish_required(const Publisher *p, const CrdSchema *s)
{
    Value out = value_array();
    bool all = !p->is_v3 && s->additional && s->additional->nullable;
    bool has_properties = !s->nullable && !s->preserve_unknown_fields;
    for (size_t i = 0; i < s->required.count && !all; i++) {
        const CrdSchema *of = crd_schema_property(s, s->required.items[i]);
        if (p->is_v3 || !has_properties || !of || !of->nullable) {
            value_add(&out, value_str(s->required.items[i]), p->arena);
        }
    }
    return out;
}

/* integer or string, as a choice */
static Value int_or_string(Arena *a)
{
    static const Str names[] = { STR_INIT("integer"), STR_INIT("string") };
    Value list = value_array();
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        Value type = value_object();
        value_set_lit(&type, "type", value_str(names[i]), a);
        value_add(&list, type, a);
    }
    return list;
}

static bool is_choice_of_types(const CrdSchemas *any_of)
{
    return any_of->count == 2 && str_eq(any_of->items[0]->type, STR("integer")) &&
           str_eq(any_of->items[1]->type, STR("string"));
}

/* What x-kubernetes-int-or-string means, in words of OpenAPI. */
static void unfold(const CrdSchema *s, Value *out, Arena *a)
{
    if (!s->int_or_string || is_choice_of_types(&s->any_of) ||
        (s->all_of.count && is_choice_of_types(&s->all_of.items[0]->any_of))) {
        return;
    }
    Value choice = int_or_string(a);
    if (s->any_of.count == 0) {
        value_set_lit(out, "anyOf", choice, a);
        return;
    }
    Value all = value_array(), first = value_object();
    value_set_lit(&first, "anyOf", choice, a);
    value_add(&all, first, a);
    VALUE_EACH_ITEM(v, value_get_lit(out, "allOf")) {
        value_add(&all, *v, a);
    }
    value_set_lit(out, "allOf", all, a);
}

static Value text_type(Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "type", value_str(STR("string")), a);
    return v;
}

/* What an embedded resource has besides. */
static void embed(const Publisher *p, const CrdSchema *s, Value *out)
{
    static const Str named[] = { STR_INIT("kind"), STR_INIT("apiVersion") };
    Arena *a = p->arena;
    if (!s->embedded_resource || (!p->is_v3 && s->preserve_unknown_fields)) {
        return;
    }
    Value *properties = value_need_object(out, STR("properties"), a);
    Value object = value_object(), required = value_array();
    value_set_lit(&object, "type", value_str(STR("object")), a);
    value_set_lit(properties, "apiVersion", text_type(a), a);
    value_set_lit(properties, "kind", text_type(a), a);
    value_set_lit(properties, "metadata", object, a);
    VALUE_EACH_ITEM(v, value_get_lit(out, "required")) {
        value_add(&required, *v, a);
    }
    for (size_t i = 0; i < COUNT_OF(named); i++) {
        if (!str_list_has(s->required, named[i])) {
            value_add(&required, value_str(named[i]), a);
        }
    }
    value_set_lit(out, "required", required, a);
}

/* Bounded by the depth that documents are read with. */
static Value publish(const Publisher *p, const CrdSchema *s)
{
    Value out = value_object();
    VALUE_EACH_MEMBER(m, s->source) {
        Str key = member_key(m);
        Value v = m->value;
        if (is_left_out(p, s, key)) {
            continue;
        }
        if (str_eq(key, STR("properties"))) {
            v = publish_properties(p, s);
        } else if (str_eq(key, STR("required"))) {
            v = publish_required(p, s);
            if (v.len == 0) {
                continue;
            }
        } else if (str_eq(key, STR("items")) && s->items) {
            v = publish(p, s->items);
        } else if (str_eq(key, STR("additionalProperties")) && s->additional) {
            v = publish(p, s->additional);
        }
        value_append(&out, key, v, p->arena);
    }
    if (p->is_v3) {
        unfold(s, &out, p->arena);
    }
    embed(p, s, &out);
    return out;
}

/* One that is not structural says nothing that a client could go by. */
static Value publish_version(const CrdVersion *v, bool is_v3, Arena *a)
{
    Publisher p = { is_v3, a };
    FieldErrors errs = field_errors_new(a);
    Value open = value_object();
    if (v->schema && !crd_schema_problem(v->schema, a).ptr) {
        crd_validate_structural(v->schema, NULL, &errs);
        if (errs.count == 0) {
            return publish(&p, v->schema);
        }
    }
    value_set_lit(&open, "type", value_str(STR("object")), a);
    value_set_lit(&open, "x-kubernetes-preserve-unknown-fields", value_bool(true), a);
    return open;
}

Value crd_openapi_v2(const Crd *crd, const CrdVersion *v, Arena *a)
{
    (void)crd;
    return publish_version(v, false, a);
}

Value crd_openapi_v3(const Crd *crd, const CrdVersion *v, Arena *a)
{
    (void)crd;
    return publish_version(v, true, a);
}
