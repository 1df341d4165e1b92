/* SPDX-License-Identifier: Apache-2.0 */
/* Clusters for the tests of this folder, out of YAML. */
#ifndef PODGATE_ANALYZE_RBAC_TEST_RBAC_H
#define PODGATE_ANALYZE_RBAC_TEST_RBAC_H

#include "analyze/rbac/inventory.h"

typedef struct TestRbac {
    Arena arena;
    FileObjects objects;
    const Snapshot *snapshot;
    RbacCluster *cluster;
    RbacInventory inventory;
} TestRbac;

/* A cluster with the objects of a YAML text, of one line a document ("---" is put between lines),
 * over what Kubernetes makes by itself. It must stay where it is. */
void test_rbac_open(TestRbac *t, const char *lines);
void test_rbac_close(TestRbac *t);
/* Fails with both texts when they differ. */
void test_rbac_same(Str got, const char *want, const char *what);

#define TEST_RBAC_API "apiVersion: rbac.authorization.k8s.io/v1"
#define TEST_NAMESPACE(name) "{apiVersion: v1, kind: Namespace, metadata: {name: " name "}}\n"
#define TEST_ENFORCED(name, level)                             \
    "{apiVersion: v1, kind: Namespace, metadata: {name: " name \
    ", labels: {pod-security.kubernetes.io/enforce: " level "}}}\n"
#define TEST_ACCOUNT(ns, name) \
    "{apiVersion: v1, kind: ServiceAccount, metadata: {name: " name ", namespace: " ns "}}\n"
#define TEST_ROLE(ns, name, rules)                                              \
    "{" TEST_RBAC_API ", kind: Role, metadata: {name: " name ", namespace: " ns \
    "}, rules: [" rules "]}\n"
#define TEST_CLUSTER_ROLE(name, rules) \
    "{" TEST_RBAC_API ", kind: ClusterRole, metadata: {name: " name "}, rules: [" rules "]}\n"
#define TEST_RULE(groups, resources, verbs) \
    "{apiGroups: [" groups "], resources: [" resources "], verbs: [" verbs "]}"
#define TEST_NAMED_RULE(groups, resources, names, verbs)                           \
    "{apiGroups: [" groups "], resources: [" resources "], resourceNames: [" names \
    "], verbs: [" verbs "]}"
#define TEST_REF(kind, name) \
    "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: " kind ", name: " name "}"
#define TEST_BINDING(ns, name, kind, role, subjects)                                   \
    "{" TEST_RBAC_API ", kind: RoleBinding, metadata: {name: " name ", namespace: " ns \
    "}, " TEST_REF(kind, role) ", subjects: [" subjects "]}\n"
#define TEST_CLUSTER_BINDING(name, role, subjects)                         \
    "{" TEST_RBAC_API ", kind: ClusterRoleBinding, metadata: {name: " name \
    "}, " TEST_REF("ClusterRole", role) ", subjects: [" subjects "]}\n"
#define TEST_USER(name) "{apiGroup: rbac.authorization.k8s.io, kind: User, name: \"" name "\"}"
#define TEST_GROUP(name) "{apiGroup: rbac.authorization.k8s.io, kind: Group, name: \"" name "\"}"
#define TEST_SA(ns, name) "{kind: ServiceAccount, namespace: " ns ", name: " name "}"

#endif
