/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where many fields stand. Every path that is wanted, and every path that leads to one, is a key of
 * a map; walking a document spells the path of each node that may lead on, and looks it up.
 */
#include "doc/places.h"

#include "doc/places_walk.h"

/* What is wanted of one document. */
typedef struct Group {
    const Doc *doc;
    Map wanted; /* to Place */
    DocPosition start;
    bool is_partial;
} Group;

struct DocPlaces {
    Arena *arena;
    Map groups; /* by the bytes of the Doc's address */
};

/* -- cursor --------------------------------------------------------------------------------------
 */

static void step(PlaceCursor *c)
{
    char byte = c->text.ptr[c->at];
    bool is_crlf = byte == '\r' && c->at + 1 < c->text.len && c->text.ptr[c->at + 1] == '\n';
    bool is_char = ((unsigned char)byte & 0xC0) != 0x80;
    if (byte == '\n' || (byte == '\r' && !is_crlf)) {
        c->position = (DocPosition){ c->position.line + 1, 1 };
    } else if (is_char && !is_crlf) {
        c->position.column++;
    }
    c->chars += is_char;
    c->at++;
}

void place_cursor_to_byte(PlaceCursor *c, size_t at)
{
    while (c->at < at && c->at < c->text.len) {
        step(c);
    }
}

void place_cursor_to_char(PlaceCursor *c, size_t chars)
{
    while (c->chars < chars && c->at < c->text.len) {
        step(c);
    }
    /* past the rest of a character of several bytes */
    while (c->at < c->text.len && ((unsigned char)c->text.ptr[c->at] & 0xC0) == 0x80) {
        step(c);
    }
}

/* -- walking -------------------------------------------------------------------------------------
 */

static Place *find_place(const PlaceWalk *w)
{
    return map_get(w->wanted, buf_str(&w->path));
}

static void spell_key(PlaceWalk *w, Str key)
{
    buf_byte(&w->path, '[');
    buf_add(&w->path, key);
    buf_byte(&w->path, ']');
}

bool place_enter_member(PlaceWalk *w, Str key, PlaceFound *found)
{
    size_t before = w->path.len;
    spell_key(w, key);
    Place *as_key = find_place(w);
    w->path.len = before;
    if (before) {
        buf_byte(&w->path, '.');
    }
    buf_add(&w->path, key);
    Place *as_child = find_place(w);
    if (as_child) {
        *found = (PlaceFound){ as_child, as_key };
        w->is_partial |= as_key != NULL; /* what is below is followed in one spelling only */
        return true;
    }
    w->path.len = before;
    if (as_key) {
        spell_key(w, key);
        *found = (PlaceFound){ as_key, NULL };
    }
    return as_key != NULL;
}

bool place_enter_item(PlaceWalk *w, size_t index, PlaceFound *found)
{
    size_t before = w->path.len;
    buf_byte(&w->path, '[');
    buf_int(&w->path, (int64_t)index);
    buf_byte(&w->path, ']');
    *found = (PlaceFound){ find_place(w), NULL };
    if (!found->place) {
        w->path.len = before;
    }
    return found->place != NULL;
}

void place_note(const PlaceWalk *w, PlaceFound found)
{
    *found.place = (Place){ true, w->cursor->position };
    if (found.other) {
        *found.other = *found.place;
    }
}

/* -- the places ----------------------------------------------------------------------------------
 */

DocPlaces *doc_places_new(Arena *a)
{
    DocPlaces *p = new(a, DocPlaces, 1);
    p->arena = a;
    p->groups = map_new(a);
    return p;
}

static Group *find_group(const DocPlaces *p, const Doc *d)
{
    return map_get(&p->groups, str_from((const char *)&d, sizeof(d)));
}

static Group *need_group(DocPlaces *p, const Doc *d)
{
    Group *group = find_group(p, d);
    if (!group) {
        group = new(p->arena, Group, 1);
        group->doc = d;
        group->wanted = map_new(p->arena);
        map_set(&p->groups, str_from((const char *)&group->doc, sizeof(group->doc)), group);
    }
    return group;
}

static void want(Group *group, Str path, Arena *a)
{
    void **place = map_at(&group->wanted, path);
    if (!*place) {
        *place = new(a, Place, 1);
    }
}

/* The end of what leads to path[0, end): the last . or [ before it. 0 for none. */
static size_t parent_end(Str path, size_t end)
{
    while (end > 0) {
        end--;
        if (path.ptr[end] == '.' || path.ptr[end] == '[') {
            return end;
        }
    }
    return 0;
}

void doc_places_add(DocPlaces *p, const Doc *d, Str field_path)
{
    Group *group = need_group(p, d);
    size_t end = field_path.len;
    while (end > 0 && !map_has(&group->wanted, str_slice(field_path, 0, end))) {
        want(group, str_slice(field_path, 0, end), p->arena);
        end = parent_end(field_path, end);
    }
}

/* Where to read a document from: with the indentation of its first line, which counts in YAML. */
static size_t start_of(const Doc *d)
{
    size_t at = d->offset;
    while (d->is_yaml && at > 0 && at <= d->text.len && d->text.ptr[at - 1] == ' ') {
        at--;
    }
    return at;
}

static void read_group(Group *group, PlaceCursor *cursor, Arena *scratch)
{
    const Doc *d = group->doc;
    size_t from = start_of(d);
    if (cursor->text.ptr != d->text.ptr || cursor->at > from) {
        *cursor = (PlaceCursor){ .text = d->text, .position = { 1, 1 } };
    }
    place_cursor_to_byte(cursor, from);
    PlaceWalk w = { .wanted = &group->wanted,
                    .path = buf_new(scratch),
                    .cursor = cursor,
                    .start = cursor->position };
    (d->is_yaml ? place_walk_yaml : place_walk_json)(&w);
    group->start = w.start;
    group->is_partial = w.is_partial;
}

void doc_places_find(DocPlaces *p)
{
    PlaceCursor cursor = { .position = { 1, 1 } };
    Arena scratch; /* without a ceiling: nothing jumps over a parser that is open */
    arena_init(&scratch, 0);
    for (size_t i = 0; i < p->groups.count; i++) {
        read_group(p->groups.entries[i].value, &cursor, &scratch);
        arena_reset(&scratch);
    }
    arena_done(&scratch);
}

bool doc_places_get(const DocPlaces *p, const Doc *d, Str field_path, DocPosition *out)
{
    const Group *group = find_group(p, d);
    const Place *best = NULL;
    size_t end = field_path.len;
    while (group && end > 0) {
        best = map_get(&group->wanted, str_slice(field_path, 0, end));
        if (best && best->is_found) {
            break;
        }
        best = NULL;
        end = parent_end(field_path, end);
    }
    bool is_whole = end == field_path.len;
    if (!group || (!is_whole && group->is_partial)) {
        return doc_position(d, field_path, out);
    }
    *out = best ? best->position : group->start;
    return is_whole;
}
