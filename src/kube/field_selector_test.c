/* SPDX-License-Identifier: Apache-2.0 */
/* Field selectors. */
#include "kube/field_selector.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static void selectors(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t terms;
        const char *name;  /* what metadata.name must be; NULL when left open */
        const char *error; /* NULL when well formed */
    } rows[] = {
        { "", 0, NULL, NULL },
        { ",,", 0, NULL, NULL },
        { "metadata.name=web", 1, "web", NULL },
        { "metadata.name==web", 1, "web", NULL },
        { "metadata.name!=web", 1, NULL, NULL },
        { "metadata.name=", 1, "", NULL },
        { "a=b,metadata.name=web", 2, "web", NULL },
        { "metadata.name=z,metadata.name=a", 2, "a", NULL },
        { "metadata.name=a\\,b\\=c\\\\", 1, "a,b=c\\", NULL },
        { "=x", 1, NULL, NULL },
        { "web", 0, NULL, "invalid selector: 'web'; can't understand 'web'" },
        { "a=b=c", 0, NULL, "invalid field selector: unescaped character in value: 61" },
        { "a=b\\c", 0, NULL, "invalid field selector: invalid escape sequence: \\c" },
        { "a=b\\", 0, NULL, "invalid field selector: invalid escape sequence: \\" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        FieldSelector s;
        Err err;
        bool ok = field_selector_parse(str_from_c(rows[i].text), &a, &s, &err);
        assert_int_equal(ok, rows[i].error == NULL);
        if (!ok) {
            assert_string_equal(arena_cstr(&a, err.msg), rows[i].error);
            continue;
        }
        assert_int_equal(s.count, rows[i].terms);
        Str name = field_selector_exact(&s, STR("metadata.name"));
        assert_int_equal(name.ptr != NULL, rows[i].name != NULL);
        assert_string_equal(arena_cstr(&a, name), rows[i].name ? rows[i].name : "");
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(selectors) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
