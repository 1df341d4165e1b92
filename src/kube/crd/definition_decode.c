/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schemas in a definition as Go has them once it has read them: members in their order, unknown
 * and empty ones gone, maps by their keys.
 *
 * Source: k8s.io/apiextensions-apiserver pkg/apis/apiextensions/v1/{types_jsonschema,marshal}.go
 */
#include <stdlib.h>

#include "kube/crd/structural.h"
#include "kube/json_schema.h"

typedef struct SchemaReader {
    int minor;
    Arena *arena;
    Err *err;
} SchemaReader;

static bool read_schema(const SchemaReader *r, const Value *in, Value *out);

static bool wrong(const SchemaReader *r, Str name, const char *wanted)
{
    return err_set(r->err, r->arena, ERR_TYPE, "v1.JSONSchemaProps.%.*s: %s expected",
                   STR_ARG(name), wanted);
}

static Value any_json(const SchemaReader *r, const Value *in)
{
    Value out = value_copy(in, r->arena);
    value_sort_keys(&out);
    crd_go_numbers(&out);
    return out;
}

static bool read_strings(const SchemaReader *r, Str name, const Value *in, Value *out)
{
    *out = value_array();
    if (in->kind != VALUE_ARRAY) {
        return wrong(r, name, "list");
    }
    VALUE_EACH_ITEM(v, in) {
        if (v->kind != VALUE_STRING && v->kind != VALUE_NULL) {
            return wrong(r, name, "string");
        }
        value_add(out, v->kind == VALUE_NULL ? value_str(STR("")) : *v, r->arena);
    }
    return true;
}

static bool read_schemas(const SchemaReader *r, Str name, const Value *in, Value *out)
{
    *out = value_array();
    if (in->kind != VALUE_ARRAY) {
        return wrong(r, name, "list");
    }
    VALUE_EACH_ITEM(v, in) {
        Value one;
        if (!read_schema(r, v, &one)) {
            return false;
        }
        value_add(out, one, r->arena);
    }
    return true;
}

static int by_key(const void *x, const void *y)
{
    return str_cmp(member_key(x), member_key(y));
}

static bool read_map(const SchemaReader *r, Str name, bool or_strings, const Value *in, Value *out)
{
    *out = value_object();
    if (in->kind != VALUE_OBJECT) {
        return wrong(r, name, "object");
    }
    VALUE_EACH_MEMBER(m, in) {
        Value one;
        bool strings = or_strings && m->value.kind == VALUE_ARRAY;
        if (!(strings ? read_strings(r, name, &m->value, &one) : read_schema(r, &m->value, &one))) {
            return false;
        }
        value_append(out, member_key(m), one, r->arena);
    }
    if (out->len > 1) { /* not the schemas within */
        qsort(out->members, out->len, sizeof(Member), by_key);
    }
    return true;
}

static bool read_bool(const SchemaReader *r, Str name, const Value *in, Value *out)
{
    *out = *in;
    return in->kind == VALUE_BOOL || wrong(r, name, "boolean");
}

static bool read_number(const SchemaReader *r, Str name, bool is_whole, const Value *in, Value *out)
{
    OptInt64 whole = value_as_int(in);
    *out = whole.set ? value_int(whole.value) : *in;
    crd_go_numbers(out);
    bool fine = is_whole
                    ? whole.set
                    : in->kind == VALUE_INT || in->kind == VALUE_UINT || in->kind == VALUE_FLOAT;
    return fine || wrong(r, name, "number");
}

static bool read_jsons(const SchemaReader *r, Str name, const Value *in, Value *out)
{
    *out = any_json(r, in);
    return in->kind == VALUE_ARRAY || wrong(r, name, "list");
}

