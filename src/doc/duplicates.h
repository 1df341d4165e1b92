/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys that an object has twice while it is being read. Later, objects have each key once.
 */
#ifndef PODGATE_DOC_DUPLICATES_H
#define PODGATE_DOC_DUPLICATES_H

#include "doc/value.h"

enum { DUPLICATES_BITS = 256, DUPLICATES_PAIRWISE_MAX = 32 };

/* One of 256 bits for a key: most objects have no two keys with one bit, and are done with that. */
static inline unsigned duplicates_key_bit(const char *key, size_t len)
{
    if (len == 0) {
        return 0;
    }
    uint32_t parts = (uint32_t)(unsigned char)key[0] | (uint32_t)(unsigned char)key[len - 1] << 8 |
                     (uint32_t)(unsigned char)key[len / 2] << 16 | (uint32_t)len << 24;
    return parts * 0x9E3779B1u >> 24;
}

/* As duplicates_find(), without its first look. */
bool duplicates_find_slow(const Member *members, uint32_t count, Arena *a, uint32_t *first,
                          uint32_t *second);

/* The first key that was there before: members[*second] repeats members[*first]. Linear for small
 * objects, n log n for large ones whatever their keys are. The arena is for scratch only. */
static inline bool duplicates_find(const Member *members, uint32_t count, Arena *a, uint32_t *first,
                                   uint32_t *second)
{
    uint64_t seen[DUPLICATES_BITS / 64] = { 0 };
    for (uint32_t i = 0; i < count; i++) {
        unsigned bit = duplicates_key_bit(members[i].key, members[i].key_len);
        if (__builtin_expect((seen[bit / 64] >> bit % 64 & 1) != 0, 0)) {
            return duplicates_find_slow(members, count, a, first, second);
        }
        seen[bit / 64] |= (uint64_t)1 << bit % 64;
    }
    return false;
}

/* Leaves each key once, at its first place and with its last value; returns the new count. */
uint32_t duplicates_drop(Member *members, uint32_t count, Arena *a);

#endif
