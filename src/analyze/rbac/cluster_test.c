/* SPDX-License-Identifier: Apache-2.0 */
/* The whole of a cluster's RBAC: each thing once and in order, what dangles is said. */
#include "analyze/rbac/cluster.h"

#include "doc/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

typedef struct Test {
    Arena arena;
    const Snapshot *snapshot;
    RbacCluster *cluster;
} Test;

static void put(SnapshotBuilder *b, const char *json, Arena *a)
{
    Str text = arena_str(a, str_from_c(json));
    char *at = (char *)(uintptr_t)text.ptr;
    for (size_t i = 0; i < text.len; i++) {
        at[i] = at[i] == '\'' ? '"' : at[i];
    }
    Value v;
    Err err = { 0 };
    if (!json_read(STR("test"), text, NULL, a, &v, &err)) {
        fail_msg("%.*s", STR_ARG(err.msg));
    }
    VALUE_EACH_ITEM(object, &v) {
        if (!snapshot_builder_put(b, object, NULL)) {
            fail_msg("%.*s", STR_ARG(snapshot_builder_notes(b)->text));
        }
    }
}

static void start(Test *t, const char *json, const char *more)
{
    arena_init(&t->arena, 0);
    SnapshotBuilder *b = snapshot_builder_new(NULL, SNAPSHOT_KEEP_OBJECTS);
    put(b, json, &t->arena);
    const Snapshot *base = snapshot_builder_finish(b);
    b = snapshot_builder_new(base, SNAPSHOT_KEEP_OBJECTS);
    snapshot_release(base);
    put(b, more, &t->arena);
    t->snapshot = snapshot_builder_finish(b);
    KubeTarget target = kube_target(20);
    t->cluster = rbac_cluster_new(t->snapshot, &target, &t->arena);
}

static void end(Test *t)
{
    snapshot_release(t->snapshot);
    arena_done(&t->arena);
}

static void check(Str got, const char *want)
{
    if (!str_eq(got, str_from_c(want))) {
        fail_msg("got  %.*s\n      want %s", STR_ARG(got), want);
    }
}

#define RBAC "'apiVersion':'rbac.authorization.k8s.io/v1'"
#define META(ns, name) "'metadata':{'namespace':'" ns "','name':'" name "'}"
#define REF(kind, name) \
    "'roleRef':{'apiGroup':'rbac.authorization.k8s.io','kind':'" kind "','name':'" name "'}"
#define USER(name) "{'kind':'User','apiGroup':'rbac.authorization.k8s.io','name':'" name "'}"
#define SA(ns, name) "{'kind':'ServiceAccount','namespace':'" ns "','name':'" name "'}"

static const char base[] =
    "[{" RBAC ",'kind':'ClusterRole','metadata':{'name':'view'},'rules':[]},"
    "{" RBAC ",'kind':'Role'," META(
        "b",
        "r") ",'rules':[]},"
             "{" RBAC
             ",'kind':'ClusterRoleBinding','metadata':{'name':'all'}," REF("ClusterRole", "view") ",'subjects':[" USER("zoe") "," USER(
                 "zoe") "," SA("a",
                               "app") "]},"
                                      "{" RBAC
                                      ",'kind':'RoleBinding'," META("b", "x") "," REF("Role", "r") ",'subjects':[" SA(
                                          "a",
                                          "gone") "," SA("b",
                                                         "default") "," USER("adam") "]},"
                                                                                     "{'apiVersion'"
                                                                                     ":'v1','kind':"
                                                                                     "'Namespace','"
                                                                                     "metadata':{'"
                                                                                     "name':'b'}},"
                                                                                     "{'apiVersion'"
                                                                                     ":'v1','kind':"
                                                                                     "'ServiceAccou"
                                                                                     "nt'," META(
                                                                                         "a",
                                                                                         "app") "},"
                                                                                                "{'"
                                                                                                "ap"
                                                                                                "iV"
                                                                                                "er"
                                                                                                "si"
                                                                                                "on"
                                                                                                "':"
                                                                                                "'v"
                                                                                                "1'"
                                                                                                ",'"
                                                                                                "ki"
                                                                                                "nd"
                                                                                                "':"
                                                                                                "'S"
                                                                                                "er"
                                                                                                "vi"
                                                                                                "ce"
                                                                                                "Ac"
                                                                                                "co"
                                                                                                "un"
                                                                                                "t'"
                                                                                                "," META(
                                                                                                    "c",
                                                                                                    "alone") "}]";
static const char over[] =
    "[{" RBAC ",'kind':'RoleBinding'," META("a", "y") "," REF("Role", "none") ",'subjects':[" USER(
        "adam") "]},"
                "{" RBAC ",'kind':'ClusterRole','metadata':{'name':'view'},'rules':[]},"
                "{'apiVersion':'apiextensions.k8s.io/"
                "v1','kind':'CustomResourceDefinition','metadata':"
                "{'name':'widgets.example.org'},'spec':{'group':'example.org','scope':'Namespaced',"
                "'names':"
                "{'plural':'widgets','kind':'Widget','shortNames':['wd']},'versions':[{'name':'v1',"
                "'served':true,'storage':true,'subresources':{'status':{}}}]}}]";

