/* SPDX-License-Identifier: Apache-2.0 */
/* How storage is shown: volumes, claims, classes and drivers. */
#include "server/table/columns.h"

static bool has_annotation(const TableCell *c, Str name, Str value)
{
    const Value *annotations = table_field(c->object, "metadata.annotations");
    return str_eq(value_get_str(annotations, name), value);
}

/* "RWO,ROX": each once, in this order */
static Value access_modes(const TableCell *c, const Value *modes)
{
    static const struct {
        const char *mode;
        const char *text;
        int since;
    } known[] = {
        { "ReadWriteOnce", "RWO", 0 },
        { "ReadOnlyMany", "ROX", 0 },
        { "ReadWriteMany", "RWX", 0 },
        { "ReadWriteOncePod", "RWOP", 22 },
    };
    TableSome all = table_some(SIZE_MAX, c->arena);
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        bool has = false;
        VALUE_EACH_ITEM(mode, modes) {
            has = has || str_eq(value_as_str(mode), str_from_c(known[i].mode));
        }
        if (has && table_is_since(c, known[i].since)) {
            table_some_add(&all, str_from_c(known[i].text), ",");
        }
    }
    return table_some_cell(&all, STR(""), c->arena);
}

static Value cell_access_modes(const TableCell *c)
{
    return access_modes(c, table_field(c->object, c->column->path));
}

/* The annotation that came before the field goes first. */
static Value cell_storage_class(const TableCell *c)
{
    const Value *annotations = table_field(c->object, "metadata.annotations");
    Str beta = value_get_str(annotations, STR("volume.beta.kubernetes.io/storage-class"));
    return table_cell(beta.ptr ? beta : table_text(c->object, "spec.storageClassName"));
}

static Value cell_phase(const TableCell *c)
{
    bool is_deleted = !value_is_null(table_field(c->object, "metadata.deletionTimestamp"));
    return table_cell(is_deleted ? STR("Terminating") : table_text(c->object, "status.phase"));
}

static Value cell_claim(const TableCell *c)
{
    const Value *claim = table_field(c->object, "spec.claimRef");
    if (value_is_null(claim)) {
        return table_cell(STR(""));
    }
    return table_cell(arena_printf(c->arena, "%.*s/%.*s",
                                   STR_ARG(value_get_str(claim, STR("namespace"))),
                                   STR_ARG(value_get_str(claim, STR("name")))));
}

/* What a claim got is shown once it is bound. */
static bool is_bound(const TableCell *c)
{
    return table_text(c->object, "spec.volumeName").len > 0;
}

static Value cell_claim_capacity(const TableCell *c)
{
    return is_bound(c) ? cell_quantity(c) : table_cell(STR(""));
}

static Value cell_claim_access_modes(const TableCell *c)
{
    return is_bound(c) ? cell_access_modes(c) : table_cell(STR(""));
}

/* -- classes ----------------------------------------------------------------------------------- */

static Value cell_class_name(const TableCell *c)
{
    Str name = table_text(c->object, "metadata.name");
    bool is_default =
        has_annotation(c, STR("storageclass.kubernetes.io/is-default-class"), STR("true")) ||
        has_annotation(c, STR("storageclass.beta.kubernetes.io/is-default-class"), STR("true"));
    return table_cell(is_default ? arena_concat(c->arena, name, STR(" (default)")) : name);
}

static Value cell_reclaim_policy(const TableCell *c)
{
    Str policy = table_text(c->object, "reclaimPolicy");
    return table_cell(policy.ptr ? policy : STR("Delete"));
}

static Value cell_binding_mode(const TableCell *c)
{
    Str mode = table_text(c->object, "volumeBindingMode");
    return table_cell(mode.ptr ? mode : STR("Immediate"));
}

