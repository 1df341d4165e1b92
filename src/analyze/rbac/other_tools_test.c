/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The test data of two other tools, written anew: the same subjects and cells. Then where they are
 * wrong, a test each with the reason.
 *
 * Sources (both Apache-2.0):
 *   github.com/aquasecurity/kubectl-who-can  pkg/cmd/policy_rule_matcher_test.go
 *   github.com/corneliusweig/rakkess         internal/client/subject_access_test.go,
 *                                            internal/client/result/subject_test.go
 * Its integration test is tests/fixtures/rbac/who-can.yaml.
 */
#include "analyze/rbac/report.h"
#include "analyze/rbac/test_generate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#define API "'apiVersion':'rbac.authorization.k8s.io/v1'"
#define ROLE(name, rules) \
    "{" API ",'kind':'ClusterRole','metadata':{'name':'" name "'},'rules':[" rules "]}"
#define ROLE_IN(ns, name, rules)                                                                 \
    "{" API ",'kind':'Role','metadata':{'name':'" name "','namespace':'" ns "'},'rules':[" rules \
    "]}"
#define REF(kind, name) \
    "'roleRef':{'apiGroup':'rbac.authorization.k8s.io','kind':'" kind "','name':'" name "'}"
#define BIND(name, role, subjects)                                   \
    "{" API ",'kind':'ClusterRoleBinding','metadata':{'name':'" name \
    "'}," REF("ClusterRole", role) ",'subjects':[" subjects "]}"
#define BIND_IN(ns, name, kind, role, subjects)                                    \
    "{" API ",'kind':'RoleBinding','metadata':{'name':'" name "','namespace':'" ns \
    "'}," REF(kind, role) ",'subjects':[" subjects "]}"
#define USER(name) "{'kind':'User','name':'" name "'}"
#define GROUP(name) "{'kind':'Group','name':'" name "'}"
#define ACCOUNT(ns, name)                                                                       \
    "{'apiVersion':'v1','kind':'ServiceAccount','metadata':{'name':'" name "','namespace':'" ns \
    "'}}"
#define RULE(groups, resources, verbs) \
    "{'apiGroups':[" groups "],'resources':[" resources "],'verbs':[" verbs "]}"
#define RULE_OF(groups, resources, names, verbs)                                    \
    "{'apiGroups':[" groups "],'resources':[" resources "],'resourceNames':[" names \
    "],'verbs':[" verbs "]}"
#define URL_RULE(urls, verbs) "{'nonResourceURLs':[" urls "],'verbs':[" verbs "]}"

static void check(Str got, const char *want, const char *what)
{
    if (!str_eq(got, str_from_c(want))) {
        fail_msg("%s: got  %.*s\n      want %s", what, STR_ARG(got), want);
    }
}

static void init(TestState *t, const char *objects)
{
    Arena a;
    arena_init(&a, 0);
    test_state_of(t, arena_printf(&a, "[%s]", objects).ptr);
    arena_done(&a);
}

/* "User u, ServiceAccount a/b in n": who may, each once; where it is not cluster-wide. */
static Str who(TestState *t, const WhoCanQuestion *q)
{
    WhoCan answer;
    who_can(t->cluster, q, &t->arena, &answer);
    WhoCanSubjects subjects = who_can_subjects(t->cluster, answer.grants, &t->arena);
    Buf b = buf_new(&t->arena);
    for (size_t i = 0; i < subjects.count; i++) {
        const WhoCanSubject *s = &subjects.items[i];
        buf_add(&b, b.len ? STR(", ") : STR(""));
        buf_add(&b, rbac_subject_key_text(&s->key, &t->arena));
        StrList namespaces = who_can_namespaces(s, &t->arena);
        for (size_t n = 0; n < namespaces.count && !s->is_cluster_wide; n++) {
            buf_printf(&b, " in %.*s", STR_ARG(namespaces.items[n]));
        }
    }
    return buf_str(&b);
}

