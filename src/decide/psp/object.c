/* SPDX-License-Identifier: Apache-2.0 */
/* The PodSecurityPolicy object in the API: defaults, and what is dropped when it is stored. */
#include "decide/psp/object.h"

void psp_apply_defaults(Value *psp, Arena *a)
{
    Value *spec = value_get_lit(psp, "spec");
    if (value_is(spec, VALUE_OBJECT) &&
        value_is_null(value_get_lit(spec, "allowPrivilegeEscalation"))) {
        value_set_lit(spec, "allowPrivilegeEscalation", value_bool(true), a);
    }
}

void psp_prepare(Value *psp, const Value *old, const KubeTarget *target)
{
    const Str field = STR("allowedProcMountTypes");
    if (!kube_has(target, FEATURE_PROC_MOUNT_TYPE) &&
        value_len(value_get(value_get_lit(old, "spec"), field)) == 0) {
        Value *spec = value_get_lit(psp, "spec");
        if (value_is(spec, VALUE_OBJECT)) {
            value_remove(spec, field);
        }
    }
}
