/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Following a field path through YAML, event by event: what is not on the path is passed over.
 * Recursion goes no deeper than the path, and through as many aliases as FOLLOW_MAX allows. What an
 * alias stands for is found by reading the document from its start, up to the alias.
 */
#include "doc/position_find.h"

#include "doc/yaml_event.h"

enum { FOLLOW_MAX = 32, DEPTH_MAX = 1000 /* of inline merge keys, which use up no path */ };

typedef struct YamlSeek {
    yaml_parser_t parser;
    yaml_event_t event;
    size_t count; /* of events so far */
    bool ended;   /* nothing more, or nothing more that is YAML */
    Str text;     /* from the document's start on */
    Str path;
    PositionBest best; /* offset counts characters */
    bool keep_first;   /* of places equally good: the first, else the last */
    int *follows;      /* aliases that may still be followed */
    int depth;
    Arena *arena; /* for keys */
} YamlSeek;

static void seek_node(YamlSeek *s, size_t used);

static bool next(YamlSeek *s)
{
    yaml_event_delete(&s->event);
    if (s->ended || !yaml_parser_parse(&s->parser, &s->event)) {
        s->ended = true;
        return false;
    }
    s->count++;
    s->ended = s->event.type == YAML_STREAM_END_EVENT || s->event.type == YAML_DOCUMENT_END_EVENT;
    return true;
}

static bool begins(const YamlSeek *s)
{
    return s->event.type == YAML_MAPPING_START_EVENT || s->event.type == YAML_SEQUENCE_START_EVENT;
}

static bool finishes(const YamlSeek *s)
{
    return s->event.type == YAML_MAPPING_END_EVENT || s->event.type == YAML_SEQUENCE_END_EVENT;
}

/* Past the node whose first event is the present one; its last event becomes the present one. */
static void skip_node(YamlSeek *s)
{
    size_t depth = begins(s);
    while (depth > 0 && next(s)) {
        depth += begins(s);
        depth -= finishes(s);
    }
}

static void note(YamlSeek *s, PositionBest place)
{
    if (place.used > s->best.used || (place.used == s->best.used && !s->keep_first)) {
        s->best = place;
    }
}

/* -- aliases ---------------------------------------------------------------------------------- */

static Str anchor_of(const yaml_event_t *event)
{
    const yaml_char_t *name = NULL;
    if (event->type == YAML_SCALAR_EVENT) {
        name = event->data.scalar.anchor;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        name = event->data.mapping_start.anchor;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        name = event->data.sequence_start.anchor;
    }
    return str_from_c((const char *)name);
}

static bool start(YamlSeek *s)
{
    if (!yaml_parser_initialize(&s->parser)) {
        return false;
    }
    yaml_parser_set_encoding(&s->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&s->parser, (const unsigned char *)s->text.ptr, s->text.len);
    return true;
}

static void finish(YamlSeek *s)
{
    yaml_event_delete(&s->event);
    yaml_parser_delete(&s->parser);
}

/* The event that the present alias stands for: the last one before it with that anchor. 0 for none.
 */
static size_t find_anchored(const YamlSeek *s, Str name)
{
    size_t found = 0;
    YamlSeek scan = { .text = s->text };
    if (start(&scan)) {
        while (next(&scan) && scan.count < s->count) {
            Str anchor = anchor_of(&scan.event);
            if (anchor.ptr && str_eq(anchor, name)) {
                found = scan.count;
            }
        }
        finish(&scan);
    }
    return found;
}

static Str read_key(YamlSeek *s);

/* The present event is an alias. What it stands for is looked through for the path, or, when key is
 * not NULL, read as a key. */
static void follow(YamlSeek *s, size_t used, Str *key)
{
    if (--*s->follows < 0) {
        return;
    }
    size_t anchored = find_anchored(s, str_from_c((const char *)s->event.data.alias.anchor));
    YamlSeek behind = {
        .text = s->text, .path = s->path, .follows = s->follows, .arena = s->arena
    };
    if (anchored == 0 || !start(&behind)) {
        return;
    }
    while (behind.count < anchored && next(&behind)) {
    }
    if (key) {
        *key = read_key(&behind);
    } else {
        seek_node(&behind, used);
    }
    finish(&behind);
    if (behind.best.used > used) {
        note(s, behind.best);
    }
}

/* -- nodes ------------------------------------------------------------------------------------ */

