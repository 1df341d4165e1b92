/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects cut down to their metadata: PartialObjectMetadata and PartialObjectMetadataList.
 *
 * Source: k8s.io/apimachinery pkg/api/meta (AsPartialObjectMetadata), k8s.io/apiserver
 * pkg/endpoints/handlers/response.go.
 */
#ifndef PODGATE_SERVER_TABLE_PARTIAL_H
#define PODGATE_SERVER_TABLE_PARTIAL_H

#include "doc/value.h"
#include "kube/status.h"
#include "kube/target.h"

/* api_version: "meta.k8s.io/v1" or "meta.k8s.io/v1beta1". The result shares the metadata. */
Value partial_of_object(Str api_version, const Value *object, Arena *a);
/* items: an array of objects, or NULL; metadata: that of the list, or NULL. */
Value partial_of_list(Str api_version, const KubeTarget *target, const Value *items,
                      const Value *metadata, Arena *a);

/* 406 for the one kind where the answer is the other: is_list says what the answer is, group and
 * kind what it holds ("ConfigMap", also for a list), is_custom that a definition made the kind. */
Status partial_status_mismatch(Str group, Str kind, bool is_custom, bool is_list, Arena *a);

#endif
