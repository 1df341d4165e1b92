/* SPDX-License-Identifier: Apache-2.0 */
/* ReplicationControllers and PodTemplates. */
#include "kube/core/parts.h"
#include "kube/pod/defaults.h"
#include "kube/pod/prepare.h"
#include "kube/pod/validate.h"

/* -- defaults and preparation ------------------------------------------------------------------ */

static Value *template_of(const Value *rc)
{
    return value_at(rc, "spec", "template", NULL);
}

void replication_controller_apply_defaults(Value *rc, const KubeTarget *t, Arena *a)
{
    if (!value_is(rc, VALUE_OBJECT)) {
        return;
    }
    Value *metadata = value_need_object(rc, STR("metadata"), a);
    Value *spec = value_need_object(rc, STR("spec"), a);
    if (!spec || !metadata) {
        return;
    }
    metadata = value_get_lit(rc, "metadata"); /* it may have moved */
    const Value *labels = value_at(spec, "template", "metadata", "labels", NULL);
    if (value_is(labels, VALUE_OBJECT)) {
        Value copy = value_copy(labels, a);
        if (!value_len(value_get_lit(spec, "selector"))) {
            value_set_lit(spec, "selector", copy, a);
        }
        if (!value_len(value_get_lit(metadata, "labels"))) {
            value_set_lit(metadata, "labels", value_copy(&copy, a), a);
        }
    }
    if (value_is_null(value_get_lit(spec, "replicas"))) {
        value_set_lit(spec, "replicas", value_int(1), a);
    }
    if (template_of(rc)) {
        pod_template_apply_defaults(template_of(rc), t, a);
    }
}

static void set_generation(Value *rc, int64_t generation, Arena *a)
{
    Value *metadata = value_need_object(rc, STR("metadata"), a);
    if (metadata) {
        value_set_lit(metadata, "generation", value_int(generation), a);
    }
}

void replication_controller_prepare_for_create(Value *rc, const KubeTarget *t, Arena *a)
{
    Value status = value_object();
    value_set_lit(&status, "replicas", value_int(0), a);
    value_set_lit(rc, "status", status, a);
    set_generation(rc, 1, a);
    if (template_of(rc)) {
        pod_drop_disabled_fields(template_of(rc), NULL, t, a);
    }
}

void replication_controller_prepare_for_update(Value *rc, const Value *old, const KubeTarget *t,
                                               Arena *a)
{
    core_keep(rc, old, STR("status"), a);
    if (template_of(rc)) {
        pod_drop_disabled_fields(template_of(rc), template_of(old), t, a);
    }
    if (!core_same(value_get_lit(rc, "spec"), value_get_lit(old, "spec"), a)) {
        set_generation(rc, int_of(value_get_lit(old, "metadata"), "generation") + 1, a);
    }
}

/* -- validation -------------------------------------------------------------------------------- */

static bool selects(const Value *selector, const Value *labels)
{
    VALUE_EACH_MEMBER(m, selector) {
        Str value = value_get_str(labels, member_key(m));
        if (!value.ptr || !str_eq(value, value_as_str(&m->value))) {
            return false;
        }
    }
    return true;
}

static Str dump_map(const Value *map, Arena *a)
{
    if (value_is_null(map)) {
        return STR("map[string]string(nil)");
    }
    size_t count;
    const Member *members = meta_sorted_members(map, a, &count);
    Buf b = buf_new(a);
    buf_lit(&b, "map[string]string{");
    for (size_t i = 0; i < count; i++) {
        buf_add(&b, i ? STR(", ") : STR(""));
        buf_go_quoted(&b, member_key(&members[i]));
        buf_byte(&b, ':');
        buf_go_quoted(&b, value_as_str(&members[i].value));
    }
    buf_byte(&b, '}');
    return buf_str(&b);
}

/* A disk that several pods mount is read only. */
static void check_shared_disks(const Value *spec, const Path *spec_path, FieldErrors *errs)
{
    Path volumes = path_child(spec_path, "volumes");
    size_t i = 0;
    VALUE_EACH_ITEM(volume, value_get_lit(spec, "volumes")) {
        Path item = path_index(&volumes, i++);
        Path disk_path = path_child(&item, "gcePersistentDisk");
        const Value *disk = object_of(volume, "gcePersistentDisk");
        if (disk && !bool_of(disk, "readOnly")) {
            field_invalid_bool(errs, path_child(&disk_path, "readOnly"), false,
                               STR("must be true for replicated pods > 1; GCE PD can only be "
                                   "mounted on multiple machines if it is read-only"));
        }
    }
}

static void check_template(const Value *spec, const KubeTarget *t, const Path *path,
                           FieldErrors *errs)
{
    static const Str policies[] = { STR_INIT("Always") };
    const Value *template = object_of(spec, "template");
    const Value *selector = value_get_lit(spec, "selector");
    Path pod_path = path_child(path, "spec");
    Path meta_path = path_child(path, "metadata");
    if (!template) {
        field_required(errs, *path, STR(""));
        return;
    }
    const Value *labels = value_at(template, "metadata", "labels", NULL);
    if (value_len(selector) && !selects(selector, labels)) {
        field_invalid_raw(errs, path_child(&meta_path, "labels"), dump_map(labels, errs->arena),
                          STR("`selector` does not match template `labels`"));
    }
    pod_template_validate(template, path, t, errs);
    const Value *pod = value_get_lit(template, "spec");
    if (int_of(spec, "replicas") > 1) {
        check_shared_disks(pod, &pod_path, errs);
    }
    Str policy = str_of(pod, "restartPolicy");
    if (!str_eq(policy, STR("Always"))) {
        field_not_supported(errs, path_child(&pod_path, "restartPolicy"), policy,
                            CHECK_LIST(policies));
    }
    if (!value_is_null(value_get_lit(pod, "activeDeadlineSeconds"))) {
        field_forbidden(errs, path_child(&pod_path, "activeDeadlineSeconds"),
                        STR("activeDeadlineSeconds in ReplicationController is not Supported"));
    }
}

