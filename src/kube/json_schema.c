/* SPDX-License-Identifier: Apache-2.0 */
/* The members of an OpenAPI schema. */
#include "kube/json_schema.h"

static const JsonSchemaRow schema_rows[] = {
    { 1, JSON_SCHEMA_STRING, false, 0, STR_INIT("id") },
    { 2, JSON_SCHEMA_STRING, false, 0, STR_INIT("$schema") },
    { 3, JSON_SCHEMA_STRING, true, 0, STR_INIT("$ref") },
    { 4, JSON_SCHEMA_STRING, false, 0, STR_INIT("description") },
    { 5, JSON_SCHEMA_STRING, false, 0, STR_INIT("type") },
    { 6, JSON_SCHEMA_STRING, false, 0, STR_INIT("format") },
    { 7, JSON_SCHEMA_STRING, false, 0, STR_INIT("title") },
    { 8, JSON_SCHEMA_JSON, true, 0, STR_INIT("default") },
    { 9, JSON_SCHEMA_DOUBLE, true, 0, STR_INIT("maximum") },
    { 10, JSON_SCHEMA_BOOL, false, 0, STR_INIT("exclusiveMaximum") },
    { 11, JSON_SCHEMA_DOUBLE, true, 0, STR_INIT("minimum") },
    { 12, JSON_SCHEMA_BOOL, false, 0, STR_INIT("exclusiveMinimum") },
    { 13, JSON_SCHEMA_INT, true, 0, STR_INIT("maxLength") },
    { 14, JSON_SCHEMA_INT, true, 0, STR_INIT("minLength") },
    { 15, JSON_SCHEMA_STRING, false, 0, STR_INIT("pattern") },
    { 16, JSON_SCHEMA_INT, true, 0, STR_INIT("maxItems") },
    { 17, JSON_SCHEMA_INT, true, 0, STR_INIT("minItems") },
    { 18, JSON_SCHEMA_BOOL, false, 0, STR_INIT("uniqueItems") },
    { 19, JSON_SCHEMA_DOUBLE, true, 0, STR_INIT("multipleOf") },
    { 20, JSON_SCHEMA_JSONS, false, 0, STR_INIT("enum") },
    { 21, JSON_SCHEMA_INT, true, 0, STR_INIT("maxProperties") },
    { 22, JSON_SCHEMA_INT, true, 0, STR_INIT("minProperties") },
    { 23, JSON_SCHEMA_STRINGS, false, 0, STR_INIT("required") },
    { 24, JSON_SCHEMA_SCHEMA_OR_LIST, true, 0, STR_INIT("items") },
    { 25, JSON_SCHEMA_SCHEMAS, false, 0, STR_INIT("allOf") },
    { 26, JSON_SCHEMA_SCHEMAS, false, 0, STR_INIT("oneOf") },
    { 27, JSON_SCHEMA_SCHEMAS, false, 0, STR_INIT("anyOf") },
    { 28, JSON_SCHEMA_SCHEMA, true, 0, STR_INIT("not") },
    { 29, JSON_SCHEMA_SCHEMA_MAP, false, 0, STR_INIT("properties") },
    { 30, JSON_SCHEMA_SCHEMA_OR_BOOL, true, 0, STR_INIT("additionalProperties") },
    { 31, JSON_SCHEMA_SCHEMA_MAP, false, 0, STR_INIT("patternProperties") },
    { 32, JSON_SCHEMA_SCHEMA_OR_STRINGS, false, 0, STR_INIT("dependencies") },
    { 33, JSON_SCHEMA_SCHEMA_OR_BOOL, true, 0, STR_INIT("additionalItems") },
    { 34, JSON_SCHEMA_SCHEMA_MAP, false, 0, STR_INIT("definitions") },
    { 35, JSON_SCHEMA_DOCS, true, 0, STR_INIT("externalDocs") },
    { 36, JSON_SCHEMA_JSON, true, 0, STR_INIT("example") },
    { 37, JSON_SCHEMA_BOOL, false, 0, STR_INIT("nullable") },
    { 38, JSON_SCHEMA_BOOL, true, 0, STR_INIT("x-kubernetes-preserve-unknown-fields") },
    { 39, JSON_SCHEMA_BOOL, false, 0, STR_INIT("x-kubernetes-embedded-resource") },
    { 40, JSON_SCHEMA_BOOL, false, 0, STR_INIT("x-kubernetes-int-or-string") },
    { 41, JSON_SCHEMA_STRINGS, false, 0, STR_INIT("x-kubernetes-list-map-keys") },
    { 42, JSON_SCHEMA_STRING, true, 0, STR_INIT("x-kubernetes-list-type") },
    { 43, JSON_SCHEMA_STRING, true, 0, STR_INIT("x-kubernetes-map-type") },
    { 44, JSON_SCHEMA_RULES, false, 23, STR_INIT("x-kubernetes-validations") },
};
static const JsonSchemaRow docs_rows[] = {
    { 1, JSON_SCHEMA_STRING, false, 0, STR_INIT("description") },
    { 2, JSON_SCHEMA_STRING, false, 0, STR_INIT("url") },
};
static const JsonSchemaRow rule_rows[] = {
    { 1, JSON_SCHEMA_STRING, true, 0, STR_INIT("rule") },
    { 2, JSON_SCHEMA_STRING, false, 0, STR_INIT("message") },
    { 3, JSON_SCHEMA_STRING, false, 27, STR_INIT("messageExpression") },
    { 4, JSON_SCHEMA_STRING, true, 28, STR_INIT("reason") },
    { 5, JSON_SCHEMA_STRING, false, 28, STR_INIT("fieldPath") },
    { 6, JSON_SCHEMA_BOOL, true, 29, STR_INIT("optionalOldSelf") },
};

const JsonSchemaMessage json_schema_props = { STR_INIT("JSONSchemaProps"), schema_rows,
                                              COUNT_OF(schema_rows) };
const JsonSchemaMessage json_schema_docs = { STR_INIT("ExternalDocumentation"), docs_rows,
                                             COUNT_OF(docs_rows) };
const JsonSchemaMessage json_schema_rule = { STR_INIT("ValidationRule"), rule_rows,
                                             COUNT_OF(rule_rows) };

const JsonSchemaRow *json_schema_row(const JsonSchemaMessage *m, Str name, int minor)
{
    for (size_t i = 0; i < m->count; i++) {
        if (str_eq(m->rows[i].name, name)) {
            return minor >= m->rows[i].since ? &m->rows[i] : NULL;
        }
    }
    return NULL;
}
