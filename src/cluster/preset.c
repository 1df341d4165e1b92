/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that a cluster has before anybody puts one in. */
#include "cluster/preset.h"

#include "decide/rbac/preset/preset.h"

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
    for (size_t i = 0; i < COUNT_OF(presets); i++) {
        if (str_eq(presets[i].name, name)) {
            presets[i].put(b, snapshot_builder_arena(b));
            return true;
        }
    }
    return false;
}

StrList preset_names(void)
{
    static Str names[COUNT_OF(presets)];
    for (size_t i = 0; i < COUNT_OF(presets); i++) {
        names[i] = presets[i].name;
    }
    return (StrList){ names, COUNT_OF(presets) };
}
