/* SPDX-License-Identifier: Apache-2.0 */
/* NodeRestriction, by version; what comes to a pod later: containers to debug it, resizing. */
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

#define SIZED(cpu)                                                                          \
    "{'kind':'Pod','metadata':{'name':'x'},'spec':{'containers':[{'name':'c','resources':{" \
    "'requests':{'cpu':'" cpu "'},'limits':{'cpu':'" cpu "'}}}]}}"
#define RANGE                                                                           \
    "[{'apiVersion':'v1','kind':'LimitRange','metadata':{'name':'l','namespace':'ns'}," \
    "'spec':{'limits':[{'type':'Container','max':{'cpu':'1'}}]}}]"
#define QUOTA                                                                              \
    "[{'apiVersion':'v1','kind':'ResourceQuota','metadata':{'name':'q','namespace':'ns'}," \
    "'status':{'hard':{'limits.cpu':'3'},'used':{'limits.cpu':'2'}}}]"

static void resizing(void **state)
{
    (void)state;
    static const TestRow rows[] = {
        { .name = "beyond a limit range",
          .plugin = ADMISSION_LIMIT_RANGER,
          .minor = 33,
          .cluster = RANGE,
          .resource = "pods/resize",
          .operation = ADMISSION_UPDATE,
          .object = SIZED("2"),
          .old_object = SIZED("1"),
          .refused = "pods \"x\" is forbidden: maximum cpu usage per Container is 1, but limit is "
                     "2" },
        { .name = "a quota counts what is added",
          .plugin = ADMISSION_RESOURCE_QUOTA,
          .minor = 33,
          .cluster = QUOTA,
          .resource = "pods/resize",
          .operation = ADMISSION_UPDATE,
          .object = SIZED("3"),
          .old_object = SIZED("1"),
          .refused = "pods \"x\" is forbidden: exceeded quota: q, requested: limits.cpu=2, used: "
                     "limits.cpu=2, limited: limits.cpu=3" },
        { .name = "what is added fits",
          .plugin = ADMISSION_RESOURCE_QUOTA,
          .minor = 33,
          .cluster = QUOTA,
          .resource = "pods/resize",
          .operation = ADMISSION_UPDATE,
          .object = SIZED("2"),
          .old_object = SIZED("1") },
        { .name = "other updates are not looked at",
          .plugin = ADMISSION_LIMIT_RANGER,
          .minor = 33,
          .cluster = RANGE,
          .operation = ADMISSION_UPDATE,
          .object = SIZED("2"),
          .old_object = SIZED("1") },
    };
    test_run_all(rows, COUNT_OF(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes),
        cmocka_unit_test(ephemeral_containers),
        cmocka_unit_test(resizing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
