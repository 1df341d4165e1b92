/* SPDX-License-Identifier: Apache-2.0 */
/* Formats: texts that are of one, and texts that are not. */
#include "kube/crd/test_crd.h"

static void formats(void **state)
{
    (void)state;
    static const struct {
        const char *format;
        const char *good[6];
        const char *bad[6];
    } rows[] = {
        { "date", { "2020-02-29" }, { "2021-02-29", "2020-1-01", "" } },
        { "date-time",
          { "2020-01-02T03:04:05Z", "2020-01-02t03:04:05.5+01:00" },
          { "2020-01-02", "2020-01-02T24:00:00Z", "2020-01-02T03:04:05" } },
        { "duration", { "3s", "1h30m", "22 ns", "5 days" }, { "", "x", "3 foo" } },
        { "byte", { "aGVsbG8=" }, { "aGVsbG8", "a", "" } },
        { "email", { "a@b.c", "Bob <bob@example.com>" }, { "a", "a@", "@b" } },
        { "hostname", { "example.com", "a", "h\xc3\xa9.com" }, { "-a", "a..b", "" } },
        { "ipv4", { "10.0.0.1" }, { "::1", "10.0.0" } },
        { "ipv6", { "::1" }, { "10.0.0.1" } },
        { "cidr", { "10.0.0.0/8", "fe80::/64" }, { "10.0.0.0/33", "10.0.0.0", "::/129" } },
        { "mac", { "01:23:45:67:89:ab", "0123.4567.89ab" }, { "01:23", "01-23:45:67:89:ab" } },
        { "uuid",
          { "123e4567-e89b-12d3-a456-426614174000", "123E4567E89B12D3A456426614174000" },
          { "123e4567" } },
        { "uuid4",
          { "123e4567-e89b-42d3-a456-426614174000" },
          { "123e4567-e89b-12d3-a456-426614174000" } },
        { "uri", { "http://a/b", "/a", "mailto:x" }, { "a", "", "http://a b/" } },
        { "isbn", { "0321751043", "978-0321751041" }, { "0321751044" } },
        { "creditcard", { "4111 1111 1111 1111" }, { "4111 1111 1111 1112" } },
        { "ssn", { "123-45-6789" }, { "123456789" } },
        { "hexcolor", { "#FFF", "a0b1c2" }, { "#FF" } },
        { "rgbcolor", { "rgb(1,2, 255)" }, { "rgb(1,2,256)" } },
        { "bsonobjectid", { "507f1f77bcf86cd799439011" }, { "507f" } },
        { "password", { "", "x" }, { NULL } },
    };
    Arena a;
    arena_init(&a, 0);
    KubeTarget target = kube_target(20);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str format = str_from_c(rows[i].format);
        assert_true(crd_format_is_known(format, &target));
        for (size_t j = 0; j < COUNT_OF(rows[i].good) && rows[i].good[j]; j++) {
            if (!crd_format_matches(format, str_from_c(rows[i].good[j]), &a)) {
                fail_msg("%s: %s is one", rows[i].format, rows[i].good[j]);
            }
        }
        for (size_t j = 0; j < COUNT_OF(rows[i].bad) && rows[i].bad[j]; j++) {
            if (crd_format_matches(format, str_from_c(rows[i].bad[j]), &a)) {
                fail_msg("%s: %s is none", rows[i].format, rows[i].bad[j]);
            }
        }
    }
    arena_done(&a);
}

static void versions(void **state)
{
    (void)state;
    KubeTarget old = kube_target(20), new_names = kube_target(34);
    assert_false(crd_format_is_known(STR("int32"), &old));
    assert_false(crd_format_is_known(STR(""), &old));
    assert_false(crd_format_is_known(STR("k8s-short-name"), &old));
    assert_true(crd_format_is_known(STR("k8s-short-name"), &new_names));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(formats), cmocka_unit_test(versions) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
