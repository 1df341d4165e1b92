/* SPDX-License-Identifier: Apache-2.0 */
/* Asking a snapshot: each question looks into its own layer, then into the one below. */
#include "cluster/layer.h"
#include "kube/groups/convert.h"

#include <stdlib.h>

/* -- rows --------------------------------------------------------------------------------- */

uint64_t layer_object_hash(const ObjectKey *key)
{
    uint64_t hash = index_hash_mix(str_hash(key->kind), str_hash(key->group));
    return index_hash_mix(hash, key->namespace.ptr ? str_hash(key->namespace) : 1);
}

static bool object_row_matches(const void *row, const void *wanted)
{
    const ObjectKey *have = &((const ObjectListRow *)row)->key;
    const ObjectKey *want = wanted;
    return str_eq(have->kind, want->kind) && str_eq(have->namespace, want->namespace) &&
           (have->namespace.ptr == NULL) == (want->namespace.ptr == NULL) &&
           str_eq(have->group, want->group);
}

uint64_t layer_name_hash(Str namespace, Str name)
{
    return index_hash_mix(str_hash(name), str_hash(namespace));
}

static bool role_row_matches(const void *row, const void *wanted)
{
    const RoleRow *have = row;
    const RoleRow *want = wanted;
    return str_eq(have->name, want->name) && str_eq(have->namespace, want->namespace);
}

static bool binding_row_matches(const void *row, const void *wanted)
{
    return str_eq(((const BindingListRow *)row)->namespace, *(const Str *)wanted);
}

uint64_t layer_subject_hash(const SubjectKey *key)
{
    uint64_t hash = index_hash_mix(str_hash(key->name), str_hash(key->namespace));
    return index_hash_mix(hash, key->kind == SUBJECT_SERVICE_ACCOUNT
                                    ? str_hash(key->subject_namespace) + SUBJECT_SERVICE_ACCOUNT
                                    : (uint64_t)key->kind);
}

static bool subject_row_matches(const void *row, const void *wanted)
{
    const SubjectKey *have = &((const SubjectRow *)row)->key;
    const SubjectKey *want = wanted;
    return have->kind == want->kind && str_eq(have->name, want->name) &&
           str_eq(have->namespace, want->namespace) &&
           (want->kind != SUBJECT_SERVICE_ACCOUNT ||
            str_eq(have->subject_namespace, want->subject_namespace));
}

static bool policy_row_matches(const void *row, const void *wanted)
{
    return str_eq(((const PolicyRow *)row)->name, *(const Str *)wanted);
}

/* -- questions ---------------------------------------------------------------------------- */

const ObjectListRow *layer_find_objects(const Snapshot *s, const ObjectKey *key)
{
    uint64_t hash = layer_object_hash(key);
    for (; s; s = s->below) {
        const ObjectListRow *row = index_find(&s->objects, hash, object_row_matches, key);
        if (row) {
            return row;
        }
    }
    return NULL;
}

const RoleRow *layer_find_role(const Snapshot *s, Str namespace, Str name)
{
    RoleRow wanted = { .namespace = namespace, .name = name };
    uint64_t hash = layer_name_hash(namespace, name);
    for (; s; s = s->below) {
        const RoleRow *row = index_find(&s->roles, hash, role_row_matches, &wanted);
        if (row) {
            return row;
        }
    }
    return NULL;
}

RbacBindingList layer_bindings(const Snapshot *s, Str namespace)
{
    uint64_t hash = str_hash(namespace);
    for (; s; s = s->below) {
        const BindingListRow *row = index_find(&s->bindings, hash, binding_row_matches, &namespace);
        if (row) {
            return row->list;
        }
    }
    return (RbacBindingList){ NULL, 0 };
}

/* Where name is, or would be, among count names in order; they are asked for by index. */
typedef Str NameAt(const void *list, size_t i);
static bool find_name(const void *list, size_t count, NameAt *name_at, Str name, size_t *at)
{
    size_t from = 0;
    size_t to = count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = str_cmp(name_at(list, middle), name);
        if (order == 0) {
            *at = middle;
            return true;
        }
        if (order < 0) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return false;
}

static Str object_name_at(const void *list, size_t i)
{
    return ((const ObjectListRow *)list)->names[i];
}

const Value *layer_find_object(const Snapshot *s, const ObjectKey *key)
{
    const ObjectListRow *row = layer_find_objects(s, key);
    size_t at;
    bool found = row && find_name(row, row->list.count, object_name_at, key->name, &at);
    return found ? row->list.items[at] : NULL;
}

