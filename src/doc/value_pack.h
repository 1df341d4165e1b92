/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tree in one piece of memory, for what is kept long: nothing is spent on blocks or on room to
 * grow, and one free() ends it.
 *
 * Trees that are kept together have mostly the same keys: with PackKeys there is one copy of each.
 */
#ifndef PODGATE_DOC_VALUE_PACK_H
#define PODGATE_DOC_VALUE_PACK_H

#include "base/map.h"
#include "doc/value.h"

/* Keys that packed trees share. They stay until all trees are gone, so there is a limit to how many
 * are taken in, whatever keys clients think of; beyond it, trees have their own. One thread at a
 * time; what it gave may be read by any. */
typedef struct PackKeys {
    Arena arena;
    Map texts;
    size_t bytes;
} PackKeys;

void pack_keys_init(PackKeys *keys);
void pack_keys_done(PackKeys *keys);

/* What value_pack() needs for a tree. */
typedef struct PackSize {
    size_t nodes;
    size_t strings;
} PackSize;

/* keys NULL: all keys are the tree's own. */
PackSize value_pack_size(const Value *v, PackKeys *keys);
static inline size_t pack_bytes(PackSize size)
{
    return size.nodes + size.strings;
}
/* Copies v, its children and strings to memory (aligned to 8, pack_bytes(size) bytes), size being
 * that of v with the same keys; the result shares nothing with v. A packed tree is read-only. */
Value value_pack(const Value *v, PackSize size, PackKeys *keys, void *memory);

#endif
