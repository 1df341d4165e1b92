/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of openapi.v2, a table each, as far as documents here need them. Private to
 * openapi_proto.c. */
#ifndef PODGATE_SERVER_DISCOVERY_OPENAPI_PROTO_ROWS_H
#define PODGATE_SERVER_DISCOVERY_OPENAPI_PROTO_ROWS_H

#include <stddef.h>

typedef enum Message {
    NO_MESSAGE,
    DOCUMENT,
    INFO,
    PATHS,
    PATH_ITEM,
    OPERATION,
    PARAMETERS_ITEM,
    RESPONSES,
    RESPONSE_VALUE,
    SCHEMA_ITEM,
    SCHEMA,
    NAMED_SCHEMAS,
    ADDITIONAL_PROPERTIES,
    ITEMS,
    TYPE,
    SECURITY_REQUIREMENT,
    SECURITY_DEFINITIONS,
    BODY_PARAMETER,
    QUERY_PARAMETER,
    PATH_PARAMETER,
} Message;

typedef enum Form {
    TEXT,
    BOOLEAN,
    INTEGER,
    DOUBLE,
    ANY,          /* a message that holds YAML */
    TEXT_LIST,    /* repeated */
    ANY_LIST,     /* repeated */
    SUB_MESSAGE,  /* of the kind given */
    MESSAGE_LIST, /* repeated */
} Form;

typedef struct ProtoMember {
    const char *key;
    unsigned number;
    Form form;
    Message message;
} ProtoMember;

static const ProtoMember document_members[] = {
    { "swagger", 1, TEXT, 0 },
    { "info", 2, SUB_MESSAGE, INFO },
    { "paths", 8, SUB_MESSAGE, PATHS },
    { "definitions", 9, SUB_MESSAGE, NAMED_SCHEMAS },
    { "security", 12, MESSAGE_LIST, SECURITY_REQUIREMENT },
    { "securityDefinitions", 13, SUB_MESSAGE, SECURITY_DEFINITIONS },
    { NULL, 16, 0, 0 },
};
static const ProtoMember info_members[] = {
    { "title", 1, TEXT, 0 },
    { "version", 2, TEXT, 0 },
    { NULL, 7, 0, 0 },
};
static const ProtoMember path_item_members[] = {
    { "get", 2, SUB_MESSAGE, OPERATION },
    { "put", 3, SUB_MESSAGE, OPERATION },
    { "post", 4, SUB_MESSAGE, OPERATION },
    { "delete", 5, SUB_MESSAGE, OPERATION },
    { "options", 6, SUB_MESSAGE, OPERATION },
    { "head", 7, SUB_MESSAGE, OPERATION },
    { "patch", 8, SUB_MESSAGE, OPERATION },
    { "parameters", 9, MESSAGE_LIST, PARAMETERS_ITEM },
    { NULL, 10, 0, 0 },
};
static const ProtoMember operation_members[] = {
    { "tags", 1, TEXT_LIST, 0 },
    { "description", 3, TEXT, 0 },
    { "operationId", 5, TEXT, 0 },
    { "produces", 6, TEXT_LIST, 0 },
    { "consumes", 7, TEXT_LIST, 0 },
    { "parameters", 8, MESSAGE_LIST, PARAMETERS_ITEM },
    { "responses", 9, SUB_MESSAGE, RESPONSES },
    { "schemes", 10, TEXT_LIST, 0 },
    { NULL, 13, 0, 0 },
};
static const ProtoMember body_parameter_members[] = {
    { "description", 1, TEXT, 0 },
    { "name", 2, TEXT, 0 },
    { "in", 3, TEXT, 0 },
    { "required", 4, BOOLEAN, 0 },
    { "schema", 5, SUB_MESSAGE, SCHEMA },
    { NULL, 6, 0, 0 },
};
static const ProtoMember query_parameter_members[] = {
    { "required", 1, BOOLEAN, 0 },
    { "in", 2, TEXT, 0 },
    { "description", 3, TEXT, 0 },
    { "name", 4, TEXT, 0 },
    { "type", 6, TEXT, 0 },
    { "format", 7, TEXT, 0 },
    { "uniqueItems", 20, BOOLEAN, 0 },
    { NULL, 23, 0, 0 },
};
static const ProtoMember path_parameter_members[] = {
    { "required", 1, BOOLEAN, 0 },
    { "in", 2, TEXT, 0 },
    { "description", 3, TEXT, 0 },
    { "name", 4, TEXT, 0 },
    { "type", 5, TEXT, 0 },
    { "format", 6, TEXT, 0 },
    { "uniqueItems", 19, BOOLEAN, 0 },
    { NULL, 22, 0, 0 },
};
static const ProtoMember response_members[] = {
    { "description", 1, TEXT, 0 },
    { "schema", 2, SUB_MESSAGE, SCHEMA_ITEM },
    { NULL, 5, 0, 0 },
};
static const ProtoMember schema_members[] = {
    { "$ref", 1, TEXT, 0 },
    { "format", 2, TEXT, 0 },
    { "title", 3, TEXT, 0 },
    { "description", 4, TEXT, 0 },
    { "default", 5, ANY, 0 },
    { "multipleOf", 6, DOUBLE, 0 },
    { "maximum", 7, DOUBLE, 0 },
    { "exclusiveMaximum", 8, BOOLEAN, 0 },
    { "minimum", 9, DOUBLE, 0 },
    { "exclusiveMinimum", 10, BOOLEAN, 0 },
    { "maxLength", 11, INTEGER, 0 },
    { "minLength", 12, INTEGER, 0 },
    { "pattern", 13, TEXT, 0 },
    { "maxItems", 14, INTEGER, 0 },
    { "minItems", 15, INTEGER, 0 },
    { "uniqueItems", 16, BOOLEAN, 0 },
    { "maxProperties", 17, INTEGER, 0 },
    { "minProperties", 18, INTEGER, 0 },
    { "required", 19, TEXT_LIST, 0 },
    { "enum", 20, ANY_LIST, 0 },
    { "additionalProperties", 21, SUB_MESSAGE, ADDITIONAL_PROPERTIES },
    { "type", 22, SUB_MESSAGE, TYPE },
    { "items", 23, SUB_MESSAGE, ITEMS },
    { "allOf", 24, MESSAGE_LIST, SCHEMA },
    { "properties", 25, SUB_MESSAGE, NAMED_SCHEMAS },
    { NULL, 31, 0, 0 },
};
static const ProtoMember key_security_members[] = {
    { "type", 1, TEXT, 0 },        { "name", 2, TEXT, 0 }, { "in", 3, TEXT, 0 },
    { "description", 4, TEXT, 0 }, { NULL, 5, 0, 0 },
};

#endif
