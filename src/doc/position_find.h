/* SPDX-License-Identifier: Apache-2.0 */
/* Following a field path through a text, for position.c. */
#ifndef PODGATE_DOC_POSITION_FIND_H
#define PODGATE_DOC_POSITION_FIND_H

#include "base/str.h"

/* The best place found so far: the one that most of the path leads to. */
typedef struct PositionBest {
    size_t used;   /* bytes of the path */
    size_t offset; /* in the text */
} PositionBest;

/* Bytes of the path from used on (a separator included) that name a member; 0 when they do not. */
size_t position_match_key(Str path, size_t used, Str key);
/* The same for an item: "[3]". */
size_t position_match_index(Str path, size_t used, size_t *index);

/* The best place for a path in one document of text that starts at from. */
PositionBest position_find_json(Str text, size_t from, Str path);
PositionBest position_find_yaml(Str text, size_t from, Str path);

#endif
