/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OpenAPI schema of a CustomResourceDefinition, read as kube/json_schema.h says. Schemas nest
 * without end, so there is a limit.
 */
#include "doc/duplicates.h"
#include "doc/utf8.h"
#include "kube/json_schema.h"
#include "kube/proto/walk.h"

enum { SCHEMA_DEPTH_MAX = 200 };

static bool read_rows(ProtoWalk *w, const JsonSchemaMessage *m, Str message, int depth,
                      Value *object);

/* Unlike elsewhere, one that stands twice takes the place of the first: nobody writes that. */
static bool read_one(ProtoWalk *w, const JsonSchemaMessage *m, Str message, int depth, Value *at)
{
    if (depth > SCHEMA_DEPTH_MAX) {
        return proto_refuse(w, ERR_LIMIT, STR("the schema is nested too deeply"));
    }
    *at = value_object();
    return read_rows(w, m, message, depth, at);
}

static bool read_into_list(ProtoWalk *w, const JsonSchemaMessage *m, Str message, int depth,
                           Value *list)
{
    Value v = value_null();
    return read_one(w, m, message, depth, &v) && proto_add(w, list, v);
}

/* A schema, or what may stand in place of one. */
static bool read_choice(ProtoWalk *w, JsonSchemaForm form, Str message, int depth, Value *out)
{
    Value schema = value_null();
    Value other = value_null();
    const int schema_number = form == JSON_SCHEMA_SCHEMA_OR_BOOL ? 2 : 1;
    while (message.len) {
        ProtobufTag tag;
        Str bytes;
        uint64_t n;
        bool ok;
        if (!proto_tag(w, json_schema_props.name, &message, &tag)) {
            return false;
        }
        if (tag.number == schema_number) {
            ok = proto_bytes(w, STR("schema"), &message, tag, &bytes) &&
                 read_one(w, &json_schema_props, bytes, depth, &schema);
        } else if (tag.number > 2) {
            ok = proto_skip(w, &message, tag);
        } else if (form == JSON_SCHEMA_SCHEMA_OR_BOOL) {
            ok = proto_number(w, STR("allows"), &message, tag, &n);
            other = value_bool(ok && n != 0);
        } else if (form == JSON_SCHEMA_SCHEMA_OR_LIST) {
            ok = proto_bytes(w, STR("jSONSchemas"), &message, tag, &bytes) &&
                 read_into_list(w, &json_schema_props, bytes, depth, &other);
        } else {
            ok = proto_bytes(w, STR("property"), &message, tag, &bytes) &&
                 proto_add(w, &other, value_str(utf8_repair(bytes, w->arena)));
        }
        if (!ok) {
            return false;
        }
    }
    bool takes_schema = schema.kind != VALUE_NULL && other.kind != VALUE_ARRAY;
    *out = takes_schema                                                     ? schema
           : form == JSON_SCHEMA_SCHEMA_OR_BOOL && other.kind == VALUE_NULL ? value_bool(false)
                                                                            : other;
    return true;
}

/* An entry {1: key, 2: schema or choice}. */
static bool read_entry(ProtoWalk *w, const JsonSchemaRow *row, Str entry, int depth, Value *map)
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
    bool ok = row->form == JSON_SCHEMA_SCHEMA_MAP
                  ? read_one(w, &json_schema_props, inner, depth, &v)
                  : read_choice(w, row->form, inner, depth, &v);
    return ok && proto_add_member(w, map, key, v);
}

static bool read_of_bytes(ProtoWalk *w, const JsonSchemaRow *row, Str bytes, int depth, Value *at)
{
    Value v = value_null();
    switch ((JsonSchemaForm)row->form) {
    case JSON_SCHEMA_STRING:
        *at = value_str(utf8_repair(bytes, w->arena));
        return true;
    case JSON_SCHEMA_STRINGS:
        return proto_add(w, at, value_str(utf8_repair(bytes, w->arena)));
    case JSON_SCHEMA_JSON:
        return proto_json_message(w, bytes, at);
    case JSON_SCHEMA_JSONS:
        return proto_json_message(w, bytes, &v) && proto_add(w, at, v);
    case JSON_SCHEMA_SCHEMA:
        return read_one(w, &json_schema_props, bytes, depth + 1, at);
    case JSON_SCHEMA_SCHEMAS:
        return read_into_list(w, &json_schema_props, bytes, depth + 1, at);
    case JSON_SCHEMA_SCHEMA_MAP:
    case JSON_SCHEMA_SCHEMA_OR_STRINGS:
        return read_entry(w, row, bytes, depth + 1, at);
    case JSON_SCHEMA_SCHEMA_OR_LIST:
    case JSON_SCHEMA_SCHEMA_OR_BOOL:
        return read_choice(w, row->form, bytes, depth + 1, at);
    case JSON_SCHEMA_DOCS:
        return read_one(w, &json_schema_docs, bytes, depth + 1, at);
    case JSON_SCHEMA_RULES:
        return read_into_list(w, &json_schema_rule, bytes, depth + 1, at);
    case JSON_SCHEMA_BOOL:
    case JSON_SCHEMA_INT:
    case JSON_SCHEMA_DOUBLE:
        break;
    }
    return false; /* not reached: those are no bytes */
}

#define WHOLE_MAX 9007199254740992.0 /* 2^53 */

static bool read_double(ProtoWalk *w, const JsonSchemaRow *row, Str *rest, ProtobufTag tag,
                        Value *at)
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
    bool is_whole = number >= -WHOLE_MAX && number <= WHOLE_MAX &&
                    number == (double)(int64_t)number;
    *at = is_whole ? value_int((int64_t)number) : value_float(number);
    return true;
}

static bool read_row(ProtoWalk *w, const JsonSchemaRow *row, Str *rest, ProtobufTag tag, int depth,
                     Value *at)
{
    uint64_t n;
    Str bytes;
    switch (row->form) {
    case JSON_SCHEMA_BOOL:
        if (!proto_number(w, row->name, rest, tag, &n)) {
            return false;
        }
        *at = value_bool(n != 0);
        return true;
    case JSON_SCHEMA_INT:
        if (!proto_number(w, row->name, rest, tag, &n)) {
            return false;
        }
        *at = value_int((int64_t)n);
        return true;
    case JSON_SCHEMA_DOUBLE:
        return read_double(w, row, rest, tag, at);
    default:
        return proto_bytes(w, row->name, rest, tag, &bytes) &&
               read_of_bytes(w, row, bytes, depth, at);
    }
}

static bool is_left_out(const JsonSchemaRow *row, const Value *v)
{
    return !row->is_pointer && ((row->form == JSON_SCHEMA_STRING && v->len == 0) ||
                                (row->form == JSON_SCHEMA_BOOL && !v->b));
}

/* Maps are read with every entry; here each key is left once. */
static void finish_maps(ProtoWalk *w, const JsonSchemaMessage *m, Value *object)
{
    for (size_t i = 0; i < m->count; i++) {
        if (m->rows[i].form == JSON_SCHEMA_SCHEMA_MAP ||
            m->rows[i].form == JSON_SCHEMA_SCHEMA_OR_STRINGS) {
            Value *map = value_get(object, m->rows[i].name);
            if (map) {
                map->len = duplicates_drop(map->members, map->len, w->arena);
            }
        }
    }
}

static bool read_rows(ProtoWalk *w, const JsonSchemaMessage *m, Str message, int depth,
                      Value *object)
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
        const JsonSchemaRow *row = &m->rows[tag.number - 1]; /* they stand by their numbers */
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
    return read_one(w, &json_schema_props, message, 1, out);
}
