/* SPDX-License-Identifier: Apache-2.0 */
/* What makes RBAC objects invalid, and their defaults. */
#include "decide/rbac/validate.h"

#include "decide/rbac/test_cluster.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define ROLE(rules) "{'kind':'Role','metadata':{'name':'r','namespace':'n'},'rules':[" rules "]}"
#define CLUSTER_ROLE(rest) "{'kind':'ClusterRole','metadata':{'name':'r'}," rest "}"
#define BINDING(ref, subjects)                                                           \
    "{'kind':'RoleBinding','metadata':{'name':'b','namespace':'n'},'roleRef':{" ref "}," \
    "'subjects':[" subjects "]}"
#define CLUSTER_BINDING(ref, subjects)                                     \
    "{'kind':'ClusterRoleBinding','metadata':{'name':'b'},'roleRef':{" ref \
    "},'subjects':[" subjects "]}"
#define REF "'apiGroup':'rbac.authorization.k8s.io','kind':'ClusterRole','name':'r'"
#define GROUP "'apiGroup':'rbac.authorization.k8s.io'"

static const struct {
    const char *object;
    const char *want; /* the errors as a list */
} rows[] = {
    { ROLE(""), "[]" },
    { ROLE("{'verbs':['get'],'apiGroups':[''],'resources':['pods']}"), "[]" },
    { ROLE("{'verbs':['get'],'apiGroups':[''],'resources':['pods','secrets'],'resourceNames':"
           "['a']}"),
      "[]" },
    { ROLE("{}"),
      "[rules[0].verbs: Required value: verbs must contain at least one value "
      "rules[0].apiGroups: Required value: resource rules must supply at least one api group "
      "rules[0].resources: Required value: resource rules must supply at least one resource]" },
    { ROLE("{'verbs':['get'],'nonResourceURLs':['/x','/y']}"),
      "[rules[0].nonResourceURLs: Invalid value: []string{\"/x\", \"/y\"}: namespaced rules "
      "cannot apply to non-resource URLs]" },
    { CLUSTER_ROLE("'rules':[{'verbs':['get'],'nonResourceURLs':['/x']}]"), "[]" },
    { CLUSTER_ROLE("'rules':[{'nonResourceURLs':['/x'],'resourceNames':['a']}]"),
      "[rules[0].verbs: Required value: verbs must contain at least one value "
      "rules[0].nonResourceURLs: Invalid value: []string{\"/x\"}: rules cannot apply to both "
      "regular "
      "resources and non-resource URLs]" },
    { CLUSTER_ROLE("'aggregationRule':{'clusterRoleSelectors':[]}"),
      "[aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector "
      "required if aggregationRule is non-nil]" },
    { CLUSTER_ROLE("'aggregationRule':{'clusterRoleSelectors':[{'matchLabels':{'a':'b'}}]}"),
      "[]" },
    { CLUSTER_ROLE("'aggregationRule':null"), "[]" },
    { CLUSTER_ROLE("'aggregationRule':{'clusterRoleSelectors':[{},{'matchExpressions':[{'key':'a',"
                   "'operator':'Near'}]}]}"),
      "[aggregationRule.clusterRoleSelectors[1].matchExpressions[0].operator: Invalid value: "
      "\"Near\": not a valid selector operator aggregationRule.clusterRoleSelectors[1]: Invalid "
      "value: \"null\": invalid label selector: \"Near\" is not a valid pod selector operator]" },
    { "{'kind':'Role','metadata':{'namespace':'n'}}",
      "[metadata.name: Required value: name or generateName is required]" },
    { "{'kind':'Role','metadata':{'name':'r'}}", "[metadata.namespace: Required value]" },
    { "{'kind':'ClusterRole','metadata':{'name':'r','namespace':'n','finalizers':['x']}}",
      "[metadata.namespace: Forbidden: not allowed on this type metadata.finalizers[0]: Invalid "
      "value: \"x\": name is neither a standard finalizer name nor is it fully qualified]" },
    { "{'kind':'Role','metadata':{'name':'has:colon','namespace':'n'}}", "[]" },
    { "{'kind':'Role','metadata':{'name':'..','namespace':'n'}}",
      "[metadata.name: Invalid value: \"..\": may not be '..']" },
    { "{'kind':'ClusterRole','metadata':{'name':'a/b%'}}",
      "[metadata.name: Invalid value: \"a/b%\": may not contain '/' "
      "metadata.name: Invalid value: \"a/b%\": may not contain '%']" },
    { BINDING(REF, ""), "[]" },
    { BINDING(GROUP ",'kind':'Role','name':'r'", ""), "[]" },
    { CLUSTER_BINDING(GROUP ",'kind':'Role','name':'r'", ""),
      "[roleRef.kind: Unsupported value: \"Role\": supported values: \"ClusterRole\"]" },
    { BINDING("'kind':'Rule'", ""),
      "[roleRef.apiGroup: Unsupported value: \"\": supported values: \"rbac.authorization.k8s.io\" "
      "roleRef.kind: Unsupported value: \"Rule\": supported values: \"Role\", \"ClusterRole\" "
      "roleRef.name: Required value]" },
    { BINDING(GROUP ",'kind':'Role','name':'.'", ""),
      "[roleRef.name: Invalid value: \".\": may not be '.']" },
    { BINDING(REF, "{'kind':'User'," GROUP ",'name':'Any Name!'},{'kind':'Group'," GROUP
                   ",'name':'g'},{'kind':'ServiceAccount','name':'s'}"),
      "[]" },
    { BINDING(REF, "{'kind':'User','name':''},{'kind':'Group','apiGroup':'x'}"),
      "[subjects[0].name: Required value "
      "subjects[0].name: Invalid value: \"\": user name cannot be empty "
      "subjects[0].apiGroup: Unsupported value: \"\": supported values: "
      "\"rbac.authorization.k8s.io\" "
      "subjects[1].name: Required value "
      "subjects[1].name: Invalid value: \"\": group name cannot be empty "
      "subjects[1].apiGroup: Unsupported value: \"x\": supported values: "
      "\"rbac.authorization.k8s.io\"]" },
    { CLUSTER_BINDING(REF, "{'kind':'ServiceAccount'," GROUP ",'name':'s'}"),
      "[subjects[0].apiGroup: Unsupported value: \"rbac.authorization.k8s.io\": supported values: "
      "\"\" subjects[0].namespace: Required value]" },
    { BINDING(REF, "{'kind':'ServiceAccount'}"), "[subjects[0].name: Required value]" },
    { BINDING(REF, "{'kind':'Robot','name':'r'}"),
      "[subjects[0].kind: Unsupported value: \"Robot\": supported values: \"ServiceAccount\", "
      "\"User\", \"Group\"]" },
};

