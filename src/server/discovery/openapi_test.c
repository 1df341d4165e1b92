/* SPDX-License-Identifier: Apache-2.0 */
/* OpenAPI documents: models, what PATCH takes, protobuf, which versions have which documents. */
#include "server/discovery/openapi.h"

#include "doc/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static Value parse(Str text, Arena *a)
{
    Value v;
    Err err = { 0 };
    if (!json_read(STR("test"), text, NULL, a, &v, &err)) {
        fail_msg("%.*s", STR_ARG(err.msg));
    }
    return v;
}

static Str quoted(const char *json, Arena *a)
{
    Buf b = buf_new(a);
    for (; *json; json++) {
        buf_byte(&b, *json == '\'' ? '"' : *json);
    }
    return buf_str(&b);
}

static DiscoveryAnswer ask(int minor, const char *path, const char *accept, const Value *crd,
                           Arena *a)
{
    KubeTarget target = kube_target(minor);
    DiscoveryRequest r = { .path = str_from_c(path),
                           .query = STR(""),
                           .accept = str_from_c(accept),
                           .server_address = STR(""),
                           .target = &target,
                           .crds = &crd,
                           .crd_count = crd != NULL };
    DiscoveryAnswer answer = { 0 };
    (void)discovery_openapi(&r, a, &answer);
    return answer;
}

/* Member by member, of places that hold "/" and "." themselves. */
static const Value *find(const Value *v, const char *const *keys)
{
    for (; *keys && v; keys++) {
        v = value_get(v, str_from_c(*keys));
    }
    return v;
}

#define REF(name) "{'$ref':'#/definitions/" name "'}"

static const struct {
    int minor;
    const char *path;
    const char *keys[8];
    const char *want; /* NULL: it is not there */
} rows[] = {
    { 20, "/openapi/v2", { "info" }, "{'title':'Kubernetes','version':'v1.20.2'}" },
    { 20,
      "/openapi/v2",
      { "definitions", "io.k8s.api.core.v1.LocalObjectReference" },
      "{'type':'object','properties':{'name':{'type':'string'}}}" },
    { 20,
      "/openapi/v2",
      { "definitions", "io.k8s.api.core.v1.ContainerStatus", "required" },
      "['name','ready','restartCount','image','imageID']" },
    { 20, "/openapi/v2", { "definitions", "io.k8s.api.rbac.v1.Role", "required" }, NULL },
    { 20,
      "/openapi/v2",
      { "definitions", "io.k8s.api.core.v1.ContainerImage", "required" },
      "['names']" },
    { 24, "/openapi/v2", { "definitions", "io.k8s.api.core.v1.ContainerImage", "required" }, NULL },
    { 20,
      "/openapi/v2",
      { "definitions", "io.k8s.api.core.v1.ServiceSpec", "properties", "ports" },
      "{'type':'array','items':" REF(
          "io.k8s.api.core.v1.ServicePort") ",'x-kubernetes-patch-merge-"
                                            "key':'port','x-kubernetes-patch-strategy':'merge','x-"
                                            "kubernetes-list-map-keys':['port',"
                                            "'protocol'],'x-kubernetes-list-type':'map'}" },
    { 20,
      "/openapi/v2",
      { "definitions", "io.k8s.api.core.v1.ResourceRequirements", "properties", "limits" },
      "{'type':'object','additionalProperties':" REF(
          "io.k8s.apimachinery.pkg.api.resource.Quantity") "}" },
    { 20,
      "/openapi/v2",
      { "definitions", "io.k8s.api.core.v1.Pod", "x-kubernetes-group-version-kind" },
      "[{'group':'','kind':'Pod','version':'v1'}]" },
    { 36,
      "/openapi/v2",
      { "definitions", "io.k8s.api.policy.v1beta1.PodSecurityPolicy",
        "x-kubernetes-group-version-kind" },
      "[{'group':'policy','kind':'PodSecurityPolicy','version':'v1beta1'}]" },
    { 20,
      "/openapi/v2",
      { "definitions", "io.k8s.api.core.v1.PodSpec", "properties", "os" },
      NULL },
    { 20,
      "/openapi/v2",
      { "paths", "/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale", "patch",
        "x-kubernetes-group-version-kind" },
      "{'group':'autoscaling','kind':'Scale','version':'v1'}" },
    { 20,
      "/openapi/v2",
      { "paths", "/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/roles/{name}", "patch",
        "operationId" },
      "'patchRbacAuthorizationV1NamespacedRole'" },
    { 20,
      "/openapi/v2",
      { "paths", "/api/v1/pods", "get", "operationId" },
      "'listCoreV1PodForAllNamespaces'" },
    { 20, "/openapi/v2", { "paths", "/api/v1/pods", "post" }, NULL },
    { 24, "/openapi/v3", { "paths", "apis/apps/v1" }, "" },
    { 24, "/openapi/v3", { "paths", "apis/a.example/v1" }, "" },
    { 32,
      "/openapi/v3/api/v1",
      { "components", "schemas", "io.k8s.api.core.v1.Pod", "properties", "status", "allOf" },
      "[{'$ref':'#/components/schemas/io.k8s.api.core.v1.PodStatus'}]" },
    { 20,
      "/openapi/v2",
      { "definitions", "example.a.v1.Widget", "properties", "spec" },
      "{'type':'object','required':['n'],'properties':{'any':{"
      "'x-kubernetes-preserve-unknown-fields':true},'maybe':{},'n':{'type':'integer','default':1},"
      "'port':{'x-kubernetes-int-or-string':true}}}" },
    { 20,
      "/openapi/v2",
      { "paths", "/apis/a.example/v1/widgets/{name}", "patch", "consumes" },
      "['application/json-patch+json','application/merge-patch+json','application/apply-patch+yaml'"
      "]" },
};

