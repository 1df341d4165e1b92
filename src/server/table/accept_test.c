/* SPDX-License-Identifier: Apache-2.0 */
/* Accept headers, and what is answered to each. */
#include "server/table/accept.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "server/table/age.h"
#include "server/table/partial.h"

#define ROUTER "406: Not Acceptable"
#define HANDLER                                                                         \
    "only the following media types are accepted: application/json, application/yaml, " \
    "application/vnd.kubernetes.protobuf"
#define STREAM                                                                     \
    "only the following media types are accepted: application/json;stream=watch, " \
    "application/vnd.kubernetes.protobuf;stream=watch"
#define V1 ";v=v1;g=meta.k8s.io"

static Str answer(const AcceptRequest *r, Arena *a)
{
    static const char *const formats[] = { "json", "yaml" };
    static const char *const forms[] = { "as-is", "table", "partial", "list" };
    AcceptChoice choice;
    Status status;
    if (!accept_route(r, a, &status) || !accept_negotiate(r, a, &choice, &status)) {
        assert_int_equal(status.code, 406);
        assert_true(str_eq(status.reason, STR("NotAcceptable")));
        return status.message;
    }
    return arena_printf(a, "%s %s%s%.*s%s", formats[choice.format], forms[choice.as],
                        choice.as_version.len ? " " : "", STR_ARG(choice.as_version),
                        choice.pretty ? " pretty" : "");
}

static void headers(void **state)
{
    (void)state;
    static const struct {
        const char *accept;
        AcceptEndpoint endpoint;
        const char *want;
    } rows[] = {
        { "", ACCEPT_RESOURCE, "json as-is" },
        { "*/*", ACCEPT_RESOURCE, "json as-is" },
        { "application/json", ACCEPT_RESOURCE, "json as-is" },
        { "application/yaml", ACCEPT_RESOURCE, "yaml as-is" },
        { "application/yaml;q=0.5, application/json;q=0.4", ACCEPT_RESOURCE, "yaml as-is" },
        { "application/json;q=0.4,application/yaml;q=0.5", ACCEPT_RESOURCE, "yaml as-is" },
        { "application/vnd.kubernetes.protobuf,application/json", ACCEPT_RESOURCE, "json as-is" },
        { "application/json;q=0.1, text/plain", ACCEPT_RESOURCE, "json as-is" },
        { "text/plain, */*;q=0.5", ACCEPT_RESOURCE, "json as-is" },
        { "application/json;stream=watch", ACCEPT_RESOURCE, "json as-is" },
        { "application/json;stream=nope", ACCEPT_RESOURCE, HANDLER },
        { "application/json;pretty=1", ACCEPT_RESOURCE, "json as-is pretty" },
        { "application/json;pretty=true", ACCEPT_RESOURCE, "json as-is" },
        { "application/json;as=Table" V1, ACCEPT_RESOURCE, "json table meta.k8s.io/v1" },
        { "application/json;as=Table;g=meta.k8s.io;v=v1beta1", ACCEPT_RESOURCE,
          "json table meta.k8s.io/v1beta1" },
        { "application/yaml;as=Table" V1, ACCEPT_RESOURCE, "yaml table meta.k8s.io/v1" },
        { "application/json;as=Table;v=v9;g=meta.k8s.io,application/json", ACCEPT_RESOURCE,
          "json as-is" },
        { "application/json;as=PartialObjectMetadata" V1, ACCEPT_RESOURCE,
          "json partial meta.k8s.io/v1" },
        { "application/json;as=PartialObjectMetadataList" V1, ACCEPT_RESOURCE,
          "json list meta.k8s.io/v1" },
        { "application/json;as=Table", ACCEPT_RESOURCE, HANDLER },
        { "application/json;as=Nope" V1, ACCEPT_RESOURCE, HANDLER },
        { "application/json;as=Table" V1, ACCEPT_DISCOVERY, HANDLER },
        { "application/*", ACCEPT_RESOURCE, ROUTER },
        { "application/*", ACCEPT_CUSTOM, "json as-is" },
        { "text/html", ACCEPT_RESOURCE, ROUTER },
        { "text/html", ACCEPT_CUSTOM, HANDLER },
        { "text/html", ACCEPT_DISCOVERY, ROUTER },
        { "application/yaml", ACCEPT_DISCOVERY, "yaml as-is" },
        { "application/yaml", ACCEPT_JSON_ONLY, ROUTER },
        { "text/plain", ACCEPT_LOG, "json as-is" },
        { "application/vnd.kubernetes.protobuf", ACCEPT_RESOURCE, HANDLER },
    };
    KubeTarget target = kube_target(20);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena arena;
        arena_init(&arena, 0);
        AcceptRequest r = { .accept = str_from_c(rows[i].accept),
                            .endpoint = rows[i].endpoint,
                            .target = &target };
        Str got = answer(&r, &arena);
        if (!str_eq(got, str_from_c(rows[i].want))) {
            fail_msg("%s\n  got  %.*s\n  want %s", rows[i].accept, STR_ARG(got), rows[i].want);
        }
        arena_done(&arena);
    }
}

