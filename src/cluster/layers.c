/* SPDX-License-Identifier: Apache-2.0 */
/* Layers of snapshots, merged as they grow. */
#include "cluster/layers.h"

#include "cluster/layer.h"

#include <stdlib.h>

enum {
    LEVELS = 3,         /* over the base */
    LEVEL_CHANGES = 32, /* of the smallest; the next has LEVEL_FACTOR times that */
    LEVEL_FACTOR = 24,
};

/* What changed since the layer below was made: each key once. */
typedef struct Level {
    const Snapshot *snapshot; /* NULL: it is empty */
    Arena arena;              /* of the keys */
    Index keys;
} Level;

struct Layers {
    LayersSource source;
    const Snapshot *base;
    Level levels[LEVELS]; /* the smallest first */
    Level fresh;          /* changed since the last snapshot */
    size_t base_made;
};

static void level_init(Level *l)
{
    *l = (Level){ 0 };
    arena_init(&l->arena, 0);
    l->keys = index_new(&l->arena, 0);
}

static void level_done(Level *l)
{
    snapshot_release(l->snapshot);
    arena_done(&l->arena);
}

static void level_clear(Level *l)
{
    level_done(l);
    level_init(l);
}

Layers *layers_new(const LayersSource *source)
{
    Layers *l = calloc(1, sizeof(*l));
    if (!l) {
        abort(); /* as an arena does when the system has no memory */
    }
    l->source = *source;
    for (size_t i = 0; i < LEVELS; i++) {
        level_init(&l->levels[i]);
    }
    level_init(&l->fresh);
    return l;
}

void layers_free(Layers *l)
{
    if (l) {
        for (size_t i = 0; i < LEVELS; i++) {
            level_done(&l->levels[i]);
        }
        level_done(&l->fresh);
        snapshot_release(l->base);
        free(l);
    }
}

/* -- keys -------------------------------------------------------------------------------------- */

static uint64_t hash_of(const void *row)
{
    const ObjectKey *key = row;
    return index_hash_mix(layer_object_hash(key), str_hash(key->name));
}

static bool matches(const void *row, const void *wanted)
{
    const ObjectKey *a = row;
    const ObjectKey *b = wanted;
    return str_eq(a->name, b->name) && str_eq(a->namespace, b->namespace) &&
           str_eq(a->kind, b->kind) && str_eq(a->group, b->group);
}

static void level_add(Level *l, const ObjectKey *key)
{
    uint64_t hash = hash_of(key);
    if (!index_find(&l->keys, hash, matches, key)) {
        ObjectKey *copy = new(&l->arena, ObjectKey, 1);
        *copy = (ObjectKey){ arena_str(&l->arena, key->group), arena_str(&l->arena, key->kind),
                             arena_str(&l->arena, key->namespace),
                             arena_str(&l->arena, key->name) };
        index_add(&l->keys, hash, copy, hash_of);
    }
}

static void level_take(Level *to, Level *from)
{
    for (size_t i = 0; i < from->keys.count; i++) {
        level_add(to, from->keys.rows[i]);
    }
    level_clear(from);
}

void layers_change(Layers *l, const ObjectKey *key)
{
    if (!l->base) {
        return; /* all is going to be put in */
    }
    ObjectKey given = *key;
    given.namespace = given.namespace.ptr ? given.namespace : STR("");
    level_add(&l->fresh, &given);
}

void layers_change_all(Layers *l)
{
    snapshot_release(l->base);
    l->base = NULL;
}

bool layers_is_changed(const Layers *l)
{
    return l->fresh.keys.count > 0 || !l->base;
}

/* -- building ---------------------------------------------------------------------------------- */

static const Snapshot *finish(const Layers *l, SnapshotBuilder *b)
{
    for (const SnapshotNote *n = snapshot_builder_notes(b); l->source.note && n; n = n->next) {
        l->source.note(l->source.context, n->text);
    }
    return snapshot_builder_finish(b);
}

/* The uppermost snapshot, from a level on downwards. */
static const Snapshot *top(const Layers *l, size_t from)
{
    while (from < LEVELS && !l->levels[from].snapshot) {
        from++;
    }
    return from < LEVELS ? l->levels[from].snapshot : l->base;
}

/* False when no level has room. */
static bool build_level(Layers *l)
{
    size_t cap = LEVEL_CHANGES;
    size_t count = l->fresh.keys.count;
    for (size_t i = 0; i < LEVELS; i++, cap *= LEVEL_FACTOR) {
        count += l->levels[i].keys.count;
        if (count > cap) {
            continue;
        }
        Level made;
        level_init(&made);
        level_take(&made, &l->fresh);
        for (size_t j = 0; j <= i; j++) {
            level_take(&made, &l->levels[j]);
        }
        SnapshotBuilder *b = snapshot_builder_new(top(l, i + 1), 0);
        for (size_t j = 0; j < made.keys.count; j++) {
            l->source.put(l->source.context, b, made.keys.rows[j]);
        }
        made.snapshot = finish(l, b);
        level_done(&l->levels[i]);
        l->levels[i] = made;
        return true;
    }
    return false;
}

static void build_base(Layers *l)
{
    for (size_t i = 0; i < LEVELS; i++) {
        level_clear(&l->levels[i]);
    }
    level_clear(&l->fresh);
    snapshot_release(l->base); /* before the next is made: both would take twice the memory */
    l->base = NULL;
    SnapshotBuilder *b = snapshot_builder_new(NULL, 0);
    l->source.put_all(l->source.context, b);
    l->base = finish(l, b);
    l->base_made++;
}

const Snapshot *layers_snapshot(Layers *l)
{
    if (!l->base || (l->fresh.keys.count && !build_level(l))) {
        build_base(l);
    }
    return snapshot_acquire(top(l, 0));
}

LayersStats layers_stats(const Layers *l)
{
    LayersStats stats = { .layers = (size_t)(l->base != NULL), .base_made = l->base_made };
    for (size_t i = 0; i < LEVELS; i++) {
        stats.layers += (size_t)(l->levels[i].snapshot != NULL);
    }
    return stats;
}
