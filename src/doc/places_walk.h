/* SPDX-License-Identifier: Apache-2.0 */
/* Walking a document along all wanted paths at once, for places.c. */
#ifndef PODGATE_DOC_PLACES_WALK_H
#define PODGATE_DOC_PLACES_WALK_H

#include "base/map.h"
#include "doc/position.h"

/* A place in a text that only goes forward. */
typedef struct PlaceCursor {
    Str text;
    size_t at;    /* bytes ... */
    size_t chars; /* ... and characters before it */
    DocPosition position;
} PlaceCursor;

/* Something on a wanted path. */
typedef struct Place {
    bool is_found;
    DocPosition position;
} Place;

typedef struct PlaceWalk {
    const Map *wanted; /* paths, and what leads to them, to Place */
    Buf path;          /* of the node that is looked at */
    PlaceCursor *cursor;
    DocPosition start; /* of the document's content; the walk sets it */
    bool is_partial;   /* not all that wanted paths may lead through was looked at */
} PlaceWalk;

/* To a byte of the text, or a number of characters; not back. */
void place_cursor_to_byte(PlaceCursor *c, size_t at);
void place_cursor_to_char(PlaceCursor *c, size_t chars);

/* Something that wanted paths lead through. A member may be wanted as a.b and as a[b]. */
typedef struct PlaceFound {
    Place *place;
    Place *other; /* or NULL */
} PlaceFound;

/* Does a wanted path lead through this member, or item, of the present node? Then the path is that
 * of the member. */
bool place_enter_member(PlaceWalk *w, Str key, PlaceFound *found);
bool place_enter_item(PlaceWalk *w, size_t index, PlaceFound *found);
/* Notes that it stands where the cursor is. */
void place_note(const PlaceWalk *w, PlaceFound found);

/* Each walks the document that starts where the cursor is. */
void place_walk_json(PlaceWalk *w);
void place_walk_yaml(PlaceWalk *w);

#endif
