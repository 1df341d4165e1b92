/* SPDX-License-Identifier: Apache-2.0 */
/* From objects to compiled roles and bindings: what is read, what is refused, how much is held. */
#include "decide/rbac/test_cluster.h"
#include "doc/json.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *object;
        const char *want; /* the errors; NULL when it compiles */
    } rows[] = {
        { "{'kind':'Role','metadata':{'name':'r'}}", NULL },
        { "{'kind':'Role','metadata':{'name':'r'},'rules':null}", NULL },
        { "{'kind':'Role','metadata':{'name':'r'},'rules':[null,{'verbs':null}]}", NULL },
        { "{'kind':'ClusterRole','metadata':{'name':'r','labels':null},'aggregationRule':{}}",
          NULL },
        { "null", "[object: Invalid value: null: must be an object]" },
        { "'Role'", "[object: Invalid value: string: must be an object]" },
        { "{'kind':'Role'}", "[metadata.name: Required value: name is required]" },
        { "{'kind':'Role','metadata':[]}", "[metadata: Invalid value: array: must be an object]" },
        { "{'kind':'Role','metadata':{'name':7}}",
          "[metadata.name: Invalid value: number: must be a string]" },
        { "{'kind':'Role','metadata':{'name':'r'},'rules':{}}",
          "[rules: Invalid value: object: must be a list]" },
        { "{'kind':'Role','metadata':{'name':'r'},'rules':['x']}",
          "[rules[0]: Invalid value: string: must be an object]" },
        { "{'kind':'Role','metadata':{'name':'r'},'rules':[{},{'verbs':'get'}]}",
          "[rules[1].verbs: Invalid value: string: must be a list]" },
        { "{'kind':'Role','metadata':{'name':'r'},'rules':[{'verbs':['get',7]}]}",
          "[rules[0].verbs[1]: Invalid value: number: must be a string]" },
        { "{'kind':'ClusterRole','metadata':{'name':'r','labels':'x'}}",
          "[metadata.labels: Invalid value: string: must be an object]" },
        { "{'kind':'ClusterRole','metadata':{'name':'r'},'aggregationRule':{'clusterRoleSelectors':"
          "{}}}",
          "[aggregationRule.clusterRoleSelectors: Invalid value: object: must be a list]" },
        { "{'kind':'RoleBinding','metadata':{'name':'b'}}",
          "[roleRef.kind: Unsupported value: \"\": supported values: \"ClusterRole\", \"Role\"]" },
        { "{'kind':'ClusterRoleBinding','metadata':{'name':'b'},'roleRef':{'kind':'Role','name':"
          "'r'}}",
          "[roleRef.kind: Unsupported value: \"Role\": supported values: \"ClusterRole\"]" },
        { "{'kind':'RoleBinding','metadata':{'name':'b'},'roleRef':{'kind':'Role'}}",
          "[roleRef.name: Required value]" },
        { "{'kind':'RoleBinding','metadata':{'name':'b'},'roleRef':[]}",
          "[roleRef: Invalid value: array: must be an object]" },
        { "{'kind':'RoleBinding','metadata':{'name':'b'},'roleRef':{'kind':'Role','name':'r'},"
          "'subjects':[{'kind':'User','name':'u'},{'kind':'Robot','name':'u'}]}",
          "[subjects[1].kind: Unsupported value: \"Robot\": supported values: \"ServiceAccount\", "
          "\"User\", \"Group\"]" },
        { "{'kind':'RoleBinding','metadata':{'name':'b'},'roleRef':{'kind':'Role','name':'r'},"
          "'subjects':[null]}",
          "[subjects[0]: Invalid value: null: must be an object]" },
        { "{'kind':'RoleBinding','metadata':{'name':'b'},'roleRef':{'kind':'Role','name':'r'},"
          "'subjects':[{'kind':'User','name':{}}]}",
          "[subjects[0].name: Invalid value: object: must be a string]" },
        { "{'kind':'RoleBinding','metadata':{'name':'b'},'roleRef':{'kind':'Role','name':'r'},"
          "'subjects':null}",
          NULL },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value v = test_json(&a, rows[i].object);
        FieldErrors errs = field_errors_new(&a);
        bool ok = str_ends_with(value_get_str(&v, STR("kind")), STR("Binding"))
                      ? rbac_binding_compile(&v, &a, &errs) != NULL
                      : rbac_role_compile(&v, &a, &errs) != NULL;
        Buf b = buf_new(&a);
        field_errors_write_list(&errs, &b);
        assert_int_equal(ok, rows[i].want == NULL);
        assert_int_equal(ok, errs.count == 0);
        assert_string_equal(arena_cstr(&a, buf_str(&b)), rows[i].want ? rows[i].want : "[]");
    }
    arena_done(&a);
}

