/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who owns whom, by uid. A node may be named by its dependents before it was seen itself, and after
 * it is gone.
 */
#ifndef PODGATE_SERVER_CONTROLLERS_GARBAGE_GRAPH_H
#define PODGATE_SERVER_CONTROLLERS_GARBAGE_GRAPH_H

#include "base/str.h"

typedef struct GarbageGraph GarbageGraph;

/* Where an object is; group and kind as the store has them. */
typedef struct GarbagePlace {
    Str group;
    Str kind;
    Str namespace;
    Str name;
} GarbagePlace;

typedef struct GarbageNode {
    struct GarbageNode *next; /* of its slot */
    uint64_t hash;
    Str uid;
    bool is_there; /* it was seen, and not yet gone; then place holds */
    GarbagePlace place;
    void *text; /* of place */
    struct GarbageNode **owners;
    size_t owner_count;
    struct GarbageNode **dependents; /* in no order */
    size_t dependent_count;
    size_t dependent_cap;
} GarbageNode;

GarbageGraph *garbage_graph_new(void);
void garbage_graph_free(GarbageGraph *g);

/* An object is there, with these owners. */
void garbage_graph_put(GarbageGraph *g, Str uid, const GarbagePlace *place, StrList owners);
/* It is gone. Its dependents keep naming it. */
void garbage_graph_remove(GarbageGraph *g, Str uid);
/* NULL when nobody knows of it. */
const GarbageNode *garbage_graph_find(const GarbageGraph *g, Str uid);
/* Visits every node; the graph must not change meanwhile. */
void garbage_graph_each(const GarbageGraph *g, void (*visit)(void *context, const GarbageNode *n),
                        void *context);
size_t garbage_graph_size(const GarbageGraph *g);

#endif
