/* SPDX-License-Identifier: Apache-2.0 */
/*
 * allowedProcMountTypes: how much of /proc a container sees.
 *
 * Fields    securityContext.procMount of each container; unset is Default
 * Refused   what is not listed; an empty list allows Default
 * Source    Kubernetes 1.20, pkg/security/podsecuritypolicy/provider.go
 *
 * The API server drops the list from a policy that is created while the feature gate ProcMountType
 * is off, which then allows Default alone.
 */
#include "decide/psp/attempt.h"

static void check_container(PspAttempt *at, const PspContainer *c)
{
    static const Str by_default = STR_INIT("Default");
    Str type = c->view->security.proc_mount.ptr ? c->view->security.proc_mount : by_default;
    StrList allowed = at->policy->proc_mount_types;
    if (allowed.count == 0 || !kube_has(at->target, FEATURE_PROC_MOUNT_TYPE)) {
        allowed = (StrList){ &by_default, 1 };
    }
    if (!str_list_has(allowed, type) && psp_fails(at)) {
        Path security = path_child(c->path, "securityContext");
        field_invalid_str(at->errs, path_child(&security, "procMount"), type,
                          STR("ProcMountType is not allowed"));
    }
}

const PspStrategy psp_strategy_proc_mount = {
    .name = STR_INIT("allowedProcMountTypes"),
    .check_container = check_container,
};