static void test_lists(void **state)
{
    (void)state;
    Test t;
    start(&t, base, over);
    RbacCluster *c = t.cluster;
    Buf b = buf_new(&t.arena);
    for (size_t i = 0; i < c->namespaces.count; i++) {
        buf_printf(&b, "%.*s ", STR_ARG(c->namespaces.items[i]));
    }
    for (size_t i = 0; i < c->roles.count; i++) {
        buf_printf(&b, "%.*s/%.*s ", STR_ARG(c->roles.items[i]->namespace),
                   STR_ARG(c->roles.items[i]->name));
    }
    for (size_t i = 0; i < c->binding_count; i++) {
        Str name = rbac_binding_name(c->bindings[i].binding);
        buf_printf(&b, "%.*s%s ", STR_ARG(name), c->bindings[i].role ? "" : "?");
    }
    check(buf_str(&b), "a b c /view b/r all y? x ");

    RbacClusterSubjects subjects = rbac_cluster_subjects(c);
    b = buf_new(&t.arena);
    for (size_t i = 0; i < subjects.count; i++) {
        const RbacClusterSubject *s = &subjects.items[i];
        buf_printf(&b, "%.*s/%.*s%s:%u ", STR_ARG(s->namespace), STR_ARG(s->name),
                   s->exists ? "" : "?", s->binding_count);
    }
    check(buf_str(&b), "/adam:2 /zoe:1 /system:masters:0 a/app:1 a/gone?:1 b/default:1 c/alone:0 ");

    RbacDanglings dangling = rbac_cluster_dangling(c);
    assert_int_equal(dangling.count, 2);
    check(rbac_dangling_text(&dangling.items[0], &t.arena),
          "RoleBinding \"y/a\": Role \"none\" does not exist");
    check(rbac_dangling_text(&dangling.items[1], &t.arena),
          "RoleBinding \"x/b\": ServiceAccount \"gone/a\" does not exist");
    end(&t);
}

static void test_find(void **state)
{
    (void)state;
    static const struct {
        const char *typed;
        const char *subresource;
        const char *want; /* NULL: there is none */
    } rows[] = {
        { "po", "", "pods" },
        { "Pod", "log", "pods/log" },
        { "pods", "nothing", NULL },
        { "deploy", "", "deployments.apps" },
        { "deployments.v1.apps", "scale", "deployments.apps/scale" },
        { "psp", "", "podsecuritypolicies.policy" },
        { "roles", "", "roles.rbac.authorization.k8s.io" },
        { "wd", "", "widgets.example.org" },
        { "Widget", "status", "widgets.example.org/status" },
        { "widgets", "scale", NULL },
        { "widget.v1.example.org", "", "widgets.example.org" },
        { "users", "", "users" },
        { "userextras.authentication.k8s.io", "", "userextras.authentication.k8s.io" },
        { "signers", "", "signers.certificates.k8s.io" },
        { "nonsense", "", NULL },
        { "pods.apps", "", NULL },
        { "", "", NULL },
    };
    Test t;
    start(&t, base, over);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        RbacResource r;
        bool found = rbac_cluster_find_resource(t.cluster, str_from_c(rows[i].typed),
                                                str_from_c(rows[i].subresource), &r);
        check(found ? rbac_resource_text(&r, &t.arena) : STR("none"),
              rows[i].want ? rows[i].want : "none");
    }
    end(&t);
}

static void test_groups(void **state)
{
    (void)state;
    static const struct {
        SubjectKind kind;
        const char *namespace;
        const char *name;
        const char *want;
    } rows[] = {
        { SUBJECT_USER, "", "eve", "system:authenticated " },
        { SUBJECT_USER, "", "system:anonymous", "system:unauthenticated " },
        { SUBJECT_USER, "", "system:serviceaccount:a:b",
          "system:serviceaccounts system:serviceaccounts:a system:authenticated " },
        { SUBJECT_SERVICE_ACCOUNT, "a", "b",
          "system:serviceaccounts system:serviceaccounts:a system:authenticated " },
        { SUBJECT_GROUP, "", "dev", "dev system:authenticated " },
        { SUBJECT_GROUP, "", "system:unauthenticated", "system:unauthenticated " },
        { SUBJECT_GROUP, "", "system:serviceaccounts:a",
          "system:serviceaccounts:a system:serviceaccounts system:authenticated " },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str namespace = str_from_c(rows[i].namespace);
        Str name = str_from_c(rows[i].name);
        UserInfo user = rbac_cluster_user(rows[i].kind, namespace, name, &a);
        Buf b = buf_new(&a);
        for (size_t k = 0; k < user.groups.count; k++) {
            buf_printf(&b, "%.*s ", STR_ARG(user.groups.items[k]));
            assert_true(
                rbac_subject_is_in_group(rows[i].kind, namespace, name, user.groups.items[k]));
        }
        check(buf_str(&b), rows[i].want);
        assert_false(rbac_subject_is_in_group(rows[i].kind, namespace, name, STR("other")));
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
