/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots: what is put is found, layers replace and remove, bad objects are said and left out. */
#include "cluster/snapshot.h"

#include "decide/psp/policy.h"
#include "decide/rbac/rbac.h"
#include "doc/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

/* JSON with single quotes for double ones. */
static Value *parse(const char *json, Arena *a)
{
    Str text = arena_str(a, str_from_c(json));
    char *at = (char *)(uintptr_t)text.ptr;
    for (size_t i = 0; i < text.len; i++) {
        at[i] = at[i] == '\'' ? '"' : at[i];
    }
    Value *v = new(a, Value, 1);
    Err err = { 0 };
    if (!json_read(STR("test"), text, NULL, a, v, &err)) {
        fail_msg("%.*s", STR_ARG(err.msg));
    }
    return v;
}

static void put_all(SnapshotBuilder *b, const char *json)
{
    Arena a;
    arena_init(&a, 0);
    VALUE_EACH_ITEM(object, parse(json, &a)) {
        (void)snapshot_builder_put(b, object, NULL);
    }
    arena_done(&a); /* nothing of it may be needed any more */
}

static const Snapshot *make(const Snapshot *base, const char *json)
{
    SnapshotBuilder *b = snapshot_builder_new(base, SNAPSHOT_KEEP_OBJECTS);
    put_all(b, json);
    for (const SnapshotNote *n = snapshot_builder_notes(b); n; n = n->next) {
        fail_msg("note: %.*s", STR_ARG(n->text));
    }
    return snapshot_builder_finish(b);
}

#define RBAC "'apiVersion':'rbac.authorization.k8s.io/v1'"
#define REF(kind, name) \
    "'roleRef':{'apiGroup':'rbac.authorization.k8s.io','kind':'" kind "','name':'" name "'}"
#define USER(name) "{'kind':'User','apiGroup':'rbac.authorization.k8s.io','name':'" name "'}"
#define PSP(name)                                                                         \
    "{'apiVersion':'policy/v1beta1','kind':'PodSecurityPolicy','metadata':{'name':'" name \
    "'},'spec':{'runAsUser':{'rule':'RunAsAny'},'seLinux':{'rule':'RunAsAny'},"           \
    "'fsGroup':{'rule':'RunAsAny'},'supplementalGroups':{'rule':'RunAsAny'}}}"

static const char small_cluster[] =
    "[{'apiVersion':'v1','kind':'Namespace','metadata':{'name':'n'}},"
    "{'apiVersion':'v1','kind':'ServiceAccount','metadata':{'name':'sa','"
    "namespace':'n'}},"
    "{'apiVersion':'v1','kind':'ServiceAccount','metadata':{'name':'default','"
    "namespace':'n'}},"
    "{'apiVersion':'v1','kind':'ServiceAccount','metadata':{'name':'default','"
    "namespace':'m'}},"
    "{" RBAC ",'kind':'Role','metadata':{'name':'r','namespace':'n'},"
    "'rules':[{'apiGroups':[''],'resources':['pods'],'verbs':['get']}]},"
    "{" RBAC ",'kind':'RoleBinding','metadata':{'name':'b2','namespace':'n'}"
    "," REF("Role", "r") ",'subjects':[" USER("u") "," USER(
        "v") "]},"
             "{" RBAC ",'kind':'RoleBinding','metadata':{'name':'b1','namespace':"
             "'n'}," REF("Role", "r") ",'subjects':[" USER(
                 "u") ",{'kind':'ServiceAccount','name':'sa','namespace'"
                      ":'n'}]},"
                      "{" RBAC ",'kind':'ClusterRoleBinding','metadata':{'name':'"
                      "b1'}," REF("ClusterRole",
                                  "none") ",'subjects':"
                                          "[" USER("u") "]}," PSP("q") "," PSP("p") "]";

/* The names of a binding list, with blanks between. */
static Str binding_names(const Facts *f, SubjectKind kind, const char *subject_namespace,
                         const char *name, const char *namespace, Arena *a)
{
    RbacBindingList list = f->rbac_bindings(f->cluster, kind, str_from_c(subject_namespace),
                                            str_from_c(name), str_from_c(namespace));
    Buf b = buf_new(a);
    for (size_t i = 0; i < list.count; i++) {
        buf_add(&b, rbac_binding_name(list.items[i]));
        buf_byte(&b, ' ');
    }
    return buf_str(&b);
}