static void surroundings(void **state)
{
    (void)state;
    Arena arena;
    arena_init(&arena, 0);
    KubeTarget target = kube_target(20);
    AcceptRequest r = { .accept = STR("application/json"), .target = &target };
    r.query = STR("pretty=1");
    assert_true(str_eq(answer(&r, &arena), STR("json as-is pretty")));
    r.user_agent = STR("curl/7.88");
    r.query = STR("pretty=0");
    assert_true(str_eq(answer(&r, &arena), STR("json as-is")));
    r.query = STR("");
    assert_true(str_eq(answer(&r, &arena), STR("json as-is pretty")));
    r.user_agent = STR("kubectl/v1.20.2");
    r.watch = true;
    r.accept = STR("application/yaml");
    assert_true(str_eq(answer(&r, &arena), STR(STREAM)));
    r.watch = false;
    r.no_table = true;
    r.accept = STR("application/json;as=Table" V1);
    assert_true(str_eq(answer(&r, &arena), STR(HANDLER)));
    assert_int_equal(accept_for_error(&r, &arena).format, ACCEPT_JSON);
    r.accept = STR("application/json;as=Table" V1 ",application/yaml");
    assert_int_equal(accept_for_error(&r, &arena).format, ACCEPT_YAML);
    assert_true(accept_has_table(STR("pods"), STR(""), &target));
    assert_false(accept_has_table(STR("pods"), STR("status"), &target));
    assert_false(accept_has_table(STR("tokenreviews"), STR(""), &target));
    arena_done(&arena);
}

static void mismatches(void **state)
{
    (void)state;
    Arena arena;
    arena_init(&arena, 0);
    Status status = partial_status_mismatch(STR(""), STR("ConfigMap"), false, true, &arena);
    assert_string_equal(arena_cstr(&arena, status.message),
                        "you requested PartialObjectMetadata, but the requested object is a list "
                        "(*core.ConfigMapList)");
    status = partial_status_mismatch(STR("rbac.authorization.k8s.io"), STR("Role"), false, false,
                                     &arena);
    assert_string_equal(arena_cstr(&arena, status.message),
                        "you requested PartialObjectMetadataList, but the requested object is not "
                        "a list (*rbac.Role)");
    arena_done(&arena);
}

static void ages(void **state)
{
    (void)state;
    static const struct {
        int64_t seconds;
        const char *want;
    } rows[] = {
        { -2, "<invalid>" },
        { -1, "0s" },
        { 0, "0s" },
        { 119, "119s" },
        { 120, "2m" },
        { 121, "2m1s" },
        { 599, "9m59s" },
        { 600, "10m" },
        { 10799, "179m" },
        { 10800, "3h" },
        { 10860, "3h1m" },
        { 28800, "8h" },
        { 172799, "47h" },
        { 172800, "2d" },
        { 176400, "2d1h" },
        { 691200, "8d" },
        { 63072000, "2y" },
        { 63158400, "2y1d" },
        { 8 * 365 * 86400LL, "8y" },
    };
    Arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_string_equal(arena_cstr(&arena, age_of_seconds(rows[i].seconds, &arena)),
                            rows[i].want);
    }
    int64_t time;
    assert_true(age_parse_time(STR("2021-01-01T01:00:00.25+01:00"), &time));
    assert_int_equal(time, 1609459200);
    assert_true(age_parse_time(STR("1970-01-01T00:00:00Z"), &time));
    assert_int_equal(time, 0);
    assert_false(age_parse_time(STR("2021-02-29T00:00:00Z"), &time));
    assert_false(age_parse_time(STR("2021-01-01"), &time));
    assert_false(age_parse_time(STR_ABSENT, &time));
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers),
        cmocka_unit_test(surroundings),
        cmocka_unit_test(mismatches),
        cmocka_unit_test(ages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
