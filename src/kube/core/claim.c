/* SPDX-License-Identifier: Apache-2.0 */
/* PersistentVolumeClaims. */
#include "kube/core/changed.h"
#include "kube/core/parts.h"
#include "kube/pod/defaults_parts.h"
#include "kube/pod/validate_parts.h"
#include "kube/quantity.h"

enum {
    ANY_DATA_SOURCE_MINOR = 24,
    ATTRIBUTES_CLASS_SINCE = 31,
    VALIDATED_ONCE_SINCE = 36, /* an update; before, by the strategy, too */
};

#define CLASS_ANNOTATION "volume.beta.kubernetes.io/storage-class"

/* -- defaults and preparation ------------------------------------------------------------------ */

static void default_status(Value *claim, Arena *a)
{
    Value *status = value_need_object(claim, STR("status"), a);
    if (status) {
        pod_default_str(status, STR("phase"), STR("Pending"), a);
        pod_default_resource_list(value_get_lit(status, "capacity"), a);
    }
}

void claim_apply_defaults(Value *claim, const KubeTarget *t, Arena *a)
{
    (void)t;
    if (!value_is(claim, VALUE_OBJECT)) {
        return;
    }
    default_status(claim, a);
    Value *spec = value_need_object(claim, STR("spec"), a);
    if (!spec) {
        return;
    }
    if (value_is_null(value_get_lit(spec, "volumeMode"))) {
        value_set_lit(spec, "volumeMode", value_str(STR("Filesystem")), a);
    }
    pod_default_resource_list(value_at(spec, "resources", "limits", NULL), a);
    pod_default_resource_list(value_at(spec, "resources", "requests", NULL), a);
}

/* Claims are filled from claims and snapshots; from anything since 1.24. */
static void drop_data_source(Value *claim, const Value *old, const KubeTarget *t)
{
    Value *spec = value_get_lit(claim, "spec");
    const Value *source = object_of(spec, "dataSource");
    if (!source || t->minor >= ANY_DATA_SOURCE_MINOR || value_at(old, "spec", "dataSource", NULL)) {
        return;
    }
    Str kind = str_of(source, "kind");
    Str group = str_of(source, "apiGroup");
    bool is_claim = str_eq(kind, STR("PersistentVolumeClaim")) && group.len == 0;
    bool is_snapshot = str_eq(kind, STR("VolumeSnapshot")) &&
                       str_eq(group, STR("snapshot.storage.k8s.io"));
    if (!is_claim && !is_snapshot) {
        value_remove(spec, STR("dataSource"));
    }
}

void claim_prepare_for_create(Value *claim, const KubeTarget *t, Arena *a)
{
    value_set_lit(claim, "status", value_object(), a);
    default_status(claim, a); /* as it comes out of the store */
    drop_data_source(claim, NULL, t);
}

void claim_prepare_for_update(Value *claim, const Value *old, const KubeTarget *t, Arena *a)
{
    core_keep(claim, old, STR("status"), a);
    drop_data_source(claim, old, t);
}

void claim_prepare_for_status_update(Value *claim, const Value *old, const KubeTarget *t, Arena *a)
{
    (void)t;
    core_keep(claim, old, STR("spec"), a);
}

/* -- validation -------------------------------------------------------------------------------- */

void claim_validate(const Value *claim, const KubeTarget *t, FieldErrors *errs)
{
    core_check_metadata(claim, true, name_check_dns1123_subdomain, errs);
    PodCheck c = pod_check_new(errs, t, value_get_lit(claim, "metadata"));
    Path path = path_root("spec");
    check_claim_spec(&c, value_get_lit(claim, "spec"), &path);
}

static Str class_annotation(const Value *claim)
{
    return value_get_str(value_at(claim, "metadata", "annotations", NULL), STR(CLASS_ANNOTATION));
}

/* The class moves from the annotation to the field that replaced it. */
static bool upgrades_class(const Value *claim, const Value *old)
{
    Str before = class_annotation(old);
    Str now = class_annotation(claim);
    Str class = value_get_str(value_get_lit(claim, "spec"), STR("storageClassName"));
    bool had_class = value_get_str(value_get_lit(old, "spec"), STR("storageClassName")).ptr != NULL;
    return before.ptr && !had_class && class.ptr && str_eq(class, before) &&
           (!now.ptr || str_eq(now, before));
}

