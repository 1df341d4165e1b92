/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean ...?": the nearest name by edits. */
#include "cli/cli.h"

static size_t min_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Letters to add, drop, change or swap with their neighbour to come from one to the other. */
static size_t edits_between(Str from, Str to, Arena *a)
{
    /* Three rows of the usual table: the one in work and the two before it. */
    size_t width = to.len + 1;
    size_t *rows[3];
    for (size_t i = 0; i < 3; i++) {
        rows[i] = new(a, size_t, width);
    }
    for (size_t j = 0; j < width; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= from.len; i++) {
        size_t *now = rows[i % 3];
        const size_t *above = rows[(i - 1) % 3];
        now[0] = i;
        for (size_t j = 1; j < width; j++) {
            size_t change = above[j - 1] + (from.ptr[i - 1] != to.ptr[j - 1]);
            now[j] = min_of(change, min_of(above[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && from.ptr[i - 1] == to.ptr[j - 2] &&
                from.ptr[i - 2] == to.ptr[j - 1]) {
                now[j] = min_of(now[j], rows[(i - 2) % 3][j - 2] + 1);
            }
        }
    }
    return rows[from.len % 3][to.len];
}

Str cli_suggest(StrList names, Str given, Arena *a)
{
    enum { NAME_BYTES_MAX = 64 };
    Str best = STR_ABSENT;
    size_t best_edits = 0;
    if (given.len == 0 || given.len > NAME_BYTES_MAX) {
        return best;
    }
    for (size_t i = 0; i < names.count; i++) {
        ArenaMark mark = arena_mark(a);
        size_t edits = edits_between(given, names.items[i], a);
        arena_rewind(a, mark);
        /* A third of the letters may be wrong, and a beginning is always understood. */
        bool near = edits <= 1 + names.items[i].len / 4;
        if (!near && given.len >= 3 && str_starts_with(names.items[i], given)) {
            near = true;
        }
        if (near && (!best.ptr || edits < best_edits)) {
            best = names.items[i];
            best_edits = edits;
        }
    }
    return best;
}
