/* SPDX-License-Identifier: Apache-2.0 */
/* EndpointSlices, FlowSchemas and PriorityLevelConfigurations. Source: Kubernetes
 * pkg/registry/discovery, pkg/registry/flowcontrol */
#include "decide/admission/strategies/prepare.h"
#include "decide/admission/strategies/strategies.h"
#include "kube/groups/endpoint_slice.h"
#include "kube/groups/flow_control.h"

/* -- EndpointSlices: all but the metadata counts as a change, and since 1.21 labels too -----------
 */

static bool same_labels(const AdmissionRun *run)
{
    return prepare_same(value_at(&run->object, "metadata", "labels", NULL),
                        value_at(run->old_object, "metadata", "labels", NULL));
}

static void endpoint_slice_prepare_new(AdmissionRun *run)
{
    prepare_first_generation(run);
    endpoint_slice_drop_disabled(admission_own(run), NULL, run->request->target);
}

static void endpoint_slice_prepare_changed(AdmissionRun *run)
{
    static const Str counted[] = { STR_INIT("addressType"), STR_INIT("endpoints"),
                                   STR_INIT("ports") };
    enum { LABELS_COUNT_SINCE = 21 };
    for (size_t i = 0; i < COUNT_OF(counted); i++) {
        prepare_next_generation(run, counted[i]);
    }
    if (run->request->target->minor >= LABELS_COUNT_SINCE && !same_labels(run)) {
        prepare_next_generation(run, STR("metadata"));
    }
    endpoint_slice_drop_disabled(admission_own(run), run->old_object, run->request->target);
}

static void endpoint_slice_validate_new(AdmissionRun *run, FieldErrors *errs)
{
    endpoint_slice_validate_create(&run->object, run->request->target, errs);
}

static void endpoint_slice_validate_changed(AdmissionRun *run, FieldErrors *errs)
{
    endpoint_slice_validate_update(&run->object, run->old_object, run->request->target, errs);
}

/* -- flow control -------------------------------------------------------------------------------
 */

static void flow_prepare_new(AdmissionRun *run)
{
    prepare_first_generation(run);
    prepare_clear(run, STR("status"));
}

static void flow_prepare_changed(AdmissionRun *run)
{
    prepare_next_generation(run, STR("spec"));
    prepare_keep(run, STR("status"));
}

/* Of the metadata only the managed fields follow a status. */
static void flow_prepare_status(AdmissionRun *run)
{
    Arena *a = run->arena;
    Value *object = admission_own(run);
    const Value *given = value_at(object, "metadata", "managedFields", NULL);
    Value managed = given ? *given : value_null();
    Value version = value_str(value_as_str(value_at(object, "metadata", "resourceVersion", NULL)));
    prepare_keep(run, STR("spec"));
    prepare_keep(run, STR("metadata"));
    Value *metadata = value_need_object(object, STR("metadata"), a);
    if (given) {
        value_set_lit(metadata, "managedFields", managed, a);
    }
    if (version.len) {
        value_set_lit(metadata, "resourceVersion", version, a);
    }
}

static void flow_validate_status(AdmissionRun *run, FieldErrors *errs)
{
    flow_control_validate_status(&run->object, errs);
}

static void flow_schema_validate_new(AdmissionRun *run, FieldErrors *errs)
{
    flow_schema_validate_create(&run->object, run->request->target, errs);
}

static void flow_schema_validate_changed(AdmissionRun *run, FieldErrors *errs)
{
    flow_schema_validate_update(&run->object, run->old_object, run->request->target, errs);
}

static void priority_level_validate_new(AdmissionRun *run, FieldErrors *errs)
{
    priority_level_validate_create(&run->object, run->request->target, errs);
}

static void priority_level_validate_changed(AdmissionRun *run, FieldErrors *errs)
{
    priority_level_validate_update(&run->object, run->old_object, run->request->target, errs);
}

#define FLOW(resource_name, kind)                                                               \
    {                                                                                           \
        .group = STR_INIT("flowcontrol.apiserver.k8s.io"),                                      \
        .resource = STR_INIT(resource_name),                                                    \
        .defaults = kind##_apply_defaults,                                                      \
        .prepare_create = flow_prepare_new,                                                     \
        .prepare_update = flow_prepare_changed,                                                 \
        .validate_create = kind##_validate_new,                                                 \
        .validate_update = kind##_validate_changed,                                             \
    },                                                                                          \
    {                                                                                           \
        .group = STR_INIT("flowcontrol.apiserver.k8s.io"), .resource = STR_INIT(resource_name), \
        .subresource = STR_INIT("status"), .defaults = kind##_apply_defaults,                   \
        .prepare_update = flow_prepare_status, .validate_update = flow_validate_status,         \
    }

static const AdmissionStrategy rows[] = {
    {
        .group = STR_INIT("discovery.k8s.io"),
        .resource = STR_INIT("endpointslices"),
        .defaults = endpoint_slice_apply_defaults,
        .prepare_create = endpoint_slice_prepare_new,
        .prepare_update = endpoint_slice_prepare_changed,
        .validate_create = endpoint_slice_validate_new,
        .validate_update = endpoint_slice_validate_changed,
    },
    FLOW("flowschemas", flow_schema),
    FLOW("prioritylevelconfigurations", priority_level),
};

const AdmissionStrategyList admission_strategies_traffic = { rows, COUNT_OF(rows) };
