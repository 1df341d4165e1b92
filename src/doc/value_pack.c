/* SPDX-License-Identifier: Apache-2.0 */
/* A tree in one piece of memory: children first, each list at once, then all strings. */
#include "doc/value_pack.h"

#include <assert.h>

/* -- texts that are shared --------------------------------------------------------------------- */

enum {
    TEXTS_MAX = 1 << 14,
    STRINGS_MAX = TEXTS_MAX / 4, /* the rest is for keys, which repeat more */
    TEXTS_BYTES_MAX = 1 << 19,
    KEY_LEN_MAX = 100,
    STRING_LEN_MAX = 32,
};

void pack_texts_init(PackTexts *shared)
{
    *shared = (PackTexts){ 0 };
    arena_init(&shared->arena, 0);
    shared->map = map_new(&shared->arena);
}

void pack_texts_done(PackTexts *shared)
{
    arena_done(&shared->arena);
}

/* The shared copy of a text, which is taken in while there is room; NULL when there is none. */
static const char *share(PackTexts *shared, Str text, size_t len_max, size_t count_max)
{
    const char *there = text.len <= KEY_LEN_MAX ? map_get(&shared->map, text) : NULL;
    if (there || text.len > len_max || shared->map.count >= count_max ||
        shared->bytes + text.len > TEXTS_BYTES_MAX) {
        return there;
    }
    Str copy = arena_str(&shared->arena, text);
    map_set(&shared->map, copy, (void *)(uintptr_t)copy.ptr);
    shared->bytes += text.len;
    return copy.ptr;
}

static void remember(PackTexts *shared, Str text)
{
    PackFound *f = &shared->found;
    if (f->count == f->cap) {
        size_t cap = f->cap ? f->cap * 2 : 256;
        Str *grown = new(&shared->arena, Str, cap);
        if (f->count) {
            memcpy(grown, f->texts, f->count * sizeof *grown);
        }
        f->texts = grown;
        f->cap = cap;
    }
    f->texts[f->count++] = text;
}

/* The shared copy as share() finds it, sooner when the tree before had the text at this place. */
static const char *find_shared(PackTexts *shared, Str text, size_t len_max, size_t count_max)
{
    const PackFound *before = &shared->before;
    size_t place = shared->found.count;
    const char *found;
    if (place < before->count && before->texts[place].ptr && str_eq(before->texts[place], text)) {
        found = before->texts[place].ptr;
    } else {
        found = share(shared, text, len_max, count_max);
    }
    remember(shared, (Str){ found, text.len });
    return found;
}

/* -- packing ----------------------------------------------------------------------------------- */

static void measure_text(Str text, size_t len_max, size_t count_max, PackTexts *shared,
                         PackSize *size)
{
    const char *found = NULL;
    if (shared) {
        found = find_shared(shared, text, len_max, count_max);
    }
    size->strings += found ? 0 : text.len;
}

static void measure(const Value *v, PackTexts *shared, PackSize *size)
{
    switch (v->kind) {
    case VALUE_STRING:
        measure_text(value_as_str(v), STRING_LEN_MAX, STRINGS_MAX, shared, size);
        break;
    case VALUE_ARRAY:
        size->nodes += v->len * sizeof(Value);
        VALUE_EACH_ITEM(item, v) {
            measure(item, shared, size);
        }
        break;
    case VALUE_OBJECT:
        size->nodes += v->len * sizeof(Member);
        VALUE_EACH_MEMBER(m, v) {
            measure_text(member_key(m), KEY_LEN_MAX, TEXTS_MAX, shared, size);
            measure(&m->value, shared, size);
        }
        break;
    default:
        break;
    }
}

PackSize value_pack_size(const Value *v, PackTexts *shared)
{
    PackSize size = { 0 };
    if (shared) {
        PackFound before = shared->before;
        shared->before = shared->found;
        shared->found = before;
        shared->found.count = 0;
        shared->found_of = v;
    }
    measure(v, shared, &size);
    return size;
}

typedef struct Pack {
    char *nodes;      /* next free byte for items and members */
    char *strings;    /* next free byte for texts */
    const Str *found; /* of the next text; NULL when nothing is shared */
} Pack;

static const char *pack_text(Pack *p, const char *text, size_t len)
{
    const char *shared = p->found ? p->found++->ptr : NULL;
    if (len == 0 || shared) {
        return len ? shared : "";
    }
    char *to = p->strings;
    memcpy(to, text, len);
    p->strings += len;
    return to;
}

static Value pack(Pack *p, const Value *v)
{
    Value out = *v;
    out.grown = 0;
    if (v->kind == VALUE_STRING) {
        out.s = pack_text(p, v->s, v->len);
    } else if (v->kind == VALUE_ARRAY && v->len) {
        out.items = (Value *)(void *)p->nodes;
        p->nodes += v->len * sizeof(Value);
        for (size_t i = 0; i < v->len; i++) {
            out.items[i] = pack(p, &v->items[i]);
        }
    } else if (v->kind == VALUE_OBJECT && v->len) {
        out.members = (Member *)(void *)p->nodes;
        p->nodes += v->len * sizeof(Member);
        for (size_t i = 0; i < v->len; i++) {
            const Member *m = &v->members[i];
            const char *key = pack_text(p, m->key, m->key_len);
            out.members[i] = (Member){ key, m->key_len, pack(p, &m->value) };
        }
    }
    return out;
}

Value value_pack(const Value *v, PackSize size, PackTexts *shared, void *memory)
{
    Pack p = { memory, (char *)memory + size.nodes, NULL };
    if (shared) {
        assert(shared->found_of == v);
        p.found = shared->found.texts;
    }
    return pack(&p, v);
}
