/* SPDX-License-Identifier: Apache-2.0 */
/* Go's %#v read, and written as encoding/json would have written the value. */
#include "base/go_value.h"

#include "base/base64.h"

#include <string.h>

enum { DEPTH_MAX = 40, BYTES_MAX = 4 << 20 };

typedef struct Reader {
    Str rest;
    Buf *out;
    int depth;
} Reader;

static bool read_value(Reader *r);

static char peek(const Reader *r)
{
    return r->rest.len ? r->rest.ptr[0] : '\0';
}

static bool take(Reader *r, Str text)
{
    bool there = str_starts_with(r->rest, text);
    r->rest = there ? str_drop(r->rest, text.len) : r->rest;
    return there;
}

/* -- strings ---------------------------------------------------------------------------------- */

static void write_escape(Reader *r, char c)
{
    switch (c) {
    case 'a':
        buf_lit(r->out, "\\u0007");
        return;
    case 'v':
        buf_lit(r->out, "\\u000b");
        return;
    case 'x': /* not UTF-8 */
        r->rest = str_drop(r->rest, r->rest.len < 2 ? r->rest.len : 2);
        buf_lit(r->out, "\\ufffd");
        return;
    default: /* the same in JSON */
        buf_byte(r->out, '\\');
        buf_byte(r->out, c);
    }
}

static bool read_string(Reader *r)
{
    buf_byte(r->out, '"');
    r->rest = str_drop(r->rest, 1);
    while (r->rest.len) {
        char c = peek(r);
        r->rest = str_drop(r->rest, 1);
        if (c == '"') {
            buf_byte(r->out, '"');
            return true;
        }
        if (c == '\\' && r->rest.len) {
            c = peek(r);
            r->rest = str_drop(r->rest, 1);
            write_escape(r, c);
        } else if (c == '<' || c == '>' || c == '&') {
            buf_printf(r->out, "\\u%04x", (unsigned)c);
        } else {
            buf_byte(r->out, c);
        }
    }
    return false;
}

/* -- names and types -------------------------------------------------------------------------- */

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static Str read_word(Reader *r)
{
    size_t n = 0;
    while (n < r->rest.len && is_word(r->rest.ptr[n])) {
        n++;
    }
    Str word = str_slice(r->rest, 0, n);
    r->rest = str_drop(r->rest, n);
    return word;
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* "apiVersion" of APIVersion, "uid" of UID */
static void write_api_name(Str name, Buf *b)
{
    size_t capitals = 0;
    while (capitals < name.len && is_upper(name.ptr[capitals])) {
        capitals++;
    }
    size_t lowered = capitals > 1 && capitals < name.len ? capitals - 1 : capitals;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        buf_byte(b, i < lowered ? (char)(c + ('a' - 'A')) : c);
    }
}

/* Everything up to the brace or parenthesis that holds the value. */
static Str read_type(Reader *r)
{
    size_t n = 0;
    while (n < r->rest.len && strchr("{(\", ", r->rest.ptr[n]) == NULL) {
        n++;
    }
    Str type = str_slice(r->rest, 0, n);
    r->rest = str_drop(r->rest, n);
    return type;
}

/* -- structs, lists, maps --------------------------------------------------------------------- */

static bool is_empty(Str json)
{
    static const Str empty[] = { STR_INIT("null"),  STR_INIT("\"\""), STR_INIT("0"),
                                 STR_INIT("false"), STR_INIT("[]"),   STR_INIT("{}") };
    return str_list_has((StrList){ empty, COUNT_OF(empty) }, json);
}

/* Fields of the API that are written when they are empty, too. */
static bool is_always_there(Str type, Str name)
{
    static const struct {
        Str type;
        Str names[4];
    } rows[] = {
        { STR_INIT("v1.LabelSelectorRequirement"), { STR_INIT("Key"), STR_INIT("Operator") } },
        { STR_INIT("v1.OwnerReference"),
          { STR_INIT("APIVersion"), STR_INIT("Kind"), STR_INIT("Name"), STR_INIT("UID") } },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (str_eq(rows[i].type, type)) {
            return str_list_has((StrList){ rows[i].names, COUNT_OF(rows[i].names) }, name);
        }
    }
    return false;
}

/* name:value, where an embedded struct gives its fields to the one that it is in. */
static bool read_field(Reader *r, Str type_name, size_t *count)
{
    bool is_api = str_starts_with(type_name, STR("v1."));
    size_t start = r->out->len;
    Str name = read_word(r);
    if (name.len == 0 || !take(r, STR(":"))) {
        return false;
    }
    Reader ahead = *r;
    Str type = read_type(&ahead), package, bare;
    bool embedded = peek(&ahead) == '{' && str_split_once(type, '.', &package, &bare) &&
                    str_eq(bare, name);
    buf_add(r->out, *count ? STR(",") : STR(""));
    if (!embedded) {
        buf_byte(r->out, '"');
        if (is_api) {
            write_api_name(name, r->out);
        } else {
            buf_add(r->out, name);
        }
        buf_lit(r->out, "\":");
    }
    size_t at = r->out->len;
    if (!read_value(r)) {
        return false;
    }
    Str json = str_from(r->out->ptr + at, r->out->len - at);
    if ((is_api || embedded) && is_empty(json) && !is_always_there(type_name, name)) {
        r->out->len = start;
        return true;
    }
    if (embedded) { /* without its braces */
        memmove(r->out->ptr + at, r->out->ptr + at + 1, json.len - 2);
        r->out->len -= 2;
    }
    ++*count;
    return true;
}

