/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading JSON as Go does. Children of what is open lie on one stack; when an array or object ends,
 * they move to an array of their exact size.
 */
#include "doc/json_go.h"

#include "doc/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* An array or object that has not ended. */
typedef struct Frame {
    size_t first; /* of its children on the stack */
    bool is_object;
} Frame;

typedef struct Reader {
    Str text;
    size_t at;
    Arena *arena;
    Err *err;
    Member *children;
    size_t child_count;
    size_t child_cap;
    Frame *frames;
    size_t depth;
    size_t frame_cap;
} Reader;

/* -- errors ----------------------------------------------------------------------------------- */

static bool fail_end(Reader *r)
{
    return err_set(r->err, r->arena, ERR_SYNTAX, "unexpected end of JSON input");
}

/* The byte at r->at is wrong, or the text has ended there. */
static bool fail_byte(Reader *r, const char *context)
{
    if (r->at >= r->text.len) {
        return fail_end(r);
    }
    unsigned char c = (unsigned char)r->text.ptr[r->at];
    Buf b = buf_new(r->arena);
    if (c == '\'') {
        buf_lit(&b, "'\\''");
    } else if (c == '"') {
        buf_lit(&b, "'\"'");
    } else {
        /* The byte as a code point, quoted, in other quotes. */
        char utf8[2] = { (char)c, 0 };
        size_t len = 1;
        if (c >= 0x80) {
            utf8[0] = (char)(0xC0 | c >> 6);
            utf8[1] = (char)(0x80 | (c & 0x3F));
            len = 2;
        }
        Buf quoted = buf_new(r->arena);
        buf_go_quoted(&quoted, str_from(utf8, len));
        buf_byte(&b, '\'');
        buf_add(&b, str_slice(buf_str(&quoted), 1, quoted.len - 1));
        buf_byte(&b, '\'');
    }
    return err_set(r->err, r->arena, ERR_SYNTAX, "invalid character %.*s %s", STR_ARG(buf_str(&b)),
                   context);
}

