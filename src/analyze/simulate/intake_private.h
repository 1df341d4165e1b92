/* SPDX-License-Identifier: Apache-2.0 */
/* What taking objects in, and making units of them, share. */
#ifndef PODGATE_ANALYZE_SIMULATE_INTAKE_PRIVATE_H
#define PODGATE_ANALYZE_SIMULATE_INTAKE_PRIVATE_H

#include "analyze/simulate/intake.h"
#include "base/map.h"
#include "doc/value_pack.h"

typedef struct Owner {
    Str group;
    Str kind;
    Str name;
    Str api_version;
} Owner;

/* What pods come from. */
typedef struct Load {
    FileObject source; /* object NULL: it stands in the chain alone, and makes no pods of its own */
    Str group;
    Str kind;
    Str namespace;
    Str name;
    Owner owner; /* kind "" for none */
    int64_t running;
    Str names[SIMULATE_NAMES_MAX];
    size_t name_count;
    bool has_ended;
} Load;

/* Pods that are alike and have one controller, or none. */
typedef struct Group {
    uint64_t hash;
    FileObject source;
    Owner owner;
    Str namespace;
    int64_t count;
    Str names[SIMULATE_NAMES_MAX];
    size_t name_count;
} Group;

struct Intake {
    Arena arena;
    Arena scratch; /* of one object */
    PackTexts texts;
    Map loads; /* "Kind.group/namespace/name" to Load */
    Group **groups;
    size_t group_count;
    size_t group_cap;
    uint32_t *slots; /* index + 1 into groups, by hash */
    size_t slot_cap;
    FileObject *objects;
    size_t object_count;
    size_t object_cap;
    Map unknown; /* "Kind.group" to the first of each kind that is not known */
    Map defined; /* "Kind.group" of definitions */
    size_t finished;
    size_t webhooks;
    Str file; /* of the last object that was kept */
};

/* The workload that an owner is; NULL when it is not there, or the owner is none. */
Load *intake_find_load(Intake *in, const Owner *owner, Str namespace);
/* Keeps what decides; reduced: of the object. */
void intake_keep(Intake *in, const FileObject *object, const Value *reduced, bool stays);

#endif
