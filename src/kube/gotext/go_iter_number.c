/* SPDX-License-Identifier: Apache-2.0 */
/* The reader's numbers and what it passes over. Numbers wrap around where the original's do. */
#include "kube/gotext/go_iter.h"

enum {
    SKIP_DEPTH_MAX = 10000,
    FAST_BYTES = 10, /* with more left than these, eight digits are read at once */
    FAST_DIGITS = 8,
};

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static uint8_t peek(const GoIter *i, size_t at)
{
    return at < i->text.len ? (uint8_t)i->text.ptr[at] : 0;
}

/* -- integers ---------------------------------------------------------------------------------- */

static void need_integer(GoIter *i)
{
    if (peek(i, i->at) == '.') {
        go_iter_fail(i, "assertInteger", STR("can not decode float as int"));
    }
}

/* max: of the type, which the value is kept within by dropping higher bits. False on an error or
 * a value that is not there. */
static uint64_t read_unsigned(GoIter *i, uint8_t first, uint64_t max, const char *operation)
{
    if (first == '0') {
        need_integer(i);
        return 0;
    }
    if (!is_digit(first)) {
        go_iter_fail(i, operation, STR("unexpected character: \xff"));
        return 0;
    }
    uint64_t value = first - (uint64_t)'0';
    if (i->at < i->text.len && i->text.len - i->at > FAST_BYTES) {
        for (int n = 1; n < FAST_DIGITS && is_digit(peek(i, i->at)); n++) {
            value = value * 10 + (peek(i, i->at++) - (uint64_t)'0');
        }
    }
    size_t n = i->at;
    for (; is_digit(peek(i, n)); n++) {
        uint64_t next = (value * 10 + (peek(i, n) - (uint64_t)'0')) & max;
        if (value > max / 10 - 1 && next < value) {
            go_iter_fail(i, operation, STR("overflow"));
            return 0;
        }
        value = next;
    }
    if (n >= i->text.len) {
        /* the end is reached, which matters to no document */
        if (i->state == GO_ITER_FINE) {
            i->state = GO_ITER_END;
            i->at = n;
        }
    } else {
        i->at = n;
    }
    need_integer(i);
    return value;
}

static void read_signed(GoIter *i, uint64_t unsigned_max, const char *unsigned_operation,
                        const char *operation)
{
    uint64_t max = unsigned_max / 2;
    uint8_t c = go_iter_token(i);
    bool negative = c == '-';
    uint64_t value = read_unsigned(i, negative ? go_iter_byte(i) : c, unsigned_max,
                                   unsigned_operation);
    if (value > max + negative) {
        go_iter_fail(i, operation,
                     arena_printf(i->arena, "overflow: %llu", (unsigned long long)value));
    }
}

void go_iter_int32(GoIter *i)
{
    read_signed(i, UINT32_MAX, "readUint32", "ReadInt32");
}

void go_iter_int64(GoIter *i)
{
    read_signed(i, UINT64_MAX, "readUint64", "ReadInt64");
}

void go_iter_uint8(GoIter *i)
{
    uint64_t value = read_unsigned(i, go_iter_token(i), UINT32_MAX, "readUint32");
    if (value > UINT8_MAX) {
        go_iter_fail(i, "ReadUint8",
                     arena_printf(i->arena, "overflow: %llu", (unsigned long long)value));
    }
}

/* -- passing over ------------------------------------------------------------------------------ */

/* A number that begins with 0, whose first byte may have been taken already. */
static void skip_float(GoIter *i)
{
    if (go_iter_token(i) != '-') {
        go_iter_unread(i);
    }
    uint8_t c = peek(i, i->at);
    bool empty = c == ',' || c == ']' || c == '}' || c == ' ' || c == '\t' || c == '\n';
    if (i->at < i->text.len && (empty || c == '.')) {
        go_iter_fail(i, "readFloat32", empty ? STR("empty number") : STR("leading dot is invalid"));
        return;
    }
    if (c == '0' && is_digit(peek(i, i->at + 1))) {
        go_iter_fail(i, "readFloat32", STR("leading zero is invalid"));
        return;
    }
    static const char of_number[] = "+-.eE0123456789";
    while (i->at < i->text.len && memchr(of_number, i->text.ptr[i->at], sizeof of_number - 1)) {
        i->at++;
    }
}

