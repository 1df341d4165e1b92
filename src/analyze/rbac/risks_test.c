/* SPDX-License-Identifier: Apache-2.0 */
/* What is a risk, how severe it is, and what admission makes of it. */
#include "analyze/rbac/risks.h"

#include "analyze/grant.h"
#include "analyze/rbac/subject.h"
#include "analyze/rbac/test_rbac.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define EVERYWHERE(rules) \
    TEST_CLUSTER_ROLE("r", rules) TEST_CLUSTER_BINDING("b", "r", TEST_USER("ann"))
#define IN_A(rules) \
    TEST_CLUSTER_ROLE("r", rules) TEST_BINDING("a", "b", "ClusterRole", "r", TEST_USER("ann"))
#define CREATE_PODS TEST_RULE("\"\"", "pods", "create")

#define PSP(name, spec)                                                                         \
    "{apiVersion: policy/v1beta1, kind: PodSecurityPolicy, metadata: {name: " name "}, spec: {" \
    "seLinux: {rule: RunAsAny}, supplementalGroups: {rule: RunAsAny}, fsGroup: {rule: "         \
    "RunAsAny}, " spec "}}\n"
#define TIGHT                                                                         \
    PSP("tight", "allowPrivilegeEscalation: false, requiredDropCapabilities: [ALL], " \
                 "runAsUser: {rule: MustRunAsNonRoot}, volumes: [secret, configMap]")
#define MIDDLE PSP("middle", "runAsUser: {rule: RunAsAny}, volumes: [secret]")
#define LOOSE PSP("loose", "privileged: true, runAsUser: {rule: RunAsAny}, volumes: ['*']")
#define USE(name, ns, account)                                                                    \
    TEST_CLUSTER_ROLE("use-" name, TEST_NAMED_RULE("policy", "podsecuritypolicies", name, "use")) \
    TEST_BINDING(ns, "use-" name, "ClusterRole", "use-" name, TEST_SA(ns, account))

