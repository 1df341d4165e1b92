/* SPDX-License-Identifier: Apache-2.0 */
/* Requests and what is answered, over one small cluster. */
#include "server/api/api.h"

#include "cluster/preset.h"
#include "doc/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static Value parse(const char *json, Arena *a)
{
    Buf b = buf_new(a);
    for (; *json; json++) {
        buf_byte(&b, *json == '\'' ? '"' : *json);
    }
    Value v;
    Err err = { 0 };
    if (!json_read(STR("test"), buf_str(&b), NULL, a, &v, &err)) {
        fail_msg("%.*s", STR_ARG(err.msg));
    }
    return v;
}

#define RBAC "'apiVersion':'rbac.authorization.k8s.io/v1'"
#define PSP_SPEC                                                                        \
    "'spec':{'runAsUser':{'rule':'RunAsAny'},'seLinux':{'rule':'RunAsAny'},'fsGroup':{" \
    "'rule':'RunAsAny'},'supplementalGroups':{'rule':'RunAsAny'}}"
#define PSP(metadata)                                                                 \
    "{'apiVersion':'policy/v1beta1','kind':'PodSecurityPolicy','metadata':{" metadata \
    "}," PSP_SPEC "}"

static const char state_json[] =
    "[{'apiVersion':'v1','kind':'Namespace','metadata':{'name':'n'}},"
    "{'apiVersion':'v1','kind':'Namespace','metadata':{'name':'ending'},'status':{'phase':"
    "'Terminating'}},"
    "{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'m','namespace':'n'}},"
    "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p','namespace':'n'}}," PSP(
        "'name':'x'") ",{" RBAC
                      ",'kind':'ClusterRole','metadata':{'name':'r'},'rules':[{'apiGroups':[''],"
                      "'resources':['users'],'verbs':['impersonate'],'resourceNames':['bob']},{'"
                      "apiGroups':[''],"
                      "'resources':['pods'],'verbs':['list'],'resourceNames':['p']}]},"
                      "{" RBAC
                      ",'kind':'ClusterRoleBinding','metadata':{'name':'r'},'roleRef':{'apiGroup':"
                      "'rbac.authorization.k8s.io','kind':'ClusterRole','name':'r'},'subjects':[{'"
                      "kind':'User',"
                      "'apiGroup':'rbac.authorization.k8s.io','name':'alice'}]}]";

#define PODS "/api/v1/namespaces/n/pods"
#define POLICIES "/apis/policy/v1beta1/podsecuritypolicies"
#define MAPS "/api/v1/namespaces/n/configmaps"

