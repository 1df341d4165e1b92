/* SPDX-License-Identifier: Apache-2.0 */
/* AdmissionReview in, AdmissionReview out. */
#include "server/webhook/review.h"

#include "base/base64.h"
#include "cluster/snapshot.h"
#include "doc/doc.h"
#include "doc/json.h"
#include "doc/patch.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static const char cluster_yaml[] =
    "apiVersion: policy/v1beta1\n"
    "kind: PodSecurityPolicy\n"
    "metadata: {name: restricted}\n"
    "spec:\n"
    "  runAsUser: {rule: MustRunAsNonRoot}\n"
    "  seLinux: {rule: RunAsAny}\n"
    "  supplementalGroups: {rule: RunAsAny}\n"
    "  fsGroup: {rule: MustRunAs, ranges: [{min: 5, max: 9}]}\n"
    "  volumes: ['*']\n"
    "---\n"
    "apiVersion: rbac.authorization.k8s.io/v1\n"
    "kind: ClusterRole\n"
    "metadata: {name: use-restricted}\n"
    "rules: [{apiGroups: [policy], resources: [podsecuritypolicies], verbs: [use]}]\n"
    "---\n"
    "apiVersion: rbac.authorization.k8s.io/v1\n"
    "kind: ClusterRoleBinding\n"
    "metadata: {name: use-restricted}\n"
    "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: use-restricted}\n"
    "subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: alice}]\n";

typedef struct Fixture {
    Arena arena;
    const Snapshot *snapshot;
    int minor; /* of the target; 0: the newest */
} Fixture;

static int set_up(void **state)
{
    static Fixture f;
    arena_init(&f.arena, 0);
    DocList docs;
    Err err;
    SnapshotBuilder *b = snapshot_builder_new(NULL, 0);
    if (!docs_read(STR("cluster.yaml"), str_from_c(cluster_yaml), NULL, &f.arena, &docs, &err)) {
        return -1;
    }
    for (size_t i = 0; i < docs.count; i++) {
        if (!snapshot_builder_put(b, &docs.items[i].root, NULL)) {
            return -1;
        }
    }
    f.snapshot = snapshot_builder_finish(b);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *f = *state;
    snapshot_release(f->snapshot);
    arena_done(&f->arena);
    return 0;
}

static bool answer(Fixture *f, Str text, ReviewResult *result, Value *out, Err *err)
{
    KubeTarget target = kube_target(f->minor ? f->minor : KUBE_MINOR_NEWEST);
    ReviewOptions options = { .target = &target, .plugins = review_plugins_default };
    char *buffer = arena_alloc(&f->arena, text.len + JSON_PADDING);
    memcpy(buffer, text.ptr, text.len);
    Buf b = buf_new(&f->arena);
    if (!review_answer(snapshot_facts(f->snapshot), &options, STR("stdin"), buffer, text.len,
                       &f->arena, &b, result, err)) {
        return false;
    }
    Err bad;
    assert_true(json_read(STR("answer"), buf_str(&b), NULL, &f->arena, out, &bad));
    return true;
}

static Str review_text(Fixture *f, const char *version, const char *user, const char *operation,
                       const char *object, const char *old)
{
    return arena_printf(&f->arena,
                        "{\"apiVersion\":\"admission.k8s.io/%s\",\"kind\":\"AdmissionReview\","
                        "\"request\":{\"uid\":\"u-1\",\"kind\":{\"group\":\"\",\"version\":\"v1\","
                        "\"kind\":\"Pod\"},\"resource\":{\"group\":\"\",\"version\":\"v1\","
                        "\"resource\":\"pods\"},\"name\":\"web\",\"namespace\":\"shop\","
                        "\"operation\":\"%s\",\"userInfo\":{\"username\":\"%s\",\"groups\":["
                        "\"system:authenticated\"]},\"object\":%s,\"oldObject\":%s}}",
                        version, operation, user, object, old);
}

#define POD                                                                                 \
    "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"web\",\"namespace\":" \
    "\"shop\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}}"

