/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the API server warns of in pods and pod templates that it takes: fields and annotations that
 * do nothing any more, entries that are there twice. From 1.22 on.
 *
 * Source: Kubernetes pkg/api/pod/warnings.go, pkg/api/node/util.go
 */
#ifndef PODGATE_KUBE_POD_WARNINGS_H
#define PODGATE_KUBE_POD_WARNINGS_H

#include "base/field.h"
#include "doc/value.h"
#include "kube/target.h"

/* pod: decoded, with metadata and spec: a Pod, or the template that stands at `at` (NULL for a
 * Pod). Texts for Warning headers, in the order in which the API server sends them. */
StrList pod_warnings(const Value *pod, const Path *at, const KubeTarget *target, Arena *a);

#endif
