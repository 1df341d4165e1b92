/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The embedded store: the objects of a running cluster, the versions they were written at, and what
 * happened lately, for watches.
 *
 * Facts over it are always of now. Who asks them holds the store still:
 *
 *     StoreReader r;
 *     store_read_begin(s, &r);     any number of readers; nothing is committed meanwhile
 *     ... store_facts(s), store_find(), store_list() ...
 *     store_read_end(s, &r);       commits go on; what was read stays valid
 *     ... write the answer ...
 *     store_leave(s, &r);          what was read may be gone from here on
 *
 *     store_write_begin(s, &r);    one writer at a time; readers go on until it commits
 *     ... decide ...
 *     store_commit(s, ...);
 *     store_write_end(s, &r);
 *     store_leave(s, &r);
 *
 * Objects are immutable once stored. An object that was replaced is freed when everybody who could
 * have seen it has left, no watch needs it any more, and nobody holds it. Lists of objects are
 * another matter: they are good until store_read_end() or store_commit() only.
 *
 * A thread that reads may not read or write again before store_read_end(): a commit that waits goes
 * first, so that many readers cannot keep it waiting for ever.
 *
 * Versions are one counter for the whole store, as etcd's revision: each change has its own.
 *
 * With somebody who keeps commits (on a disk), a commit is seen at once by who reads and writes,
 * but may still be taken back: until it is kept, watches hear nothing of it, and whoever answers by
 * what he read or wrote waits with the answer (store_keep.c).
 */
#ifndef PODGATE_CLUSTER_STORE_H
#define PODGATE_CLUSTER_STORE_H

#include "decide/facts.h"
#include "kube/target.h"

typedef struct Store Store;

typedef struct StoreReader {
    struct StoreReader *before; /* among those that have not left, oldest first */
    struct StoreReader *after;
    uint64_t epoch;
} StoreReader;

/* One version of one object. */
typedef struct StoreObject {
    Value object;     /* first: a pointer to this is one to the object */
    uint64_t version; /* at which it was written */
    Str namespace;
    Str name;
    uint32_t holders; /* the store, events that tell of it, store_hold(); private, atomic */
    uint32_t bytes;
} StoreObject;

typedef enum StoreEventKind { STORE_ADDED, STORE_MODIFIED, STORE_DELETED } StoreEventKind;

typedef struct StoreEvent {
    StoreEventKind kind;
    uint64_t version;
    const StoreObject *object; /* of STORE_DELETED: as it was, with the version of the deletion */
    const StoreObject *old;    /* what it replaced; NULL for STORE_ADDED */
} StoreEvent;

/* One change of a commit. */
typedef struct StoreChange {
    ObjectKey key;
    StoreEventKind kind;
    /* What is stored, or for STORE_DELETED what watches are told; copied. Its
     * metadata.resourceVersion is version already. */
    const Value *object;
    uint64_t version; /* store_next_version() or above; rising within a commit */
} StoreChange;

/* first_version: what the counter starts at; versions up to it count as long forgotten.
 * history_bytes_max: what replaced objects may take that watches could still ask for, per kind. */
Store *store_new(uint64_t first_version, size_t history_bytes_max);
void store_free(Store *s);
/* From now on the store knows the custom kinds that its definitions define. Before its first
 * commit. */
void store_serve_custom(Store *s, const KubeTarget *target);

void store_read_begin(Store *s, StoreReader *r);
void store_read_end(Store *s, StoreReader *r);
void store_write_begin(Store *s, StoreReader *r);
void store_write_end(Store *s, StoreReader *r);
void store_leave(Store *s, StoreReader *r);

/* For those who read or write now. key.group is that of the request: kinds that several groups
 * serve are found under each. */
const Facts *store_facts(Store *s);
uint64_t store_version(Store *s);
/* The version that the next change gets, for who writes: higher than any that was ever given, also
 * to what was taken back. */
uint64_t store_next_version(Store *s);
const StoreObject *store_find(Store *s, const ObjectKey *key);
/* All of a kind by namespace and name, as the keys of etcd sort; namespace absent: of all. *count
 * gets how many. Costs nothing for one namespace. Valid until store_read_end(). */
const StoreObject *const *store_list(Store *s, const ObjectKey *key, size_t *count);

/* The order of lists: negative when the first comes before the second. */
int store_place_cmp(Str namespace_a, Str name_a, Str namespace_b, Str name_b);

/* Keeps an object that was read beyond store_leave(). */
void store_hold(const StoreObject *o);
/* Gives it up again. Needs no lock, and may be called with any held. */
void store_let_go(Store *s, const StoreObject *o);

/* Needs store_write_begin(). All changes become visible at once; watches of their kinds are
 * woken. */
void store_commit(Store *s, const StoreChange *changes, size_t count);

/* Fills an empty store with what was kept before: one object at a time in any order, as
 * STORE_ADDED. For who starts: takes no lock. */
void store_restore(Store *s, const StoreChange *object);
/* The same in two steps: several threads may make objects at once, each with texts of its own that
 * the store gave it before, and one puts them in. One that is not put in is given to free(). */
