/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces. Source: Kubernetes pkg/registry/core/namespace */
#include "decide/admission/strategies/strategies.h"
#include "kube/meta.h"

enum { NAME_LABEL_SINCE = 21 };

/* Namespaces can be selected by name. */
static void label_with_name(Value *namespace, const KubeTarget *target, Arena *a)
{
    Str name = value_as_str(value_at(namespace, "metadata", "name", NULL));
    if (target->minor < NAME_LABEL_SINCE || name.len == 0) {
        return;
    }
    Value *metadata = value_need_object(namespace, STR("metadata"), a);
    Value *labels = metadata ? value_need_object(metadata, STR("labels"), a) : NULL;
    if (labels) {
        value_set_lit(labels, "kubernetes.io/metadata.name", value_str(name), a);
    }
}

static void prepare_create(AdmissionRun *run)
{
    Arena *a = run->arena;
    Value *namespace = admission_own(run);
    label_with_name(namespace, run->request->target, a); /* by now generated names are known */
    Value *spec = value_need_object(namespace, STR("spec"), a);
    const Value *given = value_get_lit(spec, "finalizers");
    Value finalizers = value_is(given, VALUE_ARRAY) ? value_copy(given, a) : value_array();
    bool has = false;
    VALUE_EACH_ITEM(f, &finalizers) {
        has |= str_eq(value_as_str(f), STR("kubernetes"));
    }
    if (!has) {
        value_add(&finalizers, value_str(STR("kubernetes")), a);
    }
    value_set_lit(spec, "finalizers", finalizers, a);
    Value status = value_object();
    value_set_lit(&status, "phase", value_str(STR("Active")), a);
    value_set_lit(namespace, "status", status, a);
}

static void check_finalizer(Str name, const Path *path, FieldErrors *errs)
{
    static const Str standard[] = { STR_INIT("kubernetes"), STR_INIT("orphan"),
                                    STR_INIT("foregroundDeletion") };
    StrList known = { standard, COUNT_OF(standard) };
    name_report(errs, *path, name, name_check_qualified(name));
    if (str_index_byte(name, '/') < 0 && !str_list_has(known, name)) {
        field_invalid_str(errs, *path, name,
                          STR("name is neither a standard finalizer name nor is it fully "
                              "qualified"));
    }
}

static void check_metadata_update(const AdmissionRun *run, FieldErrors *errs)
{
    const Value *metadata = value_get_lit(&run->object, "metadata");
    Path at = path_root("metadata");
    meta_validate_update(metadata, value_get_lit(run->old_object, "metadata"), &at, errs);
    meta_validate_finalizers(metadata, &at, errs);
}

static void namespace_validate(AdmissionRun *run, FieldErrors *errs)
{
    const Value *metadata = value_get_lit(&run->object, "metadata");
    Path at = path_root("metadata");
    meta_validate(metadata, false, name_check_dns1123_label, &at, errs);
    meta_validate_finalizers(metadata, &at, errs);
    Path spec = path_root("spec");
    Path finalizers = path_child(&spec, "finalizers");
    VALUE_EACH_ITEM(f, value_at(&run->object, "spec", "finalizers", NULL)) {
        check_finalizer(value_as_str(f), &finalizers, errs);
    }
}

/* -- updates: of the namespace itself only labels and annotations can be written ------------------
 */

static void keep(AdmissionRun *run, const char *member)
{
    Value *namespace = admission_own(run);
    const Value *stored = value_get(run->old_object, str_from_c(member));
    if (stored) {
        value_set(namespace, str_from_c(member), value_copy(stored, run->arena), run->arena);
    } else {
        value_remove(namespace, str_from_c(member));
    }
}

static void prepare_update(AdmissionRun *run)
{
    keep(run, "spec");
    keep(run, "status");
}

static void validate_update(AdmissionRun *run, FieldErrors *errs)
{
    namespace_validate(run, errs);
    check_metadata_update(run, errs);
}

/* -- namespaces/status: the phase follows from being deleted --------------------------------------
 */

static void status_defaults(Value *namespace, const KubeTarget *target, Arena *a)
{
    label_with_name(namespace, target, a);
    Value *status = value_need_object(namespace, STR("status"), a);
    if (status && value_get_str(status, STR("phase")).len == 0) {
        value_set_lit(status, "phase", value_str(STR("Active")), a);
    }
}

static void status_prepare(AdmissionRun *run)
{
    keep(run, "spec");
}

static void status_validate(AdmissionRun *run, FieldErrors *errs)
{
    check_metadata_update(run, errs);
    bool ends = !value_is_null(value_at(&run->object, "metadata", "deletionTimestamp", NULL));
    Str phase = value_as_str(value_at(&run->object, "status", "phase", NULL));
    Path status = path_root("status");
    if (!str_eq(phase, ends ? STR("Terminating") : STR("Active"))) {
        field_invalid_str(errs, path_child(&status, "Phase"), phase.ptr ? phase : STR(""),
                          ends
                              ? STR("may only be 'Terminating' if `deletionTimestamp` is not empty")
                              : STR("may only be 'Active' if `deletionTimestamp` is empty"));
    }
}

/* -- namespaces/finalize -------------------------------------------------------------------------
 */

static void finalize_prepare(AdmissionRun *run)
{
    keep(run, "status");
}

static void finalize_validate(AdmissionRun *run, FieldErrors *errs)
{
    check_metadata_update(run, errs);
    Path spec = path_root("spec");
    Path finalizers = path_child(&spec, "finalizers");
    size_t i = 0;
    VALUE_EACH_ITEM(f, value_at(&run->object, "spec", "finalizers", NULL)) {
        Path item = path_index(&finalizers, i++);
        check_finalizer(value_as_str(f), &item, errs);
    }
}

static const AdmissionStrategy rows[] = {
    {
        .resource = STR_INIT("namespaces"),
        .defaults = status_defaults,
        .prepare_create = prepare_create,
        .prepare_update = prepare_update,
        .validate_create = namespace_validate,
        .validate_update = validate_update,
    },
    {
        .resource = STR_INIT("namespaces"),
        .subresource = STR_INIT("status"),
        .defaults = status_defaults,
        .prepare_update = status_prepare,
        .validate_update = status_validate,
    },
    {
        .resource = STR_INIT("namespaces"),
        .subresource = STR_INIT("finalize"),
        .defaults = status_defaults,
        .prepare_update = finalize_prepare,
        .validate_update = finalize_validate,
    },
};

const AdmissionStrategyList admission_strategies_namespaces = { rows, COUNT_OF(rows) };
