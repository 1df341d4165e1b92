/* SPDX-License-Identifier: Apache-2.0 */
/* Walking JSON along wanted paths. Recursion goes no deeper than those. */
#include "doc/json.h"
#include "doc/json_scan.h"
#include "doc/places_walk.h"

static char byte_at(const PlaceWalk *w, size_t at)
{
    return at < w->cursor->text.len ? w->cursor->text.ptr[at] : '\0';
}

/* text[from, to) is a key with its quotes. */
static Str read_key(PlaceWalk *w, size_t from, size_t to)
{
    Str raw = str_slice(w->cursor->text, from + 1, to - 1);
    Value v;
    if (str_index_byte(raw, '\\') < 0 ||
        !json_read_part(STR(""), w->cursor->text, from, to, NULL, NULL, w->path.arena, &v, NULL)) {
        return raw;
    }
    return value_as_str(&v);
}

static size_t walk_value(PlaceWalk *w, size_t at);

static size_t skip_comma(const PlaceWalk *w, size_t at)
{
    at = json_scan_space(w->cursor->text, at);
    return byte_at(w, at) == ',' ? json_scan_space(w->cursor->text, at + 1) : at;
}

/* A member or item that leads on: it stands at place, its value at value_at. */
static size_t enter(PlaceWalk *w, PlaceFound found, size_t place_at, size_t value_at, size_t before)
{
    place_cursor_to_byte(w->cursor, place_at);
    place_note(w, found);
    size_t end = walk_value(w, value_at);
    w->path.len = before;
    return end;
}

static size_t walk_object(PlaceWalk *w, size_t at)
{
    Str text = w->cursor->text;
    for (at = json_scan_space(text, at + 1); byte_at(w, at) == '"';) {
        size_t before = w->path.len;
        size_t key_at = at;
        size_t key_end = json_scan_string(text, key_at);
        PlaceFound found;
        at = json_scan_space(text, key_end);
        if (byte_at(w, at) != ':') {
            return text.len;
        }
        at = json_scan_space(text, at + 1);
        bool leads_on = place_enter_member(w, read_key(w, key_at, key_end), &found);
        at = leads_on ? enter(w, found, key_at, at, before) : json_scan_value(text, at);
        at = skip_comma(w, at);
    }
    return byte_at(w, at) == '}' ? at + 1 : text.len;
}

static size_t walk_array(PlaceWalk *w, size_t at)
{
    Str text = w->cursor->text;
    at = json_scan_space(text, at + 1);
    for (size_t i = 0; at < text.len && byte_at(w, at) != ']'; i++) {
        size_t before = w->path.len;
        size_t start = at;
        PlaceFound found;
        at = place_enter_item(w, i, &found) ? enter(w, found, at, at, before)
                                            : json_scan_value(text, at);
        at = skip_comma(w, at);
        if (at == start) {
            return text.len; /* no JSON */
        }
    }
    return at < text.len ? at + 1 : at;
}

static size_t walk_value(PlaceWalk *w, size_t at)
{
    switch (byte_at(w, at)) {
    case '{':
        return walk_object(w, at);
    case '[':
        return walk_array(w, at);
    default:
        return json_scan_value(w->cursor->text, at);
    }
}

void place_walk_json(PlaceWalk *w)
{
    walk_value(w, w->cursor->at);
}