struct PackTexts *store_restore_texts(Store *s);
StoreObject *store_restore_make(struct PackTexts *texts, const StoreChange *object);
void store_restore_put(Store *s, Str group, Str kind, StoreObject *made);
/* That was all. Nothing is told of it; the version is now at least version, and those up to it
 * count as long forgotten. False, with one that came twice in *twice, when one did. */
WARN_UNUSED bool store_restore_end(Store *s, uint64_t version, const StoreObject **twice);

/* An object and the kind that it is kept under. */
typedef struct StoreEntry {
    Str group; /* both live as long as the store */
    Str kind;
    const StoreObject *object;
} StoreEntry;

/* Everything there is, each object held. Needs store_read_begin(). */
const StoreEntry *store_hold_all(Store *s, Arena *a, size_t *count);

/* -- keeping: commits that are to be on a disk before anybody hears of them
 * ------------------------
 */

/* One change that is not kept yet. */
typedef struct StorePending {
    struct StorePending *next; /* in the order of versions */
    Str group;
    Str kind;
    StoreEvent event;        /* its objects stay as long as this does */
    struct StoreKind *where; /* private */
} StorePending;

/* From now on, commits wait for store_kept(). wake is called after each; it must be quick and may
 * not call the store. For who starts: nobody commits yet. */
void store_keep(Store *s, void (*wake)(void *context), void *context);
/* What waits to be kept: from the first to *last, which ends a commit; NULL for none. It stays as
 * it is until one of the next two is called: one thread does all three. */
const StorePending *store_pending(Store *s, const StorePending **last);
/* All up to last is kept. */
void store_kept(Store *s, const StorePending *last);
/* It cannot be kept, and why: everything that is pending is taken back, as if it had not been.
 * Waits for who writes. */
void store_take_back(Store *s, Str why);

typedef enum StoreOutcome { STORE_WAITING, STORE_KEPT, STORE_TAKEN_BACK } StoreOutcome;

/* Somebody whose answer is by what the store holds now. */
typedef struct StoreWaiter {
    struct StoreWaiter *next;
    uint64_t version;
    StoreOutcome outcome;
    void (*wake)(void *context);
    void *context;
} StoreWaiter;

/* True when all that can be read now is kept. Otherwise wake will be called once, by another
 * thread, when the outcome is known; it must be quick and may not call the store. Needs
 * store_read_begin() or store_write_begin(), and to be called before the end of that. */
WARN_UNUSED bool store_is_kept(Store *s, StoreWaiter *w, void (*wake)(void *context),
                               void *context);
StoreOutcome store_outcome(Store *s, const StoreWaiter *w);
/* Why the latest was taken back. */
Str store_trouble(Store *s, Arena *a);
/* Gives up waiting; the waiter is free again. */
void store_wait_end(Store *s, StoreWaiter *w);
/* The same without a wake: waits. */
StoreOutcome store_wait(Store *s, StoreWaiter *w);

/* -- watches: a place in the history of a kind ------------------------------------------------- */

typedef struct StoreWatch StoreWatch;

/* wake is called after each commit that changed the kind, by whoever committed or kept it; it must
 * be quick and may not call the store. It is not called any more when store_watch_close() has
 * returned. after: the version that is known already. Needs store_read_begin(). */
StoreWatch *store_watch_open(Store *s, Str group, Str kind, uint64_t after,
                             void (*wake)(void *context), void *context);
void store_watch_close(StoreWatch *w);
/* Who follows it goes by what is not kept yet, too: after a commit was taken back it counts as
 * expired, so that he looks at everything anew. */
void store_watch_reads_ahead(StoreWatch *w);

typedef enum StoreWatchNext {
    STORE_WATCH_NONE,    /* nothing yet */
    STORE_WATCH_EVENT,   /* *out is the next event, valid until store_leave() */
    STORE_WATCH_EXPIRED, /* the history does not reach back so far */
} StoreWatchNext;
/* Needs store_read_begin(). */
StoreWatchNext store_watch_next(StoreWatch *w, StoreEvent *out);
/* Everything up to this version has been given or does not concern the kind. */
uint64_t store_watch_version(const StoreWatch *w);

/* The events of a kind after a version, oldest first, copied to the arena. False when the history
 * does not reach back so far. Needs store_read_begin(). */
WARN_UNUSED bool store_events_since(Store *s, Str group, Str kind, uint64_t after, Arena *a,
                                    const StoreEvent **out, size_t *count);

/* Wakes the watches of a kind though nothing of it changed. Needs no lock. */
void store_wake(Store *s, Str group, Str kind);

/* The oldest version that a watch of the kind may start after. */
uint64_t store_oldest_version(Store *s, Str group, Str kind);

typedef struct StoreStats {
    size_t objects;
    size_t object_bytes;
    size_t history_events;
    size_t history_bytes;
    size_t watches;
} StoreStats;
/* Takes the lock for reading itself. */
StoreStats store_stats(Store *s);

#endif
