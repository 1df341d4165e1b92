/* SPDX-License-Identifier: Apache-2.0 */
/* What creating and updating have in common; private to validate*.c. */
#ifndef PODGATE_KUBE_POD_VALIDATE_PARTS_H
#define PODGATE_KUBE_POD_VALIDATE_PARTS_H

#include "kube/pod/check.h"

PodCheck pod_check_new(FieldErrors *errs, const KubeTarget *t, const Value *metadata);
void pod_check_metadata_and_spec(PodCheck *c, const Value *pod);
/* Where a pod may not mix sizes of huge pages. */
void pod_check_one_huge_page(PodCheck *c, const Value *spec, const Path *path);

#endif
