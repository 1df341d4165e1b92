# SPDX-License-Identifier: Apache-2.0
"""The kinds that are compared, each with a small valid object to start from.

Names of objects that belong to no namespace begin with the sequence's own name, so that sequences
do not meet.
"""

POD_SPEC = {"containers": [{"name": "c", "image": "example.org/app:1"}]}
LABELS = {"app": "web"}
TEMPLATE = {"metadata": {"labels": LABELS}, "spec": POD_SPEC}
JOB_SPEC = {"template": {"spec": {**POD_SPEC, "restartPolicy": "Never"}}}
RULES = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
PRINTED = {"openAPIV3Schema": {"type": "object", "properties": {
    "spec": {"type": "object", "properties": {
        "size": {"type": "integer", "minimum": 1, "maximum": 10},
        "mode": {"type": "string", "enum": ["fast", "slow"], "default": "fast"},
        "name": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 8},
        "ports": {"type": "array", "maxItems": 3, "x-kubernetes-list-type": "map",
                  "x-kubernetes-list-map-keys": ["port"],
                  "items": {"type": "object", "required": ["port"], "properties": {
                      "port": {"type": "integer"}, "name": {"type": "string"}}}},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
        "required": ["size"]},
    "status": {"type": "object", "properties": {"ready": {"type": "boolean"}}}}}}


class Kind:
    """A row: where it is served, and what a valid object of it has beside its metadata."""

    def __init__(self, api, kind, plural, rest, namespaced=True, status=False, scale=False, weight=1):
        self.api, self.kind, self.plural, self.rest = api, kind, plural, rest
        self.namespaced, self.status, self.scale, self.weight = namespaced, status, scale, weight

    def collection(self, namespace):
        root = "/api/v1" if self.api == "v1" else "/apis/" + self.api
        return root + ("/namespaces/" + namespace if self.namespaced else "") + "/" + self.plural

    def object(self, name):
        return {"apiVersion": self.api, "kind": self.kind, "metadata": {"name": name}, **self.rest}


