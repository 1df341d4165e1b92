/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tree in one piece of memory, for what is kept long: nothing is spent on blocks or on room to
 * grow, and one free() ends it.
 *
 * Trees that are kept together have mostly the same keys, and many of the same words: with
 * PackTexts there is one copy of each.
 */
#ifndef PODGATE_DOC_VALUE_PACK_H
#define PODGATE_DOC_VALUE_PACK_H

#include "base/map.h"
#include "doc/value.h"

typedef struct PackFound {
    Str *texts; /* absent: not shared */
    size_t count;
    size_t cap;
} PackFound;

/* Keys and short strings that packed trees share. They stay until all trees are gone, so there is
 * a limit to how many are taken in, whatever clients think of: those that come first. Beyond it,
 * trees have their own. One thread at a time; what it gave may be read by any. */
typedef struct PackTexts {
    Arena arena;
    Map map;
    size_t bytes;
    /* What value_pack_size() found of each text of its tree, for value_pack() after it. */
    PackFound found;
    const Value *found_of;
    PackFound before; /* of the tree before: the next one is often much like it */
} PackTexts;

void pack_texts_init(PackTexts *shared);
void pack_texts_done(PackTexts *shared);

/* What value_pack() needs for a tree. */
typedef struct PackSize {
    size_t nodes;
    size_t strings;
} PackSize;

/* shared NULL: all texts are the tree's own. */
PackSize value_pack_size(const Value *v, PackTexts *shared);
static inline size_t pack_bytes(PackSize size)
{
    return size.nodes + size.strings;
}
/* Copies v, its children and strings to memory (aligned to 8, pack_bytes(size) bytes), size being
 * that of v with the same texts, measured just before; the result shares nothing with v. A packed
 * tree is read-only. */
Value value_pack(const Value *v, PackSize size, PackTexts *shared, void *memory);

#endif
