/* SPDX-License-Identifier: Apache-2.0 */
/* Roles and bindings. Source: Kubernetes pkg/registry/rbac */
#include "decide/admission/strategies/strategies.h"
#include "decide/rbac/escalate.h"
#include "decide/rbac/validate.h"

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

static const AdmissionStrategy rows[] = {
    {
        .group = STR_INIT(RBAC_GROUP),
        .resource = STR_INIT("roles"),
        .defaults = rbac_defaults,
        .guard = rbac_guard,
        .validate_create = rbac_validate_new,
        .validate_update = rbac_validate_changed,
        .put_creates = true,
    },
    {
        .group = STR_INIT(RBAC_GROUP),
        .resource = STR_INIT("clusterroles"),
        .defaults = rbac_defaults,
        .guard = rbac_guard,
        .validate_create = rbac_validate_new,
        .validate_update = rbac_validate_changed,
        .put_creates = true,
    },
    {
        .group = STR_INIT(RBAC_GROUP),
        .resource = STR_INIT("rolebindings"),
        .defaults = rbac_defaults,
        .guard = rbac_guard,
        .validate_create = rbac_validate_new,
        .validate_update = rbac_validate_changed,
        .put_creates = true,
    },
    {
        .group = STR_INIT(RBAC_GROUP),
        .resource = STR_INIT("clusterrolebindings"),
        .defaults = rbac_defaults,
        .guard = rbac_guard,
        .validate_create = rbac_validate_new,
        .validate_update = rbac_validate_changed,
        .put_creates = true,
    },
};

const AdmissionStrategyList admission_strategies_rbac = { rows, COUNT_OF(rows) };
