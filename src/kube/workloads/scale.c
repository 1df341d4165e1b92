/* SPDX-License-Identifier: Apache-2.0 */
/* From an object with replicas to its Scale, and back. */
#include "kube/workloads/scale.h"

#include "kube/meta.h"
#include "kube/selector.h"
#include "kube/workloads/parts.h"

static const struct {
    Str group;
    Str resource;
    bool has_plain_labels; /* spec.selector is a map of labels */
    Str not_found_group;   /* that a 404 names */
    bool reads_plainly;    /* a GET's 404 is that of the object itself */
} rows[] = {
    { STR_INIT("apps"), STR_INIT("deployments"), false, STR_INIT("apps"), false },
    { STR_INIT("apps"), STR_INIT("replicasets"), false, STR_INIT("apps"), false },
    { STR_INIT("apps"), STR_INIT("statefulsets"), false, STR_INIT("apps"), true },
    { STR_INIT(""), STR_INIT("replicationcontrollers"), true, STR_INIT("autoscaling"), false },
};

static size_t find(Str resource)
{
    size_t i = 0;
    while (i < COUNT_OF(rows) && !str_eq(rows[i].resource, resource)) {
        i++;
    }
    return i;
}

bool scale_is_for(Str group, Str resource)
{
    size_t i = find(resource);
    return i < COUNT_OF(rows) && str_eq(rows[i].group, group);
}

/* -- to Scale ---------------------------------------------------------------------------------- */

static bool selector_text(const Value *object, Str resource, Arena *a, Str *out, Err *err)
{
    size_t i = find(resource);
    const Value *given = value_at(object, "spec", "selector", NULL);
    LabelSelector selector;
    if (i < COUNT_OF(rows) && rows[i].has_plain_labels) {
        selector = label_selector_of_labels(given, a);
    } else if (!label_selector_read(given, a, &selector, err)) {
        return false;
    }
    *out = label_selector_text(&selector, a);
    return true;
}

static Value metadata_of(const Value *object, Arena *a)
{
    static const Str kept[] = { STR_INIT("name"), STR_INIT("namespace"), STR_INIT("uid"),
                                STR_INIT("resourceVersion"), STR_INIT("creationTimestamp") };
    const Value *metadata = value_get_lit(object, "metadata");
    Value out = value_object();
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        const Value *v = value_get(metadata, kept[i]);
        if (!value_is_null(v)) {
            value_set(&out, kept[i], *v, a);
        }
    }
    if (!value_get_lit(&out, "creationTimestamp")) {
        value_set_lit(&out, "creationTimestamp", value_null(), a);
    }
    return out;
}

bool scale_from_object(const Value *object, Str resource, Arena *a, Value *out, Err *err)
{
    Str selector;
    if (!selector_text(object, resource, a, &selector, err)) {
        return false;
    }
    OptInt64 wanted = value_as_int(value_at(object, "spec", "replicas", NULL));
    int64_t replicas = wanted.set ? wanted.value : 1;
    Value spec = value_object();
    if (replicas) {
        value_set_lit(&spec, "replicas", value_int(replicas), a);
    }
    Value status = value_object();
    value_set_lit(&status, "replicas",
                  value_int(int_of(value_get_lit(object, "status"), "replicas")), a);
    if (selector.len) {
        value_set_lit(&status, "selector", value_str(selector), a);
    }
    *out = value_object();
    value_set_lit(out, "kind", value_str(STR("Scale")), a);
    value_set_lit(out, "apiVersion", value_str(STR("autoscaling/v1")), a);
    value_set_lit(out, "metadata", metadata_of(object, a), a);
    value_set_lit(out, "spec", spec, a);
    value_set_lit(out, "status", status, a);
    return true;
}

/* -- from Scale -------------------------------------------------------------------------------- */

static void check(const Value *scale, FieldErrors *errs)
{
    const Value *metadata = value_get_lit(scale, "metadata");
    Path path = path_root("metadata");
    Path spec = path_root("spec");
    meta_validate(metadata, true, name_check_dns1123_subdomain, &path, errs);
    meta_validate_finalizers(metadata, &path, errs);
    part_check_not_negative(errs, value_get_lit(scale, "spec"), STR("replicas"), &spec);
}

bool scale_to_object(const Value *scale, const Value *object, Str group, Str resource, Arena *a,
                     Value *out, Status *refusal)
{
    const Value *given = value_get_lit(scale, "metadata");
    const Value *stored = value_get_lit(object, "metadata");
    Str name = str_of(stored, "name");
    Str uid = str_of(given, "uid");
    Str stored_uid = str_of(stored, "uid");
    FieldErrors errs = field_errors_new(a);
    check(scale, &errs);
    if (errs.count) {
        *refusal = status_invalid(a, STR("autoscaling"), STR("Scale"), name, &errs);
        return false;
    }
    if (uid.len && !str_eq(uid, stored_uid)) {
        Str why = arena_printf(
            a, "Precondition failed: UID in precondition: %.*s, UID in object meta: %.*s",
            STR_ARG(uid), STR_ARG(stored_uid));
        *refusal = status_conflict(a, group, arena_concat(a, resource, STR("/scale")), name, why);
        return false;
    }
    *out = value_copy(object, a);
    Value *metadata = value_need_object(out, STR("metadata"), a);
    Value *spec = part_spec(out, a);
    if (metadata && spec) {
        value_set_lit(spec, "replicas", value_int(int_of(value_get_lit(scale, "spec"), "replicas")),
                      a);
        Str version = str_of(given, "resourceVersion");
        if (version.len) {
            value_set_lit(metadata, "resourceVersion", value_str(version), a);
        } else {
            value_remove(metadata, STR("resourceVersion"));
        }
    }
    return true;
}

Status scale_not_found(Arena *a, Str group, Str resource, Str name, bool is_read)
{
    size_t i = find(resource);
    if (i == COUNT_OF(rows) || (is_read && rows[i].reads_plainly)) {
        return status_not_found(a, group, resource, name);
    }
    return status_not_found(a, rows[i].not_found_group, arena_concat(a, resource, STR("/scale")),
                            name);
}
