/* SPDX-License-Identifier: Apache-2.0 */
/* A hash map from strings to pointers. */
#include "base/map.h"

enum { SLOTS_MIN = 16 };

static MapEntry *find(const Map *m, Str key, uint64_t hash)
{
    if (m->slot_cap == 0) {
        return NULL;
    }
    size_t mask = m->slot_cap - 1;
    for (size_t at = hash & mask; m->slots[at]; at = (at + 1) & mask) {
        MapEntry *e = &m->entries[m->slots[at] - 1];
        if (e->hash == hash && str_eq(e->key, key)) {
            return e;
        }
    }
    return NULL;
}

void *map_get(const Map *m, Str key)
{
    const MapEntry *e = find(m, key, str_hash(key));
    return e ? e->value : NULL;
}

bool map_has(const Map *m, Str key)
{
    return find(m, key, str_hash(key)) != NULL;
}

static void put_slot(Map *m, size_t entry)
{
    size_t mask = m->slot_cap - 1;
    size_t at = m->entries[entry].hash & mask;
    while (m->slots[at]) {
        at = (at + 1) & mask;
    }
    m->slots[at] = (uint32_t)entry + 1;
}

static void grow(Map *m)
{
    size_t entry_cap = m->entry_cap ? m->entry_cap * 2 : SLOTS_MIN / 2;
    MapEntry *entries = new(m->arena, MapEntry, entry_cap);
    if (m->count) {
        memcpy(entries, m->entries, m->count * sizeof(MapEntry));
    }
    m->entries = entries;
    m->entry_cap = entry_cap;
    m->slot_cap = entry_cap * 2;
    m->slots = new(m->arena, uint32_t, m->slot_cap);
    for (size_t i = 0; i < m->count; i++) {
        put_slot(m, i);
    }
}

void **map_at(Map *m, Str key)
{
    uint64_t hash = str_hash(key);
    MapEntry *e = find(m, key, hash);
    if (!e) {
        if (m->count == m->entry_cap) {
            grow(m);
        }
        m->entries[m->count] = (MapEntry){ key, hash, NULL };
        put_slot(m, m->count);
        e = &m->entries[m->count++];
    }
    return &e->value;
}
