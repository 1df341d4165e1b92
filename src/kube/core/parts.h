/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kinds of the core group share: their metadata, addresses, quantities that are dumped.
 * Private to kube/core.
 */
#ifndef PODGATE_KUBE_CORE_PARTS_H
#define PODGATE_KUBE_CORE_PARTS_H

#include "kube/core/core.h"
#include "kube/meta.h"
#include "kube/pod/check.h"

#define CORE_IMMUTABLE STR("field is immutable")

/* The metadata of an object, finalizers included. */
void core_check_metadata(const Value *object, bool namespaced, NameCheck *check, FieldErrors *errs);
void core_check_metadata_update(const Value *object, const Value *old, FieldErrors *errs);

/* A name as a message needs it: never absent. */
Str core_name_of(const Value *object);

/* Puts status (or spec) of old in the place of the object's own. */
void core_keep(Value *object, const Value *old, Str member, Arena *a);
/* Equal maps in Go's deep sense: none is not the same as an empty one. */
bool core_same_map(const Value *left, const Value *right);
/* Equal in meaning: an empty list or map is the same as none. */
bool core_same(const Value *left, const Value *right, Arena *a);

/* `Invalid value: N: must be greater than or equal to 0` */
void core_check_not_negative(const Value *object, Str member, const Path *path, FieldErrors *errs);

/* -- quantities -------------------------------------------------------------------------------- */

/* The text of a quantity as the client wrote it, if raw (the object as sent, or NULL) has it. */
Str core_raw_quantity(const Value *decoded, const Value *raw);
/* Not negative, and whole where the resource is counted. raw: the quantity as sent, or NULL. */
void core_check_quantity(FieldErrors *errs, Str resource, const Value *quantity, const Value *raw,
                         Path path);

/* -- addresses --------------------------------------------------------------------------------- */

/* A block of addresses ("10.0.0.0/24") as Go's net.ParseCIDR takes it. */
NameIpKind core_cidr_kind(Str text);
/* IPv6, and no IPv4 address written as one. */
bool core_is_ip6(Str text);
/* Addresses that no endpoint may have: loopback, link-local, ... */
void core_check_ordinary_ip(FieldErrors *errs, Str ip, Path path);

/* -- values as Go prints them ------------------------------------------------------------------ */

/* type{"a", "b"}, or type(nil) when there is none; type is such as "[]string". */
Str core_dump_strings(const char *type, const Value *list, Arena *a);

#endif