static bool read_struct(Reader *r, Str type)
{
    size_t count = 0;
    buf_byte(r->out, '{');
    while (!take(r, STR("}"))) {
        if (!read_field(r, type, &count)) {
            return false;
        }
        (void)take(r, STR(", "));
    }
    buf_byte(r->out, '}');
    return true;
}

/* Items, or keys and values. */
static bool read_items(Reader *r, bool is_map)
{
    size_t count = 0;
    buf_byte(r->out, is_map ? '{' : '[');
    while (!take(r, STR("}"))) {
        buf_add(r->out, count++ ? STR(",") : STR(""));
        if (is_map && (peek(r) != '"' || !read_string(r) || !take(r, STR(":")))) {
            return false;
        }
        buf_add(r->out, is_map ? STR(":") : STR(""));
        if (!read_value(r)) {
            return false;
        }
        (void)take(r, STR(", "));
    }
    buf_byte(r->out, is_map ? '}' : ']');
    return true;
}

/* Bytes become base64. */
static bool read_bytes(Reader *r)
{
    Buf bytes = buf_new(r->out->arena);
    while (!take(r, STR("}"))) {
        if (!take(r, STR("0x")) || bytes.len > BYTES_MAX) {
            return false;
        }
        unsigned byte = 0;
        for (char c = peek(r); (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); c = peek(r)) {
            byte = byte << 4 | (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
            r->rest = str_drop(r->rest, 1);
        }
        buf_byte(&bytes, (char)(byte & 0xff));
        (void)take(r, STR(", "));
    }
    buf_byte(r->out, '"');
    base64_write(buf_str(&bytes), r->out);
    buf_byte(r->out, '"');
    return true;
}

/* Its type says which of the two it is. */
static bool read_int_or_string(Reader *r)
{
    bool is_string = take(r, STR("Type:1, IntVal:"));
    if (!is_string && !take(r, STR("Type:0, IntVal:"))) {
        return false;
    }
    size_t start = r->out->len;
    if (!read_value(r)) {
        return false;
    }
    size_t end = r->out->len;
    if (!take(r, STR(", StrVal:")) || peek(r) != '"' || !read_string(r) || !take(r, STR("}"))) {
        return false;
    }
    if (is_string) {
        memmove(r->out->ptr + start, r->out->ptr + end, r->out->len - end);
        r->out->len -= end - start;
    } else {
        r->out->len = end;
    }
    return true;
}

static bool read_typed(Reader *r)
{
    Str type = read_type(r);
    if (take(r, STR("(nil)"))) {
        buf_lit(r->out, "null");
        return true;
    }
    if (type.len == 0 && take(r, STR("(*"))) { /* (*int64)(nil); what else it points to is unseen */
        ptrdiff_t end = str_index_byte(r->rest, ')');
        r->rest = end < 0 ? r->rest : str_drop(r->rest, (size_t)end + 1);
        buf_lit(r->out, "null");
        return take(r, STR("(nil)"));
    }
    if (type.len == 0 || !take(r, STR("{"))) {
        return false;
    }
    if (str_eq(type, STR("intstr.IntOrString"))) {
        return read_int_or_string(r);
    }
    if (str_eq(type, STR("[]byte")) || str_eq(type, STR("[]uint8"))) {
        return read_bytes(r);
    }
    if (str_starts_with(type, STR("[]")) || str_starts_with(type, STR("map["))) {
        return read_items(r, type.ptr[0] == 'm');
    }
    if (str_starts_with(type, STR("resource.")) || str_starts_with(type, STR("time."))) {
        return false; /* written by themselves */
    }
    return read_struct(r, type);
}

/* Unsigned numbers are printed in hexadecimal. */
static bool read_number(Reader *r)
{
    buf_add(r->out, take(r, STR("-")) ? STR("-") : STR(""));
    Str digits = read_word(r);
    if (!str_starts_with(digits, STR("0x"))) {
        buf_add(r->out, digits);
        return true;
    }
    unsigned long long n = 0;
    for (size_t i = 2; i < digits.len; i++) {
        char c = digits.ptr[i];
        n = n << 4 | (unsigned)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
    }
    buf_printf(r->out, "%llu", n);
    return true;
}

static bool read_value(Reader *r)
{
    static const Str words[] = { STR_INIT("true"), STR_INIT("false") };
    if (r->depth >= DEPTH_MAX) {
        return false;
    }
    r->depth++;
    bool done = false;
    char c = peek(r);
    if (c == '"') {
        done = read_string(r);
    } else if (c == '-' || (c >= '0' && c <= '9')) {
        done = read_number(r);
    } else if (take(r, words[0]) || take(r, words[1])) {
        buf_add(r->out, c == 't' ? words[0] : words[1]);
        done = true;
    } else {
        done = read_typed(r);
    }
    r->depth--;
    return done;
}

bool go_value_to_json(Str dump, Buf *out)
{
    size_t start = out->len;
    Reader r = { .rest = dump, .out = out };
    if (read_value(&r) && r.rest.len == 0) {
        return true;
    }
    out->len = start;
    return false;
}
