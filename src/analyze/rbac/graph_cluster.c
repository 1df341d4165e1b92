/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A large graph made small.
 *
 * Within a namespace all service accounts become one node, all Roles one, and all bindings to one
 * role one. Then namespaces that have the same nodes and edges, however many objects those stand
 * for, become one box. Users and groups that are bound to the same roles become one node.
 */
#include "analyze/rbac/graph.h"

#include <stdlib.h>

typedef struct Texts {
    Str *items;
    size_t count;
    size_t cap;
} Texts;

/* One box of the large graph. */
typedef struct Box {
    Str name;
    Texts shape;
    struct Box *like; /* the first of the same shape; itself when it is that */
    size_t alike;     /* of the first: how many there are */
} Box;

typedef struct Shrink {
    const RbacGraph *from;
    RbacGraph *to;
    Arena *arena;
    Str *keys; /* of each node: those of one key in one box become one */
    Map boxes; /* by name */
} Shrink;

static void add_text(Texts *t, Str text, Arena *a)
{
    if (t->count == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 8;
        Str *items = new(a, Str, cap);
        if (t->count) {
            memcpy(items, t->items, t->count * sizeof *items);
        }
        t->items = items;
        t->cap = cap;
    }
    t->items[t->count++] = text;
}

static int by_text(const void *a, const void *b)
{
    return str_cmp(*(const Str *)a, *(const Str *)b);
}

/* Sorted, each once, as one text. */
static Str joined(Texts *t, Arena *a)
{
    Buf b = buf_new(a);
    if (t->count) {
        qsort(t->items, t->count, sizeof *t->items, by_text);
    }
    for (size_t i = 0; i < t->count; i++) {
        if (i == 0 || !str_eq(t->items[i - 1], t->items[i])) {
            buf_add(&b, t->items[i]);
            buf_byte(&b, '\n');
        }
    }
    return buf_str(&b);
}

/* -- which nodes become one -------------------------------------------------------------------- */

static Str key_of(const RbacNode *n, Arena *a)
{
    Str missing = n->missing ? STR("missing ") : STR("");
    if (n->kind == RBAC_NODE_ROLE && str_eq(n->object, STR("Role"))) {
        return arena_printf(a, "%.*sRole", STR_ARG(missing));
    }
    if (n->kind == RBAC_NODE_SUBJECT && n->box.len) {
        return arena_printf(a, "%.*s%.*s", STR_ARG(missing), STR_ARG(n->object));
    }
    return arena_printf(a, "%.*s%.*s %.*s", STR_ARG(missing), STR_ARG(n->object), STR_ARG(n->name));
}

/* Bindings by the role they lead to, and then users and groups by the bindings they lead to. */
static void make_keys(Shrink *s)
{
    const RbacGraph *g = s->from;
    s->keys = new(s->arena, Str, g->node_count + 1);
    Texts *out = new(s->arena, Texts, g->node_count + 1);
    for (size_t i = 0; i < g->node_count; i++) {
        s->keys[i] = key_of(&g->nodes[i], s->arena);
    }
    for (size_t i = 0; i < g->edge_count; i++) {
        const RbacNode *from = &g->nodes[g->edges[i].from];
        if (from->kind == RBAC_NODE_BINDING) {
            s->keys[g->edges[i].from] = arena_printf(
                s->arena, "%.*s to %.*s", STR_ARG(from->object), STR_ARG(s->keys[g->edges[i].to]));
        }
    }
    for (size_t i = 0; i < g->edge_count; i++) {
        const RbacNode *from = &g->nodes[g->edges[i].from];
        if (from->kind == RBAC_NODE_SUBJECT && !from->box.len) {
            add_text(&out[g->edges[i].from], s->keys[g->edges[i].to], s->arena);
        }
    }
    for (size_t i = 0; i < g->node_count; i++) {
        if (g->nodes[i].kind == RBAC_NODE_SUBJECT && !g->nodes[i].box.len) {
            s->keys[i] = arena_printf(s->arena, "%.*s of\n%.*s", STR_ARG(g->nodes[i].object),
                                      STR_ARG(joined(&out[i], s->arena)));
        }
    }
}

/* -- which boxes become one -------------------------------------------------------------------- */

static Box *box_of(Shrink *s, Str name)
{
    void **place = map_at(&s->boxes, name);
    if (!*place) {
        Box *fresh = new(s->arena, Box, 1);
        fresh->name = name;
        *place = fresh;
    }
    return *place;
}

