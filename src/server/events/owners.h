/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The workload behind the owner of a pod: a Deployment behind a ReplicaSet, a CronJob behind a Job.
 * One read for each owner that is new, at a limited rate; where it cannot be read (it is gone, the
 * right is missing, there are too many) the owner itself will do. Of one thread.
 */
#ifndef PODGATE_SERVER_EVENTS_OWNERS_H
#define PODGATE_SERVER_EVENTS_OWNERS_H

#include "server/events/plan.h"
#include "server/remote/remote.h"

typedef struct EventOwners EventOwners;

EventOwners *event_owners_new(Remote *remote, int64_t call_ms);
void event_owners_free(EventOwners *o);
/* now_ms: of a clock that does not jump. Strings lie in a, or are those of owner. */
EventObject event_owners_find(EventOwners *o, const EventObject *owner, int64_t now_ms, Arena *a);

#endif
