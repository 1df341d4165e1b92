/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OpenAPI schema of a CustomResourceDefinition. Elsewhere it is JSON of any form; only here its
 * members have types, and only as far as protobuf needs them. Schemas nest without end, so there is
 * a limit.
 */
#include "doc/duplicates.h"
#include "doc/utf8.h"
#include "kube/proto/walk.h"

typedef enum Form {
    FORM_STRING,
    FORM_BOOL,
    FORM_INT,
    FORM_DOUBLE,
    FORM_STRINGS,
    FORM_JSON,
    FORM_JSONS,
    FORM_SCHEMA,
    FORM_SCHEMAS,
    FORM_SCHEMA_MAP,
    FORM_SCHEMA_OR_LIST,    /* {1: schema, 2: schemas} */
    FORM_SCHEMA_OR_BOOL,    /* {1: truth value, 2: schema} */
    FORM_SCHEMA_OR_STRINGS, /* a map of {1: schema, 2: strings} */
    FORM_DOCS,
    FORM_RULES,
} Form;

enum { SCHEMA_DEPTH_MAX = 200 };

typedef struct Row {
    uint8_t number;
    uint8_t form;
    bool is_pointer; /* kept when empty */
    Str name;
} Row;

typedef struct Message {
    Str name;
    const Row *rows;
    size_t count;
} Message;

static const Row schema_rows[] = {
    { 1, FORM_STRING, false, STR_INIT("id") },
    { 2, FORM_STRING, false, STR_INIT("$schema") },
    { 3, FORM_STRING, true, STR_INIT("$ref") },
    { 4, FORM_STRING, false, STR_INIT("description") },
    { 5, FORM_STRING, false, STR_INIT("type") },
    { 6, FORM_STRING, false, STR_INIT("format") },
    { 7, FORM_STRING, false, STR_INIT("title") },
    { 8, FORM_JSON, true, STR_INIT("default") },
    { 9, FORM_DOUBLE, true, STR_INIT("maximum") },
    { 10, FORM_BOOL, false, STR_INIT("exclusiveMaximum") },
    { 11, FORM_DOUBLE, true, STR_INIT("minimum") },
    { 12, FORM_BOOL, false, STR_INIT("exclusiveMinimum") },
    { 13, FORM_INT, true, STR_INIT("maxLength") },
    { 14, FORM_INT, true, STR_INIT("minLength") },
    { 15, FORM_STRING, false, STR_INIT("pattern") },
    { 16, FORM_INT, true, STR_INIT("maxItems") },
    { 17, FORM_INT, true, STR_INIT("minItems") },
    { 18, FORM_BOOL, false, STR_INIT("uniqueItems") },
    { 19, FORM_DOUBLE, true, STR_INIT("multipleOf") },
    { 20, FORM_JSONS, false, STR_INIT("enum") },
    { 21, FORM_INT, true, STR_INIT("maxProperties") },
    { 22, FORM_INT, true, STR_INIT("minProperties") },
    { 23, FORM_STRINGS, false, STR_INIT("required") },
    { 24, FORM_SCHEMA_OR_LIST, true, STR_INIT("items") },
    { 25, FORM_SCHEMAS, false, STR_INIT("allOf") },
    { 26, FORM_SCHEMAS, false, STR_INIT("oneOf") },
    { 27, FORM_SCHEMAS, false, STR_INIT("anyOf") },
    { 28, FORM_SCHEMA, true, STR_INIT("not") },
    { 29, FORM_SCHEMA_MAP, false, STR_INIT("properties") },
    { 30, FORM_SCHEMA_OR_BOOL, true, STR_INIT("additionalProperties") },
    { 31, FORM_SCHEMA_MAP, false, STR_INIT("patternProperties") },
    { 32, FORM_SCHEMA_OR_STRINGS, false, STR_INIT("dependencies") },
    { 33, FORM_SCHEMA_OR_BOOL, true, STR_INIT("additionalItems") },
    { 34, FORM_SCHEMA_MAP, false, STR_INIT("definitions") },
    { 35, FORM_DOCS, true, STR_INIT("externalDocs") },
    { 36, FORM_JSON, true, STR_INIT("example") },
    { 37, FORM_BOOL, false, STR_INIT("nullable") },
    { 38, FORM_BOOL, true, STR_INIT("x-kubernetes-preserve-unknown-fields") },
    { 39, FORM_BOOL, false, STR_INIT("x-kubernetes-embedded-resource") },
    { 40, FORM_BOOL, false, STR_INIT("x-kubernetes-int-or-string") },
    { 41, FORM_STRINGS, false, STR_INIT("x-kubernetes-list-map-keys") },
    { 42, FORM_STRING, true, STR_INIT("x-kubernetes-list-type") },
    { 43, FORM_STRING, true, STR_INIT("x-kubernetes-map-type") },
    { 44, FORM_RULES, false, STR_INIT("x-kubernetes-validations") },
};
static const Row docs_rows[] = {
    { 1, FORM_STRING, false, STR_INIT("description") },
    { 2, FORM_STRING, false, STR_INIT("url") },
};
static const Row rule_rows[] = {
    { 1, FORM_STRING, true, STR_INIT("rule") },
    { 2, FORM_STRING, false, STR_INIT("message") },
    { 3, FORM_STRING, false, STR_INIT("messageExpression") },
    { 4, FORM_STRING, true, STR_INIT("reason") },
    { 5, FORM_STRING, false, STR_INIT("fieldPath") },
    { 6, FORM_BOOL, true, STR_INIT("optionalOldSelf") },
};
static const Message schema_message = { STR_INIT("JSONSchemaProps"), schema_rows,
                                        COUNT_OF(schema_rows) };
