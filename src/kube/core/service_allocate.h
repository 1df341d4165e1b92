/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the API server gives a service out of its pools: a cluster IP of 10.0.0.0/24, node ports of
 * 30000-32767. What is taken is what the stored services have; who asks makes sure that nobody else
 * allocates between that list and the write.
 *
 * Source: k8s.io/kubernetes pkg/registry/core/service/storage/rest.go, ipallocator, portallocator.
 */
#ifndef PODGATE_KUBE_CORE_SERVICE_ALLOCATE_H
#define PODGATE_KUBE_CORE_SERVICE_ALLOCATE_H

#include "kube/status.h"
#include "kube/target.h"

typedef struct ServicePools {
    const Value *const *services; /* all that are stored, of every namespace */
    size_t count;
    Str seed;     /* free addresses and ports are taken from a place that it picks */
    bool dry_run; /* no address is given out, and ports are made up */
} ServicePools;

/* service   validated; changed in place.
 * old       as stored; NULL for a new one
 * False when refused; *refusal then says why. */
WARN_UNUSED bool service_allocate(Value *service, const Value *old, const ServicePools *pools,
                                  const KubeTarget *t, Arena *a, Status *refusal);

#endif
