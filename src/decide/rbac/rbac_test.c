/* SPDX-License-Identifier: Apache-2.0 */
/* The authorizer: rules, bindings, subjects, reasons, names. */
#include "decide/rbac/test_cluster.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static void check_str(Str got, const char *want)
{
    if (!str_eq(got, str_from_c(want))) {
        fail_msg("got \"%.*s\", want \"%s\"", STR_ARG(got), want);
    }
}

/* "verb group resource/sub name" or "verb /path"; "-" for empty */
static RbacRequest request_of(const char *text, Arena *a)
{
    Str rest = str_from_c(text), part[4] = { 0 };
    for (size_t i = 0; i < 4 && str_next_piece(&rest, ' ', &part[i]); i++) {
        if (str_eq(part[i], STR("-"))) {
            part[i] = STR("");
        }
    }
    RbacRequest req = { .verb = part[0], .user = new(a, UserInfo, 1) };
    if (str_starts_with(part[1], STR("/"))) {
        req.path = part[1];
        return req;
    }
    req.is_resource = true;
    req.api_group = part[1];
    str_split_once(part[2], '/', &req.resource, &req.subresource);
    req.name = part[3];
    return req;
}

static void rules_match(void **state)
{
    (void)state;
    static const struct {
        const char *rule;
        const char *request;
        bool want;
    } rows[] = {
#define R(verbs, groups, resources) \
    "{'verbs':[" verbs "],'apiGroups':[" groups "],'resources':[" resources "]}"
        { R("'get'", "''", "'pods'"), "get - pods", true },
        { R("'get'", "''", "'pods'"), "list - pods", false },
        { R("'get'", "''", "'pods'"), "get apps pods", false },
        { R("'get'", "''", "'pods'"), "get - pods/log", false },
        { R("'get'", "''", "'pods/log'"), "get - pods/log", true },
        { R("'get'", "''", "'pods/log'"), "get - pods", false },
        { R("'*'", "'*'", "'*'"), "anything any.group things/sub name", true },
        { R("'*'", "'*'", "'*'"), "get /healthz", false },
        { R("'get'", "'*'", "'*/scale'"), "get apps deployments/scale", true },
        { R("'get'", "'*'", "'*/scale'"), "get apps deployments", false },
        { R("'get'", "'*'", "'*/scale'"), "get apps scale", false },
        { R("'get'", "'*'", "'pods/*'"), "get - pods/log", false },
        { R("'get'", "''", "'*'"), "get - pods/log", true },
        { R("'frob','get'", "''", "'pods'"), "frob - pods", true },
        { R("'frob'", "''", "'pods'"), "nob - pods", false },
        { R("'get'", "''", "'pods'"), "* - pods", false },
        { R("'*'", "''", "'pods'"), "* - pods", true },
        { R("'get*'", "''", "'pods'"), "get - pods", false },
        { R("'get'", "''", "'Pods'"), "get - pods", false },
        { R("", "''", "'pods'"), "get - pods", false },
        { "{'verbs':['get'],'apiGroups':[''],'resources':['pods'],'resourceNames':['a','b']}",
          "get - pods b", true },
        { "{'verbs':['get'],'apiGroups':[''],'resources':['pods'],'resourceNames':['a','b']}",
          "get - pods c", false },
        { "{'verbs':['get'],'apiGroups':[''],'resources':['pods'],'resourceNames':['a']}",
          "get - pods", false },
        { "{'verbs':['get'],'apiGroups':[''],'resources':['pods'],'resourceNames':['*']}",
          "get - pods a", false },
        { "{'verbs':['get'],'apiGroups':[''],'resources':['pods'],'resourceNames':['']}",
          "get - pods", true },
#define U(urls) "{'verbs':['get'],'nonResourceURLs':[" urls "]}"
        { U("'/healthz'"), "get /healthz", true },
        { U("'/healthz'"), "get /healthz/", false },
        { U("'/healthz'"), "post /healthz", false },
        { U("'/healthz/*'"), "get /healthz/", true },
        { U("'/healthz/*'"), "get /healthz/a/b", true },
        { U("'/healthz/*'"), "get /healthz", false },
        { U("'/healthz*'"), "get /healthzz", true },
        { U("'/h**'"), "get /healthz", true },
        { U("'/*/x'"), "get /a/x", false },
        { U("'*'"), "get /a", true },
        { U("'*'"), "get - pods", false },
        { "{}", "get - pods", false },
        { "{'verbs':null}", "get - pods", false },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str role_text = arena_printf(
            &a, "{'kind':'ClusterRole','metadata':{'name':'r'},'rules':[%s]}", rows[i].rule);
        Value role = test_json(&a, role_text.ptr);
        FieldErrors errs = field_errors_new(&a);
        const RbacRole *compiled = rbac_role_compile(&role, &a, &errs);
        assert_non_null(compiled);
        RbacRequest req = request_of(rows[i].request, &a);
        if (rbac_rule_allows(&compiled->rules[0], &req) != rows[i].want) {
            fail_msg("row %zu: %s for %s is not %d", i, rows[i].rule, rows[i].request,
                     rows[i].want);
        }
    }
    arena_done(&a);
}

