/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A version 2 document as protobuf: messages of openapi.v2, the only form that kubectl asks for.
 *
 * A message is a table of its members: the JSON key, the number of the field, and what stands
 * there. Members that begin with "x-" go to the field for extensions, as YAML (JSON is that, too).
 *
 * Source: github.com/google/gnostic-models, openapiv2/OpenAPIv2.proto
 */
#include "doc/json.h"
#include "server/discovery/openapi_build.h"
#include "server/discovery/openapi_proto_rows.h"

enum { PROTO_DEPTH_MAX = 200 };

/* -- wire format ------------------------------------------------------------------------------ */

static void put_varint(Buf *b, uint64_t n)
{
    for (; n >= 0x80; n >>= 7) {
        buf_byte(b, (char)(n | 0x80));
    }
    buf_byte(b, (char)n);
}

static void put_tag(Buf *b, unsigned number, unsigned wire_type)
{
    put_varint(b, (uint64_t)number << 3 | wire_type);
}

static void put_bytes(Buf *b, unsigned number, Str bytes)
{
    put_tag(b, number, 2);
    put_varint(b, bytes.len);
    buf_add(b, bytes);
}

static void put_double(Buf *b, unsigned number, double d)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    put_tag(b, number, 1);
    for (int i = 0; i < 8; i++) {
        buf_byte(b, (char)(bits >> (8 * i)));
    }
}

/* A message within another: its length goes before it, which is known afterwards. It is written
 * where it will stand and moved by the length of the length. */
typedef struct Nested {
    size_t start;
} Nested;

static Nested begin(Buf *b, unsigned number)
{
    put_tag(b, number, 2);
    return (Nested){ b->len };
}

static void end(Buf *b, Nested n)
{
    size_t len = b->len - n.start;
    size_t room = 1;
    for (size_t rest = len; rest >= 0x80; rest >>= 7) {
        room++;
    }
    (void)buf_reserve(b, room);
    memmove(b->ptr + n.start + room, b->ptr + n.start, len);
    b->len = n.start;
    put_varint(b, len);
    b->len += len;
}

/* -- messages --------------------------------------------------------------------------------- */

static void put_message(Buf *b, Message message, const Value *v, int depth);

static void put_sub(Buf *b, unsigned number, Message message, const Value *v, int depth)
{
    Nested n = begin(b, number);
    put_message(b, message, v, depth + 1);
    end(b, n);
}

/* Any{yaml: ...} */
static void put_any(Buf *b, unsigned number, const Value *v)
{
    Nested any = begin(b, number);
    Nested yaml = begin(b, 2);
    json_write(v, b);
    buf_byte(b, '\n');
    end(b, yaml);
    end(b, any);
}

/* NamedAny{name, value} */
static void put_extension(Buf *b, unsigned number, const Member *m)
{
    Nested n = begin(b, number);
    put_bytes(b, 1, member_key(m));
    put_any(b, 2, &m->value);
    end(b, n);
}

static double number_of(const Value *v)
{
    return v->kind == VALUE_FLOAT ? v->f : v->kind == VALUE_UINT ? (double)v->u : (double)v->i;
}

static void put_member(Buf *b, const ProtoMember *p, const Value *v, int depth)
{
    switch (p->form) {
    case TEXT:
        if (value_as_str(v).len) {
            put_bytes(b, p->number, value_as_str(v));
        }
        break;
    case BOOLEAN:
        if (value_as_bool(v).value) {
            put_tag(b, p->number, 0);
            put_varint(b, 1);
        }
        break;
    case INTEGER:
        if (value_as_int(v).set) {
            put_tag(b, p->number, 0);
            put_varint(b, (uint64_t)value_as_int(v).value);
        }
        break;
    case DOUBLE:
        if (v->kind >= VALUE_INT && v->kind <= VALUE_FLOAT) {
            put_double(b, p->number, number_of(v));
        }
        break;
    case ANY:
        put_any(b, p->number, v);
        break;
    case TEXT_LIST:
        VALUE_EACH_ITEM(item, v) {
            put_bytes(b, p->number, value_as_str(item));
        }
        break;
    case ANY_LIST:
        VALUE_EACH_ITEM(item, v) {
            put_any(b, p->number, item);
        }
        break;
    case SUB_MESSAGE:
        put_sub(b, p->number, p->message, v, depth);
        break;
    case MESSAGE_LIST:
        VALUE_EACH_ITEM(item, v) {
            put_sub(b, p->number, p->message, item, depth);
        }
        break;
    }
}

/* The last row, without a key, is for extensions. */
static void put_members(Buf *b, const ProtoMember *rows, const Value *v, int depth)
{
    VALUE_EACH_MEMBER(m, v) {
        const ProtoMember *row = rows;
        while (row->key && !str_eq(str_from_c(row->key), member_key(m))) {
            row++;
        }
        if (row->key) {
            put_member(b, row, &m->value, depth);
        } else if (str_starts_with(member_key(m), STR("x-"))) {
            put_extension(b, row->number, m);
        }
    }
}

