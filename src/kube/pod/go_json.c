/* SPDX-License-Identifier: Apache-2.0 */
/* Go's messages about broken JSON: a scanner with a stack of open arrays and objects. */
#include "kube/pod/go_json.h"

#include "base/buf.h"

enum { DEPTH_MAX = 10000 }; /* as in Go */

typedef struct Scan {
    Str text;
    size_t at;
    Arena *arena;
    Str error; /* absent so far */
} Scan;

static bool fail(Scan *s, const char *context)
{
    if (s->at >= s->text.len) {
        s->error = STR("unexpected end of JSON input");
        return false;
    }
    Buf b = buf_new(s->arena);
    buf_lit(&b, "invalid character ");
    unsigned char c = (unsigned char)s->text.ptr[s->at];
    if (c == '\'') {
        buf_lit(&b, "'\\''");
    } else if (c == '"') {
        buf_lit(&b, "'\"'");
    } else {
        /* Go takes the byte as a character of Latin-1. */
        char utf8[2] = { (char)(0xC0 | c >> 6), (char)(0x80 | (c & 0x3F)) };
        char ascii = (char)c;
        Buf quoted = buf_new(s->arena);
        buf_go_quoted(&quoted, c < 0x80 ? str_from(&ascii, 1) : str_from(utf8, 2));
        Str inner = buf_str(&quoted);
        buf_byte(&b, '\'');
        buf_add(&b, str_slice(inner, 1, inner.len - 1));
        buf_byte(&b, '\'');
    }
    buf_printf(&b, " %s", context);
    s->error = buf_str(&b);
    return false;
}

static char peek(const Scan *s)
{
    return s->at < s->text.len ? s->text.ptr[s->at] : '\0';
}

static void skip_space(Scan *s)
{
    while (s->at < s->text.len && strchr(" \t\r\n", s->text.ptr[s->at]) && peek(s)) {
        s->at++;
    }
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool scan_string(Scan *s)
{
    for (s->at++; s->at < s->text.len; s->at++) {
        char c = peek(s);
        if (c == '"') {
            s->at++;
            return true;
        }
        if ((unsigned char)c < ' ') {
            return fail(s, "in string literal");
        }
        if (c != '\\') {
            continue;
        }
        s->at++;
        if (peek(s) == 'u') {
            for (int i = 0; i < 4; i++) {
                s->at++;
                if (!is_hex(peek(s))) {
                    return fail(s, "in \\u hexadecimal character escape");
                }
            }
        } else if (!peek(s) || !strchr("bfnrt\\/\"", peek(s))) {
            return fail(s, "in string escape code");
        }
    }
    return fail(s, "");
}

static void skip_digits(Scan *s)
{
    while (is_digit(peek(s))) {
        s->at++;
    }
}

static bool scan_number(Scan *s)
{
    if (peek(s) == '-') {
        s->at++;
        if (!is_digit(peek(s))) {
            return fail(s, "in numeric literal");
        }
    }
    if (peek(s) == '0') {
        s->at++;
    } else {
        skip_digits(s);
    }
    if (peek(s) == '.') {
        s->at++;
        if (!is_digit(peek(s))) {
            return fail(s, "after decimal point in numeric literal");
        }
        skip_digits(s);
    }
    if (peek(s) == 'e' || peek(s) == 'E') {
        s->at++;
        if (peek(s) == '+' || peek(s) == '-') {
            s->at++;
        }
        if (!is_digit(peek(s))) {
            return fail(s, "in exponent of numeric literal");
        }
        skip_digits(s);
    }
    return true;
}

static bool scan_word(Scan *s, const char *word)
{
    for (const char *at = word + 1; *at; at++) {
        s->at++;
        if (peek(s) != *at) {
            Str context = arena_printf(s->arena, "in literal %s (expecting '%c')", word, *at);
            return fail(s, arena_cstr(s->arena, context));
        }
    }
    s->at++;
    return true;
}

static bool scan_scalar(Scan *s)
{
    char c = peek(s);
    if (c == '"') {
        return scan_string(s);
    }
    if (c == '-' || is_digit(c)) {
        return scan_number(s);
    }
    switch (c) {
    case 't':
        return scan_word(s, "true");
    case 'f':
        return scan_word(s, "false");
    case 'n':
        return scan_word(s, "null");
    default:
        return fail(s, "looking for beginning of value");
    }
}

static bool scan_key(Scan *s)
{
    skip_space(s);
    if (peek(s) != '"') {
        return fail(s, "looking for beginning of object key string");
    }
    if (!scan_string(s)) {
        return false;
    }
    skip_space(s);
    if (peek(s) != ':') {
        return fail(s, "after object key");
    }
    s->at++;
    return true;
}

/* open   the opening brackets around the place; depth of them */
static bool scan_document(Scan *s, char *open)
{
    size_t depth = 0;
    for (;;) {
        /* a value begins */
        skip_space(s);
        char c = peek(s);
        bool is_empty = false;
        if (c == '[' || c == '{') {
            if (depth == DEPTH_MAX) {
                s->error = STR("exceeded max depth");
                return false;
            }
            open[depth++] = c;
            s->at++;
            skip_space(s);
            is_empty = peek(s) == (c == '[' ? ']' : '}');
            if (!is_empty) {
                if (c == '{' && !scan_key(s)) {
                    return false;
                }
                continue;
            }
        } else if (!scan_scalar(s)) {
            return false;
        }
        /* a value has ended, or an empty array or object is about to */
        for (;;) {
            skip_space(s);
            if (depth == 0) {
                return s->at == s->text.len || fail(s, "after top-level value");
            }
            bool in_array = open[depth - 1] == '[';
            if (peek(s) == (in_array ? ']' : '}')) {
                s->at++;
                depth--;
                continue;
            }
            if (peek(s) != ',') {
                return fail(s, in_array ? "after array element" : "after object key:value pair");
            }
            s->at++;
            if (!in_array && !scan_key(s)) {
                return false;
            }
            break;
        }
    }
}

Str go_json_error(Str text, Arena *a)
{
    Scan s = { .text = text, .arena = a };
    char *open = arena_alloc(a, DEPTH_MAX);
    return scan_document(&s, open) ? STR_ABSENT : s.error;
}
