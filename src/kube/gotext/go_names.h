/* SPDX-License-Identifier: Apache-2.0 */
/* What the Go types behind the schema call themselves and their fields: messages of the API
 * server's decoder are full of it. */
#ifndef PODGATE_KUBE_GOTEXT_GO_NAMES_H
#define PODGATE_KUBE_GOTEXT_GO_NAMES_H

#include "kube/schema.h"

/* "v1.PodSpec" for core/v1.PodSpec; a list as "[]v1.Container". */
Str go_type_name(const SchemaType *t, Arena *a);
/* "ObjectMeta" for metadata; within is the embedded struct it stands in, or empty. */
Str go_field_name(const SchemaType *t, const SchemaField *f, Arena *a, Str *within);
/* The type of the lists of a field, where it has a name of its own; absent when not. */
Str go_slice_name(const SchemaType *t, const SchemaField *f);
/* The type of a field's scalar ("v1.PullPolicy"), where it has one of its own; absent when not. */
Str go_scalar_name(const SchemaType *t, const SchemaField *f);

#endif
