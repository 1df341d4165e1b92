/* SPDX-License-Identifier: Apache-2.0 */
/* What a node may do, by the pods that run on it. */
#include "decide/rbac/authorizer.h"

#include "decide/rbac/test_cluster.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static const char cluster_json[] =
    "[{'kind':'Pod','metadata':{'name':'p','namespace':'n'},'spec':{'nodeName':'n1',"
    "'serviceAccountName':'sa','imagePullSecrets':[{'name':'pull'}],"
    "'containers':[{'env':[{'name':'A','value':'x'},{'valueFrom':{'secretKeyRef':{'name':'env'}}},"
    "{'valueFrom':{'configMapKeyRef':{'name':'env-map'}}}],'envFrom':[{'secretRef':{'name':"
    "'env-from'}},{'configMapRef':{'name':'from-map'}}]}],"
    "'initContainers':[{'env':[{'valueFrom':{'secretKeyRef':{'name':'init'}}}]}],"
    "'ephemeralContainers':[{'envFrom':[{'secretRef':{'name':'debug'}}]}],"
    "'volumes':[{'secret':{'secretName':'vol'}},{'configMap':{'name':'vol-map'}},"
    "{'projected':{'sources':[{'secret':{'name':'proj'}},{'configMap':{'name':'proj-map'}}]}},"
    "{'persistentVolumeClaim':{'claimName':'claim'}},{'csi':{'nodePublishSecretRef':{'name':'csi'}}"
    "},"
    "{'azureFile':{'secretName':'azure'}},{'emptyDir':{}},null,'odd']}},"
    "{'kind':'Pod','metadata':{'name':'q','namespace':'n'},'spec':{'nodeName':'n2','volumes':["
    "{'secret':{'secretName':'other'}}]}},"
    "{'kind':'Pod','metadata':{'name':'pending','namespace':'n'},'spec':{'volumes':["
    "{'secret':{'secretName':'pending'}}]}},"
    "{'kind':'Pod','metadata':{'name':'m','namespace':'n','annotations':{"
    "'kubernetes.io/config.mirror':'x'}},'spec':{'nodeName':'n1','volumes':["
    "{'secret':{'secretName':'mirror'}}]}},"
    "{'kind':'PersistentVolume','metadata':{'name':'pv'},'spec':{'claimRef':{'namespace':'n',"
    "'name':'claim'},'rbd':{'secretRef':{'name':'rbd'}}}},"
    "{'kind':'PersistentVolume','metadata':{'name':'pv-csi'},'spec':{'claimRef':{'namespace':'n',"
    "'name':'claim'},'csi':{'nodeStageSecretRef':{'name':'stage','namespace':'s'},"
    "'controllerPublishSecretRef':{'name':'controller','namespace':'s'}}}},"
    "{'kind':'PersistentVolume','metadata':{'name':'pv-free'},'spec':{'azureFile':{'secretName':"
    "'free','secretNamespace':'s'}}},"
    "{'kind':'VolumeAttachment','metadata':{'name':'va'},'spec':{'nodeName':'n1'}},"
    "{'kind':'Node','metadata':{'name':'n1'},'spec':{'configSource':{'configMap':{'namespace':"
    "'kube-system','name':'kubelet'}}}}]";

#define NO_RELATION "no relationship found between node 'n1' and this object"

