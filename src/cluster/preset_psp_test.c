/* SPDX-License-Identifier: Apache-2.0 */
/* The platforms' policies: who gets which pod through, on each. */
#include "cluster/preset.h"
#include "decide/admission/admission.h"
#include "doc/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* Single quotes stand for double ones. */
static Value parse(Arena *a, Str text)
{
    Str copy = arena_str(a, text);
    for (char *at = (char *)(uintptr_t)copy.ptr; *at; at++) {
        *at = *at == '\'' ? '"' : *at;
    }
    Value v = value_null();
    Err err = { 0 };
    if (!json_read(STR("test"), copy, NULL, a, &v, &err)) {
        fail_msg("%.*s: %.*s", STR_ARG(text), STR_ARG(err.msg));
    }
    return v;
}

#define ACCOUNT(namespace, name)                                                       \
    "{'apiVersion':'v1','kind':'ServiceAccount','automountServiceAccountToken':false," \
    "'metadata':{'name':'" name "','namespace':'" namespace "'}}"

/* A namespace in a project, one that is in none, and an account in each. */
static const char *const cluster_objects[] = {
    "{'apiVersion':'v1','kind':'Namespace','metadata':{'name':'shop',"
    "'annotations':{'field.cattle.io/projectId':'c-1:p-1'}}}",
    "{'apiVersion':'v1','kind':'Namespace','metadata':{'name':'psp-test'}}",
    ACCOUNT("shop", "web"),
    ACCOUNT("shop", "default"),
    ACCOUNT("psp-test", "default"),
    ACCOUNT("default", "default"),
    ACCOUNT("kube-system", "default"),
};

static const Snapshot *cluster_of(Arena *a, Str preset)
{
    SnapshotBuilder *b = snapshot_builder_new(NULL, SNAPSHOT_KEEP_OBJECTS);
    assert_true(preset_put(b, STR("kubernetes")));
    assert_true(preset_put(b, preset));
    for (size_t i = 0; i < COUNT_OF(cluster_objects); i++) {
        Value v = parse(a, str_from_c(cluster_objects[i]));
        assert_true(snapshot_builder_put(b, &v, NULL));
    }
    return preset_complete(snapshot_builder_finish(b), (StrList){ &preset, 1 });
}

typedef struct Row {
    const char *preset;
    const char *namespace;
    const char *user;
    const char *group; /* beside system:authenticated; NULL for none */
    const char *pod;   /* members of the spec beside one container */
    const char *want;  /* the policy, or the message after the colon */
} Row;

#define PRIVILEGED                                                             \
    "'hostNetwork':true,'hostPID':true,'containers':[{'name':'c','image':'i'," \
    "'securityContext':{'privileged':true,'runAsUser':0}}]"
#define PLAIN "'containers':[{'name':'c','image':'i'}]"
#define CONTROLLER "system:serviceaccount:kube-system:replicaset-controller"
#define NONE "PodSecurityPolicy: unable to admit pod: []"

static const Row rows[] = {
    { "eks", "psp-test", CONTROLLER, NULL, PLAIN, "eks.privileged" },
    { "eks", "psp-test", "eks-test-user", NULL, PRIVILEGED, "eks.privileged" },
    { "rancher", "shop", CONTROLLER, NULL, PLAIN, "restricted-psp" },
    { "rancher", "shop", CONTROLLER, NULL, "'serviceAccountName':'web'," PLAIN, "restricted-psp" },
    { "rancher", "default", CONTROLLER, NULL, PLAIN, "restricted-psp" },
    { "rancher", "shop", CONTROLLER, NULL, PRIVILEGED,
      "PodSecurityPolicy: unable to admit pod: [spec.securityContext.hostNetwork: Invalid value: "
      "true: Host network is not allowed to be used spec.securityContext.hostPID: Invalid value: "
      "true: Host PID is not allowed to be used spec.containers[0].securityContext.privileged: "
      "Invalid value: true: Privileged containers are not allowed]" },
    { "rancher", "psp-test", CONTROLLER, NULL, PLAIN, NONE },
    { "rancher", "kube-system", CONTROLLER, NULL, PRIVILEGED, "default-psp" },
    { "gravity", "psp-test", CONTROLLER, NULL, PRIVILEGED, NONE },
    { "gravity", "psp-test", CONTROLLER, NULL, PLAIN, NONE },
    { "gravity", "psp-test", "ann", "restricted-psp-users", PLAIN, "restricted" },
    { "gravity", "psp-test", "ann", "privileged-psp-users",
      "'containers':[{'name':'c','image':'i','securityContext':{'privileged':true}}]",
      "privileged" },
    { "gke", "psp-test", CONTROLLER, NULL, PLAIN,
      "PodSecurityPolicy: no providers available to validate pod request" },
    { "aks", "psp-test", CONTROLLER, NULL, PLAIN,
      "PodSecurityPolicy: no providers available to validate pod request" },
};

