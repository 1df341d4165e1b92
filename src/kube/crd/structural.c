/* SPDX-License-Identifier: Apache-2.0 */
/* Schemas of custom resources: compiling them, and looking into them. */
#include "kube/crd/structural.h"

#include <stdlib.h>

static Str text_of(const Value *schema, const char *key)
{
    Str s = value_get_str(schema, str_from_c(key));
    return s.ptr ? s : STR("");
}

static bool truth_of(const Value *schema, const char *key)
{
    return value_get_bool(schema, str_from_c(key)).value;
}

static CrdNumber number_of(const Value *schema, const char *key)
{
    const Value *v = value_get(schema, str_from_c(key));
    if (!v) {
        return (CrdNumber){ 0 };
    }
    switch ((ValueKind)v->kind) {
    case VALUE_INT:
        return (CrdNumber){ true, (double)v->i };
    case VALUE_UINT:
        return (CrdNumber){ true, (double)v->u };
    case VALUE_FLOAT:
        return (CrdNumber){ true, v->f };
    default:
        return (CrdNumber){ 0 };
    }
}

static CrdSchemas list_of(const Value *list, Arena *a)
{
    CrdSchemas out = { new(a, CrdSchema *, value_len(list)), 0 };
    VALUE_EACH_ITEM(v, list) {
        CrdSchema *s = crd_schema_compile(v, a);
        out.items[out.count++] = s ? s : new(a, CrdSchema, 1);
    }
    return out;
}

static int by_name(const void *x, const void *y)
{
    return str_cmp(((const CrdProperty *)x)->name, ((const CrdProperty *)y)->name);
}

static CrdProperty *map_of(const Value *map, Arena *a, size_t *count)
{
    *count = 0;
    CrdProperty *out = value_is(map, VALUE_OBJECT) ? new(a, CrdProperty, map->len) : NULL;
    VALUE_EACH_MEMBER(m, map) {
        CrdSchema *s = crd_schema_compile(&m->value, a);
        out[(*count)++] = (CrdProperty){ member_key(m), s };
    }
    if (*count > 1) {
        qsort(out, *count, sizeof(*out), by_name);
    }
    return out;
}

static void fill_missing(CrdProperty *map, size_t count, Arena *a)
{
    for (size_t i = 0; i < count; i++) {
        map[i].schema = map[i].schema ? map[i].schema : new(a, CrdSchema, 1);
    }
}

static void compile_structure(const Value *v, Arena *a, CrdSchema *s)
{
    s->type = text_of(v, "type");
    s->title = text_of(v, "title");
    s->description = text_of(v, "description");
    const Value *default_value = value_get_lit(v, "default");
    s->default_value = value_is_null(default_value) ? NULL : default_value;
    s->nullable = truth_of(v, "nullable");
    const Value *items = value_get_lit(v, "items");
    s->has_items = value_is(items, VALUE_OBJECT) || value_is(items, VALUE_ARRAY);
    s->items = crd_schema_compile(items, a);
    s->items_list = list_of(items, a);
    s->properties = map_of(value_get_lit(v, "properties"), a, &s->property_count);
    fill_missing(s->properties, s->property_count, a);
    const Value *additional = value_get_lit(v, "additionalProperties");
    s->has_additional = value_is(additional, VALUE_OBJECT) || value_is(additional, VALUE_BOOL);
    s->additional = crd_schema_compile(additional, a);
    s->additional_allows = s->additional || value_as_bool(additional).value;
}

static void compile_extensions(const Value *v, Arena *a, CrdSchema *s)
{
    OptBool preserve = value_get_bool(v, STR("x-kubernetes-preserve-unknown-fields"));
    s->preserve_unknown_fields = preserve.set && preserve.value;
    s->forbids_unknown_fields = preserve.set && !preserve.value;
    s->embedded_resource = truth_of(v, "x-kubernetes-embedded-resource");
    s->int_or_string = truth_of(v, "x-kubernetes-int-or-string");
    s->list_map_keys = value_str_list(value_get_lit(v, "x-kubernetes-list-map-keys"), a);
    s->list_type = value_get_str(v, STR("x-kubernetes-list-type"));
    s->map_type = value_get_str(v, STR("x-kubernetes-map-type"));
    const Value *rules = value_get_lit(v, "x-kubernetes-validations");
    s->rules = value_len(rules) ? rules : NULL;
}

static void compile_pattern(Arena *a, CrdSchema *s)
{
    Str problem = STR_ABSENT;
    if (s->pattern.len && !regex_compile(s->pattern, a, &s->regex, &problem)) {
        s->regex = NULL;
        s->pattern_problem = problem;
    }
}

