/* SPDX-License-Identifier: Apache-2.0 */
/* The envelope of a body, and what all messages have in common. */
#include "kube/proto/proto.h"

#include "doc/limits.h"
#include "doc/utf8.h"
#include "kube/proto/walk.h"

#define MAGIC ((Str){ "k8s", sizeof("k8s") }) /* with its zero byte */

bool proto_refuse(ProtoWalk *w, ErrCode code, Str problem)
{
    return err_set(w->err, w->arena, code, "%.*s", STR_ARG(problem));
}

bool proto_tag(ProtoWalk *w, Str type_name, Str *rest, ProtobufTag *tag)
{
    Str problem;
    if (!protobuf_read_tag(rest, tag, &problem)) {
        return proto_refuse(w, ERR_SYNTAX, problem);
    }
    if (tag->wire == PROTOBUF_GROUP_END) {
        return err_set(w->err, w->arena, ERR_SYNTAX,
                       "proto: %.*s: wiretype end group for non-group", STR_ARG(type_name));
    }
    if (tag->number <= 0) {
        return err_set(w->err, w->arena, ERR_SYNTAX, "proto: %.*s: illegal tag %d (wire type %u)",
                       STR_ARG(type_name), tag->number, (unsigned)tag->wire);
    }
    return true;
}

bool proto_skip(ProtoWalk *w, Str *rest, ProtobufTag tag)
{
    Str problem;
    return protobuf_skip(rest, tag, &problem) || proto_refuse(w, ERR_SYNTAX, problem);
}

/* Go's name of a field is its name in JSON, begun with a capital; these are not. */
static Str go_name(Str name, Arena *a)
{
    static const struct {
        Str json;
        Str go;
    } odd[] = {
        { STR_INIT("metadata"), STR_INIT("ObjectMeta") },
        { STR_INIT("uid"), STR_INIT("UID") },
        { STR_INIT("apiVersion"), STR_INIT("APIVersion") },
        { STR_INIT("apiGroup"), STR_INIT("APIGroup") },
        { STR_INIT("apiGroups"), STR_INIT("APIGroups") },
    };
    for (size_t i = 0; i < COUNT_OF(odd); i++) {
        if (str_eq(odd[i].json, name)) {
            return odd[i].go;
        }
    }
    if (name.len == 0 || name.ptr[0] < 'a' || name.ptr[0] > 'z') {
        return name;
    }
    Buf b = buf_new(a);
    buf_byte(&b, (char)(name.ptr[0] - 'a' + 'A'));
    buf_add(&b, str_drop(name, 1));
    return buf_str(&b);
}

bool proto_wrong_wire(ProtoWalk *w, Str name, unsigned wire)
{
    Str go = go_name(name, w->arena);
    return err_set(w->err, w->arena, ERR_SYNTAX, "proto: wrong wireType = %u for field %.*s", wire,
                   STR_ARG(go));
}

bool proto_number(ProtoWalk *w, Str name, Str *rest, ProtobufTag tag, uint64_t *n)
{
    Str problem;
    if (tag.wire != PROTOBUF_VARINT) {
        return proto_wrong_wire(w, name, tag.wire);
    }
    return protobuf_read_varint(rest, n, &problem) || proto_refuse(w, ERR_SYNTAX, problem);
}

bool proto_bytes(ProtoWalk *w, Str name, Str *rest, ProtobufTag tag, Str *bytes)
{
    Str problem;
    if (tag.wire != PROTOBUF_BYTES) {
        return proto_wrong_wire(w, name, tag.wire);
    }
    return protobuf_read_bytes(rest, bytes, &problem) || proto_refuse(w, ERR_SYNTAX, problem);
}

static bool has_room(ProtoWalk *w, const Value *v)
{
    return v->len < doc_limits_request.list_max ||
           err_set(w->err, w->arena, ERR_LIMIT, "more than %u items in a list or map",
                   doc_limits_request.list_max);
}

bool proto_add(ProtoWalk *w, Value *list, Value item)
{
    if (list->kind != VALUE_ARRAY) {
        *list = value_array();
    }
    if (!has_room(w, list)) {
        return false;
    }
    value_add(list, item, w->arena);
    return true;
}

bool proto_add_member(ProtoWalk *w, Value *map, Str key, Value item)
{
    if (map->kind != VALUE_OBJECT) {
        *map = value_object();
    }
    if (!has_room(w, map)) {
        return false;
    }
    value_append(map, utf8_repair(key, w->arena), item, w->arena);
    return true;
}

/* -- the envelope: runtime.Unknown {1: TypeMeta {1: apiVersion, 2: kind}, 2: raw, 3: encoding,
 * 4: type} ------------------------------------------------------------------------------------ */

static bool read_type_meta(ProtoWalk *w, Str message, ProtoEnvelope *out)
{
    while (message.len) {
        ProtobufTag tag;
        if (!proto_tag(w, STR("TypeMeta"), &message, &tag)) {
            return false;
        }
        bool ok = tag.number == 1
                      ? proto_bytes(w, STR("apiVersion"), &message, tag, &out->api_version)
                  : tag.number == 2 ? proto_bytes(w, STR("kind"), &message, tag, &out->kind)
                                    : proto_skip(w, &message, tag);
        if (!ok) {
            return false;
        }
    }
    return true;
}

