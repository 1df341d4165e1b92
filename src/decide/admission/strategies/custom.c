/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Custom resources: what their definition says of them.
 *
 * Source: k8s.io/apiextensions-apiserver pkg/registry/customresource/{strategy,status_strategy}.go
 */
#include "decide/admission/strategies/prepare.h"
#include "kube/crd/crd.h"

static void set_generation(AdmissionRun *run, int64_t generation)
{
    Value *metadata = value_need_object(admission_own(run), STR("metadata"), run->arena);
    if (metadata) {
        value_set_lit(metadata, "generation", value_int(generation), run->arena);
    }
}

static void prepare_create(AdmissionRun *run)
{
    if (run->request->crd_version->has_status) {
        value_remove(admission_own(run), STR("status"));
    }
    set_generation(run, 1);
}

/* Equal but for metadata. */
static bool same_content(const Value *a, const Value *b)
{
    size_t count[2] = { 0, 0 };
    VALUE_EACH_MEMBER(m, a) {
        if (!str_eq(member_key(m), STR("metadata"))) {
            const Value *other = value_get(b, member_key(m));
            count[0]++;
            if (other == NULL || !value_equal(&m->value, other)) {
                return false;
            }
        }
    }
    VALUE_EACH_MEMBER(m, b) {
        count[1] += !str_eq(member_key(m), STR("metadata"));
    }
    return count[0] == count[1];
}

/* With the subresource, status is none of an update's business; without, all but metadata counts
 * as wanted. */
static void prepare_update(AdmissionRun *run)
{
    if (run->request->crd_version->has_status) {
        prepare_keep(run, STR("status"));
    }
    if (!same_content(&run->object, run->old_object)) {
        OptInt64 before = value_as_int(value_at(run->old_object, "metadata", "generation", NULL));
        set_generation(run, before.value + 1);
    }
}

/* All but the status, and who owns it, is as it was. */
static void prepare_status(AdmissionRun *run)
{
    Arena *a = run->arena;
    const Value *status = value_get_lit(&run->object, "status");
    const Value *managed = value_at(&run->object, "metadata", "managedFields", NULL);
    Value made = value_copy(run->old_object, a);
    Value *metadata = value_need_object(&made, STR("metadata"), a);
    if (metadata && managed) {
        value_set_lit(metadata, "managedFields", *managed, a);
    } else if (metadata) {
        value_remove(metadata, STR("managedFields"));
    }
    if (status) {
        value_set_lit(&made, "status", *status, a);
    } else {
        value_remove(&made, STR("status"));
    }
    *admission_own(run) = made;
}

static bool has_version(AdmissionRun *run)
{
    return value_get_str(&run->object, STR("apiVersion")).len > 0 ||
           admission_refuse(
               run, status_internal(run->arena, STR("Object 'apiVersion' is missing in 'object "
                                                    "has no apiVersion field'")));
}

static bool check_type(const AdmissionRun *run, FieldErrors *errs)
{
    const AdmissionRequest *r = run->request;
    Str kind = value_get_str(&run->object, STR("kind"));
    Str given = value_get_str(&run->object, STR("apiVersion"));
    Str version = arena_printf(run->arena, "%.*s/%.*s", STR_ARG(r->group), STR_ARG(r->version));
    if (!str_eq(kind, r->kind)) {
        field_invalid_str(errs, path_root("kind"), kind,
                          arena_concat(run->arena, STR("must be "), r->kind));
    }
    if (!str_eq(given, version)) {
        field_invalid_str(errs, path_root("apiVersion"), given,
                          arena_concat(run->arena, STR("must be "), version));
    }
    return errs->count == 0;
}

static void validate_create(AdmissionRun *run, FieldErrors *errs)
{
    if (check_type(run, errs)) {
        crd_validate(run->request->crd, run->request->crd_version, &run->object, errs);
    }
}

static void validate_update(AdmissionRun *run, FieldErrors *errs)
{
    if (check_type(run, errs)) {
        crd_validate_update(run->request->crd, run->request->crd_version, &run->object,
                            run->old_object, errs);
    }
}

static void validate_status(AdmissionRun *run, FieldErrors *errs)
{
    if (check_type(run, errs)) {
        crd_validate_status(run->request->crd, run->request->crd_version, &run->object,
                            run->old_object, errs);
    }
}

const AdmissionStrategy *admission_custom_strategy(Str subresource)
{
    static const AdmissionStrategy itself = {
        .guard = has_version,
        .prepare_create = prepare_create,
        .prepare_update = prepare_update,
        .validate_create = validate_create,
        .validate_update = validate_update,
        .needs_version = true,
    };
    static const AdmissionStrategy status = {
        .guard = has_version,
        .prepare_update = prepare_status,
        .validate_update = validate_status,
        .needs_version = true,
    };
    return str_eq(subresource, STR("status")) ? &status : &itself;
}
