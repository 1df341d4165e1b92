/* SPDX-License-Identifier: Apache-2.0 */
/* Clusters to decide by. */
#include "cluster.h"

#include "doc/json.h"

#include <stdio.h>
#include <stdlib.h>

void cluster_put(SnapshotBuilder *b, Arena *scratch, Str json)
{
    Value v;
    Err err;
    if (!json_read(STR("bench"), json, NULL, scratch, &v, &err) ||
        !snapshot_builder_put(b, &v, NULL)) {
        fprintf(stderr, "bench: cannot take in %.*s\n", STR_ARG(json));
        exit(2);
    }
}

void cluster_put_policy(SnapshotBuilder *b, Arena *scratch, Str name, bool refuses)
{
    cluster_put(
        b, scratch,
        arena_printf(
            scratch,
            "{\"apiVersion\":\"policy/v1beta1\",\"kind\":\"PodSecurityPolicy\",\"metadata\":{"
            "\"name\":\"%.*s\",\"annotations\":{"
            "\"seccomp.security.alpha.kubernetes.io/allowedProfileNames\":\"runtime/default\"}},"
            "\"spec\":{\"privileged\":false,\"allowPrivilegeEscalation\":false,"
            "\"requiredDropCapabilities\":[\"ALL\"],\"volumes\":[\"configMap\",\"emptyDir\","
            "\"projected\",\"secret\",\"downwardAPI\",\"persistentVolumeClaim\"],"
            "\"hostNetwork\":false,\"hostIPC\":false,\"hostPID\":false,"
            "\"runAsUser\":{\"rule\":\"%s\"%s},\"seLinux\":{\"rule\":\"RunAsAny\"},"
            "\"supplementalGroups\":{\"rule\":\"RunAsAny\"},\"fsGroup\":{\"rule\":"
            "\"MustRunAs\",\"ranges\":[{\"min\":1,\"max\":65535}]},"
            "\"readOnlyRootFilesystem\":false}}",
            STR_ARG(name), refuses ? "MustRunAs" : "MustRunAsNonRoot",
            refuses ? ",\"ranges\":[{\"min\":1,\"max\":9}]" : ""));
}

static void put_grant(SnapshotBuilder *b, Arena *scratch, Str tenant, const char *role,
                      Str policies_json)
{
    cluster_put(b, scratch,
                arena_printf(scratch,
                             "{\"apiVersion\":\"rbac.authorization.k8s.io/v1\",\"kind\":\"Role\","
                             "\"metadata\":{\"name\":\"%s\",\"namespace\":\"%.*s\"},\"rules\":[{"
                             "\"apiGroups\":[\"policy\"],\"resources\":[\"podsecuritypolicies\"],"
                             "\"verbs\":[\"use\"],\"resourceNames\":[%.*s]}]}",
                             role, STR_ARG(tenant), STR_ARG(policies_json)));
    cluster_put(
        b, scratch,
        arena_printf(scratch,
                     "{\"apiVersion\":\"rbac.authorization.k8s.io/v1\",\"kind\":\"RoleBinding\","
                     "\"metadata\":{\"name\":\"%s\",\"namespace\":\"%.*s\"},\"roleRef\":{"
                     "\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"Role\",\"name\":"
                     "\"%s\"},\"subjects\":[{\"kind\":\"Group\",\"apiGroup\":"
                     "\"rbac.authorization.k8s.io\",\"name\":\"system:serviceaccounts:%.*s\"}]}",
                     role, STR_ARG(tenant), role, STR_ARG(tenant)));
}

const Snapshot *cluster_five_policies(void)
{
    Arena scratch;
    arena_init(&scratch, 0);
    SnapshotBuilder *b = snapshot_builder_new(NULL, 0);
    Buf names = buf_new(&scratch);
    for (int i = 0; i < 5; i++) {
        Str name = arena_printf(&scratch, "policy-%d", i);
        cluster_put_policy(b, &scratch, name, i < 4);
        buf_printf(&names, "%s\"%.*s\"", i ? "," : "", STR_ARG(name));
    }
    put_grant(b, &scratch, STR("tenant-0001"), "psp", buf_str(&names));
    arena_done(&scratch);
    return snapshot_builder_finish(b);
}

const Snapshot *cluster_tenants(int count)
{
    Arena scratch;
    arena_init(&scratch, 0);
    SnapshotBuilder *b = snapshot_builder_new(NULL, 0);
    for (int i = 0; i < count; i++) {
        Str tenant = arena_printf(&scratch, "tenant-%04d", i);
        cluster_put_policy(b, &scratch, tenant, false);
        put_grant(b, &scratch, tenant, "psp", arena_printf(&scratch, "\"%.*s\"", STR_ARG(tenant)));
        arena_reset(&scratch);
    }
    arena_done(&scratch);
    return snapshot_builder_finish(b);
}

const Snapshot *cluster_bindings(int count)
{
    Arena scratch;
    arena_init(&scratch, 0);
    SnapshotBuilder *b = snapshot_builder_new(NULL, 0);
    cluster_put(b, &scratch,
                STR("{\"apiVersion\":\"rbac.authorization.k8s.io/v1\",\"kind\":\"ClusterRole\","
                    "\"metadata\":{\"name\":\"reader\"},\"rules\":[{\"apiGroups\":[\"\"],"
                    "\"resources\":[\"pods\",\"services\"],\"verbs\":[\"get\",\"list\"]}]}"));
    for (int i = 0; i < count; i++) {
        cluster_put(
            b, &scratch,
            arena_printf(&scratch,
                         "{\"apiVersion\":\"rbac.authorization.k8s.io/v1\",\"kind\":"
                         "\"RoleBinding\",\"metadata\":{\"name\":\"reader-%d\",\"namespace\":"
                         "\"tenant-%04d\"},\"roleRef\":{\"apiGroup\":"
                         "\"rbac.authorization.k8s.io\",\"kind\":\"ClusterRole\",\"name\":"
                         "\"reader\"},\"subjects\":[{\"kind\":\"User\",\"apiGroup\":"
                         "\"rbac.authorization.k8s.io\",\"name\":\"user-%d\"}]}",
                         i, i % 1000, i));
        arena_reset(&scratch);
    }
    arena_done(&scratch);
    return snapshot_builder_finish(b);
}
