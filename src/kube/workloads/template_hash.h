/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hashes that controllers put into names: pod-template-hash of a ReplicaSet, and that of a
 * ControllerRevision.
 *
 * The first is taken over the text that a Go printer makes of the template's structs, with every
 * field that the version has, nil ones included: so a hash is the same as in a cluster of that
 * version, and differs between versions.
 */
#ifndef PODGATE_KUBE_WORKLOADS_TEMPLATE_HASH_H
#define PODGATE_KUBE_WORKLOADS_TEMPLATE_HASH_H

#include "doc/value.h"
#include "kube/target.h"

/* "5bf87f5f59". template: of a stored object, defaulted. collisions: status.collisionCount. */
Str template_hash(const Value *template, OptInt64 collisions, const KubeTarget *target, Arena *a);
/* What is hashed. */
Str template_text(const Value *template, const KubeTarget *target, Arena *a);

/* raw: the revision's data as JSON. */
Str revision_hash(Str raw, OptInt64 collisions, Arena *a);

/* Text that makes no words: each byte as a consonant or digit. */
Str safe_encode(Str text, Arena *a);

#endif
