/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing text in an arena. Append only; the pieces of a grown buffer stay in the arena until
 * its reset, so a buffer costs at most twice its final size.
 */
#ifndef PODGATE_BASE_BUF_H
#define PODGATE_BASE_BUF_H

#include "base/arena.h"

typedef struct Buf {
    char *ptr;
    size_t len;
    size_t cap;
    Arena *arena;
} Buf;

static inline Buf buf_new(Arena *a)
{
    return (Buf){ NULL, 0, 0, a };
}

/* Room for at least more bytes; returns where they go. Advance with b->len += written. */
char *buf_reserve(Buf *b, size_t more);

static inline void buf_add(Buf *b, Str s)
{
    if (s.len) {
        memcpy(b->len + s.len <= b->cap ? b->ptr + b->len : buf_reserve(b, s.len), s.ptr, s.len);
        b->len += s.len;
    }
}
#define buf_lit(b, literal) buf_add((b), STR(literal))
static inline void buf_byte(Buf *b, char c)
{
    *(b->len < b->cap ? b->ptr + b->len : buf_reserve(b, 1)) = c;
    b->len++;
}
void buf_int(Buf *b, int64_t n);
void buf_printf(Buf *b, const char *format, ...) PRINTF_LIKE(2, 3);
/* As Go's %q prints a string: double quotes, \n, \t, \", \\, \x00, unprintable runes as \u.... */
void buf_go_quoted(Buf *b, Str s);
/* The text so far; valid until the next append. Never absent. */
static inline Str buf_str(const Buf *b)
{
    return (Str){ b->ptr ? b->ptr : "", b->len };
}

#endif
