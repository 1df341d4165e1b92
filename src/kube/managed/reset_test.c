/* SPDX-License-Identifier: Apache-2.0 */
/* Which fields a write to a resource never makes anybody the owner of. */
#include "doc/json.h"
#include "kube/managed/reset.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static const struct {
    int minor;
    const char *api_version;
    const char *kind;
    const char *subresource;
    const char *want;
} rows[] = {
    { 21, "v1", "Pod", "", "{}" },
    { 22, "v1", "Pod", "", "{\"f:status\":{}}" },
    { 22, "v1", "Pod", "status",
      "{\"f:metadata\":{\"f:deletionTimestamp\":{},\"f:ownerReferences\":{}},\"f:spec\":{}}" },
    { 22, "v1", "Service", "status", "{\"f:spec\":{}}" },
    { 22, "v1", "Namespace", "finalize", "{\"f:status\":{}}" },
    { 22, "apps/v1", "Deployment", "status", "{\"f:metadata\":{\"f:labels\":{}},\"f:spec\":{}}" },
    { 22, "storage.k8s.io/v1", "VolumeAttachment", "status", "{\"f:metadata\":{},\"f:spec\":{}}" },
    { 22, "certificates.k8s.io/v1", "CertificateSigningRequest", "approval",
      "{\"f:spec\":{},\"f:status\":{\"f:certificate\":{}}}" },
};

static void resources(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        KubeTarget target = kube_target(rows[i].minor);
        ManagedRequest req = { .target = &target,
                               .api_version = str_from_c(rows[i].api_version),
                               .kind = str_from_c(rows[i].kind),
                               .subresource = str_from_c(rows[i].subresource) };
        req.type = schema_find(req.api_version, req.kind);
        assert_non_null(req.type);
        Value fields = field_set_write(managed_reset_fields(&req, &a), &a);
        Buf b = buf_new(&a);
        json_write(&fields, &b);
        if (!str_eq(buf_str(&b), str_from_c(rows[i].want))) {
            fail_msg("%s %s %s:\n got %.*s\nwant %s", rows[i].api_version, rows[i].kind,
                     rows[i].subresource, STR_ARG(buf_str(&b)), rows[i].want);
        }
        arena_reset(&a);
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(resources) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
