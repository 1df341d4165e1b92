/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of paths: walking two sorted lists of nodes side by side. */
#include "kube/managed/field_set.h"

#include "doc/json.h"

#include <stdlib.h>

/* -- elements -----------------------------------------------------------------------------------
 */

/* Numbers, strings, booleans, null. */
static int rank(const Value *v)
{
    switch ((ValueKind)v->kind) {
    case VALUE_INT:
    case VALUE_UINT:
    case VALUE_FLOAT:
        return 0;
    case VALUE_STRING:
        return 1;
    case VALUE_BOOL:
        return 2;
    default:
        return 3;
    }
}

static double as_double(const Value *v)
{
    return v->kind == VALUE_INT ? (double)v->i : v->kind == VALUE_UINT ? (double)v->u : v->f;
}

static int scalar_cmp(const Value *a, const Value *b)
{
    int by_rank = rank(a) - rank(b);
    if (by_rank || rank(a) == 3) {
        return by_rank;
    }
    if (a->kind == VALUE_STRING) {
        return str_cmp(value_as_str(a), value_as_str(b));
    }
    if (a->kind == VALUE_BOOL) {
        return (int)a->b - (int)b->b;
    }
    if (a->kind == VALUE_INT && b->kind == VALUE_INT) {
        return (a->i > b->i) - (a->i < b->i);
    }
    double x = as_double(a);
    double y = as_double(b);
    return (x > y) - (x < y);
}

static int keys_cmp(const PathElement *a, const PathElement *b)
{
    for (uint32_t i = 0; i < a->len && i < b->len; i++) {
        int c = str_cmp(a->keys[i].name, b->keys[i].name);
        if (!c) {
            c = scalar_cmp(a->keys[i].value, b->keys[i].value);
        }
        if (c) {
            return c;
        }
    }
    return (a->len > b->len) - (a->len < b->len);
}

int path_element_cmp(const PathElement *a, const PathElement *b)
{
    if (a->kind != b->kind) {
        return (int)a->kind - (int)b->kind;
    }
    switch ((PathElementKind)a->kind) {
    case PATH_FIELD:
        return a->name == b->name && a->len == b->len
                   ? 0
                   : str_cmp(str_from(a->name, a->len), str_from(b->name, b->len));
    case PATH_KEY:
        return keys_cmp(a, b);
    case PATH_VALUE:
        return scalar_cmp(a->value, b->value);
    case PATH_INDEX:
        return (a->index > b->index) - (a->index < b->index);
    }
    return 0;
}

static void scalar_text(const Value *v, Buf *b)
{
    if (v->kind == VALUE_STRING) {
        buf_go_quoted(b, value_as_str(v));
    } else {
        json_write(v, b);
    }
}

void path_element_text(const PathElement *e, Buf *b)
{
    switch ((PathElementKind)e->kind) {
    case PATH_FIELD:
        buf_byte(b, '.');
        buf_add(b, str_from(e->name, e->len));
        return;
    case PATH_KEY:
        buf_byte(b, '[');
        for (uint32_t i = 0; i < e->len; i++) {
            if (i) {
                buf_byte(b, ',');
            }
            buf_add(b, e->keys[i].name);
            buf_byte(b, '=');
            scalar_text(e->keys[i].value, b);
        }
        break;
    case PATH_VALUE:
        buf_lit(b, "[=");
        scalar_text(e->value, b);
        break;
    case PATH_INDEX:
        buf_byte(b, '[');
        buf_int(b, e->index);
        break;
    }
    buf_byte(b, ']');
}

/* -- reading sets -------------------------------------------------------------------------------
 */

/* The first place at or after `from` whose element is not less. Gallops, so that a few nodes are
 * looked up in many without passing them all. */
