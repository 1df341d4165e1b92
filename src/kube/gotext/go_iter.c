/* SPDX-License-Identifier: Apache-2.0 */
/* The reader's bytes, errors, strings and members. */
#include "kube/gotext/go_iter.h"

enum {
    NEAR = 10, /* bytes around the error that are shown */
    AROUND = 50,
};

/* -- bytes ------------------------------------------------------------------------------------- */

static void reach_end(GoIter *i)
{
    if (i->state == GO_ITER_FINE) {
        i->at = i->text.len;
        i->state = GO_ITER_END;
    }
}

uint8_t go_iter_token(GoIter *i)
{
    for (size_t n = i->at; n < i->text.len; n++) {
        char c = i->text.ptr[n];
        if (c != ' ' && c != '\n' && c != '\t' && c != '\r') {
            i->at = n + 1;
            return (uint8_t)c;
        }
    }
    reach_end(i);
    return 0;
}

uint8_t go_iter_byte(GoIter *i)
{
    if (i->at >= i->text.len) {
        reach_end(i);
        return 0;
    }
    return (uint8_t)i->text.ptr[i->at++];
}

void go_iter_unread(GoIter *i)
{
    if (i->state == GO_ITER_FINE && i->at > 0) {
        i->at--;
    }
}

/* -- errors ------------------------------------------------------------------------------------ */

void go_iter_fail(GoIter *i, const char *operation, Str message)
{
    if (i->state == GO_ITER_FAILED) {
        return;
    }
    i->state = GO_ITER_FAILED;
    size_t before = i->at < NEAR ? i->at : NEAR;
    Str parsing = str_slice(i->text, i->at - before, i->at + NEAR);
    Str context = str_slice(i->text, i->at < AROUND ? 0 : i->at - AROUND, i->at + AROUND);
    Buf b = buf_new(i->arena);
    buf_add(&b, str_from_c(operation));
    buf_lit(&b, ": ");
    buf_add(&b, message);
    buf_printf(&b, ", error found in #%zu byte of ...|", before);
    buf_add(&b, parsing);
    buf_lit(&b, "|..., bigger context ...|");
    buf_add(&b, context);
    buf_lit(&b, "|...");
    i->message = buf_str(&b);
}

void go_iter_fail_found(GoIter *i, const char *operation, const char *expected, uint8_t found)
{
    if (i->state == GO_ITER_FAILED) {
        return;
    }
    Buf b = buf_new(i->arena);
    buf_add(&b, str_from_c(expected));
    buf_lit(&b, ", but found ");
    buf_byte(&b, (char)found);
    go_iter_fail(i, operation, buf_str(&b));
}

void go_iter_prefix(GoIter *i, Str first, Str second)
{
    if (i->state == GO_ITER_FAILED) {
        GoPrefix *p = new(i->arena, GoPrefix, 1);
        p->before = i->prefixes;
        p->parts[0] = first;
        p->parts[1] = second;
        i->prefixes = p;
    }
}

Str go_iter_message(const GoIter *i)
{
    Buf b = buf_new(i->arena);
    for (const GoPrefix *p = i->prefixes; p; p = p->before) {
        buf_add(&b, p->parts[0]);
        buf_add(&b, p->parts[1]);
    }
    buf_add(&b, i->message);
    return buf_str(&b);
}

/* -- literals ---------------------------------------------------------------------------------- */

void go_iter_literal(GoIter *i, const char *rest)
{
    for (const char *c = rest; *c; c++) {
        if (go_iter_byte(i) != (uint8_t)*c) {
            go_iter_fail(i, strlen(rest) == 4 ? "skipFourBytes" : "skipThreeBytes",
                         arena_printf(i->arena, "expect %s", rest));
            return;
        }
    }
}

bool go_iter_null(GoIter *i)
{
    if (go_iter_token(i) == 'n') {
        go_iter_literal(i, "ull");
        return true;
    }
    go_iter_unread(i);
    return false;
}

void go_iter_bool(GoIter *i)
{
    uint8_t c = go_iter_token(i);
    if (c == 't') {
        go_iter_literal(i, "rue");
    } else if (c == 'f') {
        go_iter_literal(i, "alse");
    } else {
        go_iter_fail_found(i, "ReadBool", "expect t or f", c);
    }
}

/* -- strings ----------------------------------------------------------------------------------- */

static uint32_t read_u4(GoIter *i)
{
    uint32_t code = 0;
    for (int n = 0; n < 4; n++) {
        uint8_t c = go_iter_byte(i);
        if (i->state != GO_ITER_FINE) {
            return 0;
        }
        if (c >= '0' && c <= '9') {
            code = code * 16 + (c - '0');
        } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
            code = code * 16 + ((c | 0x20) - 'a' + 10u);
        } else {
            go_iter_fail_found(i, "readU4", "expects 0~9 or a~f", c);
            return 0;
        }
    }
    return code;
}

static bool is_surrogate(uint32_t code)
{
    return code >= 0xD800 && code <= 0xDFFF;
}

