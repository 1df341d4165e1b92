/* SPDX-License-Identifier: Apache-2.0 */
/* Following a field path through JSON. Recursion goes no deeper than the path. */
#include "doc/position_find.h"

#include "doc/json.h"
#include "doc/json_scan.h"

typedef struct JsonSeek {
    Str text;
    Str path;
    PositionBest best;
    Arena arena; /* for keys with escapes */
} JsonSeek;

static void note(JsonSeek *s, size_t used, size_t offset)
{
    if (used >= s->best.used) { /* of a key given twice the last one counts */
        s->best = (PositionBest){ used, offset };
    }
}

static Str read_key(JsonSeek *s, size_t from, size_t to)
{
    Str raw = str_slice(s->text, from + 1, to - 1);
    Value v;
    if (str_index_byte(raw, '\\') < 0 ||
        !json_read_part(STR(""), s->text, from, to, NULL, NULL, &s->arena, &v, NULL)) {
        return raw;
    }
    return value_as_str(&v);
}

static char byte_at(const JsonSeek *s, size_t at)
{
    return at < s->text.len ? s->text.ptr[at] : '\0';
}

static size_t seek_value(JsonSeek *s, size_t at, size_t used);

/* A member or item is named by the path up to used; on when there is more of the path. */
static size_t found(JsonSeek *s, size_t place, size_t value_at, size_t used)
{
    note(s, used, place);
    return used < s->path.len ? seek_value(s, value_at, used) : json_scan_value(s->text, value_at);
}

static size_t seek_object(JsonSeek *s, size_t at, size_t used)
{
    for (at = json_scan_space(s->text, at + 1); byte_at(s, at) == '"';) {
        size_t key_at = at;
        size_t key_end = json_scan_string(s->text, key_at);
        Str key = read_key(s, key_at, key_end);
        at = json_scan_space(s->text, key_end);
        if (byte_at(s, at) != ':') {
            return s->text.len;
        }
        at = json_scan_space(s->text, at + 1);
        size_t matched = position_match_key(s->path, used, key);
        at = matched ? found(s, key_at, at, used + matched) : json_scan_value(s->text, at);
        at = json_scan_space(s->text, at);
        if (byte_at(s, at) == ',') {
            at = json_scan_space(s->text, at + 1);
        }
    }
    return byte_at(s, at) == '}' ? at + 1 : s->text.len;
}

static size_t seek_array(JsonSeek *s, size_t at, size_t used)
{
    size_t wanted = 0;
    size_t matched = position_match_index(s->path, used, &wanted);
    at = json_scan_space(s->text, at + 1);
    for (size_t i = 0; at < s->text.len && byte_at(s, at) != ']'; i++) {
        size_t start = at;
        at = matched && i == wanted ? found(s, at, at, used + matched)
                                    : json_scan_value(s->text, at);
        at = json_scan_space(s->text, at);
        if (byte_at(s, at) == ',') {
            at = json_scan_space(s->text, at + 1);
        }
        if (at == start) {
            return s->text.len; /* no JSON */
        }
    }
    return at < s->text.len ? at + 1 : at;
}

/* Returns where the value at a place ends. */
static size_t seek_value(JsonSeek *s, size_t at, size_t used)
{
    switch (byte_at(s, at)) {
    case '{':
        return seek_object(s, at, used);
    case '[':
        return seek_array(s, at, used);
    default:
        return json_scan_value(s->text, at);
    }
}

PositionBest position_find_json(Str text, size_t from, Str path)
{
    JsonSeek s = { .text = text, .path = path };
    arena_init(&s.arena, 0);
    s.best.offset = from;
    if (path.len) {
        seek_value(&s, from, 0);
    }
    arena_done(&s.arena);
    return s.best;
}
