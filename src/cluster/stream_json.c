/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON taken apart as it is read: the end of each value is found by counting brackets, then yyjson
 * reads it where it stands. That the text is JSON in between is checked as well: what stands before
 * and behind the items of a List is read as an object of its own.
 */
#include "cluster/stream_window.h"

#include "doc/json.h"

#include <endian.h>

/* -- finding the end --------------------------------------------------------------------------- */

typedef unsigned char Bytes16 __attribute__((vector_size(16)));

static inline Bytes16 all(unsigned char c)
{
    return (Bytes16){ c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c };
}

/* How many of 16 bytes stand before the first that was hit (all bits set); 16: none was. */
static inline unsigned before_hit(Bytes16 hit)
{
    uint64_t words[2];
    memcpy(words, &hit, sizeof words);
    return words[0]   ? (unsigned)__builtin_ctzll(le64toh(words[0])) / 8
           : words[1] ? (unsigned)__builtin_ctzll(le64toh(words[1])) / 8 + 8
                      : 16;
}

/* The first byte of [p, end) that is a quote, a bracket or a brace; end when there is none. */
static inline const char *find_mark(const char *p, const char *end)
{
    for (; end - p >= 16; p += 16) {
        Bytes16 b;
        memcpy(&b, p, sizeof b);
        Bytes16 small = b | all(0x20); /* { and [, } and ] are one bit apart */
        unsigned before = before_hit((Bytes16)(b == all('"')) | (Bytes16)(small == all('{')) |
                                     (Bytes16)(small == all('}')));
        if (before < 16) {
            return p + before;
        }
    }
    for (; p < end; p++) {
        char small = (char)(*p | 0x20);
        if (*p == '"' || small == '{' || small == '}') {
            break;
        }
    }
    return p;
}

/* The first quote of [p, end), or NULL. Most strings are short. */
static inline const char *find_quote(const char *p, const char *end)
{
    for (int i = 0; i < 2 && end - p >= 16; i++, p += 16) {
        Bytes16 b;
        memcpy(&b, p, sizeof b);
        unsigned before = before_hit((Bytes16)(b == all('"')));
        if (before < 16) {
            return p + before;
        }
    }
    return p < end ? memchr(p, '"', (size_t)(end - p)) : NULL;
}

/* Moves `at` behind the string that begins there. False when it has no end. */
static bool pass_string(Stream *s)
{
    size_t from = s->at - s->start; /* the window may move */
    for (s->at++;;) {
        const char *quote = find_quote(s->buf + s->at, s->buf + s->len);
        if (!quote) {
            s->at = s->len;
            if (!stream_fill(s)) {
                return false;
            }
            continue;
        }
        size_t end = (size_t)(quote - s->buf);
        size_t escapes = 0;
        while (end - escapes - 1 > s->start + from && s->buf[end - escapes - 1] == '\\') {
            escapes++;
        }
        s->at = end + 1;
        if (escapes % 2 == 0) {
            return true;
        }
    }
}

/* Moves `at` behind the bracket that closes the innermost of depth open ones. */
static bool pass_nested(Stream *s, size_t depth)
{
    while (depth > 0) {
        const char *mark = find_mark(s->buf + s->at, s->buf + s->len);
        s->at = (size_t)(mark - s->buf);
        if (!stream_has(s)) {
            return false;
        }
        char c = s->buf[s->at];
        if (c == '"') {
            if (!pass_string(s)) {
                return false;
            }
            continue;
        }
        if (c == '{' || c == '[') {
            depth++;
        } else if (c == '}' || c == ']') {
            depth--;
        }
        s->at++;
    }
    return true;
}

static bool ends_scalar(char c)
{
    return memchr(",]}:[{\" \t\n\r", c, 11) != NULL;
}

/* Moves `at` behind the value that begins there, whatever it is. */
static bool pass_value(Stream *s)
{
    char c = s->buf[s->at];
    if (c == '"') {
        return pass_string(s);
    }
    s->at++;
    if (c == '{' || c == '[') {
        return pass_nested(s, 1);
    }
    while (stream_has(s) && !ends_scalar(s->buf[s->at])) {
        s->at++;
    }
    return true;
}

