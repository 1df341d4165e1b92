/* SPDX-License-Identifier: Apache-2.0 */
/* What may be granted by whom, and what the refusal says. */
#include "decide/rbac/escalate.h"

#include "decide/rbac/test_cluster.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define RULE(verbs, groups, resources) \
    "{'verbs':[" verbs "],'apiGroups':[" groups "],'resources':[" resources "]}"
#define NAMED(verbs, groups, resources, names)                                   \
    "{'verbs':[" verbs "],'apiGroups':[" groups "],'resources':[" resources "]," \
    "'resourceNames':[" names "]}"
#define URLS(verbs, urls) "{'verbs':[" verbs "],'nonResourceURLs':[" urls "]}"

static const RbacRole *role_of(const char *rules, Arena *a)
{
    Str text = arena_printf(a, "{'kind':'ClusterRole','metadata':{'name':'r'},'rules':[%s]}",
                            rules);
    Value v = test_json(a, text.ptr);
    FieldErrors errs = field_errors_new(a);
    const RbacRole *role = rbac_role_compile(&v, a, &errs);
    assert_non_null(role);
    return role;
}

static void rules_cover_rules(void **state)
{
    (void)state;
    static const struct {
        const char *held;
        const char *wanted;
        const char *missing; /* lines joined with | */
    } rows[] = {
        { "", "", "" },
        { "", RULE("'get'", "''", "'pods'"),
          "{APIGroups:[\"\"], Resources:[\"pods\"], "
          "Verbs:[\"get\"]}" },
        { RULE("'get'", "''", "'pods'"), RULE("'get'", "''", "'pods'"), "" },
        { RULE("'*'", "'*'", "'*'"), RULE("'*'", "'*'", "'*'"), "" },
        { RULE("'get','list'", "''", "'pods'"), RULE("'*'", "''", "'pods'"),
          "{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"*\"]}" },
        { RULE("'get'", "'','apps'", "'pods'"), RULE("'get'", "'*'", "'pods'"),
          "{APIGroups:[\"*\"], Resources:[\"pods\"], Verbs:[\"get\"]}" },
        /* one tuple may be covered by one rule, the next by another */
        { RULE("'get'", "''", "'pods'") "," RULE("'list'", "''", "'pods'"),
          RULE("'get','list'", "''", "'pods'"), "" },
        { RULE("'get'", "''", "'pods'"), RULE("'get','list','watch'", "''", "'pods','secrets'"),
          "{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"list\" \"watch\"]}|"
          "{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\" \"list\" \"watch\"]}" },
        { RULE("'get'", "'*'", "'*/log'"), RULE("'get'", "''", "'pods/log'"), "" },
        { RULE("'get'", "'*'", "'*/log'"), RULE("'get'", "''", "'pods'"),
          "{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"get\"]}" },
        { RULE("'get'", "'*'", "'*/log'"), RULE("'get'", "''", "'a/b/log'"),
          "{APIGroups:[\"\"], Resources:[\"a/b/log\"], Verbs:[\"get\"]}" },
        { RULE("'get'", "'*'", "'pods'"), RULE("'get'", "''", "'*/log'"),
          "{APIGroups:[\"\"], Resources:[\"*/log\"], Verbs:[\"get\"]}" },
        { NAMED("'get'", "''", "'pods'", "'a'"), RULE("'get'", "''", "'pods'"),
          "{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"get\"]}" },
        { RULE("'get'", "''", "'pods'"), NAMED("'get'", "''", "'pods'", "'a','b'"), "" },
        { NAMED("'get'", "''", "'pods'", "'a'"), NAMED("'get'", "''", "'pods'", "'b','a'"),
          "{APIGroups:[\"\"], Resources:[\"pods\"], ResourceNames:[\"b\"], Verbs:[\"get\"]}" },
        { URLS("'get'", "'/healthz/*'"), URLS("'get'", "'/healthz/a','/healthz/*'"), "" },
        { URLS("'get'", "'/healthz'"), URLS("'get','post'", "'/healthz','/b*'"),
          "{NonResourceURLs:[\"/b*\"], Verbs:[\"get\"]}|{NonResourceURLs:[\"/b*\"], "
          "Verbs:[\"post\"]}|{NonResourceURLs:[\"/healthz\"], Verbs:[\"post\"]}" },
        { RULE("'*'", "'*'", "'*'"), URLS("'get'", "'/x'"),
          "{NonResourceURLs:[\"/x\"], Verbs:[\"get\"]}" },
        { URLS("'*'", "'*'"), RULE("'get'", "''", "'pods'"),
          "{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"get\"]}" },
        /* said as often as it was asked for */
        { "", RULE("'get'", "''", "'pods'") "," RULE("'get'", "''", "'pods'"),
          "{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"get\" \"get\"]}" },
        { "", "{'verbs':['get'],'resources':['pods']}", "" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const RbacRole *held = role_of(rows[i].held, &a);
        const RbacRole *wanted = role_of(rows[i].wanted, &a);
        const RbacRule **rules = new(&a, const RbacRule *, held->rule_count);
        for (size_t r = 0; r < held->rule_count; r++) {
            rules[r] = &held->rules[r];
        }
        RbacMissing missing = rbac_rules_missing((RbacRuleList){ rules, held->rule_count },
                                                 wanted->rules, wanted->rule_count, &a);
        Buf b = buf_new(&a);
        for (size_t m = 0; m < missing.rules.count; m++) {
            buf_add(&b, m ? STR("|") : STR(""));
            buf_add(&b, missing.rules.items[m]);
        }
        if (!str_eq(buf_str(&b), str_from_c(rows[i].missing))) {
            fail_msg("row %zu: got %.*s, want %s", i, STR_ARG(buf_str(&b)), rows[i].missing);
        }
    }
    arena_done(&a);
}

static void too_many_combinations_end_soon(void **state)
{
    (void)state;
    enum { N = 400 };
    Arena a;
    arena_init(&a, 0);
    Str words[N];
    for (size_t i = 0; i < N; i++) {
        words[i] = arena_printf(&a, "w%zu", i);
    }
    StrList list = { words, N };
    static const Str star = STR_INIT("*");
    RbacRule everything = { .verbs = { &star, 1 },
                            .api_groups = { &star, 1 },
                            .resources = { &star, 1 } };
    const RbacRule *held = &everything;
    RbacRule wanted = { .verbs = list, .api_groups = list, .resources = list };
    assert_true(rbac_rules_missing((RbacRuleList){ &held, 1 }, &wanted, 1, &a).too_many);
    arena_done(&a);
}

static const char cluster_json[] =
    "[{'kind':'ClusterRole','metadata':{'name':'pods'},'rules':[" RULE(
        "'get'", "''",
        "'pods'") "]},"
                  "{'kind':'ClusterRole','metadata':{'name':'secrets'},'rules':[" RULE(
                      "'get'", "''",
                      "'secrets'") "]},"
                                   "{'kind':'Role','metadata':{'name':'local','namespace':'n'},'"
                                   "rules':[" RULE(
                                       "'get'", "''",
                                       "'secrets'") "]},"
                                                    "{'kind':'ClusterRole','metadata':{"
                                                    "'name':'escalator'},'rules':"
                                                    "[" NAMED("'escalate'", "'" RBAC_GROUP "'", "'clusterroles'", "'pods'") "," RULE(
                                                        "'escalate'", "'" RBAC_GROUP "'",
                                                        "'roles'") "]},"
                                                                   "{'kind':'"
                                                                   "ClusterRole','"
                                                                   "metadata':{'name':'"
                                                                   "binder'},'rules':"
                                                                   "[" NAMED(
                                                                       "'bind'", "'" RBAC_GROUP "'",
                                                                       "'clusterroles'",
                                                                       "'secrets','"
                                                                       "gone'") "]},"
                                                                                "{'"
                                                                                "kind':"
                                                                                "'Clust"
                                                                                "erRole"
                                                                                "','"
                                                                                "metada"
                                                                                "ta':{'"
                                                                                "name':"
                                                                                "'all'}"
                                                                                ",'"
                                                                                "rules'"
                                                                                ":"
                                                                                "[" RULE(
                                                                                    "'*"
                                                                                    "'",
                                                                                    "'*"
                                                                                    "'",
                                                                                    "'*"
                                                                                    "'") "]},"
                                                                                         "{'kind':'"
                                                                                         "ClusterRo"
                                                                                         "leBinding"
                                                                                         "','"
                                                                                         "metadata'"
                                                                                         ":{'name':"
                                                                                         "'1'},'"
                                                                                         "roleRef':"
                                                                                         "{'kind':'"
                                                                                         "ClusterRo"
                                                                                         "le','"
                                                                                         "name':"
                                                                                         "'pods'},'"
                                                                                         "subjects'"
                                                                                         ":[{'kind'"
                                                                                         ":'User','"
                                                                                         "name':'u'"
                                                                                         "}]},"
                                                                                         "{'kind':'"
                                                                                         "ClusterRo"
                                                                                         "leBinding"
                                                                                         "','"
                                                                                         "metadata'"
                                                                                         ":{'name':"
                                                                                         "'2'},'"
                                                                                         "roleRef':"
                                                                                         "{'kind':'"
                                                                                         "ClusterRo"
                                                                                         "le','"
                                                                                         "name':"
                                                                                         "'gone'},'"
                                                                                         "subjects'"
                                                                                         ":[{'kind'"
                                                                                         ":'Group',"
                                                                                         "'name':'"
                                                                                         "lost'}]},"
                                                                                         "{'kind':'"
                                                                                         "RoleBindi"
                                                                                         "ng','"
                                                                                         "metadata'"
                                                                                         ":{'name':"
                                                                                         "'3','"
                                                                                         "namespace"
                                                                                         "':'n'},'"
                                                                                         "roleRef':"
                                                                                         "{'kind':'"
                                                                                         "Role','"
                                                                                         "name':"
                                                                                         "'gone'},'"
                                                                                         "subjects'"
                                                                                         ":[{'kind'"
                                                                                         ":'Group',"
                                                                                         "'name':'"
                                                                                         "lost'}]},"
                                                                                         "{'kind':'"
                                                                                         "ClusterRo"
                                                                                         "leBinding"
                                                                                         "','"
                                                                                         "metadata'"
                                                                                         ":{'name':"
                                                                                         "'4'},'"
                                                                                         "roleRef':"
                                                                                         "{'kind':'"
                                                                                         "ClusterRo"
                                                                                         "le','"
                                                                                         "name':"
                                                                                         "'escalato"
                                                                                         "r'},'"
                                                                                         "subjects'"
                                                                                         ":[{'kind'"
                                                                                         ":'User','"
                                                                                         "name':'"
                                                                                         "escalator"
                                                                                         "'}]},"
                                                                                         "{'kind':'"
                                                                                         "RoleBindi"
                                                                                         "ng','"
                                                                                         "metadata'"
                                                                                         ":{'name':"
                                                                                         "'5','"
                                                                                         "namespace"
                                                                                         "':'n'},'"
                                                                                         "roleRef':"
                                                                                         "{'kind':'"
                                                                                         "ClusterRo"
                                                                                         "le',"
                                                                                         "'name':'"
                                                                                         "binder'},"
                                                                                         "'subjects"
                                                                                         "':[{'"
                                                                                         "kind':'"
                                                                                         "User','"
                                                                                         "name':'"
                                                                                         "binder'}]"
                                                                                         "},"
                                                                                         "{'kind':'"
                                                                                         "ClusterRo"
                                                                                         "leBinding"
                                                                                         "','"
                                                                                         "metadata'"
                                                                                         ":{'name':"
                                                                                         "'6'},'"
                                                                                         "roleRef':"
                                                                                         "{'kind':'"
                                                                                         "ClusterRo"
                                                                                         "le','"
                                                                                         "name':"
                                                                                         "'all'},'"
                                                                                         "subjects'"
                                                                                         ":[{'kind'"
                                                                                         ":'User','"
                                                                                         "name':'"
                                                                                         "all'}]}]";

#define ROLE(kind, metadata, rules) \
    "{'kind':'" kind "','metadata':{" metadata "},'rules':[" rules "]}"
#define AGGREGATED(selectors) \
    "{'kind':'ClusterRole','metadata':{'name':'x'},'rules':[],'aggregationRule':{" selectors "}}"
#define BINDING(kind, metadata, ref)                                                           \
    "{'kind':'" kind "','metadata':{" metadata "},'roleRef':{'apiGroup':'" RBAC_GROUP "'," ref \
    "},'subjects':[]}"
#define SECRETS RULE("'get'", "''", "'secrets'")

static const struct {
    const char *user;
    const char *group;
    const char *namespace;
    const char *object;
    const char *old; /* NULL for a create */
    int code;        /* 0 when allowed */
    const char *message;
} writes[] = {
    { "u", "g", "", ROLE("ClusterRole", "'name':'x'", RULE("'get'", "''", "'pods'")), NULL, 0,
      NULL },
    { "u", "g", "n", ROLE("Role", "'name':'x'", SECRETS), NULL, 403,
      "roles.rbac.authorization.k8s.io \"x\" is forbidden: user \"u\" (groups=[\"g\"]) is "
      "attempting "
      "to grant RBAC permissions not currently held:\n"
      "{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\"]}" },
    { "u", "lost", "n", ROLE("Role", "'generateName':'x-'", SECRETS), NULL, 403,
      "roles.rbac.authorization.k8s.io is forbidden: user \"u\" (groups=[\"lost\"]) is attempting "
      "to grant RBAC permissions not currently held:\n"
      "{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\"]}; resolution errors: "
      "[[clusterroles.rbac.authorization.k8s.io \"gone\" not found, "
      "roles.rbac.authorization.k8s.io \"gone\" not found]]" },
    { "u", "lost", "", ROLE("ClusterRole", "'name':'x'", SECRETS), NULL, 403,
      "clusterroles.rbac.authorization.k8s.io \"x\" is forbidden: user \"u\" (groups=[\"lost\"]) "
      "is "
      "attempting to grant RBAC permissions not currently held:\n"
      "{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\"]}; resolution errors: "
      "[clusterroles.rbac.authorization.k8s.io \"gone\" not found]" },
    { "u", "system:masters", "n", ROLE("Role", "'name':'x'", SECRETS), NULL, 0, NULL },
    { "escalator", "g", "n", ROLE("Role", "'name':'x'", SECRETS), NULL, 0, NULL },
    /* a create has no name yet: a grant on one name does not help */
    { "escalator", "g", "", ROLE("ClusterRole", "'name':'pods'", SECRETS), NULL, 403,
      "clusterroles.rbac.authorization.k8s.io \"pods\" is forbidden: user \"escalator\" "
      "(groups=[\"g\"]) is attempting to grant RBAC permissions not currently held:\n"
      "{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\"]}" },
    { "escalator", "g", "", ROLE("ClusterRole", "'name':'pods'", SECRETS),
      ROLE("ClusterRole", "'name':'pods'", ""), 0, NULL },
    /* what the garbage collector writes */
    { "u", "g", "n", ROLE("Role", "'name':'x','finalizers':['a']", SECRETS),
      ROLE("Role", "'name':'x','labels':{}", SECRETS), 0, NULL },
    { "u", "g", "n", ROLE("Role", "'name':'x','labels':{'a':'b'}", SECRETS),
      ROLE("Role", "'name':'x'", SECRETS), 403,
      "roles.rbac.authorization.k8s.io \"x\" is forbidden: user \"u\" (groups=[\"g\"]) is "
      "attempting "
      "to grant RBAC permissions not currently held:\n"
      "{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\"]}" },
    { "u", "g", "", AGGREGATED("'clusterRoleSelectors':[{}]"), NULL, 403,
      "clusterroles.rbac.authorization.k8s.io \"x\" is forbidden: must have cluster-admin "
      "privileges "
      "to use the aggregationRule" },
    { "u", "g", "", AGGREGATED("'clusterRoleSelectors':[]"), NULL, 0, NULL },
    { "all", "g", "", AGGREGATED("'clusterRoleSelectors':[{}]"), NULL, 0, NULL },
    { "u", "g", "", ROLE("ClusterRole", "'name':'x'", ""),
      AGGREGATED("'clusterRoleSelectors':[{}]"), 403,
      "clusterroles.rbac.authorization.k8s.io \"x\" is forbidden: must have cluster-admin "
      "privileges "
      "to use the aggregationRule" },
    { "u", "g", "n", BINDING("RoleBinding", "'name':'x'", "'kind':'ClusterRole','name':'pods'"),
      NULL, 0, NULL },
    { "u", "g", "n", BINDING("RoleBinding", "'name':'x'", "'kind':'Role','name':'local'"), NULL,
      403,
      "rolebindings.rbac.authorization.k8s.io \"x\" is forbidden: user \"u\" (groups=[\"g\"]) is "
      "attempting to grant RBAC permissions not currently held:\n"
      "{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\"]}" },
    { "binder", "g", "n",
      BINDING("RoleBinding", "'name':'x'", "'kind':'ClusterRole','name':'secrets'"), NULL, 0,
      NULL },
    { "binder", "g", "n",
      BINDING("RoleBinding", "'name':'x'", "'kind':'ClusterRole','name':'gone'"), NULL, 0, NULL },
    { "binder", "g", "",
      BINDING("ClusterRoleBinding", "'name':'x'", "'kind':'ClusterRole','name':'secrets'"), NULL,
      403,
      "clusterrolebindings.rbac.authorization.k8s.io \"x\" is forbidden: user \"binder\" "
      "(groups=[\"g\"]) is attempting to grant RBAC permissions not currently held:\n"
      "{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\"]}" },
    { "u", "g", "n", BINDING("RoleBinding", "'name':'x'", "'kind':'Role','name':'gone'"), NULL, 404,
      "roles.rbac.authorization.k8s.io \"gone\" not found" },
    { "u", "g", "n", BINDING("RoleBinding", "'name':'x'", "'kind':'Role','name':''"), NULL, 400,
      "Name parameter required." },
    { "u", "g", "n", BINDING("RoleBinding", "'name':'x'", "'kind':'Role','name':'a/b'"), NULL, 400,
      "Name parameter invalid: \"a/b\": may not contain '/'" },
    { "u", "g", "", BINDING("ClusterRoleBinding", "'name':'x'", "'kind':'Role','name':'a'"), NULL,
      400, "Namespace parameter required." },
    { "u", "g", "n", BINDING("RoleBinding", "'name':'x'", "'kind':'Rule','name':'a'"), NULL, 500,
      "unsupported role reference kind: \"Rule\"" },
    { "u", "g", "n", "{'kind':'RoleBinding','metadata':{'name':'x'}}", NULL, 500,
      "unsupported role reference kind: \"\"" },
    { "u", "g", "n", BINDING("RoleBinding", "'name':'x'", "'kind':'Role','name':'local'"),
      BINDING("RoleBinding", "'name':'x','ownerReferences':[{}]", "'kind':'Role','name':'local'"),
      0, NULL },
    { "u", "g", "n", "{'kind':'Pod','metadata':{'name':'x'}}", NULL, 0, NULL },
};

static void writing_roles_and_bindings(void **state)
{
    (void)state;
    TestCluster c;
    test_cluster_init(&c);
    test_cluster_add(&c, cluster_json);
    for (size_t i = 0; i < COUNT_OF(writes); i++) {
        Value object = test_json(&c.arena, writes[i].object), old;
        Str group = str_from_c(writes[i].group);
        UserInfo user = { .name = str_from_c(writes[i].user), .groups = { &group, 1 } };
        RbacWrite w = {
            .user = &user,
            .kind = value_get_str(&object, STR("kind")),
            .namespace = str_from_c(writes[i].namespace),
            .name = STR(""),
            .object = &object,
        };
        if (writes[i].old) {
            old = test_json(&c.arena, writes[i].old);
            w.old = &old;
            w.name = value_as_str(value_at(&object, "metadata", "name", NULL));
        }
        Status refusal = { 0 };
        bool allowed = rbac_write_allowed(&c.facts, &w, &c.arena, &refusal);
        if (allowed != (writes[i].code == 0) || refusal.code != writes[i].code ||
            !str_eq(refusal.message, str_from_c(writes[i].message))) {
            fail_msg("row %zu: got %d %.*s, want %d %s", i, refusal.code, STR_ARG(refusal.message),
                     writes[i].code, writes[i].message ? writes[i].message : "");
        }
    }
    test_cluster_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_cover_rules),
        cmocka_unit_test(too_many_combinations_end_soon),
        cmocka_unit_test(writing_roles_and_bindings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
