/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DefaultStorageClass: a claim that names no class gets the one that is marked as the default.
 *
 * Source: Kubernetes plugin/pkg/admission/storage/storageclass/setdefault
 */
#include "decide/admission/run.h"

enum { NEWEST_COUNTS_SINCE = 26 }; /* before, several defaults were an error */

static bool is_default(const Value *class)
{
    static const char *const marks[] = { "storageclass.kubernetes.io/is-default-class",
                                         "storageclass.beta.kubernetes.io/is-default-class" };
    const Value *annotations = value_at(class, "metadata", "annotations", NULL);
    for (size_t i = 0; i < COUNT_OF(marks); i++) {
        if (str_eq(value_get_str(annotations, str_from_c(marks[i])), STR("true"))) {
            return true;
        }
    }
    return false;
}

static Str created(const Value *class)
{
    return value_as_str(value_at(class, "metadata", "creationTimestamp", NULL));
}

/* The newest of them; of several equally old the first by name. */
static const Value *find_default(const AdmissionRun *run, size_t *count)
{
    ObjectKey key = { STR("storage.k8s.io"), STR("StorageClass"), STR(""), STR("") };
    ObjectList classes = run->facts->objects(run->facts->cluster, key);
    const Value *found = NULL;
    *count = 0;
    for (size_t i = 0; i < classes.count; i++) {
        if (is_default(classes.items[i])) {
            ++*count;
            if (found == NULL || str_cmp(created(classes.items[i]), created(found)) > 0) {
                found = classes.items[i];
            }
        }
    }
    return found;
}

/* "" is a class too: that of volumes without one. */
static bool names_class(const Value *claim)
{
    const Value *old = value_at(claim, "metadata", "annotations",
                                "volume.beta.kubernetes.io/storage-class", NULL);
    return !value_is_null(old) || !value_is_null(value_at(claim, "spec", "storageClassName", NULL));
}

static bool mutate(AdmissionRun *run)
{
    if (!admission_is(run, "", "persistentvolumeclaims", "") || names_class(&run->object)) {
        return true;
    }
    size_t count;
    const Value *class = find_default(run, &count);
    if (class == NULL) {
        return true;
    }
    if (count > 1 && run->request->target->minor < NEWEST_COUNTS_SINCE) {
        return admission_forbid(
            run, "Internal error occurred: %zu default StorageClasses were found", count);
    }
    Value *spec = value_need_object(admission_own(run), STR("spec"), run->arena);
    Str name = value_as_str(value_at(class, "metadata", "name", NULL));
    if (spec) {
        value_set_lit(spec, "storageClassName", value_str(name), run->arena);
        admission_note(run, "set storageClassName %.*s", STR_ARG(name));
    }
    return true;
}

const AdmissionPlugin admission_default_storage_class = {
    .name = STR_INIT("DefaultStorageClass"),
    .operations = ADMISSION_CREATE,
    .mutate = mutate,
};