/* Until 1.33, the default class of volume attributes said so. */
static Value cell_attributes_class_name(const TableCell *c)
{
    enum { DEFAULT_UNTIL = 34 };
    Str name = table_text(c->object, "metadata.name");
    bool is_default = has_annotation(
                          c, STR("volumeattributesclass.alpha.kubernetes.io/is-default-class"),
                          STR("true")) &&
                      !table_is_since(c, DEFAULT_UNTIL);
    return table_cell(is_default ? arena_concat(c->arena, name, STR(" (default)")) : name);
}

static const TableColumn volume_columns[] = {
    TABLE_COLUMN_NAME,
    { "Capacity", "string", "",
      "A description of the persistent volume's resources and capacity. More info: "
      "https://kubernetes.io/docs/concepts/storage/persistent-volumes#capacity",
      cell_quantity, "spec.capacity.storage", 0, 0, 24 },
    { "Capacity", "string", "",
      "capacity is the description of the persistent volume's resources and capacity. More info: "
      "https://kubernetes.io/docs/concepts/storage/persistent-volumes#capacity",
      cell_quantity, "spec.capacity.storage", 0, 24, 0 },
    { "Access Modes", "string", "",
      "AccessModes contains all ways the volume can be mounted. More info: "
      "https://kubernetes.io/docs/concepts/storage/persistent-volumes#access-modes",
      cell_access_modes, "spec.accessModes", 0, 0, 24 },
    { "Access Modes", "string", "",
      "accessModes contains all ways the volume can be mounted. More info: "
      "https://kubernetes.io/docs/concepts/storage/persistent-volumes#access-modes",
      cell_access_modes, "spec.accessModes", 0, 24, 0 },
    { "Reclaim Policy", "string", "",
      "What happens to a persistent volume when released from its claim. Valid options are "
      "Retain (default for manually created PersistentVolumes), Delete (default for dynamically "
      "provisioned PersistentVolumes), and Recycle (deprecated). Recycle must be supported by "
      "the volume plugin underlying this PersistentVolume. More info: "
      "https://kubernetes.io/docs/concepts/storage/persistent-volumes#reclaiming",
      cell_text, "spec.persistentVolumeReclaimPolicy", 0, 0, 24 },
    { "Reclaim Policy", "string", "",
      "persistentVolumeReclaimPolicy defines what happens to a persistent volume when released "
      "from its claim. Valid options are Retain (default for manually created "
      "PersistentVolumes), Delete (default for dynamically provisioned PersistentVolumes), and "
      "Recycle (deprecated). Recycle must be supported by the volume plugin underlying this "
      "PersistentVolume. More info: "
      "https://kubernetes.io/docs/concepts/storage/persistent-volumes#reclaiming",
      cell_text, "spec.persistentVolumeReclaimPolicy", 0, 24, 0 },
    { "Status", "string", "",
      "Phase indicates if a volume is available, bound to a claim, or released by a claim. More "
      "info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#phase",
      cell_phase, NULL, 0, 0, 24 },
    { "Status", "string", "",
      "phase indicates if a volume is available, bound to a claim, or released by a claim. More "
      "info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#phase",
      cell_phase, NULL, 0, 24, 0 },
    { "Claim", "string", "",
      "ClaimRef is part of a bi-directional binding between PersistentVolume and "
      "PersistentVolumeClaim. Expected to be non-nil when bound. claim.VolumeName is the "
      "authoritative bind between PV and PVC. More info: "
      "https://kubernetes.io/docs/concepts/storage/persistent-volumes#binding",
      cell_claim, NULL, 0, 0, 24 },
    { "Claim", "string", "",
      "claimRef is part of a bi-directional binding between PersistentVolume and "
      "PersistentVolumeClaim. Expected to be non-nil when bound. claim.VolumeName is the "
      "authoritative bind between PV and PVC. More info: "
      "https://kubernetes.io/docs/concepts/storage/persistent-volumes#binding",
      cell_claim, NULL, 0, 24, 0 },
    { "StorageClass", "string", "", "StorageClass of the pv", cell_storage_class, NULL, 0, 0, 0 },
    { "VolumeAttributesClass", "string", "", "VolumeAttributesClass of the pv", cell_text_or_unset,
      "spec.volumeAttributesClassName", 0, 29, 0 },
    { "Reason", "string", "",
      "Reason is a brief CamelCase string that describes any failure and is meant for machine "
      "parsing and tidy display in the CLI.",
      cell_text, "status.reason", 0, 0, 24 },
    { "Reason", "string", "",
      "reason is a brief CamelCase string that describes any failure and is meant for machine "
      "parsing and tidy display in the CLI.",
      cell_text, "status.reason", 0, 24, 0 },
    TABLE_COLUMN_AGE,
    { "VolumeMode", "string", "",
      "volumeMode defines if a volume is intended to be used with a formatted filesystem or to "
      "remain in raw block state. Value of Filesystem is implied when not included in spec.",
      cell_text_or_unset, "spec.volumeMode", 1, 0, 0 },
};

