/* SPDX-License-Identifier: Apache-2.0 */
/* Each way to a secret, and what is none. */
#include "analyze/rbac/secrets.h"

#include "analyze/grant.h"
#include "analyze/rbac/subject.h"
#include "analyze/rbac/test_generate.h"
#include "analyze/rbac/test_rbac.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define EVERYWHERE(rules) \
    TEST_CLUSTER_ROLE("r", rules) TEST_CLUSTER_BINDING("b", "r", TEST_USER("ann"))
#define IN_A(rules) \
    TEST_CLUSTER_ROLE("r", rules) TEST_BINDING("a", "b", "ClusterRole", "r", TEST_USER("ann"))
#define READ_DB(subject)                                                    \
    TEST_ROLE("a", "read", TEST_NAMED_RULE("\"\"", "secrets", "db", "get")) \
    TEST_BINDING("a", "read", "Role", "read", subject)
#define RBAC_RULE(resources, verbs) TEST_RULE("rbac.authorization.k8s.io", resources, verbs)
#define POD(name, secret)                                                                       \
    "{apiVersion: v1, kind: Pod, metadata: {name: " name ", namespace: a}, spec: {containers: " \
    "[{name: c, image: i}], volumes: [{name: v, secret: {secretName: " secret "}}]}}\n"

static const struct {
    const char *name;
    const char *lines;
    const char *want; /* `secret how subject via`, a line each */
} rows[] = {
    { "nobody", IN_A(TEST_RULE("\"\"", "configmaps", "get")), "" },
    { "read", IN_A(TEST_RULE("\"\"", "secrets", "list")), "a/* read User ann\n" },
    { "read everywhere", EVERYWHERE(TEST_RULE("\"\"", "secrets", "watch")), "*/* read User ann\n" },
    { "one", READ_DB(TEST_USER("ann")), "a/db read User ann\n" },
    { "writing is not reading", IN_A(TEST_RULE("\"\"", "secrets", "create, update, delete")), "" },
    { "everything", EVERYWHERE(TEST_RULE("\"*\"", "\"*\"", "\"*\"")), "*/* read User ann\n" },
    { "a pod", IN_A(TEST_RULE("\"\"", "pods", "create")), "a/* pod User ann\n" },
    { "any kind of pods", IN_A(TEST_RULE("batch", "cronjobs", "create")),
      "a/* workload User ann\n" },
    { "another pod", IN_A(TEST_RULE("apps", "statefulsets", "patch")), "a/* patch User ann\n" },
    { "one more container", IN_A(TEST_RULE("\"\"", "pods/ephemeralcontainers", "patch")),
      "a/* ephemeral User ann\n" },
    { "no pod to run commands in", IN_A(TEST_RULE("\"\"", "pods/exec", "create")), "" },
    { "exec", POD("x", "db") POD("z", "tls") IN_A(TEST_RULE("\"\"", "pods/exec", "create")),
      "a/* exec User ann (in pods that hold 2 of them)\n" },
    { "exec in one",
      POD("x", "db") POD("z", "tls") IN_A(TEST_NAMED_RULE("\"\"", "pods/exec", "x", "create")),
      "a/* exec User ann (in pods that hold 1 of them)\n" },
    { "kubelets", POD("x", "db") EVERYWHERE(TEST_RULE("\"\"", "nodes/proxy", "create")),
      "*/* node User ann (in pods that hold 1 of them)\n" },
    { "a token",
      READ_DB(TEST_SA("a", "x")) IN_A(TEST_RULE("\"\"", "serviceaccounts/token", "create")),
      "a/db read ServiceAccount a/x\na/db token User ann (as ServiceAccount a/x)\n" },
    { "a token of one who reads nothing",
      READ_DB(TEST_SA("a", "x"))
          IN_A(TEST_NAMED_RULE("\"\"", "serviceaccounts/token", "other", "create")),
      "a/db read ServiceAccount a/x\n" },
    { "a token of one of another namespace",
      READ_DB(TEST_SA("c", "x")) IN_A(TEST_RULE("\"\"", "serviceaccounts/token", "create")),
      "a/db read ServiceAccount c/x\n" },
    { "a token of one who makes pods",
      TEST_ROLE("c", "pods", TEST_RULE("\"\"", "pods", "create"))
          TEST_BINDING("c", "pods", "Role", "pods", TEST_SA("a", "x"))
              IN_A(TEST_RULE("\"\"", "serviceaccounts/token", "create")),
      "c/* pod ServiceAccount a/x\nc/* token User ann (as ServiceAccount a/x)\n" },
    { "impersonation",
      READ_DB(TEST_USER("bob")) EVERYWHERE(TEST_NAMED_RULE("\"\"", "users", "bob", "impersonate")),
      "a/db read User bob\na/db impersonate User ann (as User bob)\n" },
    { "impersonation of a group", EVERYWHERE(TEST_RULE("\"\"", "groups", "impersonate")),
      "*/* impersonate User ann (as Group system:masters)\n" },
    { "users are in no namespace",
      READ_DB(TEST_USER("bob")) IN_A(TEST_RULE("\"\"", "users", "impersonate")),
      "a/db read User bob\n" },
    { "as a pod's account, elsewhere",
      TEST_ROLE("c", "read", TEST_RULE("\"\"", "secrets", "get")) TEST_BINDING(
          "c", "read", "Role", "read", TEST_SA("a", "x")) IN_A(TEST_RULE("\"\"", "pods", "create")),
      "a/* pod User ann\nc/* read ServiceAccount a/x\nc/* pod User ann (as ServiceAccount a/x)\n" },
    /* rights to rights */
    { "escalate", IN_A(RBAC_RULE("roles", "escalate, patch")), "a/* escalate User ann\n" },
    { "escalate without writing", IN_A(RBAC_RULE("roles", "escalate")), "" },
    { "bind", IN_A(RBAC_RULE("roles", "bind") ", " RBAC_RULE("rolebindings", "create")),
      "a/* bind User ann\n" },
    { "bind without writing", IN_A(RBAC_RULE("roles", "bind")), "" },
    { "bind one that reads one",
      READ_DB(TEST_USER("bob"))
          IN_A("{apiGroups: [rbac.authorization.k8s.io], resources: [roles], resourceNames: "
               "[read], verbs: [bind]}, " RBAC_RULE("rolebindings", "create")),
      "a/db read User bob\na/db bind User ann (with Role read)\n" },
    { "bind one that reads nothing",
      TEST_ROLE("a", "pods", TEST_RULE("\"\"", "pods", "get"))
          IN_A("{apiGroups: [rbac.authorization.k8s.io], resources: [roles], resourceNames: "
               "[pods], verbs: [bind]}, " RBAC_RULE("rolebindings", "create")),
      "" },
    { "bind any everywhere",
      EVERYWHERE(RBAC_RULE("clusterroles", "bind") ", " RBAC_RULE("clusterrolebindings", "create")),
      "*/* bind User ann\n" },
};