static const Message docs_message = { STR_INIT("ExternalDocumentation"), docs_rows,
                                      COUNT_OF(docs_rows) };
static const Message rule_message = { STR_INIT("ValidationRule"), rule_rows, COUNT_OF(rule_rows) };

static bool read_rows(ProtoWalk *w, const Message *m, Str message, int depth, Value *object);

/* Unlike elsewhere, one that stands twice takes the place of the first: nobody writes that. */
static bool read_one(ProtoWalk *w, const Message *m, Str message, int depth, Value *at)
{
    if (depth > SCHEMA_DEPTH_MAX) {
        return proto_refuse(w, ERR_LIMIT, STR("the schema is nested too deeply"));
    }
    *at = value_object();
    return read_rows(w, m, message, depth, at);
}

static bool read_into_list(ProtoWalk *w, const Message *m, Str message, int depth, Value *list)
{
    Value v = value_null();
    return read_one(w, m, message, depth, &v) && proto_add(w, list, v);
}

/* A schema, or what may stand in place of one. */
static bool read_choice(ProtoWalk *w, Form form, Str message, int depth, Value *out)
{
    Value schema = value_null();
    Value other = value_null();
    const int schema_number = form == FORM_SCHEMA_OR_BOOL ? 2 : 1;
    while (message.len) {
        ProtobufTag tag;
        Str bytes;
        uint64_t n;
        bool ok;
        if (!proto_tag(w, schema_message.name, &message, &tag)) {
            return false;
        }
        if (tag.number == schema_number) {
            ok = proto_bytes(w, STR("schema"), &message, tag, &bytes) &&
                 read_one(w, &schema_message, bytes, depth, &schema);
        } else if (tag.number > 2) {
            ok = proto_skip(w, &message, tag);
        } else if (form == FORM_SCHEMA_OR_BOOL) {
            ok = proto_number(w, STR("allows"), &message, tag, &n);
            other = value_bool(ok && n != 0);
        } else if (form == FORM_SCHEMA_OR_LIST) {
            ok = proto_bytes(w, STR("jSONSchemas"), &message, tag, &bytes) &&
                 read_into_list(w, &schema_message, bytes, depth, &other);
        } else {
            ok = proto_bytes(w, STR("property"), &message, tag, &bytes) &&
                 proto_add(w, &other, value_str(utf8_repair(bytes, w->arena)));
        }
        if (!ok) {
            return false;
        }
    }
    bool takes_schema = schema.kind != VALUE_NULL && other.kind != VALUE_ARRAY;
    *out = takes_schema                                              ? schema
           : form == FORM_SCHEMA_OR_BOOL && other.kind == VALUE_NULL ? value_bool(false)
                                                                     : other;
    return true;
}

/* An entry {1: key, 2: schema or choice}. */
static bool read_entry(ProtoWalk *w, const Row *row, Str entry, int depth, Value *map)
{
    Str key = STR("");
    Str inner = STR("");
    Value v = value_null();
    while (entry.len) {
        ProtobufTag tag;
        if (!proto_tag(w, row->name, &entry, &tag)) {
            return false;
        }
        bool ok = tag.number == 1   ? proto_bytes(w, row->name, &entry, tag, &key)
                  : tag.number == 2 ? proto_bytes(w, row->name, &entry, tag, &inner)
                                    : proto_skip(w, &entry, tag);
        if (!ok) {
            return false;
        }
    }
    bool ok = row->form == FORM_SCHEMA_MAP ? read_one(w, &schema_message, inner, depth, &v)
                                           : read_choice(w, row->form, inner, depth, &v);
    return ok && proto_add_member(w, map, key, v);
}

