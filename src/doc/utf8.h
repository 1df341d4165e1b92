/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 in documents. */
#ifndef PODGATE_DOC_UTF8_H
#define PODGATE_DOC_UTF8_H

#include "base/buf.h"

/* Bytes of a sequence by its first byte; 1 for what can be none. */
static inline size_t utf8_len(unsigned char first)
{
    return first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/* The valid sequence at s.ptr[at], or 0. */
static inline size_t utf8_valid_len(Str s, size_t at)
{
    size_t len = utf8_len((unsigned char)s.ptr[at]);
    return s.len - at >= len && str_is_utf8(str_slice(s, at, at + len)) ? len : 0;
}

/* s, or a copy in which each byte that is not UTF-8 is U+FFFD, as Go's encoders make it. */
Str utf8_repair(Str s, Arena *a);

#endif