/* What a merge key brings in: the names in it stand for names here. The present event is the first
 * of its value. */
static void seek_merged(YamlSeek *s, size_t used)
{
    if (s->event.type != YAML_SEQUENCE_START_EVENT) {
        seek_node(s, used);
        return;
    }
    PositionBest before = s->best;
    bool kept_first = s->keep_first;
    s->best = (PositionBest){ 0 };
    s->keep_first = true; /* of a list the earlier mappings count */
    while (next(s) && s->event.type != YAML_SEQUENCE_END_EVENT) {
        seek_node(s, used);
    }
    PositionBest merged = s->best;
    s->best = before;
    s->keep_first = kept_first;
    if (merged.used > used) {
        note(s, merged);
    }
}

static Str read_key(YamlSeek *s)
{
    Value v;
    Str reason;
    if (s->event.type == YAML_ALIAS_EVENT) {
        Str key = STR_ABSENT;
        follow(s, 0, &key);
        return key;
    }
    if (s->event.type != YAML_SCALAR_EVENT ||
        !yaml_event_resolve(&s->event, s->arena, &v, &reason) ||
        !yaml_scalar_to_key(&v, s->arena)) {
        return STR_ABSENT;
    }
    return value_as_str(&v);
}

static void found(YamlSeek *s, size_t place, size_t used)
{
    note(s, (PositionBest){ used, place });
    if (used < s->path.len) {
        seek_node(s, used);
    } else {
        skip_node(s);
    }
}

static void seek_mapping(YamlSeek *s, size_t used)
{
    while (next(s) && s->event.type != YAML_MAPPING_END_EVENT) {
        size_t place = s->event.start_mark.index;
        bool is_merge = s->event.type == YAML_SCALAR_EVENT && yaml_event_is_merge_key(&s->event);
        Str key = read_key(s);
        size_t matched = !is_merge && key.ptr ? position_match_key(s->path, used, key) : 0;
        skip_node(s); /* no key that was read is more than one event */
        if (!next(s)) {
            return;
        }
        if (is_merge) {
            seek_merged(s, used);
        } else if (matched) {
            found(s, place, used + matched);
        } else {
            skip_node(s);
        }
    }
}

static void seek_sequence(YamlSeek *s, size_t used)
{
    size_t wanted = 0;
    size_t matched = position_match_index(s->path, used, &wanted);
    for (size_t i = 0; next(s) && s->event.type != YAML_SEQUENCE_END_EVENT; i++) {
        if (matched && i == wanted) {
            found(s, s->event.start_mark.index, used + matched);
        } else {
            skip_node(s);
        }
    }
}

/* On along the path inside the node whose first event is the present one; its last event becomes
 * the present one. */
static void seek_node(YamlSeek *s, size_t used)
{
    if (s->depth == DEPTH_MAX) {
        skip_node(s);
        return;
    }
    s->depth++;
    if (s->event.type == YAML_MAPPING_START_EVENT) {
        seek_mapping(s, used);
    } else if (s->event.type == YAML_SEQUENCE_START_EVENT) {
        seek_sequence(s, used);
    } else if (s->event.type == YAML_ALIAS_EVENT) {
        follow(s, used, NULL);
    }
    s->depth--;
}

static size_t byte_offset(Str text, size_t chars)
{
    size_t at = 0;
    for (; at < text.len && chars > 0; chars--) {
        do {
            at++;
        } while (at < text.len && ((unsigned char)text.ptr[at] & 0xC0) == 0x80);
    }
    return at;
}

PositionBest position_find_yaml(Str text, size_t from, Str path)
{
    Arena arena;
    arena_init(&arena, 0);
    int follows = FOLLOW_MAX;
    while (from > 0 && from <= text.len && text.ptr[from - 1] == ' ') {
        from--; /* the first line's indentation counts */
    }
    YamlSeek s = {
        .text = str_drop(text, from), .path = path, .follows = &follows, .arena = &arena
    };
    if (start(&s)) {
        while (next(&s) && s.event.type != YAML_DOCUMENT_START_EVENT) {
        }
        if (next(&s)) {
            s.best.offset = s.event.start_mark.index;
            if (path.len) {
                seek_node(&s, 0);
            }
        }
        finish(&s);
    }
    arena_done(&arena);
    return (PositionBest){ s.best.used, from + byte_offset(s.text, s.best.offset) };
}
