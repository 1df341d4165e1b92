/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A snapshot: one immutable picture of a cluster, indexed for the questions that decisions ask.
 *
 * A builder takes objects in, one at a time, and makes a snapshot of them. A builder may start
 * from an earlier snapshot: what it is given replaces, adds to or removes from that one, and the
 * new snapshot shares everything else with it. That is how a test case, a what-if and later a
 * watch event lay a small change over a large cluster: the cost is that of the change.
 *
 *     SnapshotBuilder *b = snapshot_builder_new(base, SNAPSHOT_KEEP_OBJECTS);
 *     snapshot_builder_put(b, &object, origin);      any number of times
 *     const Snapshot *s = snapshot_builder_finish(b); the builder is gone
 *     admission_decide(snapshot_facts(s), ...);
 *     snapshot_release(s);
 *
 * How it is laid out: each snapshot has its own layer (an arena, a hash index for each question)
 * over the layer of the snapshot it was built from, or over nothing. A question looks into its own
 * layer first; a row there is the whole answer, a row without content says "removed", no row passes
 * the question down. A list that a change touches (the bindings of one subject, the objects of one
 * kind in one namespace) is written out again in the new layer, all others are shared.
 *
 * A finished snapshot is read-only and may be read by any number of threads. Snapshots are counted;
 * one keeps those below it alive.
 */
#ifndef PODGATE_CLUSTER_SNAPSHOT_H
#define PODGATE_CLUSTER_SNAPSHOT_H

#include "base/err.h"
#include "decide/facts.h"

typedef struct Snapshot Snapshot;
typedef struct SnapshotBuilder SnapshotBuilder;

enum {
    /* Keep every object as it was given, of known kinds and of others: Facts.object then knows
     * RBAC objects and policies too. Without it only the kinds that decisions read are kept, RBAC
     * and policies in their compiled form alone. */
    SNAPSHOT_KEEP_OBJECTS = 1,
    /* What the objects and origins given to the builder point to outlives the snapshot: do not copy
     * it. */
    SNAPSHOT_BORROW = 2,
};

/* Where an object came from, for messages. */
typedef struct ObjectOrigin {
    Str file;      /* "policies.yaml", "-"; absent for none */
    size_t line;   /* of the document in the file, from 1; 0 when not known */
    OptInt64 item; /* its place in a List */
} ObjectOrigin;

/* `policies.yaml:12`, `dump.json:1: items[3]`, "" for none. */
Str object_origin_text(const ObjectOrigin *origin, Arena *a);

/* Something about an object that its owner should know. */
typedef struct SnapshotNote {
    struct SnapshotNote *next;
    bool is_error; /* the object was left out; otherwise a warning */
    Str text;      /* begins with the place */
} SnapshotNote;

/* base: the snapshot to build on, acquired by the builder; NULL for an empty cluster. */
SnapshotBuilder *snapshot_builder_new(const Snapshot *base, unsigned options);
/* Throws everything away; NULL is allowed. */
void snapshot_builder_free(SnapshotBuilder *b);

/* The arena that the snapshot will own: what is read into it may be given with SNAPSHOT_BORROW. */
Arena *snapshot_builder_arena(SnapshotBuilder *b);

/* Takes one object in: adds it, or replaces the one of the same key. Within one builder the last
 * object of a key wins and a warning names both places (as `kubectl apply` of both would). An
 * object without apiVersion, kind or name, or one that its engine cannot compile, is left out:
 * false, and a note with the field path. origin may be NULL. */
bool snapshot_builder_put(SnapshotBuilder *b, const Value *object, const ObjectOrigin *origin);

/* Removes an object that was put before or that the base has; one that is in neither is ignored. */
void snapshot_builder_remove(SnapshotBuilder *b, ObjectKey key);

/* The notes so far, in order; valid until finish or free. */
const SnapshotNote *snapshot_builder_notes(const SnapshotBuilder *b);

/* Indexes what was put and frees the builder. The caller owns one reference. */
const Snapshot *snapshot_builder_finish(SnapshotBuilder *b);

const Snapshot *snapshot_acquire(const Snapshot *s);
/* NULL is allowed. */
void snapshot_release(const Snapshot *s);

/* Valid as long as the caller holds the snapshot. */
const Facts *snapshot_facts(const Snapshot *s);

/* -- all of a kind, for those who ask about the whole cluster: by name, in a; the texts and roles
 * are the snapshot's -----------------------------------------------------------------------------
 */

/* The namespaces that there are objects of, or objects, roles or bindings in. */
StrList snapshot_namespaces(const Snapshot *s, Arena *a);

typedef struct SnapshotRoles {
    const struct RbacRole *const *items; /* by namespace (ClusterRoles first), then name */
    size_t count;
} SnapshotRoles;
/* Every Role and ClusterRole, aggregation computed. */
SnapshotRoles snapshot_roles(const Snapshot *s, Arena *a);

/* How many objects of each it holds (base included), and the bytes of this layer alone. */
typedef struct SnapshotStats {
    size_t roles;
    size_t bindings;
    size_t policies;
    size_t objects;
    size_t bytes;
} SnapshotStats;
SnapshotStats snapshot_stats(const Snapshot *s);

/* The group that objects of this kind are stored under: versions of a kind that moved between
 * groups share one store (PodSecurityPolicy of extensions and podgate.io is found under policy). */
Str snapshot_storage_group(Str group, Str kind);

#endif
