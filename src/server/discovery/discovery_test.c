/* SPDX-License-Identifier: Apache-2.0 */
/* The documents of discovery, health and the lists of paths. */
#include "server/discovery/discovery.h"

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

static const char crd[] =
    "{'spec':{'group':'a.example','names':{'plural':'widgets','singular':'widget','kind':'Widget',"
    "'shortNames':['w']},'scope':'Namespaced','versions':[{'name':'v1','served':true,'storage':"
    "true,"
    "'subresources':{'status':{},'scale':{'specReplicasPath':'.x'}}},{'name':'v1beta1','served':"
    "true,'storage':false},{'name':'v1alpha1','served':false,'storage':false}]}}";

#define CRD_RESOURCE(subresources)                                                              \
    "'resources':[{'name':'widgets','singularName':'widget','namespaced':true,'kind':'Widget'," \
    "'verbs':['delete','deletecollection','get','list','patch','create','update','watch'],"     \
    "'shortNames':['w'],'storageVersionHash':'5hLdOxOfFiM='}" subresources "]"
#define VERBS "'create','delete','deletecollection','get','list','patch','update','watch'"
#define GROUP(name, versions, preferred)                                                \
    "{'kind':'APIGroup','apiVersion':'v1','name':'" name "','versions':[" versions "]," \
    "'preferredVersion':" preferred "}"
#define VERSION(group, version) "{'groupVersion':'" group "/" version "','version':'" version "'}"

static const struct {
    int minor;
    const char *path;
    const char *accept;
    int code;           /* 0: there is no such path */
    const char *answer; /* NULL: not looked at */
} rows[] = {
    { 20, "/api", "", 200,
      "{'kind':'APIVersions','versions':['v1'],'serverAddressByClientCIDRs':[{'clientCIDR':"
      "'0.0.0.0/0','serverAddress':'127.0.0.1:6443'}]}" },
    { 20, "/api/", "", 200, NULL },
    { 20, "/apis", "", 200, NULL },
    { 20, "/apis/", "", 200, NULL },
    { 20, "/api/v1", "", 200, NULL },
    { 20, "/api/v2", "", 0, NULL },
    { 20, "/apis/apps", "", 200, GROUP("apps", VERSION("apps", "v1"), VERSION("apps", "v1")) },
    { 20, "/apis/apps/", "", 200, GROUP("apps", VERSION("apps", "v1"), VERSION("apps", "v1")) },
    { 20, "/apis/apps/v9", "", 0, NULL },
    { 20, "/apis/nosuch", "", 0, NULL },
    { 20, "/apis/autoscaling", "", 200,
      GROUP("autoscaling",
            VERSION("autoscaling", "v1") "," VERSION("autoscaling", "v2beta1") "," VERSION(
                "autoscaling", "v2beta2"),
            VERSION("autoscaling", "v1")) },
    { 24, "/apis/autoscaling", "", 200,
      GROUP("autoscaling",
            VERSION("autoscaling", "v2") "," VERSION("autoscaling", "v1") "," VERSION(
                "autoscaling", "v2beta1") "," VERSION("autoscaling", "v2beta2"),
            VERSION("autoscaling", "v2")) },
    { 20, "/apis/policy/v1beta1", "", 200,
      "{'kind':'APIResourceList','apiVersion':'v1','groupVersion':'policy/"
      "v1beta1','resources':[{"
      "'name':'poddisruptionbudgets','singularName':'','namespaced':true,'kind':"
      "'PodDisruptionBudget','verbs':[" VERBS "],'shortNames':['pdb'],'storageVersionHash':"
      "'6BGBu0kpHtk='},{'name':'poddisruptionbudgets/"
      "status','singularName':'','namespaced':true,"
      "'kind':'PodDisruptionBudget','verbs':['get','patch','update']},{'name':"
      "'podsecuritypolicies','singularName':'','namespaced':false,'kind':'PodSecurityPolicy',"
      "'verbs':[" VERBS "],'shortNames':['psp'],'storageVersionHash':'khBLobUXkqA='}]}" },
    { 32, "/apis/policy/v1beta1", "", 200,
      "{'kind':'APIResourceList','apiVersion':'v1','groupVersion':'policy/"
      "v1beta1','resources':[{"
      "'name':'podsecuritypolicies','singularName':'podsecuritypolicy','namespaced':false,'"
      "kind':"
      "'PodSecurityPolicy','verbs':[" VERBS "],'shortNames':['psp'],'storageVersionHash':"
      "'khBLobUXkqA='}]}" },
    { 20, "/apis/extensions/v1beta1", "", 200,
      "{'kind':'APIResourceList','groupVersion':'extensions/v1beta1','resources':[{'name':"
      "'ingresses','singularName':'','namespaced':true,'kind':'Ingress','verbs':[" VERBS "],"
      "'shortNames':['ing'],'storageVersionHash':'ZOAfGflaKd0='},{'name':'ingresses/status',"
      "'singularName':'','namespaced':true,'kind':'Ingress','verbs':['get','patch','update']}]"
      "}" },
    { 20, "/apis/a.example", "", 200,
      GROUP("a.example", VERSION("a.example", "v1") "," VERSION("a.example", "v1beta1"),
            VERSION("a.example", "v1")) },
    { 20, "/apis/a.example/v1", "", 200,
      "{'kind':'APIResourceList','apiVersion':'v1','groupVersion':'a.example/v1'," CRD_RESOURCE(
          ",{'name':'widgets/"
          "status','singularName':'','namespaced':true,'kind':'Widget','verbs':["
          "'get','patch','update']},{'name':'widgets/"
          "scale','singularName':'','namespaced':true,"
          "'group':'autoscaling','version':'v1','kind':'Scale','verbs':['get','patch','update']"
          "}") "}" },
    { 20, "/apis/a.example/v1beta1", "", 200,
      "{'kind':'APIResourceList','apiVersion':'v1','groupVersion':'a.example/"
      "v1beta1'," CRD_RESOURCE("") "}" },
    { 20, "/apis/a.example/v1alpha1", "", 0, NULL },
    { 20, "/version/", "", 200, NULL },
    { 20, "/version", "text/html", 406, NULL },
    { 20, "/openapi/v3", "", 0, NULL },
    { 20, "/healthz", "text/html", 200, "ok" },
    { 20, "/livez/etcd", "", 200, "ok" },
    { 20, "/readyz/poststarthook/rbac/bootstrap-roles", "", 200, "ok" },
    { 20, "/livez/shutdown", "", 0, NULL },
    { 20, "/healthz/", "", 0, NULL },
    { 20, "/healthz/nope", "", 0, NULL },
    { 20, "/nope", "", 0, NULL },
};