static bool read_member(const SchemaReader *r, const JsonSchemaRow *row, const Value *in,
                        Value *out)
{
    switch ((JsonSchemaForm)row->form) {
    case JSON_SCHEMA_STRING:
        *out = *in;
        return in->kind == VALUE_STRING || wrong(r, row->name, "string");
    case JSON_SCHEMA_BOOL:
        return read_bool(r, row->name, in, out);
    case JSON_SCHEMA_INT:
        return read_number(r, row->name, true, in, out);
    case JSON_SCHEMA_DOUBLE:
        return read_number(r, row->name, false, in, out);
    case JSON_SCHEMA_STRINGS:
        return read_strings(r, row->name, in, out);
    case JSON_SCHEMA_JSON:
        *out = any_json(r, in);
        return true;
    case JSON_SCHEMA_JSONS:
        return read_jsons(r, row->name, in, out);
    case JSON_SCHEMA_SCHEMA:
        return read_schema(r, in, out);
    case JSON_SCHEMA_SCHEMAS:
        return read_schemas(r, row->name, in, out);
    case JSON_SCHEMA_SCHEMA_MAP:
        return read_map(r, row->name, false, in, out);
    case JSON_SCHEMA_SCHEMA_OR_LIST:
        return in->kind == VALUE_ARRAY ? read_schemas(r, row->name, in, out)
                                       : read_schema(r, in, out);
    case JSON_SCHEMA_SCHEMA_OR_BOOL:
        if (in->kind != VALUE_BOOL && in->kind != VALUE_OBJECT) {
            return err_set(r->err, r->arena, ERR_TYPE, "boolean or JSON schema expected");
        }
        return in->kind == VALUE_BOOL ? read_bool(r, row->name, in, out) : read_schema(r, in, out);
    case JSON_SCHEMA_SCHEMA_OR_STRINGS:
        return read_map(r, row->name, true, in, out);
    case JSON_SCHEMA_DOCS:
    case JSON_SCHEMA_RULES:
        *out = *in;
        return true;
    }
    return true;
}

/* What Go leaves out of a struct. */
static bool is_empty(const JsonSchemaRow *row, const Value *v)
{
    if (row->is_pointer) {
        return false;
    }
    return (v->kind == VALUE_BOOL && !v->b) || (v->kind >= VALUE_STRING && v->len == 0);
}

/* Bounded by the depth that documents are read with. */
static bool read_schema(const SchemaReader *r, const Value *in, Value *out)
{
    *out = value_object();
    if (in->kind == VALUE_NULL) {
        return true;
    }
    if (in->kind != VALUE_OBJECT) {
        return wrong(r, STR(""), "object");
    }
    for (size_t i = 0; i < json_schema_props.count; i++) {
        const JsonSchemaRow *row = &json_schema_props.rows[i];
        const Value *v = value_get(in, row->name);
        Value one;
        if (value_is_null(v) || r->minor < row->since) {
            continue;
        }
        if (!read_member(r, row, v, &one)) {
            return false;
        }
        if (!is_empty(row, &one)) {
            value_append(out, row->name, one, r->arena);
        }
    }
    return true;
}

static bool read_in_place(const SchemaReader *r, Value *validation)
{
    Value *schema = value_get_lit(validation, "openAPIV3Schema");
    Value read;
    if (!schema) {
        return true;
    }
    if (schema->kind == VALUE_NULL) {
        value_remove(validation, STR("openAPIV3Schema"));
        return true;
    }
    if (!read_schema(r, schema, &read)) {
        return false;
    }
    *schema = read;
    return true;
}

bool crd_definition_decode(Value *definition, const KubeTarget *target, Arena *a, Err *err)
{
    SchemaReader r = { target->minor, a, err };
    Value *spec = value_get_lit(definition, "spec");
    if (!read_in_place(&r, value_get_lit(spec, "validation"))) {
        return false;
    }
    VALUE_EACH_ITEM(v, value_get_lit(spec, "versions")) {
        if (!read_in_place(&r, value_get_lit(v, "schema"))) {
            return false;
        }
    }
    return true;
}
