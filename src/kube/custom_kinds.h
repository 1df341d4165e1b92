/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kinds that CustomResourceDefinitions add to the built-in ones: all definitions that a cluster
 * has at one moment, compiled.
 *
 * A set never changes; a changed definition makes a new set, which shares with the one before what
 * is the same in both. Whoever publishes sets says when the one before may go; a kind that is
 * needed for longer (by a watch) is held by itself.
 */
#ifndef PODGATE_KUBE_CUSTOM_KINDS_H
#define PODGATE_KUBE_CUSTOM_KINDS_H

#include "kube/crd/crd.h"
#include "kube/kinds.h"

/* One definition. */
typedef struct CustomKind {
    Crd crd;
    KubeKind *kinds;  /* one for each of crd.versions */
    uint64_t version; /* at which it was stored */
    uint64_t changed; /* at which its spec changed: objects that are older are read anew */
    Arena arena;      /* private, as what follows */
    uint32_t holders; /* atomic */
} CustomKind;

typedef struct CustomKinds {
    const CustomKind *const *items; /* by group and plural */
    size_t count;
} CustomKinds;

/* The set with one definition put in, replaced or (definition NULL) taken out. before: NULL for
 * none. What cannot be compiled is left out. definition is copied. */
const CustomKinds *custom_kinds_with(const CustomKinds *before, Str name, const Value *definition,
                                     uint64_t version, const KubeTarget *target);
/* Nobody looks at the set any more. NULL is none. */
void custom_kinds_free(const CustomKinds *c);

/* Are its objects served: were its names accepted, once at least? */
bool custom_kind_is_served(const CustomKind *k);
void custom_kind_hold(const CustomKind *k);
void custom_kind_let_go(const CustomKind *k);

/* All of these take NULL for no set. By the name of the definition ("widgets.example.org"): */
const CustomKind *custom_kinds_get(const CustomKinds *c, Str name);
/* A served version of a served resource; version "" means the one that is preferred. */
bool custom_kinds_find_resource(const CustomKinds *c, Str group, Str version, Str resource,
                                KubeKind *out);
/* The same by apiVersion and kind. */
bool custom_kinds_find(const CustomKinds *c, Str api_version, Str kind, KubeKind *out);
/* Does a served definition serve this version of the group (version "": any)? */
bool custom_kinds_has_group(const CustomKinds *c, Str group, Str version);
/* Built-in kinds or, where there is none of the name, custom ones. version "": as above. */
bool kinds_find_resource(const CustomKinds *c, Str group, Str version, Str resource,
                         const KubeTarget *target, KubeKind *out);
bool kinds_find(const CustomKinds *c, Str api_version, Str kind, KubeKind *out);
/* The version that discovery prefers; false when none is served. */
bool custom_kind_preferred(const CustomKind *k, KubeKind *out);
/* The entry of spec.versions of a custom kind. */
const Value *custom_kind_version_value(const KubeKind *k);
/* What a list of the kind says it is: "WidgetList". */
Str custom_kind_list_kind(const KubeKind *k);

/* Numbers as they are when they were written and read again: whole ones are integers, larger ones
 * than an int64 floats. In place, as is what follows. */
void custom_settle_numbers(Value *v);
/* The same, and members by name: how an object is written that has no type. */
void custom_settle(Value *object);

/* A stored object as its definition now has it, in the version that it is stored in. The object
 * itself where nothing is to be done. */
const Value *custom_kind_renew(const KubeKind *k, const Value *stored, Arena *a);
/* An object that somebody else brought into another version: what that does not know is gone. In
 * place. */
void custom_kind_coerce(const KubeKind *k, Value *object, Arena *a);
/* A stored object of the kind as its version has it: what the definition now leaves out is gone,
 * what it now defaults is there. The object itself where nothing is to be done. */
const Value *custom_kind_read(const KubeKind *k, const Value *stored, Arena *a);
/* An object of the kind as it is to be stored. May share with it. */
Value custom_kind_to_stored(const KubeKind *k, const Value *object, Arena *a);

#endif
