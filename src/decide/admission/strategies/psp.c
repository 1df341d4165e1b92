/* SPDX-License-Identifier: Apache-2.0 */
/* PodSecurityPolicies. Source: Kubernetes pkg/registry/policy/podsecuritypolicy */
#include "decide/admission/strategies/strategies.h"
#include "decide/psp/object.h"
#include "kube/meta.h"

static void policy_defaults(Value *object, const KubeTarget *target, Arena *a)
{
    (void)target;
    psp_apply_defaults(object, a);
}

static void policy_prepare(AdmissionRun *run)
{
    psp_prepare(admission_own(run), run->old_object, run->request->target);
}

static void policy_validate_new(AdmissionRun *run, FieldErrors *errs)
{
    const Value *metadata = value_get_lit(&run->object, "metadata");
    Path at = path_root("metadata");
    meta_validate(metadata, false, name_check_dns1123_subdomain, &at, errs);
    meta_validate_finalizers(metadata, &at, errs);
    psp_validate(&run->object, run->request->target, errs);
}

static void policy_validate_changed(AdmissionRun *run, FieldErrors *errs)
{
    const Value *metadata = value_get_lit(&run->object, "metadata");
    Path at = path_root("metadata");
    meta_validate_update(metadata, value_get_lit(run->old_object, "metadata"), &at, errs);
    meta_validate_finalizers(metadata, &at, errs);
    psp_validate(&run->object, run->request->target, errs);
}

static const AdmissionStrategy rows[] = {
    {
        .group = STR_INIT("policy"),
        .resource = STR_INIT("podsecuritypolicies"),
        .defaults = policy_defaults,
        .prepare_create = policy_prepare,
        .prepare_update = policy_prepare,
        .validate_create = policy_validate_new,
        .validate_update = policy_validate_changed,
        .invalid_group = STR_INIT("extensions"),
    },
};

const AdmissionStrategyList admission_strategies_psp = { rows, COUNT_OF(rows) };