KINDS = [
    Kind("v1", "Pod", "pods", {"spec": POD_SPEC}, status=True, weight=6),
    Kind("v1", "ConfigMap", "configmaps", {"data": {"key": "value"}}, weight=2),
    Kind("v1", "Secret", "secrets", {"data": {"key": "dmFsdWU="}}, weight=2),
    Kind("v1", "Service", "services", {"spec": {"selector": LABELS, "ports": [{"port": 80}]}},
         status=True, weight=4),
    Kind("v1", "ServiceAccount", "serviceaccounts", {}),
    Kind("v1", "LimitRange", "limitranges",
         {"spec": {"limits": [{"type": "Container", "default": {"cpu": "1"}}]}}, weight=2),
    Kind("v1", "ResourceQuota", "resourcequotas", {"spec": {"hard": {"count/leases.coordination.k8s.io": "3"}}},
         status=True),
    Kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims",
         {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}},
         status=True, weight=2),
    Kind("v1", "PersistentVolume", "persistentvolumes",
         {"spec": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"},
                   "hostPath": {"path": "/data"}}}, namespaced=False, status=True),
    Kind("v1", "ReplicationController", "replicationcontrollers",
         {"spec": {"selector": LABELS, "template": TEMPLATE}}, status=True, scale=True),
    Kind("v1", "PodTemplate", "podtemplates", {"template": TEMPLATE}),
    Kind("v1", "Endpoints", "endpoints",
         {"subsets": [{"addresses": [{"ip": "192.0.2.7"}], "ports": [{"port": 80}]}]}),
    Kind("v1", "Event", "events",
         {"involvedObject": {"kind": "Pod", "name": "p", "namespace": "@namespace"}, "reason": "Tested"}),
    Kind("v1", "Namespace", "namespaces", {}, namespaced=False, status=True),
    Kind("v1", "Node", "nodes", {}, namespaced=False, status=True),
    Kind("apps/v1", "Deployment", "deployments",
         {"spec": {"selector": {"matchLabels": LABELS}, "template": TEMPLATE}},
         status=True, scale=True, weight=4),
    Kind("apps/v1", "ReplicaSet", "replicasets",
         {"spec": {"selector": {"matchLabels": LABELS}, "template": TEMPLATE}}, status=True, scale=True),
    Kind("apps/v1", "StatefulSet", "statefulsets",
         {"spec": {"selector": {"matchLabels": LABELS}, "serviceName": "web", "template": TEMPLATE}},
         status=True, scale=True, weight=2),
    Kind("apps/v1", "DaemonSet", "daemonsets",
         {"spec": {"selector": {"matchLabels": LABELS}, "template": TEMPLATE}}, status=True),
    Kind("apps/v1", "ControllerRevision", "controllerrevisions", {"revision": 1, "data": {"a": "b"}}),
    Kind("batch/v1", "Job", "jobs", {"spec": JOB_SPEC}, status=True, weight=3),
    Kind("batch/v1", "CronJob", "cronjobs",
         {"spec": {"schedule": "5 * * * *", "jobTemplate": {"spec": JOB_SPEC}}}, status=True, weight=2),
    Kind("networking.k8s.io/v1", "Ingress", "ingresses",
         {"spec": {"rules": [{"host": "a.example", "http": {"paths": [
             {"path": "/", "pathType": "Prefix",
              "backend": {"service": {"name": "web", "port": {"number": 80}}}}]}}]}},
         status=True, weight=2),
    Kind("networking.k8s.io/v1", "IngressClass", "ingressclasses",
         {"spec": {"controller": "example.org/controller"}}, namespaced=False),
    Kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies",
         {"spec": {"podSelector": {}, "ingress": [{"from": [{"podSelector": {"matchLabels": LABELS}}]}]}},
         weight=2),
    Kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets",
         {"spec": {"minAvailable": 1, "selector": {"matchLabels": LABELS}}}, status=True),
    Kind("rbac.authorization.k8s.io/v1", "Role", "roles", {"rules": RULES}),
    Kind("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", {"rules": RULES}, namespaced=False),
    Kind("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings",
         {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
          "subjects": [{"kind": "ServiceAccount", "name": "default"}]}),
    Kind("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings",
         {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
          "subjects": [{"kind": "User", "name": "jane", "apiGroup": "rbac.authorization.k8s.io"}]},
         namespaced=False),
    Kind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers",
         {"spec": {"maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment",
                                                         "name": "web"}}}, status=True, weight=2),
    Kind("autoscaling/v1", "HorizontalPodAutoscaler", "horizontalpodautoscalers",
         {"spec": {"maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment",
                                                         "name": "web"}}}, status=True),
    Kind("coordination.k8s.io/v1", "Lease", "leases", {"spec": {"holderIdentity": "me"}}),
    Kind("discovery.k8s.io/v1", "EndpointSlice", "endpointslices",
         {"addressType": "IPv4", "endpoints": [{"addresses": ["192.0.2.7"]}], "ports": [{"port": 80}]}),
    Kind("events.k8s.io/v1", "Event", "events",
         {"eventTime": "2026-01-02T03:04:05.000006Z", "action": "Testing", "reason": "Tested",
          "reportingController": "example.org/tests", "reportingInstance": "tests-1", "type": "Normal",
          "regarding": {"kind": "Pod", "name": "p", "namespace": "@namespace"}}),
    Kind("storage.k8s.io/v1", "StorageClass", "storageclasses",
         {"provisioner": "example.org/disk"}, namespaced=False),
    Kind("storage.k8s.io/v1", "CSIDriver", "csidrivers", {"spec": {}}, namespaced=False),
    Kind("storage.k8s.io/v1", "VolumeAttachment", "volumeattachments",
         {"spec": {"attacher": "example.org/disk", "nodeName": "n", "source": {"persistentVolumeName": "v"}}},
         namespaced=False, status=True),
    Kind("scheduling.k8s.io/v1", "PriorityClass", "priorityclasses", {"value": 100}, namespaced=False),
    Kind("node.k8s.io/v1", "RuntimeClass", "runtimeclasses", {"handler": "runc"}, namespaced=False),
    Kind("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations",
         {"webhooks": [{"name": "a.example.org", "admissionReviewVersions": ["v1"], "sideEffects": "None",
                        "rules": [],
                        "clientConfig": {"service": {"name": "s", "namespace": "n"}}}]}, namespaced=False),
    Kind("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations",
         {"webhooks": [{"name": "a.example.org", "admissionReviewVersions": ["v1"], "sideEffects": "None",
                        "rules": [],
                        "clientConfig": {"service": {"name": "s", "namespace": "n"}}}]}, namespaced=False),
    Kind("certificates.k8s.io/v1", "CertificateSigningRequest", "certificatesigningrequests",
         {"spec": {"request": "bm90IGEgcmVxdWVzdA==", "signerName": "example.org/signer",
                   "usages": ["client auth"]}}, namespaced=False),
    Kind("flowcontrol.apiserver.k8s.io/v1", "PriorityLevelConfiguration", "prioritylevelconfigurations",
         {"spec": {"type": "Exempt"}}, namespaced=False, status=True),
]
