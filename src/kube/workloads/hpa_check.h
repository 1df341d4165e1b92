/* SPDX-License-Identifier: Apache-2.0 */
/* Validation of the spec of a HorizontalPodAutoscaler. Private to the folder. */
#ifndef PODGATE_KUBE_WORKLOADS_HPA_CHECK_H
#define PODGATE_KUBE_WORKLOADS_HPA_CHECK_H

#include "base/field.h"
#include "doc/value.h"
#include "kube/target.h"

/* spec   in the form of the hub (hpa_convert.h)
 * may_be_zero   minReplicas may be 0: it was before */
void hpa_check_spec(FieldErrors *errs, const Value *spec, bool may_be_zero, const KubeTarget *t);

#endif
