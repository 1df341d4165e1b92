/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The subresource scale of what has replicas: a small object of kind Scale (autoscaling/v1) made of
 * a Deployment, ReplicaSet, StatefulSet or ReplicationController, and the way back.
 *
 * Source: Kubernetes pkg/registry/{apps,core}/.../storage/storage.go,
 * pkg/apis/autoscaling/validation
 */
#ifndef PODGATE_KUBE_WORKLOADS_SCALE_H
#define PODGATE_KUBE_WORKLOADS_SCALE_H

#include "base/err.h"
#include "doc/value.h"
#include "kube/status.h"

/* Has the resource a subresource scale? group is "" for the core group. */
bool scale_is_for(Str group, Str resource);

/* The Scale of a stored object, encoded, as GET answers. Fails (ERR_SYNTAX) when the selector
 * cannot be read, which is a 400. */
WARN_UNUSED bool scale_from_object(const Value *object, Str resource, Arena *a, Value *out,
                                   Err *err);

/* The object as an update with that Scale (decoded) asks for it: its replicas and its
 * resourceVersion, or none, are the Scale's. It is to go through the update of its own kind, and
 * what comes of it to be shown by scale_from_object(). False with *refusal: 422 of kind Scale, 409
 * when the Scale has another uid. */
WARN_UNUSED bool scale_to_object(const Value *scale, const Value *object, Str group, Str resource,
                                 Arena *a, Value *out, Status *refusal);

/* 404 of scale where there is no such object. is_read: a GET. */
Status scale_not_found(Arena *a, Str group, Str resource, Str name, bool is_read);

#endif
