/* SPDX-License-Identifier: Apache-2.0 */
/* Which webhooks a request concerns, what they are sent, what their answers mean. */
#include "decide/webhook/webhook.h"

#include "doc/json.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static Arena memory;

static void assert_text(Str got, const char *want)
{
    if (!str_eq(got, str_from_c(want))) {
        print_error("got:  %.*s\nwant: %s\n", STR_ARG(got), want);
        fail();
    }
}

static Value read_value(const char *text)
{
    Value v;
    Err err;
    if (!json_read(STR("text"), str_from_c(text), NULL, &memory, &v, &err)) {
        print_error("%.*s\n", STR_ARG(err.msg));
        fail();
    }
    return v;
}

/* -- answers ----------------------------------------------------------------------------------- */

static void answers(void **state)
{
    (void)state;
    static const struct {
        const char *version; /* of the review */
        bool mutating;
        int minor;
        Answer answer;
        WebhookSays says;
        const char *words; /* the problem, the denial's message, or the patch */
    } rows[] = {
#define OK(text) \
    { .status = 200, .content_type = STR_INIT("application/json"), .body = STR_INIT(text) }
#define REVIEW(response)                                                  \
    OK("{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/" \
       "v1\",\"response\":{" response "}}")
        { "v1", false, 20, REVIEW("\"uid\":\"u\",\"allowed\":true"), WEBHOOK_ALLOWS, "" },
        { "v1", false, 20, REVIEW("\"uid\":\"u\""), WEBHOOK_DENIES,
          "admission webhook \"w\" denied the request without explanation" },
        { "v1", true, 20,
          REVIEW("\"uid\":\"u\",\"allowed\":true,\"patch\":\"W10=\",\"patchType\":\"JSONPatch\""),
          WEBHOOK_ALLOWS, "[]" },
        { "v1", true, 20, REVIEW("\"uid\":\"u\",\"allowed\":true,\"patch\":\"W10=\""),
          WEBHOOK_FAILS, "webhook returned response.patch but not response.patchType" },
        { "v1", true, 20, REVIEW("\"uid\":\"u\",\"allowed\":true,\"patchType\":\"JSONPatch\""),
          WEBHOOK_FAILS, "webhook returned response.patchType but not response.patch" },
        { "v1", true, 20,
          REVIEW("\"uid\":\"u\",\"allowed\":true,\"patch\":\"W10=\",\"patchType\":\"\""),
          WEBHOOK_FAILS, "webhook returned invalid response.patchType of \"\"" },
        { "v1", false, 20, REVIEW("\"uid\":\"u\",\"allowed\":\"yes\""), WEBHOOK_FAILS,
          "json: cannot unmarshal string into Go struct field AdmissionResponse.response.allowed "
          "of "
          "type bool" },
        { "v1", false, 30, REVIEW("\"uid\":\"x\",\"allowed\":true"), WEBHOOK_FAILS,
          "received invalid webhook response: expected response.uid=\"u\", got \"x\"" },
        { "v1beta1", true, 20, OK("{\"response\":{\"allowed\":true,\"patch\":\"W10=\"}}"),
          WEBHOOK_ALLOWS, "[]" },
        { "v1beta1", false, 20, OK("{\"response\":{\"allowed\":true,\"patch\":\"W10=\"}}"),
          WEBHOOK_ALLOWS, "" },
        { "v1", false, 20, OK("{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}"), WEBHOOK_FAILS,
          "no kind \"Pod\" is registered for version \"v1\" in scheme "
          "\"k8s.io/apiserver/pkg/util/webhook/client.go\"" },
        { "v1", false, 20, OK("[1]"), WEBHOOK_FAILS,
          "couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value "
          "of "
          "type struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string "
          "\"json:\\\"kind,omitempty\\\"\" }" },
        { "v1",
          false,
          20,
          { .error = STR_INIT("Post \"x\": EOF") },
          WEBHOOK_FAILS,
          "Post \"x\": EOF" },
        { "v1",
          false,
          22,
          { .error = STR_INIT("Post \"x\": EOF") },
          WEBHOOK_FAILS,
          "failed to call webhook: Post \"x\": EOF" },
        { "v1",
          false,
          20,
          { .status = 503, .body = STR_INIT("") },
          WEBHOOK_FAILS,
          "the server is currently unable to handle the request" },
        { "v1",
          false,
          20,
          { .status = 403, .content_type = STR_INIT("text/plain"), .body = STR_INIT(" go away\n") },
          WEBHOOK_FAILS,
          "go away" },
        { "v1",
          false,
          20,
          { .status = 500,
            .content_type = STR_INIT("application/json"),
            .body = STR_INIT("{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"mine\"}") },
          WEBHOOK_FAILS,
          "mine" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        WebhookExpectation expected = { STR("w"), str_from_c(rows[i].version), STR("u"),
                                        rows[i].mutating, rows[i].minor };
        WebhookVerdict got;
        webhook_read_answer(&rows[i].answer, &expected, &memory, &got);
        assert_int_equal(got.says, rows[i].says);
        assert_text(got.says == WEBHOOK_FAILS    ? got.problem
                    : got.says == WEBHOOK_DENIES ? value_get_str(&got.denial, STR("message"))
                                                 : got.patch,
                    rows[i].words);
    }
}

/* -- matching ---------------------------------------------------------------------------------- */

typedef struct Cluster {
    Value namespace;
} Cluster;

static const Value *find_object(const void *cluster, ObjectKey key)
{
    const Cluster *c = cluster;
    bool there = str_eq(key.kind, STR("Namespace")) && str_eq(key.name, STR("n"));
    return there ? &c->namespace : NULL;
}

static void matching(void **state)
{
    (void)state;
#define RULE(operations, groups, versions, resources, more)              \
    "\"rules\":[{\"operations\":[" operations "],\"apiGroups\":[" groups \
    "],\"apiVersions\":[" versions "],\"resources\":[" resources "]" more "}]"
#define ALL RULE("\"*\"", "\"*\"", "\"*\"", "\"*/*\"", "")
    static const struct {
        const char *hook;
        const char *group, *version, *resource, *subresource, *kind, *namespace;
        const char *object;
        WebhookMatch match;
        const char *as; /* the version in which the objects are sent */
    } rows[] = {
        { ALL, "", "v1", "pods", "", "Pod", "n", "{}", WEBHOOK_MATCH_YES, "v1" },
        { ALL, "", "v1", "pods", "status", "Pod", "n", "{}", WEBHOOK_MATCH_YES, "v1" },
        { RULE("\"CREATE\"", "\"\"", "\"v1\"", "\"pods\"", ""), "", "v1", "pods", "status", "Pod",
          "n", "{}", WEBHOOK_MATCH_NO, NULL },
        { RULE("\"UPDATE\"", "\"\"", "\"v1\"", "\"pods\"", ""), "", "v1", "pods", "", "Pod", "n",
          "{}", WEBHOOK_MATCH_NO, NULL },
        { RULE("\"*\"", "\"*\"", "\"*\"", "\"*\"", ",\"scope\":\"Cluster\""), "", "v1",
          "namespaces", "", "Namespace", "n", "{}", WEBHOOK_MATCH_YES, "v1" },
        { RULE("\"*\"", "\"*\"", "\"*\"", "\"*\"", ",\"scope\":\"Namespaced\""), "", "v1",
          "namespaces", "", "Namespace", "n", "{}", WEBHOOK_MATCH_NO, NULL },
        { RULE("\"*\"", "\"extensions\"", "\"v1beta1\"", "\"ingresses\"",
               "") ",\"matchPolicy\":\"Equivalent\"",
          "networking.k8s.io", "v1", "ingresses", "", "Ingress", "n", "{}", WEBHOOK_MATCH_YES,
          "extensions/v1beta1" },
        { RULE("\"*\"", "\"extensions\"", "\"v1beta1\"", "\"ingresses\"",
               "") ",\"matchPolicy\":\"Exact\"",
          "networking.k8s.io", "v1", "ingresses", "", "Ingress", "n", "{}", WEBHOOK_MATCH_NO,
          NULL },
        { ALL ",\"namespaceSelector\":{\"matchLabels\":{\"a\":\"b\"}}", "", "v1", "pods", "", "Pod",
          "n", "{}", WEBHOOK_MATCH_YES, "v1" },
        { ALL ",\"namespaceSelector\":{\"matchLabels\":{\"a\":\"c\"}}", "", "v1", "pods", "", "Pod",
          "n", "{}", WEBHOOK_MATCH_NO, NULL },
        { ALL ",\"namespaceSelector\":{\"matchLabels\":{\"a\":\"c\"}}", "", "v1", "nodes", "",
          "Node", "", "{}", WEBHOOK_MATCH_YES, "v1" },
        { ALL ",\"namespaceSelector\":{\"matchLabels\":{\"a\":\"c\"}}", "", "v1", "pods", "", "Pod",
          "gone", "{}", WEBHOOK_MATCH_REFUSED, NULL },
        { RULE("\"UPDATE\"", "\"\"", "\"v1\"", "\"pods\"",
               "") ",\"namespaceSelector\":{\"matchLabels\":{\"a\":\"c\"}}",
          "", "v1", "pods", "", "Pod", "gone", "{}", WEBHOOK_MATCH_NO, NULL },
        { ALL ",\"objectSelector\":{\"matchLabels\":{\"l\":\"x\"}}", "", "v1", "pods", "", "Pod",
          "n", "{\"metadata\":{\"labels\":{\"l\":\"x\"}}}", WEBHOOK_MATCH_YES, "v1" },
        { ALL ",\"objectSelector\":{\"matchLabels\":{\"l\":\"x\"}}", "", "v1", "pods", "", "Pod",
          "n", "{\"metadata\":{}}", WEBHOOK_MATCH_NO, NULL },
        { ALL ",\"objectSelector\":{\"matchExpressions\":[{\"key\":\"l\",\"operator\":"
              "\"DoesNotExist\"}]}",
          "", "v1", "pods", "exec", "PodExecOptions", "n", "{}", WEBHOOK_MATCH_NO, NULL },
    };
    Cluster cluster = { read_value("{\"metadata\":{\"labels\":{\"a\":\"b\"}}}") };
    Facts facts = { .cluster = &cluster, .object = find_object };
    KubeTarget target = kube_target(20);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str text = arena_printf(&memory, "{%s}", rows[i].hook);
        Value hook = read_value(arena_cstr(&memory, text)), object = read_value(rows[i].object);
        Str version = rows[i].group[0]
                          ? arena_printf(&memory, "%s/%s", rows[i].group, rows[i].version)
                          : str_from_c(rows[i].version);
        WebhookRequest r = {
            .facts = &facts,
            .target = &target,
            .operation = STR("CREATE"),
            .as = { str_from_c(rows[i].group), str_from_c(rows[i].version),
                    str_from_c(rows[i].kind), version },
            .resource = str_from_c(rows[i].resource),
            .subresource = str_from_c(rows[i].subresource),
            .namespace = str_from_c(rows[i].namespace),
        };
        Webhook w = { .hook = &hook };
        WebhookVersion as;
        Status refusal;
        if (webhook_match(&w, &r, &object, NULL, &memory, &as, &refusal) != rows[i].match) {
            print_error("row %zu: %s\n", i, rows[i].hook);
            fail();
        }
        if (rows[i].as) {
            assert_text(as.kind_version, rows[i].as);
        }
    }
}

