/* SPDX-License-Identifier: Apache-2.0 */
/* How storage drivers, where they run and what they have left are shown. */
#include "server/table/columns.h"

static Value cell_attach_required(const TableCell *c)
{
    OptBool required = value_as_bool(table_field(c->object, "spec.attachRequired"));
    return value_bool(!required.set || required.value);
}

static Value cell_token_requests(const TableCell *c)
{
    const Value *requests = table_field(c->object, "spec.tokenRequests");
    if (value_is_null(requests)) {
        return table_cell(STR("<unset>"));
    }
    TableSome all = table_some(SIZE_MAX, c->arena);
    VALUE_EACH_ITEM(request, requests) {
        table_some_add(&all, value_get_str(request, STR("audience")), ",");
    }
    return table_some_cell(&all, STR(""), c->arena);
}

static Value cell_joined_or_none(const TableCell *c)
{
    Value joined = cell_joined(c);
    return joined.len ? joined : table_cell(STR("<none>"));
}

static const TableColumn csi_node_columns[] = {
    TABLE_COLUMN_NAME,
    { "Drivers", "integer", "",
      "Drivers indicates the number of CSI drivers registered on the node", cell_count,
      "spec.drivers", 0, 0, 0 },
    TABLE_COLUMN_AGE,
};

static const TableColumn csi_driver_columns[] = {
    TABLE_COLUMN_NAME,
    { "AttachRequired", "boolean", "",
      "attachRequired indicates this CSI volume driver requires an attach operation (because it "
      "implements the CSI ControllerPublishVolume() method), and that the Kubernetes attach "
      "detach controller should call the attach volume interface which checks the "
      "volumeattachment status and waits until the volume is attached before proceeding to "
      "mounting. The CSI external-attacher coordinates with CSI volume driver and updates the "
      "volumeattachment status when the attach operation is complete. If the CSIDriverRegistry "
      "feature gate is enabled and the value is specified to false, the attach operation will be "
      "skipped. Otherwise the attach operation will be called.",
      cell_attach_required, NULL, 0, 0, 21 },
    { "AttachRequired", "boolean", "",
      "attachRequired indicates this CSI volume driver requires an attach operation (because it "
      "implements the CSI ControllerPublishVolume() method), and that the Kubernetes attach "
      "detach controller should call the attach volume interface which checks the "
      "volumeattachment status and waits until the volume is attached before proceeding to "
      "mounting. The CSI external-attacher coordinates with CSI volume driver and updates the "
      "volumeattachment status when the attach operation is complete. If the CSIDriverRegistry "
      "feature gate is enabled and the value is specified to false, the attach operation will be "
      "skipped. Otherwise the attach operation will be called.\n\nThis field is immutable.",
      cell_attach_required, NULL, 0, 21, 34 },
    { "AttachRequired", "boolean", "",
      "attachRequired indicates this CSI volume driver requires an attach operation (because it "
      "implements the CSI ControllerPublishVolume() method), and that the Kubernetes attach "
      "detach controller should call the attach volume interface which checks the "
      "volumeattachment status and waits until the volume is attached before proceeding to "
      "mounting. The CSI external-attacher coordinates with CSI volume driver and updates the "
      "volumeattachment status when the attach operation is complete. If the value is specified "
      "to false, the attach operation will be skipped. Otherwise the attach operation will be "
      "called.\n\nThis field is immutable.",
      cell_attach_required, NULL, 0, 34, 0 },
    { "PodInfoOnMount", "boolean", "",
      "If set to true, podInfoOnMount indicates this CSI volume driver requires additional pod "
      "information (like podName, podUID, etc.) during mount operations. If set to false, pod "
      "information will not be passed on mount. Default is false. The CSI driver specifies "
      "podInfoOnMount as part of driver deployment. If true, Kubelet will pass pod information "
      "as VolumeContext in the CSI NodePublishVolume() calls. The CSI driver is responsible for "
      "parsing and validating the information passed in as VolumeContext. The following "
      "VolumeConext will be passed if podInfoOnMount is set to true. This list might grow, but "
      "the prefix will be used. \"csi.storage.k8s.io/pod.name\": pod.Name "
      "\"csi.storage.k8s.io/pod.namespace\": pod.Namespace \"csi.storage.k8s.io/pod.uid\": "
      "string(pod.UID) \"csi.storage.k8s.io/ephemeral\": \"true\" iff the volume is an ephemeral "
      "inline volume\n                                defined by a CSIVolumeSource, otherwise "
      "\"false\"\n\n\"csi.storage.k8s.io/ephemeral\" is a new feature in Kubernetes 1.16. It is "
      "only required for drivers which support both the \"Persistent\" and \"Ephemeral\" "
      "VolumeLifecycleMode. Other drivers can leave pod info disabled and/or ignore this field. "
      "As Kubernetes 1.15 doesn't support this field, drivers can only support one mode when "
      "deployed on such a cluster and the deployment determines which mode that is, for example "
      "via a command line parameter of the driver.",
      cell_bool, "spec.podInfoOnMount", 0, 0, 21 },
    { "PodInfoOnMount", "boolean", "",
      "If set to true, podInfoOnMount indicates this CSI volume driver requires additional pod "
      "information (like podName, podUID, etc.) during mount operations. If set to false, pod "
      "information will not be passed on mount. Default is false. The CSI driver specifies "
      "podInfoOnMount as part of driver deployment. If true, Kubelet will pass pod information "
      "as VolumeContext in the CSI NodePublishVolume() calls. The CSI driver is responsible for "
      "parsing and validating the information passed in as VolumeContext. The following "
      "VolumeConext will be passed if podInfoOnMount is set to true. This list might grow, but "
      "the prefix will be used. \"csi.storage.k8s.io/pod.name\": pod.Name "
      "\"csi.storage.k8s.io/pod.namespace\": pod.Namespace \"csi.storage.k8s.io/pod.uid\": "
      "string(pod.UID) \"csi.storage.k8s.io/ephemeral\": \"true\" if the volume is an ephemeral "
      "inline volume\n                                defined by a CSIVolumeSource, otherwise "
      "\"false\"\n\n\"csi.storage.k8s.io/ephemeral\" is a new feature in Kubernetes 1.16. It is "
      "only required for drivers which support both the \"Persistent\" and \"Ephemeral\" "
      "VolumeLifecycleMode. Other drivers can leave pod info disabled and/or ignore this field. "
      "As Kubernetes 1.15 doesn't support this field, drivers can only support one mode when "
      "deployed on such a cluster and the deployment determines which mode that is, for example "
      "via a command line parameter of the driver.\n\nThis field is immutable.",
      cell_bool, "spec.podInfoOnMount", 0, 21, 27 },
    { "PodInfoOnMount", "boolean", "",
      "podInfoOnMount indicates this CSI volume driver requires additional pod information (like "
      "podName, podUID, etc.) during mount operations, if set to true. If set to false, pod "
      "information will not be passed on mount. Default is false.\n\nThe CSI driver specifies "
      "podInfoOnMount as part of driver deployment. If true, Kubelet will pass pod information "
      "as VolumeContext in the CSI NodePublishVolume() calls. The CSI driver is responsible for "
      "parsing and validating the information passed in as VolumeContext.\n\nThe following "
      "VolumeConext will be passed if podInfoOnMount is set to true. This list might grow, but "
      "the prefix will be used. \"csi.storage.k8s.io/pod.name\": pod.Name "
      "\"csi.storage.k8s.io/pod.namespace\": pod.Namespace \"csi.storage.k8s.io/pod.uid\": "
      "string(pod.UID) \"csi.storage.k8s.io/ephemeral\": \"true\" if the volume is an ephemeral "
      "inline volume\n                                defined by a CSIVolumeSource, otherwise "
      "\"false\"\n\n\"csi.storage.k8s.io/ephemeral\" is a new feature in Kubernetes 1.16. It is "
      "only required for drivers which support both the \"Persistent\" and \"Ephemeral\" "
      "VolumeLifecycleMode. Other drivers can leave pod info disabled and/or ignore this field. "
      "As Kubernetes 1.15 doesn't support this field, drivers can only support one mode when "
      "deployed on such a cluster and the deployment determines which mode that is, for example "
      "via a command line parameter of the driver.\n\nThis field is immutable.",
      cell_bool, "spec.podInfoOnMount", 0, 27, 29 },
    { "PodInfoOnMount", "boolean", "",
      "podInfoOnMount indicates this CSI volume driver requires additional pod information (like "
      "podName, podUID, etc.) during mount operations, if set to true. If set to false, pod "
      "information will not be passed on mount. Default is false.\n\nThe CSI driver specifies "
      "podInfoOnMount as part of driver deployment. If true, Kubelet will pass pod information "
      "as VolumeContext in the CSI NodePublishVolume() calls. The CSI driver is responsible for "
      "parsing and validating the information passed in as VolumeContext.\n\nThe following "
      "VolumeContext will be passed if podInfoOnMount is set to true. This list might grow, but "
      "the prefix will be used. \"csi.storage.k8s.io/pod.name\": pod.Name "
      "\"csi.storage.k8s.io/pod.namespace\": pod.Namespace \"csi.storage.k8s.io/pod.uid\": "
      "string(pod.UID) \"csi.storage.k8s.io/ephemeral\": \"true\" if the volume is an ephemeral "
      "inline volume\n                                defined by a CSIVolumeSource, otherwise "
      "\"false\"\n\n\"csi.storage.k8s.io/ephemeral\" is a new feature in Kubernetes 1.16. It is "
      "only required for drivers which support both the \"Persistent\" and \"Ephemeral\" "
      "VolumeLifecycleMode. Other drivers can leave pod info disabled and/or ignore this field. "
      "As Kubernetes 1.15 doesn't support this field, drivers can only support one mode when "
      "deployed on such a cluster and the deployment determines which mode that is, for example "
      "via a command line parameter of the driver.\n\nThis field is immutable.",
      cell_bool, "spec.podInfoOnMount", 0, 29, 30 },
    { "PodInfoOnMount", "boolean", "",
      "podInfoOnMount indicates this CSI volume driver requires additional pod information (like "
      "podName, podUID, etc.) during mount operations, if set to true. If set to false, pod "
      "information will not be passed on mount. Default is false.\n\nThe CSI driver specifies "
      "podInfoOnMount as part of driver deployment. If true, Kubelet will pass pod information "
      "as VolumeContext in the CSI NodePublishVolume() calls. The CSI driver is responsible for "
      "parsing and validating the information passed in as VolumeContext.\n\nThe following "
      "VolumeContext will be passed if podInfoOnMount is set to true. This list might grow, but "
      "the prefix will be used. \"csi.storage.k8s.io/pod.name\": pod.Name "
      "\"csi.storage.k8s.io/pod.namespace\": pod.Namespace \"csi.storage.k8s.io/pod.uid\": "
      "string(pod.UID) \"csi.storage.k8s.io/ephemeral\": \"true\" if the volume is an ephemeral "
      "inline volume\n                                defined by a CSIVolumeSource, otherwise "
      "\"false\"\n\n\"csi.storage.k8s.io/ephemeral\" is a new feature in Kubernetes 1.16. It is "
      "only required for drivers which support both the \"Persistent\" and \"Ephemeral\" "
      "VolumeLifecycleMode. Other drivers can leave pod info disabled and/or ignore this field. "
      "As Kubernetes 1.15 doesn't support this field, drivers can only support one mode when "
      "deployed on such a cluster and the deployment determines which mode that is, for example "
      "via a command line parameter of the driver.\n\nThis field was immutable in Kubernetes < "
      "1.29 and now is mutable.",
      cell_bool, "spec.podInfoOnMount", 0, 30, 0 },
    { "StorageCapacity", "boolean", "",
      "If set to true, storageCapacity indicates that the CSI volume driver wants pod scheduling "
      "to consider the storage capacity that the driver deployment will report by creating "
      "CSIStorageCapacity objects with capacity information.\n\nThe check can be enabled "
      "immediately when deploying a driver. In that case, provisioning new volumes with late "
      "binding will pause until the driver deployment has published some suitable "
      "CSIStorageCapacity object.\n\nAlternatively, the driver can be deployed with the field "
      "unset or false and it can be flipped later when storage capacity information has been "
      "published.\n\nThis field is immutable.\n\nThis is a beta field and only available when "
      "the CSIStorageCapacity feature is enabled. The default is false.",
      cell_bool, "spec.storageCapacity", 0, 21, 23 },
    { "StorageCapacity", "boolean", "",
      "If set to true, storageCapacity indicates that the CSI volume driver wants pod scheduling "
      "to consider the storage capacity that the driver deployment will report by creating "
      "CSIStorageCapacity objects with capacity information.\n\nThe check can be enabled "
      "immediately when deploying a driver. In that case, provisioning new volumes with late "
      "binding will pause until the driver deployment has published some suitable "
      "CSIStorageCapacity object.\n\nAlternatively, the driver can be deployed with the field "
      "unset or false and it can be flipped later when storage capacity information has been "
      "published.\n\nThis field was immutable in Kubernetes <= 1.22 and now is mutable.\n\nThis "
      "is a beta field and only available when the CSIStorageCapacity feature is enabled. The "
      "default is false.",
      cell_bool, "spec.storageCapacity", 0, 23, 24 },
    { "StorageCapacity", "boolean", "",
      "If set to true, storageCapacity indicates that the CSI volume driver wants pod scheduling "
      "to consider the storage capacity that the driver deployment will report by creating "
      "CSIStorageCapacity objects with capacity information.\n\nThe check can be enabled "
      "immediately when deploying a driver. In that case, provisioning new volumes with late "
      "binding will pause until the driver deployment has published some suitable "
      "CSIStorageCapacity object.\n\nAlternatively, the driver can be deployed with the field "
      "unset or false and it can be flipped later when storage capacity information has been "
      "published.\n\nThis field was immutable in Kubernetes <= 1.22 and now is mutable.",
      cell_bool, "spec.storageCapacity", 0, 24, 27 },
    { "StorageCapacity", "boolean", "",
      "storageCapacity indicates that the CSI volume driver wants pod scheduling to consider the "
      "storage capacity that the driver deployment will report by creating CSIStorageCapacity "
      "objects with capacity information, if set to true.\n\nThe check can be enabled "
      "immediately when deploying a driver. In that case, provisioning new volumes with late "
      "binding will pause until the driver deployment has published some suitable "
      "CSIStorageCapacity object.\n\nAlternatively, the driver can be deployed with the field "
      "unset or false and it can be flipped later when storage capacity information has been "
      "published.\n\nThis field was immutable in Kubernetes <= 1.22 and now is mutable.",
      cell_bool, "spec.storageCapacity", 0, 27, 0 },
    { "TokenRequests", "string", "",
      "TokenRequests indicates the CSI driver needs pods' service account tokens it is mounting "
      "volume for to do necessary authentication. Kubelet will pass the tokens in VolumeContext "
      "in the CSI NodePublishVolume calls. The CSI driver should parse and validate the "
      "following VolumeContext: \"csi.storage.k8s.io/serviceAccount.tokens\": {\n  "
      "\"<audience>\": {\n    \"token\": <token>,\n    \"expirationTimestamp\": <expiration "
      "timestamp in RFC3339>,\n  },\n  ...\n}\n\nNote: Audience in each TokenRequest should be "
      "different and at most one token is empty string. To receive a new token after expiry, "
      "RequiresRepublish can be used to trigger NodePublishVolume periodically.\n\nThis is a "
      "beta feature and only available when the CSIServiceAccountToken feature is enabled.",
      cell_token_requests, NULL, 0, 21, 22 },
    { "TokenRequests", "string", "",
      "TokenRequests indicates the CSI driver needs pods' service account tokens it is mounting "
      "volume for to do necessary authentication. Kubelet will pass the tokens in VolumeContext "
      "in the CSI NodePublishVolume calls. The CSI driver should parse and validate the "
      "following VolumeContext: \"csi.storage.k8s.io/serviceAccount.tokens\": {\n  "
      "\"<audience>\": {\n    \"token\": <token>,\n    \"expirationTimestamp\": <expiration "
      "timestamp in RFC3339>,\n  },\n  ...\n}\n\nNote: Audience in each TokenRequest should be "
      "different and at most one token is empty string. To receive a new token after expiry, "
      "RequiresRepublish can be used to trigger NodePublishVolume periodically.",
      cell_token_requests, NULL, 0, 22, 27 },
    { "TokenRequests", "string", "",
      "tokenRequests indicates the CSI driver needs pods' service account tokens it is mounting "
      "volume for to do necessary authentication. Kubelet will pass the tokens in VolumeContext "
      "in the CSI NodePublishVolume calls. The CSI driver should parse and validate the "
      "following VolumeContext: \"csi.storage.k8s.io/serviceAccount.tokens\": {\n  "
      "\"<audience>\": {\n    \"token\": <token>,\n    \"expirationTimestamp\": <expiration "
      "timestamp in RFC3339>,\n  },\n  ...\n}\n\nNote: Audience in each TokenRequest should be "
      "different and at most one token is empty string. To receive a new token after expiry, "
      "RequiresRepublish can be used to trigger NodePublishVolume periodically.",
      cell_token_requests, NULL, 0, 27, 0 },
    { "RequiresRepublish", "boolean", "",
      "RequiresRepublish indicates the CSI driver wants `NodePublishVolume` being periodically "
      "called to reflect any possible change in the mounted volume. This field defaults to "
      "false.\n\nNote: After a successful initial NodePublishVolume call, subsequent calls to "
      "NodePublishVolume should only update the contents of the volume. New mount points will "
      "not be seen by a running container.\n\nThis is a beta feature and only available when the "
      "CSIServiceAccountToken feature is enabled.",
      cell_bool, "spec.requiresRepublish", 0, 21, 22 },
    { "RequiresRepublish", "boolean", "",
      "RequiresRepublish indicates the CSI driver wants `NodePublishVolume` being periodically "
      "called to reflect any possible change in the mounted volume. This field defaults to "
      "false.\n\nNote: After a successful initial NodePublishVolume call, subsequent calls to "
      "NodePublishVolume should only update the contents of the volume. New mount points will "
      "not be seen by a running container.",
      cell_bool, "spec.requiresRepublish", 0, 22, 27 },
    { "RequiresRepublish", "boolean", "",
      "requiresRepublish indicates the CSI driver wants `NodePublishVolume` being periodically "
      "called to reflect any possible change in the mounted volume. This field defaults to "
      "false.\n\nNote: After a successful initial NodePublishVolume call, subsequent calls to "
      "NodePublishVolume should only update the contents of the volume. New mount points will "
      "not be seen by a running container.",
      cell_bool, "spec.requiresRepublish", 0, 27, 0 },
    { "Modes", "string", "",
      "volumeLifecycleModes defines what kind of volumes this CSI volume driver supports. The "
      "default if the list is empty is \"Persistent\", which is the usage defined by the CSI "
      "specification and implemented in Kubernetes via the usual PV/PVC mechanism. The other "
      "mode is \"Ephemeral\". In this mode, volumes are defined inline inside the pod spec with "
      "CSIVolumeSource and their lifecycle is tied to the lifecycle of that pod. A driver has to "
      "be aware of this because it is only going to get a NodePublishVolume call for such a "
      "volume. For more information about implementing this mode, see "
      "https://kubernetes-csi.github.io/docs/ephemeral-local-volumes.html A driver can support "
      "one or more of these modes and more modes may be added in the future. This field is beta.",
      cell_joined_or_none, "spec.volumeLifecycleModes", 0, 0, 21 },
    { "Modes", "string", "",
      "volumeLifecycleModes defines what kind of volumes this CSI volume driver supports. The "
      "default if the list is empty is \"Persistent\", which is the usage defined by the CSI "
      "specification and implemented in Kubernetes via the usual PV/PVC mechanism. The other "
      "mode is \"Ephemeral\". In this mode, volumes are defined inline inside the pod spec with "
      "CSIVolumeSource and their lifecycle is tied to the lifecycle of that pod. A driver has to "
      "be aware of this because it is only going to get a NodePublishVolume call for such a "
      "volume. For more information about implementing this mode, see "
      "https://kubernetes-csi.github.io/docs/ephemeral-local-volumes.html A driver can support "
      "one or more of these modes and more modes may be added in the future. This field is "
      "beta.\n\nThis field is immutable.",
      cell_joined_or_none, "spec.volumeLifecycleModes", 0, 21, 27 },
    { "Modes", "string", "",
      "volumeLifecycleModes defines what kind of volumes this CSI volume driver supports. The "
      "default if the list is empty is \"Persistent\", which is the usage defined by the CSI "
      "specification and implemented in Kubernetes via the usual PV/PVC mechanism.\n\nThe other "
      "mode is \"Ephemeral\". In this mode, volumes are defined inline inside the pod spec with "
      "CSIVolumeSource and their lifecycle is tied to the lifecycle of that pod. A driver has to "
      "be aware of this because it is only going to get a NodePublishVolume call for such a "
      "volume.\n\nFor more information about implementing this mode, see "
      "https://kubernetes-csi.github.io/docs/ephemeral-local-volumes.html A driver can support "
      "one or more of these modes and more modes may be added in the future.\n\nThis field is "
      "beta. This field is immutable.",
      cell_joined_or_none, "spec.volumeLifecycleModes", 0, 27, 0 },
    TABLE_COLUMN_AGE,
};