/* kind:namespace/name of each subject, joined with blanks */
static void subjects(void **state)
{
    (void)state;
    static const struct {
        const char *api_version;
        const char *kind;
        const char *subjects;
        const char *want;
    } rows[] = {
        { "v1", "RoleBinding", "{'kind':'User','name':'u','namespace':'x'}", "User:/u" },
        { "v1", "RoleBinding", "{'kind':'ServiceAccount','name':'s'}", "ServiceAccount:n/s" },
        { "v1", "RoleBinding", "{'kind':'ServiceAccount','name':'s','namespace':'m'}",
          "ServiceAccount:m/s" },
        { "v1", "ClusterRoleBinding", "{'kind':'ServiceAccount','name':'s'}", ":/s" },
        { "v1beta1", "ClusterRoleBinding", "{'kind':'User','name':'*'},{'kind':'Group','name':'g'}",
          "User:/* Group:/g" },
        { "v1alpha1", "ClusterRoleBinding",
          "{'kind':'User','name':'*'},{'kind':'Group','name':'*'}",
          "Group:/system:authenticated Group:/*" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str text = arena_printf(
            &a,
            "{'apiVersion':'rbac.authorization.k8s.io/%s','kind':'%s','metadata':"
            "{'name':'b','namespace':'n'},'roleRef':{'kind':'ClusterRole','name':"
            "'r'},'subjects':[%s]}",
            rows[i].api_version, rows[i].kind, rows[i].subjects);
        Value v = test_json(&a, text.ptr);
        FieldErrors errs = field_errors_new(&a);
        Map keep = map_new(&a);
        const RbacBinding *bindings[] = { rbac_binding_compile(&v, &a, &errs),
                                          rbac_binding_compile_packed(&v, &a, &keep, &errs) };
        for (size_t p = 0; p < COUNT_OF(bindings); p++) {
            Buf b = buf_new(&a);
            for (uint32_t s = 0; s < bindings[p]->subject_count; s++) {
                const RbacSubject *subject = &bindings[p]->subjects[s];
                buf_add(&b, s ? STR(" ") : STR(""));
                buf_printf(&b, "%.*s:%.*s/%.*s", STR_ARG(rbac_subject_kind_text(subject)),
                           STR_ARG(rbac_subject_namespace(subject)),
                           STR_ARG(rbac_subject_name(subject)));
            }
            assert_string_equal(arena_cstr(&a, buf_str(&b)), rows[i].want);
        }
    }
    arena_done(&a);
}

static void a_packed_binding_is_small(void **state)
{
    (void)state;
    enum { N = 1000 };
    Arena documents, held, scratch;
    arena_init(&documents, 0);
    arena_init(&held, 0);
    arena_init(&scratch, 0);
    Map keep = map_new(&scratch);
    arena_alloc(&held, 1 << 20); /* all in one block, so that its fill can be measured */
    arena_reset(&held);
    const char *before = held.at;
    for (int i = 0; i < N; i++) {
        Str text = arena_printf(&documents,
                                "{'kind':'RoleBinding','metadata':{'name':'tenant-%d-psp-default',"
                                "'namespace':'tenant-%d'},'roleRef':{'kind':'ClusterRole','name':"
                                "'psp:restricted'},'subjects':[{'kind':'ServiceAccount','name':"
                                "'default','namespace':'tenant-%d'}]}",
                                i, i, i);
        Value v = test_json(&documents, text.ptr);
        FieldErrors errs = field_errors_new(&documents);
        const RbacBinding *b = rbac_binding_compile_packed(&v, &held, &keep, &errs);
        assert_non_null(b);
        arena_reset(&documents); /* nothing points into it */
        assert_true(str_eq(rbac_binding_role_name(b), STR("psp:restricted")));
    }
    assert_in_range((held.at - before) / N, 1, 150);
    arena_done(&documents);
    arena_done(&held);
    arena_done(&scratch);
}

static void rules_become_values_again(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    const char *text = "{'verbs':['get','*'],'apiGroups':['','apps'],'resources':['pods'],"
                       "'resourceNames':['a'],'nonResourceURLs':['/x']}";
    Str role_text = arena_printf(&a, "{'kind':'Role','metadata':{'name':'r'},'rules':[%s,{}]}",
                                 text);
    Value v = test_json(&a, role_text.ptr), want = test_json(&a, text);
    FieldErrors errs = field_errors_new(&a);
    const RbacRole *role = rbac_role_compile(&v, &a, &errs);
    Value full = rbac_rule_to_value(&role->rules[0], &a);
    Value empty = rbac_rule_to_value(&role->rules[1], &a);
    assert_true(value_equal(&full, &want));
    assert_int_equal(value_len(&empty), 0);
    assert_string_equal(arena_cstr(&a, role->namespace), "default");
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused),
        cmocka_unit_test(subjects),
        cmocka_unit_test(a_packed_binding_is_small),
        cmocka_unit_test(rules_become_values_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
