/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of resources ({"cpu": "500m", "memory": "1Gi"}) with their quantities read, and the sums
 * over a pod's containers that limits and quotas are held against.
 */
#ifndef PODGATE_KUBE_RESOURCES_H
#define PODGATE_KUBE_RESOURCES_H

#include "kube/quantity.h"
#include "kube/target.h"
#include "doc/value.h"

typedef struct Resource {
    Str name;
    Quantity quantity;
} Resource;

/* By name, each once. */
typedef struct ResourceList {
    Resource *items;
    size_t count;
} ResourceList;

/* Reads an object of quantities; a member that is none is left out. */
ResourceList resources_read(const Value *object, Arena *a);
/* NULL when there is none. */
const Quantity *resources_find(ResourceList list, Str name);
bool resources_has(ResourceList list, Str name);

/* The same amounts under the same names, however written. */
bool resources_equal(const Value *left, const Value *right, Arena *a);
/* The object with its quantities in their canonical form, by name. */
Value resources_canonical(const Value *object, Arena *a);

/* left, and what only right has. */
ResourceList resources_prefer(ResourceList left, ResourceList right, Arena *a);
/* Sums by name: of two lists, and the larger of each. */
ResourceList resources_add(ResourceList left, ResourceList right, Arena *a);
ResourceList resources_max(ResourceList left, ResourceList right, Arena *a);
ResourceList resources_subtract(ResourceList left, ResourceList right, Arena *a);

/* What the containers of a pod ask for together (which: "requests" or "limits"): the sum over the
 * containers and restartable init containers, or what an init container needs while it runs. */
ResourceList resources_of_containers(const Value *spec, const char *which, Arena *a);
/* The same with what the pod says for all of them together (spec.resources), where the target has
 * that: it counts instead of the sum. */
ResourceList resources_of_pod(const Value *spec, const char *which, const KubeTarget *target,
                              Arena *a);
/* Can a pod say this for all of its containers together? */
bool resources_is_pod_level(Str name);
/* Does it say so for any resource? */
bool resources_has_pod_level(const Value *spec, const KubeTarget *target);

#endif
