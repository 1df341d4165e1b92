/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The history of a workload's template, in ControllerRevisions.
 *
 * Source: Kubernetes pkg/controller/history
 */
#ifndef PODGATE_SERVER_CONTROLLERS_REVISIONS_H
#define PODGATE_SERVER_CONTROLLERS_REVISIONS_H

#include "server/controllers/pods.h"

/* A patch that sets the template of owner as it is: what a revision holds. */
Value revision_data(const Value *owner, Arena *a);
/* owner with the template of a revision. */
Value revision_apply(const Value *owner, const Value *revision, Arena *a);
/* As it is hashed. */
Str revision_text(const Value *data, Arena *a);

/* Those of owner, by their number. False: try again. */
bool revisions_list(Ctl *c, const Value *owner, const OwnerKind *kind, PodList *out);
int64_t revision_number(const Value *revision);

typedef struct RevisionOrder {
    const Value *owner;
    const OwnerKind *kind;
    const char *label; /* that gets the hash */
    /* The hash after so many collisions. */
    Str (*hash)(Ctl *c, const Value *owner, const Value *data, int64_t collisions);
    int64_t collisions;
} RevisionOrder;

/* The revision of owner's template, made when there is none, and the last of them by its number.
 * NULL: try again. */
const Value *revision_of_now(Ctl *c, RevisionOrder *order, const PodList *revisions);
/* Removes old ones above a limit that no pod has any more. live: names. */
bool revisions_truncate(Ctl *c, const PodList *revisions, StrList live, int64_t limit);

#endif
