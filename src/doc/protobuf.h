/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the wire form of protocol buffers, field by field. What the fields mean is the caller's.
 *
 * Complaints are those of the readers that gogo/protobuf generates, which the API server quotes.
 * Nothing is copied: bytes point into the message.
 */
#ifndef PODGATE_DOC_PROTOBUF_H
#define PODGATE_DOC_PROTOBUF_H

#include "base/str.h"

typedef enum ProtobufWire {
    PROTOBUF_VARINT = 0,
    PROTOBUF_FIXED64 = 1,
    PROTOBUF_BYTES = 2, /* a string, bytes or a message */
    PROTOBUF_GROUP_START = 3,
    PROTOBUF_GROUP_END = 4,
    PROTOBUF_FIXED32 = 5,
} ProtobufWire;

typedef struct ProtobufTag {
    int32_t number; /* above 0 in a tag that is right */
    uint8_t wire;   /* ProtobufWire, or 6 or 7, which nothing has */
} ProtobufTag;

/* Each takes what it reads off *rest (never absent). False, with *problem, when that is not there;
 * *rest is then of no more use. */
WARN_UNUSED bool protobuf_read_tag(Str *rest, ProtobufTag *tag, Str *problem);
WARN_UNUSED bool protobuf_read_varint(Str *rest, uint64_t *n, Str *problem);
WARN_UNUSED bool protobuf_read_fixed64(Str *rest, uint64_t *n, Str *problem);
WARN_UNUSED bool protobuf_read_bytes(Str *rest, Str *bytes, Str *problem);
/* The value of a field that is of no interest, groups within groups included. */
WARN_UNUSED bool protobuf_skip(Str *rest, ProtobufTag tag, Str *problem);

#endif
