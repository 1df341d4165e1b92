/* SPDX-License-Identifier: Apache-2.0 */
/* How devices and their claims, and versions of stored objects, are shown. */
#include "server/table/age.h"
#include "server/table/columns.h"

static Value cell_claim_state(const TableCell *c)
{
    bool is_deleted = !value_is_null(table_field(c->object, "metadata.deletionTimestamp"));
    bool is_allocated = !value_is_null(table_field(c->object, "status.allocation"));
    TableSome all = table_some(SIZE_MAX, c->arena);
    if (is_deleted) {
        table_some_add(&all, STR("deleted"), ",");
    }
    if (is_allocated) {
        table_some_add(&all, STR("allocated"), ",");
        if (value_len(table_field(c->object, "status.reservedFor"))) {
            table_some_add(&all, STR("reserved"), ",");
        }
    } else if (!is_deleted) {
        table_some_add(&all, STR("pending"), ",");
    }
    return table_some_cell(&all, STR(""), c->arena);
}

static Value cell_time_added(const TableCell *c)
{
    Str added = table_text(c->object, "spec.taint.timeAdded");
    return table_cell(added.ptr ? age_since(added, c->now, c->arena) : STR(""));
}

/* -- stored versions --------------------------------------------------------------------------- */

static Value cell_storage_versions(const TableCell *c)
{
    TableSome some = table_some(3, c->arena);
    VALUE_EACH_ITEM(version, table_field(c->object, "status.storageVersions")) {
        table_some_add(&some,
                       arena_printf(c->arena, "%.*s=%.*s",
                                    STR_ARG(value_get_str(version, STR("apiServerID"))),
                                    STR_ARG(value_get_str(version, STR("encodingVersion")))),
                       ",");
    }
    return table_some_cell(&some, STR("<unset>"), c->arena);
}

static Value cell_migrated(const TableCell *c)
{
    return table_cell(arena_printf(c->arena, "%.*s.%.*s.%.*s",
                                   STR_ARG(table_text(c->object, "spec.resource.resource")),
                                   STR_ARG(table_text(c->object, "spec.resource.version")),
                                   STR_ARG(table_text(c->object, "spec.resource.group"))));
}

static const TableColumn device_class_columns[] = {
    TABLE_COLUMN_NAME,
    TABLE_COLUMN_AGE,
};

static const TableColumn claim_columns[] = {
    TABLE_COLUMN_NAME,
    { "ResourceClassName", "string", "",
      "ResourceClassName references the driver and additional parameters via the name of a "
      "ResourceClass that was created as part of the driver deployment.",
      cell_text, "spec.resourceClassName", 0, 0, 30 },
    { "AllocationMode", "string", "",
      "Allocation can start immediately or when a Pod wants to use the resource. "
      "\"WaitForFirstConsumer\" is the default.",
      cell_text, "spec.allocationMode", 0, 0, 30 },
    { "State", "string", "", "A summary of the current state (allocated, pending, reserved, etc.).",
      cell_claim_state, NULL, 0, 0, 0 },
    TABLE_COLUMN_AGE,
};

static const TableColumn claim_template_columns[] = {
    TABLE_COLUMN_NAME,
    { "ResourceClassName", "string", "",
      "ResourceClassName references the driver and additional parameters via the name of a "
      "ResourceClass that was created as part of the driver deployment.",
      cell_text, "spec.spec.resourceClassName", 0, 0, 30 },
    { "AllocationMode", "string", "",
      "Allocation can start immediately or when a Pod wants to use the resource. "
      "\"WaitForFirstConsumer\" is the default.",
      cell_text, "spec.spec.allocationMode", 0, 0, 30 },
    TABLE_COLUMN_AGE,
};

static const TableColumn slice_columns[] = {
    TABLE_COLUMN_NAME,
    { "Node", "string", "",
      "NodeName identifies the node which provides the resources in this pool. A field selector "
      "can be used to list only ResourceSlice objects belonging to a certain node.\n\nThis field "
      "can be used to limit access from nodes to ResourceSlices with the same node name. It also "
      "indicates to autoscalers that adding new nodes of the same type as some old node might "
      "also make new resources available.\n\nExactly one of NodeName, NodeSelector and AllNodes "
      "must be set. This field is immutable.",
      cell_text, "spec.nodeName", 0, 0, 33 },
    { "Node", "string", "",
      "NodeName identifies the node which provides the resources in this pool. A field selector "
      "can be used to list only ResourceSlice objects belonging to a certain node.\n\nThis field "
      "can be used to limit access from nodes to ResourceSlices with the same node name. It also "
      "indicates to autoscalers that adding new nodes of the same type as some old node might "
      "also make new resources available.\n\nExactly one of NodeName, NodeSelector, AllNodes, "
      "and PerDeviceNodeSelection must be set. This field is immutable.",
      cell_text, "spec.nodeName", 0, 33, 0 },
    { "Driver", "string", "",
      "Driver identifies the DRA driver providing the capacity information. A field selector can "
      "be used to list only ResourceSlice objects with a certain driver name.\n\nMust be a DNS "
      "subdomain and should end with a DNS domain owned by the vendor of the driver. This field "
      "is immutable.",
      cell_text, "spec.driver", 0, 0, 35 },
    { "Driver", "string", "",
      "Driver identifies the DRA driver providing the capacity information. A field selector can "
      "be used to list only ResourceSlice objects with a certain driver name.\n\nMust be a DNS "
      "subdomain and should end with a DNS domain owned by the vendor of the driver. It should "
      "use only lower case characters. This field is immutable.",
      cell_text, "spec.driver", 0, 35, 0 },
    { "Pool", "string", "",
      "Name is used to identify the pool. For node-local devices, this is often the node name, "
      "but this is not required.\n\nIt must not be longer than 253 characters and must consist "
      "of one or more DNS sub-domains separated by slashes. This field is immutable.",
      cell_text, "spec.pool.name", 0, 0, 37 },
    { "Pool", "string", "",
      "Name is used to identify the pool. For node-local devices, this is often the node name, "
      "but this is not required. A field selector can be used to list only ResourceSlice objects "
      "belonging to a certain pool.\n\nIt must not be longer than 253 characters and must "
      "consist of one or more DNS sub-domains separated by slashes. This field is immutable.",
      cell_text, "spec.pool.name", 0, 37, 0 },
    TABLE_COLUMN_AGE,
};