/* An edge is part of the shape of the boxes at both of its ends. */
static void note_edge(Shrink *s, RbacEdge e)
{
    const RbacNode *ends[] = { &s->from->nodes[e.from], &s->from->nodes[e.to] };
    bool within = str_eq(ends[0]->box, ends[1]->box);
    for (size_t i = 0; i < 2; i++) {
        if (ends[i]->box.len && ends[0]->kind != RBAC_NODE_RULES) {
            Str text = arena_printf(s->arena, "%s%.*s > %.*s",
                                    within   ? ""
                                    : i == 0 ? "out "
                                             : "in ",
                                    STR_ARG(s->keys[e.from]), STR_ARG(s->keys[e.to]));
            add_text(&box_of(s, ends[i]->box)->shape, text, s->arena);
        }
    }
}

static void match_boxes(Shrink *s)
{
    const RbacGraph *g = s->from;
    for (size_t i = 0; i < g->node_count; i++) {
        if (g->nodes[i].box.len && g->nodes[i].kind != RBAC_NODE_RULES) {
            add_text(&box_of(s, g->nodes[i].box)->shape, s->keys[i], s->arena);
        }
    }
    for (size_t i = 0; i < g->edge_count; i++) {
        note_edge(s, g->edges[i]);
    }
    Map shapes = map_new(s->arena);
    for (size_t i = 0; i < s->boxes.count; i++) {
        Box *box = s->boxes.entries[i].value;
        void **first = map_at(&shapes, joined(&box->shape, s->arena));
        *first = *first ? *first : box;
        box->like = *first;
        box->like->alike++;
    }
}

static Str box_text(const Box *box, Arena *a)
{
    return box->alike == 1
               ? box->name
               : arena_printf(a, "%.*s and %zu more like it", STR_ARG(box->name), box->alike - 1);
}

/* -- the small graph --------------------------------------------------------------------------- */

static Str plural(Str object, size_t count, Arena *a)
{
    static const struct {
        Str object;
        const char *one;
        const char *several;
    } rows[] = {
        { STR_INIT("ServiceAccount"), "service account", "service accounts" },
        { STR_INIT("User"), "user", "users" },
        { STR_INIT("Group"), "group", "groups" },
        { STR_INIT("Role"), "role", "roles" },
        { STR_INIT("RoleBinding"), "binding", "bindings" },
        { STR_INIT("ClusterRoleBinding"), "cluster binding", "cluster bindings" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (str_eq(rows[i].object, object)) {
            return arena_printf(a, "%zu %s", count, count == 1 ? rows[i].one : rows[i].several);
        }
    }
    return object;
}

static size_t shrunk_node(Shrink *s, size_t i)
{
    const RbacNode *n = &s->from->nodes[i];
    Str box = n->box.len ? box_text(box_of(s, n->box)->like, s->arena) : STR("");
    Str id = arena_printf(s->arena, "%.*s/%.*s", STR_ARG(box), STR_ARG(s->keys[i]));
    size_t before = s->to->node_count;
    size_t at = rbac_graph_node(s->to, id, n->kind);
    RbacNode *to = &s->to->nodes[at];
    if (at == before) {
        *to = *n;
        to->id = id;
        to->box = box;
        to->stands_for = 0;
    }
    to->stands_for++;
    return at;
}

static void name_nodes(RbacGraph *g, Arena *a)
{
    for (size_t i = 0; i < g->node_count; i++) {
        RbacNode *n = &g->nodes[i];
        bool keeps_name = n->stands_for == 1 || n->kind == RBAC_NODE_POLICY ||
                          (n->kind == RBAC_NODE_ROLE && !str_eq(n->object, STR("Role")));
        if (!keeps_name) {
            n->name = plural(n->object, n->stands_for, a);
        }
    }
}

void rbac_graph_cluster(const RbacGraph *graph, Arena *a, RbacGraph *out)
{
    Shrink s = { .from = graph, .to = out, .arena = a, .boxes = map_new(a) };
    out->whole = graph->node_count;
    make_keys(&s);
    match_boxes(&s);
    size_t *places = new(a, size_t, graph->node_count + 1);
    for (size_t i = 0; i < graph->node_count; i++) {
        if (graph->nodes[i].kind != RBAC_NODE_RULES) {
            places[i] = shrunk_node(&s, i);
        }
    }
    for (size_t i = 0; i < graph->edge_count; i++) {
        RbacEdge e = graph->edges[i];
        if (graph->nodes[e.from].kind != RBAC_NODE_RULES &&
            graph->nodes[e.to].kind != RBAC_NODE_RULES) {
            rbac_graph_edge(out, places[e.from], places[e.to]);
        }
    }
    name_nodes(out, a);
}
