/* SPDX-License-Identifier: Apache-2.0 */
/* Events of the audit log, whole, as they are written. */
#include "server/apiserver/audit.h"

#include "doc/json.h"
#include "server/apiserver/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static const Str groups[] = { STR_INIT("dev"), STR_INIT("system:authenticated") };
static const UserInfo jane = { .name = STR_INIT("jane"),
                               .uid = STR_INIT("7"),
                               .groups = { groups, 2 } };
static const UserInfo bob = { .name = STR_INIT("bob") };

static const AdmissionAnnotation admitted = { .key = STR_INIT("a/policy"), .value = STR_INIT("p") };
static const AdmissionDecision decision = { .allowed = true, .audit = &admitted };

#define HEAD(level, stage, uri, verb)                                                           \
    "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"level\":\"" level                 \
    "\",\"auditID\":\"id\",\"stage\":\"" stage "\",\"requestURI\":\"" uri "\",\"verb\":\"" verb \
    "\","
#define JANE                                                                                       \
    "\"user\":{\"username\":\"jane\",\"uid\":\"7\",\"groups\":[\"dev\",\"system:authenticated\"]}" \
    ","
#define TIMES                                                       \
    "\"requestReceivedTimestamp\":\"1970-01-01T00:00:01.000002Z\"," \
    "\"stageTimestamp\":\"1970-01-01T00:01:00.500000Z\""
#define ALLOWED                                                      \
    ",\"annotations\":{\"authorization.k8s.io/decision\":\"allow\"," \
    "\"authorization.k8s.io/reason\":\"because\"}}"

static const struct {
    const char *method;
    const char *uri;
    const char *sent; /* NULL for none */
    ApiResponse response;
    bool nobody; /* was not authenticated */
    const char *event;
} rows[] = {
    { "GET",
      "/api/v1/namespaces/n/pods/p",
      NULL,
      { .code = 200,
        .was_authorized = true,
        .authorized = true,
        .authorization_reason = STR_INIT("because") },
      false,
      HEAD("Metadata", "ResponseComplete", "/api/v1/namespaces/n/pods/p", "get") JANE
      "\"sourceIPs\":[\"::1\"],\"userAgent\":\"test\",\"objectRef\":{\"resource\":\"pods\","
      "\"namespace\":\"n\",\"name\":\"p\",\"apiVersion\":\"v1\"},"
      "\"responseStatus\":{\"metadata\":{},\"code\":200}," TIMES ALLOWED },
    /* the name and version of what was sent; annotations by key */
    { "PUT",
      "/apis/apps/v1/namespaces/n/deployments/d/scale",
      "{\"metadata\":{\"name\":\"d\",\"uid\":\"u\",\"resourceVersion\":\"5\"}}",
      { .code = 200,
        .was_authorized = true,
        .authorized = true,
        .authorization_reason = STR_INIT("because"),
        .decision = &decision,
        .removed_minor = 25 },
      false,
      HEAD("Request", "ResponseComplete", "/apis/apps/v1/namespaces/n/deployments/d/scale",
           "update") JANE
      "\"sourceIPs\":[\"::1\"],\"userAgent\":\"test\",\"objectRef\":{\"resource\":\"deployments\","
      "\"namespace\":\"n\",\"name\":\"d\",\"uid\":\"u\",\"apiGroup\":\"apps\",\"apiVersion\":"
      "\"v1\","
      "\"resourceVersion\":\"5\",\"subresource\":\"scale\"},"
      "\"responseStatus\":{\"metadata\":{},\"code\":200},"
      "\"requestObject\":{\"metadata\":{\"name\":\"d\",\"uid\":\"u\",\"resourceVersion\":\"5\"}}"
      "," TIMES ",\"annotations\":{\"a/policy\":\"p\",\"authorization.k8s.io/decision\":\"allow\","
      "\"authorization.k8s.io/reason\":\"because\",\"k8s.io/deprecated\":\"true\","
      "\"k8s.io/removed-release\":\"1.25\"}}" },
    /* secrets and tokens are not told */
    { "POST",
      "/api/v1/namespaces/n/secrets",
      "{\"metadata\":{\"name\":\"s\"},\"data\":{}}",
      { .code = 201 },
      false,
      HEAD("Metadata", "ResponseComplete", "/api/v1/namespaces/n/secrets", "create") JANE
      "\"sourceIPs\":[\"::1\"],\"userAgent\":\"test\",\"objectRef\":{\"resource\":\"secrets\","
      "\"namespace\":\"n\",\"name\":\"s\",\"apiVersion\":\"v1\"},"
      "\"responseStatus\":{\"metadata\":{},\"code\":201}," TIMES "}" },
    { "POST",
      "/apis/authentication.k8s.io/v1/tokenreviews",
      "{\"spec\":{\"token\":\"t\"}}",
      { .code = 201 },
      false,
      HEAD("Metadata", "ResponseComplete", "/apis/authentication.k8s.io/v1/tokenreviews", "create")
          JANE
      "\"sourceIPs\":[\"::1\"],\"userAgent\":\"test\",\"objectRef\":{\"resource\":\"tokenreviews\","
      "\"apiGroup\":\"authentication.k8s.io\",\"apiVersion\":\"v1\"},"
      "\"responseStatus\":{\"metadata\":{},\"code\":201}," TIMES "}" },
    /* somebody else; no resource */
    { "GET",
      "/version?x=<",
      NULL,
      { .code = 200, .impersonated = true },
      false,
      HEAD("Metadata", "ResponseComplete", "/version?x=\\u003c", "get") JANE
      "\"impersonatedUser\":{\"username\":\"bob\"},"
      "\"sourceIPs\":[\"::1\"],\"userAgent\":\"test\","
      "\"responseStatus\":{\"metadata\":{},\"code\":200}," TIMES "}" },
    { "GET",
      "/api/v1/pods",
      NULL,
      { 0 },
      true,
      HEAD("Metadata", "ResponseStarted", "/api/v1/pods",
           "list") "\"user\":{},"
                   "\"sourceIPs\":[\"::1\"],\"userAgent\":\"test\",\"objectRef\":{\"resource\":"
                   "\"pods\","
                   "\"apiVersion\":\"v1\"},\"responseStatus\":{\"metadata\":{},\"message\":"
                   "\"Authentication failed, attempted: bearer\",\"code\":401}," TIMES "}" },
};

