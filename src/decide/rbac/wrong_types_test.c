/* SPDX-License-Identifier: Apache-2.0 */
/* Any type in any field of any RBAC object or review: compiled, defaulted, validated, checked and
 * decided or refused; never a crash, never silence about what cannot be compiled. */
#include "decide/rbac/authorizer.h"
#include "decide/rbac/escalate.h"
#include "decide/rbac/review.h"
#include "decide/rbac/test_cluster.h"
#include "decide/rbac/validate.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static const char *const templates[] = {
    "{'apiVersion':'rbac.authorization.k8s.io/v1','kind':'ClusterRole','metadata':{'name':'r',"
    "'labels':{'a':'b'}},'rules':[{'verbs':['get'],'apiGroups':[''],'resources':['pods'],"
    "'resourceNames':['a']},{'verbs':['get'],'nonResourceURLs':['/x']}],'aggregationRule':{"
    "'clusterRoleSelectors':[{'matchLabels':{'a':'b'},'matchExpressions':[{'key':'a','operator':'"
    "In',"
    "'values':['b']}]}]}}",
    "{'apiVersion':'rbac.authorization.k8s.io/v1','kind':'Role','metadata':{'name':'r','namespace':"
    "'n'},'rules':[{'verbs':['get'],'apiGroups':[''],'resources':['pods'],'resourceNames':['a']}]}",
    "{'apiVersion':'rbac.authorization.k8s.io/v1','kind':'RoleBinding','metadata':{'name':'b',"
    "'namespace':'n','ownerReferences':[{}]},'roleRef':{'apiGroup':'rbac.authorization.k8s.io',"
    "'kind':'ClusterRole','name':'r'},'subjects':[{'kind':'User','name':'u','apiGroup':"
    "'rbac.authorization.k8s.io'},{'kind':'ServiceAccount','name':'s','namespace':'n'}]}",
    "{'apiVersion':'authorization.k8s.io/v1','kind':'SubjectAccessReview','metadata':{'namespace':"
    "'n','labels':{'a':'b'}},'spec':{'user':'u','groups':['g'],'extra':{'k':['v']},"
    "'namespace':'n','resourceAttributes':{'verb':'get','group':'','resource':'pods','name':'a',"
    "'namespace':'n','subresource':''},'nonResourceAttributes':{'verb':'get','path':'/x'}}}",
    "{'kind':'Pod','metadata':{'name':'p','namespace':'n','annotations':{'a':'b'}},'spec':{'"
    "nodeName':"
    "'n1','serviceAccountName':'s','containers':[{'env':[{'valueFrom':{'secretKeyRef':{'name':"
    "'a'}}}]}],'volumes':[{'secret':{'secretName':'a'}},{'projected':{'sources':[{'secret':{'name':"
    "'a'}}]}}]}}",
};

static size_t tried;

static void try_as_role_or_binding(const Facts *f, const UserInfo *user, const Value *object,
                                   Arena *a)
{
    FieldErrors errs = field_errors_new(a);
    const RbacRole *role = rbac_role_compile(object, a, &errs);
    assert_true((role != NULL) == (errs.count == 0));
    FieldErrors binding_errs = field_errors_new(a);
    bool ok = rbac_binding_compile(object, a, &binding_errs) != NULL;
    assert_true(ok == (binding_errs.count == 0));
    if (role) {
        rbac_aggregate(&role, 1, a);
    }
    static const Str kinds[] = { STR_INIT("Role"), STR_INIT("ClusterRole"),
                                 STR_INIT("RoleBinding") };
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        Value copy = value_copy(object, a);
        Status refusal = { 0 };
        RbacWrite w = { user, kinds[i], STR("n"), STR(""), &copy, object };
        rbac_apply_defaults(&copy, a);
        assert_true(rbac_write_allowed(f, &w, a, &refusal) || refusal.code >= 400);
        w.old = NULL;
        assert_true(rbac_write_allowed(f, &w, a, &refusal) || refusal.code >= 400);
        FieldErrors all = field_errors_new(a);
        rbac_validate_create(&copy, &all);
        rbac_validate_update(&copy, object, &all);
    }
}

static void try_as_review(const Facts *f, const UserInfo *user, const Value *object, Arena *a)
{
    static const Str kinds[] = { STR_INIT("SubjectAccessReview"),
                                 STR_INIT("LocalSubjectAccessReview"),
                                 STR_INIT("SelfSubjectAccessReview"),
                                 STR_INIT("SelfSubjectRulesReview") };
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        Value out;
        Status refusal = { 0 };
        RbacReview review = { user, kinds[i], STR("n"), object };
        assert_true(rbac_review(f, &review, a, &out, &refusal) ||
                    (refusal.code >= 400 && refusal.message.len));
    }
}

static void try_as_pod(const Value *object)
{
    static const Str group = STR_INIT("system:nodes");
    UserInfo node = { .name = STR("system:node:n1"), .groups = { &group, 1 } };
    RbacRequest req = { .user = &node,
                        .verb = STR("get"),
                        .resource = STR("secrets"),
                        .name = STR("x"),
                        .namespace = STR("n"),
                        .is_resource = true };
    TestCluster c;
    test_cluster_init(&c);
    c.objects[c.object_count++] = object;
    RbacAnswer answer;
    authorizer_decide(&c.facts, &req, &c.arena, &answer);
    assert_false(answer.allowed);
    test_cluster_done(&c);
}

static void try(const Value *object)
{
    static const Str group = STR_INIT("g");
    UserInfo user = { .name = STR("u"), .groups = { &group, 1 } };
    TestCluster c;
    test_cluster_init(&c);
    try_as_role_or_binding(&c.facts, &user, object, &c.arena);
    try_as_review(&c.facts, &user, object, &c.arena);
    test_cluster_done(&c);
    try_as_pod(object);
    tried++;
}

/* Puts each other type at the place of v and of everything in it. */
static void walk(Value *root, Value *v, Arena *a)
{
    static const char *const others[] = { "null",   "true",   "7",
                                          "1.5",    "'text'", "''",
                                          "[]",     "[null]", "['x']",
                                          "[[{}]]", "{}",     "{'kind':'User','name':'u','a':{}}" };
    Value kept = *v;
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        *v = test_json(a, others[i]);
        try(root);
    }
    *v = kept;
    VALUE_EACH_ITEM(item, v) {
        walk(root, item, a);
    }
    VALUE_EACH_MEMBER(m, v) {
        walk(root, &m->value, a);
    }
}

static void any_type_in_any_field(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(templates); i++) {
        Arena a;
        arena_init(&a, 0);
        Value root = test_json(&a, templates[i]);
        walk(&root, &root, &a);
        arena_done(&a);
    }
    assert_true(tried > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(any_type_in_any_field) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
