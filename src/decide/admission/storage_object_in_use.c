/* SPDX-License-Identifier: Apache-2.0 */
/*
 * StorageObjectInUseProtection: a claim stays as long as a pod uses it, a volume as long as it is
 * bound to a claim. Each is given the finalizer that a controller takes away in time.
 *
 * Source: Kubernetes plugin/pkg/admission/storage/storageobjectinuseprotection
 */
#include "decide/admission/run.h"

static void add_finalizer(AdmissionRun *run, Str finalizer)
{
    Value *metadata = value_need_object(admission_own(run), STR("metadata"), run->arena);
    if (metadata == NULL) {
        return;
    }
    Value *list = value_get_lit(metadata, "finalizers");
    VALUE_EACH_ITEM(item, list) {
        if (str_eq(value_as_str(item), finalizer)) {
            return;
        }
    }
    if (!value_is(list, VALUE_ARRAY)) {
        list = value_set_lit(metadata, "finalizers", value_array(), run->arena);
    }
    value_add(list, value_str(finalizer), run->arena);
    admission_note(run, "add finalizer %.*s", STR_ARG(finalizer));
}

static bool mutate(AdmissionRun *run)
{
    if (admission_is(run, "", "persistentvolumes", "")) {
        add_finalizer(run, STR("kubernetes.io/pv-protection"));
    } else if (admission_is(run, "", "persistentvolumeclaims", "")) {
        add_finalizer(run, STR("kubernetes.io/pvc-protection"));
    }
    return true;
}

const AdmissionPlugin admission_storage_object_in_use = {
    .name = STR_INIT("StorageObjectInUseProtection"),
    .operations = ADMISSION_CREATE,
    .mutate = mutate,
};