static Str text_of(const Value *v, Arena *a)
{
    Buf b = buf_new(a);
    json_write_html_safe(v, &b);
    return buf_str(&b);
}

static void events_are_written(void **state)
{
    (void)state;
    Arena a;
    Err err;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ApiResponse response = rows[i].response;
        ApiRequest request = { .method = str_from_c(rows[i].method),
                               .uri = str_from_c(rows[i].uri),
                               .user_agent = STR("test") };
        assert_true(request_info_read(request.method, request.uri, &a, &response.info, &err));
        if (rows[i].sent) {
            assert_true(
                json_read(STR("sent"), str_from_c(rows[i].sent), NULL, &a, &response.sent, &err));
        }
        response.user = bob;
        AuditRecord r = { .id = STR("id"),
                          .user = rows[i].nobody ? NULL : &jane,
                          .attempted = STR("bearer"),
                          .peer = STR("::1"),
                          .request = &request,
                          .response = rows[i].nobody ? NULL : &response,
                          .received = 1,
                          .received_micros = 2,
                          .answered = 60,
                          .answered_micros = 500000 };
        Value event = audit_event(&r, &a);
        assert_string_equal(arena_cstr(&a, text_of(&event, &a)), rows[i].event);
    }
    arena_done(&a);
}

static void watches_have_two(void **state)
{
    (void)state;
    Arena a;
    Err err;
    arena_init(&a, 0);
    ApiWatch watch = { 0 };
    ApiResponse response = { .code = 200, .watch = &watch };
    ApiRequest request = { .method = STR("GET"), .uri = STR("/api/v1/pods?watch=1") };
    assert_true(request_info_read(request.method, request.uri, &a, &response.info, &err));
    AuditRecord r = { .id = STR("id"), .user = &jane, .request = &request, .response = &response };
    Value event = audit_event(&r, &a);
    assert_non_null(strstr(arena_cstr(&a, text_of(&event, &a)), "\"stage\":\"ResponseStarted\""));
    audit_event_end(&event, 61, 0, &a);
    const char *text = arena_cstr(&a, text_of(&event, &a));
    assert_non_null(strstr(text, "\"stage\":\"ResponseComplete\""));
    assert_non_null(strstr(text, "\"stageTimestamp\":\"1970-01-01T00:01:01.000000Z\""));
    assert_non_null(strstr(text, "\"verb\":\"watch\""));
    arena_done(&a);
}

/* -- counters -----------------------------------------------------------------------------------
 */

static void requests_are_counted(void **state)
{
    (void)state;
    Arena a;
    Err err;
    arena_init(&a, 0);
    static const struct {
        const char *method;
        const char *uri;
        int code;
    } asked[] = {
        { "GET", "/api/v1/pods", 200 },
        { "GET", "/api/v1/pods", 200 },
        { "GET", "/api/v1/gadgets/x\"y", 403 },
        { "DELETE", "/api/v1/namespaces/n/pods/p/x", 404 },
        { "BREW", "/coffee", 405 },
    };
    KubeTarget target = kube_target(20);
    Metrics *m = metrics_new();
    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        ApiResponse response = { .code = asked[i].code };
        ApiRequest request = { .method = str_from_c(asked[i].method),
                               .uri = str_from_c(asked[i].uri),
                               .target = &target };
        (void)!request_info_read(request.method, request.uri, &a, &response.info, &err);
        (void)!kube_kind_find_resource(response.info.api_group, response.info.api_version,
                                       response.info.resource, &target, &response.kind);
        metrics_count(m, &request, &response);
    }
    Buf b = buf_new(&a);
    metrics_write_requests(m, &b);
    const char *text = arena_cstr(&a, buf_str(&b));
    static const char *const lines[] = {
        "{code=\"200\",component=\"apiserver\",group=\"\",resource=\"pods\",scope=\"cluster\","
        "subresource=\"\",verb=\"LIST\",version=\"v1\"} 2\n",
        "{code=\"403\",component=\"apiserver\",group=\"\",resource=\"\",scope=\"\","
        "subresource=\"\",verb=\"GET\",version=\"\"} 1\n",
        "{code=\"404\",component=\"apiserver\",group=\"\",resource=\"pods\",scope=\"resource\","
        "subresource=\"\",verb=\"DELETE\",version=\"v1\"} 1\n",
        "{code=\"405\",component=\"apiserver\",group=\"\",resource=\"\",scope=\"\","
        "subresource=\"\",verb=\"other\",version=\"\"} 1\n",
    };
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        if (!strstr(text, lines[i])) {
            fail_msg("no %s in\n%s", lines[i], text);
        }
    }
    metrics_free(m);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_written),
        cmocka_unit_test(watches_have_two),
        cmocka_unit_test(requests_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