static const struct {
    const char *name;
    const char *lines;
    const char *want; /* `severity id rules | admission`, a line each */
} rows[] = {
    { "harmless", EVERYWHERE(TEST_RULE("\"\"", "pods", "get, list")), "" },
    { "secrets everywhere", EVERYWHERE(TEST_RULE("\"\"", "secrets", "list")),
      "critical secrets-read list secrets | \n" },
    { "secrets in a namespace", IN_A(TEST_RULE("\"\"", "secrets", "watch")),
      "high secrets-read watch secrets | \n" },
    { "one secret", IN_A(TEST_NAMED_RULE("\"\"", "secrets", "db", "get")),
      "medium secrets-read get secrets \"db\" | \n" },
    { "secrets of another group", IN_A(TEST_RULE("example.com", "secrets", "get")), "" },
    { "two rules, one risk",
      IN_A(TEST_RULE("\"\"", "secrets", "get") ", " TEST_RULE("\"\"", "secrets", "list")),
      "high secrets-read get secrets; list secrets | \n" },
    { "exec by get", IN_A(TEST_RULE("\"\"", "pods/exec", "get")),
      "high pods-exec get pods/exec | \n" },
    { "escalate and bind",
      EVERYWHERE(TEST_RULE("rbac.authorization.k8s.io", "clusterroles", "escalate, bind")),
      "critical bind bind clusterroles.rbac.authorization.k8s.io | \n"
      "critical escalate escalate clusterroles.rbac.authorization.k8s.io | \n" },
    { "impersonation", EVERYWHERE(TEST_RULE("\"\"", "users", "impersonate")),
      "critical impersonate impersonate users | \n" },
    { "users are in no namespace", IN_A(TEST_RULE("\"\"", "users", "impersonate")), "" },
    { "accounts are", IN_A(TEST_RULE("\"\"", "serviceaccounts", "impersonate")),
      "high impersonate-account impersonate serviceaccounts | \n" },
    { "webhooks",
      EVERYWHERE(
          TEST_RULE("admissionregistration.k8s.io", "mutatingwebhookconfigurations", "patch")),
      "critical webhooks patch mutatingwebhookconfigurations.admissionregistration.k8s.io | \n" },
    { "certificates",
      EVERYWHERE(TEST_RULE("certificates.k8s.io", "certificatesigningrequests/approval", "update")),
      "critical csr-approve update certificatesigningrequests.certificates.k8s.io/approval | \n" },
    { "kubelets", EVERYWHERE(TEST_RULE("\"\"", "nodes/proxy", "get")),
      "critical nodes-proxy get nodes/proxy | \n" },
    { "nodes are in no namespace", IN_A(TEST_RULE("\"\"", "nodes/proxy", "get")), "" },
    { "tokens", IN_A(TEST_RULE("\"\"", "serviceaccounts/token", "create")),
      "high token-create create serviceaccounts/token | \n" },
    { "volumes", EVERYWHERE(TEST_RULE("\"\"", "persistentvolumes", "create")),
      "critical volumes-create create persistentvolumes | \n" },
    { "everything", EVERYWHERE(TEST_RULE("\"*\"", "\"*\"", "\"*\"")),
      "critical everything * *.* | \n" },
    { "reading everything", EVERYWHERE(TEST_RULE("\"*\"", "\"*\"", "get")),
      "critical nodes-proxy get *.* | \n"
      "critical pods-exec get *.* | \n"
      "critical secrets-read get *.* | \n"
      "medium proxy get *.* | \n"
      "medium wildcard get *.* | \n" },
    { "an aggregated role",
      "{" TEST_RBAC_API ", kind: ClusterRole, metadata: {name: x, labels: "
      "{rbac.authorization.k8s.io/aggregate-to-view: \"true\"}}, rules: [" TEST_RULE(
          "\"\"", "secrets", "get") "]}\n" TEST_BINDING("a", "b", "ClusterRole", "view",
                                                        TEST_USER("ann")),
      "high secrets-read get secrets (of ClusterRole/x) | \n" },
    { "what cannot be named cannot be created",
      IN_A(TEST_NAMED_RULE("\"\"", "pods", "x", "create")), "" },
    { "without logging in",
      TEST_CLUSTER_BINDING("b", "system:discovery", TEST_GROUP("system:unauthenticated")),
      "high anonymous get /api,/api/*,/apis,/apis/*,... (7 more) | \n" },
    /* pods, and what stands in their way */
    { "pods", TEST_NAMESPACE("a") IN_A(CREATE_PODS),
      "critical pods-create create pods | nothing\n" },
    { "pods, baseline", TEST_ENFORCED("a", "baseline") IN_A(CREATE_PODS),
      "high pods-create create pods | baseline (Pod Security)\n" },
    { "pods, restricted", TEST_ENFORCED("a", "restricted") IN_A(CREATE_PODS),
      "medium pods-create create pods | restricted (Pod Security)\n" },
    { "pods of deployments",
      TEST_ENFORCED("a", "restricted") IN_A(TEST_RULE("apps", "deployments", "create, patch")),
      "medium workloads-change patch deployments.apps | restricted (Pod Security)\n"
      "medium workloads-create create deployments.apps | restricted (Pod Security)\n" },
    { "no policy may be used", TEST_NAMESPACE("a") TIGHT IN_A(CREATE_PODS),
      "low pods-create create pods | no pod is admitted\n" },
    { "a tight policy", TEST_NAMESPACE("a") TIGHT USE("tight", "a", "default") IN_A(CREATE_PODS),
      "medium pods-create create pods | restricted (policy tight)\n" },
    { "the loosest counts",
      TEST_NAMESPACE("a") TEST_ACCOUNT("a", "x") TIGHT MIDDLE LOOSE USE("tight", "a", "default")
          USE("middle", "a", "x") IN_A(CREATE_PODS),
      "high pods-create create pods | baseline (policy middle)\n" },
    { "a loose policy",
      TEST_NAMESPACE("a") TIGHT LOOSE USE("loose", "a", "default") IN_A(CREATE_PODS),
      "critical pods-create create pods | nothing\n" },
    { "the creator's own policies",
      TEST_NAMESPACE("a") TIGHT LOOSE USE("tight", "a", "default")
          IN_A(CREATE_PODS ", " TEST_NAMED_RULE("policy", "podsecuritypolicies", "loose", "use")),
      "critical pods-create create pods | nothing\n" },
    { "both stand in the way",
      TEST_ENFORCED("a", "restricted") LOOSE USE("loose", "a", "default") IN_A(CREATE_PODS),
      "medium pods-create create pods | restricted (Pod Security)\n" },
};

