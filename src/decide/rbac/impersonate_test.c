/* SPDX-License-Identifier: Apache-2.0 */
/* Who may be taken for whom. */
#include "decide/rbac/impersonate.h"

#include "decide/rbac/test_cluster.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static const char cluster_json[] =
    "[{'kind':'ClusterRole','metadata':{'name':'r'},'rules':["
    "{'verbs':['impersonate'],'apiGroups':[''],'resources':['users'],'resourceNames':['bob',"
    "'system:anonymous','system:serviceaccount:a:B_']},"
    "{'verbs':['impersonate'],'apiGroups':[''],'resources':['groups'],'resourceNames':['ops',"
    "'system:authenticated','system:unauthenticated']},"
    "{'verbs':['impersonate'],'apiGroups':['authentication.k8s.io'],'resources':['userextras/a/b',"
    "'uids'],'resourceNames':['v','7']}]},"
    "{'kind':'ClusterRoleBinding','metadata':{'name':'b'},'roleRef':{'kind':'ClusterRole','name':"
    "'r'},'subjects':[{'kind':'User','name':'u'}]},"
    "{'kind':'Role','metadata':{'name':'sa','namespace':'n'},'rules':[{'verbs':['impersonate'],"
    "'apiGroups':[''],'resources':['serviceaccounts']}]},"
    "{'kind':'RoleBinding','metadata':{'name':'sa','namespace':'n'},'roleRef':{'kind':'Role','name'"
    ":"
    "'sa'},'subjects':[{'kind':'User','name':'u'}]}]";

static const struct {
    const char *user;
    const char *groups[2];
    const char *extra; /* JSON, NULL for none */
    const char *uid;
    int code;         /* 0 when allowed */
    const char *want; /* the groups joined with blanks, or the message */
} rows[] = {
    { "bob", { NULL }, NULL, "", 0, "system:authenticated" },
    { "bob", { "ops" }, NULL, "", 0, "ops system:authenticated" },
    { "bob", { "system:authenticated", "ops" }, NULL, "", 0, "system:authenticated ops" },
    { "bob", { "system:unauthenticated" }, NULL, "", 0, "system:unauthenticated" },
    { "system:anonymous", { NULL }, NULL, "", 0, "system:unauthenticated" },
    { "system:anonymous",
      { "system:authenticated" },
      NULL,
      "",
      0,
      "system:authenticated system:unauthenticated" },
    { "system:serviceaccount:n:x",
      { NULL },
      NULL,
      "",
      0,
      "system:serviceaccounts system:serviceaccounts:n system:authenticated" },
    { "system:serviceaccount:n:x", { "ops" }, NULL, "", 0, "ops system:authenticated" },
    { "system:serviceaccount:m:x",
      { NULL },
      NULL,
      "",
      403,
      "serviceaccounts \"x\" is forbidden: User \"u\" cannot impersonate resource "
      "\"serviceaccounts\" in API group \"\" in the namespace \"m\"" },
    /* no name of a service account: a user */
    { "system:serviceaccount:a:B_", { NULL }, NULL, "", 0, "system:authenticated" },
    { "system:serviceaccount:a:b:c",
      { NULL },
      NULL,
      "",
      403,
      "users \"system:serviceaccount:a:b:c\" is forbidden: User \"u\" cannot impersonate resource "
      "\"users\" in API group \"\" at the cluster scope" },
    { "eve",
      { NULL },
      NULL,
      "",
      403,
      "users \"eve\" is forbidden: User \"u\" cannot impersonate resource \"users\" in API group "
      "\"\" at the cluster scope" },
    { "bob",
      { "ops", "admins" },
      NULL,
      "",
      403,
      "groups \"admins\" is forbidden: User \"u\" cannot impersonate resource \"groups\" in API "
      "group \"\" at the cluster scope" },
    { "bob", { NULL }, "{'A%2FB':['v']}", "", 0, "system:authenticated" },
    { "bob",
      { NULL },
      "{'a%2fb':['v','w']}",
      "",
      403,
      "userextras.authentication.k8s.io \"w\" is forbidden: User \"u\" cannot impersonate resource "
      "\"userextras/a/b\" in API group \"authentication.k8s.io\" at the cluster scope" },
    { "bob", { NULL }, NULL, "7", 0, "system:authenticated" },
    { "bob",
      { NULL },
      NULL,
      "8",
      403,
      "uids.authentication.k8s.io \"8\" is forbidden: User \"u\" cannot impersonate resource "
      "\"uids\" in API group \"authentication.k8s.io\" at the cluster scope" },
    { "",
      { "ops", "dev" },
      "{'Key':['v']}",
      "",
      500,
      "Internal Server Error: \"/x?y&amp;z\": requested [{Group  ops    } {Group  dev    } "
      "{UserExtra  v "
      " "
      "authentication.k8s.io/v1  key}] without impersonating a user" },
};

static void impersonation(void **state)
{
    (void)state;
    TestCluster c;
    test_cluster_init(&c);
    test_cluster_add(&c, cluster_json);
    UserInfo user = { .name = STR("u") };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str groups[2];
        Value extra;
        RbacImpersonation asked = { .user = str_from_c(rows[i].user),
                                    .groups = { groups, 0 },
                                    .uid = str_from_c(rows[i].uid) };
        while (asked.groups.count < 2 && rows[i].groups[asked.groups.count]) {
            groups[asked.groups.count] = str_from_c(rows[i].groups[asked.groups.count]);
            asked.groups.count++;
        }
        if (rows[i].extra) {
            extra = test_json(&c.arena, rows[i].extra);
            asked.extra = &extra;
        }
        assert_true(rbac_impersonates(&asked));
        UserInfo out;
        Status refusal = { 0 };
        Buf got = buf_new(&c.arena);
        if (rbac_impersonate(&c.facts, &user, &asked, STR("/x?y&z"), &c.arena, &out, &refusal)) {
            for (size_t g = 0; g < out.groups.count; g++) {
                buf_add(&got, g ? STR(" ") : STR(""));
                buf_add(&got, out.groups.items[g]);
            }
            assert_true(str_eq(out.name, asked.user));
            assert_int_equal(value_len(out.extra), rows[i].extra != NULL);
            assert_true(!rows[i].extra || value_get_lit(out.extra, "a/b"));
        } else {
            buf_add(&got, refusal.message);
        }
        if (refusal.code != rows[i].code || !str_eq(buf_str(&got), str_from_c(rows[i].want))) {
            fail_msg("row %zu: got %d %.*s", i, refusal.code, STR_ARG(buf_str(&got)));
        }
    }
    assert_false(rbac_impersonates(&(RbacImpersonation){ 0 }));
    test_cluster_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(impersonation) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
