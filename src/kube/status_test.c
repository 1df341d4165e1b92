/* SPDX-License-Identifier: Apache-2.0 */
/* Wordings and JSON of statuses; versions and feature gates. */
#include "kube/status.h"
#include "kube/target.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define CHECK_STR(got, want)                                            \
    do {                                                                \
        Str got_ = (got);                                               \
        if (!str_eq(got_, STR(want))) {                                 \
            fail_msg("got \"%.*s\", want \"%s\"", STR_ARG(got_), want); \
        }                                                               \
    } while (0)

static void wordings(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    CHECK_STR(status_forbidden(&a, STR(""), STR("pods"), STR("x"), STR("why")).message,
              "pods \"x\" is forbidden: why");
    CHECK_STR(status_forbidden(&a, STR("apps"), STR("deployments"), STR(""), STR("why")).message,
              "deployments.apps is forbidden: why");
    CHECK_STR(status_forbidden(&a, STR(""), STR(""), STR(""), STR("why")).message,
              "forbidden: why");
    CHECK_STR(status_not_found(&a, STR("apps"), STR("deployments"), STR("d")).message,
              "deployments.apps \"d\" not found");
    CHECK_STR(status_already_exists(&a, STR(""), STR("pods"), STR("x")).message,
              "pods \"x\" already exists");
    CHECK_STR(status_conflict(&a, STR(""), STR("pods"), STR("x"), STR("why")).message,
              "Operation cannot be fulfilled on pods \"x\": why");
    CHECK_STR(status_internal(&a, STR("why")).message, "Internal error occurred: why");
    FieldErrors errs = field_errors_new(&a);
    field_required(&errs, path_root("a"), STR(""));
    field_invalid_int(&errs, path_root("b"), 3, STR("bad"));
    Status s = status_invalid(&a, STR("rbac.authorization.k8s.io"), STR("Role"), STR("r"), &errs);
    CHECK_STR(s.message, "Role.rbac.authorization.k8s.io \"r\" is invalid: "
                         "[a: Required value, b: Invalid value: 3: bad]");
    Value v = status_to_value(&s, &a);
    Value *details = value_at(&v, "details", NULL);
    CHECK_STR(value_get_str(details, STR("group")), "rbac.authorization.k8s.io");
    Value *cause = value_item(value_get_lit(details, "causes"), 1);
    CHECK_STR(value_get_str(cause, STR("message")), "Invalid value: 3: bad");
    CHECK_STR(value_get_str(cause, STR("reason")), "FieldValueInvalid");
    CHECK_STR(value_get_str(cause, STR("field")), "b");
    Status bad = status_bad_request(&a, STR("why"));
    v = status_to_value(&bad, &a);
    assert_null(value_get_lit(&v, "details"));
    CHECK_STR(value_get_str(&v, STR("status")), "Failure");
    assert_int_equal(value_get_int(&v, STR("code")).value, 400);
    arena_done(&a);
}

static void versions(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int minor; /* 0: an error */
    } rows[] = {
        { "1.20", 20 },  { "v1.20.2", 20 }, { "1.37", 37 },  { "v1.21.5-gke.1", 21 },
        { "1.20+", 20 }, { "1.9", 0 },      { "1.38", 0 },   { "2.20", 0 },
        { "1", 0 },      { "", 0 },         { "1.x", 0 },    { "1.-20", 0 },
        { "1.20.", 0 },  { "1.20.x", 0 },   { "latest", 0 }, { "1.99999999999999999999", 0 },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        KubeTarget t = { 0 };
        Err err = { 0 };
        bool ok = kube_target_parse(str_from_c(rows[i].text), &a, &t, &err);
        if (ok != (rows[i].minor != 0) || t.minor != rows[i].minor) {
            fail_msg("\"%s\": got %d: %.*s", rows[i].text, t.minor, STR_ARG(err.msg));
        }
    }
    arena_done(&a);
}

static void feature_gates(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Err err;
    KubeTarget t = kube_target(20);
    assert_false(kube_has(&t, FEATURE_EPHEMERAL_CONTAINERS));
    assert_true(kube_has(&t, FEATURE_POD_OVERHEAD));
    assert_true(kube_target_set_feature(&t, STR("EphemeralContainers"), true, &a, &err));
    assert_true(kube_has(&t, FEATURE_EPHEMERAL_CONTAINERS));
    assert_true(kube_target_set_feature(&t, STR("EphemeralContainers"), false, &a, &err));
    assert_false(kube_has(&t, FEATURE_EPHEMERAL_CONTAINERS));
    assert_false(kube_target_set_feature(&t, STR("NoSuchGate"), true, &a, &err));
    CHECK_STR(err.msg, "unknown feature gate \"NoSuchGate\"");
    t = kube_target(25);
    assert_true(kube_has(&t, FEATURE_EPHEMERAL_CONTAINERS));
    assert_false(kube_target_set_feature(&t, STR("EphemeralContainers"), false, &a, &err));
    t = kube_target(15);
    assert_false(kube_target_set_feature(&t, STR("EphemeralContainers"), true, &a, &err));
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wordings),
        cmocka_unit_test(versions),
        cmocka_unit_test(feature_gates),
    };
    return cmocka_run_group_tests_name("kube/status", tests, NULL, NULL);
}
