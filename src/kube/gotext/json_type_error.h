/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an API server from 1.23 on says about a body that has a value of the wrong type:
 * `json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string`.
 * Only the first such value is told of. Types that are strings with a name of their own are called
 * string, where Go would print that name.
 */
#ifndef PODGATE_KUBE_GOTEXT_JSON_TYPE_ERROR_H
#define PODGATE_KUBE_GOTEXT_JSON_TYPE_ERROR_H

#include "kube/schema.h"

/* Absent when tree is an object of the type. */
Str json_type_error_text(const SchemaType *type, const Value *tree, const KubeTarget *target,
                         Arena *a);

#endif