static bool pass_space(Stream *s)
{
    while (stream_has(s) && memchr(" \t\n\r", s->buf[s->at], 4)) {
        s->at++;
    }
    return s->at < s->len;
}

/* -- reading what was found -------------------------------------------------------------------- */

static void count_lines(Stream *s, size_t to)
{
    const char *p = s->buf + s->start;
    const char *end = s->buf + to;
    while (s->line && (p = memchr(p, '\n', (size_t)(end - p)))) {
        s->line++;
        p++;
    }
}

/* Reads [from, to) in place: of these bytes nothing is left. name: what messages begin with. */
static bool parse(Stream *s, Str name, size_t from, size_t to, Value *out)
{
    char after[JSON_PADDING];
    memcpy(after, s->buf + to, JSON_PADDING);
    bool ok = json_read_insitu(name, s->buf + from, to - from, s->limits, &s->scratch, out, s->err);
    memcpy(s->buf + to, after, JSON_PADDING);
    if (!ok) {
        s->failed = true;
        s->err->msg = arena_str(s->arena, s->err->msg);
    }
    return ok;
}

static Str place(Stream *s, const ObjectOrigin *origin)
{
    return object_origin_text(origin, &s->scratch);
}

static bool not_json(Stream *s, const char *why)
{
    return stream_fail(s, ERR_SYNTAX, "%.*s: byte %zu: not JSON: %s", STR_ARG(s->name),
                       s->before + s->at, why);
}

/* -- a List ------------------------------------------------------------------------------------ */

static bool read_items(Stream *s, StreamList *list)
{
    s->at++; /* [ */
    stream_done_with(s);
    if (!pass_space(s)) {
        return not_json(s, "the list of items has no end");
    }
    if (s->buf[s->at] == ']') {
        s->at++;
        return true;
    }
    for (;;) {
        Value item;
        ObjectOrigin origin = list->origin;
        stream_done_with(s);
        if (!pass_value(s)) {
            return not_json(s, "an item has no end");
        }
        size_t length = s->at - s->start;
        if (!pass_space(s)) {
            return not_json(s, "the list of items has no end");
        }
        origin.item = (OptInt64){ true, (int64_t)list->count };
        if (!parse(s, place(s, &origin), s->start, s->start + length, &item) ||
            !stream_deliver_item(s, list, &item)) {
            return false;
        }
        arena_reset(&s->scratch);
        char c = s->buf[s->at++];
        if (c == ']') {
            return true;
        }
        if (c != ',' || !pass_space(s)) {
            return not_json(s, "items are not parted by a comma");
        }
    }
}

/* The members before the items, as an object: the text up to the key, without its comma. */
static bool read_head(Stream *s, size_t key, StreamList *list)
{
    size_t end = key;
    Buf text = buf_new(&s->list);
    while (end > s->start && memchr(" \t\n\r", s->buf[end - 1], 4)) {
        end--;
    }
    if (s->buf[end - 1] == ',') {
        end--;
    }
    buf_add(&text, stream_slice(s, s->start, end));
    buf_byte(&text, '}');
    if (!json_read(place(s, &list->origin), buf_str(&text), s->limits, &s->list, &list->head,
                   s->err)) {
        s->failed = true;
        s->err->msg = arena_str(s->arena, s->err->msg);
        return false;
    }
    return true;
}