/* -- the text --------------------------------------------------------------------------------- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_space(Reader *r)
{
    while (r->at < r->text.len && is_space(r->text.ptr[r->at])) {
        r->at++;
    }
}

/* The byte at r->at; -1 at the end, which no byte equals. */
static int peek(const Reader *r)
{
    return r->at < r->text.len ? (unsigned char)r->text.ptr[r->at] : -1;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static int hex_digit(int c)
{
    if (is_digit(c)) {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* -- strings ---------------------------------------------------------------------------------- */

static void put_rune(Buf *b, uint32_t code)
{
    if (code < 0x80) {
        buf_byte(b, (char)code);
    } else if (code < 0x800) {
        buf_byte(b, (char)(0xC0 | code >> 6));
        buf_byte(b, (char)(0x80 | (code & 0x3F)));
    } else if (code < 0x10000) {
        buf_byte(b, (char)(0xE0 | code >> 12));
        buf_byte(b, (char)(0x80 | (code >> 6 & 0x3F)));
        buf_byte(b, (char)(0x80 | (code & 0x3F)));
    } else {
        buf_byte(b, (char)(0xF0 | code >> 18));
        buf_byte(b, (char)(0x80 | (code >> 12 & 0x3F)));
        buf_byte(b, (char)(0x80 | (code >> 6 & 0x3F)));
        buf_byte(b, (char)(0x80 | (code & 0x3F)));
    }
}

/* The four digits of \uXXXX, r->at on the first. */
static bool read_hex(Reader *r, uint32_t *code)
{
    *code = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(peek(r));
        if (digit < 0) {
            return fail_byte(r, "in \\u hexadecimal character escape");
        }
        *code = *code << 4 | (uint32_t)digit;
        r->at++;
    }
    return true;
}

/* The low half of a surrogate pair, if the text goes on with one. */
static bool take_low_surrogate(Reader *r, uint32_t *low)
{
    Str rest = str_drop(r->text, r->at);
    uint32_t code = 0;
    if (rest.len < 6 || rest.ptr[0] != '\\' || rest.ptr[1] != 'u') {
        return false;
    }
    for (size_t i = 2; i < 6; i++) {
        int digit = hex_digit((unsigned char)rest.ptr[i]);
        if (digit < 0) {
            return false;
        }
        code = code << 4 | (uint32_t)digit;
    }
    *low = code;
    return code >= 0xDC00 && code < 0xE000;
}

/* r->at is behind the backslash. */
static bool read_escape(Reader *r, Buf *b)
{
    static const char plain[] = "b\bf\fn\nr\rt\t\\\\//\"\"";
    int c = peek(r);
    for (const char *p = plain; c > 0 && *p; p += 2) {
        if (*p == c) {
            buf_byte(b, p[1]);
            r->at++;
            return true;
        }
    }
    if (c != 'u') {
        return fail_byte(r, "in string escape code");
    }
    r->at++;
    uint32_t code;
    uint32_t low;
    if (!read_hex(r, &code)) {
        return false;
    }
    if (code >= 0xD800 && code < 0xDC00 && take_low_surrogate(r, &low)) {
        r->at += 6;
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else if (code >= 0xD800 && code < 0xE000) {
        code = 0xFFFD;
    }
    put_rune(b, code);
    return true;
}

/* r->at is on the quote. */
static bool read_string(Reader *r, Str *out)
{
    Buf b = buf_new(r->arena);
    r->at++;
    for (;;) {
        int c = peek(r);
        if (c == '"') {
            r->at++;
            *out = buf_str(&b);
            return true;
        }
        if (c < 0x20) {
            return fail_byte(r, "in string literal");
        }
        if (c == '\\') {
            r->at++;
            if (!read_escape(r, &b)) {
                return false;
            }
            continue;
        }
        size_t len = utf8_valid_len(r->text, r->at);
        buf_add(&b, len ? str_slice(r->text, r->at, r->at + len) : STR("\xEF\xBF\xBD"));
        r->at += len ? len : 1;
    }
}

/* -- numbers and words ------------------------------------------------------------------------ */

static bool skip_digits(Reader *r, const char *context)
{
    if (!is_digit(peek(r))) {
        return fail_byte(r, context);
    }
    while (is_digit(peek(r))) {
        r->at++;
    }
    return true;
}

static Value number_value(Str text, bool is_integer, Arena *a)
{
    if (is_integer) {
        const char *digits = arena_cstr(a, text);
        errno = 0;
        long long i = strtoll(digits, NULL, 10);
        if (errno == 0) {
            return value_int(i);
        }
        errno = 0;
        unsigned long long u = strtoull(digits, NULL, 10);
        if (errno == 0 && text.ptr[0] != '-') {
            return (Value){ .kind = VALUE_UINT, .u = u };
        }
    }
    return value_float(strtod(arena_cstr(a, text), NULL));
}

static bool read_number(Reader *r, Value *out)
{
    size_t start = r->at;
    bool is_integer = true;
    if (peek(r) == '-') {
        r->at++;
    }
    if (peek(r) == '0') {
        r->at++;
    } else if (!skip_digits(r, "in numeric literal")) {
        return false;
    }
    if (peek(r) == '.') {
        r->at++;
        is_integer = false;
        if (!skip_digits(r, "after decimal point in numeric literal")) {
            return false;
        }
    }
    if (peek(r) == 'e' || peek(r) == 'E') {
        r->at++;
        is_integer = false;
        if (peek(r) == '+' || peek(r) == '-') {
            r->at++;
        }
        if (!skip_digits(r, "in exponent of numeric literal")) {
            return false;
        }
    }
    *out = number_value(str_slice(r->text, start, r->at), is_integer, r->arena);
    return true;
}

static bool read_word(Reader *r, const char *word, Value v, Value *out)
{
    for (const char *c = word; *c; c++) {
        if (peek(r) != *c) {
            char context[64];
            snprintf(context, sizeof(context), "in literal %s (expecting '%c')", word, *c);
            return fail_byte(r, context);
        }
        r->at++;
    }
    *out = v;
    return true;
}

/* -- the tree --------------------------------------------------------------------------------- */

static void *grow(Reader *r, void *items, size_t count, size_t size, size_t *cap)
{
    if (count < *cap) {
        return items;
    }
    *cap = *cap ? *cap * 2 : 64;
    void *grown = arena_alloc(r->arena, *cap * size);
    if (count) {
        memcpy(grown, items, count * size);
    }
    return grown;
}

static void push_child(Reader *r, Str key)
{
    r->children = grow(r, r->children, r->child_count, sizeof(Member), &r->child_cap);
    r->children[r->child_count++] =
        (Member){ .key = key.ptr, .key_len = (uint32_t)key.len, .value = value_null() };
}

static bool open_frame(Reader *r, bool is_object)
{
    if (r->depth == JSON_GO_DEPTH_MAX) {
        return err_set(r->err, r->arena, ERR_LIMIT, "exceeded max depth");
    }
    r->frames = grow(r, r->frames, r->depth, sizeof(Frame), &r->frame_cap);
    r->frames[r->depth++] = (Frame){ r->child_count, is_object };
    r->at++;
    return true;
}

static Value close_frame(Reader *r)
{
    Frame f = r->frames[--r->depth];
    size_t count = r->child_count - f.first;
    Value v = f.is_object ? value_object() : value_array();
    v.len = (uint32_t)count;
    if (count && f.is_object) {
        v.members = arena_alloc(r->arena, count * sizeof(Member));
        memcpy(v.members, r->children + f.first, count * sizeof(Member));
    } else if (count) {
        v.items = arena_alloc(r->arena, count * sizeof(Value));
        for (size_t i = 0; i < count; i++) {
            v.items[i] = r->children[f.first + i].value;
        }
    }
    r->child_count = f.first;
    r->at++;
    return v;
}

/* A value that is no array or object. */
static bool read_scalar(Reader *r, Value *out)
{
    Str text;
    switch (peek(r)) {
    case '"':
        if (!read_string(r, &text)) {
            return false;
        }
        *out = value_str(text);
        return true;
    case 't':
        return read_word(r, "true", value_bool(true), out);
    case 'f':
        return read_word(r, "false", value_bool(false), out);
    case 'n':
        return read_word(r, "null", value_null(), out);
    case '-':
    case '0' ... '9':
        return read_number(r, out);
    default:
        return fail_byte(r, "looking for beginning of value");
    }
}

/* "key" and the colon, up to the value; pushes the child. */
static bool read_key(Reader *r)
{
    Str key;
    if (peek(r) != '"') {
        return fail_byte(r, "looking for beginning of object key string");
    }
    if (!read_string(r, &key)) {
        return false;
    }
    skip_space(r);
    if (peek(r) != ':') {
        return fail_byte(r, "after object key");
    }
    r->at++;
    skip_space(r);
    push_child(r, key);
    return true;
}

/* Behind the bracket or comma: the place of the next child. */
static bool start_child(Reader *r)
{
    skip_space(r);
    if (r->frames[r->depth - 1].is_object) {
        return read_key(r);
    }
    push_child(r, STR_ABSENT);
    return true;
}

/* Opens arrays and objects down to the next scalar or empty one, which is *out. */
static bool descend(Reader *r, Value *out)
{
    for (;;) {
        int c = peek(r);
        if (c != '{' && c != '[') {
            return read_scalar(r, out);
        }
        if (!open_frame(r, c == '{')) {
            return false;
        }
        skip_space(r);
        if (peek(r) == (c == '{' ? '}' : ']')) {
            *out = close_frame(r);
            return true;
        }
        if (!start_child(r)) {
            return false;
        }
    }
}

static bool read_document(Reader *r, Value *out)
{
    Value v;
    skip_space(r);
    for (;;) {
        if (!descend(r, &v)) {
            return false;
        }
        for (;;) { /* up through everything that ends here */
            skip_space(r);
            if (r->depth == 0) {
                *out = v;
                return r->at == r->text.len || fail_byte(r, "after top-level value");
            }
            bool is_object = r->frames[r->depth - 1].is_object;
            r->children[r->child_count - 1].value = v;
            if (peek(r) == ',') {
                break;
            }
            if (peek(r) != (is_object ? '}' : ']')) {
                return fail_byte(r,
                                 is_object ? "after object key:value pair" : "after array element");
            }
            v = close_frame(r);
        }
        r->at++;
        if (!start_child(r)) {
            return false;
        }
    }
}

bool json_go_read(Str text, Arena *a, Value *out, Err *err)
{
    if (text.len > UINT32_MAX) {
        return err_set(err, a, ERR_LIMIT, "the text is too large");
    }
    Reader r = { .text = text, .arena = a, .err = err };
    Value v;
    if (!read_document(&r, &v)) {
        return false;
    }
    *out = v;
    return true;
}

bool json_go_is_json(Str text)
{
    size_t at = 0;
    while (at < text.len &&
           (is_space(text.ptr[at]) || text.ptr[at] == '\v' || text.ptr[at] == '\f')) {
        at++;
    }
    return at < text.len && text.ptr[at] == '{';
}
