/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of pods that other kinds have too, as Go prints them with %#v. */
#ifndef PODGATE_KUBE_POD_DUMP_TEMPLATE_H
#define PODGATE_KUBE_POD_DUMP_TEMPLATE_H

#include "doc/value.h"
#include "kube/target.h"

/* core.PodTemplateSpec{ObjectMeta:v1.ObjectMeta{...}, Spec:core.PodSpec{...}}; addresses are
 * META_POINTER_TEXT (kube/meta.h). */
Str dump_pod_template(const Value *template, const KubeTarget *t, Arena *a);
/* resource.Quantity{...}, of a quantity as it was read. */
Str dump_quantity(Str text, Arena *a);

#endif
