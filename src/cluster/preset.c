/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that a cluster has before anybody puts one in. */
#include "cluster/preset.h"

#include "decide/psp/preset/preset.h"
#include "decide/rbac/preset/preset.h"

#include <assert.h>

/* Beside those of decide/psp/preset. */
typedef struct Preset {
    Str name;
    void (*put)(SnapshotBuilder *b, Arena *a);
} Preset;

static void put_objects(SnapshotBuilder *b, const Value *array)
{
    VALUE_EACH_ITEM(object, array) {
        snapshot_builder_put(b, object, NULL);
    }
}

static Value object_new(Str api_version, Str kind, Str name, Arena *a)
{
    Value object = value_object();
    value_set_lit(&object, "apiVersion", value_str(api_version), a);
    value_set_lit(&object, "kind", value_str(kind), a);
    Value meta = value_object();
    value_set_lit(&meta, "name", value_str(name), a);
    value_set_lit(&object, "metadata", meta, a);
    return object;
}

static void put_kubernetes(SnapshotBuilder *b, Arena *a)
{
    static const Str namespaces[] = { STR_INIT("default"), STR_INIT("kube-node-lease"),
                                      STR_INIT("kube-public"), STR_INIT("kube-system") };
    static const struct {
        Str name;
        int64_t value;
    } priorities[] = {
        { STR_INIT("system-cluster-critical"), 2000000000 },
        { STR_INIT("system-node-critical"), 2000001000 },
    };
    Value roles = rbac_preset_kubernetes(a);
    put_objects(b, &roles);
    for (size_t i = 0; i < COUNT_OF(namespaces); i++) {
        Value object = object_new(STR("v1"), STR("Namespace"), namespaces[i], a);
        snapshot_builder_put(b, &object, NULL);
    }
    for (size_t i = 0; i < COUNT_OF(priorities); i++) {
        Value object = object_new(STR("scheduling.k8s.io/v1"), STR("PriorityClass"),
                                  priorities[i].name, a);
        value_set_lit(&object, "value", value_int(priorities[i].value), a);
        snapshot_builder_put(b, &object, NULL);
    }
}

static const Preset presets[] = {
    { STR_INIT("kubernetes"), put_kubernetes },
};

bool preset_put(SnapshotBuilder *b, Str name)
{
    Arena *a = snapshot_builder_arena(b);
    for (size_t i = 0; i < COUNT_OF(presets); i++) {
        if (str_eq(presets[i].name, name)) {
            presets[i].put(b, a);
            return true;
        }
    }
    const PspPreset *platform = psp_preset_find(name);
    if (!platform) {
        return false;
    }
    Value objects = psp_preset_objects(platform, a);
    put_objects(b, &objects);
    return true;
}

StrList preset_names(void)
{
    enum { NAMES_MAX = 32 };
    static Str names[NAMES_MAX];
    size_t count = 0;
    assert(COUNT_OF(presets) + psp_presets.count <= NAMES_MAX);
    for (size_t i = 0; i < COUNT_OF(presets); i++) {
        names[count++] = presets[i].name;
    }
    for (size_t i = 0; i < psp_presets.count; i++) {
        names[count++] = psp_presets.items[i]->name;
    }
    return (StrList){ names, count };
}

/* -- what platforms make for service accounts -------------------------------------------------- */

static void put_for_account(SnapshotBuilder *b, const Facts *f, const PspPreset *platform,
                            const Value *namespace, const Value *account)
{
    Value object;
    if (!platform->for_account(namespace, account, snapshot_builder_arena(b), &object)) {
        return;
    }
    const Value *meta = value_get_lit(&object, "metadata");
    ObjectKey key = { STR("rbac.authorization.k8s.io"), value_get_str(&object, STR("kind")),
                      value_get_str(meta, STR("namespace")), value_get_str(meta, STR("name")) };
    if (!f->object(f->cluster, key)) {
        snapshot_builder_put(b, &object, NULL);
    }
}

static void put_for_namespace(SnapshotBuilder *b, const Facts *f, const PspPreset *platform,
                              const Value *namespace)
{
    Arena *a = snapshot_builder_arena(b);
    Str name = value_as_str(value_at(namespace, "metadata", "name", NULL));
    ObjectKey key = { STR(""), STR("ServiceAccount"), name, STR("default") };
    ObjectList accounts = f->objects(f->cluster, key);
    for (size_t i = 0; i < accounts.count; i++) {
        put_for_account(b, f, platform, namespace, accounts.items[i]);
    }
    if (!f->object(f->cluster, key)) {
        Value account = object_new(STR("v1"), STR("ServiceAccount"), STR("default"), a);
        value_set_lit(value_get_lit(&account, "metadata"), "namespace", value_str(name), a);
        put_for_account(b, f, platform, namespace, &account);
    }
}

const Snapshot *preset_complete(const Snapshot *s, StrList names)
{
    SnapshotBuilder *b = NULL;
    const Facts *f = snapshot_facts(s);
    for (size_t i = 0; i < names.count; i++) {
        const PspPreset *platform = psp_preset_find(names.items[i]);
        if (!platform || !platform->for_account) {
            continue;
        }
        ObjectKey key = { STR(""), STR("Namespace"), STR(""), STR("") };
        ObjectList namespaces = f->objects(f->cluster, key);
        b = b ? b : snapshot_builder_new(s, SNAPSHOT_KEEP_OBJECTS | SNAPSHOT_BORROW);
        for (size_t k = 0; k < namespaces.count; k++) {
            put_for_namespace(b, f, platform, namespaces.items[k]);
        }
    }
    if (!b) {
        return s;
    }
    const Snapshot *completed = snapshot_builder_finish(b);
    snapshot_release(s);
    return completed;
}
