#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a dump as `kubectl get -A -o json` prints one: namespaces, policies and their grants, and
Deployments with their replica sets and pods.

    bench/make_dump.py FILE [PODS [PODS_PER_DEPLOYMENT [NAMESPACES]]]
"""
import json
import sys

path = sys.argv[1]
pods, each, namespaces = (list(map(int, sys.argv[2:])) + [150000, 10, 1000][len(sys.argv) - 2:])[:3]


def namespace(i):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team-%04d" % i,
            "labels": {"kubernetes.io/metadata.name": "team-%04d" % i}}, "status": {"phase": "Active"}}


def policies():
    any_rule = {"rule": "RunAsAny"}
    yield {"apiVersion": "policy/v1beta1", "kind": "PodSecurityPolicy", "metadata": {"name": "tenants"},
           "spec": {"privileged": False, "volumes": ["configMap", "emptyDir", "secret", "projected", "hostPath"],
                    "runAsUser": any_rule, "seLinux": any_rule, "fsGroup": any_rule, "supplementalGroups": any_rule}}
    yield {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "use-tenants"},
           "rules": [{"apiGroups": ["policy"], "resources": ["podsecuritypolicies"], "resourceNames": ["tenants"],
                      "verbs": ["use"]}]}
    yield {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
           "metadata": {"name": "use-tenants"},
           "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "use-tenants"},
           "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:serviceaccounts"}]}


def template(i, app):
    labels = {"app": app, "team": "team-%04d" % (i % namespaces), "version": "v%d" % (i % 7)}
    container = {
        "name": "app", "image": "registry.example/%s:1.%d" % (app, i), "imagePullPolicy": "IfNotPresent",
        "args": ["--listen=:8080", "--level=info", "--peers=%s.team-%04d.svc:9090" % (app, i % namespaces)],
        "env": [{"name": "SETTING_%d" % n, "value": "value-%d-%d" % (i, n)} for n in range(1)],
        "ports": [{"containerPort": 8080, "name": "http", "protocol": "TCP"}],
        "resources": {"limits": {"cpu": "500m", "memory": "512Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
        "securityContext": {"runAsUser": 1000 + i % 100},
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
        "volumeMounts": [{"mountPath": "/etc/app", "name": "config"}, {"mountPath": "/var/cache/app", "name": "cache"}],
    }
    volumes = [{"configMap": {"defaultMode": 420, "name": app}, "name": "config"}, {"emptyDir": {}, "name": "cache"}]
    if i % 1000 == 7:
        volumes[1] = {"hostPath": {"path": "/var/cache/app", "type": ""}, "name": "cache"}
    return {"metadata": {"labels": labels}, "spec": {
        "containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": "Always",
        "schedulerName": "default-scheduler", "securityContext": {}, "serviceAccount": "default",
        "serviceAccountName": "default", "terminationGracePeriodSeconds": 30, "volumes": volumes}}


def workload(api, kind, i, name, owner, tpl):
    meta = {"name": name, "namespace": "team-%04d" % (i % namespaces), "uid": "%08x-0000-4000-8000-%012x" % (i, i),
            "creationTimestamp": "2024-01-01T00:00:00Z", "labels": tpl["metadata"]["labels"]}
    if owner:
        meta["ownerReferences"] = [{"apiVersion": "apps/v1", "controller": True, "kind": owner[0], "name": owner[1],
                                    "uid": "%08x-0000-4000-8000-%012x" % (i, i)}]
    return {"apiVersion": api, "kind": kind, "metadata": meta,
            "spec": {"replicas": each, "selector": {"matchLabels": {"app": tpl["metadata"]["labels"]["app"]}},
                     "template": tpl}, "status": {"replicas": each, "readyReplicas": each}}


def pod(i, app, tpl):
    replica_set = app + "-5d8f7c9b6d"
    spec = json.loads(json.dumps(tpl["spec"]))
    token = "kube-api-access-XXXXX"
    spec["containers"][0]["volumeMounts"].append({"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
                                                  "name": token, "readOnly": True})
    spec["volumes"].append({"name": token, "projected": {"defaultMode": 420, "sources": [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}},
        {"downwardAPI": {"items": [{"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"},
                                    "path": "namespace"}]}}]}})
    spec.update({"nodeName": "node-NNNN", "enableServiceLinks": True, "preemptionPolicy": "PreemptLowerPriority",
                 "priority": 0, "tolerations": [
                     {"effect": "NoExecute", "key": "node.kubernetes.io/" + key, "operator": "Exists",
                      "tolerationSeconds": 300} for key in ("not-ready", "unreachable")]})
    conditions = [{"lastProbeTime": None, "lastTransitionTime": "2024-01-01T00:00:00Z", "status": "True", "type": kind}
                  for kind in ("Initialized", "Ready", "ContainersReady", "PodScheduled")]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {
        "annotations": {"kubernetes.io/psp": "tenants", "cni.example/podIP": "10.0.0.1/32"},
        "creationTimestamp": "2024-01-01T00:00:00Z", "generateName": replica_set + "-",
        "labels": dict(tpl["metadata"]["labels"], **{"pod-template-hash": "5d8f7c9b6d"}),
        "name": replica_set + "-XXXXX", "namespace": "team-%04d" % (i % namespaces),
        "ownerReferences": [{"apiVersion": "apps/v1", "blockOwnerDeletion": True, "controller": True,
                             "kind": "ReplicaSet", "name": replica_set, "uid": "%08x-1" % i}],
        "resourceVersion": "123456789", "uid": "%08x-UUUU" % i},
        "spec": spec, "status": {
            "conditions": conditions, "containerStatuses": [{
                "containerID": "containerd://" + "0123456789abcdef" * 4, "image": spec["containers"][0]["image"],
                "imageID": "registry.example/app@sha256:" + "0123456789abcdef" * 4, "lastState": {}, "name": "app",
                "ready": True, "restartCount": 0, "started": True,
                "state": {"running": {"startedAt": "2024-01-01T00:00:00Z"}}}],
            "hostIP": "10.0.0.1", "phase": "Running", "podIP": "10.1.0.1", "podIPs": [{"ip": "10.1.0.1"}],
            "qosClass": "Burstable", "startTime": "2024-01-01T00:00:00Z"}}


def text(value):
    return "\n".join("        " + line for line in json.dumps(value, indent=4, sort_keys=True).split("\n"))


def items():
    for i in range(namespaces):
        yield text(namespace(i))
    for policy in policies():
        yield text(policy)
    for i in range(pods // each):
        app = "app-%05d" % i
        tpl = template(i, app)
        yield text(workload("apps/v1", "Deployment", i, app, None, tpl))
        yield text(workload("apps/v1", "ReplicaSet", i, app + "-5d8f7c9b6d", ("Deployment", app), tpl))
    for i in range(pods // each):
        app = "app-%05d" % i
        one = text(pod(i, app, template(i, app)))
        for n in range(each):
            yield one.replace("XXXXX", "%05x" % (i * each + n)).replace("NNNN", "%04d" % ((i + n) % 5000)).replace(
                "UUUU", "%04d" % n)


with open(path, "w") as out:
    out.write('{\n    "apiVersion": "v1",\n    "items": [\n')
    first = True
    for item in items():
        out.write(item if first else ",\n" + item)
        first = False
    out.write('\n    ],\n    "kind": "List",\n    "metadata": {\n        "resourceVersion": ""\n    }\n}\n')
