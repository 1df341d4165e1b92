# SPDX-License-Identifier: Apache-2.0
"""Differences that are meant or do not matter. docs/differences.md has a section for each."""

import re

# Fields of features that 1.37 has switched off unless asked for: they are in its OpenAPI documents,
# and nothing that is written into them is kept.
OFF_FIELDS = {
    "ClusterTrustBundleProjection": {"user"}, "ConfigMapVolumeSource": {"defaultUser"},
    "CSINode": {"status"},
    "Device": {"nodeAllocatableResources", "nodeAllocatableResourceMappings"}, "DeviceCounterConsumption": {"compatibilityGroups"},
    "DeviceRequestAllocationResult": {"skipNodeOperations"}, "DeviceSubRequest": {"derivedAttributes"},
    "DownwardAPIVolumeFile": {"user"}, "DownwardAPIVolumeSource": {"defaultUser"},
    "EmptyDirVolumeSource": {"mode"}, "ExactDeviceRequest": {"derivedAttributes"}, "GRPCAction": {"mode"},
    "HTTPGetAction": {"protocol"}, "JSONSchemaProps": {"x-kubernetes-validations"}, "JobSpec": {"scheduling"}, "KeyToPath": {"user"},
    "NodeAllocatableResourceClaimStatus": {"mapping", "overhead", "resources"}, "NodeSpec": {"podPreemptionPolicy"},
    "NodeSystemInfo": {"runningInUserNamespace"}, "PersistentVolumeClaimStatus": {"healthStatus"},
    "PodCertificateProjection": {"user"}, "PodSpec": {"evictionResponders"}, "PodStatus": {"volumeHealth"},
    "ProjectedVolumeSource": {"defaultUser"},
    "ResourceSliceSpec": {"partitionTypeAttribute", "skipNodeOperations"},
    "SecretVolumeSource": {"defaultUser"}, "ServiceAccountTokenProjection": {"user"},
    "TokenRequestSpec": {"attestations"}, "VolumeMount": {"bindMountOptions"},
}


def is_off(type_name, field):
    """Is that field of a type (io.k8s.api.core.v1.PodSpec) one of them?"""
    return field in OFF_FIELDS.get(type_name.rpartition(".")[2], ())


def is_description(where, what):
    """What a column of a table means: the text of some release's documentation."""
    del what
    return re.fullmatch(r"body\.columnDefinitions\[\d+\]\.description", where)


def is_our_warning(where, what):
    """podgate says what it does not evaluate."""
    return where == "headers.Warning" and "podgate does not" in what


KNOWN = (is_description, is_our_warning)


def reason(where, what):
    """The check that says why a difference does not count, or None."""
    return next((check for check in KNOWN if check(where, what)), None)
