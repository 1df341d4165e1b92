/* SPDX-License-Identifier: Apache-2.0 */
/* Which nodes and edges are drawn. */
#include "analyze/rbac/graph.h"

#include "analyze/rbac/subject.h"
#include "analyze/rbac/test_rbac.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define PODS TEST_RULE("\"\"", "pods", "get")
#define SECRETS TEST_RULE("\"\"", "secrets", "get")

static const char cluster[] = TEST_NAMESPACE("a") TEST_ACCOUNT("a", "ci") TEST_ACCOUNT("a", "idle")
    TEST_ROLE("a", "pods", PODS ", " SECRETS) TEST_ROLE("a", "unbound", PODS) TEST_BINDING(
        "a", "ci", "Role", "pods", TEST_SA("a", "ci") ", " TEST_SA("a", "gone"))
        TEST_BINDING("a", "views", "ClusterRole", "view", TEST_GROUP("system:serviceaccounts:a"))
            TEST_BINDING("a", "lost", "Role", "missing", TEST_USER("ann")) TEST_CLUSTER_ROLE(
                "use", TEST_NAMED_RULE("policy", "podsecuritypolicies", "tight, \"*\"", "use"))
                TEST_CLUSTER_BINDING("use", "use", TEST_USER("ann"));

/* One line a node (! when it is missing), and one an edge; rules are left out. */
static Str text_of(const RbacGraph *g, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < g->node_count; i++) {
        if (g->nodes[i].kind != RBAC_NODE_RULES) {
            buf_printf(&b, "%s%.*s\n", g->nodes[i].missing ? "!" : "", STR_ARG(g->nodes[i].id));
        }
    }
    for (size_t i = 0; i < g->edge_count; i++) {
        const RbacNode *to = &g->nodes[g->edges[i].to];
        if (to->kind != RBAC_NODE_RULES) {
            buf_printf(&b, "%.*s > %.*s\n", STR_ARG(g->nodes[g->edges[i].from].id),
                       STR_ARG(to->id));
        }
    }
    return buf_str(&b);
}

static void draws(const char *name, const RbacGraphQuestion *question, const char *want)
{
    TestRbac t;
    test_rbac_open(&t, cluster);
    RbacGraph graph;
    rbac_graph_make(&t.inventory, question, &t.arena, &graph);
    test_rbac_same(text_of(&graph, &t.arena), want, name);
    test_rbac_close(&t);
}

static void test_whole(void **state)
{
    (void)state;
    draws("all", &(RbacGraphQuestion){ 0 },
          "ClusterRoleBinding use\nClusterRole use\n!PodSecurityPolicy tight\n"
          "!PodSecurityPolicy *\nUser ann\n"
          "RoleBinding a/ci\nRole a/pods\nServiceAccount a/ci\n!ServiceAccount a/gone\n"
          "RoleBinding a/lost\n!Role a/missing\nRoleBinding a/views\nClusterRole a/view\n"
          "Group system:serviceaccounts:a\nServiceAccount a/idle\nRole a/unbound\n"
          "rules of ClusterRole use > PodSecurityPolicy tight\n"
          "rules of ClusterRole use > PodSecurityPolicy *\n"
          "ClusterRoleBinding use > ClusterRole use\nUser ann > ClusterRoleBinding use\n"
          "RoleBinding a/ci > Role a/pods\nServiceAccount a/ci > RoleBinding a/ci\n"
          "ServiceAccount a/gone > RoleBinding a/ci\n"
          "RoleBinding a/lost > Role a/missing\nUser ann > RoleBinding a/lost\n"
          "RoleBinding a/views > ClusterRole a/view\n"
          "Group system:serviceaccounts:a > RoleBinding a/views\n");
}

static void test_who(void **state)
{
    (void)state;
    UserInfo who;
    Err err;
    Arena a;
    arena_init(&a, 0);
    assert_true(rbac_subject_parse(STR("sa=a:ci"), &a, &who, &err));
    /* the groups of an account are the account's */
    draws("who", &(RbacGraphQuestion){ .who = &who },
          "RoleBinding a/ci\nRole a/pods\nServiceAccount a/ci\nRoleBinding a/views\n"
          "ClusterRole a/view\nGroup system:serviceaccounts:a\n"
          "RoleBinding a/ci > Role a/pods\nServiceAccount a/ci > RoleBinding a/ci\n"
          "RoleBinding a/views > ClusterRole a/view\n"
          "Group system:serviceaccounts:a > RoleBinding a/views\n");
    arena_done(&a);
}

