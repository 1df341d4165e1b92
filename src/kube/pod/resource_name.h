/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of resources ("cpu", "hugepages-2Mi", "nvidia.com/gpu") and what each may do.
 *
 * Source: k8s.io/kubernetes pkg/apis/core/helper.
 */
#ifndef PODGATE_KUBE_POD_RESOURCE_NAME_H
#define PODGATE_KUBE_POD_RESOURCE_NAME_H

#include "base/field.h"

bool resource_is_huge_page(Str name);
/* Without a domain, or in kubernetes.io. */
bool resource_is_native(Str name);
/* Of another domain, and good as a quota's "requests.<name>". */
bool resource_is_extended(Str name, Arena *a);
/* Limits may exceed requests. */
bool resource_may_overcommit(Str name);
/* Counted in whole numbers. */
bool resource_is_integer(Str name, Arena *a);
/* Known to a container, to the system. */
bool resource_is_standard_for_container(Str name);
bool resource_is_standard(Str name);

/* The name as such: a qualified name, and a standard one where it has no domain. */
void resource_name_check(FieldErrors *errs, Str name, Path path);
/* And one that a container may ask for. */
void resource_name_check_for_container(FieldErrors *errs, Str name, Path path);

#endif
