/* SPDX-License-Identifier: Apache-2.0 */
/* Walking YAML along wanted paths, event by event. Recursion goes no deeper than those. What
 * aliases and merge keys bring in is not looked at, only noted. */
#include "doc/places_walk.h"
#include "doc/yaml_event.h"

typedef struct YamlWalk {
    PlaceWalk *walk;
    size_t chars; /* before the document */
    yaml_parser_t parser;
    yaml_event_t event;
    bool has_ended;
} YamlWalk;

static bool next(YamlWalk *y)
{
    yaml_event_delete(&y->event);
    if (y->has_ended || !yaml_parser_parse(&y->parser, &y->event)) {
        y->has_ended = true;
        return false;
    }
    y->has_ended = y->event.type == YAML_STREAM_END_EVENT ||
                   y->event.type == YAML_DOCUMENT_END_EVENT;
    return true;
}

/* Past the node whose first event is the present one; its last event becomes the present one. */
static void skip_node(YamlWalk *y)
{
    size_t depth = 0;
    do {
        switch (y->event.type) {
        case YAML_MAPPING_START_EVENT:
        case YAML_SEQUENCE_START_EVENT:
            depth++;
            break;
        case YAML_MAPPING_END_EVENT:
        case YAML_SEQUENCE_END_EVENT:
            depth--;
            break;
        case YAML_ALIAS_EVENT:
            y->walk->is_partial = true;
            break;
        default:
            break;
        }
    } while (depth > 0 && next(y));
}

/* The key that the present scalar is; absent when it is none that a path can name. */
static Str read_key(YamlWalk *y)
{
    Value v;
    Str reason;
    if (y->event.type != YAML_SCALAR_EVENT) {
        y->walk->is_partial |= y->event.type == YAML_ALIAS_EVENT;
        return STR_ABSENT;
    }
    if (yaml_event_is_merge_key(&y->event)) {
        y->walk->is_partial = true;
        return STR_ABSENT;
    }
    if (!yaml_event_needs_resolving(&y->event)) {
        return yaml_event_text(&y->event);
    }
    if (!yaml_event_resolve(&y->event, y->walk->path.arena, &v, &reason) ||
        !yaml_scalar_to_key(&v, y->walk->path.arena)) {
        return STR_ABSENT;
    }
    return value_as_str(&v);
}

static void note(YamlWalk *y, PlaceFound found, size_t mark)
{
    place_cursor_to_char(y->walk->cursor, y->chars + mark);
    place_note(y->walk, found);
}

static void walk_node(YamlWalk *y);

static void walk_mapping(YamlWalk *y)
{
    while (next(y) && y->event.type != YAML_MAPPING_END_EVENT) {
        PlaceWalk *w = y->walk;
        size_t before = w->path.len;
        size_t mark = y->event.start_mark.index;
        PlaceFound found;
        Str key = read_key(y);
        bool leads_on = key.ptr && place_enter_member(w, key, &found);
        skip_node(y); /* the key */
        if (!next(y)) {
            return;
        }
        if (leads_on) {
            note(y, found, mark);
            walk_node(y);
            w->path.len = before;
        } else {
            skip_node(y);
        }
    }
}

static void walk_sequence(YamlWalk *y)
{
    for (size_t i = 0; next(y) && y->event.type != YAML_SEQUENCE_END_EVENT; i++) {
        PlaceWalk *w = y->walk;
        size_t before = w->path.len;
        PlaceFound found;
        if (place_enter_item(w, i, &found)) {
            note(y, found, y->event.start_mark.index);
            walk_node(y);
            w->path.len = before;
        } else {
            skip_node(y);
        }
    }
}

static void walk_node(YamlWalk *y)
{
    if (y->event.type == YAML_MAPPING_START_EVENT) {
        walk_mapping(y);
    } else if (y->event.type == YAML_SEQUENCE_START_EVENT) {
        walk_sequence(y);
    } else {
        skip_node(y);
    }
}

void place_walk_yaml(PlaceWalk *w)
{
    YamlWalk y = { .walk = w, .chars = w->cursor->chars };
    Str text = str_drop(w->cursor->text, w->cursor->at);
    if (!yaml_parser_initialize(&y.parser)) {
        return;
    }
    yaml_parser_set_encoding(&y.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&y.parser, (const unsigned char *)text.ptr, text.len);
    while (next(&y)) {
        if (y.event.type != YAML_STREAM_START_EVENT && y.event.type != YAML_DOCUMENT_START_EVENT &&
            !y.has_ended) {
            place_cursor_to_char(w->cursor, y.chars + y.event.start_mark.index);
            w->start = w->cursor->position;
            walk_node(&y);
        }
    }
    yaml_event_delete(&y.event);
    yaml_parser_delete(&y.parser);
}
