/* SPDX-License-Identifier: Apache-2.0 */
/* Forms of names, and the messages when they are not met. */
#include "kube/names.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static NameMessages check_generate_name(Str value)
{
    Arena a;
    arena_init(&a, 0);
    NameMessages m = name_check_prefix(name_check_dns1123_subdomain, value, &a);
    arena_done(&a);
    return m;
}

static void checks(void **state)
{
    (void)state;
#define A10 "aaaaaaaaaa"
#define A60 A10 A10 A10 A10 A10 A10
    static const struct {
        NameCheck *check;
        const char *value;
        size_t want_count;
        const char *want_first; /* a part of the first message */
    } rows[] = {
        { name_check_dns1123_label, "a", 0, NULL },
        { name_check_dns1123_label, "0-a", 0, NULL },
        { name_check_dns1123_label, "", 1, "'my-name',  or '123-abc', regex" },
        { name_check_dns1123_label, "-a", 1, "lowercase RFC 1123 label" },
        { name_check_dns1123_label, "a-", 1, "lowercase RFC 1123 label" },
        { name_check_dns1123_label, "a.b", 1, "lowercase RFC 1123 label" },
        { name_check_dns1123_label, A60 "aaa", 0, NULL },
        { name_check_dns1123_label, A60 "aaaa", 1, "must be no more than 63 characters" },
        { name_check_dns1123_label, A60 "aaaA", 2, "must be no more than 63 characters" },
        { name_check_dns1123_subdomain, "a.b-c.0", 0, NULL },
        { name_check_dns1123_subdomain, A60 A60, 0, NULL },
        { name_check_dns1123_subdomain, "a..b", 1, "(e.g. 'example.com', regex used" },
        { name_check_dns1123_subdomain, "a.", 1, "RFC 1123 subdomain" },
        { name_check_dns1123_subdomain, "", 1, "RFC 1123 subdomain" },
        { name_check_dns1123_subdomain, A60 A60 A60 A60 "aaaaaaaaaaaaaa", 1, "253" },
        { check_generate_name, "a-", 0, NULL },
        { check_generate_name, "a_-", 0, NULL },
        { check_generate_name, "A-b-", 1, "RFC 1123 subdomain" },
        { check_generate_name, "-", 1, "RFC 1123 subdomain" },
        { check_generate_name, "web", 0, NULL },
        { name_check_dns1035_label, "a-0", 0, NULL },
        { name_check_dns1035_label, "0a", 1, "DNS-1035" },
        { name_check_wildcard_dns1123_subdomain, "*.a.b", 0, NULL },
        { name_check_wildcard_dns1123_subdomain, "*", 1, "wildcard DNS-1123" },
        { name_check_wildcard_dns1123_subdomain, "*.*.a", 1, "wildcard DNS-1123" },
        { name_check_qualified, "a", 0, NULL },
        { name_check_qualified, "example.com/My_Name.1", 0, NULL },
        { name_check_qualified, "", 2, "name part must be non-empty" },
        { name_check_qualified, "/a", 1, "prefix part must be non-empty" },
        { name_check_qualified, "A/b", 1, "prefix part a lowercase RFC 1123 subdomain" },
        { name_check_qualified, "a/", 2, "name part must be non-empty" },
        { name_check_qualified, "a/b/c", 1, "a qualified name must consist of" },
        { name_check_qualified, "_a", 1, "name part must consist of alphanumeric" },
        { name_check_qualified, A60 "aaaa", 1, "name part must be no more than 63" },
        { name_check_label_value, "", 0, NULL },
        { name_check_label_value, "A.b_c-1", 0, NULL },
        { name_check_label_value, "a b", 1, "a valid label must be an empty string" },
        { name_check_c_identifier, "_a1", 0, NULL },
        { name_check_c_identifier, "1a", 1, "a valid C identifier" },
        { name_check_port_name, "http", 0, NULL },
        { name_check_port_name, "", 2, "must contain only alpha-numeric" },
        { name_check_port_name, "8080", 1, "must contain at least one letter or number" },
        { name_check_port_name, "-a--b", 2, "must not contain consecutive hyphens" },
        { name_check_port_name, "aaaaaaaaaaaaaaaa", 1, "no more than 15" },
        { name_check_http_header, "X-A", 0, NULL },
        { name_check_http_header, "X_A", 1, "a valid HTTP header" },
        { name_check_env_var, "A.b-1", 0, NULL },
        { name_check_env_var, "1A", 1, "must not start with a digit" },
        { name_check_env_var, "..", 1, "must not be '..'" },
        { name_check_env_var, "", 1, "a valid environment variable name" },
        { name_check_config_map_key, "1A.b", 0, NULL },
        { name_check_config_map_key, "..a", 1, "must not start with '..'" },
        { name_check_config_map_key, "a/b", 1, "a valid config key" },
        { name_check_percent, "10%", 0, NULL },
        { name_check_percent, "10", 1, "a valid percent string" },
        { name_check_percent, "%", 1, "a valid percent string" },
        { name_check_path_segment, "system:x", 0, NULL },
        { name_check_path_segment, "..", 1, "may not be '..'" },
        { name_check_path_segment, "a/%", 2, "may not contain '/'" },
        { name_check_ip, "10.0.0.1", 0, NULL },
        { name_check_ip, "010.0.0.1", 0, NULL },
        { name_check_ip, "10.0.0", 1, "must be a valid IP address" },
        { name_check_ip, "10.0.0.256", 1, "must be a valid IP address" },
        { name_check_ip, "::", 0, NULL },
        { name_check_ip, "1::", 0, NULL },
        { name_check_ip, "::1", 0, NULL },
        { name_check_ip, "1:2:3:4:5:6:7:8", 0, NULL },
        { name_check_ip, "1:2:3:4:5:6:7::", 0, NULL },
        { name_check_ip, "1:2:3:4:5:6:7:8::", 1, "valid IP" },
        { name_check_ip, "1:2:3:4:5:6:7", 1, "valid IP" },
        { name_check_ip, "1::2::3", 1, "valid IP" },
        { name_check_ip, "1:", 1, "valid IP" },
        { name_check_ip, ":1", 1, "valid IP" },
        { name_check_ip, "fe80::1%eth0", 1, "valid IP" },
        { name_check_ip, "::ffff:1.2.3.4", 0, NULL },
        { name_check_ip, "1:2:3:4:5:6:1.2.3.4", 0, NULL },
        { name_check_ip, "12345::", 1, "valid IP" },
        { name_check_ip, "", 1, "valid IP" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        NameMessages m = rows[i].check(str_from_c(rows[i].value));
        if (m.count != rows[i].want_count ||
            (m.count && !str_contains(m.items[0], str_from_c(rows[i].want_first)))) {
            fail_msg("\"%s\": %zu messages, want %zu with \"%s\"; first \"%.*s\"", rows[i].value,
                     m.count, rows[i].want_count, rows[i].want_first, STR_ARG(m.items[0]));
        }
    }
}

static void sysctls(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        bool name;
        bool pattern;
    } rows[] = {
        { "net.ipv4.ip_local-port", true, true },
        { "kernel", true, true },
        { "kernel.*", false, true },
        { "*", false, true },
        { "kernel.shm*", false, true },
        { "kernel.shm_*", false, true },
        { "kernel.*shm", false, false },
        { "kernel.**", false, false },
        { "kernel._shm", false, false },
        { "kernel.shm_", false, false },
        { "Kernel", false, false },
        { "a..b", false, false },
        { "", false, false },
        { ".a", false, false },
        { "_.a*", false, false },
        { "a.", false, false },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str value = str_from_c(rows[i].value);
        if (name_is_sysctl(value) != rows[i].name ||
            name_is_sysctl_pattern(value) != rows[i].pattern) {
            fail_msg("\"%s\"", rows[i].value);
        }
    }
}

