/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The facts of a store: objects out of the store itself, RBAC and policies out of a snapshot of
 * their compiled forms, which changes seldom.
 */
#include "cluster/store_private.h"

/* Layers over the first one; then they are folded into one. */
enum { LAYERS_MAX = 16 };

static Store *store_of(const void *cluster)
{
    return (Store *)(uintptr_t)cluster;
}

static const Facts *compiled(const void *cluster)
{
    return snapshot_facts(store_of(cluster)->compiled);
}

static RbacBindingList ask_bindings(const void *cluster, SubjectKind kind, Str subject_namespace,
                                    Str subject_name, Str namespace)
{
    const Facts *f = compiled(cluster);
    return f->rbac_bindings(f->cluster, kind, subject_namespace, subject_name, namespace);
}

static RbacBindingList ask_all_bindings(const void *cluster, Str namespace)
{
    const Facts *f = compiled(cluster);
    return f->rbac_all_bindings(f->cluster, namespace);
}

static const struct RbacRole *ask_role(const void *cluster, Str namespace, Str name)
{
    const Facts *f = compiled(cluster);
    return f->rbac_role(f->cluster, namespace, name);
}

static const struct PspPolicy *ask_policy(const void *cluster, Str name)
{
    const Facts *f = compiled(cluster);
    return f->psp_policy(f->cluster, name);
}

static PspPolicyList ask_policies(const void *cluster)
{
    const Facts *f = compiled(cluster);
    return f->psp_policies(f->cluster);
}

static const Value *ask_object(const void *cluster, ObjectKey key)
{
    const StoreObject *o = store_find(store_of(cluster), &key);
    return o ? &o->object : NULL;
}

static ObjectList ask_objects(const void *cluster, ObjectKey key)
{
    _Static_assert(offsetof(StoreObject, object) == 0, "a stored object is seen as its tree");
    ObjectList list;
    list.items = (const Value *const *)store_list(store_of(cluster), &key, &list.count);
    return list;
}

void store_init_facts(Store *s)
{
    s->facts = (Facts){
        .cluster = s,
        .rbac_bindings = ask_bindings,
        .rbac_all_bindings = ask_all_bindings,
        .rbac_role = ask_role,
        .psp_policy = ask_policy,
        .psp_policies = ask_policies,
        .object = ask_object,
        .objects = ask_objects,
    };
}

/* -- the compiled forms ------------------------------------------------------------------------ */

static void put_all(Store *s, SnapshotBuilder *b)
{
    STORE_EACH_KIND(k, s)
    {
        for (size_t j = 0; k->is_compiled && j < k->bucket_count; j++) {
            const StoreBucket *bucket = k->buckets[j];
            for (size_t n = 0; n < bucket->count; n++) {
                (void)snapshot_builder_put(b, &bucket->items[n]->object, NULL);
            }
        }
    }
}

static void compiled_replace(Store *s, SnapshotBuilder *b)
{
    store_retire(s, NULL, s->compiled);
    s->compiled = snapshot_builder_finish(b);
}

void store_compile_all(Store *s)
{
    SnapshotBuilder *b = snapshot_builder_new(NULL, 0);
    s->compiled_layers = 0;
    put_all(s, b);
    compiled_replace(s, b);
}

void store_compile(Store *s, const StoreChange *changes, size_t count)
{
    if (++s->compiled_layers > LAYERS_MAX) {
        store_compile_all(s);
        return;
    }
    SnapshotBuilder *b = snapshot_builder_new(s->compiled, 0);
    for (size_t i = 0; i < count; i++) {
        if (!store_kind_find(s, changes[i].key.group, changes[i].key.kind)->is_compiled) {
            continue;
        }
        if (changes[i].kind == STORE_DELETED) {
            snapshot_builder_remove(b, changes[i].key);
        } else {
            (void)snapshot_builder_put(b, changes[i].object, NULL);
        }
    }
    compiled_replace(s, b);
}