static Str errors_text(const FieldErrors *errs, Arena *a)
{
    Buf b = buf_new(a);
    field_errors_write_list(errs, &b);
    return buf_str(&b);
}

static void validation(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value v = test_json(&a, rows[i].object);
        FieldErrors errs = field_errors_new(&a);
        rbac_validate_create(&v, &errs);
        Str got = errors_text(&errs, &a);
        if (!str_eq(got, str_from_c(rows[i].want))) {
            fail_msg("row %zu: got %.*s, want %s", i, STR_ARG(got), rows[i].want);
        }
        FieldErrors again = field_errors_new(&a);
        value_set_lit(value_get_lit(&v, "metadata"), "resourceVersion", value_str(STR("1")), &a);
        rbac_validate_update(&v, &v, &again);
        assert_true(again.count >= errs.count); /* metadata may be found wrong twice */
        assert_int_equal(again.count == 0, errs.count == 0);
    }
    arena_done(&a);
}

static void role_ref_stays(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Value one = test_json(&a, BINDING(REF, ""));
    value_set_lit(value_get_lit(&one, "metadata"), "resourceVersion", value_str(STR("1")), &a);
    Value other = test_json(&a, BINDING(GROUP ",'kind':'ClusterRole','name':'other'", ""));
    FieldErrors errs = field_errors_new(&a);
    rbac_validate_update(&one, &other, &errs);
    assert_string_equal(
        arena_cstr(&a, errors_text(&errs, &a)),
        "[roleRef: Invalid value: rbac.RoleRef{APIGroup:\"rbac.authorization.k8s.io\", "
        "Kind:\"ClusterRole\", Name:\"r\"}: cannot change roleRef]");
    arena_done(&a);
}

static void defaults(void **state)
{
    (void)state;
    static const struct {
        const char *object;
        const char *want;
    } cases[] = {
        { "{'kind':'RoleBinding','roleRef':{'kind':'Role'},'subjects':[{'kind':'User'},{'kind':"
          "'Group','apiGroup':''},{'kind':'ServiceAccount'},{'kind':'User','apiGroup':'x'},null]}",
          "{'kind':'RoleBinding','roleRef':{'kind':'Role'," GROUP
          "},'subjects':[{'kind':'User'," GROUP "},{'kind':'Group'," GROUP
          "},{'kind':'ServiceAccount'},{'kind':'User','apiGroup':'x'},"
          "null]}" },
        { "{'kind':'ClusterRoleBinding','roleRef':{'apiGroup':'x'}}",
          "{'kind':'ClusterRoleBinding','roleRef':{'apiGroup':'x'}}" },
        { "{'kind':'ClusterRoleBinding'}", "{'kind':'ClusterRoleBinding'}" },
        { "{'kind':'Role','roleRef':{}}", "{'kind':'Role','roleRef':{}}" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Value v = test_json(&a, cases[i].object), want = test_json(&a, cases[i].want);
        rbac_apply_defaults(&v, &a);
        assert_true(value_equal(&v, &want));
        rbac_apply_defaults(&v, &a);
        assert_true(value_equal(&v, &want));
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(validation),
        cmocka_unit_test(role_ref_stays),
        cmocka_unit_test(defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
