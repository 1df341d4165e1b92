/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ControllerRevisions: what templates of StatefulSets and DaemonSets were, and are.
 *
 * Source: Kubernetes pkg/controller/history
 */
#ifndef PODGATE_SERVER_CONTROLLERS_REVISIONS_H
#define PODGATE_SERVER_CONTROLLERS_REVISIONS_H

#include "server/controllers/pods.h"

extern const OwnedKind owned_revisions;

/* {"spec": {"template": {"$patch": "replace", ...}}}: a patch that makes an object's template what
 * it is now. */
Value revision_data(const Value *object, Arena *a);
/* A copy of the object with the template of a revision. */
Value revision_apply(const Value *object, const Value *revision, Arena *a);
bool revision_has(const Value *revision, const Value *data);
int64_t revision_number(const Value *revision);
/* A new one, not created: nor does it have a name yet. labels: NULL for none. */
Value revision_new(const Value *owner, const OwnerKind *kind, Value data, int64_t number, Arena *a);

/* By number, then by age, then by name. */
void revisions_sort(PodList *revisions);
/* False: not done. *revision becomes what is stored. */
bool revision_renumber(Ctl *c, const Value **revision, int64_t number);
bool revision_delete(Ctl *c, const Value *revision);

#endif