static void test_resource(void **state)
{
    (void)state;
    draws("resource", &(RbacGraphQuestion){ .resource = STR("secrets") },
          "RoleBinding a/ci\nRole a/pods\nServiceAccount a/ci\n!ServiceAccount a/gone\n"
          "RoleBinding a/ci > Role a/pods\nServiceAccount a/ci > RoleBinding a/ci\n"
          "ServiceAccount a/gone > RoleBinding a/ci\n");
    /* the API group counts */
    draws("group", &(RbacGraphQuestion){ .resource = STR("secrets"), .group = STR("apps") }, "");
    draws("verb", &(RbacGraphQuestion){ .resource = STR("secrets"), .verb = STR("list") }, "");
}

static void test_rules_that_were_not_asked_for(void **state)
{
    (void)state;
    TestRbac t;
    test_rbac_open(&t, cluster);
    RbacGraph graph;
    RbacGraphQuestion question = { .resource = STR("secrets") };
    rbac_graph_make(&t.inventory, &question, &t.arena, &graph);
    const RbacNode *rules = &graph.nodes[2];
    assert_int_equal(rules->kind, RBAC_NODE_RULES);
    assert_int_equal(rules->line_count, 2);
    test_rbac_same(rules->lines[0].text, "...", "left out");
    test_rbac_same(rules->lines[1].text, "get secrets", "asked for");
    assert_true(rules->lines[1].matched);
    test_rbac_close(&t);
}

/* 400 namespaces that look alike are one box, the one that does not is another. */
static void test_clustered(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Buf b = buf_new(&a);
    for (int i = 0; i < 400; i++) {
        buf_printf(&b,
                   TEST_ACCOUNT("n%d", "ci")
                       TEST_BINDING("n%d", "ci", "ClusterRole", "view", TEST_SA("n%d", "ci")),
                   i, i, i);
    }
    buf_lit(&b, TEST_ACCOUNT("other", "ci")
                    TEST_BINDING("other", "ci", "ClusterRole", "edit", TEST_SA("other", "ci")));
    TestRbac t;
    test_rbac_open(&t, arena_cstr(&a, buf_str(&b)));
    RbacGraph graph;
    rbac_graph_make(&t.inventory, &(RbacGraphQuestion){ 0 }, &t.arena, &graph);
    assert_int_equal(graph.node_count, 6);
    assert_int_equal(graph.edge_count, 4);
    assert_true(graph.whole > 1200);
    test_rbac_same(graph.nodes[0].box, "n0 and 399 more like it", "box");
    test_rbac_same(graph.nodes[0].name, "400 bindings", "bindings");
    test_rbac_same(graph.nodes[2].name, "400 service accounts", "accounts");
    RbacGraphQuestion whole = { .whole = true };
    rbac_graph_make(&t.inventory, &whole, &t.arena, &graph);
    assert_int_equal(graph.whole, 0);
    assert_true(graph.node_count > 1200);
    test_rbac_close(&t);
    arena_done(&a);
}

/* Names are quoted: nothing that an object says is read as DOT or HTML. */
static void test_dot_is_quoted(void **state)
{
    (void)state;
    TestRbac t;
    test_rbac_open(&t, TEST_CLUSTER_BINDING("b", "view",
                                            "{apiGroup: rbac.authorization.k8s.io, "
                                            "kind: User, name: 'a\"<b>&\\'}"));
    RbacGraph graph;
    rbac_graph_make(&t.inventory, &(RbacGraphQuestion){ 0 }, &t.arena, &graph);
    Buf b = buf_new(&t.arena);
    rbac_graph_write_dot(&graph, false, &b);
    assert_true(str_contains(buf_str(&b), STR("\"User a\\\"<b>&\\\\\" [shape=box, "
                                              "label=<a&quot;&lt;b&gt;&amp;\\<br/>(User)>")));
    test_rbac_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),     cmocka_unit_test(test_who),
        cmocka_unit_test(test_resource),  cmocka_unit_test(test_rules_that_were_not_asked_for),
        cmocka_unit_test(test_clustered), cmocka_unit_test(test_dot_is_quoted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