static const TableColumn taint_rule_columns[] = {
    TABLE_COLUMN_NAME,
    { "Key", "string", "", "The taint key to be applied to a device. Must be a label name.",
      cell_text, "spec.taint.key", 0, 0, 0 },
    { "Value", "string", "",
      "The taint value corresponding to the taint key. Must be a label value.", cell_text,
      "spec.taint.value", 0, 0, 0 },
    { "Effect", "string", "",
      "The effect of the taint on claims that do not tolerate the taint and through such claims "
      "on the pods using them. Valid effects are NoSchedule and NoExecute. PreferNoSchedule as "
      "used for nodes is not valid here.",
      cell_text, "spec.taint.effect", 0, 0, 35 },
    { "Effect", "string", "",
      "The effect of the taint on claims that do not tolerate the taint and through such claims "
      "on the pods using them.\n\nValid effects are None, NoSchedule and NoExecute. "
      "PreferNoSchedule as used for nodes is not valid here. More effects may get added in the "
      "future. Consumers must treat unknown effects like None.",
      cell_text, "spec.taint.effect", 0, 35, 0 },
    { "TimeAdded", "string", "",
      "TimeAdded represents the time at which the taint was added. Added automatically during "
      "create or update if not set.",
      cell_time_added, NULL, 0, 0, 36 },
    { "TimeAdded", "string", "",
      "TimeAdded represents the time at which the taint was added or (only in a DeviceTaintRule) "
      "the effect was modified. Added automatically during create or update if not set.\n\nIn "
      "addition, in a DeviceTaintRule a value provided during an update gets replaced with the "
      "current time if the provided value is the same as the old one and the new effect is "
      "different. Changing the key and/or value while keeping the effect unchanged is possible "
      "and does not update the time stamp because the eviction which uses it is either already "
      "started (NoExecute) or not started yet (NoEffect, NoSchedule).",
      cell_time_added, NULL, 0, 36, 0 },
    TABLE_COLUMN_AGE,
};

static const TableColumn storage_version_columns[] = {
    TABLE_COLUMN_NAME,
    { "CommonEncodingVersion", "string", "",
      "If all API server instances agree on the same encoding storage version, then this field "
      "is set to that version. Otherwise this field is left empty. API servers should finish "
      "updating its storageVersionStatus entry before serving write operations, so that this "
      "field will be in sync with the reality.",
      cell_text_or_unset, "status.commonEncodingVersion", 0, 0, 36 },
    { "CommonEncodingVersion", "string", "",
      "commonEncodingVersion is set to an encoding storage version if all API server instances "
      "share that same version. If they don't share one storage version, this field is left "
      "empty. API servers should finish updating its storageVersionStatus entry before serving "
      "write operations, so that this field will be in sync with the reality.",
      cell_text_or_unset, "status.commonEncodingVersion", 0, 36, 0 },
    { "StorageVersions", "string", "", "The reported versions per API server instance.",
      cell_storage_versions, NULL, 0, 0, 36 },
    { "StorageVersions", "string", "",
      "storageVersions lists the reported versions per API server instance.", cell_storage_versions,
      NULL, 0, 36, 0 },
    TABLE_COLUMN_AGE,
};

static const TableColumn migration_columns[] = {
    { "Name", "string", "", TABLE_NAME_NEW, cell_text, "metadata.name", 0, 0, 0 },
    { "Resource", "string", "", "Fully qualified resource to migrate", cell_migrated, NULL, 0, 0,
      0 },
};

static const TableKind resource_kinds[] = {
    { TABLE_KIND("resource.k8s.io", "DeviceClass", device_class_columns) },
    { TABLE_KIND("resource.k8s.io", "ResourceClaim", claim_columns) },
    { TABLE_KIND("resource.k8s.io", "ResourceClaimTemplate", claim_template_columns) },
    { TABLE_KIND("resource.k8s.io", "ResourceSlice", slice_columns) },
    { TABLE_KIND("resource.k8s.io", "DeviceTaintRule", taint_rule_columns) },
    { TABLE_KIND("internal.apiserver.k8s.io", "StorageVersion", storage_version_columns) },
    { TABLE_KIND("storagemigration.k8s.io", "StorageVersionMigration", migration_columns) },
};

const TableFamily table_resource = { resource_kinds, COUNT_OF(resource_kinds) };
