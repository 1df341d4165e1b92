/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ingresses and IngressClasses: defaults, validation, and the two shapes of an Ingress.
 *
 * An Ingress of networking.k8s.io/v1 has defaultBackend and backends with a service; one of
 * v1beta1 (networking.k8s.io or extensions) has backend, serviceName and servicePort. Objects are
 * in the decoded form, each in the shape that its apiVersion says; errors name the fields of that
 * shape.
 *
 * Source: Kubernetes pkg/apis/networking (1.20)
 */
#ifndef PODGATE_KUBE_GROUPS_INGRESS_H
#define PODGATE_KUBE_GROUPS_INGRESS_H

#include "base/field.h"
#include "doc/value.h"
#include "kube/target.h"

void ingress_apply_defaults(Value *ingress, const KubeTarget *t, Arena *a);
void ingress_validate_create(const Value *ingress, const KubeTarget *t, FieldErrors *errs);
void ingress_validate_update(const Value *ingress, const Value *old, const KubeTarget *t,
                             FieldErrors *errs);
/* Through the subresource status. */
void ingress_validate_status_update(const Value *ingress, const Value *old, FieldErrors *errs);

/* Into the shape of v1, or of v1beta1; apiVersion is left as it is. In place, on a tree of the
 * caller's own. What is of that shape already stays so. */
void ingress_to_v1(Value *ingress, Arena *a);
void ingress_to_v1beta1(Value *ingress, Arena *a);

void ingress_class_apply_defaults(Value *class, const KubeTarget *t, Arena *a);
void ingress_class_validate_create(const Value *class, const KubeTarget *t, FieldErrors *errs);
void ingress_class_validate_update(const Value *class, const Value *old, const KubeTarget *t,
                                   FieldErrors *errs);

/* A reference to an object of the same namespace: TypedLocalObjectReference; NULL is fine. */
void ingress_validate_object_reference(const Value *reference, const Path *path, FieldErrors *errs);

/* The status of a load balancer, of Ingresses and Services. */
void load_balancer_validate_status(const Value *status, const Path *path, FieldErrors *errs);

#endif