static void check(const Row *row, int minor)
{
    Arena a;
    arena_init(&a, 0);
    const Snapshot *s = cluster_of(&a, str_from_c(row->preset));
    Value pod = parse(&a, arena_printf(&a,
                                       "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p',"
                                       "'namespace':'%s'},'spec':{%s}}",
                                       row->namespace, row->pod));
    Str groups[] = { STR("system:authenticated"), str_from_c(row->group) };
    UserInfo user = { .name = str_from_c(row->user), .groups = { groups, row->group ? 2 : 1 } };
    KubeTarget target = kube_target(minor);
    AdmissionOptions options = admission_options_default;
    AdmissionRequest request = { .operation = ADMISSION_CREATE,
                                 .user = &user,
                                 .group = STR(""),
                                 .version = STR("v1"),
                                 .resource = STR("pods"),
                                 .kind = STR("Pod"),
                                 .namespace = str_from_c(row->namespace),
                                 .object = &pod,
                                 .target = &target,
                                 .options = &options };
    AdmissionDecision d;
    admission_decide(snapshot_facts(s), &request, &a, &d);
    Str got = d.allowed ? d.psp
                        : str_cut_prefix(d.status.message, STR("pods \"p\" is forbidden: "));
    if (!str_eq(got, str_from_c(row->want))) {
        fail_msg("%s: %s in %s with %s on 1.%d:\n got %.*s\nwant %s", row->preset, row->user,
                 row->namespace, row->pod, minor, STR_ARG(got), row->want);
    }
    snapshot_release(s);
    arena_done(&a);
}

static void test_pods(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check(&rows[i], 20);
        check(&rows[i], KUBE_MINOR_NEWEST);
    }
}

typedef struct NameRow {
    const char *preset;
    ObjectKey key;
} NameRow;

#define RBAC_GROUP STR_INIT("rbac.authorization.k8s.io")
#define BINDING(namespace, name)                                                 \
    {                                                                            \
        RBAC_GROUP, STR_INIT("RoleBinding"), STR_INIT(namespace), STR_INIT(name) \
    }

static const NameRow names[] = {
    { "eks",
      { RBAC_GROUP, STR_INIT("ClusterRoleBinding"), STR_INIT(""),
        STR_INIT("eks:podsecuritypolicy:authenticated") } },
    { "eks",
      { RBAC_GROUP, STR_INIT("ClusterRole"), STR_INIT(""),
        STR_INIT("eks:podsecuritypolicy:privileged") } },
    { "rancher",
      { RBAC_GROUP, STR_INIT("ClusterRole"), STR_INIT(""), STR_INIT("restricted-clusterrole") } },
    { "rancher", BINDING("kube-system", "default-psp-rolebinding") },
    { "rancher", BINDING("shop", "default-web-shop-restricted-clusterrole-binding") },
    { "rancher", BINDING("shop", "default-default-shop-restricted-clusterrole-binding") },
    { "rancher", BINDING("default", "default-default-default-restricted-clusterrole-binding") },
    { "rancher", BINDING("kube-public", /* whose account is not among the objects */
                         "default-default-kube-public-restricted-clusterrole-binding") },
    { "gravity",
      { RBAC_GROUP, STR_INIT("ClusterRole"), STR_INIT(""), STR_INIT("restricted-psp-user") } },
};

static void test_names(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const Snapshot *s = cluster_of(&a, str_from_c(names[i].preset));
        const Facts *f = snapshot_facts(s);
        if (!f->object(f->cluster, names[i].key)) {
            fail_msg("%s has no %.*s", names[i].preset, STR_ARG(names[i].key.name));
        }
        snapshot_release(s);
    }
    arena_done(&a);
}

/* A binding that the cluster's own files have is not made again. */
static void test_what_is_there_stays(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    SnapshotBuilder *b = snapshot_builder_new(NULL, SNAPSHOT_KEEP_OBJECTS);
    assert_true(preset_put(b, STR("rancher")));
    Value v = parse(&a, str_from_c(cluster_objects[0]));
    assert_true(snapshot_builder_put(b, &v, NULL));
    v = parse(&a, STR("{'apiVersion':'rbac.authorization.k8s.io/v1','kind':'RoleBinding',"
                      "'metadata':{'name':'default-default-shop-restricted-clusterrole-binding',"
                      "'namespace':'shop'},'roleRef':{'apiGroup':'rbac.authorization.k8s.io',"
                      "'kind':'ClusterRole','name':'mine'},'subjects':[]}"));
    assert_true(snapshot_builder_put(b, &v, NULL));
    Str preset = STR("rancher");
    const Snapshot *s = preset_complete(snapshot_builder_finish(b), (StrList){ &preset, 1 });
    const Facts *f = snapshot_facts(s);
    ObjectKey key = BINDING("shop", "default-default-shop-restricted-clusterrole-binding");
    const Value *held = f->object(f->cluster, key);
    assert_true(str_eq(value_as_str(value_at(held, "roleRef", "name", NULL)), STR("mine")));
    snapshot_release(s);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pods),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_what_is_there_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
