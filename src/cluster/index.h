/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash index over rows that live elsewhere: open addressing, 8 bytes a slot and 8 bytes a row,
 * so that a question about what is not there costs one cache line. Rows keep their order of
 * insertion; no result depends on the hash.
 */
#ifndef PODGATE_CLUSTER_INDEX_H
#define PODGATE_CLUSTER_INDEX_H

#include "base/arena.h"

typedef struct IndexSlot {
    uint32_t tag; /* high bits of the hash */
    uint32_t row; /* into rows, plus 1; 0 is free */
} IndexSlot;

typedef struct Index {
    Arena *arena;
    IndexSlot *slots;
    void **rows;
    uint32_t slot_mask; /* slots - 1, or 0 when there are none */
    uint32_t count;
    uint32_t row_cap;
} Index;

/* Whether the row is the one that key asks for. */
typedef bool IndexMatch(const void *row, const void *key);

/* Room for expected rows without growing; 0 is right when most stay empty. */
Index index_new(Arena *a, size_t expected);
/* row must not be in the index yet. hash_of gives a row's hash again when the index grows. */
typedef uint64_t IndexHash(const void *row);
void index_add(Index *ix, uint64_t hash, void *row, IndexHash *hash_of);

static inline void *index_find(const Index *ix, uint64_t hash, IndexMatch *match, const void *key)
{
    if (ix->slots == NULL) {
        return NULL;
    }
    uint32_t tag = (uint32_t)(hash >> 32);
    for (uint32_t at = (uint32_t)hash & ix->slot_mask; ix->slots[at].row != 0;
         at = (at + 1) & ix->slot_mask) {
        if (ix->slots[at].tag == tag) {
            void *row = ix->rows[ix->slots[at].row - 1];
            if (match(row, key)) {
                return row;
            }
        }
    }
    return NULL;
}

/* The hash of several parts: start from a part's own hash, then mix in the next. */
static inline uint64_t index_hash_mix(uint64_t hash, uint64_t next)
{
    hash = (hash ^ next) * 0x9E3779B97F4A7C15u;
    return hash ^ (hash >> 29);
}

#endif
