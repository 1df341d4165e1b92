/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HorizontalPodAutoscalers in the forms of their API versions. autoscaling/v2 and v2beta2 are one
 * form; here it is the hub, in which they are checked. v2beta1 names metrics otherwise. v1 knows
 * one metric only, the CPU; what else there is stands as JSON in annotations.
 *
 * Source: Kubernetes pkg/apis/autoscaling/{v1,v2beta1,v2beta2}/conversion.go
 */
#ifndef PODGATE_KUBE_WORKLOADS_HPA_CONVERT_H
#define PODGATE_KUBE_WORKLOADS_HPA_CONVERT_H

#include "base/err.h"
#include "doc/value.h"
#include "kube/target.h"

typedef enum HpaForm {
    HPA_V1,
    HPA_V2BETA1,
    HPA_HUB, /* v2beta2 and v2 */
} HpaForm;

/* By its apiVersion; where it has none, by what it is made of. */
HpaForm hpa_form_of(const Value *object);
/* Of "v1", "v2beta1", "v2beta2" or "v2". */
HpaForm hpa_form_of_version(Str version);

/* The object (decoded) in another form; a copy, whose parts may be shared with in. Fails
 * (ERR_SYNTAX) when an annotation that stands for fields cannot be read. */
WARN_UNUSED bool hpa_to_hub(const Value *in, HpaForm form, Arena *a, Value *out, Err *err);
void hpa_from_hub(const Value *hub, HpaForm form, Arena *a, Value *out);

/* From one version to another ("v1", "v2beta1", "v2beta2", "v2"); apiVersion is set. What comes out
 * is encoded, as the store holds it (kube/schema.h). */
WARN_UNUSED bool hpa_convert(const Value *in, Str version, const KubeTarget *t, Arena *a,
                             Value *out, Err *err);

#endif
