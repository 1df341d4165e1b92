/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rancher 2 with the pod security policy template `restricted` as the cluster's default.
 *
 * RKE makes default-psp, which allows everything, and lets all accounts of the system's namespaces
 * use it. Rancher makes restricted-psp and restricted-clusterrole of the template, and, for each
 * service account in a namespace that belongs to a project, a binding of its own:
 *
 *     default-ACCOUNT-NAMESPACE-restricted-clusterrole-binding
 *
 * A namespace that is in no project (made with kubectl, say) gets none: its pods are refused. The
 * roles grant in group extensions.
 *
 * Source: github.com/rancher/rke templates/authz.go, github.com/rancher/rancher
 *         pkg/controllers/managementuser/rbac/podsecuritypolicy, Rancher hardening guide 2.1.5
 */
#include "decide/psp/preset/preset.h"

#define TEMPLATE_ANNOTATION "serviceaccount.cluster.cattle.io/pod-security"
#define ROLE "restricted-clusterrole"

#define DEFAULT_PSP_FOR(namespace)                                                                 \
    "apiVersion: rbac.authorization.k8s.io/v1\n"                                                   \
    "kind: Role\n"                                                                                 \
    "metadata: {name: default-psp-role, namespace: " namespace "}\n"                               \
                                                               "rules:\n"                          \
                                                               "- apiGroups: [extensions]\n"       \
                                                               "  resources: "                     \
                                                               "[podsecuritypolicies]\n"           \
                                                               "  resourceNames: [default-psp]\n"  \
                                                               "  verbs: [use]\n"                  \
                                                               "---\n"                             \
                                                               "apiVersion: "                      \
                                                               "rbac.authorization.k8s.io/v1\n"    \
                                                               "kind: RoleBinding\n"               \
                                                               "metadata: {name: "                 \
                                                               "default-psp-rolebinding, "         \
                                                               "namespace: " namespace "}\n"       \
                                                                                       "roleRef: " \
                                                                                       "{apiGroup" \
                                                                                       ": "        \
                                                                                       "rbac."     \
                                                                                       "authoriza" \
                                                                                       "tion.k8s." \
                                                                                       "io, "      \
                                                                                       "kind: "    \
                                                                                       "Role, "    \
                                                                                       "name: "    \
                                                                                       "default-"  \
                                                                                       "psp-role}" \
                                                                                       "\n"        \
                                                                                       "subjects:" \
                                                                                       "\n"        \
                                                                                       "- "        \
                                                                                       "{apiGroup" \
                                                                                       ": "        \
                                                                                       "rbac."     \
                                                                                       "authoriza" \
                                                                                       "tion.k8s." \
                                                                                       "io, "      \
                                                                                       "kind: "    \
                                                                                       "Group, "   \
                                                                                       "name: "    \
                                                                                       "'system:"  \
                                                                                       "serviceac" \
                                                                                       "counts'}"  \
                                                                                       "\n"        \
                                                                                       "- "        \
                                                                                       "{apiGroup" \
                                                                                       ": "        \
                                                                                       "rbac."     \
                                                                                       "authoriza" \
                                                                                       "tion.k8s." \
                                                                                       "io, "      \
                                                                                       "kind: "    \
                                                                                       "Group, "   \
                                                                                       "name: "    \
                                                                                       "'system:"  \
                                                                                       "authentic" \
                                                                                       "ated'}\n"  \
                                                                                       "---\n"

