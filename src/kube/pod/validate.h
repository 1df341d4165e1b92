/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Validation of pods: every field error that the API server finds, in its order, with its paths,
 * bad values and details. The answer 422 is made of them by status_invalid().
 *
 * Pods are in the decoded form of kube/schema.h, defaulted (kube/pod/defaults.h) and prepared
 * (kube/pod/prepare.h). What the API server walks in random order (maps) is walked in the order of
 * the tree. Addresses of memory, which the API server prints in dumps of values, are all
 * META_POINTER_TEXT (kube/meta.h).
 *
 * Source: k8s.io/kubernetes pkg/apis/core/validation (1.20, and later versions where they are
 * known to differ).
 */
#ifndef PODGATE_KUBE_POD_VALIDATE_H
#define PODGATE_KUBE_POD_VALIDATE_H

#include "base/field.h"
#include "doc/value.h"
#include "kube/target.h"

void pod_validate_create(const Value *pod, const KubeTarget *t, FieldErrors *errs);

/* What an update may not do, and all that is wrong with the pod as such. The checks of metadata
 * that the registry makes for every kind come first. The message about fields that may not change
 * ends with the paths of those fields, where the API server prints a dump. */
void pod_validate_update(const Value *pod, const Value *old, const KubeTarget *t,
                         FieldErrors *errs);

/* An update through the subresource ephemeralcontainers. Both pods are complete. */
void pod_validate_ephemeral_containers_update(const Value *pod, const Value *old,
                                              const KubeTarget *t, FieldErrors *errs);

/* The template of a workload.
 * template  has metadata and spec
 * path      where it stands, such as spec.template */
void pod_template_validate(const Value *template, const Path *path, const KubeTarget *t,
                           FieldErrors *errs);
/* Of a template only the annotations that mean something to a pod. */
void pod_template_validate_annotations(const Value *template, const Path *path, const KubeTarget *t,
                                       FieldErrors *errs);

#endif
