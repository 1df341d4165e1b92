/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a workload to the pods that its controller creates.
 *
 * One row a kind: where its pod template stands, which controller makes pods of it, how they are
 * named and how many there are. A Pod is its own row.
 *
 * What a controller only knows at run time is left out (owner references, UIDs, a DaemonSet's node)
 * or stands as x's (pod-template-hash), as nothing that decides looks at it.
 *
 * Source: Kubernetes pkg/controller/controller_utils.go GetPodFromTemplate, and each controller.
 */
#ifndef PODGATE_KUBE_WORKLOAD_H
#define PODGATE_KUBE_WORKLOAD_H

#include "base/err.h"
#include "doc/value.h"

enum { WORKLOAD_PODS_PER_NODE = -1 }; /* as many as there are nodes */

typedef struct Workload {
    Str kind;          /* "Deployment" */
    Str template_path; /* of the template in the object: "spec.template"; "" for a Pod */
    /* The service account, in kube-system, that creates the pods: "replicaset-controller". "" when
     * nobody but the user does (Pod, PodTemplate). */
    Str controller;
    int64_t pods; /* how many it asks for; of a CronJob: at each run */
    Value pod;    /* a v1 Pod, as the controller would send it; not defaulted */
} Workload;

/* Is this a kind that pods come from? group is "" for the core group. */
bool workload_is(Str group, Str kind);

/* The service account, in kube-system, that creates the pods of such a kind; "" when there is none
 * or the kind is not known. */
Str workload_controller(Str group, Str kind);

/* object: of such a kind, with name and namespace; not kept, its parts are shared. False when its
 * pod template is missing or no object. */
WARN_UNUSED bool workload_read(const Value *object, Arena *a, Workload *out, Err *err);

#endif
