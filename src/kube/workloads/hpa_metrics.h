/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of a HorizontalPodAutoscaler as v2beta1 writes them, which is also how v1's annotations
 * do. Private to the folder. */
#ifndef PODGATE_KUBE_WORKLOADS_HPA_METRICS_H
#define PODGATE_KUBE_WORKLOADS_HPA_METRICS_H

#include "doc/value.h"

/* Of spec.metrics and status.currentMetrics: an item of the hub's list, and back. Members come in
 * Go's order, as the text of the annotations shows it. */
Value hpa_metric_to_beta1(const Value *hub, Arena *a);
Value hpa_metric_from_beta1(const Value *metric, Arena *a);
Value hpa_metric_status_to_beta1(const Value *hub, Arena *a);
Value hpa_metric_status_from_beta1(const Value *status, Arena *a);
/* Of status.conditions, which all forms write alike: the members in Go's order. */
Value hpa_condition_in_order(const Value *condition, Arena *a);

#endif
