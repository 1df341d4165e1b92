/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions: what matches, and what is said of patterns that are none. */
#include "base/regex.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static void matches(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        const char *text;
        bool matches;
    } rows[] = {
        { "", "", true },
        { "^[a-z]+$", "abc", true },
        { "^[a-z]+$", "aBc", false },
        { "^[a-z]+$", "abc\n", false },
        { "b", "abc", true },
        { "^a.c$", "a\nc", false },
        { "(?s)^a.c$", "a\nc", true },
        { "(?m)^b$", "a\nb\nc", true },
        { "(?i)^ab$", "Ab", true },
        { "^(?i:a)b$", "AB", false },
        { "^a{2,3}$", "aa", true },
        { "^a{2,3}$", "aaaa", false },
        { "^a{,2}$", "a{,2}", true },
        { "^(a|b)*c$", "ababc", true },
        { "^(a*)*$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", false },
        { "^\\d+\\.\\w$", "12.x", true },
        { "^[^\\d\\s]$", "1", false },
        { "^[[:upper:]]$", "Q", true },
        { "^[]a]$", "]", true },
        { "^\\x41\\x{e9}$", "A\xc3\xa9", true },
        { "^.$", "\xc3\xa9", true },
        { "^\\p{Lu}\\pL$", "\xc3\x89\xc3\xa9", true },
        { "^\\P{L}$", "a", false },
        { "\\bfoo\\b", "a foo b", true },
        { "\\bfoo\\b", "afoo", false },
        { "^\\Qa.b\\E$", "a.b", true },
        { "^\\Qa.b\\E$", "axb", false },
        { "^(?P<name>a)$", "a", true },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const Regex *regex;
        Str problem;
        assert_true(regex_compile(str_from_c(rows[i].pattern), &a, &regex, &problem));
        if (regex_matches(regex, str_from_c(rows[i].text), &a) != rows[i].matches) {
            fail_msg("%s on %s", rows[i].pattern, rows[i].text);
        }
    }
    arena_done(&a);
}

static void problems(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        const char *problem;
    } rows[] = {
        { "(a", "missing closing ): `(a`" },
        { "a)", "unexpected ): `a)`" },
        { "[a", "missing closing ]: `[a`" },
        { "x[z-a]", "invalid character class range: `z-a`" },
        { "[[:foo:]]", "invalid character class range: `[:foo:]`" },
        { "*a", "missing argument to repetition operator: `*`" },
        { "a|+?", "missing argument to repetition operator: `+?`" },
        { "a**", "invalid nested repetition operator: `**`" },
        { "a{1001}", "invalid repeat count: `{1001}`" },
        { "(a{100}){100}", "invalid repeat count: `{100}`" },
        { "\\q", "invalid escape sequence: `\\q`" },
        { "a\\", "trailing backslash at end of expression: ``" },
        { "(?=a)", "invalid or unsupported Perl syntax: `(?=`" },
        { "(?P<a", "invalid named capture: `(?P<a`" },
        { "\\p{Foo}", "invalid character class range: `\\p{Foo}`" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const Regex *regex;
        Str problem;
        assert_false(regex_compile(str_from_c(rows[i].pattern), &a, &regex, &problem));
        assert_string_equal(
            arena_cstr(&a, problem),
            arena_cstr(&a, arena_printf(&a, "error parsing regexp: %s", rows[i].problem)));
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(matches), cmocka_unit_test(problems) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
