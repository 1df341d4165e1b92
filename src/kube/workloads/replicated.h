/* SPDX-License-Identifier: Apache-2.0 */
/* What the kinds of apps/v1 have in common. Private to the folder. */
#ifndef PODGATE_KUBE_WORKLOADS_REPLICATED_H
#define PODGATE_KUBE_WORKLOADS_REPLICATED_H

#include "kube/workloads/parts.h"

#define REPLICATED_OVER_STATUS "cannot be greater than status.replicas"
/* Holds what was a field of a Deployment's spec once. */
#define REPLICATED_ROLLBACK_ANNOTATION "deprecated.deployment.rollback.to"

/* "25%" where the member is missing; object may be NULL. */
void replicated_default_share(Value *object, Str member, Arena *a);
/* metadata.annotations, or NULL. */
const Value *replicated_annotations(const Value *object, Arena *a);

/* No status (of that type), generation 1, nothing of features that are off. */
void replicated_prepare_create(Value *object, Str status_type, const KubeTarget *t, Arena *a);
/* The status of old; the next generation when the spec has changed. */
void replicated_prepare_update(Value *object, const Value *old, const KubeTarget *t, Arena *a);
/* The spec of old. */
void replicated_prepare_status(Value *object, const Value *old, const KubeTarget *t, Arena *a);

/* Selector and template of a Deployment or a ReplicaSet. */
void replicated_check_template(FieldErrors *errs, const Value *spec, const Path *path,
                               const KubeTarget *t);
/* type{Type:"...", RollingUpdate:(*rolling)(...)} */
Str replicated_dump_strategy(const char *type, const char *rolling, const Value *strategy,
                             Arena *a);

#endif
