/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of storage.k8s.io. Source: Kubernetes pkg/registry/storage */
#include "decide/admission/strategies/prepare.h"
#include "decide/admission/strategies/strategies.h"
#include "kube/groups/storage.h"

#define GROUP STR_INIT("storage.k8s.io")

/* The two hooks of a kind whose checks are functions of the objects and the target. */
#define VALIDATES(kind)                                                                    \
    static void kind##_validate_new(AdmissionRun *run, FieldErrors *errs)                  \
    {                                                                                      \
        kind##_validate_create(&run->object, run->request->target, errs);                  \
    }                                                                                      \
    static void kind##_validate_changed(AdmissionRun *run, FieldErrors *errs)              \
    {                                                                                      \
        kind##_validate_update(&run->object, run->old_object, run->request->target, errs); \
    }

VALIDATES(storage_class)
VALIDATES(volume_attachment)
VALIDATES(csi_driver)
VALIDATES(csi_node)
VALIDATES(csi_storage_capacity)

/* -- VolumeAttachments: in v1beta1 the status can be written with the rest -----------------------
 */

static bool is_beta(const AdmissionRun *run)
{
    return str_eq(run->request->version, STR("v1beta1"));
}

static void volume_attachment_prepare_new(AdmissionRun *run)
{
    if (!is_beta(run)) {
        prepare_clear(run, STR("status"));
    }
}

static void volume_attachment_prepare_changed(AdmissionRun *run)
{
    if (!is_beta(run)) {
        prepare_keep(run, STR("status"));
    }
}

/* Of the metadata a status changes nothing that tells what to do with the object. */
static void volume_attachment_status_prepare(AdmissionRun *run)
{
    static const Str kept[] = { STR_INIT("deletionGracePeriodSeconds"),
                                STR_INIT("generation"),
                                STR_INIT("labels"),
                                STR_INIT("annotations"),
                                STR_INIT("finalizers"),
                                STR_INIT("ownerReferences") };
    prepare_keep(run, STR("spec"));
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        prepare_keep_metadata(run, kept[i]);
    }
}

/* -- CSIDrivers ---------------------------------------------------------------------------------
 */

static void csi_driver_prepare_new(AdmissionRun *run)
{
    csi_driver_drop_disabled(admission_own(run), NULL, run->request->target);
}

static void csi_driver_prepare_changed(AdmissionRun *run)
{
    static const Str counted[] = { STR_INIT("tokenRequests"), STR_INIT("requiresRepublish") };
    Value *driver = admission_own(run);
    csi_driver_drop_disabled(driver, run->old_object, run->request->target);
    enum { WHOLE_SPEC_SINCE = 30 };
    if (run->request->target->minor >= WHOLE_SPEC_SINCE) {
        prepare_next_generation(run, STR("spec"));
        return;
    }
    const Value *spec = value_get_lit(driver, "spec");
    const Value *before = value_get_lit(run->old_object, "spec");
    for (size_t i = 0; i < COUNT_OF(counted); i++) {
        if (!prepare_same(value_get(spec, counted[i]), value_get(before, counted[i]))) {
            prepare_next_generation(run, STR("spec"));
            return;
        }
    }
}

static const AdmissionStrategy rows[] = {
    {
        .group = GROUP,
        .resource = STR_INIT("storageclasses"),
        .defaults = storage_class_apply_defaults,
        .validate_create = storage_class_validate_new,
        .validate_update = storage_class_validate_changed,
    },
    {
        .group = GROUP,
        .resource = STR_INIT("volumeattachments"),
        .prepare_create = volume_attachment_prepare_new,
        .prepare_update = volume_attachment_prepare_changed,
        .validate_create = volume_attachment_validate_new,
        .validate_update = volume_attachment_validate_changed,
        .needs_version = true,
    },
    {
        .group = GROUP,
        .resource = STR_INIT("volumeattachments"),
        .subresource = STR_INIT("status"),
        .prepare_update = volume_attachment_status_prepare,
        .validate_update = volume_attachment_validate_changed,
        .needs_version = true,
    },
    {
        .group = GROUP,
        .resource = STR_INIT("csidrivers"),
        .defaults = csi_driver_apply_defaults,
        .prepare_create = csi_driver_prepare_new,
        .prepare_update = csi_driver_prepare_changed,
        .validate_create = csi_driver_validate_new,
        .validate_update = csi_driver_validate_changed,
        .needs_version = true,
    },
    {
        .group = GROUP,
        .resource = STR_INIT("csinodes"),
        .validate_create = csi_node_validate_new,
        .validate_update = csi_node_validate_changed,
        .needs_version = true,
    },
    {
        .group = GROUP,
        .resource = STR_INIT("csistoragecapacities"),
        .validate_create = csi_storage_capacity_validate_new,
        .validate_update = csi_storage_capacity_validate_changed,
        .needs_version = true,
    },
};

const AdmissionStrategyList admission_strategies_storage = { rows, COUNT_OF(rows) };
