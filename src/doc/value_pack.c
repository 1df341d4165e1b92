/* SPDX-License-Identifier: Apache-2.0 */
/* A tree in one piece of memory: children first, each list at once, then all strings. */
#include "doc/value_pack.h"

typedef struct Pack {
    char *nodes;   /* next free byte for items and members */
    char *strings; /* next free byte for texts */
} Pack;

static void measure(const Value *v, size_t *nodes, size_t *strings)
{
    switch (v->kind) {
    case VALUE_STRING:
        *strings += v->len;
        break;
    case VALUE_ARRAY:
        *nodes += v->len * sizeof(Value);
        VALUE_EACH_ITEM(item, v) {
            measure(item, nodes, strings);
        }
        break;
    case VALUE_OBJECT:
        *nodes += v->len * sizeof(Member);
        VALUE_EACH_MEMBER(m, v) {
            *strings += m->key_len;
            measure(&m->value, nodes, strings);
        }
        break;
    default:
        break;
    }
}

size_t value_pack_size(const Value *v)
{
    size_t nodes = 0, strings = 0;
    measure(v, &nodes, &strings);
    return nodes + strings;
}

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
            out.members[i] = (Member){ pack_text(p, m->key, m->key_len), m->key_len,
                                       pack(p, &m->value) };
        }
    }
    return out;
}

Value value_pack(const Value *v, void *memory)
{
    size_t nodes = 0, strings = 0;
    measure(v, &nodes, &strings);
    Pack p = { memory, (char *)memory + nodes };
    return pack(&p, v);
}
