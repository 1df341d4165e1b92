/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys that a JSON object has more than once, as Go's decoder takes them: each is decoded on top of
 * what the ones before it left.
 *
 *   a plain value      the last one counts; null leaves it as it was
 *   a pointer          the same, but null clears it; what it points to is decoded on top
 *   an object          members on top of members
 *   a map              keys on top of keys, whole values; null clears it
 *   a list             null and [] clear it; else the new length, item i on top of the old item i
 *
 * The last is how fields of an item that the new list does not mention shine through, even from a
 * list that was longer before a shorter one came between.
 */
#ifndef PODGATE_KUBE_SCHEMA_REPEATS_H
#define PODGATE_KUBE_SCHEMA_REPEATS_H

#include "kube/schema.h"

/* A tree with each key once, for schema_decode(). in: of the type t, as json_go_read() gives it;
 * unknown fields are dropped. A value of the wrong type is an error even where a later one takes
 * its place. */
WARN_UNUSED bool schema_apply_repeats(const SchemaType *t, const Value *in,
                                      const KubeTarget *target, Arena *a, Value *out, Err *err);

#endif
