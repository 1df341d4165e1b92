/* SPDX-License-Identifier: Apache-2.0 */
/* Which pods are behind a Service, as Endpoints and EndpointSlices say it. */
#ifndef PODGATE_SERVER_CONTROLLERS_ENDPOINT_PARTS_H
#define PODGATE_SERVER_CONTROLLERS_ENDPOINT_PARTS_H

#include "doc/value.h"

typedef struct EndpointPods { /* those that the service selects, by name */
    const Value *const *items;
    size_t count;
} EndpointPods;

/* Does the service have endpoints made for it? */
bool endpoint_is_managed(const Value *service);
/* Without a cluster IP. */
bool endpoint_is_headless(const Value *service);
bool endpoint_pod_is_ready(const Value *pod);
/* When the service or the pods last changed; absent when nobody knows. */
Str endpoint_trigger_time(const Value *service, const EndpointPods *pods);

/* subsets of an Endpoints; empty for none. */
Value endpoint_subsets(const Value *service, const EndpointPods *pods, Arena *a);

/* {"addressType", "endpoints", "ports"} of the EndpointSlice that has them all. is_v1: of
 * discovery.k8s.io/v1; else of v1beta1. */
Value endpoint_slice(const Value *service, const EndpointPods *pods, bool is_v1, Arena *a);

#endif
