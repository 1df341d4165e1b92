/* SPDX-License-Identifier: Apache-2.0 */
#include "decide/psa/policy.h"

#include "doc/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static Arena arena;

#define P "pod-security.kubernetes.io/"

static PsaPolicy policy_of(const char *labels, const PsaPolicy *defaults, FieldErrors *errs)
{
    Value v;
    Err err;
    PsaPolicy policy;
    if (!yaml_read(STR("labels"), str_from_c(labels), NULL, &arena, &v, &err)) {
        fail_msg("%s: %.*s", labels, STR_ARG(err.msg));
    }
    *errs = field_errors_new(&arena);
    psa_policy_from_labels(&v, defaults, errs, &policy);
    return policy;
}

static Str policy_text(const PsaPolicy *p)
{
    Buf b = buf_new(&arena);
    for (unsigned mode = 0; mode < PSA_MODE_COUNT; mode++) {
        if (mode) {
            buf_byte(&b, ' ');
        }
        psa_level_version_write(p->modes[mode], &b);
    }
    return buf_str(&b);
}

static const PsaPolicy warn_baseline = { .modes = {
                                             [PSA_ENFORCE] = { PSA_BASELINE, { false, 20 } },
                                             [PSA_AUDIT] = { PSA_RESTRICTED, { true, 0 } },
                                             [PSA_WARN] = { PSA_BASELINE, { false, 21 } },
                                         } };

static void labels_over_defaults(void **state)
{
    static const struct {
        const char *labels;
        const PsaPolicy *defaults;
        const char *policy; /* enforce, audit, warn */
        const char *errors; /* as an aggregate */
    } rows[] = {
        { "{}", &warn_baseline, "baseline:v1.20 restricted:latest baseline:v1.21", "" },
        { "{a: b}", &psa_policy_privileged, "privileged:latest privileged:latest privileged:latest",
          "" },
        { "{" P "enforce: restricted}", &psa_policy_privileged,
          "restricted:latest privileged:latest restricted:latest", "" },
        /* the implied warning takes the version too, unless there is one */
        { "{" P "enforce: baseline, " P "enforce-version: v1.24}", &psa_policy_privileged,
          "baseline:v1.24 privileged:latest baseline:v1.24", "" },
        { "{" P "enforce: baseline, " P "enforce-version: v1.24, " P "warn-version: v1.3}",
          &psa_policy_privileged, "baseline:v1.24 privileged:latest baseline:v1.3", "" },
        /* and comes only when enforce is stricter than what is warned of anyway */
        { "{" P "enforce: baseline, " P "enforce-version: v1.24}", &warn_baseline,
          "baseline:v1.24 restricted:latest baseline:v1.21", "" },
        { "{" P "enforce: restricted, " P "warn: privileged}", &psa_policy_privileged,
          "restricted:latest privileged:latest privileged:latest", "" },
        { "{" P "enforce-version: v1.24}", &warn_baseline,
          "baseline:v1.24 restricted:latest baseline:v1.21", "" },
        /* bad labels: enforcing fails closed, the others open; no warning is implied */
        { "{" P "enforce: strict}", &psa_policy_privileged,
          "restricted:latest privileged:latest privileged:latest",
          "metadata.labels[" P "enforce]: Invalid value: \"strict\": must be one of privileged, "
          "baseline, restricted" },
        { "{" P "audit: '', " P "warn: null}", &warn_baseline,
          "baseline:v1.20 privileged:latest privileged:v1.21",
          "[metadata.labels[" P "audit]: Invalid value: \"\": must be one of privileged, baseline, "
          "restricted, metadata.labels[" P "warn]: Invalid value: \"\": must be one of privileged, "
          "baseline, restricted]" },
        { "{" P "warn-version: '1.2', " P "enforce-version: v1.2.3, " P "audit-version: ''}",
          &warn_baseline, "baseline:latest restricted:latest baseline:latest",
          "[metadata.labels[" P
          "enforce-version]: Invalid value: \"v1.2.3\": must be \"latest\" or "
          "\"v1.x\", metadata.labels[" P "audit-version]: Invalid value: \"\": must be \"latest\" "
          "or \"v1.x\", metadata.labels[" P "warn-version]: Invalid value: \"1.2\": must be "
          "\"latest\" or \"v1.x\"]" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        FieldErrors errs;
        PsaPolicy p = policy_of(rows[i].labels, rows[i].defaults, &errs);
        Str text = policy_text(&p);
        Buf b = buf_new(&arena);
        if (errs.count) {
            field_errors_write_aggregate(&errs, &b);
        }
        if (!str_eq(text, str_from_c(rows[i].policy)) ||
            !str_eq(buf_str(&b), str_from_c(rows[i].errors))) {
            fail_msg("%s\n  is   %.*s %.*s\n  want %s %s", rows[i].labels, STR_ARG(text),
                     STR_ARG(buf_str(&b)), rows[i].policy, rows[i].errors);
        }
    }
}

static void no_labels_at_all(void **state)
{
    (void)state;
    FieldErrors errs = field_errors_new(&arena);
    PsaPolicy p;
    psa_policy_from_labels(NULL, &warn_baseline, &errs, &p);
    assert_true(psa_policy_is_equivalent(&p, &warn_baseline));
}

static void privileged_is_of_no_version(void **state)
{
    (void)state;
    PsaPolicy p = psa_policy_privileged;
    p.modes[PSA_AUDIT].version = (PsaVersion){ false, 3 };
    assert_true(psa_policy_is_privileged(&p));
    assert_true(psa_policy_is_equivalent(&p, &psa_policy_privileged));
    PsaPolicy q = warn_baseline;
    assert_false(psa_policy_is_privileged(&q));
    q.modes[PSA_WARN].version.minor++;
    assert_false(psa_policy_is_equivalent(&q, &warn_baseline));
}

int main(void)
{
    arena_init(&arena, 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_over_defaults),
        cmocka_unit_test(no_labels_at_all),
        cmocka_unit_test(privileged_is_of_no_version),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_done(&arena);
    return failed;
}
