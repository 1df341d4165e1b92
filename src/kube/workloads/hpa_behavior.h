/* SPDX-License-Identifier: Apache-2.0 */
/* The behavior of a HorizontalPodAutoscaler as annotations hold it, which is under the names of
 * Go's fields. Private to the folder. */
#ifndef PODGATE_KUBE_WORKLOADS_HPA_BEHAVIOR_H
#define PODGATE_KUBE_WORKLOADS_HPA_BEHAVIOR_H

#include "doc/value.h"

Value hpa_behavior_to_go(const Value *behavior, Arena *a);
Value hpa_behavior_from_go(const Value *given, Arena *a);

#endif
