/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtimeClass: which container runtimes a pod may ask for.
 *
 * Fields    spec.runtimeClassName
 * Default   defaultRuntimeClassName, when the field is unset
 * Refused   a name that is not listed; "*" lists all. No name is always allowed.
 * Source    Kubernetes 1.20, pkg/security/podsecuritypolicy/provider.go
 */
#include "decide/psp/attempt.h"

static void read_pod(PspAttempt *at)
{
    at->runtime_class = at->pod->runtime_class_name;
}

static void default_pod(PspAttempt *at)
{
    if (at->policy->default_runtime_class.ptr && !at->runtime_class.ptr) {
        at->runtime_class = at->policy->default_runtime_class;
        at->set |= PSP_SET_RUNTIME_CLASS;
    }
}

static void check_pod(PspAttempt *at)
{
    if (!at->policy->runtime_class_set || !at->runtime_class.ptr ||
        str_list_has(at->policy->runtime_classes, STR("*")) ||
        str_list_has(at->policy->runtime_classes, at->runtime_class)) {
        return;
    }
    if (psp_fails(at)) {
        Path spec = path_root("spec");
        field_invalid_str(at->errs, path_child(&spec, "runtimeClassName"), at->runtime_class,
                          STR(""));
    }
}

static void patch_pod(const PspAttempt *at, PspPatchPod *patch)
{
    if (at->set & PSP_SET_RUNTIME_CLASS) {
        psp_patch_set(&patch->spec, STR("runtimeClassName"), value_str(at->runtime_class));
    }
}

static bool matters_to(const PspPolicy *policy)
{
    return policy->runtime_class_set;
}

const PspStrategy psp_strategy_runtime_class = {
    .name = STR_INIT("runtimeClass"),
    .matters_to = matters_to,
    .read_pod = read_pod,
    .default_pod = default_pod,
    .check_pod = check_pod,
    .patch_pod = patch_pod,
};
