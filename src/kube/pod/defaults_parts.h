/* SPDX-License-Identifier: Apache-2.0 */
/* Defaulting of the parts of a pod; private to defaults*.c. */
#ifndef PODGATE_KUBE_POD_DEFAULTS_PARTS_H
#define PODGATE_KUBE_POD_DEFAULTS_PARTS_H

#include "doc/value.h"
#include "kube/target.h"

void pod_default_container(Value *container, const KubeTarget *t, Arena *a);
void pod_default_volume(Value *volume, const KubeTarget *t, Arena *a);
/* A map of quantities: rounds each up to thousandths. NULL is fine. */
void pod_default_resource_list(Value *list, Arena *a);
/* A selector of a pod's own field. NULL is fine. */
void pod_default_field_ref(Value *field_ref, Arena *a);
/* "Always" for the tag latest, else "IfNotPresent". */
void pod_default_pull_policy(Value *object, Str policy_member, Str image_member, Arena *a);

/* Sets member where it is missing, or for strings empty. */
void pod_default_str(Value *object, Str member, Str text, Arena *a);
void pod_default_int(Value *object, Str member, int64_t n, Arena *a);
void pod_default_bool(Value *object, Str member, bool b, Arena *a);

#endif