static WhoCanQuestion ask(const char *verb, const char *resource, const char *group)
{
    Str none = STR("");
    WhoCanQuestion q = { str_from_c(verb), true, str_from_c(group), none, none, none, true,
                         STR_ABSENT,       none };
    if (resource[0] == '/') {
        q.is_resource = q.namespaced = false;
        q.path = str_from_c(resource);
    } else {
        str_split_once(str_from_c(resource), '/', &q.resource, &q.subresource);
    }
    return q;
}

/* -- kubectl-who-can: does the rule cover the action ------------------------------------------- */

#define SERVICES RULE("''", "'services'", "'get','list'")
#define NAMED(names) RULE_OF("''", "'services'", names, "'get','list'")

static void test_rules_of_who_can(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *rules;
        const char *verb;
        const char *resource;
        const char *group;
        const char *of; /* the object's name */
        bool want;
    } rows[] = {
        { "role", SERVICES "," RULE("'extensions'", "'deployments'", "'get','list'"), "list",
          "deployments", "extensions", "", true },
        { "subresource",
          RULE("''", "'deployments'", "'update','patch','delete'") "," RULE(
              "'extensions'", "'deployments/scale'", "'update'"),
          "update", "deployments/scale", "extensions", "", true },
        { "A", SERVICES, "get", "services", "", "", true },
        { "B", RULE("''", "'*'", "'get','list'"), "get", "services", "", "", true },
        { "C", RULE("''", "'services'", "'*'"), "get", "services", "", "", true },
        { "D", SERVICES, "get", "services", "", "mongodb", true },
        { "E", NAMED("'mongodb','nginx'"), "get", "services", "", "mongodb", true },
        { "F", NAMED("'nginx'"), "get", "services", "", "mongodb", false },
        { "G", NAMED("'nginx'"), "get", "services", "", "", false },
        { "H", RULE("''", "'pods'", "'create'"), "get", "pods", "", "", false },
        { "I", RULE("''", "'pods'", "'get'"), "get", "persistentvolumes", "", "", false },
        { "J", URL_RULE("'/logs'", "'get'"), "get", "/logs", "", "", true },
        { "K", URL_RULE("'/logs'", "'post'"), "get", "/logs", "", "", false },
        { "L", URL_RULE("'/api'", "'get'"), "get", "/logs", "", "", false },
        { "group", RULE("'extensions'", "'deployments'", "'get'"), "get", "deployments",
          "extensions", "", true },
        { "all groups", RULE("'*'", "'pods'", "'get'"), "get", "pods", "metrics.k8s.io", "", true },
        { "another group", RULE("''", "'pods'", "'get'"), "get", "pods", "metrics.k8s.io", "",
          false },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        TestState t;
        Arena a;
        arena_init(&a, 0);
        init(&t,
             arena_printf(&a, ROLE("r", "%s") "," BIND("b", "r", USER("u")), rows[i].rules).ptr);
        WhoCanQuestion q = ask(rows[i].verb, rows[i].resource, rows[i].group);
        q.name = str_from_c(rows[i].of);
        check(who(&t, &q), rows[i].want ? "User u" : "", rows[i].name);
        test_state_done(&t);
        arena_done(&a);
    }
}

/* -- rakkess: the subjects of a resource ------------------------------------------------------- */

/* "user1 create, user2 create list": all that is allowed there, system:masters left out. */
static Str subjects_of(TestState *t, const char *typed, const char *namespace, const char *name)
{
    RbacResource r;
    assert_true(rbac_cluster_find_resource(t->cluster, str_from_c(typed), STR(""), &r));
    MatrixQuestion q = { &r, str_from_c(name), str_from_c(namespace), false };
    MatrixSubjects subjects = matrix_of_resource(t->cluster, &q, &t->arena);
    Buf b = buf_new(&t->arena);
    for (size_t i = 0; i < subjects.count; i++) {
        const MatrixSubject *s = &subjects.items[i];
        if (!s->access.yes || str_eq(s->key.name, STR(RBAC_GROUP_MASTERS))) {
            continue;
        }
        buf_printf(&b, "%s%.*s", b.len ? ", " : "", STR_ARG(s->key.name));
        for (int verb = 0; verb < RBAC_CATALOGUE_VERBS; verb++) {
            if (s->access.yes >> verb & 1) {
                buf_printf(&b, " %.*s", STR_ARG(rbac_catalogue_verb(verb)));
            }
        }
    }
    return buf_str(&b);
}