static const char objects[] = DEFAULT_PSP_FOR("kube-system") DEFAULT_PSP_FOR("ingress-nginx")
    DEFAULT_PSP_FOR(
        "cattle-system") "apiVersion: policy/v1beta1\n"
                         "kind: PodSecurityPolicy\n"
                         "metadata:\n"
                         "  name: default-psp\n"
                         "  annotations:\n"
                         "    seccomp.security.alpha.kubernetes.io/allowedProfileNames: '*'\n"
                         "spec:\n"
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
                         "---\n"
                         "apiVersion: policy/v1beta1\n"
                         "kind: PodSecurityPolicy\n"
                         "metadata:\n"
                         "  name: restricted-psp\n"
                         "  annotations: {" TEMPLATE_ANNOTATION ": restricted}\n"
                         "  labels: {cattle.io/creator: norman}\n"
                         "spec:\n"
                         "  privileged: false\n"
                         "  allowPrivilegeEscalation: false\n"
                         "  requiredDropCapabilities: [ALL]\n"
                         "  volumes: [configMap, emptyDir, projected, secret, downwardAPI, "
                         "persistentVolumeClaim]\n"
                         "  hostNetwork: false\n"
                         "  hostIPC: false\n"
                         "  hostPID: false\n"
                         "  runAsUser: {rule: RunAsAny}\n"
                         "  seLinux: {rule: RunAsAny}\n"
                         "  supplementalGroups: {rule: MustRunAs, ranges: [{min: 1, max: 65535}]}\n"
                         "  fsGroup: {rule: MustRunAs, ranges: [{min: 1, max: 65535}]}\n"
                         "  readOnlyRootFilesystem: false\n"
                         "---\n"
                         "apiVersion: rbac.authorization.k8s.io/v1\n"
                         "kind: ClusterRole\n"
                         "metadata:\n"
                         "  name: " ROLE "\n"
                         "  annotations: {" TEMPLATE_ANNOTATION ": restricted}\n"
                         "rules:\n"
                         "- apiGroups: [extensions]\n"
                         "  resources: [podsecuritypolicies]\n"
                         "  resourceNames: [restricted-psp]\n"
                         "  verbs: [use]\n";

/* Rancher puts these into its projects Default and System by itself. */
static bool is_in_project(Str name, const Value *namespace)
{
    static const Str by_default[] = { STR_INIT("default"),       STR_INIT("kube-system"),
                                      STR_INIT("kube-public"),   STR_INIT("kube-node-lease"),
                                      STR_INIT("ingress-nginx"), STR_INIT("cattle-system") };
    const Value *annotations = value_at(namespace, "metadata", "annotations", NULL);
    return value_get_str(annotations, STR("field.cattle.io/projectId")).len ||
           str_list_has((StrList){ by_default, COUNT_OF(by_default) }, name);
}

static Value *add_object(Value *to, Str key, Arena *a)
{
    return value_set(to, key, value_object(), a);
}

static void add_str(Value *to, Str key, Str value, Arena *a)
{
    value_set(to, key, value_str(value), a);
}

static bool for_account(const Value *namespace, const Value *account, Arena *a, Value *out)
{
    const Value *metadata = value_get_lit(account, "metadata");
    Str name = value_get_str(metadata, STR("name"));
    Str in = value_get_str(metadata, STR("namespace"));
    if (!is_in_project(in, namespace)) {
        return false;
    }
    *out = value_object();
    add_str(out, STR("apiVersion"), STR("rbac.authorization.k8s.io/v1"), a);
    add_str(out, STR("kind"), STR("RoleBinding"), a);
    Value *meta = add_object(out, STR("metadata"), a);
    add_str(meta, STR("name"),
            arena_printf(a, "default-%.*s-%.*s-" ROLE "-binding", STR_ARG(name), STR_ARG(in)), a);
    add_str(meta, STR("namespace"), in, a);
    Value *annotations = add_object(meta, STR("annotations"), a);
    add_str(annotations, STR(TEMPLATE_ANNOTATION), STR("restricted"), a);
    add_str(annotations, STR("podsecuritypolicy.rbac.user.cattle.io/psptpb-role-binding"),
            STR("true"), a);
    Value *role = add_object(out, STR("roleRef"), a);
    add_str(role, STR("apiGroup"), STR("rbac.authorization.k8s.io"), a);
    add_str(role, STR("kind"), STR("ClusterRole"), a);
    add_str(role, STR("name"), STR(ROLE), a);
    Value *subjects = value_set(out, STR("subjects"), value_array(), a);
    Value *subject = value_add(subjects, value_object(), a);
    add_str(subject, STR("kind"), STR("ServiceAccount"), a);
    add_str(subject, STR("name"), name, a);
    add_str(subject, STR("namespace"), in, a);
    return true;
}

const PspPreset psp_preset_rancher = {
    .name = STR_INIT("rancher"),
    .about = STR_INIT("Rancher: default-psp, and restricted-psp for service accounts in projects"),
    .objects = objects,
    .for_account = for_account,
};
