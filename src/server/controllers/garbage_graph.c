/* SPDX-License-Identifier: Apache-2.0 */
/* The graph of owners: a hash table of nodes, each with pointers to both sides. */
#include "server/controllers/garbage_graph.h"

#include "base/map.h"

#include <stdlib.h>

struct GarbageGraph {
    GarbageNode **slots;
    size_t slot_count; /* a power of two */
    size_t count;
};

enum { SLOTS_MIN = 256 };

static void *need(void *memory)
{
    if (memory == NULL) {
        abort();
    }
    return memory;
}

GarbageGraph *garbage_graph_new(void)
{
    GarbageGraph *g = need(calloc(1, sizeof *g));
    g->slot_count = SLOTS_MIN;
    g->slots = need(calloc(g->slot_count, sizeof *g->slots));
    return g;
}

static void node_free(GarbageNode *n)
{
    free(n->text);
    free(n->owners);
    free(n->dependents);
    free((void *)(uintptr_t)n->uid.ptr);
    free(n);
}

void garbage_graph_free(GarbageGraph *g)
{
    if (g == NULL) {
        return;
    }
    for (size_t i = 0; i < g->slot_count; i++) {
        for (GarbageNode *n = g->slots[i]; n;) {
            GarbageNode *next = n->next;
            node_free(n);
            n = next;
        }
    }
    free(g->slots);
    free(g);
}

/* -- the table --------------------------------------------------------------------------------- */

static GarbageNode *find(const GarbageGraph *g, Str uid)
{
    uint64_t hash = str_hash(uid);
    GarbageNode *n = g->slots[hash & (g->slot_count - 1)];
    while (n && !(n->hash == hash && str_eq(n->uid, uid))) {
        n = n->next;
    }
    return n;
}

const GarbageNode *garbage_graph_find(const GarbageGraph *g, Str uid)
{
    return find(g, uid);
}

size_t garbage_graph_size(const GarbageGraph *g)
{
    return g->count;
}

void garbage_graph_each(const GarbageGraph *g, void (*visit)(void *context, const GarbageNode *n),
                        void *context)
{
    for (size_t i = 0; i < g->slot_count; i++) {
        for (const GarbageNode *n = g->slots[i]; n; n = n->next) {
            visit(context, n);
        }
    }
}

static void grow(GarbageGraph *g)
{
    size_t count = g->slot_count * 2;
    GarbageNode **slots = need(calloc(count, sizeof *slots));
    for (size_t i = 0; i < g->slot_count; i++) {
        for (GarbageNode *n = g->slots[i]; n;) {
            GarbageNode *next = n->next;
            n->next = slots[n->hash & (count - 1)];
            slots[n->hash & (count - 1)] = n;
            n = next;
        }
    }
    free(g->slots);
    g->slots = slots;
    g->slot_count = count;
}

static Str own_text(Str s)
{
    char *copy = need(malloc(s.len + 1));
    memcpy(copy, s.len ? s.ptr : "", s.len);
    copy[s.len] = '\0';
    return str_from(copy, s.len);
}

static GarbageNode *find_or_make(GarbageGraph *g, Str uid)
{
    GarbageNode *n = find(g, uid);
    if (n) {
        return n;
    }
    if (g->count >= g->slot_count) {
        grow(g);
    }
    n = need(calloc(1, sizeof *n));
    n->hash = str_hash(uid);
    n->uid = own_text(uid);
    n->next = g->slots[n->hash & (g->slot_count - 1)];
    g->slots[n->hash & (g->slot_count - 1)] = n;
    g->count++;
    return n;
}

/* A node that nobody names any more, and that is not there, is no use. */
static void drop_if_unused(GarbageGraph *g, GarbageNode *n)
{
    if (n->is_there || n->dependent_count) {
        return;
    }
    GarbageNode **at = &g->slots[n->hash & (g->slot_count - 1)];
    while (*at != n) {
        at = &(*at)->next;
    }
    *at = n->next;
    g->count--;
    node_free(n);
}

/* -- edges ------------------------------------------------------------------------------------- */

static void add_dependent(GarbageNode *owner, GarbageNode *dependent)
{
    if (owner->dependent_count == owner->dependent_cap) {
        owner->dependent_cap = owner->dependent_cap ? owner->dependent_cap * 2 : 4;
        owner->dependents = need(
            realloc(owner->dependents, owner->dependent_cap * sizeof *owner->dependents));
    }
    owner->dependents[owner->dependent_count++] = dependent;
}

static void remove_dependent(GarbageNode *owner, const GarbageNode *dependent)
{
    for (size_t i = owner->dependent_count; i-- > 0;) {
        if (owner->dependents[i] == dependent) {
            owner->dependents[i] = owner->dependents[--owner->dependent_count];
            return;
        }
    }
}

static void cut_owners(GarbageGraph *g, GarbageNode *n)
{
    GarbageNode **owners = n->owners;
    size_t count = n->owner_count;
    n->owners = NULL;
    n->owner_count = 0;
    for (size_t i = 0; i < count; i++) {
        remove_dependent(owners[i], n);
        if (owners[i] != n) {
            drop_if_unused(g, owners[i]);
        }
    }
    free(owners);
}

static bool has_owners(const GarbageNode *n, StrList owners)
{
    if (n->owner_count != owners.count) {
        return false;
    }
    for (size_t i = 0; i < owners.count; i++) {
        if (!str_eq(n->owners[i]->uid, owners.items[i])) {
            return false;
        }
    }
    return true;
}

/* An owner that is named twice is one edge twice: both go together. */
static void set_owners(GarbageGraph *g, GarbageNode *n, StrList owners)
{
    if (has_owners(n, owners)) {
        return;
    }
    cut_owners(g, n);
    n->owners = need(calloc(owners.count + 1, sizeof(GarbageNode *)));
    for (size_t i = 0; i < owners.count; i++) {
        GarbageNode *owner = find_or_make(g, owners.items[i]);
        n->owners[n->owner_count++] = owner;
        add_dependent(owner, n);
    }
}

/* -- objects ----------------------------------------------------------------------------------- */

static Str append(char **at, Str s)
{
    char *start = *at;
    memcpy(start, s.len ? s.ptr : "", s.len);
    *at += s.len;
    return str_from(start, s.len);
}

void garbage_graph_put(GarbageGraph *g, Str uid, const GarbagePlace *p, StrList owners)
{
    GarbageNode *n = find_or_make(g, uid);
    if (!n->is_there) {
        char *at = need(malloc(p->group.len + p->kind.len + p->namespace.len + p->name.len + 1));
        n->text = at;
        n->place.group = append(&at, p->group);
        n->place.kind = append(&at, p->kind);
        n->place.namespace = append(&at, p->namespace);
        n->place.name = append(&at, p->name);
        n->is_there = true;
    }
    set_owners(g, n, owners);
}

void garbage_graph_remove(GarbageGraph *g, Str uid)
{
    GarbageNode *n = find(g, uid);
    if (n == NULL || !n->is_there) {
        return;
    }
    cut_owners(g, n);
    n->is_there = false;
    free(n->text);
    n->text = NULL;
    n->place = (GarbagePlace){ .kind = STR("") };
    drop_if_unused(g, n);
}