static const TableColumn claim_columns[] = {
    TABLE_COLUMN_NAME,
    { "Status", "string", "", "Phase represents the current phase of PersistentVolumeClaim.",
      cell_phase, NULL, 0, 0, 24 },
    { "Status", "string", "", "phase represents the current phase of PersistentVolumeClaim.",
      cell_phase, NULL, 0, 24, 0 },
    { "Volume", "string", "",
      "VolumeName is the binding reference to the PersistentVolume backing this claim.", cell_text,
      "spec.volumeName", 0, 0, 24 },
    { "Volume", "string", "",
      "volumeName is the binding reference to the PersistentVolume backing this claim.", cell_text,
      "spec.volumeName", 0, 24, 0 },
    { "Capacity", "string", "", "Represents the actual resources of the underlying volume.",
      cell_claim_capacity, "status.capacity.storage", 0, 0, 24 },
    { "Capacity", "string", "",
      "capacity represents the actual resources of the underlying volume.", cell_claim_capacity,
      "status.capacity.storage", 0, 24, 0 },
    { "Access Modes", "string", "",
      "AccessModes contains the actual access modes the volume backing the PVC has. More info: "
      "https://kubernetes.io/docs/concepts/storage/persistent-volumes#access-modes-1",
      cell_claim_access_modes, "status.accessModes", 0, 0, 24 },
    { "Access Modes", "string", "",
      "accessModes contains the actual access modes the volume backing the PVC has. More info: "
      "https://kubernetes.io/docs/concepts/storage/persistent-volumes#access-modes-1",
      cell_claim_access_modes, "status.accessModes", 0, 24, 0 },
    { "StorageClass", "string", "", "StorageClass of the pvc", cell_storage_class, NULL, 0, 0, 0 },
    { "VolumeAttributesClass", "string", "", "VolumeAttributesClass of the pvc", cell_text_or_unset,
      "spec.volumeAttributesClassName", 0, 29, 0 },
    TABLE_COLUMN_AGE,
    { "VolumeMode", "string", "",
      "volumeMode defines what type of volume is required by the claim. Value of Filesystem is "
      "implied when not included in claim spec.",
      cell_text_or_unset, "spec.volumeMode", 1, 0, 0 },
};