static Str object_names(const Facts *f, ObjectKey key, Arena *a)
{
    ObjectList list = f->objects(f->cluster, key);
    Buf b = buf_new(a);
    for (size_t i = 0; i < list.count; i++) {
        const Value *metadata = value_get_lit(list.items[i], "metadata");
        buf_add(&b, value_get_str(metadata, STR("namespace")));
        buf_byte(&b, '/');
        buf_add(&b, value_get_str(metadata, STR("name")));
        buf_byte(&b, ' ');
    }
    return buf_str(&b);
}

static void check(Str got, const char *want)
{
    if (!str_eq(got, str_from_c(want))) {
        fail_msg("got \"%.*s\", want \"%s\"", STR_ARG(got), want);
    }
}

static Str policy_names(const Facts *f, Arena *a)
{
    PspPolicyList list = f->psp_policies(f->cluster);
    Buf b = buf_new(a);
    for (size_t i = 0; i < list.count; i++) {
        buf_add(&b, list.items[i]->name);
        buf_byte(&b, ' ');
    }
    return buf_str(&b);
}

#define ACCOUNTS(ns) ((ObjectKey){ STR(""), STR("ServiceAccount"), (ns), STR("") })

static void finds_what_was_put(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    const Snapshot *s = make(NULL, small_cluster);
    const Facts *f = snapshot_facts(s);
    check(binding_names(f, SUBJECT_USER, "", "u", "n", &a), "b1 b2 ");
    check(binding_names(f, SUBJECT_USER, "", "v", "n", &a), "b2 ");
    check(binding_names(f, SUBJECT_USER, "", "u", "", &a), "b1 ");
    check(binding_names(f, SUBJECT_USER, "", "u", "m", &a), "");
    check(binding_names(f, SUBJECT_GROUP, "", "u", "n", &a), "");
    check(binding_names(f, SUBJECT_SERVICE_ACCOUNT, "n", "sa", "n", &a), "b1 ");
    check(binding_names(f, SUBJECT_SERVICE_ACCOUNT, "m", "sa", "n", &a), "");
    assert_int_equal(f->rbac_all_bindings(f->cluster, STR("n")).count, 2);
    assert_non_null(f->rbac_role(f->cluster, STR("n"), STR("r")));
    assert_null(f->rbac_role(f->cluster, STR(""), STR("r")));
    check(policy_names(f, &a), "p q ");
    assert_non_null(f->psp_policy(f->cluster, STR("q")));
    assert_null(f->psp_policy(f->cluster, STR("x")));
    check(object_names(f, ACCOUNTS(STR("n")), &a), "n/default n/sa ");
    check(object_names(f, ACCOUNTS(STR_ABSENT), &a), "m/default n/default n/sa ");
    ObjectKey key = ACCOUNTS(STR("n"));
    key.name = STR("sa");
    assert_non_null(f->object(f->cluster, key));
    key.name = STR("sb");
    assert_null(f->object(f->cluster, key));
    key = (ObjectKey){ STR("extensions"), STR("PodSecurityPolicy"), STR(""), STR("p") };
    assert_non_null(f->object(f->cluster, key));
    SnapshotStats stats = snapshot_stats(s);
    assert_int_equal(stats.roles, 1);
    assert_int_equal(stats.bindings, 3);
    assert_int_equal(stats.policies, 2);
    assert_int_equal(stats.objects, 4);
    snapshot_release(s);
    arena_done(&a);
}