static Str binding_name_at(const void *list, size_t i)
{
    return rbac_binding_name(((const RbacBindingList *)list)->items[i]);
}

const RbacBinding *layer_find_binding(const Snapshot *s, Str namespace, Str name)
{
    RbacBindingList list = layer_bindings(s, namespace);
    size_t at;
    return find_name(&list, list.count, binding_name_at, name, &at) ? list.items[at] : NULL;
}

RbacBindingList layer_subject_bindings(const Snapshot *s, const SubjectKey *key)
{
    uint64_t hash = layer_subject_hash(key);
    for (; s; s = s->below) {
        const SubjectRow *row = index_find(&s->subjects, hash, subject_row_matches, key);
        if (row) {
            return row->list;
        }
    }
    return (RbacBindingList){ NULL, 0 };
}

PspPolicyList layer_policies(const Snapshot *s)
{
    for (; s; s = s->below) {
        if (s->has_policies) {
            return s->policy_list;
        }
    }
    return (PspPolicyList){ NULL, 0 };
}

const struct PspPolicy *layer_policy(const Snapshot *s, Str name)
{
    uint64_t hash = str_hash(name);
    for (; s; s = s->below) {
        const PolicyRow *row = index_find(&s->policies, hash, policy_row_matches, &name);
        if (row) {
            return row->policy;
        }
    }
    return NULL;
}

static RbacBindingList ask_rbac_bindings(const void *cluster, SubjectKind kind,
                                         Str subject_namespace, Str subject_name, Str namespace)
{
    SubjectKey key = { kind, subject_namespace, subject_name, namespace };
    return layer_subject_bindings(cluster, &key);
}

static RbacBindingList ask_rbac_all_bindings(const void *cluster, Str namespace)
{
    return layer_bindings(cluster, namespace);
}

static const RbacRole *ask_rbac_role(const void *cluster, Str namespace, Str name)
{
    const RoleRow *row = layer_find_role(cluster, namespace, name);
    return row ? row->role : NULL;
}

static const struct PspPolicy *ask_psp_policy(const void *cluster, Str name)
{
    return layer_policy(cluster, name);
}

static PspPolicyList ask_psp_policies(const void *cluster)
{
    return layer_policies(cluster);
}

static const Value *ask_object(const void *cluster, ObjectKey key)
{
    key.group = snapshot_storage_group(key.group, key.kind);
    if (key.namespace.ptr == NULL) {
        key.namespace = STR("");
    }
    return layer_find_object(cluster, &key);
}

static ObjectList ask_objects(const void *cluster, ObjectKey key)
{
    key.group = snapshot_storage_group(key.group, key.kind);
    const ObjectListRow *row = layer_find_objects(cluster, &key);
    return row ? row->list : (ObjectList){ NULL, 0 };
}

/* -- the snapshot itself ------------------------------------------------------------------- */

Str snapshot_storage_group(Str group, Str kind)
{
    return kube_storage_group(group, kind);
}

void layer_init_facts(Snapshot *s)
{
    s->facts = (Facts){
        .cluster = s,
        .rbac_bindings = ask_rbac_bindings,
        .rbac_all_bindings = ask_rbac_all_bindings,
        .rbac_role = ask_rbac_role,
        .psp_policy = ask_psp_policy,
        .psp_policies = ask_psp_policies,
        .object = ask_object,
        .objects = ask_objects,
    };
}

const Facts *snapshot_facts(const Snapshot *s)
{
    return &s->facts;
}

const Snapshot *snapshot_acquire(const Snapshot *s)
{
    __atomic_add_fetch(&((Snapshot *)(uintptr_t)s)->references, 1, __ATOMIC_RELAXED);
    return s;
}

void snapshot_release(const Snapshot *s)
{
    while (s) {
        Snapshot *mine = (Snapshot *)(uintptr_t)s;
        if (__atomic_sub_fetch(&mine->references, 1, __ATOMIC_ACQ_REL) > 0) {
            return;
        }
        s = mine->below;
        arena_done(&mine->arena);
        free(mine);
    }
}

SnapshotStats snapshot_stats(const Snapshot *s)
{
    SnapshotStats stats = s->stats;
    stats.bytes = s->arena.held - (size_t)(s->arena.end - s->arena.at);
    return stats;
}

Str object_origin_text(const ObjectOrigin *origin, Arena *a)
{
    Buf b = buf_new(a);
    buf_add(&b, origin->file);
    if (origin->line > 0) {
        buf_printf(&b, ":%zu", origin->line);
    }
    if (origin->item.set) {
        buf_printf(&b, ": items[%lld]", (long long)origin->item.value);
    }
    return buf_str(&b);
}
