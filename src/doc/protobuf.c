/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the wire form of protocol buffers. */
#include "doc/protobuf.h"

#include <endian.h>

static bool fail(Str *problem, Str text)
{
    *problem = text;
    return false;
}

static bool fail_short(Str *problem)
{
    return fail(problem, STR("unexpected EOF"));
}

bool protobuf_read_varint(Str *rest, uint64_t *n, Str *problem)
{
    enum { BYTES_MAX = 10 };
    uint64_t value = 0;
    for (size_t i = 0; i < rest->len; i++) {
        if (i == BYTES_MAX) {
            return fail(problem, STR("proto: integer overflow"));
        }
        unsigned char byte = (unsigned char)rest->ptr[i];
        value |= (uint64_t)(byte & 0x7F) << (7 * i);
        if (byte < 0x80) {
            *n = value;
            *rest = str_drop(*rest, i + 1);
            return true;
        }
    }
    return rest->len < BYTES_MAX ? fail_short(problem)
                                 : fail(problem, STR("proto: integer overflow"));
}

bool protobuf_read_tag(Str *rest, ProtobufTag *tag, Str *problem)
{
    uint64_t n;
    if (!protobuf_read_varint(rest, &n, problem)) {
        return false;
    }
    *tag = (ProtobufTag){ .number = (int32_t)(uint32_t)(n >> 3), .wire = n & 7 };
    return true;
}

bool protobuf_read_fixed64(Str *rest, uint64_t *n, Str *problem)
{
    uint64_t word;
    if (rest->len < sizeof(word)) {
        return fail_short(problem);
    }
    memcpy(&word, rest->ptr, sizeof(word));
    *n = le64toh(word);
    *rest = str_drop(*rest, sizeof(word));
    return true;
}

bool protobuf_read_bytes(Str *rest, Str *bytes, Str *problem)
{
    uint64_t len;
    if (!protobuf_read_varint(rest, &len, problem)) {
        return false;
    }
    if (len > INT64_MAX) {
        return fail(problem, STR("proto: negative length found during unmarshaling"));
    }
    if (len > rest->len) {
        return fail_short(problem);
    }
    *bytes = str_from(rest->ptr, (size_t)len);
    *rest = str_drop(*rest, (size_t)len);
    return true;
}

static bool drop_bytes(Str *rest, size_t len, Str *problem)
{
    if (rest->len < len) {
        return fail_short(problem);
    }
    *rest = str_drop(*rest, len);
    return true;
}

/* A value that is no group. */
static bool skip_plain(Str *rest, unsigned wire, Str *problem)
{
    static const Str illegal[] = { STR_INIT("proto: illegal wireType 6"),
                                   STR_INIT("proto: illegal wireType 7") };
    uint64_t n;
    Str bytes;
    switch (wire) {
    case PROTOBUF_VARINT:
        return protobuf_read_varint(rest, &n, problem);
    case PROTOBUF_FIXED64:
        return drop_bytes(rest, sizeof(uint64_t), problem);
    case PROTOBUF_BYTES:
        return protobuf_read_bytes(rest, &bytes, problem);
    case PROTOBUF_FIXED32:
        return drop_bytes(rest, sizeof(uint32_t), problem);
    default:
        return fail(problem, illegal[wire == 7]);
    }
}

bool protobuf_skip(Str *rest, ProtobufTag tag, Str *problem)
{
    size_t depth = 0; /* groups that are open; every one took a byte of the input */
    for (;;) {
        if (tag.wire == PROTOBUF_GROUP_START) {
            depth++;
        } else if (tag.wire == PROTOBUF_GROUP_END) {
            if (depth == 0) {
                return fail(problem, STR("proto: unexpected end of group"));
            }
            depth--;
        } else if (!skip_plain(rest, tag.wire, problem)) {
            return false;
        }
        if (depth == 0) {
            return true;
        }
        if (!protobuf_read_tag(rest, &tag, problem)) {
            return false;
        }
    }
}