static void admitted_with_a_patch(void **state)
{
    Fixture *f = *state;
    static const char *const versions[] = { "v1", "v1beta1" };
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        ReviewResult result;
        Value out;
        Err err;
        assert_true(answer(f, review_text(f, versions[i], "alice", "CREATE", POD, "null"), &result,
                           &out, &err));
        assert_true(result.allowed);
        assert_true(str_ends_with(value_get_str(&out, STR("apiVersion")), str_from_c(versions[i])));
        const Value *response = value_get_lit(&out, "response");
        assert_true(str_eq(value_get_str(response, STR("uid")), STR("u-1")));
        assert_true(str_eq(value_get_str(response, STR("patchType")), STR("JSONPatch")));
        Buf json = buf_new(&f->arena);
        assert_true(base64_read(value_get_str(response, STR("patch")), &json));
        Value patch;
        Value pod;
        assert_true(json_read(STR("patch"), buf_str(&json), NULL, &f->arena, &patch, &err));
        assert_true(json_read(STR("pod"), str_from_c(POD), NULL, &f->arena, &pod, &err));
        assert_true(patch_apply(&pod, &patch, &f->arena, &err));
        /* the patch makes what the decision says, and the object in the review was left alone */
        assert_true(value_equal(&pod, &result.decision.object));
        assert_int_equal(
            value_as_int(value_at(&pod, "spec", "securityContext", "fsGroup", NULL)).value, 5);
        assert_true(str_eq(
            value_as_str(value_at(&pod, "metadata", "annotations", "kubernetes.io/psp", NULL)),
            STR("restricted")));
    }
}

static void refused_with_a_status(void **state)
{
    Fixture *f = *state;
    ReviewResult result;
    Value out;
    Err err;
    assert_true(answer(f, review_text(f, "v1", "bob", "CREATE", POD, "null"), &result, &out, &err));
    assert_false(result.allowed);
    const Value *status = value_at(&out, "response", "status", NULL);
    assert_int_equal(value_get_int(status, STR("code")).value, 403);
    assert_true(
        str_eq(value_get_str(status, STR("message")),
               STR("pods \"web\" is forbidden: PodSecurityPolicy: unable to admit pod: []")));
    assert_null(value_at(&out, "response", "patch", NULL));
}

static void an_update_changes_nothing(void **state)
{
    Fixture *f = *state;
    ReviewResult result;
    Value out;
    Err err;
    /* the policy would set fsGroup, which an update may not */
    const char *changed =
        "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"web\",\"namespace\":"
        "\"shop\",\"labels\":{\"a\":\"b\"}},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":"
        "\"i\"}]}}";
    assert_true(
        answer(f, review_text(f, "v1", "alice", "UPDATE", changed, POD), &result, &out, &err));
    assert_false(result.allowed);
    assert_true(
        answer(f, review_text(f, "v1", "alice", "DELETE", "null", POD), &result, &out, &err));
    assert_true(result.allowed);
}