static const struct {
    const char *user; /* NULL: a member of system:masters */
    const char *as;
    const char *method;
    const char *uri;
    const char *body;
    int code;
    const char *message; /* NULL: not looked at */
} rows[] = {
    /* who may */
    { "alice", NULL, "GET", PODS, NULL, 403,
      "pods is forbidden: User \"alice\" cannot list resource \"pods\" in API group \"\" in the "
      "namespace \"n\"" },
    { "alice", NULL, "GET", PODS "?fieldSelector=metadata.name%3Dp", NULL, 200, NULL },
    { "alice", NULL, "GET", "/metrics", NULL, 403,
      "forbidden: User \"alice\" cannot get path \"/metrics\"" },
    { "alice", "bob", "GET", PODS, NULL, 403,
      "pods is forbidden: User \"bob\" cannot list resource \"pods\" in API group \"\" in the "
      "namespace \"n\"" },
    { "alice", "carol", "GET", PODS, NULL, 403,
      "users \"carol\" is forbidden: User \"alice\" cannot impersonate resource \"users\" in API "
      "group \"\" at the cluster scope" },
    /* paths */
    { "alice", NULL, "GET", "/version", NULL, 200, NULL },
    { "alice", NULL, "GET", "/apis/policy/v1beta1", NULL, 200, NULL },
    { NULL, NULL, "GET", "/apis/nosuch.group", NULL, 404, NULL },
    { NULL, NULL, "GET", "/nowhere", NULL, 404, "" },
    { NULL, NULL, "GET", "/apis/nosuch.group/v1/things", NULL, 404, "" },
    { NULL, NULL, "GET", "/apis/apps/v9/things", NULL, 404,
      "the server could not find the requested resource" },
    { NULL, NULL, "GET", "/api/v9", NULL, 404, "the server could not find the requested resource" },
    { NULL, NULL, "POST", "/version", NULL, 405, NULL },
    { NULL, NULL, "POST", "/healthz", NULL, 200, NULL },
    { NULL, NULL, "GET", "/api/v1/%zz", NULL, 400, NULL },
    /* what is served */
    { NULL, NULL, "GET", "/apis/extensions/v1beta1/podsecuritypolicies", NULL, 404, NULL },
    { NULL, NULL, "GET", "/api/v1/nosuchthings", NULL, 404, NULL },
    { NULL, NULL, "GET", PODS "/p/nosuchpart", NULL, 404, NULL },
    { NULL, NULL, "GET", PODS "/p/ephemeralcontainers", NULL, 404, NULL },
    { NULL, NULL, "POST", PODS "/p", "{}", 405,
      "the server does not allow this method on the requested resource" },
    { NULL, NULL, "DELETE", "/api/v1/namespaces", NULL, 405, NULL },
    { NULL, NULL, "POST", "/api/v1/pods", "{}", 405, NULL },
    /* reading */
    { NULL, NULL, "GET", PODS "/p", NULL, 200, NULL },
    { NULL, NULL, "GET", PODS "/q", NULL, 404, "pods \"q\" not found" },
    { NULL, NULL, "GET", PODS "/p/log", NULL, 200, NULL },
    { NULL, NULL, "GET", "/api/v1/pods", NULL, 200, NULL },
    { NULL, NULL, "GET", POLICIES "/y", NULL, 404, "podsecuritypolicies.policy \"y\" not found" },
    /* creating */
    { NULL, NULL, "POST", POLICIES, PSP("'name':'y'"), 201, NULL },
    { NULL, NULL, "POST", POLICIES, PSP("'name':'x'"), 409,
      "podsecuritypolicies.policy \"x\" already exists" },
    { NULL, NULL, "POST", POLICIES, "{'kind':'Pod','apiVersion':'v1'}", 400, NULL },
    { NULL, NULL, "POST", POLICIES,
      "{'apiVersion':'extensions/v1beta1','kind':'PodSecurityPolicy'}", 400,
      "the API version in the data (extensions/v1beta1) does not match the expected API version "
      "(policy/v1beta1)" },
    { NULL, NULL, "POST", POLICIES, "[]", 400, NULL },
    { NULL, NULL, "POST", POLICIES, NULL, 400, NULL },
    { NULL, NULL, "POST", MAPS, "{'metadata':{'name':'o'}}", 201, NULL },
    { NULL, NULL, "POST", MAPS "?dryRun=Some", "{'metadata':{'name':'o'}}", 422,
      "CreateOptions.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: []string{\"Some\"}: "
      "supported values: \"All\"" },
    { NULL, NULL, "POST", "/api/v1/namespaces/none/configmaps", "{'metadata':{'name':'o'}}", 404,
      "namespaces \"none\" not found" },
    { NULL, NULL, "POST", "/api/v1/namespaces/ending/configmaps", "{'metadata':{'name':'o'}}", 403,
      "configmaps \"o\" is forbidden: unable to create new content in namespace ending because it "
      "is being terminated" },
    { NULL, NULL, "POST", MAPS, "{'metadata':{'name':'o','namespace':'other'}}", 400, NULL },
    /* updating */
    { NULL, NULL, "PUT", MAPS "/m", "{'metadata':{'name':'m'},'data':{'a':'b'}}", 200, NULL },
    { NULL, NULL, "PUT", MAPS "/m", "{'metadata':{'name':'o'}}", 400,
      "the name of the object (o) does not match the name on the URL (m)" },
    { NULL, NULL, "PUT", MAPS "/m", "{'metadata':{}}", 400, NULL },
    { NULL, NULL, "PUT", MAPS "/o", "{'metadata':{'name':'o'}}", 404,
      "configmaps \"o\" not found" },
    { NULL, NULL, "PUT", MAPS "/m", "{'metadata':{'name':'m','resourceVersion':'1'}}", 409, NULL },
    { NULL, NULL, "PUT", "/apis/rbac.authorization.k8s.io/v1/namespaces/n/roles/new",
      "{'metadata':{'name':'new'}}", 201, NULL },
    { NULL, NULL, "PATCH", MAPS "/m", "{}", 415, "415: Unsupported Media Type" },
    /* deleting */
    { NULL, NULL, "DELETE", MAPS "/m", NULL, 200, NULL },
    { NULL, NULL, "DELETE", MAPS "/o", NULL, 404, NULL },
    { NULL, NULL, "DELETE", MAPS, NULL, 200, NULL },
    { NULL, NULL, "DELETE", MAPS "/m", "{'propagationPolicy':'Sideways'}", 422, NULL },
    { NULL, NULL, "DELETE", "/api/v1/namespaces/kube-system", NULL, 403,
      "namespaces \"kube-system\" is forbidden: this namespace may not be deleted" },
    /* reviews */
    { "alice", NULL, "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
      "{'spec':{'resourceAttributes':{'verb':'get','resource':'pods'}}}", 201, NULL },
    { "alice", NULL, "POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", "{}", 403,
      NULL },
    { NULL, NULL, "GET", "/apis/authorization.k8s.io/v1/subjectaccessreviews", NULL, 405, NULL },
};

