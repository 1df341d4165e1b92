/* SPDX-License-Identifier: Apache-2.0 */
/* A growing text in an arena. */
#include "base/buf.h"

#include <stdio.h>

enum { BUF_BYTES_MIN = 64 };

char *buf_reserve(Buf *b, size_t more)
{
    if (b->len + more > b->cap || !b->ptr) {
        size_t cap = b->cap ? b->cap * 2 : BUF_BYTES_MIN;
        if (cap < b->len + more) {
            cap = b->len + more;
        }
        char *grown = arena_alloc(b->arena, cap);
        if (b->len) {
            memcpy(grown, b->ptr, b->len);
        }
        b->ptr = grown;
        b->cap = cap;
    }
    return b->ptr + b->len;
}

void buf_int(Buf *b, int64_t n)
{
    char digits[20];
    size_t at = sizeof(digits);
    uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (n < 0) {
        digits[--at] = '-';
    }
    buf_add(b, (Str){ digits + at, sizeof(digits) - at });
}

void buf_printf(Buf *b, const char *format, ...)
{
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(b->ptr ? b->ptr + b->len : NULL, b->cap - b->len, format, args);
    if (len >= 0) {
        if ((size_t)len >= b->cap - b->len) {
            char *at = buf_reserve(b, (size_t)len + 1);
            vsnprintf(at, (size_t)len + 1, format, again);
        }
        b->len += (size_t)len;
    }
    va_end(again);
    va_end(args);
}

void buf_go_quoted(Buf *b, Str s)
{
    static const char escapes[] = "\aa\bb\ff\nn\rr\tt\vv\\\\\"\"";
    buf_byte(b, '"');
    for (size_t i = 0; i < s.len;) {
        uint32_t code = 0;
        size_t len = str_rune_at(s, i, &code);
        const char *escape = NULL;
        if (len == 1) {
            for (const char *e = escapes; *e; e += 2) {
                if (*e == s.ptr[i]) {
                    escape = e;
                }
            }
        }
        if (len == 0) {
            buf_printf(b, "\\x%02x", (unsigned char)s.ptr[i]);
            len = 1;
        } else if (escape) {
            buf_byte(b, '\\');
            buf_byte(b, escape[1]);
        } else if (rune_is_printable(code)) {
            buf_add(b, str_slice(s, i, i + len));
        } else if (code < 0x80) {
            buf_printf(b, "\\x%02x", code);
        } else {
            buf_printf(b, code > 0xFFFF ? "\\U%08x" : "\\u%04x", code);
        }
        i += len;
    }
    buf_byte(b, '"');
}
