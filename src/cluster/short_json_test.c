/* SPDX-License-Identifier: Apache-2.0 */
/* Short JSON: what comes back is what went in, and it was short meanwhile. */
#include "cluster/short_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const struct {
    const char *json;
    size_t most; /* bytes that it may take */
} rows[] = {
    { "", 0 },
    { "{}", 2 },
    { "\"", 1 },
    { "{\"a", 3 },
    { "{\"apiVersion\":\"", 2 },
    { "{\"apiVersion\":", 14 },
    { "{\"apiVersion\":\"rbac.authorization.k8s.io/v1beta1\"}", 38 },
    { "{\"kind\":\"Namespace\",\"name\":\"\\u0001\\u001f\"}", 28 },
    { "{\"x\":\"a\\\"name\\\":\\\"\xc3\xa9\"}", 22 },
    { "{\"apiVersion\":\"rbac.authorization.k8s.io/v1\",\"kind\":\"RoleBinding\",\"metadata\":{"
      "\"name\":\"b-1\",\"namespace\":\"tenant-1\"},\"subjects\":[{\"kind\":\"ServiceAccount\","
      "\"name\":\"sa-1\",\"namespace\":\"tenant-1\"}],\"roleRef\":{\"apiGroup\":"
      "\"rbac.authorization.k8s.io\",\"kind\":\"ClusterRole\",\"name\":\"tenant-1\"}}",
      66 },
};

static void it_comes_back(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Buf kept = buf_new(&a);
        Buf back = buf_new(&a);
        short_json_add(str_from_c(rows[i].json), &kept);
        short_json_read(buf_str(&kept), &back);
        assert_string_equal(arena_cstr(&a, buf_str(&back)), rows[i].json);
        assert_in_range(kept.len, 0, rows[i].most);
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(it_comes_back) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