static void add_rune(Buf *b, uint32_t code)
{
    code = is_surrogate(code) ? 0xFFFD : code;
    if (code < 0x80) {
        buf_byte(b, (char)code);
    } else if (code < 0x800) {
        buf_byte(b, (char)(0xC0 | code >> 6));
        buf_byte(b, (char)(0x80 | (code & 0x3F)));
    } else {
        if (code < 0x10000) {
            buf_byte(b, (char)(0xE0 | code >> 12));
        } else {
            buf_byte(b, (char)(0xF0 | code >> 18));
            buf_byte(b, (char)(0x80 | (code >> 12 & 0x3F)));
        }
        buf_byte(b, (char)(0x80 | (code >> 6 & 0x3F)));
        buf_byte(b, (char)(0x80 | (code & 0x3F)));
    }
}

/* The second half of a pair, or whatever stands there. False when the text ends or fails. */
static bool read_pair(GoIter *i, uint32_t high, Buf *b, uint8_t *next)
{
    *next = 0;
    uint8_t c = go_iter_byte(i);
    if (i->state != GO_ITER_FINE) {
        return false;
    }
    if (c != '\\') {
        go_iter_unread(i);
        add_rune(b, high);
        return true;
    }
    c = go_iter_byte(i);
    if (i->state != GO_ITER_FINE) {
        return false;
    }
    if (c != 'u') {
        add_rune(b, high);
        *next = c;
        return true;
    }
    uint32_t low = read_u4(i);
    if (i->state != GO_ITER_FINE) {
        return false;
    }
    if (high < 0xDC00 && low >= 0xDC00 && low <= 0xDFFF) {
        add_rune(b, 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00));
    } else {
        add_rune(b, high);
        add_rune(b, low);
    }
    return true;
}

static bool read_escape(GoIter *i, uint8_t c, Buf *b)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meant[] = "\"\\/\b\f\n\r\t";
    while (c == 'u') {
        uint32_t code = read_u4(i);
        if (!is_surrogate(code)) {
            add_rune(b, code);
            return true;
        }
        if (!read_pair(i, code, b, &c)) {
            return false;
        }
        if (c == 0) {
            return true;
        }
    }
    const char *found = c ? memchr(letters, c, sizeof letters - 1) : NULL;
    if (found == NULL) {
        go_iter_fail(i, "readEscapedChar", STR("invalid escape char after \\"));
        return false;
    }
    buf_byte(b, meant[found - letters]);
    return true;
}

Str go_iter_string_slow(GoIter *i)
{
    Buf b = buf_new(i->arena);
    while (i->state == GO_ITER_FINE) {
        uint8_t c = go_iter_byte(i);
        if (c == '"') {
            return buf_str(&b);
        }
        if (c == '\\') {
            (void)read_escape(i, go_iter_byte(i), &b);
        } else {
            buf_byte(&b, (char)c);
        }
    }
    go_iter_fail(i, "readStringSlowPath", STR("unexpected end of input"));
    return STR("");
}

Str go_iter_string(GoIter *i)
{
    uint8_t c = go_iter_token(i);
    if (c == 'n') {
        go_iter_literal(i, "ull");
        return STR("");
    }
    if (c != '"') {
        go_iter_fail_found(i, "ReadString", "expects \" or n", c);
        return STR("");
    }
    for (size_t n = i->at; n < i->text.len; n++) {
        c = (uint8_t)i->text.ptr[n];
        if (c == '"') {
            Str s = str_slice(i->text, i->at, n);
            i->at = n + 1;
            return s;
        }
        if (c == '\\') {
            break;
        }
        if (c < ' ') {
            go_iter_fail(i, "ReadString",
                         arena_printf(i->arena, "invalid control character found: %d", c));
            return STR("");
        }
    }
    return go_iter_string_slow(i);
}

/* -- members ----------------------------------------------------------------------------------- */

Str go_iter_field(GoIter *i)
{
    uint8_t c = go_iter_token(i);
    if (c != '"') {
        go_iter_fail_found(i, "readFieldHash", "expect \"", c);
        return STR_ABSENT;
    }
    for (size_t n = i->at; n < i->text.len; n++) {
        bool escaped = i->text.ptr[n] == '\\';
        if (!escaped && i->text.ptr[n] != '"') {
            continue;
        }
        Str name = str_slice(i->text, i->at, n);
        if (escaped) {
            i->at = n;
            name = arena_concat(i->arena, name, go_iter_string_slow(i));
        } else {
            i->at = n + 1;
        }
        c = go_iter_token(i);
        if (c != ':') {
            go_iter_fail_found(i, "readFieldHash", "expect :", c);
            return STR_ABSENT;
        }
        return name;
    }
    reach_end(i);
    go_iter_fail(i, "readFieldHash", STR("incomplete field name"));
    return STR_ABSENT;
}

bool go_iter_object_start(GoIter *i)
{
    uint8_t c = go_iter_token(i);
    if (c == '{') {
        if (go_iter_token(i) == '}') {
            return false;
        }
        go_iter_unread(i);
        return true;
    }
    if (c == 'n') {
        go_iter_literal(i, "ull");
    } else {
        go_iter_fail_found(i, "readObjectStart", "expect { or n", c);
    }
    return false;
}

bool go_iter_object_end(GoIter *i)
{
    uint8_t c = go_iter_token(i);
    if (c != ',' && c != '}') {
        Buf b = buf_new(i->arena);
        if (i->state != GO_ITER_FAILED) {
            buf_lit(&b, "object ended prematurely, unexpected char ");
            buf_byte(&b, (char)c);
        }
        go_iter_fail(i, "isObjectEnd", buf_str(&b));
    }
    return c != ',';
}