static void compile_checks(const Value *v, Arena *a, CrdSchema *s)
{
    s->format = text_of(v, "format");
    s->maximum = number_of(v, "maximum");
    s->minimum = number_of(v, "minimum");
    s->exclusive_maximum = truth_of(v, "exclusiveMaximum");
    s->exclusive_minimum = truth_of(v, "exclusiveMinimum");
    s->max_length = value_get_int(v, STR("maxLength"));
    s->min_length = value_get_int(v, STR("minLength"));
    s->pattern = text_of(v, "pattern");
    compile_pattern(a, s);
    s->max_items = value_get_int(v, STR("maxItems"));
    s->min_items = value_get_int(v, STR("minItems"));
    s->unique_items = truth_of(v, "uniqueItems");
    s->multiple_of = number_of(v, "multipleOf");
    const Value *enums = value_get_lit(v, "enum");
    s->enums = value_is(enums, VALUE_ARRAY) && enums->len ? enums : NULL;
    s->max_properties = value_get_int(v, STR("maxProperties"));
    s->min_properties = value_get_int(v, STR("minProperties"));
    s->required = value_str_list(value_get_lit(v, "required"), a);
    s->all_of = list_of(value_get_lit(v, "allOf"), a);
    s->one_of = list_of(value_get_lit(v, "oneOf"), a);
    s->any_of = list_of(value_get_lit(v, "anyOf"), a);
    s->not_of = crd_schema_compile(value_get_lit(v, "not"), a);
}

static void compile_refused(const Value *v, Arena *a, CrdSchema *s)
{
    s->id = text_of(v, "id");
    s->schema_url = text_of(v, "$schema");
    s->ref = value_get_str(v, STR("$ref"));
    s->pattern_properties = map_of(value_get_lit(v, "patternProperties"), a,
                                   &s->pattern_property_count);
    fill_missing(s->pattern_properties, s->pattern_property_count, a);
    s->definitions = map_of(value_get_lit(v, "definitions"), a, &s->definition_count);
    fill_missing(s->definitions, s->definition_count, a);
    const Value *dependencies = value_get_lit(v, "dependencies");
    s->has_dependencies = value_is(dependencies, VALUE_OBJECT);
    s->dependencies = map_of(dependencies, a, &s->dependency_count);
    const Value *more = value_get_lit(v, "additionalItems");
    s->has_additional_items = value_is(more, VALUE_OBJECT) || value_is(more, VALUE_BOOL);
    s->additional_items = crd_schema_compile(more, a);
}

CrdSchema *crd_schema_compile(const Value *schema, Arena *a)
{
    if (!value_is(schema, VALUE_OBJECT)) {
        return NULL;
    }
    CrdSchema *s = new(a, CrdSchema, 1);
    s->source = schema;
    s->typed.kind = SCHEMA_CUSTOM;
    compile_structure(schema, a, s);
    compile_extensions(schema, a, s);
    compile_checks(schema, a, s);
    compile_refused(schema, a, s);
    return s;
}

/* -- looking into one --------------------------------------------------------------------------
 */

const CrdSchema *crd_schema_property(const CrdSchema *s, Str name)
{
    if (!s || !s->property_count) {
        return NULL;
    }
    CrdProperty key = { name, NULL };
    const CrdProperty *found = bsearch(&key, s->properties, s->property_count, sizeof(key),
                                       by_name);
    return found ? found->schema : NULL;
}

const CrdSchema *crd_schema_member(const CrdSchema *s, Str name)
{
    const CrdSchema *found = crd_schema_property(s, name);
    return found || !s ? found : s->additional;
}

static bool any_has(const CrdSchemas *list, bool (*predicate)(const CrdSchema *))
{
    for (size_t i = 0; i < list->count; i++) {
        if (crd_schema_has(list->items[i], predicate)) {
            return true;
        }
    }
    return false;
}

static bool map_has_one(const CrdProperty *map, size_t count, bool (*predicate)(const CrdSchema *))
{
    for (size_t i = 0; i < count; i++) {
        if (crd_schema_has(map[i].schema, predicate)) {
            return true;
        }
    }
    return false;
}

bool crd_schema_has(const CrdSchema *s, bool (*predicate)(const CrdSchema *))
{
    return s && (predicate(s) || crd_schema_has(s->items, predicate) ||
                 any_has(&s->items_list, predicate) || any_has(&s->all_of, predicate) ||
                 any_has(&s->any_of, predicate) || any_has(&s->one_of, predicate) ||
                 crd_schema_has(s->not_of, predicate) ||
                 map_has_one(s->properties, s->property_count, predicate) ||
                 crd_schema_has(s->additional, predicate) ||
                 map_has_one(s->pattern_properties, s->pattern_property_count, predicate) ||
                 crd_schema_has(s->additional_items, predicate) ||
                 map_has_one(s->definitions, s->definition_count, predicate) ||
                 map_has_one(s->dependencies, s->dependency_count, predicate));
}
