#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes bench/data/review.json: an AdmissionReview of about 3.5 KB as an API server sends it for a
pod that a Deployment's ReplicaSet creates (defaults filled in, token volume, managed fields)."""
import json, os

container = {
    "name": "web",
    "image": "registry.example/shop/web:2.14.1",
    "args": ["--listen=:8080", "--config=/etc/web/config.yaml"],
    "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
    "env": [{"name": "POD_NAME", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}},
            {"name": "LOG_LEVEL", "value": "info"},
            {"name": "CACHE_DIRECTORY", "value": "/var/cache/web"}, {"name": "TENANT", "value": "tenant-0001"}],
    "resources": {"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
    "volumeMounts": [{"name": "config", "readOnly": True, "mountPath": "/etc/web"},
                     {"name": "cache", "mountPath": "/var/cache/web"},
                     {"name": "kube-api-access-x7k2p", "readOnly": True,
                      "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}],
    "livenessProbe": {"httpGet": {"path": "/healthz", "port": "http", "scheme": "HTTP"}, "timeoutSeconds": 1,
                      "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3},
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
    "imagePullPolicy": "IfNotPresent",
    "securityContext": {"capabilities": {"drop": ["ALL"]}, "runAsUser": 1000, "runAsNonRoot": True,
                        "readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False},
}
pod = {
    "kind": "Pod", "apiVersion": "v1",
    "metadata": {
        "name": "web-6d4b75cb6d-hx8zl", "generateName": "web-6d4b75cb6d-", "namespace": "tenant-0001",
        "uid": "9b0c5f6e-3d7e-4d0c-9c52-0f7a3b1f5a10", "creationTimestamp": "2026-05-04T09:12:31Z",
        "labels": {"app": "web", "pod-template-hash": "6d4b75cb6d", "tier": "frontend"},
        "annotations": {"prometheus.io/scrape": "true", "prometheus.io/port": "8080"},
        "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-6d4b75cb6d",
                             "uid": "1f1d9c0a-63e6-4f0e-b3a4-6f1f0a2f4c55", "controller": True,
                             "blockOwnerDeletion": True}],
    },
    "spec": {
        "volumes": [
            {"name": "config", "configMap": {"name": "web-config", "defaultMode": 420}},
            {"name": "cache", "emptyDir": {}},
            {"name": "kube-api-access-x7k2p", "projected": {"sources": [
                {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
                {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {
                    "apiVersion": "v1", "fieldPath": "metadata.namespace"}}]}}], "defaultMode": 420}}],
        "containers": [container],
        "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
        "serviceAccountName": "web", "serviceAccount": "web",
        "securityContext": {"fsGroup": 2000, "seccompProfile": {"type": "RuntimeDefault"}},
        "schedulerName": "default-scheduler",
        "tolerations": [
            {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
            {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute",
             "tolerationSeconds": 300}],
        "priority": 0, "enableServiceLinks": True, "preemptionPolicy": "PreemptLowerPriority",
    },
    "status": {},
}
pods = {"group": "", "version": "v1", "resource": "pods"}
review = {
    "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1",
    "request": {
        "uid": "4f2b6c1e-8d7a-4e55-a1a5-7f3e62d9b8c4",
        "kind": {"group": "", "version": "v1", "kind": "Pod"}, "resource": pods,
        "requestKind": {"group": "", "version": "v1", "kind": "Pod"}, "requestResource": pods,
        "namespace": "tenant-0001", "operation": "CREATE",
        "userInfo": {"username": "system:serviceaccount:kube-system:replicaset-controller",
                     "uid": "0d9a4b1c-2a52-4a0e-9a44-3c0b1c6d7e8f",
                     "groups": ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"]},
        "object": pod, "oldObject": None, "dryRun": False,
        "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"},
    },
}
out = os.path.join(os.path.dirname(os.path.abspath(__file__)), "review.json")
with open(out, "w") as f:
    json.dump(review, f, separators=(",", ":"))
print(os.path.getsize(out), "bytes")
