/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One sync of a Deployment. Private to the deployment controller.
 *
 * Source: Kubernetes pkg/controller/deployment.
 */
#ifndef PODGATE_SERVER_CONTROLLERS_DEPLOYMENT_H
#define PODGATE_SERVER_CONTROLLERS_DEPLOYMENT_H

#include "kube/workloads/rollout.h"
#include "server/controllers/pods.h"

typedef struct DeploySet {
    Value object; /* as it was written last */
} DeploySet;

typedef struct DeploySets {
    DeploySet **items;
    size_t count;
} DeploySets;

typedef struct DeployStatus {
    int64_t observed;
    int64_t replicas;
    int64_t updated;
    int64_t ready;
    int64_t available;
    int64_t unavailable;
    OptInt64 collisions;
    Value conditions;
} DeployStatus;

typedef struct Deploy {
    Ctl *c;
    Value object;        /* our own copy; metadata and status are changed in it */
    DeployStatus status; /* as it is stored, and what the sync has added */
    Rollout plan;
    DeploySets owned;   /* by creation */
    DeploySet *new_set; /* of the present template; NULL for none */
    DeploySets old;
} Deploy;

extern const OwnerKind deployment_owner;

/* Each that returns bool: false to give up and try again. */

/* -- deployment_sets.c: which ReplicaSets there are
 * ------------------------------------------------ */

int64_t deploy_set_replicas(const DeploySet *set); /* wanted */
int64_t deploy_set_status(const DeploySet *set, const char *field);
/* The sum over sets. */
int64_t deploy_wanted(const DeploySets *sets);
int64_t deploy_counted(const DeploySets *sets, const char *field);
/* The old ones and the new one. */
DeploySets deploy_all(const Deploy *d);
/* Those that want pods. */
DeploySets deploy_active(const DeploySets *sets, Arena *a);
typedef enum DeployOrder { BY_CREATION, BY_NEWEST, BY_SIZE_NEWER, BY_SIZE_OLDER } DeployOrder;
void deploy_sort(DeploySets *sets, DeployOrder order);
/* Fills in new_set and old, sees to the revisions, and makes the new one when it is missing and
 * create. */
WARN_UNUSED bool deploy_find_sets(Deploy *d, bool create);
/* A number in an annotation of the set. */
bool deploy_annotation(const DeploySet *set, const char *key, int64_t *out);
#define DEPLOY_REVISION "deployment.kubernetes.io/revision"
#define DEPLOY_HISTORY "deployment.kubernetes.io/revision-history"
#define DEPLOY_DESIRED "deployment.kubernetes.io/desired-replicas"
#define DEPLOY_MAX "deployment.kubernetes.io/max-replicas"

/* -- deployment_annotations.c
 * ------------------------------------------------------------------------ */

/* Copies the Deployment's annotations to a set and gives it the revision. True when something
 * changed. */
bool deploy_annotate_set(const Deploy *d, Value *set, int64_t revision, bool exists);
bool deploy_annotate_replicas(const Deploy *d, Value *set);
bool deploy_set_annotation(Value *object, const char *key, Str value, Arena *a);
Str deploy_get_annotation(const Value *object, const char *key);

/* -- deployment_scale.c
 * -------------------------------------------------------------------------------- */

/* With an event, when the size changes. *scaled may be NULL. */
WARN_UNUSED bool deploy_scale_set(Deploy *d, DeploySet *set, int64_t replicas, bool *scaled);
/* After the Deployment was scaled, or while it is paused. */
WARN_UNUSED bool deploy_scale(Deploy *d);
WARN_UNUSED bool deploy_roll(Deploy *d);
WARN_UNUSED bool deploy_recreate(Deploy *d);
/* Removes old sets above the limit. */
WARN_UNUSED bool deploy_clean_up(Deploy *d);

/* -- deployment_status.c
 * --------------------------------------------------------------------------------- */

void deploy_read_status(Deploy *d);
const Value *deploy_condition(const DeployStatus *status, const char *type);
/* Adds or replaces a condition, when its status or reason is new. */
void deploy_set_condition(Deploy *d, DeployStatus *status, const char *type, const char *is,
                          const char *reason, Str message);
/* d->status and the annotations are stored. */
WARN_UNUSED bool deploy_write_status(Deploy *d);
bool deploy_has_deadline(const Deploy *d);
bool deploy_is_complete(const Deploy *d, const DeployStatus *status);
/* During a rollout, with what is told of its progress. */
WARN_UNUSED bool deploy_sync_rollout_status(Deploy *d);
WARN_UNUSED bool deploy_sync_status(Deploy *d);

#endif