static void nodes(void **state)
{
    (void)state;
    static const struct {
        const char *verb;
        const char *group;
        const char *resource; /* "pods/log" */
        const char *namespace;
        const char *name;
        const char *want; /* NULL when allowed */
    } rows[] = {
        { "get", "", "secrets", "n", "vol", NULL },
        { "list", "", "secrets", "n", "vol", NULL },
        { "watch", "", "secrets", "n", "vol", NULL },
        { "get", "", "secrets", "n", "pull", NULL },
        { "get", "", "secrets", "n", "env", NULL },
        { "get", "", "secrets", "n", "env-from", NULL },
        { "get", "", "secrets", "n", "init", NULL },
        { "get", "", "secrets", "n", "debug", NULL },
        { "get", "", "secrets", "n", "proj", NULL },
        { "get", "", "secrets", "n", "csi", NULL },
        { "get", "", "secrets", "n", "azure", NULL },
        { "get", "", "secrets", "n", "rbd", NULL },
        { "get", "", "secrets", "s", "stage", NULL },
        { "get", "", "secrets", "s", "controller", NO_RELATION },
        { "get", "", "secrets", "s", "free", NO_RELATION },
        { "get", "", "secrets", "n", "other", NO_RELATION },
        { "get", "", "secrets", "n", "pending", NO_RELATION },
        { "get", "", "secrets", "n", "mirror", NO_RELATION },
        { "get", "", "secrets", "m", "vol", NO_RELATION },
        { "get", "", "secrets", "n", "", "No Object name found" },
        { "list", "", "secrets", "", "", "can only read namespaced object of this type" },
        { "update", "", "secrets", "n", "vol", "can only read resources of this type" },
        { "get", "", "secrets/x", "n", "vol", "cannot read subresource" },
        { "get", "", "configmaps", "n", "vol-map", NULL },
        { "get", "", "configmaps", "n", "env-map", NULL },
        { "get", "", "configmaps", "n", "from-map", NULL },
        { "get", "", "configmaps", "n", "proj-map", NULL },
        { "get", "", "configmaps", "kube-system", "kubelet", NULL },
        { "get", "", "configmaps", "kube-system", "kubelet2", NO_RELATION },
        { "get", "", "persistentvolumeclaims", "n", "claim", NULL },
        { "list", "", "persistentvolumeclaims", "n", "claim",
          "can only get individual resources of this type" },
        { "patch", "", "persistentvolumeclaims/status", "n", "claim", NULL },
        { "get", "", "persistentvolumeclaims/status", "n", "claim",
          "can only get/update/patch this type" },
        { "get", "", "persistentvolumeclaims/x", "n", "claim", "cannot get subresource" },
        { "get", "", "persistentvolumes", "", "pv", NULL },
        { "get", "", "persistentvolumes", "", "pv-free", NO_RELATION },
        { "get", "", "persistentvolumes", "", "gone", NO_RELATION },
        { "get", "storage.k8s.io", "volumeattachments", "", "va", NULL },
        { "get", "storage.k8s.io", "volumeattachments", "", "vb", NO_RELATION },
        { "create", "", "serviceaccounts/token", "n", "sa", NULL },
        { "create", "", "serviceaccounts/token", "n", "sb", NO_RELATION },
        { "create", "", "serviceaccounts", "n", "sa",
          "can only create token subresource of serviceaccount" },
        { "get", "", "serviceaccounts", "n", "sa",
          "can only create tokens for individual service accounts" },
        { "update", "coordination.k8s.io", "leases", "kube-node-lease", "n1", NULL },
        { "create", "coordination.k8s.io", "leases", "kube-node-lease", "", NULL },
        { "update", "coordination.k8s.io", "leases", "kube-node-lease", "n2",
          "can only access node lease with the same name as the requesting node" },
        { "update", "coordination.k8s.io", "leases", "n", "n1",
          "can only access leases in the \"kube-node-lease\" system namespace" },
        { "list", "coordination.k8s.io", "leases", "kube-node-lease", "",
          "can only get, create, update, patch, or delete a node lease" },
        { "get", "storage.k8s.io", "csinodes", "", "n1", NULL },
        { "get", "storage.k8s.io", "csinodes", "", "n2",
          "can only access CSINode with the same name as the requesting node" },
        { "get", "storage.k8s.io", "csinodes/x", "", "n1",
          "cannot authorize CSINode subresources" },
        { "list", "storage.k8s.io", "csinodes", "", "",
          "can only get, create, update, patch, or delete a CSINode" },
        { "list", "", "pods", "", "", NULL },
        { "patch", "", "nodes/status", "", "n2", NULL },
        { "delete", "", "nodes", "", "n1", "" },
        { "create", "authentication.k8s.io", "tokenreviews", "", "", NULL },
    };
    TestCluster c;
    test_cluster_init(&c);
    test_cluster_add(&c, cluster_json);
    static const Str nodes_group = STR_INIT("system:nodes");
    UserInfo user = { .name = STR("system:node:n1"), .groups = { &nodes_group, 1 } };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        RbacRequest req = {
            .user = &user,
            .verb = str_from_c(rows[i].verb),
            .api_group = str_from_c(rows[i].group),
            .name = str_from_c(rows[i].name),
            .namespace = str_from_c(rows[i].namespace),
            .is_resource = true,
        };
        str_split_once(str_from_c(rows[i].resource), '/', &req.resource, &req.subresource);
        RbacAnswer answer;
        authorizer_decide(&c.facts, &req, &c.arena, &answer);
        assert_int_equal(authorizer_allows(&c.facts, &req, &c.arena), answer.allowed);
        if (answer.allowed != (rows[i].want == NULL) ||
            !str_eq(answer.reason, str_from_c(rows[i].want))) {
            fail_msg("row %zu: got %d \"%.*s\"", i, answer.allowed, STR_ARG(answer.reason));
        }
    }
    test_cluster_done(&c);
}

static void who_is_a_node(void **state)
{
    (void)state;
    TestCluster c;
    test_cluster_init(&c);
    test_cluster_add(&c, "[{'kind':'ClusterRoleBinding','metadata':{'name':'b'},'roleRef':{'kind':"
                         "'ClusterRole','name':'gone'},'subjects':[{'kind':'Group','name':"
                         "'system:nodes'}]}]");
    static const struct {
        const char *user;
        const char *group;
        bool want;
        const char *reason;
    } rows[] = {
        { "system:node:n1", "system:nodes", true, "" },
        { "system:node:n1", "system:masters", true, "" },
        { "system:node:n1", "system:authenticated", false, "" },
        { "n1", "system:nodes", false,
          "RBAC: clusterrole.rbac.authorization.k8s.io \"gone\" not found" },
        { "system:node:", "system:nodes", false,
          "unknown node for user \"system:node:\"\n"
          "RBAC: clusterrole.rbac.authorization.k8s.io \"gone\" not found" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str group = str_from_c(rows[i].group);
        UserInfo user = { .name = str_from_c(rows[i].user), .groups = { &group, 1 } };
        RbacRequest req = {
            .user = &user, .verb = STR("list"), .resource = STR("services"), .is_resource = true
        };
        RbacAnswer answer;
        authorizer_decide(&c.facts, &req, &c.arena, &answer);
        if (answer.allowed != rows[i].want || !str_eq(answer.reason, str_from_c(rows[i].reason))) {
            fail_msg("row %zu: got %d \"%.*s\"", i, answer.allowed, STR_ARG(answer.reason));
        }
    }
    test_cluster_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes),
        cmocka_unit_test(who_is_a_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
