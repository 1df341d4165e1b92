/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a message by the type it has. Recursion follows the types, whose nesting is finite.
 *
 * As in the readers that gogo generates, a message that stands twice is read on top of the first,
 * lists grow, and of anything else the last one counts. Maps keep all their entries until the end,
 * where each key is left with its last value.
 */
#include "doc/duplicates.h"
#include "kube/proto/table.h"
#include "kube/proto/walk.h"

static bool read_message(ProtoWalk *w, const SchemaType *t, unsigned within, Str message,
                         Value *object);

/* "PodSpec" of "core/v1.PodSpec" */
static Str go_type(const SchemaType *t)
{
    Str name = schema_type_name(t);
    return str_drop(name, (size_t)(str_rindex_byte(name, '.') + 1));
}

static const ProtoField *numbers_of(const SchemaField *f)
{
    return &proto_fields[f - schema_fields];
}

/* The field with that number in the message itself (within 0), or in one embedded in it. */
static const SchemaField *find_field(const ProtoWalk *w, const SchemaType *t, unsigned within,
                                     int32_t number)
{
    const ProtoField *rows = &proto_fields[t->first_field];
    for (unsigned i = 0; i < t->field_count; i++) {
        if ((rows[i].number & ~PROTO_WRAPPED) == number && rows[i].within == within) {
            const SchemaField *f = &schema_fields_of(t)[i];
            if (schema_field_is_in(f, w->target)) {
                return f;
            }
        }
    }
    return NULL;
}

/* The embedded message with that number, when t has a field in it; 0 for none. */
static unsigned find_embed(const SchemaType *t, unsigned within, int32_t number)
{
    const ProtoField *rows = &proto_fields[t->first_field];
    for (unsigned i = 0; i < t->field_count; i++) {
        for (unsigned e = rows[i].within; e; e = proto_embeds[e].within) {
            if (proto_embeds[e].within == within && proto_embeds[e].number == number) {
                return e;
            }
        }
    }
    return 0;
}

/* -- values -------------------------------------------------------------------------------------
 */

static bool is_number_kind(SchemaKind kind)
{
    return kind == SCHEMA_BOOL || kind == SCHEMA_INT32 || kind == SCHEMA_INT64;
}

static Value number_value(SchemaKind kind, uint64_t n)
{
    return kind == SCHEMA_BOOL    ? value_bool(n != 0)
           : kind == SCHEMA_INT32 ? value_int((int32_t)(uint32_t)n)
                                  : value_int((int64_t)n);
}

/* A list in a message of its own: {1: items}. */
static bool read_wrapped(ProtoWalk *w, Str name, const SchemaType *list, Str message, Value *at)
{
    const SchemaType *item = schema_item(list);
    while (message.len) {
        ProtobufTag tag;
        Str bytes;
        Value v = value_null();
        if (!proto_tag(w, name, &message, &tag)) {
            return false;
        }
        if (tag.number != 1) {
            if (!proto_skip(w, &message, tag)) {
                return false;
            }
        } else if (!proto_bytes(w, STR("items"), &message, tag, &bytes) ||
                   !proto_scalar(w, schema_kind(item), bytes, &v) || !proto_add(w, at, v)) {
            return false;
        }
    }
    return true;
}

/* A value that its own bytes hold: all but numbers, and lists and maps of fields. *at is what an
 * earlier one left, or null. */
static bool read_bytes(ProtoWalk *w, Str name, const SchemaType *t, Str bytes, Value *at)
{
    switch (schema_kind(t)) {
    case SCHEMA_STRUCT:
        if (at->kind != VALUE_OBJECT) {
            *at = value_object();
        }
        return read_message(w, t, 0, bytes, at);
    case SCHEMA_RAW:
        return str_eq(name, STR("openAPIV3Schema")) ? proto_json_schema(w, bytes, at)
                                                    : proto_json_message(w, bytes, at);
    case SCHEMA_LIST:
        return read_wrapped(w, name, t, bytes, at);
    case SCHEMA_MAP:
        return proto_refuse(w, ERR_UNSUPPORTED, STR("a map that is no field"));
    default:
        return proto_scalar(w, schema_kind(t), bytes, at);
    }
}

/* Any value but a list or map. */
static bool read_value(ProtoWalk *w, Str name, const SchemaType *t, Str *rest, ProtobufTag tag,
                       Value *at)
{
    if (is_number_kind(schema_kind(t))) {
        uint64_t n;
        if (!proto_number(w, name, rest, tag, &n)) {
            return false;
        }
        *at = number_value(schema_kind(t), n);
        return true;
    }
    Str bytes;
    return proto_bytes(w, name, rest, tag, &bytes) && read_bytes(w, name, t, bytes, at);
}

/* -- fields -------------------------------------------------------------------------------------
 */

/* Numbers one behind the other in a field of bytes. */
static bool read_packed(ProtoWalk *w, Str name, SchemaKind kind, Str packed, Value *list)
{
    while (packed.len) {
        uint64_t n;
        if (!proto_number(w, name, &packed, (ProtobufTag){ .wire = PROTOBUF_VARINT }, &n) ||
            !proto_add(w, list, number_value(kind, n))) {
            return false;
        }
    }
    return true;
}

