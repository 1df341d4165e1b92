/* SPDX-License-Identifier: Apache-2.0 */
/* Subresources that are more than a part of the object. */
#include "kube/workloads/scale.h"
#include "server/api/call.h"

bool api_handle_subresource(ApiCall *call)
{
    const RequestInfo *info = &call->info;
    bool is_pods = str_eq(call->kind.kind, STR("Pod"));
    if (call->request->serving == NULL) {
        return false;
    }
    if (str_eq(info->subresource, STR("scale")) &&
        scale_is_for(call->kind.group, call->kind.resource)) {
        api_handle_scale(call);
        return true;
    }
    if ((is_pods && str_eq(info->subresource, STR("binding"))) ||
        (str_eq(call->kind.kind, STR("Binding")) && str_eq(info->verb, STR("create")))) {
        api_handle_binding(call);
        return true;
    }
    return false;
}
