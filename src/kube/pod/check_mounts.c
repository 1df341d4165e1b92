/* SPDX-License-Identifier: Apache-2.0 */
/* Validation of what a container mounts: volumes and block devices. */
#include "kube/pod/check.h"

enum { EPHEMERAL_BLOCK_MINOR = 23 };

/* The paths of the other list, by name; of equal names the last counts. And these paths. */
typedef struct Others {
    Map by_name;
    Map paths;
} Others;

static Others others_of(PodCheck *c, const Value *list, Str path_member)
{
    Others o = { map_new(check_arena(c)), map_new(check_arena(c)) };
    VALUE_EACH_ITEM(item, list) {
        map_set(&o.by_name, str_of(item, "name"), item);
    }
    for (size_t i = 0; i < o.by_name.count; i++) {
        Value *item = o.by_name.entries[i].value;
        map_set(&o.paths, check_str(item, path_member), item);
    }
    return o;
}

static void check_propagation(PodCheck *c, const Value *mount, const Value *container,
                              const Path *path)
{
    static const Str modes[] = { STR_INIT("Bidirectional"), STR_INIT("HostToContainer"),
                                 STR_INIT("None") };
    check_supported_if_set(c, mount, STR("mountPropagation"), CHECK_LIST(modes), path);
    bool is_both_ways = str_eq(str_of(mount, "mountPropagation"), STR("Bidirectional"));
    if (is_both_ways && !bool_of(object_of(container, "securityContext"), "privileged")) {
        field_forbidden(
            c->errs, path_child(path, "mountPropagation"),
            STR("Bidirectional mount propagation is available only to privileged containers"));
    }
}

/* Errors of sub paths and propagation carry no index. */
static void check_sub_paths(PodCheck *c, const Value *mount, const Path *path, const Path *item)
{
    Str sub_path = str_of(mount, "subPath");
    Str expression = str_of(mount, "subPathExpr");
    if (sub_path.len) {
        check_descending_path(c, sub_path, path_child(path, "subPath"));
    }
    if (expression.len) {
        if (sub_path.len) {
            field_invalid_str(c->errs, path_child(item, "subPathExpr"), expression,
                              STR("subPathExpr and subPath are mutually exclusive"));
        }
        check_descending_path(c, expression, path_child(path, "subPathExpr"));
    }
}

void check_volume_mounts(PodCheck *c, const Value *container, const Path *path)
{
    Others devices = others_of(c, value_get_lit(container, "volumeDevices"), STR("devicePath"));
    Map mounted = map_new(check_arena(c));
    size_t i = 0;
    VALUE_EACH_ITEM(mount, value_get_lit(container, "volumeMounts")) {
        Path item = path_index(path, i++);
        Path name_path = path_child(&item, "name");
        Path mount_path = path_child(&item, "mountPath");
        Str name = str_of(mount, "name");
        Str at = str_of(mount, "mountPath");
        check_required(c, mount, STR("name"), &item);
        if (!map_has(&c->volumes, name)) {
            field_not_found(c->errs, name_path, name);
        }
        check_required(c, mount, STR("mountPath"), &item);
        if (map_has(&mounted, at)) {
            field_invalid_str(c->errs, mount_path, at, STR("must be unique"));
        }
        map_set(&mounted, at, mount);
        if (map_has(&devices.by_name, name)) {
            field_invalid_str(c->errs, name_path, name,
                              STR("must not already exist in volumeDevices"));
        }
        if (map_has(&devices.paths, at)) {
            field_invalid_str(c->errs, mount_path, at,
                              STR("must not already exist as a path in volumeDevices"));
        }
        check_sub_paths(c, mount, path, &item);
        check_propagation(c, mount, container, path);
    }
}

static void check_device_volume(PodCheck *c, Str name, Path path)
{
    const Value *volume = map_get(&c->volumes, name);
    if (!volume) {
        field_not_found(c->errs, path, name);
        return;
    }
    bool may_be_ephemeral = c->target->minor >= EPHEMERAL_BLOCK_MINOR;
    if (!object_of(volume, "persistentVolumeClaim") &&
        !(may_be_ephemeral && object_of(volume, "ephemeral"))) {
        field_invalid_str(c->errs, path, name,
                          may_be_ephemeral
                              ? STR("can only use volume source type of PersistentVolumeClaim or "
                                    "Ephemeral for block mode")
                              : STR("can only use volume source type of PersistentVolumeClaim "
                                    "for block mode"));
    }
}

void check_volume_devices(PodCheck *c, const Value *container, const Path *path)
{
    Others mounts = others_of(c, value_get_lit(container, "volumeMounts"), STR("mountPath"));
    Map names = map_new(check_arena(c));
    Map paths = map_new(check_arena(c));
    size_t i = 0;
    VALUE_EACH_ITEM(device, value_get_lit(container, "volumeDevices")) {
        Path item = path_index(path, i++);
        Path name_path = path_child(&item, "name");
        Path device_path = path_child(&item, "devicePath");
        Str name = str_of(device, "name");
        Str at = str_of(device, "devicePath");
        check_required(c, device, STR("name"), &item);
        if (map_has(&names, name)) {
            field_invalid_str(c->errs, name_path, name, STR("must be unique"));
        }
        check_device_volume(c, name, name_path);
        check_required(c, device, STR("devicePath"), &item);
        if (map_has(&paths, at)) {
            field_invalid_str(c->errs, device_path, at, STR("must be unique"));
        }
        if (check_has_backstep(at)) {
            field_invalid_str(c->errs, device_path, at, STR("can not contain backsteps ('..')"));
        } else {
            map_set(&paths, at, device);
        }
        if (map_has(&mounts.by_name, name)) {
            field_invalid_str(c->errs, name_path, name,
                              STR("must not already exist in volumeMounts"));
        }
        if (map_has(&mounts.paths, at)) {
            field_invalid_str(c->errs, device_path, at,
                              STR("must not already exist as a path in volumeMounts"));
        }
        if (name.len) {
            map_set(&names, name, device);
        }
    }
}
