/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gravity 5 to 7: the policies restricted and privileged, each for the members of one group. A pod
 * of anybody else is refused, and so is a privileged pod.
 *
 * Left out: the bindings that make the service accounts default of kube-system and default
 * administrators. With them they could use the policy privileged; but a Gravity cluster runs its
 * API server with --allow-privileged=false unless its manifest says otherwise
 * (systemOptions.allowPrivileged), which no object can tell.
 *
 * Source: github.com/gravitational/gravity assets/rbac-app
 */
#include "decide/psp/preset/preset.h"

#define RBAC "apiVersion: rbac.authorization.k8s.io/v1\n"
#define USER_ROLE(policy)                          \
    RBAC "kind: ClusterRole\n"                     \
         "metadata: {name: " policy "-psp-user}\n" \
         "rules:\n"                                \
         "- apiGroups: [extensions]\n"             \
         "  resources: [podsecuritypolicies]\n"    \
         "  resourceNames: [" policy "]\n"         \
         "  verbs: [use]\n"
#define BIND(name, role, subjects)                                                             \
    RBAC "kind: ClusterRoleBinding\n"                                                          \
         "metadata: {name: '" name "'}\n"                                                      \
         "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: " role "}\n" \
         "subjects:\n" subjects
#define GROUP(name) "- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: '" name "'}\n"
#define ACCOUNT(name) "- {kind: ServiceAccount, name: " name ", namespace: kube-system}\n"
#define CONTROLLERS                  \
    ACCOUNT("daemon-set-controller") \
    ACCOUNT("job-controller")        \
    ACCOUNT("generic-garbage-collector")
#define SECCOMP                                                                     \
    "  annotations:\n"                                                              \
    "    seccomp.security.alpha.kubernetes.io/defaultProfileName: docker/default\n" \
    "    seccomp.security.alpha.kubernetes.io/allowedProfileNames: docker/default\n"

static const char objects
    [] = "apiVersion: extensions/v1beta1\n"
         "kind: PodSecurityPolicy\n"
         "metadata:\n"
         "  name: restricted\n" SECCOMP "spec:\n"
         "  runAsUser: {rule: MustRunAs, ranges: [{min: 2000, max: 65000}]}\n"
         "  supplementalGroups: {rule: RunAsAny}\n"
         "  fsGroup: {rule: RunAsAny}\n"
         "  requiredDropCapabilities: [NET_ADMIN, SYS_ADMIN, SYS_CHROOT]\n"
         "  seLinux: {rule: RunAsAny}\n"
         "  hostNetwork: false\n"
         "  volumes: ['*']\n"
         "---\n"
         "apiVersion: extensions/v1beta1\n"
         "kind: PodSecurityPolicy\n"
         "metadata:\n"
         "  name: privileged\n" SECCOMP "spec:\n"
         "  privileged: true\n"
         "  hostPorts: [{min: 1024, max: 65535}]\n"
         "  runAsUser: {rule: RunAsAny}\n"
         "  supplementalGroups: {rule: RunAsAny}\n"
         "  fsGroup: {rule: RunAsAny}\n"
         "  seLinux: {rule: RunAsAny}\n"
         "  hostNetwork: true\n"
         "  volumes: ['*']\n"
         "---\n" USER_ROLE("restricted") "---\n" USER_ROLE("privileged") "---\n" BIND(
             "privileged-psp-users", "privileged-psp-user",
             GROUP("system:masters")
                 ACCOUNT("kube-dns")
                     GROUP("privileged-psp-users")) "---\n" BIND("restricted-psp-users",
                                                                 "restricted-psp-user",
                                                                 GROUP("restricted-psp-users") GROUP("privileged-psp-users")) "---\n" BIND("edit",
                                                                                                                                           "edit", GROUP("restricted-psp-users")) "---\n" BIND("telekube:controller-privileged-psp", "privileged-psp-user", CONTROLLERS) "---\n" BIND("telekube:controller-restricted-psp", "restricted-psp-user", CONTROLLERS) "---\n" BIND("telekube-admin", "cluster-admin", GROUP("admin")) "---\n" BIND("telekube-edit", "edit", GROUP("edit")) "---\n" BIND("telekube-view",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                  "view",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                  GROUP(
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                      "view"));

const PspPreset psp_preset_gravity = {
    .name = STR_INIT("gravity"),
    .about = STR_INIT(
        "Gravity: restricted and privileged, each for one group; others may run no pod"),
    .objects = objects,
};