static void check_spec(const Value *rc, const KubeTarget *t, FieldErrors *errs)
{
    const Value *spec = value_get_lit(rc, "spec");
    Path path = path_root("spec");
    Path template = path_child(&path, "template");
    core_check_not_negative(spec, STR("minReadySeconds"), &path, errs);
    if (!value_len(value_get_lit(spec, "selector"))) {
        field_required(errs, path_child(&path, "selector"), STR(""));
    }
    core_check_not_negative(spec, STR("replicas"), &path, errs);
    check_template(spec, t, &template, errs);
}

void replication_controller_validate(const Value *rc, const KubeTarget *t, FieldErrors *errs)
{
    core_check_metadata(rc, true, name_check_dns1123_subdomain, errs);
    check_spec(rc, t, errs);
}

/* What could not be said in this kind when another was converted to it. */
static void check_not_convertible(const Value *rc, const Value *old, FieldErrors *errs)
{
    static const Str prefix = STR_INIT("non-convertible.kubernetes.io");
    const Value *selector = value_at(rc, "spec", "selector", NULL);
    VALUE_EACH_MEMBER(m, value_at(old, "metadata", "annotations", NULL)) {
        Str before;
        Str field;
        if (!str_starts_with(member_key(m), prefix) ||
            !str_split_once(member_key(m), '/', &before, &field) ||
            str_index_byte(field, '/') >= 0) {
            continue;
        }
        if (!str_contains(field, STR("selector"))) {
            field_not_found(errs, path_child_str(NULL, field), value_as_str(&m->value));
            errs->last->detail = STR("unknown non-convertible field");
        } else if (!core_same(selector, value_at(old, "spec", "selector", NULL), errs->arena)) {
            Path spec = path_root("spec");
            field_invalid_raw(errs, path_child(&spec, "selector"), dump_map(selector, errs->arena),
                              STR("cannot update non-convertible selector"));
        }
    }
}

void replication_controller_validate_update(const Value *rc, const Value *old, const KubeTarget *t,
                                            FieldErrors *errs)
{
    replication_controller_validate(rc, t, errs);
    core_check_metadata_update(rc, old, errs);
    check_spec(rc, t, errs);
    check_not_convertible(rc, old, errs);
}

void replication_controller_validate_status_update(const Value *rc, const Value *old,
                                                   const KubeTarget *t, FieldErrors *errs)
{
    static const Str counts[] = { STR_INIT("replicas"), STR_INIT("fullyLabeledReplicas"),
                                  STR_INIT("readyReplicas"), STR_INIT("availableReplicas"),
                                  STR_INIT("observedGeneration") };
    enum { FULLY_LABELED = 1, AVAILABLE = 3 };
    (void)t;
    core_check_metadata_update(rc, old, errs);
    const Value *status = value_get_lit(rc, "status");
    Path path = path_root("status");
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        core_check_not_negative(status, counts[i], &path, errs);
    }
    for (size_t i = FULLY_LABELED; i <= AVAILABLE; i++) {
        int64_t n = check_int(status, counts[i]);
        if (n > int_of(status, "replicas")) {
            field_invalid_int(errs, path_child_str(&path, counts[i]), n,
                              STR("cannot be greater than status.replicas"));
        }
    }
    int64_t available = int_of(status, "availableReplicas");
    if (available > int_of(status, "readyReplicas")) {
        field_invalid_int(errs, path_child(&path, "availableReplicas"), available,
                          STR("cannot be greater than readyReplicas"));
    }
}

/* -- pod templates ----------------------------------------------------------------------------- */

void pod_template_object_apply_defaults(Value *template, const KubeTarget *t, Arena *a)
{
    Value *own = value_is(template, VALUE_OBJECT) ? value_need_object(template, STR("template"), a)
                                                  : NULL;
    if (own) {
        pod_template_apply_defaults(own, t, a);
    }
}

void pod_template_object_prepare_for_create(Value *template, const KubeTarget *t, Arena *a)
{
    Value *own = value_get_lit(template, "template");
    if (own) {
        pod_drop_disabled_fields(own, NULL, t, a);
    }
}

void pod_template_object_prepare_for_update(Value *template, const Value *old, const KubeTarget *t,
                                            Arena *a)
{
    Value *own = value_get_lit(template, "template");
    if (own) {
        pod_drop_disabled_fields(own, value_get_lit(old, "template"), t, a);
    }
}

static void check_pod_template(const Value *template, const KubeTarget *t, FieldErrors *errs)
{
    Path path = path_root("template");
    pod_template_validate(value_get_lit(template, "template"), &path, t, errs);
}

void pod_template_object_validate(const Value *template, const KubeTarget *t, FieldErrors *errs)
{
    core_check_metadata(template, true, name_check_dns1123_subdomain, errs);
    check_pod_template(template, t, errs);
}

void pod_template_object_validate_update(const Value *template, const Value *old,
                                         const KubeTarget *t, FieldErrors *errs)
{
    core_check_metadata_update(template, old, errs);
    check_pod_template(template, t, errs);
}
