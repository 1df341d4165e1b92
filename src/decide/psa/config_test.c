/* SPDX-License-Identifier: Apache-2.0 */
#include "decide/psa/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static Arena arena;

#define HEAD                                                \
    "apiVersion: pod-security.admission.config.k8s.io/v1\n" \
    "kind: PodSecurityConfiguration\n"
#define JSON_HEAD                                                  \
    "{\"apiVersion\":\"pod-security.admission.config.k8s.io/v1\"," \
    "\"kind\":\"PodSecurityConfiguration\""
#define SCHEME "in scheme \"k8s.io/pod-security-admission/admission/api/scheme/scheme.go:31\""
#define FIELD "json: cannot unmarshal "

static void load_errors(void **state)
{
    static const struct {
        const char *text;
        const char *error; /* NULL when it loads */
    } rows[] = {
        { "", NULL },
        { HEAD, NULL },
        { HEAD "defaults: null\nexemptions: null\n", NULL },
        { "apiVersion: pod-security.admission.config.k8s.io/v1alpha1\n"
          "kind: PodSecurityConfiguration\n",
          NULL },
        { JSON_HEAD "}", NULL },
        { HEAD "---\nthis is: [not even\n", NULL },
        { "{}", "Object 'Kind' is missing in '{}'" },
        { "# nothing\n", "Object 'Kind' is missing in '# nothing\n'" },
        { "kind: PodSecurityConfiguration\n",
          "Object 'apiVersion' is missing in 'kind: PodSecurityConfiguration\n'" },
        { "kind: Pod\napiVersion: v1\n",
          "no kind \"Pod\" is registered for version \"v1\" " SCHEME },
        { "kind: PodSecurityConfiguration\n"
          "apiVersion: pod-security.admission.config.k8s.io/v2\n",
          "no kind \"PodSecurityConfiguration\" is registered for version "
          "\"pod-security.admission.config.k8s.io/v2\" " SCHEME },
        { "kind: PodSecurityConfiguration\napiVersion: a/b/c\n",
          "unexpected GroupVersion string: a/b/c" },
        { "{\"kind\": }", "couldn't get version/kind; json parse error: invalid character '}' "
                          "looking for beginning "
                          "of value" },
        { JSON_HEAD "} x",
          "couldn't get version/kind; json parse error: invalid character 'x' after top-level "
          "value" },
        { "kind: [x]\n", "couldn't get version/kind; json parse error: " FIELD
                         "array into Go struct field .kind of type string" },
        { "- a\n",
          "couldn't get version/kind; json parse error: " FIELD
          "array into Go value of type struct { APIVersion string "
          "\"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }" },
        { HEAD "defaults:\n  Enforce: baseline\n",
          "strict decoding error: unknown field \"defaults.Enforce\"" },
        { HEAD "qux: 1\ndefaults:\n  foo: 1\n",
          "strict decoding error: unknown field \"defaults.foo\", unknown field \"qux\"" },
        { HEAD "defaults:\n  enforce: baseline\n  enforce: restricted\n",
          "strict decoding error: yaml: unmarshal errors:\n  line 5: key \"enforce\" already set "
          "in "
          "map" },
        { JSON_HEAD ",\"defaults\":{\"enforce\":\"baseline\",\"enforce\":\"baseline\"}}",
          "strict decoding error: duplicate field \"defaults.enforce\"" },
        { HEAD "defaults:\n  enforce: 3\n",
          FIELD "number into Go struct field PodSecurityDefaults.defaults.enforce of type string" },
        { HEAD "defaults: []\n",
          FIELD "array into Go struct field PodSecurityConfiguration.defaults of type "
                "v1.PodSecurityDefaults" },
        { HEAD "exemptions: {usernames: a}\n",
          FIELD "string into Go struct field PodSecurityExemptions.exemptions.usernames of type "
                "[]string" },
        { HEAD "exemptions: {usernames: [a, true]}\n",
          FIELD "bool into Go struct field PodSecurityExemptions.exemptions.usernames of type "
                "string" },
        { "a: b: c\n", "yaml: mapping values are not allowed in this context" },
        { HEAD "defaults:\n  - a\n  b: c\n", "yaml: line 4: did not find expected '-' indicator" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        PsaConfigFile file;
        Err err = { ERR_NONE, STR_ABSENT };
        bool ok = psa_config_load(str_from_c(rows[i].text), &arena, &file, &err);
        if (ok != (rows[i].error == NULL) || (!ok && !str_eq(err.msg, str_from_c(rows[i].error)))) {
            fail_msg("%s\n  is   %.*s\n  want %s", rows[i].text, STR_ARG(err.msg),
                     rows[i].error ? rows[i].error : "no error");
        }
    }
}

static void fills_in_and_completes(void **state)
{
    (void)state;
    PsaConfig config;
    Err err;
    assert_true(
        psa_config_read(STR(HEAD "defaults:\n  enforce: baseline\n  enforce-version: v1.24\n"
                                 "  warn: restricted\nexemptions:\n  namespaces: [a, b]\n"),
                        &arena, &config, &err));
    const PsaLevelVersion *modes = config.defaults.modes;
    assert_int_equal(modes[PSA_ENFORCE].level, PSA_BASELINE);
    assert_int_equal(modes[PSA_ENFORCE].version.minor, 24);
    assert_int_equal(modes[PSA_AUDIT].level, PSA_PRIVILEGED);
    assert_true(modes[PSA_AUDIT].version.is_latest);
    assert_int_equal(modes[PSA_WARN].level, PSA_RESTRICTED);
    assert_int_equal(config.exemptions.namespaces.count, 2);
}

static void reads_in_steps(void **state)
{
    static const struct {
        const char *text;
        const char *error;
    } rows[] = {
        { HEAD "defaults: {enforce: x}\n",
          "PodSecurity configuration error: enforce: must be one of privileged, baseline, "
          "restricted" },
        { HEAD "defaults: {warn-version: v2, audit: Baseline}\n",
          "PodSecurity configuration error: [audit: must be one of privileged, baseline, "
          "restricted, warn-version: must be \"latest\" or \"v1.x\"]" },
        { HEAD "exemptions: {usernames: [''], runtimeClasses: [a, a], namespaces: [a.b]}\n",
          "PodSecurity invalid: [exemptions.namespaces[0]: Invalid value: \"a.b\": must not "
          "contain "
          "dots, exemptions.runtimeClasses[1]: Duplicate value: \"a\", exemptions.usernames[0]: "
          "Invalid value: \"\": username must not be empty]" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        PsaConfig config;
        Err err;
        assert_false(psa_config_read(str_from_c(rows[i].text), &arena, &config, &err));
        if (!str_eq(err.msg, str_from_c(rows[i].error))) {
            fail_msg("%s\n  is   %.*s\n  want %s", rows[i].text, STR_ARG(err.msg), rows[i].error);
        }
    }
}

static void validates_in_another_order(void **state)
{
    (void)state;
    PsaConfigFile file;
    Err err;
    assert_true(psa_config_load(STR(HEAD "defaults: {audit: x, warn-version: q, enforce: z}\n"),
                                &arena, &file, &err));
    FieldErrors errs = field_errors_new(&arena);
    psa_config_validate(&file, &errs);
    static const char *const paths[] = { "defaults.enforce", "defaults.warn-version",
                                         "defaults.audit" };
    assert_int_equal(errs.count, COUNT_OF(paths));
    const FieldError *e = errs.first;
    for (size_t i = 0; i < COUNT_OF(paths); i++, e = e->next) {
        assert_true(str_eq(e->path, str_from_c(paths[i])));
    }
}

int main(void)
{
    arena_init(&arena, 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(load_errors),
        cmocka_unit_test(fills_in_and_completes),
        cmocka_unit_test(reads_in_steps),
        cmocka_unit_test(validates_in_another_order),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_done(&arena);
    return failed;
}