static const Str everybody[] = { STR_INIT("system:authenticated") };
static const Str masters[] = { STR_INIT("system:masters"), STR_INIT("system:authenticated") };

static void answers(void **state)
{
    (void)state;
    Arena a, kept;
    arena_init(&a, 0);
    arena_init(&kept, 0);
    SnapshotBuilder *b = snapshot_builder_new(NULL, SNAPSHOT_KEEP_OBJECTS);
    assert_true(preset_put(b, STR("kubernetes")));
    Value objects = parse(state_json, &kept);
    VALUE_EACH_ITEM(object, &objects) {
        assert_true(snapshot_builder_put(b, object, NULL));
    }
    const Snapshot *s = snapshot_builder_finish(b);
    KubeTarget target = kube_target(20);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool master = rows[i].user == NULL;
        UserInfo user = { .name = master ? STR("admin") : str_from_c(rows[i].user),
                          .groups = { master ? masters : everybody, master ? 2 : 1 } };
        RbacImpersonation as = { .user = str_from_c(rows[i].as ? rows[i].as : "") };
        Value body = rows[i].body ? parse(rows[i].body, &a) : value_null();
        ApiRequest request = { .method = str_from_c(rows[i].method),
                               .uri = str_from_c(rows[i].uri),
                               .user = &user,
                               .impersonate = rows[i].as ? &as : NULL,
                               .body = rows[i].body ? &body : NULL,
                               .target = &target };
        ApiResponse response;
        api_handle(snapshot_facts(s), &request, &a, &response);
        Str message = value_get_str(&response.body, STR("message"));
        if (response.code != rows[i].code ||
            (rows[i].message && !str_eq(message, str_from_c(rows[i].message)))) {
            fail_msg("%s %s as %s: %d %.*s", rows[i].method, rows[i].uri,
                     rows[i].user ? rows[i].user : "admin", response.code, STR_ARG(message));
        }
        assert_true(response.code < 400 || response.code == 404 || response.is_status);
        arena_reset(&a);
    }
    snapshot_release(s);
    arena_done(&kept);
    arena_done(&a);
}

/* What a write would change is for the caller to do. */
static void says_what_to_write(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        const char *uri;
        const char *body;
        ApiWrite write;
        const char *name;
    } writes[] = {
        { "POST", POLICIES, PSP("'generateName':'g-'"), API_WRITE_CREATE, "g-abcde" },
        { "POST", POLICIES "?dryRun=All", PSP("'name':'y'"), API_WRITE_NOTHING, "y" },
        { "PUT", POLICIES "/x", PSP("'name':'x'"), API_WRITE_UPDATE, "x" },
        { "DELETE", POLICIES "/x", NULL, API_WRITE_DELETE, "x" },
        { "DELETE", POLICIES "/x", "{'dryRun':['All']}", API_WRITE_NOTHING, "x" },
    };
    Arena a;
    arena_init(&a, 0);
    SnapshotBuilder *b = snapshot_builder_new(NULL, SNAPSHOT_KEEP_OBJECTS);
    Value policy = parse(PSP("'name':'x'"), &a);
    assert_true(snapshot_builder_put(b, &policy, NULL));
    const Snapshot *s = snapshot_builder_finish(b);
    KubeTarget target = kube_target(20);
    UserInfo user = { .name = STR("admin"), .groups = { masters, 2 } };
    for (size_t i = 0; i < COUNT_OF(writes); i++) {
        Value body = writes[i].body ? parse(writes[i].body, &a) : value_null();
        ApiRequest request = { .method = str_from_c(writes[i].method),
                               .uri = str_from_c(writes[i].uri),
                               .user = &user,
                               .body = writes[i].body ? &body : NULL,
                               .name_suffix = STR("abcde"),
                               .target = &target };
        ApiResponse response;
        api_handle(snapshot_facts(s), &request, &a, &response);
        assert_true(response.code == 200 || response.code == 201);
        assert_int_equal(response.write, writes[i].write);
        assert_true(str_eq(response.key.name, str_from_c(writes[i].name)));
        assert_true(str_eq(response.key.kind, STR("PodSecurityPolicy")));
    }
    snapshot_release(s);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),
        cmocka_unit_test(says_what_to_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