static DiscoveryRequest request_of(const char *path, const char *accept, const KubeTarget *target,
                                   const Value *const *crds)
{
    return (DiscoveryRequest){ .path = str_from_c(path),
                               .query = STR(""),
                               .accept = str_from_c(accept),
                               .user_agent = STR(""),
                               .server_address = STR("127.0.0.1:6443"),
                               .target = target,
                               .crds = crds,
                               .crd_count = 1 };
}

static Str text_of(const DiscoveryAnswer *answer, Arena *a)
{
    Buf b = buf_new(a);
    if (answer->is_text) {
        return answer->text;
    }
    json_write(&answer->value, &b);
    return buf_str(&b);
}

static void documents(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Value custom = parse(crd, &a);
    const Value *crds[] = { &custom };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        KubeTarget target = kube_target(rows[i].minor);
        DiscoveryRequest r = request_of(rows[i].path, rows[i].accept, &target, crds);
        DiscoveryAnswer answer = { 0 };
        bool answered = discovery_answer(&r, &a, &answer);
        if ((answered ? answer.code : 0) != rows[i].code) {
            fail_msg("%s: %d", rows[i].path, answered ? answer.code : 0);
        }
        if (rows[i].answer) {
            Buf want = buf_new(&a);
            for (const char *c = rows[i].answer; *c; c++) {
                buf_byte(&want, *c == '\'' ? '"' : *c);
            }
            assert_string_equal(arena_cstr(&a, text_of(&answer, &a)),
                                arena_cstr(&a, buf_str(&want)));
        }
    }
    arena_done(&a);
}

static void groups_in_order(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Value custom = parse(crd, &a);
    const Value *crds[] = { &custom };
    KubeTarget target = kube_target(20);
    DiscoveryRequest r = request_of("/apis", "", &target, crds);
    DiscoveryAnswer answer;
    assert_true(discovery_answer(&r, &a, &answer));
    Buf b = buf_new(&a);
    VALUE_EACH_ITEM(group, value_get_lit(&answer.value, "groups")) {
        buf_printf(&b, "%.*s ", STR_ARG(value_get_str(group, STR("name"))));
    }
    assert_string_equal(
        arena_cstr(&a, buf_str(&b)),
        "apiregistration.k8s.io apps events.k8s.io authentication.k8s.io authorization.k8s.io "
        "autoscaling batch certificates.k8s.io networking.k8s.io extensions policy "
        "rbac.authorization.k8s.io storage.k8s.io admissionregistration.k8s.io "
        "apiextensions.k8s.io scheduling.k8s.io coordination.k8s.io node.k8s.io discovery.k8s.io "
        "flowcontrol.apiserver.k8s.io a.example ");
    arena_done(&a);
}

