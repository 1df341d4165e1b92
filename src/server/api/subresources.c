/* SPDX-License-Identifier: Apache-2.0 */
/* Subresources that are more than a part of the object: which they are. */
#include "kube/workloads/scale.h"
#include "server/api/call.h"

typedef struct SubresourceRow {
    Str resource; /* of the core group */
    Str subresource;
    void (*handle)(ApiCall *call);
} SubresourceRow;

static const SubresourceRow rows[] = {
    { STR_INIT("bindings"), STR_INIT(""), api_handle_binding },
    { STR_INIT("nodes"), STR_INIT("proxy"), api_handle_proxy },
    { STR_INIT("pods"), STR_INIT("attach"), api_handle_stream },
    { STR_INIT("pods"), STR_INIT("binding"), api_handle_binding },
    { STR_INIT("pods"), STR_INIT("eviction"), api_handle_eviction },
    { STR_INIT("pods"), STR_INIT("exec"), api_handle_stream },
    { STR_INIT("pods"), STR_INIT("log"), api_handle_log },
    { STR_INIT("pods"), STR_INIT("portforward"), api_handle_stream },
    { STR_INIT("pods"), STR_INIT("proxy"), api_handle_proxy },
    { STR_INIT("serviceaccounts"), STR_INIT("token"), api_handle_token },
    { STR_INIT("services"), STR_INIT("proxy"), api_handle_proxy },
};

/* They need what only a server has: the time, a key to sign with, a store to change. */
bool api_handle_subresource(ApiCall *call)
{
    Str sub = call->info.subresource;
    if (call->request->serving == NULL) {
        return false;
    }
    if (str_eq(sub, STR("scale")) &&
        (call->kind.custom || scale_is_for(call->kind.group, call->kind.resource))) {
        api_handle_scale(call);
        return true;
    }
    if (call->kind.group.len) {
        return false;
    }
    if (str_eq(sub, STR("ephemeralcontainers")) &&
        str_eq(api_body_kind(call), STR("EphemeralContainers"))) {
        api_handle_ephemeral_containers(call);
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (str_eq(rows[i].resource, call->kind.resource) && str_eq(rows[i].subresource, sub)) {
            rows[i].handle(call);
            return true;
        }
    }
    return false;
}