static const char cluster_json[] =
    "[{'kind':'ClusterRole','metadata':{'name':'reader'},'rules':[{'verbs':['get'],'apiGroups':"
    "[''],'resources':['pods']}]},"
    "{'kind':'Role','metadata':{'name':'reader','namespace':'a'},'rules':[{'verbs':['get'],"
    "'apiGroups':[''],'resources':['pods','secrets']}]},"
    "{'kind':'ClusterRoleBinding','metadata':{'name':'c2'},'roleRef':{'kind':'ClusterRole','name':"
    "'reader'},'subjects':[{'kind':'Group','name':'g'},{'kind':'User','name':'u'}]},"
    "{'kind':'ClusterRoleBinding','metadata':{'name':'c1'},'roleRef':{'kind':'ClusterRole','name':"
    "'reader'},'subjects':[{'kind':'ServiceAccount','name':'s','namespace':'a'},"
    "{'kind':'ServiceAccount','name':'lost'}]},"
    "{'kind':'RoleBinding','metadata':{'name':'b1','namespace':'a'},'roleRef':{'kind':'Role',"
    "'name':'reader'},'subjects':[{'kind':'User','name':'u'},{'kind':'Group','name':'ga'},"
    "{'kind':'ServiceAccount','name':'local'},{'kind':'ServiceAccount','name':'s','namespace':"
    "'b'}]},"
    "{'kind':'RoleBinding','metadata':{'name':'b0','namespace':'a'},'roleRef':{'kind':"
    "'ClusterRole','name':'gone'},'subjects':[{'kind':'User','name':'lost'},{'kind':'User','name':"
    "'lost2'}]},"
    "{'kind':'RoleBinding','metadata':{'name':'b2','namespace':'a'},'roleRef':{'kind':'Role',"
    "'name':'gone'},'subjects':[{'kind':'User','name':'lost'},{'kind':'Group','name':'glost'}]},"
    "{'kind':'RoleBinding','metadata':{'name':'b3','namespace':'a'},'roleRef':{'kind':'Role',"
    "'name':'gone'},'subjects':[{'kind':'User','name':'lost'}]}]";