static Str found(TestRbac *t, const RbacRiskQuestion *question)
{
    RbacRisks risks;
    rbac_risks_find(&t->inventory, question, &t->arena, &risks);
    Buf b = buf_new(&t->arena);
    for (size_t i = 0; i < risks.count; i++) {
        const RbacRisk *r = &risks.items[i];
        buf_printf(&b, "%.*s %.*s %.*s | %.*s\n", STR_ARG(rbac_severity_name(r->severity)),
                   STR_ARG(r->id), STR_ARG(rbac_risk_rules_text(r, &t->arena)),
                   STR_ARG(rbac_risk_where_text(r, &t->arena)));
    }
    return buf_str(&b);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        TestRbac t;
        test_rbac_open(&t, rows[i].lines);
        test_rbac_same(found(&t, &(RbacRiskQuestion){ 0 }), rows[i].want, rows[i].name);
        test_rbac_close(&t);
    }
}

/* Every cluster is full of them: left out, but for what was changed. */
static void test_defaults(void **state)
{
    (void)state;
    TestRbac t;
    test_rbac_open(&t, TEST_NAMESPACE("a"));
    RbacRisks risks;
    rbac_risks_find(&t.inventory, &(RbacRiskQuestion){ 0 }, &t.arena, &risks);
    assert_int_equal(risks.count, 0);
    assert_true(risks.defaults > 100);
    rbac_risks_find(&t.inventory, &(RbacRiskQuestion){ .defaults = true }, &t.arena, &risks);
    assert_true(risks.count > 20);
    test_rbac_close(&t);
    /* somebody was added to what Kubernetes binds, and a rule to a role of it */
    test_rbac_open(&t, TEST_CLUSTER_BINDING("cluster-admin", "cluster-admin",
                                            TEST_GROUP("system:masters") ", " TEST_USER("eve")));
    test_rbac_same(found(&t, &(RbacRiskQuestion){ 0 }), "critical everything * *.* | \n",
                   "added subject");
    test_rbac_close(&t);
    test_rbac_open(&t, TEST_CLUSTER_ROLE("system:basic-user", TEST_RULE("\"\"", "secrets", "get")));
    test_rbac_same(found(&t, &(RbacRiskQuestion){ 0 }), "critical secrets-read get secrets | \n",
                   "added rule");
    test_rbac_close(&t);
}

static void test_question(void **state)
{
    (void)state;
    static const char lines[] = TEST_CLUSTER_ROLE(
        "r", TEST_RULE("\"\"", "secrets", "get") ", " TEST_RULE("\"\"", "services", "patch"))
        TEST_CLUSTER_BINDING("all", "r", TEST_GROUP("system:serviceaccounts:a"))
            TEST_BINDING("b", "b", "ClusterRole", "r", TEST_USER("ann"));
    TestRbac t;
    test_rbac_open(&t, lines);
    Arena *a = &t.arena;
    UserInfo who;
    Err err;
    assert_true(rbac_subject_parse(STR("sa:a/x"), a, &who, &err));
    test_rbac_same(found(&t, &(RbacRiskQuestion){ .who = &who, .least = RBAC_HIGH }),
                   "critical secrets-read get secrets | \n", "who, by his group");
    Str id = STR("network");
    test_rbac_same(found(&t, &(RbacRiskQuestion){ .ids = { &id, 1 } }),
                   "medium network patch services | \nlow network patch services | \n", "id");
    test_rbac_same(found(&t, &(RbacRiskQuestion){ .namespace = STR("c"), .least = RBAC_CRITICAL }),
                   "critical secrets-read get secrets | \n", "namespace");
    test_rbac_close(&t);
}

