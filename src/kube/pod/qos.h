/* SPDX-License-Identifier: Apache-2.0 */
/* The quality-of-service class of a pod. */
#ifndef PODGATE_KUBE_POD_QOS_H
#define PODGATE_KUBE_POD_QOS_H

#include "doc/value.h"

/* "Guaranteed", "Burstable" or "BestEffort", from the requests and limits for CPU and memory of
 * init containers and containers. Requests must already be defaulted from limits. Allocates
 * nothing.
 * Source  k8s.io/kubernetes pkg/apis/core/helper/qos */
Str pod_qos_class(const Value *pod);

#endif
