/* SPDX-License-Identifier: Apache-2.0 */
/* Kubernetes' own roles and bindings: how many there are, and what a few of them grant. */
#include "decide/rbac/preset/preset.h"

#include "decide/rbac/test_cluster.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static void counts(void **state)
{
    (void)state;
    static const struct {
        const char *kind;
        size_t want;
    } rows[] = {
        { "ClusterRole", 60 },
        { "ClusterRoleBinding", 41 },
        { "Role", 7 },
        { "RoleBinding", 7 },
    };
    Arena a;
    arena_init(&a, 0);
    Value objects = rbac_preset_kubernetes(&a);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t got = 0, rules = 0;
        VALUE_EACH_ITEM(v, &objects) {
            bool same = str_eq(value_get_str(v, STR("kind")), str_from_c(rows[i].kind));
            got += same;
            rules += same ? value_len(value_get_lit(v, "rules")) : 0;
        }
        assert_int_equal(got, rows[i].want);
        if (i == 0) {
            assert_int_equal(rules, 299);
        }
    }
    assert_true(a.held < (size_t)1 << 20);
    arena_done(&a);
}

static void grants(void **state)
{
    (void)state;
    static const struct {
        const char *user;
        const char *group;
        const char *namespace;
        const char *verb;
        const char *api_group;
        const char *resource;
        const char *path;
        const char *want; /* the binding, NULL for none */
    } rows[] = {
        { "u", "system:authenticated", "", "create", "authorization.k8s.io",
          "selfsubjectaccessreviews", NULL, "system:basic-user" },
        { "u", "system:authenticated", "", "get", "", NULL, "/api/v1", "system:discovery" },
        { "u", "system:unauthenticated", "", "get", "", NULL, "/healthz",
          "system:public-info-viewer" },
        { "u", "system:unauthenticated", "", "get", "", NULL, "/api/v1", NULL },
        { "u", "system:monitoring", "", "get", "", NULL, "/metrics", "system:monitoring" },
        { "system:kube-scheduler", "system:authenticated", "", "create", "", "pods/binding", NULL,
          "system:kube-scheduler" },
        { "system:serviceaccount:kube-system:replicaset-controller", "", "x", "create", "", "pods",
          NULL, "system:controller:replicaset-controller" },
        { "system:serviceaccount:kube-system:default", "system:serviceaccounts", "x", "create", "",
          "pods", NULL, NULL },
        { "system:serviceaccount:kube-system:token-cleaner", "", "kube-system", "delete", "",
          "secrets", NULL, "system:controller:token-cleaner" },
        { "system:node:n", "system:nodes", "", "get", "", "nodes", NULL, NULL },
    };
    TestCluster c;
    test_cluster_init(&c);
    Value objects = rbac_preset_kubernetes(&c.arena);
    test_cluster_add_values(&c, &objects);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str group = str_from_c(rows[i].group);
        UserInfo user = { .name = str_from_c(rows[i].user), .groups = { &group, 1 } };
        RbacRequest req = { .user = &user, .verb = str_from_c(rows[i].verb) };
        if (rows[i].path) {
            req.path = str_from_c(rows[i].path);
        } else {
            req.is_resource = true;
            req.api_group = str_from_c(rows[i].api_group);
            req.namespace = str_from_c(rows[i].namespace);
            str_split_once(str_from_c(rows[i].resource), '/', &req.resource, &req.subresource);
        }
        RbacAnswer answer;
        rbac_authorize(&c.facts, &req, &c.arena, &answer);
        if (answer.allowed != (rows[i].want != NULL) ||
            (answer.by && !str_eq(rbac_binding_name(answer.by), str_from_c(rows[i].want)))) {
            fail_msg("row %zu: %.*s", i, STR_ARG(answer.reason));
        }
    }
    test_cluster_done(&c);
}

static void versions_differ(void **state)
{
    (void)state;
    static const struct {
        const char *role;
        int minor;
        const char *verb;
        const char *api_group;
        const char *resource;
        bool want;
    } rows[] = {
        { "system:basic-user", 26, "create", "authentication.k8s.io", "selfsubjectreviews", false },
        { "system:basic-user", 27, "create", "authentication.k8s.io", "selfsubjectreviews", true },
        { "system:basic-user", 37, "create", "authorization.k8s.io", "selfsubjectaccessreviews",
          true },
        { "edit", 21, "patch", "", "endpoints", true },
        { "edit", 22, "patch", "", "endpoints", false },
        { "edit", 22, "list", "", "endpoints", true },
        { "edit", 22, "patch", "", "services", true },
        { "edit", 20, "create", "", "pods/eviction", false },
        { "admin", 23, "create", "", "serviceaccounts/token", false },
        { "admin", 24, "create", "", "serviceaccounts/token", true },
        { "view", 20, "list", "discovery.k8s.io", "endpointslices", false },
        { "view", 21, "list", "discovery.k8s.io", "endpointslices", true },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        TestCluster c;
        test_cluster_init(&c);
        Value objects = rbac_preset_kubernetes_of(rows[i].minor, &c.arena);
        test_cluster_add_values(&c, &objects);
        const RbacRole *role = c.facts.rbac_role(&c, STR(""), str_from_c(rows[i].role));
        bool got = false;
        for (size_t r = 0; r < role->rule_count; r++) {
            const RbacRule *rule = &role->rules[r];
            got |= str_list_has(rule->verbs, str_from_c(rows[i].verb)) &&
                   str_list_has(rule->api_groups, str_from_c(rows[i].api_group)) &&
                   str_list_has(rule->resources, str_from_c(rows[i].resource));
        }
        if (got != rows[i].want) {
            fail_msg("row %zu: %s", i, rows[i].role);
        }
        test_cluster_done(&c);
    }
}

static void aggregated_roles_are_filled(void **state)
{
    (void)state;
    static const struct {
        const char *role;
        size_t rules;
    } rows[] = { { "admin", 21 }, { "edit", 19 }, { "view", 9 } };
    TestCluster c;
    test_cluster_init(&c);
    Value objects = rbac_preset_kubernetes(&c.arena);
    test_cluster_add_values(&c, &objects);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const RbacRole *role = c.facts.rbac_role(&c, STR(""), str_from_c(rows[i].role));
        assert_int_equal(role->rule_count, rows[i].rules);
    }
    size_t count;
    assert_int_equal(rbac_preset_rules(STR("system:node"), &c.arena, &count)->verbs.count, 1);
    assert_int_equal(count, 22);
    rbac_preset_rules(STR("nobody"), &c.arena, &count);
    assert_int_equal(count, 0);
    test_cluster_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts),
        cmocka_unit_test(grants),
        cmocka_unit_test(versions_differ),
        cmocka_unit_test(aggregated_roles_are_filled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
