/* SPDX-License-Identifier: Apache-2.0 */
/* The public API, as another program calls it. */
#include "podgate/podgate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static const char cluster[] =
    "apiVersion: policy/v1beta1\n"
    "kind: PodSecurityPolicy\n"
    "metadata: {name: restricted}\n"
    "spec:\n"
    "  runAsUser: {rule: RunAsAny}\n"
    "  seLinux: {rule: RunAsAny}\n"
    "  fsGroup: {rule: RunAsAny}\n"
    "  supplementalGroups: {rule: RunAsAny}\n"
    "  volumes: ['*']\n"
    "---\n"
    "apiVersion: rbac.authorization.k8s.io/v1\n"
    "kind: ClusterRole\n"
    "metadata: {name: use}\n"
    "rules:\n"
    "- {apiGroups: [policy], resources: [podsecuritypolicies], resourceNames: [restricted], verbs: "
    "[use]}\n"
    "---\n"
    "apiVersion: rbac.authorization.k8s.io/v1\n"
    "kind: ClusterRoleBinding\n"
    "metadata: {name: all}\n"
    "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: use}\n"
    "subjects:\n"
    "- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: 'system:serviceaccounts'}\n";

static const char pod[] = "apiVersion: v1\n"
                          "kind: Pod\n"
                          "metadata: {name: web}\n"
                          "spec:\n"
                          "  hostNetwork: %s\n"
                          "  containers: [{name: web, image: nginx}]\n";

static PodgateState *open_cluster(void)
{
    const PodgateText texts[] = { { "cluster.yaml", cluster, sizeof(cluster) - 1 } };
    PodgateOptions options = { .size = sizeof(options), .texts = texts, .text_count = 1 };
    char *error = NULL;
    PodgateState *state = podgate_state_open(&options, &error);
    if (!state) {
        fail_msg("%s", error);
    }
    return state;
}

static void check_contains(char *text, const char *part)
{
    assert_non_null(text);
    if (!strstr(text, part)) {
        fail_msg("%s\ndoes not contain %s", text, part);
    }
    podgate_free(text);
}

static void admit(void **unused)
{
    (void)unused;
    PodgateState *state = open_cluster();
    char *report = NULL;
    char *error = NULL;
    char text[sizeof(pod) + 8];
    size_t length = (size_t)snprintf(text, sizeof(text), pod, "false");
    assert_int_equal(podgate_admit(state, NULL, "pod.yaml", text, length, &report, &error),
                     PODGATE_YES);
    check_contains(report, "\"policy\": \"restricted\"");
    length = (size_t)snprintf(text, sizeof(text), pod, "true");
    assert_int_equal(podgate_admit(state, NULL, "pod.yaml", text, length, &report, &error),
                     PODGATE_NO);
    check_contains(report, "\"place\": \"pod.yaml:5:3\"");
    assert_int_equal(podgate_admit(state, NULL, "pod.yaml", text, length, NULL, NULL), PODGATE_NO);
    assert_null(error);
    assert_int_equal(podgate_admit(state, NULL, "pod.yaml", "a: [", 4, &report, &error),
                     PODGATE_ERROR);
    check_contains(error, "pod.yaml:");
    podgate_state_close(state);
}

static void can_i(void **unused)
{
    (void)unused;
    PodgateState *state = open_cluster();
    const char *groups[] = { "system:serviceaccounts", NULL };
    PodgateUser user = { sizeof(user), "system:serviceaccount:ns:app", groups };
    PodgateAccess access = { .size = sizeof(access),
                             .verb = "use",
                             .group = "policy",
                             .resource = "podsecuritypolicies",
                             .name = "restricted",
                             .namespace_ = "ns" };
    char *reason = NULL;
    char *error = NULL;
    assert_int_equal(podgate_can_i(state, &user, &access, &reason, &error), PODGATE_YES);
    check_contains(reason, "ClusterRoleBinding \"all\"");
    access.name = "other";
    assert_int_equal(podgate_can_i(state, &user, &access, &reason, &error), PODGATE_NO);
    check_contains(reason, "cannot use resource \"podsecuritypolicies\" in API group \"policy\"");
    PodgateAccess url = { .size = sizeof(url), .verb = "get", .path = "/healthz" };
    assert_int_equal(podgate_can_i(state, &user, &url, NULL, NULL), PODGATE_NO);
    access.size = 1;
    assert_int_equal(podgate_can_i(state, &user, &access, &reason, &error), PODGATE_ERROR);
    check_contains(error, "access.size");
    podgate_state_close(state);
}

static void review(void **unused)
{
    (void)unused;
    PodgateState *state = open_cluster();
    static const char asked[] =
        "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{"
        "\"uid\":\"u\",\"kind\":{\"kind\":\"Pod\"},\"resource\":{\"version\":\"v1\",\"resource\":"
        "\"pods\"},\"namespace\":\"ns\",\"operation\":\"CREATE\",\"userInfo\":{\"username\":"
        "\"bob\"},"
        "\"object\":{\"metadata\":{\"name\":\"web\"},\"spec\":{\"serviceAccountName\":\"app\","
        "\"hostPID\":true,\"containers\":[{\"name\":\"web\"}]}}}}";
    char *answer = NULL;
    char *error = NULL;
    assert_int_equal(podgate_review(state, asked, sizeof(asked) - 1, &answer, &error), PODGATE_NO);
    check_contains(answer, "Host PID is not allowed to be used");
    assert_int_equal(podgate_review(state, "", 0, &answer, &error), PODGATE_ERROR);
    check_contains(error, "review");
    podgate_state_close(state);
}

static void states_that_cannot_be(void **unused)
{
    (void)unused;
    static const char *const missing[] = { "/no/such/file.yaml", NULL };
    static const char *const presets[] = { "nowhere", NULL };
    static const PodgateText bad[] = { { "bad.yaml", "kind: 7\n", 8 } };
    const struct {
        PodgateOptions options;
        const char *error;
    } rows[] = {
        { { .size = sizeof(PodgateOptions), .paths = missing }, "/no/such/file.yaml" },
        { { .size = sizeof(PodgateOptions), .presets = presets }, "nowhere" },
        { { .size = sizeof(PodgateOptions), .kubernetes_version = "9" }, "9" },
        { { .size = sizeof(PodgateOptions), .texts = bad, .text_count = 1 }, "bad.yaml" },
        { { .size = 0 }, "options.size" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *error = NULL;
        assert_null(podgate_state_open(&rows[i].options, &error));
        check_contains(error, rows[i].error);
        assert_null(podgate_state_open(&rows[i].options, NULL));
    }
    podgate_state_close(podgate_state_open(NULL, NULL));
    podgate_state_close(NULL);
    podgate_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(admit),
        cmocka_unit_test(can_i),
        cmocka_unit_test(review),
        cmocka_unit_test(states_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
