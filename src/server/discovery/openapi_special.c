/* SPDX-License-Identifier: Apache-2.0 */
/* Models that no struct stands for: quantities, times, any JSON, and the schemas within definitions
 * of custom resources. */
#include "server/discovery/openapi_build.h"

static const struct {
    Str name;
    const char *type;
    const char *format;
    const char *words;
} specials[OPENAPI_SPECIAL_COUNT] = {
    [OPENAPI_QUANTITY] = { STR_INIT("io.k8s.apimachinery.pkg.api.resource.Quantity"), "string",
                           NULL, "An amount such as 500m, 2 or 1.5Gi." },
    [OPENAPI_TIME] = { STR_INIT("io.k8s.apimachinery.pkg.apis.meta.v1.Time"), "string", "date-time",
                       "A time in the form of RFC 3339, with whole seconds." },
    [OPENAPI_MICRO_TIME] = { STR_INIT("io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime"), "string",
                             "date-time", "A time in the form of RFC 3339, with microseconds." },
    [OPENAPI_INT_OR_STRING] = { STR_INIT("io.k8s.apimachinery.pkg.util.intstr.IntOrString"),
                                "string", "int-or-string", "A whole number, or a string." },
    [OPENAPI_RAW] = { STR_INIT("io.k8s.apimachinery.pkg.runtime.RawExtension"), "object", NULL,
                      "Any object, kept as it is." },
    [OPENAPI_FIELDS] = { STR_INIT("io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1"), "object", NULL,
                         "A set of fields, as a tree of their names." },
    [OPENAPI_PATCH] = { STR_INIT("io.k8s.apimachinery.pkg.apis.meta.v1.Patch"), "object", NULL,
                        "What is to change." },
};

Str openapi_special_name(enum OpenApiSpecial special)
{
    return specials[special].name;
}

static Value typed(const char *type, const char *format, Arena *a)
{
    Value v = value_object();
    if (type) {
        value_set_lit(&v, "type", value_str(str_from_c(type)), a);
    }
    if (format) {
        value_set_lit(&v, "format", value_str(str_from_c(format)), a);
    }
    return v;
}

/* Version 3 can say that there are two types. */
static Value int_or_string(Arena *a)
{
    Value types = value_array();
    value_add(&types, typed("integer", NULL, a), a);
    value_add(&types, typed("string", NULL, a), a);
    Value v = typed(NULL, "int-or-string", a);
    value_set_lit(&v, "oneOf", types, a);
    return v;
}

/* -- schemas ---------------------------------------------------------------------------------- */

/* s string, b boolean, i integer, n number, S schema, J any JSON, B schema or boolean, A schema or
 * list of schemas, L schema or list of strings, D external documentation; [ a list of them, { a
 * map. */
static const struct {
    const char *name;
    const char *type;
    int since;
} schema_properties[] = {
    { "$ref", "s", 0 },
    { "$schema", "s", 0 },
    { "additionalItems", "B", 0 },
    { "additionalProperties", "B", 0 },
    { "allOf", "[S", 0 },
    { "anyOf", "[S", 0 },
    { "default", "J", 0 },
    { "definitions", "{S", 0 },
    { "dependencies", "{L", 0 },
    { "description", "s", 0 },
    { "enum", "[J", 0 },
    { "example", "J", 0 },
    { "exclusiveMaximum", "b", 0 },
    { "exclusiveMinimum", "b", 0 },
    { "externalDocs", "D", 0 },
    { "format", "s", 0 },
    { "id", "s", 0 },
    { "items", "A", 0 },
    { "maxItems", "i", 0 },
    { "maxLength", "i", 0 },
    { "maxProperties", "i", 0 },
    { "maximum", "n", 0 },
    { "minItems", "i", 0 },
    { "minLength", "i", 0 },
    { "minProperties", "i", 0 },
    { "minimum", "n", 0 },
    { "multipleOf", "n", 0 },
    { "not", "S", 0 },
    { "nullable", "b", 0 },
    { "oneOf", "[S", 0 },
    { "pattern", "s", 0 },
    { "patternProperties", "{S", 0 },
    { "properties", "{S", 0 },
    { "required", "[s", 0 },
    { "title", "s", 0 },
    { "type", "s", 0 },
    { "uniqueItems", "b", 0 },
    { "x-kubernetes-embedded-resource", "b", 0 },
    { "x-kubernetes-int-or-string", "b", 0 },
    { "x-kubernetes-list-map-keys", "[s", 0 },
    { "x-kubernetes-list-type", "s", 0 },
    { "x-kubernetes-map-type", "s", 0 },
    { "x-kubernetes-preserve-unknown-fields", "b", 0 },
    { "x-kubernetes-validations", "[J", 23 },
};