static const TableColumn storage_class_columns[] = {
    TABLE_COLUMN_NAME_WITH(cell_class_name, 0),
    { "Provisioner", "string", "", "Provisioner indicates the type of the provisioner.", cell_text,
      "provisioner", 0, 0, 27 },
    { "Provisioner", "string", "", "provisioner indicates the type of the provisioner.", cell_text,
      "provisioner", 0, 27, 0 },
    { "ReclaimPolicy", "string", "",
      "Dynamically provisioned PersistentVolumes of this storage class are created with this "
      "reclaimPolicy. Defaults to Delete.",
      cell_reclaim_policy, NULL, 0, 0, 27 },
    { "ReclaimPolicy", "string", "",
      "reclaimPolicy controls the reclaimPolicy for dynamically provisioned PersistentVolumes of "
      "this storage class. Defaults to Delete.",
      cell_reclaim_policy, NULL, 0, 27, 0 },
    { "VolumeBindingMode", "string", "",
      "VolumeBindingMode indicates how PersistentVolumeClaims should be provisioned and bound.  "
      "When unset, VolumeBindingImmediate is used. This field is only honored by servers that "
      "enable the VolumeScheduling feature.",
      cell_binding_mode, NULL, 0, 0, 27 },
    { "VolumeBindingMode", "string", "",
      "volumeBindingMode indicates how PersistentVolumeClaims should be provisioned and bound.  "
      "When unset, VolumeBindingImmediate is used. This field is only honored by servers that "
      "enable the VolumeScheduling feature.",
      cell_binding_mode, NULL, 0, 27, 0 },
    { "AllowVolumeExpansion", "string", "",
      "AllowVolumeExpansion shows whether the storage class allow volume expand", cell_bool,
      "allowVolumeExpansion", 0, 0, 27 },
    { "AllowVolumeExpansion", "string", "",
      "allowVolumeExpansion shows whether the storage class allow volume expand.", cell_bool,
      "allowVolumeExpansion", 0, 27, 0 },
    TABLE_COLUMN_AGE,
};

static const TableColumn attributes_class_columns[] = {
    TABLE_COLUMN_NAME_WITH(cell_attributes_class_name, 0),
    { "DriverName", "string", "", "Name of the CSI driver This field is immutable.", cell_text,
      "driverName", 0, 0, 37 },
    { "DriverName", "string", "",
      "driverName is the name of the CSI driver This field is immutable.", cell_text, "driverName",
      0, 37, 0 },
    TABLE_COLUMN_AGE,
};

static const TableColumn attachment_columns[] = {
    TABLE_COLUMN_NAME,
    { "Attacher", "string", "name",
      "Attacher indicates the name of the volume driver that MUST handle this request. This is "
      "the name returned by GetPluginName().",
      cell_text, "spec.attacher", 0, 0, 27 },
    { "Attacher", "string", "name",
      "attacher indicates the name of the volume driver that MUST handle this request. This is "
      "the name returned by GetPluginName().",
      cell_text, "spec.attacher", 0, 27, 0 },
    { "PV", "string", "", "Name of the persistent volume to attach.", cell_text,
      "spec.source.persistentVolumeName", 0, 0, 27 },
    { "PV", "string", "",
      "persistentVolumeName represents the name of the persistent volume to attach.", cell_text,
      "spec.source.persistentVolumeName", 0, 27, 0 },
    { "Node", "string", "", "The node that the volume should be attached to.", cell_text,
      "spec.nodeName", 0, 0, 27 },
    { "Node", "string", "", "nodeName represents the node that the volume should be attached to.",
      cell_text, "spec.nodeName", 0, 27, 0 },
    { "Attached", "boolean", "",
      "Indicates the volume is successfully attached. This field must only be set by the entity "
      "completing the attach operation, i.e. the external-attacher.",
      cell_bool, "status.attached", 0, 0, 27 },
    { "Attached", "boolean", "",
      "attached indicates the volume is successfully attached. This field must only be set by "
      "the entity completing the attach operation, i.e. the external-attacher.",
      cell_bool, "status.attached", 0, 27, 0 },
    TABLE_COLUMN_AGE,
};

static const TableKind storage_kinds[] = {
    { TABLE_KIND("", "PersistentVolume", volume_columns) },
    { TABLE_KIND("", "PersistentVolumeClaim", claim_columns) },
    { TABLE_KIND("storage.k8s.io", "StorageClass", storage_class_columns) },
    { TABLE_KIND("storage.k8s.io", "VolumeAttributesClass", attributes_class_columns) },
    { TABLE_KIND("storage.k8s.io", "VolumeAttachment", attachment_columns) },
};

const TableFamily table_storage = { storage_kinds, COUNT_OF(storage_kinds) };
