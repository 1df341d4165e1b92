/* SPDX-License-Identifier: Apache-2.0 */
/* A hash index over rows that live elsewhere. */
#include "cluster/index.h"

enum { SLOTS_MIN = 8 };

/* Slots for so many rows: a power of two, at most two thirds full. */
static size_t slots_for(size_t rows)
{
    size_t slots = SLOTS_MIN;
    while (slots * 2 < rows * 3) {
        slots *= 2;
    }
    return slots;
}

static void make_slots(Index *ix, size_t slots)
{
    ix->slots = new(ix->arena, IndexSlot, slots);
    ix->slot_mask = (uint32_t)(slots - 1);
}

Index index_new(Arena *a, size_t expected)
{
    Index ix = { .arena = a };
    if (expected > 0) {
        make_slots(&ix, slots_for(expected));
        ix.rows = new(a, void *, expected);
        ix.row_cap = (uint32_t)expected;
    }
    return ix;
}

static void put_slot(Index *ix, uint64_t hash, uint32_t row)
{
    uint32_t at = (uint32_t)hash & ix->slot_mask;
    while (ix->slots[at].row != 0) {
        at = (at + 1) & ix->slot_mask;
    }
    ix->slots[at] = (IndexSlot){ (uint32_t)(hash >> 32), row + 1 };
}

void index_add(Index *ix, uint64_t hash, void *row, IndexHash *hash_of)
{
    if (ix->count == ix->row_cap) {
        uint32_t cap = ix->row_cap ? ix->row_cap * 2 : SLOTS_MIN / 2;
        void **rows = new(ix->arena, void *, cap);
        if (ix->count > 0) {
            memcpy(rows, ix->rows, ix->count * sizeof *rows);
        }
        ix->rows = rows;
        ix->row_cap = cap;
    }
    ix->rows[ix->count++] = row;
    if (ix->slots == NULL || ix->slot_mask + 1 < slots_for(ix->count)) {
        make_slots(ix, slots_for(ix->row_cap));
        for (uint32_t i = 0; i < ix->count; i++) {
            put_slot(ix, hash_of(ix->rows[i]), i);
        }
        return;
    }
    put_slot(ix, hash, ix->count - 1);
}
