/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Amazon EKS 1.13 to 1.24: one policy that allows everything, for everybody.
 *
 * Source: Amazon EKS user guide, "Pod security policy"
 */
#include "decide/psp/preset/preset.h"

#define LABELS                                      \
    "  labels:\n"                                   \
    "    kubernetes.io/cluster-service: \"true\"\n" \
    "    eks.amazonaws.com/component: pod-security-policy\n"

static const char objects[] =
    "apiVersion: policy/v1beta1\n"
    "kind: PodSecurityPolicy\n"
    "metadata:\n"
    "  name: eks.privileged\n"
    "  annotations:\n"
    "    kubernetes.io/description: privileged allows full unrestricted access to pod features,"
    " as if the PodSecurityPolicy controller was not enabled.\n"
    "    seccomp.security.alpha.kubernetes.io/allowedProfileNames: '*'\n" LABELS "spec:\n"
    "  privileged: true\n"
    "  allowPrivilegeEscalation: true\n"
    "  allowedCapabilities: ['*']\n"
    "  volumes: ['*']\n"
    "  hostNetwork: true\n"
    "  hostPorts: [{min: 0, max: 65535}]\n"
    "  hostIPC: true\n"
    "  hostPID: true\n"
    "  runAsUser: {rule: RunAsAny}\n"
    "  seLinux: {rule: RunAsAny}\n"
    "  supplementalGroups: {rule: RunAsAny}\n"
    "  fsGroup: {rule: RunAsAny}\n"
    "  readOnlyRootFilesystem: false\n"
    "---\n"
    "apiVersion: rbac.authorization.k8s.io/v1\n"
    "kind: ClusterRole\n"
    "metadata:\n"
    "  name: eks:podsecuritypolicy:privileged\n" LABELS "rules:\n"
    "- apiGroups: [policy]\n"
    "  resources: [podsecuritypolicies]\n"
    "  resourceNames: [eks.privileged]\n"
    "  verbs: [use]\n"
    "---\n"
    "apiVersion: rbac.authorization.k8s.io/v1\n"
    "kind: ClusterRoleBinding\n"
    "metadata:\n"
    "  name: eks:podsecuritypolicy:authenticated\n"
    "  annotations:\n"
    "    kubernetes.io/description: Allow all authenticated users to create privileged "
    "pods.\n" LABELS "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole,"
    " name: 'eks:podsecuritypolicy:privileged'}\n"
    "subjects:\n"
    "- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: 'system:authenticated'}\n";

const PspPreset psp_preset_eks = {
    .name = STR_INIT("eks"),
    .about = STR_INIT("Amazon EKS: eks.privileged for every authenticated user"),
    .objects = objects,
};