static const char not_found_paths[] =
    "/apis /apis/ /apis/apiextensions.k8s.io /apis/apiextensions.k8s.io/v1 "
    "/apis/apiextensions.k8s.io/v1beta1 /healthz /healthz/etcd /healthz/log /healthz/ping "
    "/healthz/poststarthook/crd-informer-synced "
    "/healthz/poststarthook/generic-apiserver-start-informers "
    "/healthz/poststarthook/max-in-flight-filter "
    "/healthz/poststarthook/start-apiextensions-controllers "
    "/healthz/poststarthook/start-apiextensions-informers /livez /livez/etcd /livez/log "
    "/livez/ping /livez/poststarthook/crd-informer-synced "
    "/livez/poststarthook/generic-apiserver-start-informers "
    "/livez/poststarthook/max-in-flight-filter "
    "/livez/poststarthook/start-apiextensions-controllers "
    "/livez/poststarthook/start-apiextensions-informers /metrics /openapi/v2 /readyz /readyz/etcd "
    "/readyz/informer-sync /readyz/log /readyz/ping /readyz/poststarthook/crd-informer-synced "
    "/readyz/poststarthook/generic-apiserver-start-informers "
    "/readyz/poststarthook/max-in-flight-filter "
    "/readyz/poststarthook/start-apiextensions-controllers "
    "/readyz/poststarthook/start-apiextensions-informers /readyz/shutdown /version ";

static void paths(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    KubeTarget target = kube_target(20);
    DiscoveryRequest r = request_of("/nope", "", &target, NULL);
    r.crd_count = 0;
    DiscoveryAnswer answer;
    discovery_not_found(&r, &a, &answer);
    assert_int_equal(answer.code, 404);
    assert_true(str_starts_with(answer.text, STR("{\n  \"paths\": [\n    \"/apis\",\n")));
    Value v = parse(arena_cstr(&a, answer.text), &a);
    Buf b = buf_new(&a);
    VALUE_EACH_ITEM(path, value_get_lit(&v, "paths")) {
        buf_printf(&b, "%.*s ", STR_ARG(value_as_str(path)));
    }
    assert_string_equal(arena_cstr(&a, buf_str(&b)), not_found_paths);
    r.path = STR("/");
    assert_true(discovery_answer(&r, &a, &answer));
    v = parse(arena_cstr(&a, answer.text), &a);
    assert_int_equal(value_len(value_get_lit(&v, "paths")), 131);
    arena_done(&a);
}

static void health(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    KubeTarget target = kube_target(20);
    DiscoveryRequest r = request_of("/livez", "", &target, NULL);
    r.crd_count = 0;
    r.query = STR("verbose&exclude=etcd&exclude=x&exclude=a%22&exclude=x");
    DiscoveryAnswer answer;
    assert_true(discovery_answer(&r, &a, &answer));
    assert_string_equal(arena_cstr(&a, answer.text),
                        "[+]ping ok\n[+]log ok\n[+]etcd excluded: ok\n"
                        "[+]poststarthook/start-kube-apiserver-admission-initializer ok\n"
                        "[+]poststarthook/generic-apiserver-start-informers ok\n"
                        "[+]poststarthook/max-in-flight-filter ok\n"
                        "[+]poststarthook/start-apiextensions-informers ok\n"
                        "[+]poststarthook/start-apiextensions-controllers ok\n"
                        "[+]poststarthook/crd-informer-synced ok\n"
                        "[+]poststarthook/bootstrap-controller ok\n"
                        "[+]poststarthook/rbac/bootstrap-roles ok\n"
                        "[+]poststarthook/scheduling/bootstrap-system-priority-classes ok\n"
                        "[+]poststarthook/priority-and-fairness-config-producer ok\n"
                        "[+]poststarthook/start-cluster-authentication-info-controller ok\n"
                        "[+]poststarthook/start-kube-aggregator-informers ok\n"
                        "[+]poststarthook/apiservice-registration-controller ok\n"
                        "[+]poststarthook/apiservice-status-available-controller ok\n"
                        "[+]poststarthook/kube-apiserver-autoregistration ok\n"
                        "[+]autoregister-completion ok\n"
                        "[+]poststarthook/apiservice-openapi-controller ok\n"
                        "warn: some health checks cannot be excluded: no matches for "
                        "\"a\\\"\",\"x\"\nlivez check passed\n");
    arena_done(&a);
}

#define AGGREGATED                                                               \
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"      \
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList," \
    "application/json"

static void aggregated(void **state)
{
    (void)state;
    static const struct {
        int minor;
        const char *api_version;
    } versions[] = { { 26, "v1" },
                     { 27, "apidiscovery.k8s.io/v2beta1" },
                     { 30, "apidiscovery.k8s.io/v2" } };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        KubeTarget target = kube_target(versions[i].minor);
        DiscoveryRequest r = request_of("/apis", AGGREGATED, &target, NULL);
        r.crd_count = 0;
        DiscoveryAnswer answer;
        assert_true(discovery_answer(&r, &a, &answer));
        assert_string_equal(arena_cstr(&a, value_get_str(&answer.value, STR("apiVersion"))),
                            versions[i].api_version);
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents), cmocka_unit_test(groups_in_order), cmocka_unit_test(paths),
        cmocka_unit_test(health),    cmocka_unit_test(aggregated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
