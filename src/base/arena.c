/* SPDX-License-Identifier: Apache-2.0 */
/* An arena: blocks of memory in a list, newest first, each twice as large as the last. */
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>

struct ArenaBlock {
    ArenaBlock *older;
    size_t size; /* with this header */
};

enum { FIRST_BLOCK_BYTES = 16 * 1024, BLOCK_BYTES_MAX = 4 * 1024 * 1024 };

void arena_init(Arena *a, size_t held_max)
{
    *a = (Arena){ .held_max = held_max };
}

void arena_done(Arena *a)
{
    ArenaBlock *block = a->block;
    while (block) {
        ArenaBlock *older = block->older;
        free(block);
        block = older;
    }
    arena_init(a, a->held_max);
}

static void use_block(Arena *a, ArenaBlock *block)
{
    a->block = block;
    a->at = (char *)(block + 1);
    a->end = (char *)block + block->size;
}

void arena_reset(Arena *a)
{
    ArenaBlock *keep = a->block;
    if (!keep) {
        return;
    }
    ArenaBlock *older = keep->older;
    while (older) {
        ArenaBlock *next = older->older;
        a->held -= older->size;
        free(older);
        older = next;
    }
    keep->older = NULL;
    use_block(a, keep);
}

void arena_on_full(Arena *a, jmp_buf *exit_point)
{
    a->on_full = exit_point;
}

static _Noreturn void full(Arena *a)
{
    if (a->on_full) {
        longjmp(*a->on_full, 1);
    }
    fprintf(stderr, "podgate: out of memory: more than %zu bytes held\n", a->held);
    exit(2);
}

void *arena_alloc_slow(Arena *a, size_t size)
{
    size_t rounded = (size + 7) & ~(size_t)7;
    if (rounded < size || rounded > SIZE_MAX / 2) {
        full(a);
    }
    if (rounded == 0 && a->block) {
        return a->at;
    }
    size_t want = a->block ? a->block->size * 2 : FIRST_BLOCK_BYTES;
    if (want > BLOCK_BYTES_MAX) {
        want = BLOCK_BYTES_MAX;
    }
    if (want < rounded + sizeof(ArenaBlock)) {
        want = rounded + sizeof(ArenaBlock);
    }
    size_t left = a->held < a->held_max ? a->held_max - a->held : 0;
    if (a->held_max && want > left) {
        /* The doubling must not cost what the ceiling still allows. */
        want = rounded + sizeof(ArenaBlock);
        if (want > left) {
            full(a);
        }
    }
    ArenaBlock *block = malloc(want);
    if (!block) {
        full(a);
    }
    block->older = a->block;
    block->size = want;
    a->held += want;
    use_block(a, block);
    void *p = a->at;
    a->at += rounded;
    return p;
}

void *arena_alloc_zero(Arena *a, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        full(a);
    }
    void *p = arena_alloc(a, bytes);
    if (bytes > 0) {
        memset(p, 0, bytes);
    }
    return p;
}

Str arena_str(Arena *a, Str s)
{
    if (!s.ptr) {
        return s;
    }
    char *copy = arena_alloc(a, s.len + 1);
    memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    return (Str){ copy, s.len };
}

Str arena_lower(Arena *a, Str s)
{
    char *copy = arena_alloc(a, s.len + 1);
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        copy[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    copy[s.len] = '\0';
    return (Str){ copy, s.len };
}

const char *arena_cstr(Arena *a, Str s)
{
    return s.ptr ? arena_str(a, s).ptr : "";
}

Str arena_vprintf(Arena *a, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    size_t room = (size_t)(a->end - a->at);
    int len = vsnprintf(a->at, a->at ? room : 0, format, args);
    if (len < 0) {
        va_end(again);
        return STR("");
    }
    size_t need = (size_t)len + 1;
    const char *tried = a->at;
    char *text = arena_alloc(a, need);
    if (text != tried) { /* it did not fit where it was tried */
        vsnprintf(text, need, format, again);
    }
    va_end(again);
    return (Str){ text, (size_t)len };
}

Str arena_printf(Arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Str s = arena_vprintf(a, format, args);
    va_end(args);
    return s;
}

Str arena_concat(Arena *a, Str first, Str second)
{
    char *text = arena_alloc(a, first.len + second.len + 1);
    if (first.len) {
        memcpy(text, first.ptr, first.len);
    }
    if (second.len) {
        memcpy(text + first.len, second.ptr, second.len);
    }
    text[first.len + second.len] = '\0';
    return (Str){ text, first.len + second.len };
}

void arena_adopt(Arena *a, Arena *from)
{
    if (!from->block) {
        return;
    }
    ArenaBlock *oldest = from->block;
    while (oldest->older) {
        oldest = oldest->older;
    }
    if (a->block) {
        oldest->older = a->block->older; /* behind the block that a allocates from */
        a->block->older = from->block;
    } else {
        a->block = from->block;
        a->at = from->at;
        a->end = from->end;
    }
    a->held += from->held;
    arena_init(from, from->held_max);
    if (a->held_max && a->held > a->held_max) {
        full(a);
    }
}

ArenaMark arena_mark(const Arena *a)
{
    return (ArenaMark){ a->block, a->at, a->end };
}

void arena_rewind(Arena *a, ArenaMark mark)
{
    while (a->block != mark.block) {
        ArenaBlock *older = a->block->older;
        if (!older) {
            /* The mark is from before the first block: keep that one, empty. */
            use_block(a, a->block);
            return;
        }
        a->held -= a->block->size;
        free(a->block);
        a->block = older;
    }
    a->at = mark.at;
    a->end = mark.end;
}
