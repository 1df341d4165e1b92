/* SPDX-License-Identifier: Apache-2.0 */
/* CSINodes and CSIStorageCapacities. */
#include "kube/groups/csi_name.h"
#include "kube/groups/go_dump.h"
#include "kube/groups/members.h"
#include "kube/groups/meta_checks.h"
#include "kube/groups/storage.h"
#include "kube/quantity.h"
#include "kube/selector.h"

/* -- CSINodes -----------------------------------------------------------------------------------
 */

static size_t node_id_bytes_max(const KubeTarget *t)
{
    enum { FIRST = 128, SECOND = 192, SECOND_SINCE = 21, THIRD = 256, THIRD_SINCE = 22 };
    return t->minor >= THIRD_SINCE ? THIRD : t->minor >= SECOND_SINCE ? SECOND : FIRST;
}

static void check_topology_keys(const Value *driver, const Path *path, FieldErrors *errs)
{
    const Value *list = list_of(driver, "topologyKeys");
    StrList keys = value_str_list(list, errs->arena);
    for (size_t i = 0; i < keys.count; i++) {
        Str key = keys.items[i];
        if (key.len == 0) {
            field_required(errs, *path, STR(""));
        }
        if (str_list_has((StrList){ keys.items, i }, key)) {
            field_duplicate(errs, *path, key);
        }
        NameMessages messages = name_check_qualified(key);
        for (size_t m = 0; m < messages.count; m++) {
            field_invalid_raw(errs, *path, go_dump_strings("string", list, errs->arena),
                              messages.items[m]);
        }
    }
}

static void check_driver(const Value *list, size_t at, const Path *path, const KubeTarget *t,
                         FieldErrors *errs)
{
    const Value *driver = value_item(list, at);
    Str name = str_of(driver, "name");
    Str id = str_of(driver, "nodeID");
    check_csi_driver_name(errs, path_child(path, "name"), name, false);
    if (id.len == 0) {
        field_required(errs, path_child(path, "nodeID"), STR(""));
    }
    if (id.len > node_id_bytes_max(t)) {
        field_invalid_str(
            errs, path_child(path, "nodeID"), id,
            arena_printf(errs->arena, "must be %zu characters or less", node_id_bytes_max(t)));
    }
    OptInt64 count = value_as_int(value_at(driver, "allocatable", "count", NULL));
    Path allocatable = path_child(path, "allocatable");
    if (count.set && count.value < 0) {
        field_invalid_int(errs, path_child(&allocatable, "count"), count.value,
                          STR("must be greater than or equal to 0"));
    }
    for (size_t before = 0; before < at; before++) {
        if (str_eq(str_of(value_item(list, before), "name"), name)) {
            field_duplicate(errs, path_child(path, "name"), name);
            break;
        }
    }
    check_topology_keys(driver, path, errs);
}

void csi_node_validate_create(const Value *node, const KubeTarget *t, FieldErrors *errs)
{
    check_meta(node, false, name_check_dns1123_subdomain, errs);
    const Value *list = value_at(node, "spec", "drivers", NULL);
    Path spec = path_root("spec");
    Path drivers = path_child(&spec, "drivers");
    for (size_t i = 0; i < value_len(list); i++) {
        Path item = path_index(&drivers, i);
        check_driver(list, i, &item, t, errs);
    }
}

static Str dump_driver(const Value *driver, Arena *a)
{
    Buf b = buf_new(a);
    buf_lit(&b, "storage.CSINodeDriver{Name:");
    buf_go_quoted(&b, str_of(driver, "name"));
    buf_lit(&b, ", NodeID:");
    buf_go_quoted(&b, str_of(driver, "nodeID"));
    buf_lit(&b, ", TopologyKeys:");
    buf_add(&b, go_dump_strings("string", list_of(driver, "topologyKeys"), a));
    buf_lit(&b, ", Allocatable:");
    go_dump_pointer(&b, "storage.VolumeNodeResources", value_get_lit(driver, "allocatable"));
    buf_byte(&b, '}');
    return buf_str(&b);
}

/* Empty and missing keys are the same here. */
static bool same_driver(const Value *a, const Value *b)
{
    const Value *keys_a = list_of(a, "topologyKeys");
    const Value *keys_b = list_of(b, "topologyKeys");
    const Value *limits_a = object_of(a, "allocatable");
    const Value *limits_b = object_of(b, "allocatable");
    bool same_keys = value_len(keys_a) == 0 || value_len(keys_b) == 0
                         ? value_len(keys_a) == value_len(keys_b)
                         : value_equal(keys_a, keys_b);
    bool same_limits = limits_a && limits_b ? value_equal(limits_a, limits_b)
                                            : limits_a == limits_b;
    return str_eq(str_of(a, "nodeID"), str_of(b, "nodeID")) && same_keys && same_limits;
}

void csi_node_validate_update(const Value *node, const Value *old, const KubeTarget *t,
                              FieldErrors *errs)
{
    csi_node_validate_create(node, t, errs);
    csi_node_validate_create(node, t, errs); /* the API server too checks, and tells, it twice */
    VALUE_EACH_ITEM(before, value_at(old, "spec", "drivers", NULL)) {
        VALUE_EACH_ITEM(now, value_at(node, "spec", "drivers", NULL)) {
            if (str_eq(str_of(before, "name"), str_of(now, "name")) && !same_driver(before, now)) {
                field_invalid_raw(errs, path_root("CSINodeDriver"), dump_driver(now, errs->arena),
                                  IMMUTABLE);
            }
        }
    }
}

/* -- CSIStorageCapacities -----------------------------------------------------------------------
 */

void csi_storage_capacity_validate_create(const Value *capacity, const KubeTarget *t,
                                          FieldErrors *errs)
{
    (void)t;
    check_meta(capacity, true, name_check_dns1123_subdomain, errs);
    Path topology = path_root("nodeTopology");
    label_selector_validate(object_of(capacity, "nodeTopology"), &topology, errs);
    Str class = str_of(capacity, "storageClassName");
    name_report(errs, path_root("storageClassName"), class, name_check_dns1123_subdomain(class));
    Str text = value_get_str(capacity, STR("capacity"));
    Quantity q;
    Err err;
    if (text.ptr && quantity_parse(text, errs->arena, &q, &err) && quantity_sign(&q) < 0) {
        field_invalid_str(errs, path_root("capacity"), text,
                          STR("must be greater than or equal to 0"));
    }
}

void csi_storage_capacity_validate_update(const Value *capacity, const Value *old,
                                          const KubeTarget *t, FieldErrors *errs)
{
    (void)t;
    check_meta_update(capacity, old, errs);
    const Value *now = object_of(capacity, "nodeTopology");
    const Value *before = object_of(old, "nodeTopology");
    if (now && before ? !value_equal(now, before) : now != before) {
        field_invalid_raw(errs, path_root("nodeTopology"), go_dump_label_selector(now, errs->arena),
                          IMMUTABLE);
    }
    Str class = str_of(capacity, "storageClassName");
    if (!str_eq(class, str_of(old, "storageClassName"))) {
        field_invalid_str(errs, path_root("storageClassName"), class, IMMUTABLE);
    }
}