/* Entries of a map: messages of a name and a value. */
static void put_named(Buf *b, unsigned number, Message message, const Value *v, int depth)
{
    VALUE_EACH_MEMBER(m, v) {
        Nested n = begin(b, number);
        put_bytes(b, 1, member_key(m));
        put_sub(b, 2, message, &m->value, depth);
        end(b, n);
    }
}

/* ParametersItem{parameter: Parameter{body_parameter | non_body_parameter{query | path}}} */
static void put_parameter(Buf *b, const Value *v, int depth)
{
    Str in = value_get_str(v, STR("in"));
    Nested parameter = begin(b, 1);
    if (str_eq(in, STR("body"))) {
        put_sub(b, 1, BODY_PARAMETER, v, depth);
    } else {
        bool in_path = str_eq(in, STR("path"));
        Nested other = begin(b, 2);
        put_sub(b, in_path ? 4 : 3, in_path ? PATH_PARAMETER : QUERY_PARAMETER, v, depth);
        end(b, other);
    }
    end(b, parameter);
}

static void put_type(Buf *b, const Value *v)
{
    if (v->kind == VALUE_STRING) {
        put_bytes(b, 1, value_as_str(v));
    }
    VALUE_EACH_ITEM(item, v) {
        put_bytes(b, 1, value_as_str(item));
    }
}

static void put_additional_properties(Buf *b, const Value *v, int depth)
{
    if (v->kind == VALUE_OBJECT) {
        put_sub(b, 1, SCHEMA, v, depth);
    } else if (value_as_bool(v).set) {
        put_tag(b, 2, 0);
        put_varint(b, value_as_bool(v).value);
    }
}

/* {"BearerToken": []} */
static void put_security_requirement(Buf *b, const Value *v)
{
    VALUE_EACH_MEMBER(m, v) {
        Nested n = begin(b, 1);
        put_bytes(b, 1, member_key(m));
        put_bytes(b, 2, STR(""));
        end(b, n);
    }
}

static void put_security_definitions(Buf *b, const Value *v, int depth)
{
    VALUE_EACH_MEMBER(m, v) {
        Nested named = begin(b, 1);
        put_bytes(b, 1, member_key(m));
        Nested item = begin(b, 2);
        Nested key = begin(b, 2);
        put_members(b, key_security_members, &m->value, depth);
        end(b, key);
        end(b, item);
        end(b, named);
    }
}

/* ResponseValue{response}; a response's schema: SchemaItem{schema} */
static void put_message(Buf *b, Message message, const Value *v, int depth)
{
    if (depth > PROTO_DEPTH_MAX) {
        return;
    }
    switch (message) {
    case NO_MESSAGE:
        break;
    case DOCUMENT:
        put_members(b, document_members, v, depth);
        break;
    case INFO:
        put_members(b, info_members, v, depth);
        break;
    case PATHS:
        put_named(b, 2, PATH_ITEM, v, depth);
        break;
    case PATH_ITEM:
        put_members(b, path_item_members, v, depth);
        break;
    case OPERATION:
        put_members(b, operation_members, v, depth);
        break;
    case PARAMETERS_ITEM:
        put_parameter(b, v, depth);
        break;
    case BODY_PARAMETER:
        put_members(b, body_parameter_members, v, depth);
        break;
    case QUERY_PARAMETER:
        put_members(b, query_parameter_members, v, depth);
        break;
    case PATH_PARAMETER:
        put_members(b, path_parameter_members, v, depth);
        break;
    case RESPONSES:
        put_named(b, 1, RESPONSE_VALUE, v, depth);
        break;
    case RESPONSE_VALUE: {
        Nested n = begin(b, 1);
        put_members(b, response_members, v, depth);
        end(b, n);
        break;
    }
    case SCHEMA_ITEM:
    case ITEMS:
        put_sub(b, 1, SCHEMA, v, depth);
        break;
    case SCHEMA:
        put_members(b, schema_members, v, depth);
        break;
    case NAMED_SCHEMAS:
        put_named(b, 1, SCHEMA, v, depth);
        break;
    case ADDITIONAL_PROPERTIES:
        put_additional_properties(b, v, depth);
        break;
    case TYPE:
        put_type(b, v);
        break;
    case SECURITY_REQUIREMENT:
        put_security_requirement(b, v);
        break;
    case SECURITY_DEFINITIONS:
        put_security_definitions(b, v, depth);
        break;
    }
}

Str openapi_proto(const Value *document, Arena *a)
{
    Buf b = buf_new(a);
    put_message(&b, DOCUMENT, document, 0);
    return buf_str(&b);
}