static const char crd[] =
    "{'metadata':{'uid':'u','resourceVersion':'7'},'spec':{'group':'a.example','scope':'Cluster',"
    "'names':{'plural':'widgets','kind':'Widget'},'versions':[{'name':'v1','served':true,'storage'"
    ":true,'schema':{'openAPIV3Schema':{'type':'object','properties':{'spec':{'type':'object',"
    "'required':['n'],'properties':{'n':{'type':'integer','default':1},'any':{'type':'object',"
    "'properties':{'x':{'type':'string'}},'x-kubernetes-preserve-unknown-fields':true},'port':{"
    "'anyOf':[{'type':'integer'},{'type':'string'}],'x-kubernetes-int-or-string':true},'maybe':{"
    "'type':'string','nullable':true}}}}}}}]}}";

static void models_and_paths(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Value custom = parse(quoted(crd, &a), &a);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        DiscoveryAnswer answer = ask(rows[i].minor, rows[i].path, "application/json", &custom, &a);
        assert_int_equal(answer.code, 200);
        Value v = parse(answer.text, &a);
        const Value *found = find(&v, rows[i].keys);
        if (rows[i].want && rows[i].want[0]) {
            Buf b = buf_new(&a);
            if (!found) {
                fail_msg("row %zu: %s is not there", i, rows[i].keys[1]);
            }
            json_write(found, &b);
            assert_string_equal(arena_cstr(&a, buf_str(&b)),
                                arena_cstr(&a, quoted(rows[i].want, &a)));
        } else if ((found != NULL) != (rows[i].want != NULL)) {
            fail_msg("1.%d %s %s %s", rows[i].minor, rows[i].path, rows[i].keys[0],
                     rows[i].keys[1]);
        }
    }
    arena_done(&a);
}

/* The names of what a PATCH of pods takes. */
static Str patch_parameters(int minor, const char *path, Arena *a)
{
    static const char *const keys[] = { "paths", "/api/v1/namespaces/{namespace}/pods/{name}",
                                        "patch", "parameters", NULL };
    DiscoveryAnswer answer = ask(minor, path, "", NULL, a);
    Value v = parse(answer.text, a);
    Buf b = buf_new(a);
    VALUE_EACH_ITEM(parameter, find(&v, keys)) {
        buf_printf(&b, "%.*s ", STR_ARG(value_get_str(parameter, STR("name"))));
    }
    return buf_str(&b);
}

static void what_patch_takes(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    assert_string_equal(arena_cstr(&a, patch_parameters(20, "/openapi/v2", &a)),
                        "body dryRun fieldManager force ");
    assert_string_equal(arena_cstr(&a, patch_parameters(32, "/openapi/v3/api/v1", &a)),
                        "dryRun fieldManager fieldValidation force ");
    arena_done(&a);
}

static const struct {
    int minor;
    const char *path;
    const char *accept;
    int code;
    const char *content_type;
} forms[] = {
    { 20, "/openapi/v2", "", 200, "application/json" },
    { 20, "/openapi/v2", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf", 200,
      "application/octet-stream" },
    { 32, "/openapi/v2", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf", 200,
      "application/com.github.proto-openapi.spec.v2.v1.0+protobuf" },
    { 20, "/openapi/v2", "text/html", 406, "text/plain; charset=utf-8" },
    { 20, "/openapi/v3", "", 0, "" },
    { 32, "/openapi/v3/apis/nosuch/v1", "", 0, "" },
    { 32, "/openapi/v3/apis/apps", "", 0, "" },
    { 32, "/openapi/v3/apis/apps/v1", "", 200, "application/json" },
    { 32, "/openapi", "", 0, "" },
};

static void forms_of_documents(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        DiscoveryAnswer answer = ask(forms[i].minor, forms[i].path, forms[i].accept, NULL, &a);
        assert_int_equal(answer.code, forms[i].code);
        assert_string_equal(arena_cstr(&a, answer.content_type), forms[i].content_type);
    }
    arena_done(&a);
}

/* Reads a tag and a length; what the field holds. */
static Str next_field(Str *rest, unsigned *number)
{
    uint64_t n[2] = { 0, 0 };
    for (int i = 0; i < 2; i++) {
        unsigned shift = 0;
        uint8_t byte = 0x80;
        for (; byte & 0x80 && rest->len; shift += 7) {
            byte = (uint8_t)rest->ptr[0];
            n[i] |= (uint64_t)(byte & 0x7F) << shift;
            *rest = str_drop(*rest, 1);
        }
    }
    assert_int_equal(n[0] & 7, 2); /* a message, or a text */
    assert_true(n[1] <= rest->len);
    *number = (unsigned)(n[0] >> 3);
    Str field = str_slice(*rest, 0, n[1]);
    *rest = str_drop(*rest, n[1]);
    return field;
}

/* The top of the document is well formed to its end, and its parts stand in their fields. */
static void protobuf(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    DiscoveryAnswer answer = ask(
        20, "/openapi/v2", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf", NULL, &a);
    static const unsigned numbers[] = { 1, 2, 8, 9, 13, 12 };
    Str rest = answer.text;
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        unsigned number;
        Str field = next_field(&rest, &number);
        assert_int_equal(number, numbers[i]);
        if (number == 1) {
            assert_true(str_eq(field, STR("2.0")));
        }
        if (number == 9) {
            Str named = next_field(&field, &number);
            assert_true(next_field(&named, &number).len > 0);
        }
    }
    assert_int_equal(rest.len, 0);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(models_and_paths),
        cmocka_unit_test(what_patch_takes),
        cmocka_unit_test(forms_of_documents),
        cmocka_unit_test(protobuf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
