/* SPDX-License-Identifier: Apache-2.0 */
/* What a string's characters allow when it is written as YAML. Strings here are UTF-8. */
#ifndef PODGATE_DOC_YAML_SHAPE_H
#define PODGATE_DOC_YAML_SHAPE_H

#include "base/str.h"

static inline unsigned char yaml_byte_at(Str s, size_t at)
{
    return at < s.len ? (unsigned char)s.ptr[at] : 0;
}

static inline bool yaml_is_space(Str s, size_t at)
{
    return yaml_byte_at(s, at) == ' ' && at < s.len;
}

static inline bool yaml_is_blank(Str s, size_t at)
{
    return at < s.len && (s.ptr[at] == ' ' || s.ptr[at] == '\t');
}

/* LF, CR, U+0085, U+2028, U+2029 */
static inline bool yaml_is_break(Str s, size_t at)
{
    unsigned char c = yaml_byte_at(s, at);
    return at < s.len &&
           (c == '\n' || c == '\r' || (c == 0xC2 && yaml_byte_at(s, at + 1) == 0x85) ||
            (c == 0xE2 && yaml_byte_at(s, at + 1) == 0x80 &&
             (yaml_byte_at(s, at + 2) == 0xA8 || yaml_byte_at(s, at + 2) == 0xA9)));
}

/* What may stand as it is: not tabs, and nothing beyond U+FFFF. */
static inline bool yaml_is_printable(Str s, size_t at)
{
    unsigned char c = yaml_byte_at(s, at);
    unsigned char second = yaml_byte_at(s, at + 1);
    unsigned char third = yaml_byte_at(s, at + 2);
    if (c < 0x80) {
        return c == '\n' || (c >= 0x20 && c <= 0x7E);
    }
    if (c == 0xC2) {
        return second >= 0xA0;
    }
    if (c == 0xEF) {
        return !(second == 0xBB && third == 0xBF) && !(second == 0xBF && third >= 0xBE);
    }
    return c < 0xF0;
}

typedef struct YamlShape {
    bool multiline;
    bool plain;
    bool single_quoted;
    bool block;
} YamlShape;

/* How a string may be written. */
YamlShape yaml_shape_of(Str s);
/* Does it read back as a string when nothing is put around it? */
bool yaml_reads_as_string(Str s);

#endif
