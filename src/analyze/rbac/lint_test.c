/* SPDX-License-Identifier: Apache-2.0 */
/* Each check with what it finds, and what it lets pass. */
#include "analyze/rbac/lint.h"

#include "analyze/rbac/test_rbac.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* A Role of namespace a that somebody has. */
#define IN_ROLE(rules) \
    TEST_ROLE("a", "r", rules) TEST_BINDING("a", "b", "Role", "r", TEST_USER("ann"))
#define IN_CLUSTER_ROLE(rules) \
    TEST_CLUSTER_ROLE("r", rules) TEST_CLUSTER_BINDING("b", "r", TEST_USER("ann"))
#define GET_PODS TEST_RULE("\"\"", "pods", "get")

static const struct {
    const char *name;
    const char *lines;
    const char *want; /* `check field text`, a line each */
} rows[] = {
    { "nothing", IN_ROLE(GET_PODS), "" },
    /* bindings */
    { "nobody", TEST_CLUSTER_BINDING("b", "view", ""), "no-subjects  it binds nobody\n" },
    { "no namespace", TEST_CLUSTER_BINDING("b", "view", "{kind: ServiceAccount, name: x}"),
      "no-subjects subjects[0] a service account without a namespace is nobody\n" },
    { "no role", TEST_CLUSTER_BINDING("b", "gone", TEST_USER("ann")),
      "missing-role roleRef ClusterRole/gone does not exist\n" },
    { "no rules", TEST_CLUSTER_ROLE("r", "") TEST_CLUSTER_BINDING("b", "r", TEST_USER("ann")),
      "grants-nothing roleRef ClusterRole/r has no rules\n" },
    { "nothing in a namespace",
      TEST_CLUSTER_ROLE("r",
                        TEST_RULE("\"\"", "nodes", "get") ", {nonResourceURLs: [/x], verbs: [get]}")
          TEST_BINDING("a", "b", "ClusterRole", "r", TEST_USER("ann")),
      "grants-nothing roleRef none of the rules of ClusterRole/r grants anything in a "
      "namespace\n" },
    { "some of it in a namespace",
      TEST_CLUSTER_ROLE("r", TEST_RULE("\"\"", "nodes, pods", "get"))
          TEST_BINDING("a", "b", "ClusterRole", "r", TEST_USER("ann")),
      "" },
    { "no account",
      TEST_ACCOUNT("a", "x")
          TEST_CLUSTER_BINDING("b", "view", TEST_SA("a", "gone") ", " TEST_SA("a", "default")),
      "missing-account subjects[0] ServiceAccount a/gone does not exist\n" },
    { "accounts are not known", TEST_CLUSTER_BINDING("b", "view", TEST_SA("a", "gone")), "" },
    { "a controller's account",
      TEST_ACCOUNT("a", "x")
          TEST_CLUSTER_BINDING("b", "view", TEST_SA("kube-system", "replicaset-controller")),
      "" },
    { "an account as a user",
      TEST_CLUSTER_BINDING("b", "view", TEST_USER("system:serviceaccount:a:x")),
      "account-as-user subjects[0] User \"system:serviceaccount:a:x\" is service account a/x: bind "
      "it as kind ServiceAccount\n" },
    { "named like an account",
      TEST_ACCOUNT("a", "x") TEST_BINDING("a", "b", "ClusterRole", "view", TEST_USER("x"))
          TEST_CLUSTER_BINDING("c", "view", TEST_USER("a/x") ", " TEST_USER("x")),
      "account-as-user subjects[0] User \"x\" is not service account a/x, which is of kind "
      "ServiceAccount\n"
      "duplicate-binding subjects[0] User x has ClusterRole/view by ClusterRoleBinding/c, "
      "everywhere\n"
      "account-as-user subjects[0] User \"a/x\" is not service account a/x, which is of kind "
      "ServiceAccount\n" },
    { "an account as a group",
      TEST_CLUSTER_BINDING("b", "view", TEST_GROUP("system:serviceaccount:a")),
      "account-as-user subjects[0] Group \"system:serviceaccount:a\" is nobody: service accounts "
      "are in the group system:serviceaccounts:NAMESPACE\n" },
    { "twice", TEST_CLUSTER_BINDING("b", "view", TEST_USER("ann") ", " TEST_USER("ann")),
      "duplicate-subject subjects[1] User ann is listed before\n" },
    { "two bindings",
      TEST_CLUSTER_BINDING("b", "view", TEST_USER("ann"))
          TEST_CLUSTER_BINDING("c", "view", TEST_USER("bob") ", " TEST_USER("ann"))
              TEST_BINDING("a", "d", "ClusterRole", "edit", TEST_USER("ann")),
      "duplicate-binding subjects[1] User ann has ClusterRole/view by ClusterRoleBinding/b\n" },
    /* roles */
    { "unused", TEST_CLUSTER_ROLE("r", GET_PODS), "unused-role  no binding refers to it\n" },
    { "aggregated",
      "{" TEST_RBAC_API ", kind: ClusterRole, metadata: {name: r, labels: "
      "{rbac.authorization.k8s.io/aggregate-to-edit: \"true\"}}, rules: [" GET_PODS "]}\n",
      "" },
    { "a rule twice", IN_ROLE(GET_PODS ", " GET_PODS),
      "duplicate-rule rules[1] get pods: rules[0] grants the same\n" },
    { "a narrower rule", IN_ROLE(GET_PODS ", " TEST_RULE("\"\"", "pods, services", "get, list")),
      "shadowed-rule rules[0] get pods: rules[1] grants it\n" },
    { "covered by a star",
      IN_ROLE(TEST_RULE("apps", "deployments/scale", "get") ", " TEST_RULE("apps", "\"*/scale\"",
                                                                           "get")),
      "shadowed-rule rules[0] get deployments.apps/scale: rules[1] grants it\n" },
    { "a name is narrower", IN_ROLE(GET_PODS ", " TEST_NAMED_RULE("\"\"", "pods", "x", "get")),
      "shadowed-rule rules[1] get pods \"x\": rules[0] grants it\n" },
    { "together",
      IN_ROLE(GET_PODS ", " TEST_RULE("\"\"", "services",
                                      "get") ", " TEST_RULE("\"\"", "pods, services", "get")),
      "shadowed-rule rules[0] get pods: rules[2] grants it\n"
      "shadowed-rule rules[1] get services: rules[2] grants it\n"
      "shadowed-rule rules[2] get pods,services: the other rules together grant it\n" },
    /* rights that nobody can have */
    { "no such resource", IN_ROLE(TEST_RULE("\"\"", "deployments", "get")),
      "never-applies rules[0].resources[0] resource \"deployments\" of group \"\": there is no "
      "such "
      "resource in the group\n" },
    { "no such resource in any", IN_ROLE(TEST_RULE("\"\", apps", "deployment", "get")),
      "never-applies rules[0].resources[0] resource \"deployment\" of groups \"\", \"apps\": there "
      "is no such resource in the group\n" },
    { "owners whose deletion waits",
      IN_ROLE(TEST_RULE("apps", "deployments/finalizers, deployments/finalisers", "update")),
      "never-applies rules[0].resources[1] resource \"deployments/finalisers\" of group \"apps\": "
      "there is no such resource in the group\n" },
    { "somebody else's group", IN_ROLE(TEST_RULE("example.com", "anything", "whatever")), "" },
    { "a defined resource",
      "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: "
      "widgets.example.com}, spec: {group: example.com, scope: Cluster, names: {plural: widgets, "
      "singular: widget, kind: Widget, listKind: WidgetList}, versions: [{name: v1, served: true, "
      "storage: true, schema: {openAPIV3Schema: {type: object}}}]}}\n" IN_ROLE(
          TEST_RULE("example.com", "widgets, gadgets", "get")),
      "never-applies rules[0].resources[0] resource \"widgets\" of group \"example.com\": it is in "
      "no namespace, and a Role grants only what is\n"
      "never-applies rules[0].resources[1] resource \"gadgets\" of group \"example.com\": there is "
      "no such resource in the group\n" },
    { "what kubelets ask for",
      IN_CLUSTER_ROLE(TEST_RULE("\"\"", "nodes/metrics, nodes/stats, nodes/matrix", "get")),
      "never-applies rules[0].resources[2] resource \"nodes/matrix\" of group \"\": there is no "
      "such resource in the group\n" },
    { "what is asked of nodes' requests",
      IN_CLUSTER_ROLE(
          TEST_RULE("certificates.k8s.io", "certificatesigningrequests/nodeclient", "create")),
      "" },
    { "owners of a defined kind",
      "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: "
      "widgets.example.com}, spec: {group: example.com, scope: Namespaced, names: {plural: "
      "widgets, singular: widget, kind: Widget, listKind: WidgetList}, versions: [{name: v1, "
      "served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]}}\n" IN_ROLE(
          TEST_RULE("example.com", "widgets/finalizers", "update")),
      "" },
    { "no such verb", IN_ROLE(TEST_RULE("\"\"", "pods, services", "get, read")),
      "never-applies rules[0].verbs[1] verb \"read\": none of the resources is ever asked for that "
      "way\n" },
    { "a verb of one resource", IN_ROLE(TEST_RULE("\"\"", "pods, pods/log", "get, list")), "" },
    { "no resource of a namespace", IN_ROLE(TEST_RULE("\"\"", "nodes", "get")),
      "never-applies rules[0].resources[0] resource \"nodes\" of group \"\": it is in no "
      "namespace, "
      "and a Role grants only what is\n" },
    { "a namespace is in itself", IN_ROLE(TEST_RULE("\"\"", "namespaces", "get, patch")), "" },
    { "but not in a list", IN_ROLE(TEST_RULE("\"\"", "namespaces", "get, list")),
      "never-applies rules[0].verbs[1] verb \"list\": it is in no namespace, and a Role grants "
      "only "
      "what is\n" },
    { "policies are used in namespaces",
      IN_ROLE(TEST_NAMED_RULE("policy", "podsecuritypolicies", "x", "use")), "" },
    { "roles are bound in namespaces",
      IN_ROLE(TEST_NAMED_RULE("rbac.authorization.k8s.io", "clusterroles", "x", "bind")), "" },
    { "new objects have no names", IN_ROLE(TEST_NAMED_RULE("\"\"", "pods", "x", "create")),
      "never-applies rules[0].resources[0] resource \"pods\" of group \"\": what is created or "
      "deleted as a whole has no name when it is asked for, so resourceNames never match\n" },
    { "no object is called so",
      IN_ROLE(TEST_NAMED_RULE("policy", "podsecuritypolicies", "\"*\"", "use")),
      "never-applies rules[0].resourceNames[0] no object is called \"*\": to grant every name, "
      "leave "
      "resourceNames out\n" },
    { "parts of objects have", IN_ROLE(TEST_NAMED_RULE("\"\"", "pods/exec", "x", "create")), "" },
    { "keys of extras",
      IN_CLUSTER_ROLE(TEST_RULE("authentication.k8s.io", "userextras/scopes", "impersonate")), "" },
    { "URLs", IN_ROLE("{nonResourceURLs: [/healthz], verbs: [get]}"),
      "never-applies rules[0].nonResourceURLs[0] a URL is in no namespace, and a Role grants only "
      "what is\n" },
    { "no group", IN_ROLE("{resources: [pods], verbs: [get]}"),
      "never-applies rules[0] the rule has no apiGroups: [\"\"] is the core group\n" },
    /* policies */
    { "every policy by stars", IN_ROLE(TEST_RULE("extensions", "\"*\"", "\"*\"")),
      "every-policy rules[0] * *.extensions: a \"*\" in group extensions lets every "
      "PodSecurityPolicy be used\n" },
    { "every policy for want of names",
      IN_CLUSTER_ROLE(TEST_RULE("policy", "podsecuritypolicies", "use")),
      "every-policy rules[0] use podsecuritypolicies.policy: in group policy, without "
      "resourceNames, it lets every PodSecurityPolicy be used\n" },
};

