/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a definition as Go prints its internal types with %#v. */
#include "kube/crd/definition_view.h"
#include "kube/meta.h"

#define API "apiextensions."

typedef enum DumpForm {
    DUMP_STRING,
    DUMP_BOOL,
    DUMP_POINTER,
    DUMP_STRINGS,
    DUMP_VALUES,
    DUMP_SCHEMAS,
    DUMP_MAP,
} DumpForm;

typedef struct DumpRow {
    const char *name;
    const char *key; /* in JSON */
    DumpForm form;
    const char *type; /* of what a pointer points to; of a map */
} DumpRow;

#define SCHEMA_MAP "map[string]" API "JSONSchemaProps"

static const DumpRow schema_rows[] = {
    { "ID", "id", DUMP_STRING, NULL },
    { "Schema", "$schema", DUMP_STRING, NULL },
    { "Ref", "$ref", DUMP_POINTER, "string" },
    { "Description", "description", DUMP_STRING, NULL },
    { "Type", "type", DUMP_STRING, NULL },
    { "Nullable", "nullable", DUMP_BOOL, NULL },
    { "Format", "format", DUMP_STRING, NULL },
    { "Title", "title", DUMP_STRING, NULL },
    { "Default", "default", DUMP_POINTER, API "JSON" },
    { "Maximum", "maximum", DUMP_POINTER, "float64" },
    { "ExclusiveMaximum", "exclusiveMaximum", DUMP_BOOL, NULL },
    { "Minimum", "minimum", DUMP_POINTER, "float64" },
    { "ExclusiveMinimum", "exclusiveMinimum", DUMP_BOOL, NULL },
    { "MaxLength", "maxLength", DUMP_POINTER, "int64" },
    { "MinLength", "minLength", DUMP_POINTER, "int64" },
    { "Pattern", "pattern", DUMP_STRING, NULL },
    { "MaxItems", "maxItems", DUMP_POINTER, "int64" },
    { "MinItems", "minItems", DUMP_POINTER, "int64" },
    { "UniqueItems", "uniqueItems", DUMP_BOOL, NULL },
    { "MultipleOf", "multipleOf", DUMP_POINTER, "float64" },
    { "Enum", "enum", DUMP_VALUES, NULL },
    { "MaxProperties", "maxProperties", DUMP_POINTER, "int64" },
    { "MinProperties", "minProperties", DUMP_POINTER, "int64" },
    { "Required", "required", DUMP_STRINGS, NULL },
    { "Items", "items", DUMP_POINTER, API "JSONSchemaPropsOrArray" },
    { "AllOf", "allOf", DUMP_SCHEMAS, NULL },
    { "OneOf", "oneOf", DUMP_SCHEMAS, NULL },
    { "AnyOf", "anyOf", DUMP_SCHEMAS, NULL },
    { "Not", "not", DUMP_POINTER, API "JSONSchemaProps" },
    { "Properties", "properties", DUMP_MAP, SCHEMA_MAP },
    { "AdditionalProperties", "additionalProperties", DUMP_POINTER, API "JSONSchemaPropsOrBool" },
    { "PatternProperties", "patternProperties", DUMP_MAP, SCHEMA_MAP },
    { "Dependencies", "dependencies", DUMP_MAP, API "JSONSchemaDependencies" },
    { "AdditionalItems", "additionalItems", DUMP_POINTER, API "JSONSchemaPropsOrBool" },
    { "Definitions", "definitions", DUMP_MAP, API "JSONSchemaDefinitions" },
    { "ExternalDocs", "externalDocs", DUMP_POINTER, API "ExternalDocumentation" },
    { "Example", "example", DUMP_POINTER, API "JSON" },
    { "XPreserveUnknownFields", "x-kubernetes-preserve-unknown-fields", DUMP_POINTER, "bool" },
    { "XEmbeddedResource", "x-kubernetes-embedded-resource", DUMP_BOOL, NULL },
    { "XIntOrString", "x-kubernetes-int-or-string", DUMP_BOOL, NULL },
    { "XListMapKeys", "x-kubernetes-list-map-keys", DUMP_STRINGS, NULL },
    { "XListType", "x-kubernetes-list-type", DUMP_POINTER, "string" },
    { "XMapType", "x-kubernetes-map-type", DUMP_POINTER, "string" },
};

static void dump_text(Str text, Buf *b)
{
    buf_go_quoted(b, text.ptr ? text : STR(""));
}

static void dump_pointer(const char *type, bool is_there, Buf *b)
{
    buf_printf(b, "(*%s)(%s)", type, is_there ? META_POINTER_TEXT : "nil");
}

static void dump_schema(const Value *v, Arena *a, Buf *b);

static void dump_list(const Value *list, DumpForm form, Arena *a, Buf *b)
{
    buf_printf(b, "[]%s",
               form == DUMP_STRINGS  ? "string"
               : form == DUMP_VALUES ? API "JSON"
                                     : API "JSONSchemaProps");
    if (!value_is(list, VALUE_ARRAY)) {
        buf_lit(b, "(nil)");
        return;
    }
    buf_byte(b, '{');
    for (size_t i = 0; i < list->len; i++) {
        const Value *v = &list->items[i];
        buf_add(b, i ? STR(", ") : STR(""));
        if (form == DUMP_SCHEMAS) {
            dump_schema(v, a, b);
        } else if (v->kind == VALUE_NULL) {
            buf_lit(b, API "JSON(nil)");
        } else {
            buf_add(b, crd_go_dump(v, 0, a));
        }
    }
    buf_byte(b, '}');
}

