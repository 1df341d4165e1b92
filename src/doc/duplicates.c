/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that an object has twice. Large objects are sorted rather than hashed: so no choice of keys
 * makes it slow. */
#include "doc/duplicates.h"

#include <stdlib.h>

static bool same_key(const Member *a, const Member *b)
{
    return a->key_len == b->key_len && memcmp(a->key, b->key, a->key_len) == 0;
}

static int by_key_then_place(const void *a, const void *b)
{
    const Member *x = *(const Member *const *)a;
    const Member *y = *(const Member *const *)b;
    if (x->key_len != y->key_len) {
        return x->key_len < y->key_len ? -1 : 1;
    }
    int order = memcmp(x->key, y->key, x->key_len);
    return order ? order : x < y ? -1 : 1;
}

static const Member **sort_members(const Member *members, uint32_t count, Arena *a)
{
    const Member **sorted = arena_alloc(a, count * sizeof(const Member *));
    for (uint32_t i = 0; i < count; i++) {
        sorted[i] = &members[i];
    }
    qsort(sorted, count, sizeof(const Member *), by_key_then_place);
    return sorted;
}

bool duplicates_find_slow(const Member *members, uint32_t count, Arena *a, uint32_t *first,
                          uint32_t *second)
{
    if (count <= DUPLICATES_PAIRWISE_MAX) {
        for (uint32_t i = 1; i < count; i++) {
            for (uint32_t k = 0; k < i; k++) {
                if (same_key(&members[k], &members[i])) {
                    *first = k;
                    *second = i;
                    return true;
                }
            }
        }
        return false;
    }
    ArenaMark mark = arena_mark(a);
    const Member **sorted = sort_members(members, count, a);
    const Member *repeats = NULL;
    const Member *repeated = NULL;
    for (uint32_t i = 1; i < count; i++) {
        if (same_key(sorted[i - 1], sorted[i]) && (!repeats || sorted[i] < repeats)) {
            repeated = sorted[i - 1];
            repeats = sorted[i];
        }
    }
    arena_rewind(a, mark);
    if (!repeats) {
        return false;
    }
    *first = (uint32_t)(repeated - members);
    *second = (uint32_t)(repeats - members);
    return true;
}

uint32_t duplicates_drop(Member *members, uint32_t count, Arena *a)
{
    if (count < 2) {
        return count;
    }
    ArenaMark mark = arena_mark(a);
    const Member **sorted = sort_members(members, count, a);
    bool *is_repeat = new(a, bool, count);
    for (uint32_t from = 0; from < count;) {
        uint32_t to = from + 1;
        while (to < count && same_key(sorted[from], sorted[to])) {
            is_repeat[sorted[to++] - members] = true;
        }
        members[sorted[from] - members].value = sorted[to - 1]->value;
        from = to;
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!is_repeat[i]) {
            members[kept++] = members[i];
        }
    }
    arena_rewind(a, mark);
    return kept;
}
