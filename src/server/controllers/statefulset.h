/* SPDX-License-Identifier: Apache-2.0 */
/* Pods and claims of a StatefulSet. Private to its controller. */
#ifndef PODGATE_SERVER_CONTROLLERS_STATEFULSET_H
#define PODGATE_SERVER_CONTROLLERS_STATEFULSET_H

#include "server/controllers/pods.h"

extern const OwnerKind statefulset_owner;

/* Which number of the set a pod has; -1: it is none of its pods. */
int64_t stateful_ordinal(const Value *set, const Value *pod);
Str stateful_revision(const Value *pod);
/* Creates the claims and the pod, with events. set: with the template of the revision. */
bool stateful_create(Ctl *c, const Value *set, Str revision, int64_t ordinal);
bool stateful_delete(Ctl *c, const Value *set, const Value *pod);

#endif
