/* SPDX-License-Identifier: Apache-2.0 */
/* Writing JSON as Go's encoding/json does. Recursion is over trees whose depth the readers have
 * limited. */
#include "doc/json.h"

#include "doc/number.h"
#include "doc/utf8.h"

#include <math.h>

/* -- numbers ---------------------------------------------------------------------------------- */

void json_write_float(double f, Buf *b)
{
    if (isfinite(f)) {
        number_write_json(f, b);
    } else {
        buf_lit(b, "null");
    }
}

static void write_uint(uint64_t u, Buf *b)
{
    if (u <= INT64_MAX) {
        buf_int(b, (int64_t)u);
    } else {
        buf_printf(b, "%llu", (unsigned long long)u);
    }
}

/* -- strings ---------------------------------------------------------------------------------- */

enum {
    ESCAPE = 1,      /* always: control characters, quote, backslash */
    ESCAPE_HTML = 2, /* when HTML-safe */
    NOT_ASCII = 4,   /* to be looked at: U+2028, U+2029, not UTF-8 */
};

#define E ESCAPE
#define H ESCAPE_HTML
static const uint8_t byte_classes[256] = {
    E,         E,
    E,         E,
    E,         E,
    E,         E,
    E,         E,
    E,         E,
    E,         E,
    E,         E,
    E,         E,
    E,         E,
    E,         E,
    E,         E,
    E,         E,
    E,         E,
    E,         E,
    E,         E,
    ['"'] = E, ['\\'] = E,
    ['<'] = H, ['>'] = H,
    ['&'] = H, [0x80 ... 0xFF] = NOT_ASCII,
};
#undef E
#undef H

static void write_escape(unsigned char c, Buf *b)
{
    static const char short_names[] = { ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't' };
    if (c == '"' || c == '\\') {
        buf_byte(b, '\\');
        buf_byte(b, (char)c);
    } else if (c < sizeof(short_names) && short_names[c]) {
        buf_byte(b, '\\');
        buf_byte(b, short_names[c]);
    } else {
        buf_printf(b, "\\u%04x", c);
    }
}

/* The sequence at s.ptr[at], which is not ASCII; returns its length. */
static size_t write_not_ascii(Str s, size_t at, bool html_safe, Buf *b)
{
    size_t len = utf8_valid_len(s, at);
    if (len == 0) {
        buf_lit(b, "\\ufffd");
        return 1;
    }
    Str sequence = str_slice(s, at, at + len);
    bool is_separator = len == 3 && memcmp(sequence.ptr, "\xE2\x80", 2) == 0 &&
                        ((unsigned char)sequence.ptr[2] | 1) == 0xA9;
    if (html_safe && is_separator) {
        buf_printf(b, "\\u202%x", (unsigned char)sequence.ptr[2] & 0xFu);
    } else {
        buf_add(b, sequence);
    }
    return len;
}

void json_write_str(Str s, bool html_safe, Buf *b)
{
    uint8_t stop = html_safe ? ESCAPE | ESCAPE_HTML | NOT_ASCII : ESCAPE | NOT_ASCII;
    buf_reserve(b, s.len + 2);
    buf_byte(b, '"');
    size_t from = 0;
    for (size_t i = 0; i < s.len;) {
        uint8_t class = byte_classes[(unsigned char)s.ptr[i]];
        if (!(class & stop)) {
            i++;
            continue;
        }
        buf_add(b, str_slice(s, from, i));
        if (class & NOT_ASCII) {
            i += write_not_ascii(s, i, html_safe, b);
        } else {
            write_escape((unsigned char)s.ptr[i++], b);
        }
        from = i;
    }
    buf_add(b, str_slice(s, from, s.len));
    buf_byte(b, '"');
}

/* -- trees ------------------------------------------------------------------------------------ */

typedef struct Writer {
    Buf *buf;
    bool html_safe;
    int indent; /* spaces a level; 0 for compact */
} Writer;

static void new_line(const Writer *w, int level)
{
    if (w->indent) {
        size_t spaces = (size_t)(w->indent * level);
        char *at = buf_reserve(w->buf, spaces + 1);
        at[0] = '\n';
        memset(at + 1, ' ', spaces);
        w->buf->len += spaces + 1;
    }
}

static void write_value(const Writer *w, const Value *v, int level)
{
    Buf *b = w->buf;
    switch ((ValueKind)v->kind) {
    case VALUE_NULL:
        buf_lit(b, "null");
        break;
    case VALUE_BOOL:
        buf_add(b, v->b ? STR("true") : STR("false"));
        break;
    case VALUE_INT:
        buf_int(b, v->i);
        break;
    case VALUE_UINT:
        write_uint(v->u, b);
        break;
    case VALUE_FLOAT:
        json_write_float(v->f, b);
        break;
    case VALUE_STRING:
        json_write_str(value_as_str(v), w->html_safe, b);
        break;
    case VALUE_ARRAY:
        buf_byte(b, '[');
        for (uint32_t i = 0; i < v->len; i++) {
            if (i) {
                buf_byte(b, ',');
            }
            new_line(w, level + 1);
            write_value(w, &v->items[i], level + 1);
        }
        if (v->len) {
            new_line(w, level);
        }
        buf_byte(b, ']');
        break;
    case VALUE_OBJECT:
        buf_byte(b, '{');
        for (uint32_t i = 0; i < v->len; i++) {
            if (i) {
                buf_byte(b, ',');
            }
            new_line(w, level + 1);
            json_write_str(member_key(&v->members[i]), w->html_safe, b);
            buf_add(b, w->indent ? STR(": ") : STR(":"));
            write_value(w, &v->members[i].value, level + 1);
        }
        if (v->len) {
            new_line(w, level);
        }
        buf_byte(b, '}');
        break;
    }
}

void json_write(const Value *v, Buf *b)
{
    write_value(&(Writer){ .buf = b }, v, 0);
}

void json_write_html_safe(const Value *v, Buf *b)
{
    write_value(&(Writer){ .buf = b, .html_safe = true }, v, 0);
}

void json_write_pretty(const Value *v, Buf *b)
{
    write_value(&(Writer){ .buf = b, .html_safe = true, .indent = 4 }, v, 0);
}