static void newer_words(void **state)
{
    (void)state;
    static const struct {
        int minor;
        NameCheck *check;
        const char *value;
        const char *want;
    } rows[] = {
        { 24, name_check_port_name, "80", "must contain at least one letter or number (a-z, 0-9)" },
        { 25, name_check_port_name, "80", "must contain at least one letter (a-z)" },
        { 34, name_check_dns1123_label, "a.b", "a lowercase RFC 1123 label must consist of" },
        { 35, name_check_dns1123_label, "a.b", "must not contain dots" },
        { 35, name_check_dns1123_label, "a_b", "a lowercase RFC 1123 label must consist of" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        arena_init(&a, 0);
        FieldErrors errs = field_errors_new_for(rows[i].minor, &a);
        Str value = str_from_c(rows[i].value);
        assert_false(name_report(&errs, path_root("f"), value, rows[i].check(value)));
        if (!str_starts_with(errs.first->detail, str_from_c(rows[i].want))) {
            fail_msg("row %zu: got %.*s", i, STR_ARG(errs.first->detail));
        }
        arena_done(&a);
    }
}

static void reports_name_the_field(void **state)
{
    (void)state;
    static const struct {
        bool (*report)(FieldErrors *errs, Path path, Str value);
        const char *value;
        const char *want;
    } rows[] = {
        { name_report_domain_prefixed_path, "acme.io/a/b", "[]" },
        { name_report_domain_prefixed_path, "acme.io",
          "[f: Invalid value: \"acme.io\": must be a domain-prefixed path (such as "
          "\"acme.io/foo\")]" },
        { name_report_domain_prefixed_path, "acme.io/a b",
          "[f: Invalid value: \"a b\": Invalid path (regex used for validation is "
          "'[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')]" },
        { name_report_fully_qualified, "", "[f: Required value]" },
        { name_report_fully_qualified, "a.b.c", "[]" },
        { name_report_fully_qualified, "a.b",
          "[f: Invalid value: \"a.b\": should be a domain with at least three segments separated "
          "by dots]" },
        { name_report_fully_qualified_domain, "a.b.", "[]" },
        { name_report_fully_qualified_domain, "a",
          "[f: Invalid value: \"a\": should be a domain with at least two segments separated by "
          "dots]" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        arena_init(&a, 0);
        FieldErrors errs = field_errors_new(&a);
        bool ok = rows[i].report(&errs, path_root("f"), str_from_c(rows[i].value));
        Buf b = buf_new(&a);
        field_errors_write_list(&errs, &b);
        if (!str_eq(buf_str(&b), str_from_c(rows[i].want)) || ok != (errs.count == 0)) {
            fail_msg("\"%s\": got %.*s", rows[i].value, STR_ARG(buf_str(&b)));
        }
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks),
        cmocka_unit_test(sysctls),
        cmocka_unit_test(newer_words),
        cmocka_unit_test(reports_name_the_field),
    };
    return cmocka_run_group_tests_name("kube/names", tests, NULL, NULL);
}
