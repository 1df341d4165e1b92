/* SPDX-License-Identifier: Apache-2.0 */
/* A tree in one piece of memory: children first, each list at once, then all strings. */
#include "doc/value_pack.h"

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
    arena_init(&shared->arena, 0);
    shared->map = map_new(&shared->arena);
    shared->bytes = 0;
}

void pack_texts_done(PackTexts *shared)
{
    arena_done(&shared->arena);
}

/* The shared copy of a text; NULL when there is none. */
static const char *shared_text(const PackTexts *shared, Str text)
{
    return shared && text.len <= KEY_LEN_MAX ? map_get(&shared->map, text) : NULL;
}

/* Takes a text in while there is room. */
static bool share(PackTexts *shared, Str text, size_t len_max, size_t count_max)
{
    if (shared == NULL || shared_text(shared, text)) {
        return shared != NULL;
    }
    if (text.len > len_max || shared->map.count >= count_max ||
        shared->bytes + text.len > TEXTS_BYTES_MAX) {
        return false;
    }
    Str copy = arena_str(&shared->arena, text);
    map_set(&shared->map, copy, (void *)(uintptr_t)copy.ptr);
    shared->bytes += text.len;
    return true;
}

/* -- packing ----------------------------------------------------------------------------------- */

static void measure(const Value *v, PackTexts *shared, PackSize *size)
{
    switch (v->kind) {
    case VALUE_STRING:
        size->strings += share(shared, value_as_str(v), STRING_LEN_MAX, STRINGS_MAX) ? 0 : v->len;
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
            size->strings += share(shared, member_key(m), KEY_LEN_MAX, TEXTS_MAX) ? 0 : m->key_len;
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
    measure(v, shared, &size);
    return size;
}

typedef struct Pack {
    char *nodes;   /* next free byte for items and members */
    char *strings; /* next free byte for texts */
    const PackTexts *shared;
} Pack;

static const char *pack_text(Pack *p, const char *text, size_t len)
{
    const char *shared = shared_text(p->shared, str_from(text, len));
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
    Pack p = { memory, (char *)memory + size.nodes, shared };
    return pack(&p, v);
}