static void dump_dependency(const Value *v, Arena *a, Buf *b)
{
    buf_lit(b, API "JSONSchemaPropsOrStringArray{Schema:");
    dump_pointer(API "JSONSchemaProps", value_is(v, VALUE_OBJECT), b);
    buf_lit(b, ", Property:");
    dump_list(v, DUMP_STRINGS, a, b);
    buf_byte(b, '}');
}

static void dump_map(const Value *map, const char *type, Arena *a, Buf *b)
{
    size_t count;
    const Member *members = meta_sorted_members(map, a, &count);
    bool dependencies = strcmp(type, API "JSONSchemaDependencies") == 0;
    buf_printf(b, "%s%s", type, value_is(map, VALUE_OBJECT) ? "{" : "(nil)");
    for (size_t i = 0; i < count; i++) {
        buf_add(b, i ? STR(", ") : STR(""));
        dump_text(member_key(&members[i]), b);
        buf_byte(b, ':');
        (dependencies ? dump_dependency : dump_schema)(&members[i].value, a, b);
    }
    buf_add(b, value_is(map, VALUE_OBJECT) ? STR("}") : STR(""));
}

/* Bounded by the depth that documents are read with. */
static void dump_schema(const Value *schema, Arena *a, Buf *b)
{
    buf_lit(b, API "JSONSchemaProps{");
    for (size_t i = 0; i < COUNT_OF(schema_rows); i++) {
        const DumpRow *row = &schema_rows[i];
        const Value *v = value_get(schema, str_from_c(row->key));
        buf_printf(b, "%s%s:", i ? ", " : "", row->name);
        switch (row->form) {
        case DUMP_STRING:
            dump_text(value_as_str(v), b);
            break;
        case DUMP_BOOL:
            buf_add(b, value_as_bool(v).value ? STR("true") : STR("false"));
            break;
        case DUMP_POINTER:
            dump_pointer(row->type, !value_is_null(v), b);
            break;
        case DUMP_STRINGS:
        case DUMP_VALUES:
        case DUMP_SCHEMAS:
            dump_list(v, row->form, a, b);
            break;
        case DUMP_MAP:
            dump_map(v, row->type, a, b);
            break;
        }
    }
    buf_byte(b, '}');
}

Str definition_dump_schema(const CrdSchema *s, Arena *a)
{
    Buf b = buf_new(a);
    dump_schema(s->source, a, &b);
    return buf_str(&b);
}

Str definition_dump_items(const CrdSchema *s, Arena *a)
{
    Buf b = buf_new(a);
    buf_lit(&b, API "JSONSchemaPropsOrArray{Schema:(*" API "JSONSchemaProps)(nil), JSONSchemas:");
    dump_list(value_get_lit(s->source, "items"), DUMP_SCHEMAS, a, &b);
    buf_byte(&b, '}');
    return buf_str(&b);
}

/* -- versions ---------------------------------------------------------------------------------- */

static void dump_columns(const Value *columns, Buf *b)
{
    buf_printf(b, "[]" API "CustomResourceColumnDefinition%s", columns ? "{" : "(nil)");
    for (size_t i = 0; i < value_len(columns); i++) {
        const Value *v = value_item(columns, i);
        Str path = value_get_str(v, STR("jsonPath"));
        buf_printf(b, "%s" API "CustomResourceColumnDefinition{Name:", i ? ", " : "");
        dump_text(value_get_str(v, STR("name")), b);
        buf_lit(b, ", Type:");
        dump_text(value_get_str(v, STR("type")), b);
        buf_lit(b, ", Format:");
        dump_text(value_get_str(v, STR("format")), b);
        buf_lit(b, ", Description:");
        dump_text(value_get_str(v, STR("description")), b);
        buf_printf(
            b, ", Priority:%lld, JSONPath:", (long long)value_get_int(v, STR("priority")).value);
        dump_text(path.ptr ? path : value_get_str(v, STR("JSONPath")), b);
        buf_byte(b, '}');
    }
    buf_add(b, columns ? STR("}") : STR(""));
}

static void dump_version(const DefinitionVersion *v, Buf *b)
{
    buf_lit(b, API "CustomResourceDefinitionVersion{Name:");
    dump_text(v->name, b);
    buf_printf(b, ", Served:%s, Storage:%s, Deprecated:%s, DeprecationWarning:",
               v->served ? "true" : "false", v->storage ? "true" : "false",
               v->deprecated ? "true" : "false");
    dump_pointer("string", v->warning.ptr, b);
    buf_lit(b, ", Schema:");
    dump_pointer(API "CustomResourceValidation", v->own.has_schema, b);
    buf_lit(b, ", Subresources:");
    dump_pointer(API "CustomResourceSubresources", v->own.subresources, b);
    buf_lit(b, ", AdditionalPrinterColumns:");
    dump_columns(v->own.columns, b);
    buf_byte(b, '}');
}

Str definition_dump_version(const DefinitionVersion *v, Arena *a)
{
    Buf b = buf_new(a);
    dump_version(v, &b);
    return buf_str(&b);
}

Str definition_dump_versions(const Definition *d, Arena *a)
{
    Buf b = buf_new(a);
    buf_printf(&b, "[]" API "CustomResourceDefinitionVersion%s", d->has_versions ? "{" : "(nil)");
    for (size_t i = 0; i < d->version_count; i++) {
        buf_add(&b, i ? STR(", ") : STR(""));
        dump_version(&d->versions[i], &b);
    }
    buf_add(&b, d->has_versions ? STR("}") : STR(""));
    return buf_str(&b);
}