static void reasons(void **state)
{
    (void)state;
    static const struct {
        const char *user;
        const char *groups[3];
        const char *namespace;
        const char *request;
        bool want;
        const char *reason;
    } rows[] = {
        { "u",
          { "g" },
          "",
          "get - pods",
          true,
          "RBAC: allowed by ClusterRoleBinding \"c2\" of ClusterRole \"reader\" to Group \"g\"" },
        { "u",
          { NULL },
          "a",
          "get - pods",
          true,
          "RBAC: allowed by ClusterRoleBinding \"c2\" of ClusterRole \"reader\" to User \"u\"" },
        { "u",
          { NULL },
          "a",
          "get - secrets",
          true,
          "RBAC: allowed by RoleBinding \"b1/a\" of Role \"reader\" to User \"u\"" },
        { "u", { NULL }, "", "get - secrets", false, "" },
        { "u", { NULL }, "b", "get - secrets", false, "" },
        { "x",
          { "ga" },
          "a",
          "get - secrets",
          true,
          "RBAC: allowed by RoleBinding \"b1/a\" of Role \"reader\" to Group \"ga\"" },
        { "system:serviceaccount:a:s",
          { NULL },
          "z",
          "get - pods",
          true,
          "RBAC: allowed by ClusterRoleBinding \"c1\" of ClusterRole \"reader\" to "
          "ServiceAccount \"s/a\"" },
        { "system:serviceaccount:b:s",
          { NULL },
          "a",
          "get - secrets",
          true,
          "RBAC: allowed by RoleBinding \"b1/a\" of Role \"reader\" to ServiceAccount \"s/b\"" },
        { "system:serviceaccount:a:local",
          { NULL },
          "a",
          "get - secrets",
          true,
          "RBAC: allowed by RoleBinding \"b1/a\" of Role \"reader\" to "
          "ServiceAccount \"local/a\"" },
        { "system:serviceaccount:b:local", { NULL }, "a", "get - secrets", false, "" },
        { "system:serviceaccount::lost", { NULL }, "a", "get - pods", false, "" },
        { "system:serviceaccount:a", { NULL }, "a", "get - pods", false, "" },
        { "lost",
          { "glost" },
          "a",
          "get - pods",
          false,
          "RBAC: [clusterrole.rbac.authorization.k8s.io \"gone\" not found, "
          "role.rbac.authorization.k8s.io \"gone\" not found]" },
        { "lost2",
          { NULL },
          "a",
          "get - pods",
          false,
          "RBAC: clusterrole.rbac.authorization.k8s.io \"gone\" not found" },
        { "lost2",
          { "ga" },
          "a",
          "get - pods",
          true,
          "RBAC: allowed by RoleBinding \"b1/a\" of Role \"reader\" to Group \"ga\"" },
        { "anyone", { "system:masters" }, "a", "get /x", true, "" },
        { "", { NULL }, "a", "get - pods", false, "" },
    };
    TestCluster c;
    test_cluster_init(&c);
    test_cluster_add(&c, cluster_json);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str groups[3];
        UserInfo user = { .name = str_from_c(rows[i].user), .groups = { groups, 0 } };
        while (user.groups.count < 3 && rows[i].groups[user.groups.count]) {
            groups[user.groups.count] = str_from_c(rows[i].groups[user.groups.count]);
            user.groups.count++;
        }
        RbacRequest req = request_of(rows[i].request, &c.arena);
        req.user = &user;
        req.namespace = str_from_c(rows[i].namespace);
        RbacAnswer answer;
        rbac_authorize(&c.facts, &req, &c.arena, &answer);
        if (answer.allowed != rows[i].want || rbac_allows(&c.facts, &req) != rows[i].want) {
            fail_msg("row %zu: allowed is not %d", i, rows[i].want);
        }
        check_str(answer.reason, rows[i].reason);
    }
    test_cluster_done(&c);
}

static void names_in_one_pass(void **state)
{
    (void)state;
    TestCluster c;
    test_cluster_init(&c);
    test_cluster_add(
        &c,
        "[{'kind':'ClusterRole','metadata':{'name':'two'},'rules':["
        "{'verbs':['use'],'apiGroups':['extensions'],'resources':['podsecuritypolicies'],"
        "'resourceNames':['b','a']},"
        "{'verbs':['use'],'apiGroups':['policy'],'resources':['podsecuritypolicies'],"
        "'resourceNames':['a','*']},"
        "{'verbs':['get'],'apiGroups':['policy'],'resources':['podsecuritypolicies']},"
        "{'verbs':['use'],'apiGroups':['other'],'resources':['podsecuritypolicies']},"
        "{'verbs':['use'],'apiGroups':['policy'],'resources':['podsecuritypolicies/x']}]},"
        "{'kind':'ClusterRole','metadata':{'name':'all'},'rules':["
        "{'verbs':['*'],'apiGroups':['*'],'resources':['*']}]},"
        "{'kind':'RoleBinding','metadata':{'name':'rb','namespace':'n'},'roleRef':{'kind':"
        "'ClusterRole','name':'two'},'subjects':[{'kind':'User','name':'u'}]},"
        "{'kind':'ClusterRoleBinding','metadata':{'name':'crb'},'roleRef':{'kind':"
        "'ClusterRole','name':'two'},'subjects':[{'kind':'User','name':'other'},{'kind':'Group',"
        "'name':'g'}]},"
        "{'kind':'ClusterRoleBinding','metadata':{'name':'admin'},'roleRef':{'kind':"
        "'ClusterRole','name':'all'},'subjects':[{'kind':'User','name':'root'}]}]");
    static const Str groups[] = { STR_INIT("policy"), STR_INIT("extensions") };
    const StrList both = { groups, 2 };
    const Str resource = STR("podsecuritypolicies");
    const Str g = STR("g");
    RbacNames names;
    UserInfo u = { .name = STR("u") };

    rbac_names_allowed(&c.facts, &u, STR("use"), both, resource, STR("n"), &c.arena, &names);
    assert_false(names.all);
    assert_int_equal(names.count, 3);
    check_str(names.items[0].name, "*");
    check_str(names.items[1].name, "a");
    check_str(names.items[2].name, "b");
    check_str(rbac_binding_name(rbac_names_find(&names, STR("b"))->by), "rb");
    assert_null(rbac_names_find(&names, STR("c")));

    rbac_names_allowed(&c.facts, &u, STR("use"), (StrList){ groups, 1 }, resource, STR("n"),
                       &c.arena, &names);
    assert_int_equal(names.count, 2);

    rbac_names_allowed(&c.facts, &u, STR("use"), both, resource, STR("m"), &c.arena, &names);
    assert_int_equal(names.count, 0);

    u.groups = (StrList){ &g, 1 };
    rbac_names_allowed(&c.facts, &u, STR("use"), both, resource, STR("n"), &c.arena, &names);
    assert_int_equal(names.count, 3);
    check_str(rbac_binding_name(names.items[2].by), "crb");
    check_str(rbac_subject_name(names.items[2].subject), "g");

    u.name = STR("root");
    rbac_names_allowed(&c.facts, &u, STR("use"), both, resource, STR(""), &c.arena, &names);
    assert_true(names.all);
    check_str(rbac_binding_name(rbac_names_find(&names, STR("x"))->by), "admin");

    const Str masters = STR(RBAC_GROUP_MASTERS);
    u = (UserInfo){ .name = STR("m"), .groups = { &masters, 1 } };
    rbac_names_allowed(&c.facts, &u, STR("use"), both, resource, STR(""), &c.arena, &names);
    assert_true(names.all);
    assert_null(rbac_names_find(&names, STR("x"))->by);
    test_cluster_done(&c);
}

