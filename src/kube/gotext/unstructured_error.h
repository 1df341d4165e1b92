/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an API server says when a strategic merge patch made an object that has a value of the wrong
 * type somewhere: then no text is decoded but a tree, and the messages name no place.
 */
#ifndef PODGATE_KUBE_GOTEXT_UNSTRUCTURED_ERROR_H
#define PODGATE_KUBE_GOTEXT_UNSTRUCTURED_ERROR_H

#include "kube/schema.h"

/* "cannot convert int64 to string"; absent when tree is an object of the type. */
Str unstructured_error_text(const SchemaType *type, const Value *tree, const KubeTarget *target,
                            Arena *a);

#endif
