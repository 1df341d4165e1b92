/* SPDX-License-Identifier: Apache-2.0 */
/* A policy that allows all that a policy can: what it refuses, no policy admits. */
#include "analyze/advise/psp_build.h"

Value psp_open_policy(const KubeTarget *target, Arena *a)
{
    static const Str flags[] = { STR_INIT("privileged"), STR_INIT("allowPrivilegeEscalation"),
                                 STR_INIT("hostNetwork"), STR_INIT("hostPID"),
                                 STR_INIT("hostIPC") };
    static const Str lists[] = { STR_INIT("allowedCapabilities"), STR_INIT("volumes"),
                                 STR_INIT("allowedUnsafeSysctls") };
    static const Str rules[] = { STR_INIT("runAsUser"), STR_INIT("fsGroup"),
                                 STR_INIT("supplementalGroups") };
    Value policy = psp_new_policy(target, a);
    Value annotations = value_object();
    value_set_lit(&annotations, PSP_SECCOMP_LIST, value_str(STR("*")), a);
    Value meta = value_object();
    value_set_lit(&meta, "name", value_str(STR("open")), a);
    value_set_lit(&meta, "annotations", annotations, a);
    Value spec = value_object();
    for (size_t i = 0; i < COUNT_OF(flags); i++) {
        value_set(&spec, flags[i], value_bool(true), a);
    }
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        Value *list = value_set(&spec, lists[i], value_array(), a);
        value_add(list, value_str(STR("*")), a);
    }
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        Value rule = value_object();
        value_set_lit(&rule, "rule", value_str(STR("RunAsAny")), a);
        value_set(&spec, rules[i], rule, a);
    }
    psp_set_se_linux(&spec, NULL, a);
    Value ports = value_object();
    value_set_lit(&ports, "min", value_int(0), a);
    value_set_lit(&ports, "max", value_int(UINT16_MAX), a);
    value_add(value_set_lit(&spec, "hostPorts", value_array(), a), ports, a);
    if (kube_has(target, FEATURE_PROC_MOUNT_TYPE)) {
        Value *types = value_set_lit(&spec, "allowedProcMountTypes", value_array(), a);
        value_add(types, value_str(STR("Default")), a);
        value_add(types, value_str(STR("Unmasked")), a);
    }
    value_set_lit(&policy, "metadata", meta, a);
    value_set_lit(&policy, "spec", spec, a);
    return policy;
}