static const Value *storage_of(const Value *spec)
{
    return value_at(spec, "resources", "requests", "storage", NULL);
}

static void check_spec_unchanged(const Value *claim, const Value *old, FieldErrors *errs)
{
    Arena *a = errs->arena;
    Value spec = value_copy(value_get_lit(claim, "spec"), a);
    Value old_spec = value_copy(value_get_lit(old, "spec"), a);
    if (str_of(&old_spec, "volumeName").len == 0) {
        value_remove(&spec, STR("volumeName"));
        value_remove(&old_spec, STR("volumeName"));
    }
    if (upgrades_class(claim, old)) {
        value_remove(&spec, STR("storageClassName"));
    } else {
        Str now = class_annotation(claim);
        Path metadata = path_root("metadata");
        Path annotations = path_child(&metadata, "annotations");
        if (!str_eq(now, class_annotation(old))) {
            field_invalid_str(errs, path_child(&annotations, CLASS_ANNOTATION),
                              now.ptr ? now : STR(""), CORE_IMMUTABLE);
        }
    }
    Value *requests = value_at(&spec, "resources", "requests", NULL);
    const Value *old_storage = storage_of(&old_spec);
    if (str_eq(str_of(value_get_lit(claim, "status"), "phase"), STR("Bound")) && requests &&
        old_storage) {
        value_set_lit(requests, "storage", *old_storage, a);
    }
    core_check_unchanged(&spec, &old_spec, "core.PersistentVolumeClaimSpec", path_root("spec"),
                         errs->minor >= ATTRIBUTES_CLASS_SINCE
                             ? STR("spec is immutable after creation except resources.requests and "
                                   "volumeAttributesClassName for bound claims")
                             : STR("spec is immutable after creation except resources.requests for "
                                   "bound claims"),
                         errs);
}

void claim_validate_update(const Value *claim, const Value *old, const KubeTarget *t,
                           FieldErrors *errs)
{
    if (t->minor < VALIDATED_ONCE_SINCE) {
        claim_validate(claim, t, errs);
    }
    core_check_metadata_update(claim, old, errs);
    claim_validate(claim, t, errs);
    check_spec_unchanged(claim, old, errs);
    const Value *spec = value_get_lit(claim, "spec");
    const Value *old_spec = value_get_lit(old, "spec");
    Quantity now;
    Quantity before;
    if (quantity_parse(value_as_str(storage_of(old_spec)), NULL, &before, NULL)) {
        if (!quantity_parse(value_as_str(storage_of(spec)), NULL, &now, NULL)) {
            now = quantity_from_int(0, QUANTITY_DECIMAL_SI);
        }
        if (quantity_cmp(&now, &before) < 0) {
            Path path = path_root("spec");
            Path resources = path_child(&path, "resources");
            Path requests = path_child(&resources, "requests");
            field_forbidden(errs, path_child(&requests, "storage"),
                            STR("field can not be less than previous value"));
        }
    }
    core_check_same_pointer(spec, old_spec, STR("volumeMode"), errs);
}

void claim_validate_status_update(const Value *claim, const Value *old, const KubeTarget *t,
                                  FieldErrors *errs)
{
    (void)t;
    core_check_metadata_update(claim, old, errs);
    if (!value_len(value_at(claim, "spec", "accessModes", NULL))) {
        Path spec = path_root("Spec"); /* as the API server has it */
        field_required(errs, path_child(&spec, "accessModes"), STR(""));
    }
    Path status = path_root("status");
    Path capacity = path_child(&status, "capacity");
    VALUE_EACH_MEMBER(m, value_at(claim, "status", "capacity", NULL)) {
        Quantity q;
        if (quantity_parse(value_as_str(&m->value), NULL, &q, NULL) && quantity_value(&q) < 0) {
            field_invalid_int(errs, path_key(&capacity, member_key(m)), quantity_value(&q),
                              STR("must be a valid resource quantity"));
        }
    }
}