/* -- what is sent ------------------------------------------------------------------------------ */

static void bodies(void **state)
{
    (void)state;
    Value object = read_value("{\"metadata\":{\"name\":\"<m>\"},\"apiVersion\":\"v1\"}");
    Value options = read_value("{\"kind\":\"CreateOptions\"}");
    Value extra = read_value("{\"b\":[\"2\"],\"a\":[\"1\"]}");
    static const Str groups[] = { STR_INIT("g") };
    UserInfo user = { STR("jane"), STR("1"), { groups, 1 }, &extra };
    WebhookRequest r = {
        .user = &user,
        .operation = STR("UPDATE"),
        .as = { STR("apps"), STR("v1"), STR("Scale"), STR("autoscaling/v1") },
        .resource = STR("deployments"),
        .subresource = STR("scale"),
        .namespace = STR("n"),
        .name = STR("m"),
        .dry_run = true,
        .options = &options,
    };
    assert_text(
        webhook_review_body(&r, STR("v1"), STR("u"), &r.as, &object, NULL, &memory),
        "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{\"uid\":"
        "\"u\",\"kind\":{\"group\":\"autoscaling\",\"version\":\"v1\",\"kind\":\"Scale\"},"
        "\"resource\":{\"group\":\"apps\",\"version\":\"v1\",\"resource\":\"deployments\"},"
        "\"subResource\":\"scale\",\"requestKind\":{\"group\":\"autoscaling\",\"version\":\"v1\","
        "\"kind\":\"Scale\"},\"requestResource\":{\"group\":\"apps\",\"version\":\"v1\","
        "\"resource\":"
        "\"deployments\"},\"requestSubResource\":\"scale\",\"name\":\"m\",\"namespace\":\"n\","
        "\"operation\":\"UPDATE\",\"userInfo\":{\"username\":\"jane\",\"uid\":\"1\",\"groups\":"
        "[\"g\"],\"extra\":{\"a\":[\"1\"],\"b\":[\"2\"]}},\"object\":{\"kind\":\"Scale\","
        "\"apiVersion\":\"autoscaling/v1\",\"metadata\":{\"name\":\"\\u003cm\\u003e\"}},"
        "\"oldObject\":null,\"dryRun\":true,\"options\":{\"kind\":\"CreateOptions\"}}}\n");
    Value hook = read_value("{\"admissionReviewVersions\":[\"v2\",\"v1beta1\",\"v1\"]}");
    assert_text(webhook_review_version(&(Webhook){ .hook = &hook }), "v1beta1");
    hook = read_value("{\"admissionReviewVersions\":[\"v2\"]}");
    assert_null(webhook_review_version(&(Webhook){ .hook = &hook }).ptr);
}

static int begin(void **state)
{
    (void)state;
    arena_init(&memory, 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_done(&memory);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),
        cmocka_unit_test(matching),
        cmocka_unit_test(bodies),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
