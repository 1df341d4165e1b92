/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Custom resources on their way in: decoding, defaults, validation.
 *
 * Source: k8s.io/apiextensions-apiserver pkg/apiserver/customresource_handler.go,
 * pkg/registry/customresource/{strategy,validator}.go
 */
#include "kube/crd/object_path.h"
#include "kube/crd/structural.h"
#include "kube/meta.h"

/* -- decoding ----------------------------------------------------------------------------------
 */

static bool check_text(const Value *object, const char *key, Arena *a, Err *err)
{
    Str unused;
    return object_path_str(object, str_from_c(key), a, &unused, err);
}

static bool is_of(const Crd *crd, const Value *object)
{
    Str group, version;
    (void)str_split_once(value_get_str(object, STR("apiVersion")), '/', &group, &version);
    return str_eq(group, crd->group) && str_eq(value_get_str(object, STR("kind")), crd->names.kind);
}

static bool coerce_within(const Crd *crd, const CrdVersion *v, bool is_lenient, Value *object,
                          Arena *a, Err *err)
{
    FieldErrors errs = field_errors_new_for(crd->target.minor, a);
    if (crd_coerce(object, v->schema, false, is_lenient, &crd->target, NULL, &errs)) {
        return true;
    }
    Buf b = buf_new(a);
    field_error_write(errs.first, &b);
    return err_set(err, a, ERR_TYPE, "%.*s", STR_ARG(buf_str(&b)));
}

bool crd_decode(const Crd *crd, const CrdVersion *v, bool is_lenient, Value *object, Arena *a,
                Value *unknown, Err *err)
{
    crd_go_numbers(object);
    if (!check_text(object, "kind", a, err) || !check_text(object, "apiVersion", a, err)) {
        return false;
    }
    Value *metadata = value_get_lit(object, "metadata");
    Str problem;
    if (metadata && !crd_coerce_metadata(metadata, is_lenient, &crd->target, a, &problem)) {
        return err_set(err, a, ERR_TYPE, "%.*s", STR_ARG(problem));
    }
    if (!is_of(crd, object)) {
        return true;
    }
    Value kept = metadata ? *metadata : value_null();
    if (!crd->preserve_unknown_fields) {
        crd_prune(object, v->schema, true, NULL, a, unknown);
        crd_prune_nulls(object, v->schema);
    }
    if (!coerce_within(crd, v, is_lenient, object, a, err)) {
        return false;
    }
    if (metadata) {
        value_set_lit(object, "metadata", kept, a);
    }
    return true;
}

void crd_default(const CrdVersion *v, Value *object, Arena *a)
{
    crd_apply_defaults(object, v->schema, a);
}

/* -- validation --------------------------------------------------------------------------------
 */

static void check_type_text(const Value *object, const char *key, Str wanted, FieldErrors *errs)
{
    Str is = value_get_str(object, str_from_c(key));
    if (!str_eq(is, wanted)) {
        field_invalid_str(errs, path_child_str(NULL, str_from_c(key)), is,
                          arena_printf(errs->arena, "must be %.*s", STR_ARG(wanted)));
    }
}

/* False, and nothing else is to be looked at, when the object is of another type. */
static bool check_type(const Crd *crd, const CrdVersion *v, const Value *object, FieldErrors *errs)
{
    size_t before = errs->count;
    check_type_text(object, "kind", crd->names.kind, errs);
    check_type_text(object, "apiVersion",
                    arena_printf(errs->arena, "%.*s/%.*s", STR_ARG(crd->group), STR_ARG(v->name)),
                    errs);
    return errs->count == before;
}

static void check_object(const Crd *crd, const CrdVersion *v, bool with_spec, const Value *object,
                         FieldErrors *errs)
{
    crd_validate_value(object, v->schema, false, &crd->target, NULL, errs);
    object_path_check_scale(v, with_spec, object, errs);
}

void crd_validate(const Crd *crd, const CrdVersion *v, const Value *object, FieldErrors *errs)
{
    Path metadata = path_root("metadata");
    if (check_type(crd, v, object, errs)) {
        meta_validate(value_get_lit(object, "metadata"), crd->is_namespaced,
                      name_check_dns1123_subdomain, &metadata, errs);
        check_object(crd, v, true, object, errs);
    }
    crd_validate_embedded(object, v->schema, false, NULL, errs);
    crd_validate_lists(object, v->schema, NULL, errs);
}

/* Of an update; false when the object is of another type. */
static bool check_update(const Crd *crd, const CrdVersion *v, bool with_spec, const Value *object,
                         const Value *old, FieldErrors *errs)
{
    Path metadata = path_root("metadata");
    if (!check_type(crd, v, object, errs)) {
        return false;
    }
    meta_validate_update(value_get_lit(object, "metadata"), value_get_lit(old, "metadata"),
                         &metadata, errs);
    check_object(crd, v, with_spec, object, errs);
    return true;
}

void crd_validate_update(const Crd *crd, const CrdVersion *v, const Value *object, const Value *old,
                         FieldErrors *errs)
{
    (void)check_update(crd, v, true, object, old, errs);
    crd_validate_embedded(object, v->schema, false, NULL, errs);
    /* what was wrong before may stay so */
    FieldErrors before = field_errors_new_for(errs->minor, errs->arena);
    crd_validate_lists(old, v->schema, NULL, &before);
    if (before.count == 0) {
        crd_validate_lists(object, v->schema, NULL, errs);
    }
}

void crd_validate_status(const Crd *crd, const CrdVersion *v, const Value *object, const Value *old,
                         FieldErrors *errs)
{
    (void)check_update(crd, v, false, object, old, errs);
}