static void refusals(void **state)
{
    (void)state;
    static const struct {
        const char *user;
        const char *request;
        const char *namespace;
        const char *reason;
        const char *want;
    } rows[] = {
        { "x", "create - pods", "y", "",
          "pods is forbidden: User \"x\" cannot create resource \"pods\" in API group \"\" in the "
          "namespace \"y\"" },
        { "x", "get - pods/log web", "y", "",
          "pods \"web\" is forbidden: User \"x\" cannot get resource \"pods/log\" in API group "
          "\"\" "
          "in the namespace \"y\"" },
        { "x", "list rbac.authorization.k8s.io clusterroles", "", "",
          "clusterroles.rbac.authorization.k8s.io is forbidden: User \"x\" cannot list resource "
          "\"clusterroles\" in API group \"rbac.authorization.k8s.io\" at the cluster scope" },
        { "x", "get /x", "", "", "forbidden: User \"x\" cannot get path \"/x\"" },
        { "x", "get - nodes n", "", "RBAC: gone",
          "nodes \"n\" is forbidden: User \"x\" cannot get resource \"nodes\" in API group \"\" at "
          "the cluster scope: RBAC: gone" },
        { "<a&b>\"", "get /x", "", "",
          "forbidden: User \"&lt;a&amp;b&gt;\\\"\" cannot get path \"/x\"" },
        { "x", "get /a%b", "", "", "forbidden: User \"x\" cannot get path \"/a%!b(MISSING)\"" },
        { "x", "get /100%", "", "", "forbidden: User \"x\" cannot get path \"/100%!\"(MISSING)" },
        { "x", "get /%%/%-08.3d/%*s/%.*f/%\u00e9", "", "%",
          "forbidden: User \"x\" cannot get path "
          "\"/%/%!d(MISSING)/%!(BADWIDTH)%!s(MISSING)/%!(BADPREC)%!f(MISSING)/%!\u00e9(MISSING)\": "
          "%!(NOVERB)" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        UserInfo user = { .name = str_from_c(rows[i].user) };
        RbacRequest req = request_of(rows[i].request, &a);
        req.user = &user;
        req.namespace = str_from_c(rows[i].namespace);
        Status s = rbac_forbidden_status(&req, str_from_c(rows[i].reason), &a);
        check_str(s.message, rows[i].want);
        assert_int_equal(s.code, 403);
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_match),
        cmocka_unit_test(reasons),
        cmocka_unit_test(names_in_one_pass),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
