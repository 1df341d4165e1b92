/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing Go values. Recursion is as deep as the values. */
#include "kube/gotext/go_diff_pair.h"

static void add_child(GoPair *to, GoPair child)
{
    to->children[to->count++] = child;
    to->same += child.same;
    to->different += child.different;
    to->descendants += child.descendants + 1;
    to->depth = to->depth > child.depth + 1 ? to->depth : child.depth + 1;
}

static void pair_fields(GoPair *p, Arena *a)
{
    p->children = new(a, GoPair, p->x->count + 1);
    for (size_t i = 0; i < p->x->count && i < p->y->count; i++) {
        const GoMember *m = &p->x->members[i];
        add_child(p, go_pair(m->key, m->value, p->y->members[i].value, a));
    }
}

/* Keys stand in order on both sides. */
static void pair_entries(GoPair *p, Arena *a)
{
    const GoValue *x = p->x;
    const GoValue *y = p->y;
    p->children = new(a, GoPair, x->count + y->count + 1);
    for (size_t i = 0, j = 0; i < x->count || j < y->count;) {
        int order = i == x->count   ? 1
                    : j == y->count ? -1
                                    : str_cmp(x->members[i].key, y->members[j].key);
        Str key = order <= 0 ? x->members[i].key : y->members[j].key;
        const GoValue *left = order <= 0 ? x->members[i++].value : NULL;
        const GoValue *right = order >= 0 ? y->members[j++].value : NULL;
        add_child(p, go_pair(key, left, right, a));
    }
}

static bool is_same(const GoValue *x, const GoValue *y, Arena *a)
{
    return go_pair(STR(""), x, y, a).different == 0;
}

/* What is the same at both ends is paired; of the rest in between, what is similar. */
static void pair_items(GoPair *p, Arena *a)
{
    const GoMember *x = p->x->members;
    const GoMember *y = p->y->members;
    size_t x_end = p->x->count;
    size_t y_end = p->y->count;
    size_t start = 0;
    p->children = new(a, GoPair, x_end + y_end + 1);
    while (start < x_end && start < y_end && is_same(x[start].value, y[start].value, a)) {
        start++;
    }
    while (x_end > start && y_end > start && is_same(x[x_end - 1].value, y[y_end - 1].value, a)) {
        x_end--;
        y_end--;
    }
    for (size_t i = 0; i < start; i++) {
        add_child(p, go_pair(STR(""), x[i].value, y[i].value, a));
    }
    for (size_t i = start; i < x_end || i < y_end; i++) {
        if (i < x_end && i < y_end) {
            GoPair both = go_pair(STR(""), x[i].value, y[i].value, a);
            if (both.same + 1 >= both.different) {
                add_child(p, both);
                continue;
            }
        }
        if (i < x_end) {
            add_child(p, go_pair(STR(""), x[i].value, NULL, a));
        }
        if (i < y_end) {
            add_child(p, go_pair(STR(""), NULL, y[i].value, a));
        }
    }
    for (; x_end < p->x->count; x_end++, y_end++) {
        add_child(p, go_pair(STR(""), x[x_end].value, y[y_end].value, a));
    }
}

GoPair go_pair(Str key, const GoValue *x, const GoValue *y, Arena *a)
{
    GoPair p = { .key = key, .x = x, .y = y };
    if (!x || !y) {
        p.different = 1;
        return p;
    }
    switch (x->kind) {
    case GO_STRING:
    case GO_PLAIN:
    case GO_OPAQUE:
        p.different = !str_eq(x->text, y->text);
        p.same = !p.different;
        return p;
    case GO_STRUCT:
        pair_fields(&p, a);
        return p;
    case GO_SLICE:
    case GO_MAP:
    case GO_POINTER:
        break;
    }
    if (x->is_zero || y->is_zero) { /* nil */
        p.different = x->is_zero != y->is_zero;
        p.same = !p.different;
    } else if (x->kind == GO_POINTER) {
        pair_fields(&p, a);
    } else if (x->kind == GO_MAP) {
        pair_entries(&p, a);
    } else {
        pair_items(&p, a);
    }
    return p;
}
