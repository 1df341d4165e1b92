/* SPDX-License-Identifier: Apache-2.0 */
/* What the store is made of. Private to store*.c. */
#ifndef PODGATE_CLUSTER_STORE_PRIVATE_H
#define PODGATE_CLUSTER_STORE_PRIVATE_H

#include "cluster/snapshot.h"
#include "cluster/store.h"
#include "doc/value_pack.h"
#include "kube/custom_kinds.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* The objects of one kind in one namespace, by name. */
typedef struct StoreBucket {
    Str namespace; /* memory of its own */
    StoreObject **items;
    size_t count;
    size_t cap;
} StoreBucket;

/* The latest events of a kind: a ring. */
typedef struct StoreHistory {
    StoreEvent *events;
    size_t cap;         /* a power of two */
    uint64_t first;     /* number of the oldest event kept; it lies at first & (cap - 1) */
    uint64_t next;      /* number that the next one gets */
    size_t bytes;       /* what is kept for its sake alone */
    uint64_t forgotten; /* the version of the last event dropped */
} StoreHistory;

typedef struct StoreKind {
    struct StoreKind *next; /* of those in the same chain */
    uint64_t hash;
    Str group;
    Str kind;
    bool is_compiled;      /* decisions read a compiled form: RBAC, PodSecurityPolicy */
    bool is_definition;    /* of custom kinds */
    StoreBucket **buckets; /* by namespace */
    size_t bucket_count;
    size_t bucket_cap;
    size_t count;
    /* All objects, made when somebody asks for them after a change. */
    pthread_mutex_t all_lock;
    StoreObject **all;
    bool all_is_current;
    StoreHistory history;
    pthread_mutex_t watches_lock;
    struct StoreWatch *watches;
} StoreKind;

struct StoreWatch {
    struct StoreWatch *before;
    struct StoreWatch *after;
    Store *store;
    StoreKind *kind;
    bool expired; /* what it is to start after was forgotten when it came */
    bool reads_ahead;
    uint64_t next;    /* number of the event to give next */
    uint64_t version; /* of the last one given, or what it started after */
    void (*wake)(void *context);
    void *context;
};

typedef struct StoreTexts {
    PackTexts texts;
    struct StoreTexts *next;
} StoreTexts;

enum { STORE_CHAINS = 256 }; /* a power of two */

/* Something to be freed when nobody can see it any more. */
typedef struct StoreRetired {
    struct StoreRetired *next;
    uint64_t epoch;
    StoreObject *object;
    const Snapshot *compiled;
    const CustomKinds *custom;
} StoreRetired;

struct Store {
    pthread_rwlock_t lock;          /* readers against a commit */
    pthread_mutex_t write_lock;     /* writers among each other */
    pthread_mutex_t kinds_lock;     /* making a kind */
    pthread_mutex_t leave_lock;     /* readers, retired, epoch */
    StoreKind *kinds[STORE_CHAINS]; /* by hash; atomic: grow at the front, nothing is taken out */
    uint64_t version;               /* atomic */
    uint64_t given;                 /* the highest version that a change ever had */
    uint64_t first_version;
    size_t history_bytes_max;
    PackTexts texts;               /* of all objects; for who commits */
    struct StoreTexts *more_texts; /* of those that were restored by several threads */
    size_t object_count;
    size_t object_bytes;
    Facts facts;
    pthread_mutex_t compile_lock;    /* the next three, against others that ask */
    bool compiled_is_current;        /* atomic: compiled has the last commit */
    const Snapshot *compiled;        /* RBAC objects and policies */
    struct Layers *layers;           /* that it is the uppermost of */
    const CustomKinds *custom;       /* NULL as long as there are none */
    const KubeTarget *custom_target; /* NULL: they are not wanted */
    uint64_t epoch;
    StoreReader *oldest;
    StoreReader *newest;
    StoreRetired *retired; /* oldest first */
    StoreRetired **retired_end;
    /* Of store_keep.c. */
    bool keeps;    /* set once, before anybody commits */
    uint64_t kept; /* atomic: the version up to which all is kept */
    pthread_mutex_t keep_lock;
    pthread_cond_t keep_news; /* an outcome is known, for store_wait() */
    StorePending *pending;
    StorePending **pending_end;
    StoreWaiter *waiters;
    void (*keep_wake)(void *context);
    void *keep_context;
    char trouble[256];
};

/* Each kind there is; others may be made meanwhile. */
#define STORE_EACH_KIND(k, s)                                                             \
    for (size_t k##_chain = 0; k##_chain < STORE_CHAINS; k##_chain++)                     \
        for (StoreKind *k = __atomic_load_n(&(s)->kinds[k##_chain], __ATOMIC_ACQUIRE); k; \
             k = k->next)

/* memory, unless there was none: then the process ends, as what is stored would not be all. */
static inline void *store_need(void *memory)
{
    if (memory == NULL) {
        fputs("podgate: out of memory\n", stderr);
        abort();
    }
    return memory;
}

/* The row of a kind, NULL when there is none. */
StoreKind *store_kind_find(Store *s, Str group, Str kind);
StoreKind *store_kind_need(Store *s, Str group, Str kind);

/* One of the three is not NULL. */
void store_retire(Store *s, StoreObject *object, const Snapshot *compiled,
                  const CustomKinds *custom);
/* r and those behind it. */
void store_retired_free(StoreRetired *r);

void store_history_add(Store *s, StoreKind *k, const StoreEvent *event);
void store_history_done(Store *s, StoreKind *k);
void store_watches_wake(StoreKind *k);

/* Ends the watches of those who read ahead. */
void store_watches_expire(StoreKind *k);
/* Takes the event with the latest version out again. */
void store_history_drop(Store *s, StoreKind *k, uint64_t version);
/* The version up to which watches may hear. */
uint64_t store_told_version(Store *s);
void store_keep_init(Store *s);
void store_keep_done(Store *s);
/* Needs store_write_begin(). */
void store_pend(Store *s, StorePending *first, StorePending **end);
/* What is retired from now on is seen by who came before. */
void store_next_epoch(Store *s);

/* Puts o in the place of what is there; returns that, or NULL. */
StoreObject *store_put(Store *s, StoreKind *k, StoreObject *o);
StoreObject *store_take(Store *s, StoreKind *k, const ObjectKey *key);

/* Fills in s->facts. */
void store_init_facts(Store *s);
/* Makes the first s->compiled. */
void store_init_compiled(Store *s);
/* Takes the changes of compiled kinds into a new s->compiled. */
void store_compile(Store *s, const StoreChange *changes, size_t count);
/* The custom kinds as they are with the changes; those of now when none is of a definition. Takes
 * no lock: whoever commits may call it before the moment when readers wait. */
const CustomKinds *store_compile_custom(Store *s, const StoreChange *changes, size_t count);
/* Makes s->compiled and s->custom anew. */
void store_compile_all(Store *s);

#endif