static bool read_item(ProtoWalk *w, Str name, const SchemaType *list, Str *rest, ProtobufTag tag,
                      Value *at)
{
    const SchemaType *item = schema_item(list);
    Str packed;
    Value v = value_null();
    if (is_number_kind(schema_kind(item)) && tag.wire == PROTOBUF_BYTES) {
        return proto_bytes(w, name, rest, tag, &packed) &&
               read_packed(w, name, schema_kind(item), packed, at);
    }
    return read_value(w, name, item, rest, tag, &v) && proto_add(w, at, v);
}

/* What a map's entry has that gives no value. */
static bool zero_entry(ProtoWalk *w, const SchemaType *t, Value *at)
{
    switch (schema_kind(t)) {
    case SCHEMA_STRUCT:
        *at = value_object();
        return true;
    case SCHEMA_QUANTITY:
        *at = value_str(STR("0"));
        return true;
    case SCHEMA_BOOL:
    case SCHEMA_INT32:
    case SCHEMA_INT64:
        *at = number_value(schema_kind(t), 0);
        return true;
    case SCHEMA_RAW:
    case SCHEMA_LIST:
    case SCHEMA_MAP:
        return true;
    default:
        return proto_scalar(w, schema_kind(t), STR(""), at);
    }
}

/* {1: key, 2: value} */
static bool read_entry(ProtoWalk *w, Str name, const SchemaType *map, Str entry, Value *at)
{
    Str key = STR("");
    Value v = value_null();
    bool has_value = false;
    while (entry.len) {
        ProtobufTag tag;
        if (!proto_tag(w, name, &entry, &tag)) {
            return false;
        }
        bool ok = tag.number == 1   ? proto_bytes(w, name, &entry, tag, &key)
                  : tag.number == 2 ? read_value(w, name, schema_item(map), &entry, tag, &v)
                                    : proto_skip(w, &entry, tag);
        if (!ok) {
            return false;
        }
        has_value = has_value || tag.number == 2;
    }
    return (has_value || zero_entry(w, schema_item(map), &v)) && proto_add_member(w, at, key, v);
}

/* Whether JSON leaves out the value of a plain field. */
static bool is_left_out(const SchemaField *f, const Value *v)
{
    SchemaKind kind = schema_kind(schema_field_type(f));
    if (f->flags & SCHEMA_POINTER) {
        return false;
    }
    if (v->kind == VALUE_NULL) {
        return true;
    }
    bool is_zero = is_number_kind(kind) ? (v->kind == VALUE_BOOL ? !v->b : v->i == 0)
                   : kind == SCHEMA_STRING || kind == SCHEMA_BYTES ? v->len == 0
                                                                   : false;
    return is_zero && f->flags & SCHEMA_OMIT_EMPTY;
}

static bool read_field(ProtoWalk *w, const SchemaField *f, Str *rest, ProtobufTag tag,
                       Value *object)
{
    const SchemaType *t = schema_field_type(f);
    Str name = schema_field_name(f);
    Value *at = value_get(object, name);
    Value v = at ? *at : value_null();
    Str bytes;
    bool ok;
    if (schema_kind(t) == SCHEMA_LIST && !(numbers_of(f)->number & PROTO_WRAPPED)) {
        ok = read_item(w, name, t, rest, tag, &v);
    } else if (schema_kind(t) == SCHEMA_MAP) {
        ok = proto_bytes(w, name, rest, tag, &bytes) && read_entry(w, name, t, bytes, &v);
    } else {
        ok = read_value(w, name, t, rest, tag, &v);
    }
    if (!ok) {
        return false;
    }
    if (is_left_out(f, &v)) {
        value_remove(object, name);
    } else if (at) {
        *at = v;
    } else {
        value_set(object, name, v, w->arena);
    }
    return true;
}

static bool read_message(ProtoWalk *w, const SchemaType *t, unsigned within, Str message,
                         Value *object)
{
    while (message.len) {
        ProtobufTag tag;
        if (!proto_tag(w, go_type(t), &message, &tag)) {
            return false;
        }
        const SchemaField *f = find_field(w, t, within, tag.number);
        unsigned embed = f ? 0 : find_embed(t, within, tag.number);
        Str inner;
        bool ok = f       ? read_field(w, f, &message, tag, object)
                  : embed ? proto_bytes(w, STR("embedded"), &message, tag, &inner) &&
                                read_message(w, t, embed, inner, object)
                          : proto_skip(w, &message, tag);
        if (!ok) {
            return false;
        }
    }
    return true;
}

/* -- maps, at the end ---------------------------------------------------------------------------
 */

static void finish(ProtoWalk *w, const SchemaType *t, Value *v)
{
    switch (schema_kind(t)) {
    case SCHEMA_STRUCT:
        VALUE_EACH_MEMBER(m, v) {
            const SchemaField *f = schema_field(t, member_key(m), w->target);
            if (f) {
                finish(w, schema_field_type(f), &m->value);
            }
        }
        break;
    case SCHEMA_LIST:
        VALUE_EACH_ITEM(item, v) {
            finish(w, schema_item(t), item);
        }
        break;
    case SCHEMA_MAP:
        if (value_len(v)) {
            v->len = duplicates_drop(v->members, v->len, w->arena);
        }
        VALUE_EACH_MEMBER(m, v) {
            finish(w, schema_item(t), &m->value);
        }
        break;
    default:
        break;
    }
}

bool proto_read(const SchemaType *t, Str message, const KubeTarget *target, Arena *a, Value *out,
                Err *err)
{
    ProtoWalk w = { target, a, err };
    Value object = value_object();
    if (!read_message(&w, t, 0, message, &object)) {
        return false;
    }
    finish(&w, t, &object);
    *out = object;
    return true;
}
