/* SPDX-License-Identifier: Apache-2.0 */
/* The groups of one kind or two: coordination, node. Source: Kubernetes pkg/registry */
#include "decide/admission/strategies/prepare.h"
#include "decide/admission/strategies/strategies.h"
#include "kube/groups/lease.h"
#include "kube/groups/runtime_class.h"

static void lease_validate_new(AdmissionRun *run, FieldErrors *errs)
{
    lease_validate_create(&run->object, errs);
}

static void lease_validate_changed(AdmissionRun *run, FieldErrors *errs)
{
    lease_validate_update(&run->object, run->old_object, errs);
}

static void runtime_class_validate_new(AdmissionRun *run, FieldErrors *errs)
{
    runtime_class_validate_create(&run->object, run->request->target, errs);
}

static void runtime_class_validate_changed(AdmissionRun *run, FieldErrors *errs)
{
    runtime_class_validate_update(&run->object, run->old_object, run->request->target, errs);
}

static const AdmissionStrategy rows[] = {
    {
        .group = STR_INIT("coordination.k8s.io"),
        .resource = STR_INIT("leases"),
        .validate_create = lease_validate_new,
        .validate_update = lease_validate_changed,
        .needs_version = true,
        .put_creates = true,
    },
    {
        .group = STR_INIT("node.k8s.io"),
        .resource = STR_INIT("runtimeclasses"),
        .validate_create = runtime_class_validate_new,
        .validate_update = runtime_class_validate_changed,
        .needs_version = true,
        .put_creates = true,
    },
};

const AdmissionStrategyList admission_strategies_groups = { rows, COUNT_OF(rows) };
