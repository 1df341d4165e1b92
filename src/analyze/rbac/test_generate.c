/* SPDX-License-Identifier: Apache-2.0 */
/* Clusters for property tests. */
#include "analyze/rbac/test_generate.h"

#include "doc/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

const char *const test_verbs[] = { "get",    "list", "create",      "delete", "*",
                                   "update", "use",  "impersonate", "weigh",  NULL };
const char *const test_groups[] = { "", "", "apps", "policy", "example.org", "*", NULL };
const char *const test_resources[] = {
    "pods",    "pods/log", "secrets", "deployments", "deployments/scale",
    "*/scale", "*",        "nodes",   "namespaces",  "podsecuritypolicies",
    "users",   "widgets",  NULL
};
const char *const test_names[] = { "x", "y", "n1", NULL };
const char *const test_urls[] = { "/healthz", "/healthz/*", "*", "/metrics", NULL };

static const char *const user_names[] = { "system:anonymous", "system:serviceaccount:n1:s1",
                                          "system:serviceaccount:n2:other",
                                          "system:serviceaccount:N:bad", NULL };
static const char *const group_names[] = {
    "system:masters",         "system:authenticated",      "system:unauthenticated",
    "system:serviceaccounts", "system:serviceaccounts:n1", NULL
};

uint64_t test_next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static unsigned below(uint64_t *seed, unsigned count)
{
    return (unsigned)((test_next(seed) >> 11) % count);
}

Str test_pick(uint64_t *seed, const char *const *list)
{
    unsigned count = 0;
    while (list[count]) {
        count++;
    }
    return str_from_c(list[below(seed, count)]);
}

/* -- objects, as JSON -------------------------------------------------------------------------- */

static void write_list(Buf *b, uint64_t *seed, const char *const *list, unsigned max)
{
    unsigned count = 1 + below(seed, max);
    for (unsigned i = 0; i < count; i++) {
        Str text = test_pick(seed, list);
        buf_printf(b, "%s\"%.*s\"", i ? "," : "", STR_ARG(text));
    }
}

static void write_rule(Buf *b, uint64_t *seed, bool may_be_url)
{
    buf_lit(b, "{\"verbs\":[");
    write_list(b, seed, test_verbs, 3);
    if (may_be_url && below(seed, 6) == 0) {
        buf_lit(b, "],\"nonResourceURLs\":[");
        write_list(b, seed, test_urls, 2);
    } else {
        buf_lit(b, "],\"apiGroups\":[");
        write_list(b, seed, test_groups, 2);
        buf_lit(b, "],\"resources\":[");
        write_list(b, seed, test_resources, 3);
        if (below(seed, 4) == 0) {
            buf_lit(b, "],\"resourceNames\":[");
            write_list(b, seed, test_names, 2);
        }
    }
    buf_lit(b, "]}");
}

#define API "\"apiVersion\":\"rbac.authorization.k8s.io/v1\""

static void write_role(Buf *b, uint64_t *seed, const TestSize *size, unsigned i)
{
    bool is_cluster = i % 2 == 0;
    buf_printf(b, "{" API ",\"kind\":\"%s\",\"metadata\":{\"name\":\"r%u\"",
               is_cluster ? "ClusterRole" : "Role", i / 2);
    if (is_cluster) {
        buf_printf(b, ",\"labels\":{\"part\":\"%u\"}", below(seed, 8));
    } else {
        buf_printf(b, ",\"namespace\":\"n%u\"", below(seed, size->namespaces));
    }
    if (is_cluster && below(seed, 8) == 0) {
        buf_printf(b,
                   "},\"rules\":[],\"aggregationRule\":{\"clusterRoleSelectors\":[{\"matchLabels\":"
                   "{\"part\":\"%u\"}}]}},",
                   below(seed, 8));
        return;
    }
    buf_lit(b, "},\"rules\":[");
    unsigned count = below(seed, 4);
    for (unsigned r = 0; r < count; r++) {
        buf_add(b, r ? STR(",") : STR(""));
        write_rule(b, seed, is_cluster);
    }
    buf_lit(b, "]},");
}