/* A right everywhere is as severe as where least stands in its way. */
static void test_namespaces(void **state)
{
    (void)state;
    TestRbac t;
    test_rbac_open(&t, TEST_ENFORCED("a", "restricted") TEST_ENFORCED("b", "restricted")
                           EVERYWHERE(CREATE_PODS));
    test_rbac_same(found(&t, &(RbacRiskQuestion){ 0 }),
                   "critical pods-create create pods | nothing in default, kube-node-lease, "
                   "kube-public and 1 more; restricted (Pod Security) in a, b\n",
                   "all namespaces");
    test_rbac_close(&t);
}

/* What rbac-tool's default analysis captures, and what it does not: rights of the core group on
 * parts of pods and nodes (it calls the group "core" and then looks for ""), workloads of group
 * apps, listing secrets. */
static void test_rbac_tool(void **state)
{
    (void)state;
    static const struct {
        const char *rule;
        const char *id;
        bool theirs;
    } cases[] = {
        { TEST_RULE("\"\"", "secrets", "get"), "secrets-read", true },
        { TEST_RULE("\"\"", "secrets", "list"), "secrets-read", false },
        { TEST_RULE("\"\"", "pods", "create"), "pods-create", true },
        { TEST_RULE("batch", "jobs", "create"), "workloads-create", true },
        { TEST_RULE("apps", "deployments", "create"), "workloads-create", false },
        { TEST_RULE("\"\"", "groups", "impersonate"), "impersonate", true },
        { TEST_RULE("rbac.authorization.k8s.io", "roles", "escalate"), "escalate", true },
        { TEST_RULE("rbac.authorization.k8s.io", "clusterroles", "update"), "roles-write", true },
        { TEST_RULE("\"\"", "persistentvolumes", "create"), "volumes-create", true },
        { TEST_RULE("networking.k8s.io", "ingresses", "patch"), "network", true },
        { TEST_RULE("gateway.networking.k8s.io", "httproutes", "patch"), "network", true },
        { TEST_RULE("admissionregistration.k8s.io", "validatingwebhookconfigurations", "create"),
          "webhooks", true },
        { TEST_RULE("apiextensions.k8s.io", "customresourcedefinitions", "delete"),
          "definitions-change", true },
        { TEST_RULE("templates.gatekeeper.sh", "constrainttemplates", "delete"), "policy-engines",
          true },
        { TEST_RULE("kyverno.io", "clusterpolicies", "delete"), "policy-engines", true },
        { TEST_RULE("admissionregistration.k8s.io", "validatingadmissionpolicies", "create"),
          "admission-policies", true },
        { TEST_RULE("\"\"", "nodes/proxy", "create"), "nodes-proxy", false },
        { TEST_RULE("\"\"", "pods/exec", "create"), "pods-exec", false },
        { TEST_RULE("\"\"", "pods/ephemeralcontainers", "patch"), "pods-ephemeral", false },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        TestRbac t;
        Arena a;
        arena_init(&a, 0);
        Buf b = buf_new(&a);
        buf_printf(&b, TEST_CLUSTER_ROLE("r", "%s") TEST_CLUSTER_BINDING("b", "r", TEST_USER("u")),
                   cases[i].rule);
        test_rbac_open(&t, arena_cstr(&a, buf_str(&b)));
        Str id = str_from_c(cases[i].id);
        RbacRisks risks;
        rbac_risks_find(&t.inventory, &(RbacRiskQuestion){ .ids = { &id, 1 } }, &t.arena, &risks);
        if (risks.count != 1) {
            fail_msg("%s: %s", cases[i].rule, cases[i].theirs ? "rbac-tool has it" : "missing");
        }
        test_rbac_close(&t);
        arena_done(&a);
    }
}

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < rbac_risk_rule_count; i++) {
        const RbacRiskRule *r = &rbac_risk_rules[i];
        assert_true(r->id.len && r->verbs.len && r->targets.len && r->text.len);
        assert_true(r->of_cluster >= r->of_namespace);
        for (size_t k = 0; k < i; k++) {
            assert_false(str_eq(r->id, rbac_risk_rules[k].id));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),      cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_question),  cmocka_unit_test(test_namespaces),
        cmocka_unit_test(test_rbac_tool), cmocka_unit_test(test_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