static const struct {
    char letter;
    const char *model;
} schema_models[] = {
    { 'S', "JSONSchemaProps" },
    { 'J', "JSON" },
    { 'B', "JSONSchemaPropsOrBool" },
    { 'A', "JSONSchemaPropsOrArray" },
    { 'L', "JSONSchemaPropsOrStringArray" },
    { 'D', "ExternalDocumentation" },
};

Str openapi_schema_model_name(Str version, const char *name, Arena *a)
{
    return arena_printf(a, "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.%.*s.%s",
                        STR_ARG(version), name);
}

static Value property_of(const OpenApiBuild *b, Str version, const char *type)
{
    Arena *a = b->arena;
    switch (*type) {
    case 's':
        return typed("string", NULL, a);
    case 'b':
        return typed("boolean", NULL, a);
    case 'i':
        return typed("integer", "int64", a);
    case 'n':
        return typed("number", "double", a);
    case '[':
    case '{': {
        Value v = typed(*type == '[' ? "array" : "object", NULL, a);
        value_set(&v, *type == '[' ? STR("items") : STR("additionalProperties"),
                  property_of(b, version, type + 1), a);
        return v;
    }
    default:
        break;
    }
    for (size_t i = 0; i < COUNT_OF(schema_models); i++) {
        if (schema_models[i].letter == *type) {
            return openapi_ref(b, openapi_schema_model_name(version, schema_models[i].model, a));
        }
    }
    return value_object();
}

static void write_schema_models(OpenApiBuild *b, Str version)
{
    Arena *a = b->arena;
    Value properties = value_object();
    for (size_t i = 0; i < COUNT_OF(schema_properties); i++) {
        if (b->target->minor >= schema_properties[i].since) {
            value_set(&properties, str_from_c(schema_properties[i].name),
                      property_of(b, version, schema_properties[i].type), a);
        }
    }
    Value docs = value_object();
    value_set_lit(&docs, "description", typed("string", NULL, a), a);
    value_set_lit(&docs, "url", typed("string", NULL, a), a);
    for (size_t i = 0; i < COUNT_OF(schema_models); i++) {
        char letter = schema_models[i].letter;
        Value model = typed(letter == 'S' || letter == 'D' ? "object" : NULL, NULL, a);
        if (letter == 'S' || letter == 'D') {
            value_set_lit(&model, "properties", letter == 'S' ? properties : docs, a);
        } else {
            value_set_lit(&model, "description", value_str(STR("One of several forms of JSON.")),
                          a);
        }
        value_set(&b->models, openapi_schema_model_name(version, schema_models[i].model, a), model,
                  a);
    }
}

void openapi_write_special_models(OpenApiBuild *b)
{
    Arena *a = b->arena;
    for (int i = 0; i < OPENAPI_SPECIAL_COUNT; i++) {
        Value model = b->is_v3 && i == OPENAPI_INT_OR_STRING
                          ? int_or_string(a)
                          : typed(specials[i].type, specials[i].format, a);
        value_set_lit(&model, "description", value_str(str_from_c(specials[i].words)), a);
        value_set(&b->models, specials[i].name, model, a);
    }
    if (b->wants_schemas) {
        write_schema_models(b, STR("v1"));
        if (b->target->minor < 22) {
            write_schema_models(b, STR("v1beta1"));
        }
    }
}
