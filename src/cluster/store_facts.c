/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The facts of a store: objects out of the store itself, RBAC and policies out of a snapshot of
 * their compiled forms, which changes seldom.
 */
#include "cluster/layers.h"
#include "cluster/store_private.h"

static Store *store_of(const void *cluster)
{
    return (Store *)(uintptr_t)cluster;
}

/* Made when somebody asks, not at each commit: of many objects that are written one after the
 * other, as at a start, each is compiled once. Who asks keeps the objects as they are
 * (store_read_begin(), store_write_begin()), so one thread makes it and the others wait for it. */
static const Facts *compiled(const void *cluster)
{
    Store *s = store_of(cluster);
    if (!__atomic_load_n(&s->compiled_is_current, __ATOMIC_ACQUIRE)) {
        pthread_mutex_lock(&s->compile_lock);
        if (!s->compiled_is_current) {
            store_retire(s, NULL, s->compiled, NULL);
            s->compiled = layers_snapshot(s->layers);
            __atomic_store_n(&s->compiled_is_current, true, __ATOMIC_RELEASE);
        }
        pthread_mutex_unlock(&s->compile_lock);
    }
    return snapshot_facts(s->compiled);
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

static const CustomKinds *ask_custom(const void *cluster)
{
    return store_of(cluster)->custom;
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
        .custom_kinds = ask_custom,
    };
}

/* -- the compiled forms ------------------------------------------------------------------------ */

static void put_one(void *store, SnapshotBuilder *b, const ObjectKey *key)
{
    const StoreObject *o = store_find(store, key);
    if (o) {
        (void)snapshot_builder_put(b, &o->object, NULL);
    } else {
        snapshot_builder_remove(b, *key);
    }
}

static void put_all(void *store, SnapshotBuilder *b)
{
    Store *s = store;
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

void store_init_compiled(Store *s)
{
    LayersSource source = { .put = put_one, .put_all = put_all, .context = s };
    s->layers = layers_new(&source);
    s->compiled = layers_snapshot(s->layers);
    s->compiled_is_current = true;
}

void store_compile(Store *s, const StoreChange *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (store_kind_find(s, changes[i].key.group, changes[i].key.kind)->is_compiled) {
            layers_change(s->layers, &changes[i].key);
        }
    }
    s->compiled_is_current = false; /* nobody reads meanwhile */
}

static const CustomKinds *custom_of_all(Store *s)
{
    const CustomKinds *custom = NULL;
    STORE_EACH_KIND(k, s)
    {
        for (size_t i = 0; k->is_definition && s->custom_target && i < k->bucket_count; i++) {
            for (size_t j = 0; j < k->buckets[i]->count; j++) {
                const StoreObject *o = k->buckets[i]->items[j];
                const CustomKinds *next = custom_kinds_with(custom, o->name, &o->object, o->version,
                                                            s->custom_target);
                custom_kinds_free(custom);
                custom = next;
            }
        }
    }
    return custom;
}

void store_compile_all(Store *s)
{
    layers_change_all(s->layers);
    s->compiled_is_current = false;
    store_retire(s, NULL, NULL, s->custom);
    s->custom = custom_of_all(s);
}

/* Does a later change of the commit change the same object? */
static bool is_overtaken(const StoreChange *changes, size_t count, size_t i)
{
    for (size_t later = i + 1; later < count; later++) {
        if (str_eq(changes[later].key.name, changes[i].key.name) &&
            str_eq(changes[later].key.kind, changes[i].key.kind)) {
            return true;
        }
    }
    return false;
}

const CustomKinds *store_compile_custom(Store *s, const StoreChange *changes, size_t count)
{
    const CustomKinds *custom = s->custom;
    for (size_t i = 0; s->custom_target && i < count; i++) {
        const StoreChange *c = &changes[i];
        if (!store_kind_need(s, c->key.group, c->key.kind)->is_definition ||
            is_overtaken(changes, count, i)) {
            continue;
        }
        const CustomKinds *next = custom_kinds_with(custom, c->key.name,
                                                    c->kind == STORE_DELETED ? NULL : c->object,
                                                    c->version, s->custom_target);
        if (custom != s->custom) {
            custom_kinds_free(custom);
        }
        custom = next;
    }
    return custom;
}