static const TableColumn csi_capacity_columns[] = {
    TABLE_COLUMN_NAME,
    { "StorageClassName", "string", "",
      "The name of the StorageClass that the reported capacity applies to. It must meet the same "
      "requirements as the name of a StorageClass object (non-empty, DNS subdomain). If that "
      "object no longer exists, the CSIStorageCapacity object is obsolete and should be removed "
      "by its creator. This field is immutable.",
      cell_text, "storageClassName", 0, 0, 27 },
    { "StorageClassName", "string", "",
      "storageClassName represents the name of the StorageClass that the reported capacity "
      "applies to. It must meet the same requirements as the name of a StorageClass object "
      "(non-empty, DNS subdomain). If that object no longer exists, the CSIStorageCapacity "
      "object is obsolete and should be removed by its creator. This field is immutable.",
      cell_text, "storageClassName", 0, 27, 0 },
    { "Capacity", "string", "",
      "Capacity is the value reported by the CSI driver in its GetCapacityResponse for a "
      "GetCapacityRequest with topology and parameters that match the previous fields.\n\nThe "
      "semantic is currently (CSI spec 1.2) defined as: The available capacity, in bytes, of the "
      "storage that can be used to provision volumes. If not set, that information is currently "
      "unavailable and treated like zero capacity.",
      cell_text_or_unset, "capacity", 0, 0, 24 },
    { "Capacity", "string", "",
      "Capacity is the value reported by the CSI driver in its GetCapacityResponse for a "
      "GetCapacityRequest with topology and parameters that match the previous fields.\n\nThe "
      "semantic is currently (CSI spec 1.2) defined as: The available capacity, in bytes, of the "
      "storage that can be used to provision volumes. If not set, that information is currently "
      "unavailable.",
      cell_text_or_unset, "capacity", 0, 24, 27 },
    { "Capacity", "string", "",
      "capacity is the value reported by the CSI driver in its GetCapacityResponse for a "
      "GetCapacityRequest with topology and parameters that match the previous fields.\n\nThe "
      "semantic is currently (CSI spec 1.2) defined as: The available capacity, in bytes, of the "
      "storage that can be used to provision volumes. If not set, that information is currently "
      "unavailable.",
      cell_text_or_unset, "capacity", 0, 27, 0 },
};

static const TableKind csi_kinds[] = {
    { TABLE_KIND("storage.k8s.io", "CSINode", csi_node_columns) },
    { TABLE_KIND("storage.k8s.io", "CSIDriver", csi_driver_columns) },
    { TABLE_KIND("storage.k8s.io", "CSIStorageCapacity", csi_capacity_columns) },
};

const TableFamily table_csi = { csi_kinds, COUNT_OF(csi_kinds) };
