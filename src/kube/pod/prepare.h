/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the registry makes of a pod between mutating admission and validation: the status is reset,
 * members of features that are off are dropped, annotations and the fields that replaced them are
 * brought into line.
 *
 * Source: k8s.io/kubernetes pkg/registry/core/pod/strategy.go, pkg/api/pod/util.go.
 */
#ifndef PODGATE_KUBE_POD_PREPARE_H
#define PODGATE_KUBE_POD_PREPARE_H

#include "doc/value.h"
#include "kube/target.h"

/* pod   defaulted; changed in place. Its status becomes Pending with the QoS class. */
void pod_prepare_for_create(Value *pod, const KubeTarget *t, Arena *a);
/* The status becomes that of old (shared with it); what old uses already is not dropped. */
void pod_prepare_for_update(Value *pod, const Value *old, const KubeTarget *t, Arena *a);

/* Removes the members of features that the target has turned off, except where old (or NULL) uses
 * the same member. Part of the two above; for pod templates call it alone. */
void pod_drop_disabled_fields(Value *pod, const Value *old, const KubeTarget *t, Arena *a);

/* -- annotations and the fields that replaced them -------------------------------------------- */

#define POD_SECCOMP_ANNOTATION "seccomp.security.alpha.kubernetes.io/pod"
#define POD_SECCOMP_CONTAINER_PREFIX "container.seccomp.security.alpha.kubernetes.io/"
#define POD_APPARMOR_CONTAINER_PREFIX "container.apparmor.security.beta.kubernetes.io/"

/* "runtime/default" for {"type":"RuntimeDefault"}; "" when there is no such annotation. */
Str pod_seccomp_annotation_of(const Value *profile, Arena *a);
/* The profile of an annotation; null when it has none. docker/default is RuntimeDefault. */
Value pod_seccomp_profile_of(Str annotation, Arena *a);
Str pod_apparmor_annotation_of(const Value *profile, Arena *a);
Value pod_apparmor_profile_of(Str annotation, Arena *a);

/* Fills in what is missing of annotation and field, for the pod and each container. Parts of
 * pod_prepare_for_create. */
void pod_sync_seccomp(Value *pod, const KubeTarget *t, Arena *a);
void pod_sync_apparmor(Value *pod, const KubeTarget *t, Arena *a);

#endif
