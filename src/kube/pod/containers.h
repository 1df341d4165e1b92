/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The containers of a pod spec, in the order in which the API server visits them: init containers,
 * containers, ephemeral containers.
 */
#ifndef PODGATE_KUBE_POD_CONTAINERS_H
#define PODGATE_KUBE_POD_CONTAINERS_H

#include "doc/value.h"

typedef enum PodContainerKind {
    POD_INIT_CONTAINERS,
    POD_CONTAINERS,
    POD_EPHEMERAL_CONTAINERS,
    POD_CONTAINER_KINDS,
} PodContainerKind;

/* "initContainers", "containers", "ephemeralContainers" */
extern const Str pod_container_members[POD_CONTAINER_KINDS];

/* Each container of every kind: POD_EACH_CONTAINER(c, spec) { use(c); } A `break` leaves one kind
 * only. */
#define POD_EACH_CONTAINER(c, spec)                                    \
    for (int c##_kind = 0; c##_kind < POD_CONTAINER_KINDS; c##_kind++) \
        VALUE_EACH_ITEM(c, value_get((spec), pod_container_members[c##_kind]))

/* The container of that name, of any kind; NULL when there is none. */
Value *pod_container_find(const Value *spec, Str name);

#endif