static void write_subject(Buf *b, uint64_t *seed, const TestSize *size)
{
    switch (below(seed, 8)) {
    case 0:
        buf_printf(b, "{\"kind\":\"User\",\"name\":\"%.*s\"}",
                   STR_ARG(test_pick(seed, user_names)));
        return;
    case 1:
        buf_printf(b, "{\"kind\":\"Group\",\"name\":\"%.*s\"}",
                   STR_ARG(test_pick(seed, group_names)));
        return;
    case 2:
    case 3:
        buf_printf(b, "{\"kind\":\"User\",\"name\":\"u%u\"}", below(seed, size->names));
        return;
    case 4:
        buf_printf(b, "{\"kind\":\"Group\",\"name\":\"g%u\"}", below(seed, size->names));
        return;
    default:
        buf_printf(b, "{\"kind\":\"ServiceAccount\",\"namespace\":\"n%u\",\"name\":\"s%u\"}",
                   below(seed, size->namespaces), below(seed, size->accounts + 2));
    }
}

static void write_binding(Buf *b, uint64_t *seed, const TestSize *size, unsigned i)
{
    bool is_cluster = below(seed, 3) == 0;
    bool of_cluster = is_cluster || below(seed, 2) == 0;
    buf_printf(b, "{" API ",\"kind\":\"%s\",\"metadata\":{\"name\":\"b%u\"",
               is_cluster ? "ClusterRoleBinding" : "RoleBinding", i);
    if (!is_cluster) {
        buf_printf(b, ",\"namespace\":\"n%u\"", below(seed, size->namespaces));
    }
    buf_printf(b,
               "},\"roleRef\":{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"%s\",\"name\":"
               "\"r%u\"},\"subjects\":[",
               of_cluster ? "ClusterRole" : "Role", below(seed, size->roles / 2 + 1));
    unsigned count = below(seed, 4);
    for (unsigned s = 0; s < count; s++) {
        buf_add(b, s ? STR(",") : STR(""));
        write_subject(b, seed, size);
    }
    buf_lit(b, "]},");
}

static void write_cluster(Buf *b, uint64_t *seed, const TestSize *size)
{
    buf_byte(b, '[');
    for (unsigned i = 0; i < size->roles; i++) {
        write_role(b, seed, size, i);
    }
    for (unsigned i = 0; i < size->bindings; i++) {
        write_binding(b, seed, size, i);
    }
    for (unsigned i = 0; i < size->accounts; i++) {
        buf_printf(b,
                   "{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"namespace\":"
                   "\"n%u\",\"name\":\"s%u\"}},",
                   i % size->namespaces, i);
    }
    buf_lit(b, "{\"apiVersion\":\"apiextensions.k8s.io/v1\",\"kind\":\"CustomResourceDefinition\","
               "\"metadata\":{\"name\":\"widgets.example.org\"},\"spec\":{\"group\":"
               "\"example.org\",\"scope\":\"Namespaced\",\"names\":{\"plural\":\"widgets\","
               "\"kind\":\"Widget\"},\"versions\":[{\"name\":\"v1\",\"served\":true,\"storage\":"
               "true,\"subresources\":{\"scale\":{\"specReplicasPath\":\".spec.replicas\","
               "\"statusReplicasPath\":\".status.replicas\"}}}]}}]");
}

/* -- the state --------------------------------------------------------------------------------- */

static void read_state(TestState *t, Str json)
{
    Value *all = new(&t->arena, Value, 1);
    Err err = { 0 };
    if (!json_read(STR("test"), json, NULL, &t->arena, all, &err)) {
        fail_msg("%.*s", STR_ARG(err.msg));
    }
    SnapshotBuilder *b = snapshot_builder_new(NULL, SNAPSHOT_KEEP_OBJECTS | SNAPSHOT_BORROW);
    VALUE_EACH_ITEM(object, all) {
        if (!snapshot_builder_put(b, object, NULL)) {
            fail_msg("%.*s", STR_ARG(snapshot_builder_notes(b)->text));
        }
    }
    t->snapshot = snapshot_builder_finish(b);
    KubeTarget target = kube_target(20);
    t->cluster = rbac_cluster_new(t->snapshot, &target, &t->arena);
}

void test_generate(TestState *t, const TestSize *size, uint64_t seed)
{
    *t = (TestState){ .seed = seed * 0x9E3779B97F4A7C15u };
    arena_init(&t->arena, 0);
    Buf b = buf_new(&t->arena);
    write_cluster(&b, &t->seed, size);
    read_state(t, buf_str(&b));
}

void test_state_of(TestState *t, const char *json)
{
    *t = (TestState){ .seed = 1 };
    arena_init(&t->arena, 0);
    Str text = arena_str(&t->arena, str_from_c(json));
    char *at = (char *)(uintptr_t)text.ptr;
    for (size_t i = 0; i < text.len; i++) {
        at[i] = at[i] == '\'' ? '"' : at[i];
    }
    read_state(t, text);
}

void test_state_done(TestState *t)
{
    snapshot_release(t->snapshot);
    arena_done(&t->arena);
}
