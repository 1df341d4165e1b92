/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defaulting: what the API server fills in when it decodes a pod or a pod template, before
 * admission sees it. The trees are in the decoded form of kube/schema.h and are changed in place.
 * Defaulting twice changes nothing.
 *
 * Source: k8s.io/kubernetes pkg/apis/core/v1 (defaults and conversions).
 */
#ifndef PODGATE_KUBE_POD_DEFAULTS_H
#define PODGATE_KUBE_POD_DEFAULTS_H

#include "doc/value.h"
#include "kube/target.h"

/* pod   a v1 Pod; what is missing of metadata and spec is made */
void pod_apply_defaults(Value *pod, const KubeTarget *t, Arena *a);
/* holder   has a member spec that is a pod spec: the template of a workload */
void pod_template_apply_defaults(Value *holder, const KubeTarget *t, Arena *a);

/* Makes serviceAccountName and its older name serviceAccount one; the first wins. To be called
 * again by who changes serviceAccountName. */
void pod_sync_service_account(Value *spec, Arena *a);

#endif
