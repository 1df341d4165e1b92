/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which workload a pod of a log belongs to: by its owner where the pod is there, else by its name,
 * which controllers make of their own and a few random characters.
 */
#ifndef PODGATE_ANALYZE_AUDIT_OWNER_H
#define PODGATE_ANALYZE_AUDIT_OWNER_H

#include "doc/value.h"

/* "deployment/web", "daemonset/agent", "cronjob/backup"; "pod/web" of a pod that nobody controls.
 * name: of the pod where the object has none yet. */
Str owner_of_pod(const Value *pod, Str name, Arena *a);
/* "deployment/web" for web-5d4f8c7b9-x2x4z; "web" for web-x2x4z and web-0, which several kinds call
 * their pods; else the name. */
Str owner_of_pod_name(Str name, Arena *a);
/* Is the workload, in a form of above, the one that a user names: web, deployment/web? */
bool owner_is(Str workload, Str asked);

#endif
