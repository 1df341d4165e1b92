/* SPDX-License-Identifier: Apache-2.0 */
#include "decide/psa/psa.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static Arena arena;

static void versions(void **state)
{
    static const struct {
        Str text;
        bool ok;
        const char *printed;
    } rows[] = {
        { STR_INIT("latest"), true, "latest" },
        { STR_INIT("v1.0"), true, "v1.0" },
        { STR_INIT("v1.37"), true, "v1.37" },
        { STR_INIT("v1.99"), true, "v1.99" },
        { STR_INIT("v1.9223372036854775807"), true, "v1.9223372036854775807" },
        { STR_INIT("v1.9223372036854775808"), false, NULL },
        { STR_INIT("v1.99999999999999999999"), false, NULL },
        { STR_INIT(""), false, NULL },
        { STR_INIT("1.22"), false, NULL },
        { STR_INIT("v1"), false, NULL },
        { STR_INIT("v1."), false, NULL },
        { STR_INIT("v1.01"), false, NULL },
        { STR_INIT("v1.00"), false, NULL },
        { STR_INIT("v2.0"), false, NULL },
        { STR_INIT("v1.22.3"), false, NULL },
        { STR_INIT("v1.-1"), false, NULL },
        { STR_INIT("Latest"), false, NULL },
        { STR_INIT(" v1.2"), false, NULL },
        { STR_INIT("v1.2\n"), false, NULL },
        { STR_INIT("v1.\xD9\xA1"), false, NULL },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        PsaVersion v = { false, -1 };
        if (psa_version_parse(rows[i].text, &v) != rows[i].ok) {
            fail_msg("\"%.*s\"", STR_ARG(rows[i].text));
        }
        if (rows[i].ok) {
            Buf b = buf_new(&arena);
            psa_version_write(v, &b);
            assert_true(str_eq(buf_str(&b), str_from_c(rows[i].printed)));
        } else {
            assert_int_equal(v.minor, -1);
        }
    }
}

static void levels(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PSA_LEVEL_COUNT; i++) {
        PsaLevel read = PSA_PRIVILEGED;
        assert_true(psa_level_parse(psa_level_name((PsaLevel)i), &read));
        assert_int_equal(read, i);
    }
    PsaLevel level = PSA_BASELINE;
    assert_false(psa_level_parse(STR("Restricted"), &level));
    assert_false(psa_level_parse(STR(""), &level));
    assert_int_equal(level, PSA_BASELINE);
}

static void levels_with_versions(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *printed; /* NULL when it is refused ... */
        const char *why;     /* ... with this */
    } rows[] = {
        { "restricted", "restricted:latest", NULL },
        { "baseline:v1.24", "baseline:v1.24", NULL },
        { "privileged:latest", "privileged:latest", NULL },
        { "strict", NULL, "level \"strict\": must be one of privileged, baseline, restricted" },
        { "baseline:", NULL, "version \"\": must be \"latest\" or \"v1.x\"" },
        { "baseline:1.2", NULL, "version \"1.2\": must be \"latest\" or \"v1.x\"" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        PsaLevelVersion v;
        Err err;
        bool ok = psa_level_version_parse(str_from_c(rows[i].text), &arena, &v, &err);
        assert_int_equal(ok, rows[i].printed != NULL);
        if (ok) {
            Buf b = buf_new(&arena);
            psa_level_version_write(v, &b);
            assert_true(str_eq(buf_str(&b), str_from_c(rows[i].printed)));
        } else {
            assert_true(str_eq(err.msg, str_from_c(rows[i].why)));
        }
    }
}

int main(void)
{
    arena_init(&arena, 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions),
        cmocka_unit_test(levels),
        cmocka_unit_test(levels_with_versions),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_done(&arena);
    return failed;
}
