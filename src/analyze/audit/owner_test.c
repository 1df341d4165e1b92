/* SPDX-License-Identifier: Apache-2.0 */
/* Whose a pod is, by its owner and by its name. */
#include "analyze/audit/owner.h"

#include "doc/json.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <setjmp.h>
#include <cmocka.h>

static const struct {
    const char *name;
    const char *want;
} names[] = {
    { "web-5d4f8c7b9-x2x4z", "deployment/web" },
    { "my-web-app-7d8f9c6b45-2bcdf", "deployment/my-web-app" },
    { "web-3344556677-x2x4z", "web" }, /* of an old ReplicaSet or of a CronJob */
    { "backup-1614682800-qq5t7", "backup" },
    { "backup-28391820-qq5t7", "backup" },
    { "agent-q9vjm", "agent" },
    { "db-0", "db" },
    { "db-12", "db" },
    { "my-proxy", "my-proxy" },
    { "web", "web" },
    { "web-", "web-" },
    { "-x2x4z", "-x2x4z" },
    { "", "" },
    { "kube-apiserver-node1", "kube-apiserver-node1" },
};

#define OWNED(kind, name)                                                                  \
    "{\"metadata\":{\"name\":\"p\",\"ownerReferences\":[{\"kind\":\"X\",\"name\":\"y\"},{" \
    "\"kind\":\"" kind "\",\"name\":\"" name "\",\"controller\":true}]}}"

static const struct {
    const char *pod;
    const char *want;
} pods[] = {
    { OWNED("ReplicaSet", "web-5d4f8c7b9"), "deployment/web" },
    { OWNED("ReplicaSet", "alone"), "replicaset/alone" },
    { OWNED("ReplicaSet", "web-app"), "replicaset/web-app" },
    { OWNED("DaemonSet", "agent"), "daemonset/agent" },
    { OWNED("Job", "backup-28391820"), "cronjob/backup" },
    { OWNED("Job", "once"), "job/once" },
    { "{\"metadata\":{\"name\":\"p\"}}", "pod/p" },
    { "{\"metadata\":{\"generateName\":\"web-5d4f8c7b9-\"}}", "deployment/web" },
    { "{}", "pod/given" },
};

static void test_names(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        Str got = owner_of_pod_name(str_from_c(names[i].name), &a);
        assert_string_equal(arena_cstr(&a, got), names[i].want);
    }
    for (size_t i = 0; i < COUNT_OF(pods); i++) {
        Value v;
        Err err;
        assert_true(json_read(STR("pod"), str_from_c(pods[i].pod), NULL, &a, &v, &err));
        assert_string_equal(arena_cstr(&a, owner_of_pod(&v, STR("given"), &a)), pods[i].want);
    }
    arena_done(&a);
}

static void test_is(void **state)
{
    (void)state;
    assert_true(owner_is(STR("deployment/web"), STR("web")));
    assert_true(owner_is(STR("deployment/web"), STR("deployment/web")));
    assert_false(owner_is(STR("deployment/web"), STR("daemonset/web")));
    assert_true(owner_is(STR("web"), STR("daemonset/web")));
    assert_false(owner_is(STR("web"), STR("we")));
    assert_false(owner_is(STR(""), STR("web")));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_names), cmocka_unit_test(test_is) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
