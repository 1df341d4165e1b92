/* SPDX-License-Identifier: Apache-2.0 */
/* A tree in one piece of memory: children first, each list at once, then all strings. */
#include "doc/value_pack.h"

/* -- keys that are shared ---------------------------------------------------------------------- */

enum { KEYS_MAX = 1 << 14, KEYS_BYTES_MAX = 1 << 19, KEY_LEN_MAX = 100 };

void pack_keys_init(PackKeys *keys)
{
    arena_init(&keys->arena, 0);
    keys->texts = map_new(&keys->arena);
    keys->bytes = 0;
}

void pack_keys_done(PackKeys *keys)
{
    arena_done(&keys->arena);
}

/* The shared text of a key; NULL when there is none. */
static const char *shared_key(const PackKeys *keys, Str key)
{
    return keys && key.len <= KEY_LEN_MAX ? map_get(&keys->texts, key) : NULL;
}

/* Takes a key in while there is room. */
static bool share_key(PackKeys *keys, Str key)
{
    if (keys == NULL || shared_key(keys, key)) {
        return keys != NULL;
    }
    if (key.len > KEY_LEN_MAX || keys->texts.count >= KEYS_MAX ||
        keys->bytes + key.len > KEYS_BYTES_MAX) {
        return false;
    }
    Str text = arena_str(&keys->arena, key);
    map_set(&keys->texts, text, (void *)(uintptr_t)text.ptr);
    keys->bytes += key.len;
    return true;
}

/* -- packing ----------------------------------------------------------------------------------- */

static void measure(const Value *v, PackKeys *keys, PackSize *size)
{
    switch (v->kind) {
    case VALUE_STRING:
        size->strings += v->len;
        break;
    case VALUE_ARRAY:
        size->nodes += v->len * sizeof(Value);
        VALUE_EACH_ITEM(item, v) {
            measure(item, keys, size);
        }
        break;
    case VALUE_OBJECT:
        size->nodes += v->len * sizeof(Member);
        VALUE_EACH_MEMBER(m, v) {
            size->strings += share_key(keys, member_key(m)) ? 0 : m->key_len;
            measure(&m->value, keys, size);
        }
        break;
    default:
        break;
    }
}

PackSize value_pack_size(const Value *v, PackKeys *keys)
{
    PackSize size = { 0 };
    measure(v, keys, &size);
    return size;
}

typedef struct Pack {
    char *nodes;   /* next free byte for items and members */
    char *strings; /* next free byte for texts */
    const PackKeys *keys;
} Pack;

static const char *pack_text(Pack *p, const char *text, size_t len)
{
    if (len == 0) {
        return "";
    }
    char *to = p->strings;
    memcpy(to, text, len);
    p->strings += len;
    return to;
}

static const char *pack_key(Pack *p, const Member *m)
{
    const char *shared = shared_key(p->keys, member_key(m));
    return shared ? shared : pack_text(p, m->key, m->key_len);
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
            const char *key = pack_key(p, m);
            out.members[i] = (Member){ key, m->key_len, pack(p, &m->value) };
        }
    }
    return out;
}

Value value_pack(const Value *v, PackSize size, PackKeys *keys, void *memory)
{
    Pack p = { memory, (char *)memory + size.nodes, keys };
    return pack(&p, v);
}
