/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quotas count an object from the moment it is admitted. The API server's plugin writes their
 * status with a request of its own before the object is stored; here both are one commit, so a
 * create that finds the name taken counts nothing.
 *
 * Source: k8s.io/apiserver pkg/admission/plugin/resourcequota/resource_access.go
 */
#include "kube/managed/managed.h"
#include "server/api/call.h"

static void change_quota(ApiCall *call, const AdmissionQuotaUse *use)
{
    Arena *a = call->arena;
    const KubeTarget *target = call->request->target;
    ObjectKey key = { STR(""), STR("ResourceQuota"), api_namespace(call), use->name };
    const Value *stored = call->facts->object(call->facts->cluster, key);
    ManagedRequest managed = {
        .target = target,
        .type = schema_find(STR("v1"), key.kind),
        .api_version = STR("v1"),
        .kind = key.kind,
        .manager = STR("kube-apiserver"),
        .time = api_now_text(call),
        .is_subresource = true,
        .subresource = STR("status"),
    };
    Value old;
    Err err;
    if (stored == NULL || !schema_decode(managed.type, stored, target, a, &old, NULL, &err)) {
        return;
    }
    Value quota = value_copy(&old, a);
    Value *status = value_need_object(&quota, STR("status"), a);
    if (status == NULL) {
        return;
    }
    value_set_lit(status, "used", use->used, a);
    managed_update(&managed, &old, &quota, a);
    schema_encode_stored(managed.type, &quota, target);
    (void)api_add_change(call, STORE_MODIFIED, key, &quota);
}

void api_change_quotas(ApiCall *call)
{
    if (call->request->serving == NULL || api_is_dry_run(call)) {
        return;
    }
    for (const AdmissionQuotaUse *u = call->response->decision->quotas; u; u = u->next) {
        change_quota(call, u);
    }
}