/* What stands behind the items, up to the end of the List. */
static bool read_tail(Stream *s, StreamList *list, Value *whole)
{
    Value tail;
    Buf text = buf_new(&s->list);
    stream_done_with(s);
    if (!pass_space(s) || (s->buf[s->at] != ',' && s->buf[s->at] != '}')) {
        return not_json(s, "items are not followed by a comma or the end");
    }
    size_t length = s->buf[s->at] == ',' ? 1 : 0;
    length += s->at - s->start;
    if (!pass_nested(s, 1)) {
        return not_json(s, "the document has no end");
    }
    buf_byte(&text, '{');
    buf_add(&text, stream_slice(s, s->start + length, s->at));
    if (!json_read(place(s, &list->origin), buf_str(&text), s->limits, &s->list, &tail, s->err)) {
        s->failed = true;
        s->err->msg = arena_str(s->arena, s->err->msg);
        return false;
    }
    *whole = list->head;
    VALUE_EACH_MEMBER(m, &tail) {
        if (value_get(whole, member_key(m)) || str_eq(member_key(m), STR("items"))) {
            return stream_fail(s, ERR_DUPLICATE, "%.*s: key \"%.*s\" is set twice",
                               STR_ARG(place(s, &list->origin)), STR_ARG(member_key(m)));
        }
        value_append(whole, member_key(m), m->value, &s->list);
    }
    return true;
}

/* `at` is at the [ of the items; key is where their key begins. */
static bool read_list(Stream *s, size_t key)
{
    Value whole;
    StreamList list = {
        .origin = { .file = s->name, .line = s->line },
        .waiting = value_array(),
    };
    bool ok = read_head(s, key, &list);
    s->line = 0; /* the lines of items are not counted */
    ok = ok && read_items(s, &list) && read_tail(s, &list, &whole) &&
         stream_end_list(s, &list, &whole);
    arena_reset(&s->list);
    return ok;
}

/* -- a document -------------------------------------------------------------------------------- */

/* Is what is known of the kind so far against its being a List? kind: the raw text of the value. */
static bool may_be_list(Str kind)
{
    return !kind.ptr || str_ends_with(kind, STR("List\""));
}

/* Looks for the items of a List among the members of the object that begins at `at`. True with *key
 * 0 at the end of the document; true with `at` at the items otherwise. False when it has no end, or
 * is no JSON: reading it will tell. */
static bool find_items(Stream *s, size_t *key)
{
    Str kind = STR_ABSENT;
    *key = 0;
    s->at++;
    while (pass_space(s) && s->buf[s->at] == '"') {
        size_t name = s->at - s->start; /* the window may move */
        if (!pass_string(s)) {
            return false;
        }
        size_t name_len = s->at - s->start - name;
        if (!pass_space(s) || s->buf[s->at] != ':') {
            return false;
        }
        s->at++;
        if (!pass_space(s)) {
            return false;
        }
        size_t value = s->at - s->start;
        Str text = stream_slice(s, s->start + name, s->start + name + name_len);
        if (str_eq(text, STR("\"items\"")) && s->buf[s->at] == '[' && may_be_list(kind)) {
            *key = s->start + name;
            return true;
        }
        bool is_kind = str_eq(text, STR("\"kind\""));
        if (!pass_value(s)) {
            return false;
        }
        if (is_kind) {
            kind = arena_str(&s->list, stream_slice(s, s->start + value, s->at));
        }
        if (!pass_space(s) || s->buf[s->at] != ',') {
            break;
        }
        s->at++;
    }
    bool ended = s->at < s->len && s->buf[s->at] == '}';
    s->at += ended;
    return ended;
}

static bool read_document(Stream *s)
{
    size_t key = 0;
    Value root;
    ObjectOrigin origin = { .file = s->name, .line = s->line };
    if (s->buf[s->at] == '{' && find_items(s, &key) && key) {
        return read_list(s, key);
    }
    if (!s->failed) {
        s->at = s->start; /* what is wrong with it, if anything, is found in reading it */
        (void)pass_value(s);
    }
    if (s->failed) {
        return false;
    }
    count_lines(s, s->at);
    if (!parse(s, place(s, &origin), s->start, s->at, &root)) {
        return false;
    }
    bool ok = stream_deliver(s, &root, STR(""), origin, 0);
    arena_reset(&s->list);
    return ok;
}

bool stream_json(Stream *s)
{
    for (;;) {
        bool more = pass_space(s);
        count_lines(s, s->at);
        stream_done_with(s);
        if (!more) {
            return !s->failed;
        }
        if (!read_document(s)) {
            return false;
        }
        stream_done_with(s);
        arena_reset(&s->scratch);
    }
}
