/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OpenAPI schema that a CustomResourceDefinition has for its objects. The tables of API types
 * (kube/schema.h) hold it as JSON of any form, as types there do not nest without end; what needs
 * to know its members has them here.
 */
#ifndef PODGATE_KUBE_JSON_SCHEMA_H
#define PODGATE_KUBE_JSON_SCHEMA_H

#include "base/str.h"

typedef enum JsonSchemaForm {
    JSON_SCHEMA_STRING,
    JSON_SCHEMA_BOOL,
    JSON_SCHEMA_INT,
    JSON_SCHEMA_DOUBLE,
    JSON_SCHEMA_STRINGS,
    JSON_SCHEMA_JSON,
    JSON_SCHEMA_JSONS,
    JSON_SCHEMA_SCHEMA,
    JSON_SCHEMA_SCHEMAS,
    JSON_SCHEMA_SCHEMA_MAP,
    /* What decodes itself in Go. In protobuf: */
    JSON_SCHEMA_SCHEMA_OR_LIST,    /* {1: schema, 2: schemas} */
    JSON_SCHEMA_SCHEMA_OR_BOOL,    /* {1: truth value, 2: schema} */
    JSON_SCHEMA_SCHEMA_OR_STRINGS, /* a map of {1: schema, 2: strings} */
    JSON_SCHEMA_DOCS,
    JSON_SCHEMA_RULES,
} JsonSchemaForm;

typedef struct JsonSchemaRow {
    uint8_t number;  /* in protobuf; the rows stand by it, from 1 on */
    uint8_t form;    /* JsonSchemaForm */
    bool is_pointer; /* kept when empty */
    uint8_t since;   /* first minor version that has it; 0 for all */
    Str name;
} JsonSchemaRow;

typedef struct JsonSchemaMessage {
    Str name; /* in Go */
    const JsonSchemaRow *rows;
    size_t count;
} JsonSchemaMessage;

extern const JsonSchemaMessage json_schema_props;
extern const JsonSchemaMessage json_schema_docs;
extern const JsonSchemaMessage json_schema_rule;

/* The member that the minor version has; NULL for others. */
const JsonSchemaRow *json_schema_row(const JsonSchemaMessage *m, Str name, int minor);

#endif
