/* SPDX-License-Identifier: Apache-2.0 */
/* NodeRestriction, by version; ServiceAccount on containers that are added to a pod. */
#include "decide/admission/test_admission.h"

#define CLAIM(metadata, status) \
    "{'kind':'PersistentVolumeClaim','metadata':{'name':'x'" metadata "},'status':{" status "}}"
#define NODE(metadata) "{'kind':'Node','metadata':{'name':'x'" metadata "}}"
#define OWNED ",'ownerReferences':[{'apiVersion':'v1','kind':'Node','name':'y','uid':'u'}]"

static void nodes(void **state)
{
    (void)state;
    static const TestRow rows[] = {
        { .name = "what a kubelet writes of a claim",
          .plugin = ADMISSION_NODE_RESTRICTION,
          .resource = "persistentvolumeclaims/status",
          .operation = ADMISSION_UPDATE,
          .object = CLAIM(",'resourceVersion':'2'", "'phase':'Bound','capacity':{'storage':'2Gi'}"),
          .old_object = CLAIM(",'resourceVersion':'1'", "'phase':'Bound'") },
        { .name = "more than that",
          .plugin = ADMISSION_NODE_RESTRICTION,
          .resource = "persistentvolumeclaims/status",
          .operation = ADMISSION_UPDATE,
          .object = CLAIM(",'labels':{'a':'b'}", "'phase':'Bound'"),
          .old_object = CLAIM("", "'phase':'Bound'"),
          .refused =
              "persistentvolumeclaims \"x\" is forbidden: node \"x\" is not allowed to update "
              "fields other than status.capacity and status.conditions" },
        { .name = "what is allocated, later",
          .plugin = ADMISSION_NODE_RESTRICTION,
          .minor = 37,
          .resource = "persistentvolumeclaims/status",
          .operation = ADMISSION_UPDATE,
          .object = CLAIM("", "'allocatedResources':{'storage':'2Gi'}"),
          .old_object = CLAIM("", "") },
        { .name = "owners of a node, up to 1.30",
          .plugin = ADMISSION_NODE_RESTRICTION,
          .resource = "nodes",
          .operation = ADMISSION_UPDATE,
          .object = NODE(OWNED),
          .old_object = NODE("") },
        { .name = "owners of a node",
          .plugin = ADMISSION_NODE_RESTRICTION,
          .minor = 31,
          .resource = "nodes",
          .operation = ADMISSION_UPDATE,
          .object = NODE(OWNED),
          .old_object = NODE(""),
          .refused = "nodes \"x\" is forbidden: node \"x\" is not allowed to modify "
                     "ownerReferences" },
    };
    static const Str groups[] = { STR_INIT("system:nodes") };
    const UserInfo kubelet = { .name = STR("system:node:x"), .groups = { groups, 1 } };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        test_run(&rows[i], &kubelet, NULL, &a);
    }
    arena_done(&a);
}

#define STRICT                                                                             \
    "[{'apiVersion':'v1','kind':'ServiceAccount','metadata':{'name':'a','namespace':'ns'," \
    "'annotations':{'kubernetes.io/enforce-mountable-secrets':'true'}}}]"
#define DEBUGGED                                                                                 \
    "{'kind':'Pod','metadata':{'name':'x'},'spec':{'serviceAccountName':'a',"                    \
    "'ephemeralContainers':[{'name':'e','env':[{'name':'V','valueFrom':{'secretKeyRef':{'name':" \
    "'s','key':'k'}}}]}]}}"

static void ephemeral_containers(void **state)
{
    (void)state;
    static const TestRow rows[] = {
        { .name = "a secret that the account does not list",
          .plugin = ADMISSION_SERVICE_ACCOUNT,
          .minor = 37,
          .cluster = STRICT,
          .resource = "pods/ephemeralcontainers",
          .operation = ADMISSION_UPDATE,
          .object = DEBUGGED,
          .old_object = "{'kind':'Pod','metadata':{'name':'x'},'spec':{}}",
          .refused = "pods \"x\" is forbidden: ephemeral container e with envVar V referencing "
                     "secret.secretName=\"s\" is not allowed because service account a does not "
                     "reference that secret" },
        { .name = "as 1.20 did",
          .plugin = ADMISSION_SERVICE_ACCOUNT,
          .cluster = STRICT,
          .resource = "pods/ephemeralcontainers",
          .operation = ADMISSION_UPDATE,
          .object = DEBUGGED,
          .old_object = "{'kind':'Pod','metadata':{'name':'x'},'spec':{}}" },
        { .name = "other updates are left alone",
          .plugin = ADMISSION_SERVICE_ACCOUNT,
          .minor = 37,
          .cluster = STRICT,
          .operation = ADMISSION_UPDATE,
          .object = DEBUGGED,
          .old_object = "{'kind':'Pod','metadata':{'name':'x'},'spec':{}}" },
    };
    test_run_all(rows, COUNT_OF(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes),
        cmocka_unit_test(ephemeral_containers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