static Str found(TestRbac *t, const RbacSecretQuestion *question)
{
    RbacSecretReport report;
    rbac_secrets_find(&t->inventory, question, &t->arena, &report);
    Buf b = buf_new(&t->arena);
    for (size_t i = 0; i < report.count; i++) {
        const RbacSecretAccess *x = &report.items[i];
        buf_printf(&b, "%.*s %.*s %.*s", STR_ARG(rbac_secret_text(x, &t->arena)),
                   STR_ARG(rbac_way_name(x->way)),
                   STR_ARG(grant_subject_text(x->subject, &t->arena)));
        if (x->via.count) {
            buf_printf(&b, " (%.*s)", STR_ARG(rbac_join(x->via, STR(", "), &t->arena)));
        }
        buf_byte(&b, '\n');
    }
    return buf_str(&b);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        TestRbac t;
        test_rbac_open(&t, rows[i].lines);
        test_rbac_same(found(&t, &(RbacSecretQuestion){ 0 }), rows[i].want, rows[i].name);
        test_rbac_close(&t);
    }
}

static void test_one_secret(void **state)
{
    (void)state;
    TestRbac t;
    test_rbac_open(&t, POD("x", "db") READ_DB(TEST_SA("a", "x"))
                           EVERYWHERE(TEST_RULE("\"\"", "pods/exec", "create")));
    test_rbac_same(found(&t, &(RbacSecretQuestion){ .namespace = STR("a"), .secret = STR("db") }),
                   "*/* exec User ann (in pod/x)\na/db read ServiceAccount a/x\n",
                   "one that is held");
    test_rbac_same(found(&t, &(RbacSecretQuestion){ .namespace = STR("a"), .secret = STR("tls") }),
                   "", "one that is not");
    UserInfo who;
    Err err;
    assert_true(rbac_subject_parse(STR("user:ann"), &t.arena, &who, &err));
    test_rbac_same(found(&t, &(RbacSecretQuestion){ .who = &who }),
                   "*/* exec User ann (in pods that hold 1 of them)\n", "who");
    test_rbac_same(found(&t, &(RbacSecretQuestion){ .namespace = STR("c") }), "", "namespace");
    test_rbac_close(&t);
}

