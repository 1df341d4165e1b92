/* SPDX-License-Identifier: Apache-2.0 */
/* Modes and exemptions: what a file says, what is wrong with one, and to whom it applies. */
#include "decide/enforcement/enforcement.h"

#include "doc/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define HEAD "apiVersion: podgate.io/v1\nkind: Enforcement\n"

static bool read(const char *yaml, Arena *a, Enforcement *out, Err *err)
{
    DocList docs;
    if (!docs_read(STR("e.yaml"), str_from_c(yaml), NULL, a, &docs, err)) {
        return false;
    }
    assert_int_equal(docs.count, 1);
    return enforcement_read(&docs.items[0], a, out, err);
}

static void errors(void **state)
{
    (void)state;
    static const struct {
        const char *yaml;
        const char *message;
    } rows[] = {
        { "kind: Enforcement\n",
          "e.yaml:1:1: apiVersion: podgate.io/v1 and kind: Enforcement are needed" },
        { HEAD "mode: {}\n", "e.yaml:3:1: mode: unknown field" },
        { HEAD "modes: {podSecurity: off}\n",
          "e.yaml:3:9: modes.podSecurity: must be enforce, warn or audit" },
        { HEAD "modes: {namespaces: [{podSecurity: warn}]}\n",
          "e.yaml:3:22: modes.namespaces[0]: names is needed: which namespaces this is about" },
        { HEAD "modes: {namespaces: [{names: [], podSecurity: warn}]}\n",
          "e.yaml:3:23: modes.namespaces[0].names: a list of texts is needed" },
        { HEAD "exemptions: [{name: a}]\n", "e.yaml:3:14: exemptions[0]: reason is needed" },
        { HEAD "exemptions: [{name: a, reason: b}]\n",
          "e.yaml:3:14: exemptions[0]: says nothing of whom it is for: everybody would be exempt" },
        { HEAD "exemptions: [{name: a, reason: b, users: [c], expires: '2027-13-01'}]\n",
          "e.yaml:3:47: exemptions[0].expires: must be a day such as 2027-03-31" },
        { HEAD "exemptions: [{name: a, reason: b, serviceAccounts: [c]}]\n",
          "e.yaml:3:53: exemptions[0].serviceAccounts[0]: must be NAMESPACE/NAME" },
        { HEAD "exemptions: [{name: a, reason: b, users: ['']}]\n",
          "e.yaml:3:43: exemptions[0].users[0]: a text is needed, not an empty one" },
        { HEAD "exemptions: [{name: a, reason: b, podSelector: {}}]\n",
          "e.yaml:3:35: exemptions[0].podSelector: a selector that chooses something is needed" },
        { HEAD "exemptions: [{name: a, reason: b, plugins: [psp], users: [c]}]\n",
          "e.yaml:3:45: exemptions[0].plugins[0]: must be podSecurityPolicy or podSecurity" },
        { HEAD "exemptions: [{name: a, reason: b, users: [c]}, {name: a, reason: b, users: [c]}]\n",
          "e.yaml:3:49: exemptions[1].name: is that of exemptions[0], too" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        Enforcement e;
        Err err;
        arena_init(&a, 0);
        assert_false(read(rows[i].yaml, &a, &e, &err));
        assert_string_equal(arena_cstr(&a, err.msg), rows[i].message);
        arena_done(&a);
    }
}

static void modes(void **state)
{
    (void)state;
    Arena a;
    Enforcement e;
    Err err;
    arena_init(&a, 0);
    assert_true(read(HEAD, &a, &e, &err));
    assert_int_equal(enforcement_mode(&e, ENFORCEMENT_PSP, STR("x")), ENFORCEMENT_ENFORCE);
    assert_true(read(HEAD "modes:\n"
                          "  podSecurity: warn\n"
                          "  namespaces:\n"
                          "  - {names: ['legacy-*', dev], podSecurityPolicy: audit}\n"
                          "  - {names: ['*-1'], podSecurityPolicy: warn, podSecurity: enforce}\n",
                     &a, &e, &err));
    static const struct {
        const char *namespace;
        EnforcementMode psp;
        EnforcementMode pod_security;
    } rows[] = {
        { "x", ENFORCEMENT_ENFORCE, ENFORCEMENT_WARN },
        { "legacy-", ENFORCEMENT_AUDIT, ENFORCEMENT_WARN },
        { "legacy", ENFORCEMENT_ENFORCE, ENFORCEMENT_WARN },
        { "dev", ENFORCEMENT_AUDIT, ENFORCEMENT_WARN },
        { "legacy-1", ENFORCEMENT_AUDIT, ENFORCEMENT_ENFORCE },
        { "a-1", ENFORCEMENT_WARN, ENFORCEMENT_ENFORCE },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str n = str_from_c(rows[i].namespace);
        assert_int_equal(enforcement_mode(&e, ENFORCEMENT_PSP, n), rows[i].psp);
        assert_int_equal(enforcement_mode(&e, ENFORCEMENT_POD_SECURITY, n), rows[i].pod_security);
    }
    arena_done(&a);
}

/* Each row: what an exemption says, and of which of the subjects it is true. */
static void who_is_exempt(void **state)
{
    (void)state;
    static const char *const pods[] = {
        "{}",
        "{\"spec\":{\"containers\":[{\"name\":\"a\",\"image\":\"r/x:1\"}]}}",
        ("{\"spec\":{\"containers\":[{\"name\":\"a\",\"image\":\"r/x:1\"},"
         "{\"name\":\"b\",\"image\":\"s/y:1\"}],\"serviceAccountName\":\"agent\","
         "\"runtimeClassName\":\"gvisor\"},\"metadata\":{\"labels\":{\"app\":\"agent\"}}}"),
        ("{\"spec\":{\"containers\":[{\"name\":\"a\",\"image\":\"r/x:1\"}],\"initContainers\":["
         "{\"name\":\"i\",\"image\":\"s/y:1\"}]}}"),
    };
    static const struct {
        const char *says;
        const char *applies; /* to which pods */
    } rows[] = {
        { "users: [alice]", "0123" },
        { "users: [ali]", "" },
        { "groups: [x, ops]", "0123" },
        { "groups: ['*']", "" },
        { "namespaces: [ns]", "0123" },
        { "namespaces: ['n*', other]", "0123" },
        { "namespaces: [other]", "" },
        { "serviceAccounts: [ns/agent]", "2" },
        { "serviceAccounts: ['*/default']", "13" },
        { "serviceAccounts: [other/agent]", "" },
        { "runtimeClasses: [gvisor]", "2" },
        { "podSelector: {matchLabels: {app: agent}}", "2" },
        { "podSelector: {matchExpressions: [{key: app, operator: DoesNotExist}]}", "013" },
        { "images: ['r/*']", "1" },
        { "images: ['r/*', 's/*']", "123" },
        { "containerNames: [a]", "1" },
        { "containerNames: ['*']", "123" },
        { "images: ['*'], users: [bob]", "" },
        { "users: [alice], plugins: [podSecurity]", "" },
        { "users: [alice], expires: 2026-11-29", "" },
        { "users: [alice], expires: 2026-11-30", "0123" },
    };
    static const Str groups[] = { STR_INIT("ops") };
    UserInfo user = { .name = STR("alice"), .groups = { groups, 1 } };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        Enforcement e;
        Err err;
        char found[8] = "";
        arena_init(&a, 0);
        Str yaml = arena_printf(&a, HEAD "exemptions: [{name: x, reason: why, %s}]\n",
                                rows[i].says);
        if (!read(arena_cstr(&a, yaml), &a, &e, &err)) {
            fail_msg("%.*s", STR_ARG(err.msg));
        }
        for (size_t p = 0, n = 0; p < COUNT_OF(pods); p++) {
            Value pod;
            assert_true(json_read(STR("pod"), str_from_c(pods[p]), NULL, &a, &pod, &err));
            EnforcementSubject subject = { &user, STR("ns"), &pod };
            if (enforcement_find(&e, ENFORCEMENT_PSP, &subject, STR("2026-11-30"))) {
                found[n++] = (char)('0' + p);
                found[n] = '\0';
            }
        }
        assert_string_equal(found, rows[i].applies);
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors),
        cmocka_unit_test(modes),
        cmocka_unit_test(who_is_exempt),
    };
    return cmocka_run_group_tests_name("decide/enforcement", tests, NULL, NULL);
}
