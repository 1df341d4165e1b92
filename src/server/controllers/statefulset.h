/* SPDX-License-Identifier: Apache-2.0 */
/* The pods of StatefulSets, the claims of these, and revisions. Private to their controller. */
#ifndef PODGATE_SERVER_CONTROLLERS_STATEFULSET_H
#define PODGATE_SERVER_CONTROLLERS_STATEFULSET_H

#include "server/controllers/revisions.h"

extern const OwnerKind stateful_kind;
extern const OwnedKind stateful_pods;

/* The number in a pod's name; -1 when it has none. *set_name, which may be NULL, gets the rest. */
int64_t stateful_ordinal(const Value *pod, Str *set_name);
/* Is it called as a pod of the set? */
bool stateful_is_member(const Value *set, const Value *pod);
Str stateful_revision(const Value *pod);
bool stateful_is_running(const Value *pod); /* and ready */

/* A pod as it is to be created: of the set's template, called by a number. False: *why says why. */
bool stateful_make(Ctl *c, const Value *set, int64_t ordinal, Str revision, Value *out, Str *why);
/* Each tells of what it did in an event about the set. False: *why says why. */
bool stateful_create(Ctl *c, const Value *set, const Value *pod, Str *why);
bool stateful_delete(Ctl *c, const Value *set, const Value *pod, Str *why);
/* Gives a pod the label and the volumes that it should have, when it does not. */
bool stateful_repair(Ctl *c, const Value *set, const Value *pod, Str *why);

/* A pod that is, or is to be. */
typedef struct StatefulReplica {
    Value pod;
    int64_t ordinal;
    bool is_created;
} StatefulReplica;

typedef struct StatefulReplicas {
    StatefulReplica *items;
    size_t count;
} StatefulReplicas;

typedef struct StatefulNumbers {
    int64_t replicas;
    int64_t ready;
    int64_t available;
    int64_t current;
    int64_t updated;
} StatefulNumbers;

/* A sync of one set. */
typedef struct StatefulSync {
    Ctl *c;
    const Value *set;
    PodList pods;
    PodList revisions;
    const Value *current; /* revisions */
    const Value *update;
    int64_t collisions;
    StatefulReplicas replicas;  /* those that there are to be, created or not */
    StatefulReplicas condemned; /* those beyond */
    StatefulNumbers numbers;
    Str why; /* what went wrong */
} StatefulSync;

/* Fills in current, update and collisions. False: not now. */
bool stateful_find_revisions(StatefulSync *s);
bool stateful_truncate_history(const StatefulSync *s);

#endif
