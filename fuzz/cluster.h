/* SPDX-License-Identifier: Apache-2.0 */
/* The cluster that targets decide in: a policy that changes pods and one that refuses most, granted
 * to everybody; a namespace that enforces a level; limits. */
#ifndef PODGATE_FUZZ_CLUSTER_H
#define PODGATE_FUZZ_CLUSTER_H

#include "fuzz.h"

#include "cluster/files.h"
#include "cluster/snapshot.h"

static const char fuzz_cluster_yaml[] =
    "apiVersion: policy/v1beta1\n"
    "kind: PodSecurityPolicy\n"
    "metadata: {name: a-strict}\n"
    "spec:\n"
    "  runAsUser: {rule: MustRunAs, ranges: [{min: 1, max: 9}]}\n"
    "  seLinux: {rule: MustRunAs, seLinuxOptions: {level: s0}}\n"
    "  supplementalGroups: {rule: MustRunAs, ranges: [{min: 1, max: 9}]}\n"
    "  fsGroup: {rule: MustRunAs, ranges: [{min: 1, max: 9}]}\n"
    "  requiredDropCapabilities: [KILL]\n"
    "  volumes: [secret, configMap]\n"
    "---\n"
    "apiVersion: policy/v1beta1\n"
    "kind: PodSecurityPolicy\n"
    "metadata: {name: b-open}\n"
    "spec:\n"
    "  privileged: true\n"
    "  hostNetwork: true\n"
    "  hostPorts: [{min: 0, max: 65535}]\n"
    "  allowedCapabilities: ['*']\n"
    "  runAsUser: {rule: RunAsAny}\n"
    "  seLinux: {rule: RunAsAny}\n"
    "  supplementalGroups: {rule: RunAsAny}\n"
    "  fsGroup: {rule: RunAsAny}\n"
    "  volumes: ['*']\n"
    "---\n"
    "apiVersion: rbac.authorization.k8s.io/v1\n"
    "kind: ClusterRole\n"
    "metadata: {name: use-all}\n"
    "rules: [{apiGroups: [policy], resources: [podsecuritypolicies], verbs: [use]}]\n"
    "---\n"
    "apiVersion: rbac.authorization.k8s.io/v1\n"
    "kind: ClusterRoleBinding\n"
    "metadata: {name: use-all}\n"
    "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: use-all}\n"
    "subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: "
    "'system:serviceaccounts'}]\n"
    "---\n"
    "apiVersion: v1\n"
    "kind: Namespace\n"
    "metadata: {name: default, labels: {pod-security.kubernetes.io/warn: restricted,\n"
    "  pod-security.kubernetes.io/enforce: baseline}}\n"
    "---\n"
    "apiVersion: v1\n"
    "kind: ServiceAccount\n"
    "metadata: {name: default, namespace: default}\n"
    "---\n"
    "apiVersion: v1\n"
    "kind: LimitRange\n"
    "metadata: {name: limits, namespace: default}\n"
    "spec: {limits: [{type: Container, default: {cpu: 100m}, max: {cpu: '2'}}]}\n";

/* Made once. */
static const Snapshot *fuzz_cluster(void)
{
    static const Snapshot *snapshot;
    if (!snapshot) {
        Arena a;
        Err err;
        FileObjects objects;
        arena_init(&a, 0);
        SnapshotBuilder *b = snapshot_builder_new(NULL, 0);
        HOLDS(files_read_text(STR("cluster.yaml"), str_from_c(fuzz_cluster_yaml), NULL, &a,
                              &objects, &err));
        for (size_t i = 0; i < objects.count; i++) {
            HOLDS(snapshot_builder_put(b, objects.items[i].object, NULL));
        }
        snapshot = snapshot_builder_finish(b);
        arena_done(&a);
    }
    return snapshot;
}

#endif
