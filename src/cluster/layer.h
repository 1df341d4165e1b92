/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a snapshot is made of. Private to src/cluster; see snapshot.h for the design.
 */
#ifndef PODGATE_CLUSTER_LAYER_H
#define PODGATE_CLUSTER_LAYER_H

#include "cluster/index.h"
#include "cluster/snapshot.h"
#include "decide/rbac/rbac.h"

/* The objects of one kind in one namespace; namespace absent for those of all namespaces. */
typedef struct ObjectListRow {
    ObjectKey key; /* name is not used */
    ObjectList list;
    const Str *names;      /* beside list.items: what the items are sorted by */
    const Str *namespaces; /* the same, when key.namespace is absent; else NULL */
} ObjectListRow;

typedef struct RoleRow {
    Str namespace;
    Str name;
    const RbacRole *given; /* as it was put; NULL when removed */
    const RbacRole *role;  /* with aggregation computed */
} RoleRow;

/* The bindings of one namespace, "" for ClusterRoleBindings. */
typedef struct BindingListRow {
    Str namespace;
    RbacBindingList list;
} BindingListRow;

typedef struct SubjectKey {
    SubjectKind kind;
    Str subject_namespace;
    Str name;
    Str namespace; /* of the bindings */
} SubjectKey;

typedef struct SubjectRow {
    SubjectKey key;
    RbacBindingList list;
} SubjectRow;

typedef struct PolicyRow {
    Str name;
    const struct PspPolicy *policy; /* NULL when removed */
} PolicyRow;

struct Snapshot {
    Facts facts;
    Arena arena;
    size_t references; /* atomic */
    const Snapshot *below;
    Index objects;
    Index roles;
    Index bindings;
    Index subjects;
    Index policies;
    bool has_policies; /* policy_list is this layer's; else that of the one below */
    PspPolicyList policy_list;
    SnapshotStats stats;
};

/* Fills in s->facts. */
void layer_init_facts(Snapshot *s);

uint64_t layer_object_hash(const ObjectKey *key);
uint64_t layer_name_hash(Str namespace, Str name);
uint64_t layer_subject_hash(const SubjectKey *key);

const ObjectListRow *layer_find_objects(const Snapshot *s, const ObjectKey *key);
const RoleRow *layer_find_role(const Snapshot *s, Str namespace, Str name);
/* The questions of Facts; s may be NULL, which is an empty cluster. */
RbacBindingList layer_bindings(const Snapshot *s, Str namespace);
RbacBindingList layer_subject_bindings(const Snapshot *s, const SubjectKey *key);
PspPolicyList layer_policies(const Snapshot *s);
const struct PspPolicy *layer_policy(const Snapshot *s, Str name);

const Value *layer_find_object(const Snapshot *s, const ObjectKey *key);
const RbacBinding *layer_find_binding(const Snapshot *s, Str namespace, Str name);

/* One object that a builder was given; the last of its key. */
typedef struct Change {
    ObjectKey key;
    uint64_t hash;       /* of the key */
    const Value *object; /* NULL when it is removed or not kept */
    bool removed;
    const ObjectOrigin *origin; /* NULL when it is not known */
    const RbacBinding *binding;
    const RbacRole *role;
    const struct PspPolicy *policy;
} Change;

/* Sorted by group, kind, namespace and name. */
typedef struct ChangeList {
    Change **items;
    size_t count;
} ChangeList;

/* Each fills in its indexes of s from the changes and the layer below. */
void layer_build_objects(Snapshot *s, ChangeList changes, Arena *scratch);
void layer_build_rbac(Snapshot *s, ChangeList changes, Arena *scratch);
void layer_build_policies(Snapshot *s, ChangeList changes, Arena *scratch);

#endif