static void what_is_no_review(void **state)
{
    Fixture *f = *state;
    static const struct {
        const char *text, *message;
    } rows[] = {
        { "{}", "stdin: expected an AdmissionReview of admission.k8s.io/v1 or v1beta1, found "
                "apiVersion \"\", kind \"\"" },
        { "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\"}",
          "stdin: request: required" },
        { "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{}}",
          "stdin: request.resource: required" },
        { "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{"
          "\"resource\":[]}}",
          "stdin: request.resource: expected object, found array" },
        { "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{"
          "\"resource\":{},\"kind\":{},\"operation\":\"EAT\",\"userInfo\":{\"username\":\"x\"}}}",
          "stdin: request.operation: unknown operation \"EAT\"" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ReviewResult result;
        Value out;
        Err err;
        assert_false(answer(f, str_from_c(rows[i].text), &result, &out, &err));
        if (!str_eq(err.msg, str_from_c(rows[i].message))) {
            fail_msg("got %.*s", STR_ARG(err.msg));
        }
    }
}

#define POLICY_REVIEW(group, spec)                                                                 \
    "{\"apiVersion\":\"admission.k8s.io/"                                                          \
    "v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"u\","                                \
    "\"resource\":{\"group\":\"" group                                                             \
    "\",\"version\":\"v1\",\"resource\":\"podsecuritypolicies\"},"                                 \
    "\"kind\":{\"group\":\"" group "\",\"version\":\"v1\",\"kind\":\"PodSecurityPolicy\"},"        \
    "\"name\":\"p\",\"operation\":\"CREATE\",\"userInfo\":{\"username\":\"admin\"},\"object\":{"   \
    "\"apiVersion\":\"" group                                                                      \
    "/v1\",\"kind\":\"PodSecurityPolicy\",\"metadata\":{\"name\":\"p\"},"                          \
    "\"spec\":{\"seLinux\":{\"rule\":\"RunAsAny\"},\"supplementalGroups\":{\"rule\":\"RunAsAny\"}" \
    ","                                                                                            \
    "\"fsGroup\":{\"rule\":\"RunAsAny\"}," spec "}}}}"

#define OTHER_PROC_MOUNT \
    "\"runAsUser\":{\"rule\":\"RunAsAny\"},\"allowedProcMountTypes\":[\"Other\"]"

/* A policy that is invalid is refused; the group that the message names is that of its type. */
static void a_policy_itself(void **state)
{
    Fixture *f = *state;
    static const struct {
        const char *text, *message; /* NULL: allowed */
        int code;
    } rows[] = {
        { POLICY_REVIEW("podgate.io", "\"runAsUser\":{\"rule\":\"RunAsAny\"}"), NULL, 0 },
        { POLICY_REVIEW("podgate.io", "\"runAsUser\":{\"rule\":\"Nobody\"}"),
          "PodSecurityPolicy.podgate.io \"p\" is invalid: spec.runAsUser.rule: Unsupported value: "
          "\"Nobody\": supported values: \"MustRunAs\", \"MustRunAsNonRoot\", \"RunAsAny\"",
          422 },
        { POLICY_REVIEW("policy", "\"runAsUser\":{\"rule\":\"Nobody\"}"),
          "PodSecurityPolicy.extensions \"p\" is invalid: spec.runAsUser.rule: Unsupported value: "
          "\"Nobody\": supported values: \"MustRunAs\", \"MustRunAsNonRoot\", \"RunAsAny\"",
          422 },
        { POLICY_REVIEW("podgate.io", "\"runAsUser\":{\"rule\":\"RunAsAny\"},\"privileged\":1"),
          "spec.privileged: must be a boolean, not number", 400 },
        { POLICY_REVIEW("podgate.io", OTHER_PROC_MOUNT),
          "PodSecurityPolicy.podgate.io \"p\" is invalid: spec.allowedProcMountTypes[0]: "
          "Unsupported value: \"Other\": supported values: \"Default\", \"Unmasked\"",
          422 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ReviewResult result;
        Value out;
        Err err;
        assert_true(answer(f, str_from_c(rows[i].text), &result, &out, &err));
        assert_int_equal(result.allowed, rows[i].message == NULL);
        if (!rows[i].message) {
            continue;
        }
        assert_int_equal(result.decision.status.code, rows[i].code);
        if (!str_eq(result.decision.status.message, str_from_c(rows[i].message))) {
            fail_msg("got %.*s", STR_ARG(result.decision.status.message));
        }
    }
}

/* What an API server drops, whose feature gate is off, is not looked at. */
static void a_policy_with_a_dropped_field(void **state)
{
    Fixture *f = *state;
    ReviewResult result;
    Value out;
    Err err;
    f->minor = 24;
    bool read = answer(f, STR(POLICY_REVIEW("podgate.io", OTHER_PROC_MOUNT)), &result, &out, &err);
    f->minor = 0;
    assert_true(read);
    assert_true(result.allowed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(admitted_with_a_patch),
        cmocka_unit_test(refused_with_a_status),
        cmocka_unit_test(an_update_changes_nothing),
        cmocka_unit_test(a_policy_itself),
        cmocka_unit_test(what_is_no_review),
        cmocka_unit_test(a_policy_with_a_dropped_field),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
