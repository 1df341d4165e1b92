/* SPDX-License-Identifier: Apache-2.0 */
/* Within proto: what reading a message carries along. */
#ifndef PODGATE_KUBE_PROTO_WALK_H
#define PODGATE_KUBE_PROTO_WALK_H

#include "doc/protobuf.h"
#include "kube/proto/proto.h"

typedef struct ProtoWalk {
    const KubeTarget *target;
    Arena *arena;
    Err *err;
} ProtoWalk;

/* The next tag of a message of the named type; false when it is none. */
bool proto_tag(ProtoWalk *w, Str type_name, Str *rest, ProtobufTag *tag);
bool proto_skip(ProtoWalk *w, Str *rest, ProtobufTag tag);
/* The value of a field. name is for the complaint when the wire type is another one. */
bool proto_number(ProtoWalk *w, Str name, Str *rest, ProtobufTag tag, uint64_t *n);
bool proto_bytes(ProtoWalk *w, Str name, Str *rest, ProtobufTag tag, Str *bytes);
bool proto_wrong_wire(ProtoWalk *w, Str name, unsigned wire);
bool proto_refuse(ProtoWalk *w, ErrCode code, Str problem);
/* Adds to a list, up to the limit that lists in JSON have. */
bool proto_add(ProtoWalk *w, Value *list, Value item);
/* The same for a map. Keys may then be there several times: see proto_finish_map(). */
bool proto_add_member(ProtoWalk *w, Value *map, Str key, Value item);

/* A scalar of that kind, of its bytes; not for numbers and truth values. */
bool proto_scalar(ProtoWalk *w, SchemaKind kind, Str bytes, Value *out);
/* JSON in a message {1: bytes}. */
bool proto_json_message(ProtoWalk *w, Str bytes, Value *out);
/* JSONSchemaProps of apiextensions, which the schema has as JSON of any form. */
bool proto_json_schema(ProtoWalk *w, Str message, Value *out);

#endif