/* After its first byte. After an error it stays where it is when the number looks wrong. */
static void skip_number(GoIter *i)
{
    bool dot = false;
    for (size_t n = i->at; n < i->text.len; n++) {
        uint8_t c = peek(i, n);
        if (c == '.') {
            if (dot || (n + 1 < i->text.len && !is_digit(peek(i, n + 1)))) {
                go_iter_fail(i, "validateNumber",
                             dot ? STR("more than one dot found in number")
                                 : STR("missing digit after dot"));
                return;
            }
            dot = true;
        } else if (!is_digit(c)) {
            bool ends = memchr(",]} \t\n\r", c, 7) != NULL;
            if (ends && n != i->at) {
                i->at = n;
                return;
            }
            break;
        }
    }
    go_iter_unread(i);
    if (i->state != GO_ITER_FAILED) {
        skip_float(i);
    }
}

static void skip_string(GoIter *i)
{
    for (size_t n = i->at; n < i->text.len; n++) {
        uint8_t c = peek(i, n);
        if (c == '"') {
            i->at = n + 1;
            return;
        }
        if (c == '\\') {
            break;
        }
        if (c < ' ') {
            go_iter_fail(i, "trySkipString",
                         arena_printf(i->arena, "invalid control character found: %d", c));
            return;
        }
    }
    go_iter_unread(i);
    (void)go_iter_string(i);
}

static bool enter(GoIter *i)
{
    if (i->depth >= SKIP_DEPTH_MAX) {
        go_iter_fail(i, "incrementDepth", STR("exceeded max depth"));
        return false;
    }
    i->depth++;
    return true;
}

static void skip_array(GoIter *i)
{
    go_iter_unread(i);
    uint8_t c = go_iter_token(i);
    if (c == 'n') {
        go_iter_literal(i, "ull");
        return;
    }
    if (c != '[') {
        go_iter_fail_found(i, "ReadArrayCB", "expect [ or n", c);
        return;
    }
    if (!enter(i)) {
        return;
    }
    c = go_iter_token(i);
    if (c != ']') {
        go_iter_unread(i);
        do {
            go_iter_skip(i);
            c = go_iter_token(i);
        } while (c == ',');
        if (c != ']') {
            go_iter_fail_found(i, "ReadArrayCB", "expect ] in the end", c);
        }
    }
    i->depth--;
}

static void skip_member(GoIter *i)
{
    (void)go_iter_string(i);
    uint8_t c = go_iter_token(i);
    if (c != ':') {
        go_iter_fail_found(i, "ReadObject", "expect : after object field", c);
    }
    go_iter_skip(i);
}

static void skip_object(GoIter *i)
{
    go_iter_unread(i);
    uint8_t c = go_iter_token(i);
    if (c == 'n') {
        go_iter_literal(i, "ull");
        return;
    }
    if (c != '{') {
        go_iter_fail_found(i, "ReadObjectCB", "expect { or n", c);
        return;
    }
    if (!enter(i)) {
        return;
    }
    c = go_iter_token(i);
    if (c == '"') {
        go_iter_unread(i);
        do {
            skip_member(i);
            c = go_iter_token(i);
        } while (c == ',');
        if (c != '}') {
            go_iter_fail(i, "ReadObjectCB", STR("object not ended with }"));
        }
    } else if (c != '}') {
        go_iter_fail_found(i, "ReadObjectCB", "expect \" after {", c);
    }
    i->depth--;
}

void go_iter_skip(GoIter *i)
{
    uint8_t c = go_iter_token(i);
    switch (c) {
    case '"':
        skip_string(i);
        break;
    case 'n':
        go_iter_literal(i, "ull");
        break;
    case 't':
        go_iter_literal(i, "rue");
        break;
    case 'f':
        go_iter_literal(i, "alse");
        break;
    case '0':
        go_iter_unread(i);
        skip_float(i);
        break;
    case '-':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        skip_number(i);
        break;
    case '[':
        skip_array(i);
        break;
    case '{':
        skip_object(i);
        break;
    default:
        go_iter_fail(i, "Skip", arena_printf(i->arena, "do not know how to skip: %d", c));
    }
}
