/* SPDX-License-Identifier: Apache-2.0 */
/* What would have prevented it: each row says something, and each check has one. */
#include "analyze/audit/prevent.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <setjmp.h>
#include <cmocka.h>

static const struct {
    const char *rule;
    const char *want;
} rows[] = {
    { "Launch Privileged Container", "privileged: false; baseline: Privileged Containers" },
    { "launch privileged container", "privileged: false; baseline: Privileged Containers" },
    { "Write below root",
      "readOnlyRootFilesystem: true; no standard asks for a read-only root file system" },
    { "Terminal shell in container",
      "no admission policy: RBAC, who may create pods/exec and pods/attach" },
    { "Contact K8S API Server From Container",
      "no admission policy: automountServiceAccountToken: false, and RBAC for what the account may "
      "do" },
    { "Create HostNetwork Pod", "hostNetwork: false; baseline: Host Namespaces" },
    { "Read sensitive file untrusted",
      "partly: runAsUser: MustRunAsNonRoot, allowedHostPaths; restricted: Running as Non-root; "
      "files that everybody may read stay readable" },
    { "mine", "not known here" },
    { "", "not known here" },
};

static void test_rows(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Prevention p = prevent_falco(str_from_c(rows[i].rule));
        assert_string_equal(arena_cstr(&a, prevent_text(&p, &a)), rows[i].want);
    }
    arena_done(&a);
}

/* Names are there once; what is prevented is by a field or a control, what is not has a reason. */
static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < prevent_falco_count(); i++) {
        Str name = prevent_falco_name(i);
        Prevention p = prevent_falco(name);
        bool says = p.how == PREVENT_FULLY    ? p.psp.len > 0
                    : p.how == PREVENT_PARTLY ? p.psp.len || p.other.len
                                              : !p.psp.len && !p.pss.len && p.other.len;
        if (!says) {
            fail_msg("%.*s says nothing", STR_ARG(name));
        }
        for (size_t k = 0; k < i; k++) {
            if (str_eq_ignore_case(prevent_falco_name(k), name)) {
                fail_msg("%.*s is there twice", STR_ARG(name));
            }
        }
    }
}

static void test_checks(void **state)
{
    (void)state;
    for (size_t i = 0; i < PSA_CHECK_COUNT; i++) {
        const PsaCheck *check = psa_check_at(i);
        Prevention p = prevent_check(check);
        if (!str_starts_with(p.pss, psa_level_name(psa_check_level(check))) ||
            !(p.psp.len || p.other.len)) {
            fail_msg("no row for %.*s", STR_ARG(psa_check_id(check)));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_checks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