static bool read_of_bytes(ProtoWalk *w, const Row *row, Str bytes, int depth, Value *at)
{
    Value v = value_null();
    switch ((Form)row->form) {
    case FORM_STRING:
        *at = value_str(utf8_repair(bytes, w->arena));
        return true;
    case FORM_STRINGS:
        return proto_add(w, at, value_str(utf8_repair(bytes, w->arena)));
    case FORM_JSON:
        return proto_json_message(w, bytes, at);
    case FORM_JSONS:
        return proto_json_message(w, bytes, &v) && proto_add(w, at, v);
    case FORM_SCHEMA:
        return read_one(w, &schema_message, bytes, depth + 1, at);
    case FORM_SCHEMAS:
        return read_into_list(w, &schema_message, bytes, depth + 1, at);
    case FORM_SCHEMA_MAP:
    case FORM_SCHEMA_OR_STRINGS:
        return read_entry(w, row, bytes, depth + 1, at);
    case FORM_SCHEMA_OR_LIST:
    case FORM_SCHEMA_OR_BOOL:
        return read_choice(w, row->form, bytes, depth + 1, at);
    case FORM_DOCS:
        return read_one(w, &docs_message, bytes, depth + 1, at);
    case FORM_RULES:
        return read_into_list(w, &rule_message, bytes, depth + 1, at);
    case FORM_BOOL:
    case FORM_INT:
    case FORM_DOUBLE:
        break;
    }
    return false; /* not reached: those are no bytes */
}

#define WHOLE_MAX 9007199254740992.0 /* 2^53 */

static bool read_double(ProtoWalk *w, const Row *row, Str *rest, ProtobufTag tag, Value *at)
{
    uint64_t bits;
    double number;
    Str problem;
    if (tag.wire != PROTOBUF_FIXED64) {
        return proto_wrong_wire(w, row->name, tag.wire);
    }
    if (!protobuf_read_fixed64(rest, &bits, &problem)) {
        return proto_refuse(w, ERR_SYNTAX, problem);
    }
    memcpy(&number, &bits, sizeof(number));
    if (number - number != 0) { /* infinite or not a number */
        return proto_refuse(w, ERR_TYPE, STR("json: unsupported value"));
    }
    bool is_whole = number >= -WHOLE_MAX && number <= WHOLE_MAX && number == (double)(int64_t)number;
    *at = is_whole ? value_int((int64_t)number) : value_float(number);
    return true;
}

static bool read_row(ProtoWalk *w, const Row *row, Str *rest, ProtobufTag tag, int depth, Value *at)
{
    uint64_t n;
    Str bytes;
    switch (row->form) {
    case FORM_BOOL:
        if (!proto_number(w, row->name, rest, tag, &n)) {
            return false;
        }
        *at = value_bool(n != 0);
        return true;
    case FORM_INT:
        if (!proto_number(w, row->name, rest, tag, &n)) {
            return false;
        }
        *at = value_int((int64_t)n);
        return true;
    case FORM_DOUBLE:
        return read_double(w, row, rest, tag, at);
    default:
        return proto_bytes(w, row->name, rest, tag, &bytes) &&
               read_of_bytes(w, row, bytes, depth, at);
    }
}

static bool is_left_out(const Row *row, const Value *v)
{
    return !row->is_pointer && ((row->form == FORM_STRING && v->len == 0) ||
                                (row->form == FORM_BOOL && !v->b));
}

/* Maps are read with every entry; here each key is left once. */
static void finish_maps(ProtoWalk *w, const Message *m, Value *object)
{
    for (size_t i = 0; i < m->count; i++) {
        if (m->rows[i].form == FORM_SCHEMA_MAP || m->rows[i].form == FORM_SCHEMA_OR_STRINGS) {
            Value *map = value_get(object, m->rows[i].name);
            if (map) {
                map->len = duplicates_drop(map->members, map->len, w->arena);
            }
        }
    }
}

static bool read_rows(ProtoWalk *w, const Message *m, Str message, int depth, Value *object)
{
    while (message.len) {
        ProtobufTag tag;
        if (!proto_tag(w, m->name, &message, &tag)) {
            return false;
        }
        if (tag.number > (int32_t)m->count) {
            if (!proto_skip(w, &message, tag)) {
                return false;
            }
            continue;
        }
        const Row *row = &m->rows[tag.number - 1]; /* they stand by their numbers */
        Value *at = value_get(object, row->name);
        Value v = at ? *at : value_null();
        if (!read_row(w, row, &message, tag, depth, &v)) {
            return false;
        }
        if (is_left_out(row, &v)) {
            value_remove(object, row->name);
        } else {
            value_set(object, row->name, v, w->arena);
        }
    }
    finish_maps(w, m, object);
    return true;
}

bool proto_json_schema(ProtoWalk *w, Str message, Value *out)
{
    return read_one(w, &schema_message, message, 1, out);
}