static void layers_replace_and_remove(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    const Snapshot *base = make(NULL, small_cluster);
    SnapshotBuilder *b = snapshot_builder_new(base, SNAPSHOT_KEEP_OBJECTS);
    put_all(
        b,
        "[{" RBAC ",'kind':'RoleBinding','metadata':{'name':'b2','namespace':'n'}," REF(
            "Role",
            "r") ",'subjects':[" USER("w") "]},"
                                           "{" RBAC
                                           ",'kind':'RoleBinding','metadata':{'name':'b3','"
                                           "namespace':'n'}," REF("Role", "r") ",'subjects':[" USER(
                                               "u") "]},"
                                                    "{'apiVersion':'v1','kind':'ServiceAccount','"
                                                    "metadata':{'name':'x',"
                                                    "'namespace':'n'}}," PSP("r") "]");
    ObjectKey gone = { STR(""), STR("ServiceAccount"), STR("n"), STR("default") };
    snapshot_builder_remove(b, gone);
    gone = (ObjectKey){ STR("policy"), STR("PodSecurityPolicy"), STR(""), STR("p") };
    snapshot_builder_remove(b, gone);
    gone = (ObjectKey){ STR(RBAC_GROUP), STR("Role"), STR("n"), STR("r") };
    snapshot_builder_remove(b, gone);
    gone.name = STR("never was");
    snapshot_builder_remove(b, gone);
    const Snapshot *s = snapshot_builder_finish(b);
    snapshot_release(base); /* s keeps it */

    const Facts *f = snapshot_facts(s);
    check(binding_names(f, SUBJECT_USER, "", "u", "n", &a), "b1 b3 ");
    check(binding_names(f, SUBJECT_USER, "", "v", "n", &a), "");
    check(binding_names(f, SUBJECT_USER, "", "w", "n", &a), "b2 ");
    check(binding_names(f, SUBJECT_USER, "", "u", "", &a), "b1 ");
    assert_int_equal(f->rbac_all_bindings(f->cluster, STR("n")).count, 3);
    assert_null(f->rbac_role(f->cluster, STR("n"), STR("r")));
    check(policy_names(f, &a), "q r ");
    assert_null(f->psp_policy(f->cluster, STR("p")));
    assert_non_null(f->psp_policy(f->cluster, STR("r")));
    check(object_names(f, ACCOUNTS(STR("n")), &a), "n/sa n/x ");
    check(object_names(f, ACCOUNTS(STR_ABSENT), &a), "m/default n/sa n/x ");
    SnapshotStats stats = snapshot_stats(s);
    assert_int_equal(stats.roles, 0);
    assert_int_equal(stats.bindings, 4);
    assert_int_equal(stats.policies, 2);
    assert_int_equal(stats.objects, 4);

    /* and the layer below is as it was */
    f = snapshot_facts(base);
    check(binding_names(f, SUBJECT_USER, "", "v", "n", &a), "b2 ");
    check(policy_names(f, &a), "p q ");
    snapshot_release(s);
    arena_done(&a);
}

/* How many rules a ClusterRole has. */
static size_t rule_count(const Snapshot *s, const char *name)
{
    const Facts *f = snapshot_facts(s);
    const RbacRole *role = f->rbac_role(f->cluster, STR(""), str_from_c(name));
    assert_non_null(role);
    return role->rule_count;
}

static void aggregates_across_layers(void **state)
{
    (void)state;
#define PART(name, verb)                                                                   \
    "{" RBAC ",'kind':'ClusterRole','metadata':{'name':'" name "','labels':{'to':'all'}}," \
    "'rules':[{'apiGroups':[''],'resources':['pods'],'verbs':['" verb "']}]}"
    const Snapshot *base = make(
        NULL, "[{" RBAC ",'kind':'ClusterRole','metadata':{'name':'all'},'aggregationRule':"
              "{'clusterRoleSelectors':[{'matchLabels':{'to':'all'}}]},'rules':null}," PART(
                  "one", "get") "]");
    assert_int_equal(rule_count(base, "all"), 1);
    const Snapshot *more = make(base, "[" PART("two", "list") "]");
    assert_int_equal(rule_count(more, "all"), 2);
    SnapshotBuilder *b = snapshot_builder_new(more, 0);
    ObjectKey gone = { STR(RBAC_GROUP), STR("ClusterRole"), STR(""), STR("one") };
    snapshot_builder_remove(b, gone);
    const Snapshot *less = snapshot_builder_finish(b);
    assert_int_equal(rule_count(less, "all"), 1);
    assert_int_equal(rule_count(base, "all"), 1);
    snapshot_release(less);
    snapshot_release(more);
    snapshot_release(base);
}