static Str found(TestRbac *t, const RbacLintQuestion *question)
{
    RbacFindings findings;
    rbac_lint(&t->inventory, question, &t->arena, &findings);
    Buf b = buf_new(&t->arena);
    for (size_t i = 0; i < findings.count; i++) {
        const RbacFinding *f = &findings.items[i];
        buf_printf(&b, "%.*s %.*s %.*s\n", STR_ARG(rbac_lint_checks[f->check].id),
                   STR_ARG(f->field), STR_ARG(f->text));
    }
    return buf_str(&b);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        TestRbac t;
        test_rbac_open(&t, rows[i].lines);
        RbacLintQuestion question = { .objects = &t.objects };
        test_rbac_same(found(&t, &question), rows[i].want, rows[i].name);
        test_rbac_close(&t);
    }
}

static void test_question(void **state)
{
    (void)state;
    TestRbac t;
    test_rbac_open(&t, TEST_CLUSTER_ROLE("r", GET_PODS) TEST_ROLE("a", "r", GET_PODS));
    Str skip = STR("unused-role");
    test_rbac_same(found(&t, &(RbacLintQuestion){ &t.objects, { &skip, 1 }, STR_ABSENT }), "",
                   "skipped");
    test_rbac_same(found(&t, &(RbacLintQuestion){ .objects = &t.objects, .namespace = STR("a") }),
                   "unused-role  no binding refers to it\n", "one namespace");
    RbacFindings findings;
    rbac_lint(&t.inventory, &(RbacLintQuestion){ .objects = &t.objects }, &t.arena, &findings);
    test_rbac_same(findings.items[1].place, "t.yaml:3:1", "place");
    test_rbac_close(&t);
}

/* Nothing that Kubernetes makes by itself is found fault with. */
static void test_defaults(void **state)
{
    (void)state;
    TestRbac t;
    test_rbac_open(&t, TEST_ACCOUNT("a", "x"));
    ObjectKey key = { .group = STR(RBAC_GROUP), .kind = STR("ClusterRole"), .name = STR("") };
    const Facts *f = t.cluster->facts;
    ObjectList roles = f->objects(f->cluster, key);
    FileObjects objects = { new(&t.arena, FileObject, roles.count), roles.count };
    for (size_t i = 0; i < roles.count; i++) {
        objects.items[i].object = roles.items[i];
    }
    RbacInventory inventory;
    rbac_inventory_take(t.cluster, &objects, &t.arena, &inventory);
    RbacFindings findings;
    rbac_lint(&inventory, &(RbacLintQuestion){ .objects = &objects }, &t.arena, &findings);
    assert_true(roles.count > 50);
    assert_int_equal(findings.count, 0);
    rbac_inventory_done(&inventory);
    test_rbac_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_question),
        cmocka_unit_test(test_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
