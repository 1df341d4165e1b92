/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is special about one resource on its way into the store: a row for each.
 *
 * Source: Kubernetes pkg/registry/<group>/<resource>/strategy.go
 */
#include "decide/admission/run.h"
#include "decide/psp/object.h"
#include "decide/rbac/escalate.h"
#include "decide/rbac/validate.h"
#include "kube/pod/defaults.h"
#include "kube/pod/prepare.h"

/* -- pods -------------------------------------------------------------------------------------- */

static void pod_prepare_new(AdmissionRun *run)
{
    pod_prepare_for_create(admission_own(run), run->request->target, run->arena);
}

static void pod_prepare_changed(AdmissionRun *run)
{
    pod_prepare_for_update(admission_own(run), run->old_object, run->request->target, run->arena);
}

/* -- pods/ephemeralcontainers, whose body up to 1.21 is a kind of its own
 * --------------------------- */

static void ephemeral_defaults(Value *object, const KubeTarget *target, Arena *a)
{
    Value *list = value_get_lit(object, "ephemeralContainers");
    if (!value_is(list, VALUE_ARRAY)) {
        pod_apply_defaults(object, target, a);
        return;
    }
    Value spec = value_object();
    value_set_lit(&spec, "ephemeralContainers", *list, a);
    Value pod = value_object();
    value_set_lit(&pod, "spec", spec, a);
    pod_apply_defaults(&pod, target, a);
    value_set_lit(object, "ephemeralContainers",
                  *value_at(&pod, "spec", "ephemeralContainers", NULL), a);
}

/* -- PodSecurityPolicies ------------------------------------------------------------------------
 */

static void policy_defaults(Value *object, const KubeTarget *target, Arena *a)
{
    (void)target;
    psp_apply_defaults(object, a);
}

static void policy_prepare(AdmissionRun *run)
{
    psp_prepare(admission_own(run), run->old_object, run->request->target);
}

static void policy_validate(AdmissionRun *run, FieldErrors *errs)
{
    psp_validate(&run->object, run->request->target, errs);
}

/* -- RBAC ------------------------------------------------------------------------------------------
 */

static void rbac_defaults(Value *object, const KubeTarget *target, Arena *a)
{
    (void)target;
    rbac_apply_defaults(object, a);
}

static void rbac_validate_new(AdmissionRun *run, FieldErrors *errs)
{
    rbac_validate_create(&run->object, errs);
}

static void rbac_validate_changed(AdmissionRun *run, FieldErrors *errs)
{
    rbac_validate_update(&run->object, run->old_object, errs);
}

static bool rbac_guard(AdmissionRun *run)
{
    const AdmissionRequest *r = run->request;
    RbacWrite write = {
        .user = r->user,
        .kind = r->kind,
        .namespace = r->namespace,
        .name = r->name,
        .object = &run->object,
        .old = run->old_object,
    };
    Status refusal;
    return rbac_write_allowed(run->facts, &write, run->arena, &refusal) ||
           admission_refuse(run, refusal);
}

/* -- the rows
 * --------------------------------------------------------------------------------------- */

static const AdmissionStrategy strategies[] = {
    {
        .resource = STR_INIT("pods"),
        .defaults = pod_apply_defaults,
        .prepare_create = pod_prepare_new,
        .prepare_update = pod_prepare_changed,
    },
    {
        .resource = STR_INIT("pods"),
        .subresource = STR_INIT("ephemeralcontainers"),
        .old_kind = STR_INIT("Pod"),
        .defaults = ephemeral_defaults,
    },
    {
        .group = STR_INIT("policy"),
        .resource = STR_INIT("podsecuritypolicies"),
        .defaults = policy_defaults,
        .prepare_create = policy_prepare,
        .prepare_update = policy_prepare,
        .validate_create = policy_validate,
        .validate_update = policy_validate,
        .invalid_group = STR_INIT("extensions"),
    },
    {
        .group = STR_INIT(RBAC_GROUP),
        .resource = STR_INIT("roles"),
        .defaults = rbac_defaults,
        .guard = rbac_guard,
        .validate_create = rbac_validate_new,
        .validate_update = rbac_validate_changed,
    },
    {
        .group = STR_INIT(RBAC_GROUP),
        .resource = STR_INIT("clusterroles"),
        .defaults = rbac_defaults,
        .guard = rbac_guard,
        .validate_create = rbac_validate_new,
        .validate_update = rbac_validate_changed,
    },
    {
        .group = STR_INIT(RBAC_GROUP),
        .resource = STR_INIT("rolebindings"),
        .defaults = rbac_defaults,
        .guard = rbac_guard,
        .validate_create = rbac_validate_new,
        .validate_update = rbac_validate_changed,
    },
    {
        .group = STR_INIT(RBAC_GROUP),
        .resource = STR_INIT("clusterrolebindings"),
        .defaults = rbac_defaults,
        .guard = rbac_guard,
        .validate_create = rbac_validate_new,
        .validate_update = rbac_validate_changed,
    },
};

const AdmissionStrategy *admission_strategy_find(Str group, Str resource, Str subresource)
{
    static const AdmissionStrategy nothing_special;
    for (size_t i = 0; i < COUNT_OF(strategies); i++) {
        if (str_eq(strategies[i].resource, resource) &&
            str_eq(strategies[i].subresource, subresource) && str_eq(strategies[i].group, group)) {
            return &strategies[i];
        }
    }
    return &nothing_special;
}