static void says_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *object;
        bool taken;
        const char *note;
    } rows[] = {
        { "{'apiVersion':'v1','kind':'Namespace','metadata':{'name':'n'}}", true, NULL },
        { "{'apiVersion':'v1','kind':'Namespace','metadata':{'name':'n'}}", true,
          "f.yaml:3: Namespace \"n\" is given twice; this one replaces that of f.yaml:2" },
        { "{'kind':'Namespace','metadata':{'name':'n'}}", false,
          "f.yaml:3: not an object of the API: it needs apiVersion, kind and metadata.name" },
        { "['a']", false,
          "f.yaml:3: not an object of the API: it needs apiVersion, kind and metadata.name" },
        { "{'apiVersion':'v1','kind':'ServiceAccount','metadata':{'name':'s'}}", false,
          "f.yaml:3: ServiceAccount \"s\" needs a metadata.namespace" },
        { "{'apiVersion':'policy/v1beta1','kind':'PodSecurityPolicy','metadata':{'name':'p'},"
          "'spec':{'privileged':'yes'}}",
          false, NULL },
        { "{" RBAC ",'kind':'Role','metadata':{'name':'r','namespace':'n'},'rules':'x'}", false,
          NULL },
    };
    Arena a;
    arena_init(&a, 0);
    SnapshotBuilder *b = snapshot_builder_new(NULL, 0);
    const SnapshotNote *last = NULL;
    ObjectOrigin origin = { .file = STR("f.yaml"), .line = 3 };
    /* twice from one place, as what is asked about and as part of the cluster: nothing to say */
    ObjectOrigin before = { .file = STR("f.yaml"), .line = 2 };
    for (int i = 0; i < 2; i++) {
        assert_true(snapshot_builder_put(b, parse(rows[0].object, &a), &before));
    }
    for (size_t i = 1; i < COUNT_OF(rows); i++) {
        assert_int_equal(snapshot_builder_put(b, parse(rows[i].object, &a), &origin),
                         rows[i].taken);
        const SnapshotNote *note = last ? last->next : snapshot_builder_notes(b);
        if (rows[i].note) {
            assert_non_null(note);
            check(note->text, rows[i].note);
        }
        if (!rows[i].taken) {
            assert_non_null(note);
            assert_true(note->is_error);
            assert_true(str_starts_with(note->text, STR("f.yaml:3: ")));
        }
        last = note ? note : last;
    }
    snapshot_builder_free(b);
    arena_done(&a);
}

/* The budgets: 400 bytes a binding, 2,000 a policy, indexes and all. */
static void stays_small(void **state)
{
    (void)state;
    enum { BINDINGS = 20000, POLICIES = 2000 };
    Arena a;
    arena_init(&a, 0);
    SnapshotBuilder *b = snapshot_builder_new(NULL, 0);
    for (int i = 0; i < BINDINGS; i++) {
        Str json = arena_printf(
            &a,
            "{'apiVersion':'rbac.authorization.k8s.io/v1','kind':'RoleBinding','metadata':{'name':"
            "'tenant-binding-%d','namespace':'tenant-%d','labels':{'a':'b'}},'roleRef':{'apiGroup':"
            "'rbac.authorization.k8s.io','kind':'ClusterRole','name':'psp-user'},'subjects':"
            "[{'kind':'ServiceAccount','name':'builder-%d','namespace':'tenant-%d'}]}",
            i, i / 10, i, i / 10);
        assert_true(snapshot_builder_put(b, parse(json.ptr, &a), NULL));
        arena_reset(&a);
    }
    const Snapshot *s = snapshot_builder_finish(b);
    size_t each = snapshot_stats(s).bytes / BINDINGS;
    if (each > 400) {
        fail_msg("%zu bytes a binding", each);
    }
    print_message("%zu bytes a binding\n", each);
    snapshot_release(s);

    b = snapshot_builder_new(NULL, 0);
    for (int i = 0; i < POLICIES; i++) {
        Str json = arena_printf(
            &a,
            "{'apiVersion':'policy/v1beta1','kind':'PodSecurityPolicy','metadata':{'name':"
            "'tenant-policy-%d','annotations':{'seccomp.security.alpha.kubernetes.io/"
            "allowedProfileNames':'docker/default,runtime/default'}},'spec':{'volumes':"
            "['configMap','secret','emptyDir'],'allowedHostPaths':[{'pathPrefix':'/data/%d'}],"
            "'requiredDropCapabilities':['ALL'],'runAsUser':{'rule':'MustRunAs','ranges':"
            "[{'min':%d,'max':%d}]},'seLinux':{'rule':'RunAsAny'},'fsGroup':{'rule':'RunAsAny'},"
            "'supplementalGroups':{'rule':'RunAsAny'}}}",
            i, i, i, i + 10);
        assert_true(snapshot_builder_put(b, parse(json.ptr, &a), NULL));
        arena_reset(&a);
    }
    s = snapshot_builder_finish(b);
    each = snapshot_stats(s).bytes / POLICIES;
    if (each > 2000) {
        fail_msg("%zu bytes a policy", each);
    }
    print_message("%zu bytes a policy\n", each);
    snapshot_release(s);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_put),
        cmocka_unit_test(layers_replace_and_remove),
        cmocka_unit_test(aggregates_across_layers),
        cmocka_unit_test(says_what_is_wrong),
        cmocka_unit_test(stays_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
