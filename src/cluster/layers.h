/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Snapshots of objects that go on changing, each at the cost of what has changed.
 *
 * Changes lie in a few layers of rising size over a base. New ones go into the smallest layer that
 * has room for them and for all that is over it; that layer is made again. When the largest is full
 * the base is. So a change is compiled a few times in its life, and a question looks into a few
 * layers, however many changes there were.
 *
 * Who keeps the objects says how they are now; one thread at a time. Snapshots may be read by any.
 */
#ifndef PODGATE_CLUSTER_LAYERS_H
#define PODGATE_CLUSTER_LAYERS_H

#include "cluster/snapshot.h"

typedef struct Layers Layers;

typedef struct LayersSource {
    /* Puts the object as it is now into the builder, or removes it there. */
    void (*put)(void *context, SnapshotBuilder *b, const ObjectKey *key);
    /* Puts all of them. */
    void (*put_all)(void *context, SnapshotBuilder *b);
    /* What a builder had to say; may be NULL. text is valid during the call. */
    void (*note)(void *context, Str text);
    void *context;
} LayersSource;

Layers *layers_new(const LayersSource *source);
void layers_free(Layers *l);

/* The object of this key is another one now, or gone, or new. The key is copied. */
void layers_change(Layers *l, const ObjectKey *key);
/* Anything may have changed: the next snapshot is made anew. */
void layers_change_all(Layers *l);
/* Has something changed since the last snapshot? True before the first. */
bool layers_is_changed(const Layers *l);
/* Of everything as it is now; the caller owns one reference. */
const Snapshot *layers_snapshot(Layers *l);

typedef struct LayersStats {
    size_t layers;
    size_t base_made; /* how often everything was compiled */
} LayersStats;
LayersStats layers_stats(const Layers *l);

#endif
