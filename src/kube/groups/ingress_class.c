/* SPDX-License-Identifier: Apache-2.0 */
/* IngressClasses: defaults and validation. */
#include "kube/groups/ingress.h"
#include "kube/groups/members.h"
#include "kube/groups/meta_checks.h"

enum {
    CONTROLLER_BYTES_MAX = 250,
    SCOPE_SINCE = 22, /* spec.parameters.scope is on by default */
};

static const Str scopes[] = { STR_INIT("Cluster"), STR_INIT("Namespace") };

void ingress_class_apply_defaults(Value *class, const KubeTarget *t, Arena *a)
{
    Value *parameters = value_at(class, "spec", "parameters", NULL);
    if (t->minor >= SCOPE_SINCE) {
        default_to(parameters, STR("scope"), value_str(scopes[0]), a);
    }
}

void ingress_validate_object_reference(const Value *reference, const Path *path, FieldErrors *errs)
{
    if (reference == NULL) {
        return;
    }
    Str group = value_get_str(reference, STR("apiGroup"));
    Str kind = str_of(reference, "kind");
    Str name = str_of(reference, "name");
    if (group.ptr) {
        name_report(errs, path_child(path, "apiGroup"), group, name_check_dns1123_subdomain(group));
    }
    if (kind.len == 0) {
        field_required(errs, path_child(path, "kind"), STR("kind is required"));
    } else {
        name_report(errs, path_child(path, "kind"), kind, name_check_path_segment(kind));
    }
    if (name.len == 0) {
        field_required(errs, path_child(path, "name"), STR("name is required"));
    } else {
        name_report(errs, path_child(path, "name"), name, name_check_path_segment(name));
    }
}

/* Of whose namespace the parameters are. */
static void check_scope(const Value *parameters, const Path *path, FieldErrors *errs)
{
    Str scope = value_get_str(parameters, STR("scope"));
    Str namespace = value_get_str(parameters, STR("namespace"));
    if (namespace.len > 0) {
        name_report(errs, path_child(path, "namespace"), namespace,
                    name_check_dns1123_label(namespace));
    }
    if (scope.ptr == NULL) {
        field_required(errs, path_child(path, "scope"), STR(""));
    } else if (str_eq(scope, STR("Namespace"))) {
        if (namespace.ptr == NULL) {
            field_required(errs, path_child(path, "namespace"),
                           STR("`parameters.scope` is set to 'Namespace'"));
        } else if (namespace.len == 0) {
            field_required(errs, path_child(path, "namespace"),
                           STR("`parameters.scope` is set to 'Namespace'"));
        }
    } else if (str_eq(scope, STR("Cluster"))) {
        if (namespace.ptr) {
            field_forbidden(errs, path_child(path, "namespace"),
                            STR("`parameters.scope` is set to 'Cluster'"));
        }
    } else {
        field_not_supported(errs, path_child(path, "scope"), scope, STR_LIST(scopes));
    }
}

void ingress_class_validate_create(const Value *class, const KubeTarget *t, FieldErrors *errs)
{
    check_meta(class, false, name_check_dns1123_subdomain, errs);
    Path spec = path_root("spec");
    Path controller = path_child(&spec, "controller");
    Str text = value_as_str(value_at(class, "spec", "controller", NULL));
    if (text.len > CONTROLLER_BYTES_MAX) {
        field_too_long(errs, controller, CONTROLLER_BYTES_MAX);
    }
    name_report_domain_prefixed_path(errs, controller, text.ptr ? text : STR(""));
    const Value *parameters = object_of(value_get_lit(class, "spec"), "parameters");
    Path at = path_child(&spec, "parameters");
    ingress_validate_object_reference(parameters, &at, errs);
    if (parameters && t->minor >= SCOPE_SINCE) {
        check_scope(parameters, &at, errs);
    }
}

void ingress_class_validate_update(const Value *class, const Value *old, const KubeTarget *t,
                                   FieldErrors *errs)
{
    check_meta_update(class, old, errs);
    Path spec = path_root("spec");
    Str now = str_of(value_get_lit(class, "spec"), "controller");
    if (!str_eq(now, str_of(value_get_lit(old, "spec"), "controller"))) {
        field_invalid_str(errs, path_child(&spec, "controller"), now, IMMUTABLE);
    }
    ingress_class_validate_create(class, t, errs);
}
