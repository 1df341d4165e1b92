/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects of built-in kinds in another version of the same kind, and which groups are one.
 *
 * Source: Kubernetes pkg/apis/<group>/<version>/conversion.go
 */
#ifndef PODGATE_KUBE_GROUPS_CONVERT_H
#define PODGATE_KUBE_GROUPS_CONVERT_H

#include "doc/value.h"
#include "kube/target.h"

/* Brings an object into another version: its shape, its fields (what the version does not have is
 * lost), its apiVersion. The group may be another one where the kind is the same
 * ("extensions/v1beta1" and "networking.k8s.io/v1" of Ingress). An object of that version already
 * is shared, not copied; in is never changed. False, and *out is in, where there is no such version
 * of the kind or the object has no apiVersion and kind. */
bool kube_convert(const Value *in, Str to_api_version, const KubeTarget *target, Arena *a,
                  Value *out);

/* The group under which the objects of a kind are kept, where several groups have it: Ingress of
 * extensions is kept under networking.k8s.io, Event of events.k8s.io under the core group. Another
 * kind is kept under its own group. */
Str kube_storage_group(Str group, Str kind);

#endif
