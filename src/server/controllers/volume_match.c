/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which PersistentVolume suits a claim.
 *
 * Source: Kubernetes pkg/controller/volume/persistentvolume/util (FindMatchingVolume)
 */
#include "server/controllers/volume_match.h"

#include "kube/resources.h"
#include "kube/selector.h"

static Str meta(const Value *object, const char *field)
{
    return value_as_str(value_at(object, "metadata", field, NULL));
}

Str volume_class(const Value *object)
{
    Str old = value_as_str(value_at(object, "metadata", "annotations",
                                    "volume.beta.kubernetes.io/storage-class", NULL));
    Str class = old.ptr ? old : value_as_str(value_at(object, "spec", "storageClassName", NULL));
    return class.ptr ? class : STR("");
}

bool volume_is_for(const Value *volume, const Value *claim)
{
    const Value *ref = value_at(volume, "spec", "claimRef", NULL);
    Str uid = value_get_str(ref, STR("uid"));
    return str_eq(value_get_str(ref, STR("name")), meta(claim, "name")) &&
           str_eq(value_get_str(ref, STR("namespace")), meta(claim, "namespace")) &&
           (uid.len == 0 || str_eq(uid, meta(claim, "uid"))) && ref != NULL;
}

static bool has_modes(const Value *volume, const Value *claim)
{
    VALUE_EACH_ITEM(wanted, value_at(claim, "spec", "accessModes", NULL)) {
        bool found = false;
        VALUE_EACH_ITEM(mode, value_at(volume, "spec", "accessModes", NULL)) {
            found |= value_equal(mode, wanted);
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

static Str mode_of(const Value *object)
{
    Str mode = value_as_str(value_at(object, "spec", "volumeMode", NULL));
    return mode.len ? mode : STR("Filesystem");
}

static const Quantity *storage(ResourceList list)
{
    return resources_find(list, STR("storage"));
}

static bool is_large_enough(const Value *volume, const Value *claim, Arena *a)
{
    ResourceList has = resources_read(value_at(volume, "spec", "capacity", NULL), a);
    ResourceList wants = resources_read(value_at(claim, "spec", "resources", "requests", NULL), a);
    return storage(wants) == NULL ||
           (storage(has) && quantity_cmp(storage(has), storage(wants)) >= 0);
}

static bool is_selected(const Value *volume, const Value *claim, Arena *a)
{
    LabelSelector selector;
    Err err;
    const Value *in = value_at(claim, "spec", "selector", NULL);
    return value_is_null(in) ||
           (label_selector_read(in, a, &selector, &err) &&
            label_selector_matches(&selector, value_at(volume, "metadata", "labels", NULL)));
}

static bool is_smaller(const Value *a_volume, const Value *b_volume, Arena *a)
{
    ResourceList left = resources_read(value_at(a_volume, "spec", "capacity", NULL), a);
    ResourceList right = resources_read(value_at(b_volume, "spec", "capacity", NULL), a);
    return storage(left) && storage(right) && quantity_cmp(storage(left), storage(right)) < 0;
}

const Value *volume_find(const Value *claim, const Value *const *volumes, size_t count, Arena *a)
{
    const Value *best = NULL;
    for (size_t i = 0; i < count; i++) {
        const Value *volume = volumes[i];
        bool is_claimed = !value_is_null(value_at(volume, "spec", "claimRef", NULL));
        if ((is_claimed && !volume_is_for(volume, claim)) ||
            meta(volume, "deletionTimestamp").len || !is_large_enough(volume, claim, a) ||
            !str_eq(mode_of(volume), mode_of(claim))) {
            continue;
        }
        if (is_claimed) {
            return volume;
        }
        Str phase = value_as_str(value_at(volume, "status", "phase", NULL));
        if (str_eq(phase, STR("Available")) && has_modes(volume, claim) &&
            str_eq(volume_class(volume), volume_class(claim)) && is_selected(volume, claim, a) &&
            (best == NULL || is_smaller(volume, best, a))) {
            best = volume;
        }
    }
    return best;
}
