/* SPDX-License-Identifier: Apache-2.0 */
/* A DaemonSet's pods on nodes, and its revisions. Private to the controller of DaemonSets. */
#ifndef PODGATE_SERVER_CONTROLLERS_DAEMONSET_H
#define PODGATE_SERVER_CONTROLLERS_DAEMONSET_H

#include "server/controllers/revisions.h"

/* A pod of the set, and where it is or is to be. */
typedef struct DaemonPod {
    const Value *pod;
    Str node;
} DaemonPod;

typedef struct Daemon {
    Ctl *c;
    const Value *set;
    const Value *const *nodes;
    size_t node_count;
    DaemonPod *pods; /* of a node: who is on it first, then by age */
    size_t count;
    Value pod;            /* as the template makes it: it belongs to no node yet */
    const Value *current; /* the revision of the template */
    PodList old;          /* other revisions */
    Str hash;             /* of the template */
    Str why;              /* what went wrong */
} Daemon;

extern const OwnerKind daemon_kind;

/* -- nodes ------------------------------------------------------------------------------------- */

/* Is a pod to be on the node? *stays: one that is there may stay. */
bool daemon_runs_on(const Value *set, const Value *pod, const Value *node, bool *stays, Arena *a);
/* The node that a pod is on, or that it is bound for; "" for none. */
Str daemon_node_of(const Value *pod);
/* Makes a pod be for one node and no other. */
void daemon_bind(Value *pod, Str node, Arena *a);

/* -- pods -------------------------------------------------------------------------------------- */

/* The pods of a node: those that follow *first, as many as are returned. */
size_t daemon_pods_of(const Daemon *d, Str node, const DaemonPod **first);
bool daemon_is_updated(const Daemon *d, const Value *pod);
/* Each adds to d->why what went wrong. */
void daemon_manage(Daemon *d);
void daemon_roll(Daemon *d);

/* -- revisions --------------------------------------------------------------------------------- */

/* Fills in current, old and hash. False: not now. */
bool daemon_find_revisions(Daemon *d);
bool daemon_truncate_history(const Daemon *d);

#endif
