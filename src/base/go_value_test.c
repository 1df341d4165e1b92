/* SPDX-License-Identifier: Apache-2.0 */
#include "base/go_value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const struct {
    const char *dump;
    const char *json; /* NULL: cannot be told */
} rows[] = {
    { "5", "5" },
    { "-1", "-1" },
    { "0x0", "0" },
    { "0x1f", "31" },
    { "true", "true" },
    { "[]byte{0x6e, 0x6f}", "\"bm8=\"" },
    { "[]uint8{}", "\"\"" },
    { "[]byte{1}", NULL },
    { "\"a<b\\\"\"", "\"a\\u003cb\\\"\"" },
    { "\"null\"", "\"null\"" },
    { "[]string{\"a\", \"b\"}", "[\"a\",\"b\"]" },
    { "[]string(nil)", "null" },
    { "[]string{}", "[]" },
    { "map[string]string{\"a\":\"b\", \"c\":\"\"}", "{\"a\":\"b\",\"c\":\"\"}" },
    { "v1.LabelSelector{MatchLabels:map[string]string{\"a\":\"b\"}, "
      "MatchExpressions:[]v1.LabelSelectorRequirement(nil)}",
      "{\"matchLabels\":{\"a\":\"b\"}}" },
    { "v1.LabelSelector{MatchLabels:map[string]string(nil), "
      "MatchExpressions:[]v1.LabelSelectorRequirement{v1.LabelSelectorRequirement{Key:\"k\", "
      "Operator:\"In\", Values:[]string{\"v\"}}}}",
      "{\"matchExpressions\":[{\"key\":\"k\",\"operator\":\"In\",\"values\":[\"v\"]}]}" },
    { "rbac.RoleRef{APIGroup:\"rbac.authorization.k8s.io\", Kind:\"Role\", Name:\"r\"}",
      "{\"APIGroup\":\"rbac.authorization.k8s.io\",\"Kind\":\"Role\",\"Name\":\"r\"}" },
    { "[]v1.OwnerReference{v1.OwnerReference{APIVersion:\"v1\", Kind:\"Pod\", Name:\"p\", "
      "UID:\"u\", Controller:(*bool)(nil), BlockOwnerDeletion:(*bool)(nil)}}",
      "[{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"name\":\"p\",\"uid\":\"u\"}]" },
    { "intstr.IntOrString{Type:0, IntVal:5, StrVal:\"\"}", "5" },
    { "intstr.IntOrString{Type:1, IntVal:0, StrVal:\"5%\"}", "\"5%\"" },
    { "core.Volume{Name:\"a\", VolumeSource:core.VolumeSource{Secret:(*core.Secret)(nil)}}",
      "{\"Name\":\"a\",\"Secret\":null}" },
    { "(*int64)(0xc0001)", NULL },
    { "v1.X{Y:", NULL },
    { "v1.X{Y:5", NULL },
    { "\"a", NULL },
    { "", NULL },
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        arena_init(&a, 0);
        Buf b = buf_new(&a);
        bool done = go_value_to_json(str_from_c(rows[i].dump), &b);
        Str wanted = str_from_c(rows[i].json ? rows[i].json : "");
        if (done != (rows[i].json != NULL) || !str_eq(buf_str(&b), wanted)) {
            fail_msg("%s\n  got    %.*s\n  wanted %.*s", rows[i].dump, STR_ARG(buf_str(&b)),
                     STR_ARG(wanted));
        }
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
