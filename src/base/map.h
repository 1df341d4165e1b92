/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash map from strings to pointers, in an arena: open addressing, grows by doubling. Iteration
 * is in the order of insertion, so that no result depends on the hash.
 */
#ifndef PODGATE_BASE_MAP_H
#define PODGATE_BASE_MAP_H

#include "base/arena.h"

typedef struct MapEntry {
    Str key; /* not copied: must outlive the map */
    uint64_t hash;
    void *value;
} MapEntry;

typedef struct Map {
    Arena *arena;
    MapEntry *entries; /* in order of insertion */
    uint32_t *slots;   /* index + 1 into entries; 0 is free */
    size_t count;
    size_t entry_cap;
    size_t slot_cap; /* a power of two */
} Map;

static inline Map map_new(Arena *a)
{
    return (Map){ .arena = a };
}
/* The value, or NULL. */
void *map_get(const Map *m, Str key);
/* The place of key's value, made (NULL) when it was not there; valid until the next call. */
void **map_at(Map *m, Str key);
static inline void map_set(Map *m, Str key, void *value)
{
    *map_at(m, key) = value;
}
bool map_has(const Map *m, Str key);

/* for (size_t i = 0; i < m.count; i++) use(m.entries[i].key, m.entries[i].value); */

#endif
