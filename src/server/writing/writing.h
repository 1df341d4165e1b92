/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects written to another cluster: what the read-only client of server/remote does not do. For
 * commands that change a cluster because they were told to.
 */
#ifndef PODGATE_SERVER_WRITING_WRITING_H
#define PODGATE_SERVER_WRITING_WRITING_H

#include "server/remote/remote.h"

#define WRITING_MANAGER "podgate" /* the field manager */

/* Where the API has it: "/apis/apps/v1/namespaces/default/deployments/web". Kinds that are not
 * known are taken to follow the usual plural, and to be namespaced when the object names one. */
Str writing_path(const Value *object, Arena *a);

/* Server-side apply, conflicts overridden. out: the object as it is stored; may be NULL. */
WARN_UNUSED bool writing_apply(Remote *r, const Value *object, Arena *a, Value *out,
                               RemoteProblem *problem);
/* A JSON Patch of the object at the path. */
WARN_UNUSED bool writing_patch(Remote *r, Str path, const Value *patch, Arena *a,
                               RemoteProblem *problem);
/* A new object in the folder: "/api/v1/namespaces/default/events". ms: how long it may take. */
WARN_UNUSED bool writing_create(Remote *r, Str folder, const Value *object, int64_t ms, Arena *a,
                                RemoteProblem *problem);
/* A merge patch of the object at the path. */
WARN_UNUSED bool writing_merge(Remote *r, Str path, const Value *patch, int64_t ms, Arena *a,
                               RemoteProblem *problem);
/* Dependents are deleted afterwards. problem->status is 404 when there is none. */
WARN_UNUSED bool writing_delete(Remote *r, Str path, Arena *a, RemoteProblem *problem);

#endif
