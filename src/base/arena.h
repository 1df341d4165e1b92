/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An arena: memory that is freed all at once.
 *
 * One arena per request or per loaded batch. Nothing in it is freed alone; arena_reset() makes
 * all of it free again and keeps the blocks for the next request. An arena belongs to one thread
 * at a time.
 *
 * An arena has a ceiling. At it (or when the system has no memory) allocation does not return: it
 * jumps to the exit set with arena_on_full(), or, with none set, prints one line and ends the
 * process with status 2. So new() never returns NULL, and code that allocates from an arena holds
 * no lock and no descriptor of its own while it does.
 */
#ifndef PODGATE_BASE_ARENA_H
#define PODGATE_BASE_ARENA_H

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>

typedef struct ArenaBlock ArenaBlock;

typedef struct Arena {
    char *at;          /* next free byte of the newest block */
    char *end;         /* its end */
    ArenaBlock *block; /* newest first */
    size_t held;       /* bytes in all blocks */
    size_t held_max;   /* ceiling for held; 0 for none */
    jmp_buf *on_full;
} Arena;

/* No memory is taken before the first allocation. held_max in bytes, 0 for no ceiling. */
void arena_init(Arena *a, size_t held_max);
void arena_done(Arena *a);
/* Frees everything in it; keeps one block. */
void arena_reset(Arena *a);
/* Where to jump when the ceiling is reached; NULL to unset. The caller keeps *exit_point alive. */
void arena_on_full(Arena *a, jmp_buf *exit_point);

void *arena_alloc_slow(Arena *a, size_t size);

/* size bytes, aligned to 8, not cleared; never NULL, even for 0 bytes. */
static inline void *arena_alloc(Arena *a, size_t size)
{
    size_t rounded = (size + 7) & ~(size_t)7;
    /* 0 wraps around: no bytes, and more than there can be, go the slow way */
    if (__builtin_expect(rounded - 1 < (size_t)(a->end - a->at), 1)) {
        void *p = a->at;
        a->at += rounded;
        return p;
    }
    return arena_alloc_slow(a, size);
}

/* count * size bytes, cleared; an overflow counts as reaching the ceiling. */
void *arena_alloc_zero(Arena *a, size_t count, size_t size);

/* A cleared T[n]. Never NULL. */
#define new(arena, T, n) ((T *)arena_alloc_zero((arena), (n), sizeof(T)))

/* Copies into the arena; the copy is followed by a NUL that len does not count. An absent string
 * stays absent. */
Str arena_str(Arena *a, Str s);
/* The same as a C string; absent gives "". */
const char *arena_cstr(Arena *a, Str s);
Str arena_printf(Arena *a, const char *format, ...) PRINTF_LIKE(2, 3);
Str arena_vprintf(Arena *a, const char *format, va_list args);
/* a followed by b. */
Str arena_concat(Arena *a, Str first, Str second);
/* A copy with A to Z made small; other bytes stay. */
Str arena_lower(Arena *a, Str s);

/* Moves all that from holds into a, to be freed with it; from is empty afterwards. What lies there
 * stays where it is. Counts against a's ceiling like an allocation. */
void arena_adopt(Arena *a, Arena *from);

/* A mark in the arena, to give back what was allocated after it. */
typedef struct ArenaMark {
    ArenaBlock *block;
    char *at;
    char *end;
} ArenaMark;
ArenaMark arena_mark(const Arena *a);
void arena_rewind(Arena *a, ArenaMark mark);

#endif