/* Controllers of kube-system read secrets: whoever gets their tokens does, too. */
static void test_defaults(void **state)
{
    (void)state;
    TestRbac t;
    test_rbac_open(&t, TEST_NAMESPACE("a"));
    test_rbac_same(found(&t, &(RbacSecretQuestion){ 0 }), "", "left out");
    RbacSecretReport report;
    rbac_secrets_find(&t.inventory, &(RbacSecretQuestion){ .defaults = true }, &t.arena, &report);
    assert_true(report.count > 10);
    test_rbac_close(&t);
    test_rbac_open(&t, TEST_ROLE("kube-system", "r",
                                 TEST_NAMED_RULE("\"\"", "serviceaccounts/token",
                                                 "expand-controller", "create"))
                           TEST_BINDING("kube-system", "b", "Role", "r", TEST_USER("ann")));
    test_rbac_same(found(&t, &(RbacSecretQuestion){ 0 }),
                   "*/* token User ann (as ServiceAccount kube-system/expand-controller)\n",
                   "a controller's token");
    test_rbac_close(&t);
}

/* -- generated clusters ------------------------------------------------------------------------ */

static bool is_listed(const RbacSecretReport *report, const UserInfo *user, Str namespace,
                      Str secret)
{
    for (size_t i = 0; i < report->count; i++) {
        const RbacSecretAccess *x = &report->items[i];
        if (x->way == RBAC_WAY_READ && rbac_subject_is(x->subject, user) &&
            (!x->namespace.len || str_eq(x->namespace, namespace)) &&
            (!x->secret.len || str_eq(x->secret, secret))) {
            return true;
        }
    }
    return false;
}

static bool may_read(const Facts *f, const UserInfo *user, Str namespace, Str secret)
{
    static const Str verbs[] = { STR_INIT("get"), STR_INIT("list"), STR_INIT("watch") };
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        RbacRequest request = { .user = user,
                                .verb = verbs[i],
                                .api_group = STR(""),
                                .resource = STR("secrets"),
                                .subresource = STR(""),
                                .name = secret,
                                .namespace = namespace,
                                .path = STR(""),
                                .is_resource = true };
        if (rbac_allows(f, &request)) {
            return true;
        }
    }
    return false;
}

/* Who reads a secret is who the authorizer lets. */
static void test_readers_are_those_of_the_authorizer(void **state)
{
    (void)state;
    static const TestSize size = { 3, 5, 10, 16, 4 };
    size_t readers = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        TestState t;
        test_generate(&t, &size, seed);
        RbacInventory inventory;
        rbac_inventory_take(t.cluster, NULL, &t.arena, &inventory);
        RbacSecretReport report;
        rbac_secrets_find(&inventory, &(RbacSecretQuestion){ .defaults = true }, &t.arena, &report);
        RbacClusterSubjects subjects = rbac_cluster_subjects(t.cluster);
        for (size_t i = 0; i < subjects.count; i++) {
            const RbacClusterSubject *s = &subjects.items[i];
            UserInfo user = rbac_cluster_user((SubjectKind)s->kind, s->namespace, s->name,
                                              &t.arena);
            if (str_list_has(user.groups, STR(RBAC_GROUP_MASTERS))) {
                continue; /* may everything, whatever is bound */
            }
            for (size_t k = 0; k < t.cluster->namespaces.count; k++) {
                Str namespace = t.cluster->namespaces.items[k];
                Str secret = test_pick(&t.seed, test_names);
                bool may = may_read(t.cluster->facts, &user, namespace, secret);
                if (may != is_listed(&report, &user, namespace, secret)) {
                    fail_msg("seed %zu: %.*s (%d) %.*s/%.*s: may %d", (size_t)seed,
                             STR_ARG(s->name), s->kind, STR_ARG(namespace), STR_ARG(secret), may);
                }
                readers += may;
            }
        }
        rbac_inventory_done(&inventory);
        test_state_done(&t);
    }
    assert_true(readers > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_one_secret),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_readers_are_those_of_the_authorizer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