#define ALL_VERBS " create delete deletecollection get list patch update watch"
#define CR(group, resource, verbs) ROLE("some-clusterrole", RULE(group, resource, verbs))
#define R(group, resource, verbs) ROLE_IN("some-ns", "some-role", RULE(group, resource, verbs))
#define CRB(subjects) BIND("crb", "some-clusterrole", subjects)
#define RB(subjects) BIND_IN("some-ns", "rb", "Role", "some-role", subjects)

static void test_subjects_of_rakkess(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *resource;
        const char *namespace; /* NULL: the whole cluster */
        const char *of;
        const char *objects;
        const char *want;
    } rows[] = {
        { "cluster role and role", "deployments", "some-ns", "",
          CR("'apps'", "'deployments'", "'create'") "," CRB(USER("test-user")) "," R(
              "'apps'", "'deployments'", "'list'") "," RB(USER("test-user")),
          "test-user create list" },
        { "several subjects", "deployments", "some-ns", "",
          CR("'apps'", "'deployments'", "'create'") "," CRB(USER("user1") "," USER("user2")) "," R(
              "'apps'", "'deployments'", "'list'") "," RB(USER("user2") "," USER("user3")),
          "user1 create, user2 create list, user3 list" },
        { "the whole cluster", "deployments", NULL, "",
          CR("'apps'", "'deployments'", "'create'") "," CRB(USER("test-user")) "," R(
              "'apps'", "'deployments'", "'list'") "," RB(USER("test-user")),
          "test-user create" },
        { "role binding to a cluster role", "deployments", "some-ns", "",
          CR("'apps'", "'deployments'", "'create'") "," BIND_IN(
              "some-ns", "rb", "ClusterRole", "some-clusterrole", USER("test-user")),
          "test-user create" },
        { "another resource", "deployments", "some-ns", "",
          CR("''", "'configmaps'", "'create'") "," CRB(USER("test-user")) "," R(
              "''", "'configmaps'", "'list'") "," RB(USER("test-user")),
          "" },
        { "all verbs in a role", "configmaps", "some-ns", "",
          CR("''", "'configmaps'", "'create'") "," CRB(USER("test-user")) "," R(
              "''", "'configmaps'", "'*'") "," RB(USER("test-user")),
          "test-user" ALL_VERBS },
        { "all verbs in a cluster role", "configmaps", "some-ns", "",
          CR("''", "'configmaps'", "'*'") "," CRB(USER("test-user")), "test-user" ALL_VERBS },
        { "simple rule", "deployments", NULL, "",
          CR("'apps'", "'deployments'", "'create','get'") "," CRB(USER("u")), "u create get" },
        { "several resources", "deployments", NULL, "",
          CR("'apps'", "'other','deployments','another'", "'create','get'") "," CRB(USER("u")),
          "u create get" },
        { "no such resource", "deployments", NULL, "",
          CR("'apps'", "'other','another'", "'create','get'") "," CRB(USER("u")), "" },
        { "names, none asked for", "deployments", NULL, "",
          ROLE("some-clusterrole", RULE_OF("'apps'", "'deployments'", "'no-match'",
                                           "'create','get'")) "," CRB(USER("u")),
          "" },
        { "the name asked for", "deployments", NULL, "my-resource-name",
          ROLE("some-clusterrole", RULE_OF("'apps'", "'deployments'", "'my-resource-name'",
                                           "'create','get'")) "," CRB(USER("u")),
          "u create get" },
        { "another name", "deployments", NULL, "my-resource-name",
          ROLE("some-clusterrole",
               RULE_OF("'apps'", "'deployments'", "'wrong'", "'create','get'")) "," CRB(USER("u")),
          "" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        TestState t;
        init(&t, rows[i].objects);
        check(subjects_of(&t, rows[i].resource, rows[i].namespace, rows[i].of), rows[i].want,
              rows[i].name);
        test_state_done(&t);
    }
}

