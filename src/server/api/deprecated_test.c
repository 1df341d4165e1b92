/* SPDX-License-Identifier: Apache-2.0 */
/* What clients are warned of, by version. */
#include "server/api/call.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const struct {
    int minor;
    const char *api_version;
    const char *kind;
    const char *warning; /* NULL: none */
} rows[] = {
    { 18, "extensions/v1beta1", "Ingress", NULL },
    { 20, "extensions/v1beta1", "Ingress",
      "extensions/v1beta1 Ingress is deprecated in v1.14+, unavailable in v1.22+; use "
      "networking.k8s.io/v1 Ingress" },
    { 20, "networking.k8s.io/v1", "Ingress", NULL },
    { 20, "networking.k8s.io/v1beta1", "IngressClass",
      "networking.k8s.io/v1beta1 IngressClass is deprecated in v1.19+, unavailable in v1.22+; use "
      "networking.k8s.io/v1 IngressClassList" },
    { 20, "v1", "ComponentStatus", "v1 ComponentStatus is deprecated in v1.19+" },
    { 20, "batch/v1beta1", "CronJob", NULL },
    { 21, "batch/v1beta1", "CronJob",
      "batch/v1beta1 CronJob is deprecated in v1.21+, unavailable in v1.25+; use batch/v1 "
      "CronJob" },
    { 20, "policy/v1beta1", "PodSecurityPolicy", NULL },
    { 21, "policy/v1beta1", "PodSecurityPolicy",
      "policy/v1beta1 PodSecurityPolicy is deprecated in v1.21+, unavailable in v1.25+" },
    { 37, "policy/v1beta1", "PodSecurityPolicy",
      "policy/v1beta1 PodSecurityPolicy is deprecated in v1.21+, unavailable in v1.25+" },
    { 21, "events.k8s.io/v1beta1", "Event", NULL },
    { 22, "events.k8s.io/v1beta1", "Event",
      "events.k8s.io/v1beta1 Event is deprecated in v1.22+, unavailable in v1.25+" },
    { 22, "autoscaling/v2beta1", "HorizontalPodAutoscaler",
      "autoscaling/v2beta1 HorizontalPodAutoscaler is deprecated in v1.22+, unavailable in v1.25+; "
      "use autoscaling/v2beta2 HorizontalPodAutoscaler" },
    { 24, "autoscaling/v2beta1", "HorizontalPodAutoscaler",
      "autoscaling/v2beta1 HorizontalPodAutoscaler is deprecated in v1.22+, unavailable in v1.25+; "
      "use autoscaling/v2 HorizontalPodAutoscaler" },
    { 22, "autoscaling/v2beta2", "HorizontalPodAutoscaler", NULL },
    { 25, "autoscaling/v2beta2", "HorizontalPodAutoscaler",
      "autoscaling/v2beta2 HorizontalPodAutoscaler is deprecated in v1.23+, unavailable in v1.26+; "
      "use autoscaling/v2 HorizontalPodAutoscaler" },
    { 26, "flowcontrol.apiserver.k8s.io/v1beta2", "FlowSchema",
      "flowcontrol.apiserver.k8s.io/v1beta2 FlowSchema is deprecated in v1.26+, unavailable in "
      "v1.29+; use flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema" },
    { 32, "v1", "Endpoints", NULL },
    { 33, "v1", "Endpoints",
      "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice" },
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        KubeKind kind;
        arena_init(&a, 0);
        assert_true(
            kube_kind_find(str_from_c(rows[i].api_version), str_from_c(rows[i].kind), &kind));
        Str got = api_deprecation(&kind, rows[i].minor, &a);
        Str wanted = rows[i].warning ? str_from_c(rows[i].warning) : STR_ABSENT;
        if (!str_eq(got, wanted)) {
            fail_msg("1.%d %s %s\n  got    %.*s\n  wanted %.*s", rows[i].minor, rows[i].api_version,
                     rows[i].kind, STR_ARG(got), STR_ARG(wanted));
        }
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
