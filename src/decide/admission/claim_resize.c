/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PersistentVolumeClaimResize: a claim may ask for more once it is bound, where its class says that
 * volumes of it can grow.
 *
 * Source: Kubernetes plugin/pkg/admission/storage/persistentvolume/resize
 */
#include "decide/admission/run.h"
#include "kube/resources.h"

static bool grows(const AdmissionRun *run)
{
    Arena *a = run->arena;
    const Value *now = value_at(&run->object, "spec", "resources", "requests", NULL);
    const Value *before = value_at(run->old_object, "spec", "resources", "requests", NULL);
    ResourceList new_sizes = resources_read(now, a), old_sizes = resources_read(before, a);
    const Quantity *new_size = resources_find(new_sizes, STR("storage"));
    const Quantity *old_size = resources_find(old_sizes, STR("storage"));
    return new_size && old_size && quantity_cmp(new_size, old_size) > 0;
}

static bool class_allows(const AdmissionRun *run)
{
    Str old_name = value_as_str(value_at(&run->object, "metadata", "annotations",
                                         "volume.beta.kubernetes.io/storage-class", NULL));
    Str name = value_as_str(value_at(&run->object, "spec", "storageClassName", NULL));
    ObjectKey key = { STR("storage.k8s.io"), STR("StorageClass"), STR(""),
                      old_name.ptr ? old_name : name };
    const Value *class = key.name.len ? run->facts->object(run->facts->cluster, key) : NULL;
    return value_get_bool(class, STR("allowVolumeExpansion")).value;
}

static bool validate(AdmissionRun *run)
{
    if (!admission_is(run, "", "persistentvolumeclaims", "") || !grows(run)) {
        return true;
    }
    Str phase = value_as_str(value_at(run->old_object, "status", "phase", NULL));
    if (!str_eq(phase, STR("Bound"))) {
        return admission_forbid(run, "Only bound persistent volume claims can be expanded");
    }
    return class_allows(run) ||
           admission_forbid(run, "only dynamically provisioned pvc can be resized and the "
                                 "storageclass that provisions the pvc must support resize");
}

const AdmissionPlugin admission_claim_resize = {
    .name = STR_INIT("PersistentVolumeClaimResize"),
    .operations = ADMISSION_UPDATE,
    .validate = validate,
};