/* -- where they are wrong ---------------------------------------------------------------------- */

/* Neither tool names system:masters unless a binding does, but the API server's first authorizer
 * lets its members do everything: without a binding, and whatever roles say. */
static void test_masters(void **state)
{
    (void)state;
    TestState t;
    init(&t, ROLE("r", RULE("''", "'pods'", "'get'")) "," BIND("b", "r", USER("u")));
    WhoCanQuestion q = ask("delete", "secrets", "");
    WhoCan answer;
    who_can(t.cluster, &q, &t.arena, &answer);
    Value v = who_can_to_value(t.cluster, &answer, &t.arena);
    const Value *always = value_item(value_get_lit(&v, "always"), 0);
    check(value_get_str(always, STR("name")), "system:masters", "always");
    RbacResource r;
    assert_true(rbac_cluster_find_resource(t.cluster, STR("secrets"), STR(""), &r));
    MatrixQuestion mq = { &r, STR(""), STR_ABSENT, false };
    MatrixSubjects subjects = matrix_of_resource(t.cluster, &mq, &t.arena);
    assert_int_equal(subjects.count, 1);
    check(subjects.items[0].key.name, "system:masters", "matrix");
    assert_int_equal(subjects.items[0].access.yes, r.verbs);
    test_state_done(&t);
}

/* Both name the group of a binding and nobody else, but each service account is in its groups, and
 * everybody who is authenticated in theirs: they may as well. The anonymous may not. */
static void test_implied_groups(void **state)
{
    (void)state;
    TestState t;
    init(
        &t,
        ROLE("r", RULE("''", "'pods'", "'get'")) "," ROLE("s", RULE("''", "'secrets'", "'get'")) "," BIND(
            "b", "r",
            GROUP(
                "system:serviceaccounts:a")) "," BIND("c", "s",
                                                      GROUP("system:authenticated") "," GROUP(
                                                          "other")) "," BIND("d", "none",
                                                                             USER("jane") "," USER(
                                                                                 "system:"
                                                                                 "anonymou"
                                                                                 "s")) "," ACCOUNT("a",
                                                                                                   "x") "," ACCOUNT("b",
                                                                                                                    "y"));
    WhoCanQuestion q = ask("get", "pods", "");
    check(who(&t, &q), "Group system:serviceaccounts:a, ServiceAccount a/x", "accounts");
    q = ask("get", "secrets", "");
    check(who(&t, &q),
          "User jane, Group other, Group system:authenticated, Group system:masters, Group "
          "system:serviceaccounts:a, ServiceAccount a/x, ServiceAccount b/y",
          "authenticated");
    test_state_done(&t);
}

/* A user of the name system:serviceaccount:NS:NAME is that account: the tools list a User. */
static void test_accounts_as_users(void **state)
{
    (void)state;
    TestState t;
    init(&t, ROLE("r", RULE("''", "'pods'", "'get'")) "," BIND(
                 "b", "r", USER("system:serviceaccount:a:x")) "," ACCOUNT("a", "x"));
    WhoCanQuestion q = ask("get", "pods", "");
    check(who(&t, &q), "User system:serviceaccount:a:x, ServiceAccount a/x", "both");
    test_state_done(&t);
}

/* A role to aggregate has no rules of its own in a manifest: the tools see it empty until a
 * controller has filled it in. */