static uint32_t seek(FieldSet s, uint32_t from, const PathElement *e)
{
    uint32_t step = 1;
    uint32_t low = from;
    uint32_t high = from;
    while (high < s.count && path_element_cmp(&s.nodes[high].element, e) < 0) {
        low = high + 1;
        high = step < s.count - high ? high + step : s.count;
        step *= 2;
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (path_element_cmp(&s.nodes[middle].element, e) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The node of e at or after *at, which moves on. */
static const FieldNode *next_match(FieldSet s, uint32_t *at, const PathElement *e)
{
    *at = seek(s, *at, e);
    return *at < s.count && path_element_cmp(&s.nodes[*at].element, e) == 0 ? &s.nodes[*at] : NULL;
}

const FieldNode *field_set_find(FieldSet s, const PathElement *e)
{
    uint32_t at = 0;
    return next_match(s, &at, e);
}

bool field_set_equal(FieldSet a, FieldSet b)
{
    if (a.count != b.count) {
        return false;
    }
    for (uint32_t i = 0; a.nodes != b.nodes && i < a.count; i++) {
        const FieldNode *x = &a.nodes[i];
        const FieldNode *y = &b.nodes[i];
        if (x->is_member != y->is_member || path_element_cmp(&x->element, &y->element) != 0 ||
            !field_set_equal(x->below, y->below)) {
            return false;
        }
    }
    return true;
}

/* -- making sets of sets ------------------------------------------------------------------------
 */

static FieldNode *new_nodes(Arena *arena, size_t count)
{
    return arena_alloc(arena, count * sizeof(FieldNode));
}

FieldSet field_set_union(FieldSet a, FieldSet b, Arena *arena)
{
    if (!a.count || !b.count || a.nodes == b.nodes) {
        return a.count ? a : b;
    }
    FieldNode *out = new_nodes(arena, (size_t)a.count + b.count);
    uint32_t count = 0;
    uint32_t i = 0;
    uint32_t j = 0;
    while (i < a.count && j < b.count) {
        int c = path_element_cmp(&a.nodes[i].element, &b.nodes[j].element);
        if (c < 0) {
            out[count++] = a.nodes[i++];
        } else if (c > 0) {
            out[count++] = b.nodes[j++];
        } else {
            const FieldNode *x = &a.nodes[i++];
            const FieldNode *y = &b.nodes[j++];
            out[count++] = (FieldNode){ .element = x->element,
                                        .is_member = x->is_member || y->is_member,
                                        .below = field_set_union(x->below, y->below, arena) };
        }
    }
    while (i < a.count) {
        out[count++] = a.nodes[i++];
    }
    while (j < b.count) {
        out[count++] = b.nodes[j++];
    }
    return (FieldSet){ out, count };
}

FieldSet field_set_intersection(FieldSet a, FieldSet b, Arena *arena)
{
    if (a.count > b.count) {
        return field_set_intersection(b, a, arena);
    }
    FieldNode *out = NULL;
    uint32_t count = 0;
    uint32_t at = 0;
    for (uint32_t i = 0; i < a.count; i++) {
        const FieldNode *x = &a.nodes[i];
        const FieldNode *y = next_match(b, &at, &x->element);
        if (!y) {
            continue;
        }
        FieldSet below = field_set_intersection(x->below, y->below, arena);
        bool is_member = x->is_member && y->is_member;
        if (is_member || below.count) {
            out = out ? out : new_nodes(arena, a.count);
            out[count++] =
                (FieldNode){ .element = x->element, .is_member = is_member, .below = below };
        }
    }
    return (FieldSet){ out, count };
}

static FieldSet difference(FieldSet a, FieldSet b, bool drops_below, Arena *arena)
{
    if (!a.count || !b.count) {
        return a;
    }
    FieldNode *out = new_nodes(arena, a.count);
    uint32_t count = 0;
    uint32_t at = 0;
    for (uint32_t i = 0; i < a.count; i++) {
        FieldNode node = a.nodes[i];
        const FieldNode *y = next_match(b, &at, &node.element);
        if (y) {
            node.is_member = node.is_member && !y->is_member;
            node.below = drops_below && y->is_member
                             ? (FieldSet){ NULL, 0 }
                             : difference(node.below, y->below, drops_below, arena);
        }
        if (node.is_member || node.below.count) {
            out[count++] = node;
        }
    }
    return (FieldSet){ out, count };
}

FieldSet field_set_difference(FieldSet a, FieldSet b, Arena *arena)
{
    return difference(a, b, false, arena);
}

FieldSet field_set_difference_below(FieldSet a, FieldSet b, Arena *arena)
{
    return difference(a, b, true, arena);
}

FieldSet field_set_of(const FieldPath *path, bool is_member, FieldSet below, Arena *arena)
{
    FieldSet set = below;
    for (const FieldPath *p = path; p; p = p->parent) {
        FieldNode *node = new_nodes(arena, 1);
        *node = (FieldNode){ .element = p->element, .is_member = is_member, .below = set };
        set = (FieldSet){ node, 1 };
        is_member = false;
    }
    return set;
}

/* -- node by node -------------------------------------------------------------------------------
 */

void field_nodes_add(FieldNodes *n, const PathElement *e, bool is_member, FieldSet below)
{
    if (!is_member && !below.count) {
        return;
    }
    if (n->count == n->cap) {
        uint32_t cap = n->cap ? n->cap * 2 : 64;
        FieldNode *grown = new_nodes(n->arena, cap);
        if (n->count) {
            memcpy(grown, n->nodes, n->count * sizeof(FieldNode));
        }
        n->nodes = grown;
        n->cap = cap;
    }
    n->nodes[n->count++] = (FieldNode){ .element = *e, .is_member = is_member, .below = below };
}

static int by_element(const void *a, const void *b)
{
    return path_element_cmp(&((const FieldNode *)a)->element, &((const FieldNode *)b)->element);
}

enum { INSERTION_MAX = 24 }; /* nodes that are sorted by insertion */

static void sort_nodes(FieldNode *nodes, uint32_t count)
{
    if (count > INSERTION_MAX) {
        qsort(nodes, count, sizeof(FieldNode), by_element);
        return;
    }
    for (uint32_t i = 1; i < count; i++) {
        FieldNode node = nodes[i];
        uint32_t at = i;
        for (; at > 0 && by_element(&nodes[at - 1], &node) > 0; at--) {
            nodes[at] = nodes[at - 1];
        }
        nodes[at] = node;
    }
}

/* Equal elements are rare: only a client's own FieldsV1 has them. */
static uint32_t join_equal(FieldNode *nodes, uint32_t count, Arena *arena)
{
    uint32_t kept = 0;
    for (uint32_t i = 1; i < count; i++) {
        if (by_element(&nodes[kept], &nodes[i]) == 0) {
            nodes[kept].is_member = nodes[kept].is_member || nodes[i].is_member;
            nodes[kept].below = field_set_union(nodes[kept].below, nodes[i].below, arena);
        } else {
            nodes[++kept] = nodes[i];
        }
    }
    return kept + 1;
}

FieldSet field_nodes_take(FieldNodes *n, uint32_t from)
{
    uint32_t count = n->count - from;
    if (!count) {
        return (FieldSet){ NULL, 0 };
    }
    FieldNode *nodes = n->nodes + from;
    bool is_sorted = true;
    for (uint32_t i = 1; i < count && is_sorted; i++) {
        is_sorted = by_element(&nodes[i - 1], &nodes[i]) < 0;
    }
    if (!is_sorted) {
        sort_nodes(nodes, count);
        count = join_equal(nodes, count, n->arena);
    }
    FieldNode *out = new_nodes(n->arena, count);
    memcpy(out, nodes, count * sizeof(FieldNode));
    n->count = from;
    return (FieldSet){ out, count };
}