static bool read_envelope_field(ProtoWalk *w, Str *rest, ProtobufTag tag, ProtoEnvelope *out)
{
    Str inner;
    switch (tag.number) {
    case 1:
        return proto_bytes(w, STR("typeMeta"), rest, tag, &inner) && read_type_meta(w, inner, out);
    case 2:
        return proto_bytes(w, STR("raw"), rest, tag, &out->raw);
    case 3:
        return proto_bytes(w, STR("contentEncoding"), rest, tag, &out->content_encoding);
    case 4:
        return proto_bytes(w, STR("contentType"), rest, tag, &out->content_type);
    default:
        return proto_skip(w, rest, tag);
    }
}

bool proto_open(Str body, Arena *a, ProtoEnvelope *out, Err *err)
{
    ProtoWalk w = { .arena = a, .err = err };
    if (body.len == 0) {
        return err_set(err, a, ERR_SYNTAX, "empty data");
    }
    if (!str_starts_with(body, MAGIC)) {
        return err_set(err, a, ERR_SYNTAX,
                       "provided data does not appear to be a protobuf message, expected prefix "
                       "[107 56 115 0]");
    }
    if (body.len == MAGIC.len) {
        return err_set(err, a, ERR_SYNTAX, "empty body");
    }
    if (!doc_check_size(STR("body"), body.len, &doc_limits_request, a, err)) {
        return false;
    }
    ProtoEnvelope found = { STR(""), STR(""), STR(""), STR(""), STR("") };
    Str rest = str_drop(body, MAGIC.len);
    while (rest.len) {
        ProtobufTag tag;
        if (!proto_tag(&w, STR("Unknown"), &rest, &tag) ||
            !read_envelope_field(&w, &rest, tag, &found)) {
            return false;
        }
    }
    found.api_version = utf8_repair(found.api_version, a);
    found.kind = utf8_repair(found.kind, a);
    *out = found;
    return true;
}

/* What Kubernetes registers in every group and version. */
static const SchemaType *find_options(Str kind)
{
    static const Str kinds[] = {
        STR_INIT("CreateOptions"), STR_INIT("DeleteOptions"), STR_INIT("GetOptions"),
        STR_INIT("ListOptions"),   STR_INIT("PatchOptions"),  STR_INIT("UpdateOptions"),
    };
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (str_eq(kinds[i], kind)) {
            return schema_find(STR("v1"), kind);
        }
    }
    return NULL;
}

const SchemaType *proto_type(const ProtoEnvelope *envelope)
{
    const SchemaType *t = schema_find(envelope->api_version, envelope->kind);
    return t || envelope->api_version.len == 0 ? t : find_options(envelope->kind);
}

static bool refuse_kind(const ProtoEnvelope *envelope, Arena *a, Err *err)
{
    const char *missing = envelope->kind.len == 0          ? "Kind"
                          : envelope->api_version.len == 0 ? "apiVersion"
                                                           : NULL;
    Buf b = buf_new(a);
    if (missing) {
        buf_printf(&b, "Object '%s' is missing in 'runtime.TypeMeta{APIVersion:", missing);
        buf_go_quoted(&b, envelope->api_version);
        buf_lit(&b, ", Kind:");
        buf_go_quoted(&b, envelope->kind);
        buf_lit(&b, "}'");
    } else {
        buf_lit(&b, "no kind ");
        buf_go_quoted(&b, envelope->kind);
        buf_lit(&b, " is registered for version ");
        buf_go_quoted(&b, envelope->api_version);
        buf_lit(&b, " in scheme \"k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30\"");
    }
    return err_set(err, a, ERR_UNSUPPORTED, "%.*s", STR_ARG(buf_str(&b)));
}

static void set_first(Value *object, Str key, Str text, Arena *a)
{
    if (text.len) {
        value_set(object, key, value_str(text), a);
    }
}

bool proto_decode(Str body, const SchemaType *fallback, const KubeTarget *target, Arena *a,
                  Value *out, Err *err)
{
    ProtoEnvelope envelope;
    Value object;
    if (!proto_open(body, a, &envelope, err)) {
        return false;
    }
    bool is_named = envelope.kind.len && envelope.api_version.len;
    const SchemaType *t = is_named ? proto_type(&envelope) : fallback;
    if (!t) {
        return refuse_kind(&envelope, a, err);
    }
    if (!proto_read(t, envelope.raw, target, a, &object, err)) {
        return false;
    }
    Value whole = value_object();
    set_first(&whole, STR("kind"), envelope.kind, a);
    set_first(&whole, STR("apiVersion"), envelope.api_version, a);
    VALUE_EACH_MEMBER(m, &object) {
        value_set(&whole, member_key(m), m->value, a);
    }
    *out = whole;
    return true;
}