static void test_aggregation(void **state)
{
    (void)state;
    TestState t;
    init(&t, "{" API ",'kind':'ClusterRole','metadata':{'name':'all'},'rules':[],'aggregationRule':"
             "{'clusterRoleSelectors':[{'matchLabels':{'to':'all'}}]}},"
             "{" API ",'kind':'ClusterRole','metadata':{'name':'part','labels':{'to':'all'}},"
             "'rules':[" RULE("''", "'pods'", "'get'") "]}," BIND("b", "all", USER("u")));
    WhoCanQuestion q = ask("get", "pods", "");
    check(who(&t, &q), "User u", "aggregated");
    check(subjects_of(&t, "pods", NULL, ""), "u get", "matrix");
    test_state_done(&t);
}

/* kubectl-who-can compares resources and URLs as a whole; a star before a subresource and at the
 * end of a path stands for any. */
static void test_patterns(void **state)
{
    (void)state;
    TestState t;
    init(&t,
         ROLE("r",
              RULE("'apps'", "'*/scale'", "'update'") "," URL_RULE(
                  "'/healthz/*'",
                  "'get'")) "," BIND("b", "r",
                                     USER("u")) "," ROLE("s",
                                                         URL_RULE("'*'",
                                                                  "'get'")) "," BIND("c", "s",
                                                                                     USER("v")));
    WhoCanQuestion q = ask("update", "deployments/scale", "apps");
    check(who(&t, &q), "User u", "scale");
    q = ask("update", "deployments", "apps");
    check(who(&t, &q), "", "not the deployment itself");
    q = ask("get", "/healthz/ping", "");
    check(who(&t, &q), "User u, User v", "URL");
    test_state_done(&t);
}

/* rakkess looks at no API group: a right to deployments of another group is none to those of
 * apps. */
static void test_another_group(void **state)
{
    (void)state;
    TestState t;
    init(&t, CR("'example.org'", "'deployments'", "'create'") "," CRB(USER("u")));
    check(subjects_of(&t, "deployments", NULL, ""), "", "another group");
    test_state_done(&t);
}

/* Both take a RoleBinding to a role about nodes for a right to nodes in its namespace. There are
 * none there. But a request for one namespace is in it. */
static void test_resources_without_namespace(void **state)
{
    (void)state;
    TestState t;
    init(&t, ROLE("r", RULE("''", "'nodes','namespaces'", "'get','list'")) "," BIND_IN(
                 "a", "b", "ClusterRole", "r", USER("u")));
    WhoCanQuestion q = ask("get", "nodes", "");
    q.namespaced = false;
    check(who(&t, &q), "", "nodes");
    check(subjects_of(&t, "nodes", NULL, ""), "", "nodes, matrix");
    q = ask("get", "namespaces", "");
    q.namespaced = false;
    check(who(&t, &q), "", "any namespace");
    q.name = STR("a");
    check(who(&t, &q), "User u in a", "its namespace");
    q.name = STR("b");
    check(who(&t, &q), "", "another namespace");
    check(subjects_of(&t, "namespaces", NULL, "a"), "u get", "its namespace, matrix");
    test_state_done(&t);
}

/* The tools pass over bindings whose role is not there. */
static void test_missing_roles(void **state)
{
    (void)state;
    TestState t;
    init(&t, BIND("b", "gone", USER("u")) "," BIND_IN("a", "c", "Role", "gone", USER("u")));
    WhoCanQuestion q = ask("get", "pods", "");
    WhoCan answer;
    who_can(t.cluster, &q, &t.arena, &answer);
    assert_int_equal(answer.broken.count, 2);
    q.namespaced = false;
    who_can(t.cluster, &q, &t.arena, &answer);
    assert_int_equal(answer.broken.count, 1); /* the RoleBinding is not asked */
    test_state_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules_of_who_can),
        cmocka_unit_test(test_subjects_of_rakkess),
        cmocka_unit_test(test_masters),
        cmocka_unit_test(test_implied_groups),
        cmocka_unit_test(test_accounts_as_users),
        cmocka_unit_test(test_aggregation),
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_another_group),
        cmocka_unit_test(test_resources_without_namespace),
        cmocka_unit_test(test_missing_roles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
