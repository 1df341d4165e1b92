/* SPDX-License-Identifier: Apache-2.0 */
/* Bindings, their subjects and roles, as results name them. */
#include "analyze/grant.h"

static Str binding_kind(const RbacBinding *b)
{
    return b->namespace_len ? STR("RoleBinding") : STR("ClusterRoleBinding");
}

static Str role_kind(const RbacBinding *b)
{
    return b->role_is_cluster ? STR("ClusterRole") : STR("Role");
}

Str grant_subject_text(const RbacSubject *s, Arena *a)
{
    Str namespace = rbac_subject_namespace(s);
    return arena_printf(a, "%.*s %.*s%s%.*s", STR_ARG(rbac_subject_kind_text(s)),
                        STR_ARG(namespace), namespace.len ? "/" : "",
                        STR_ARG(rbac_subject_name(s)));
}

Str grant_binding_text(const RbacBinding *b, Arena *a)
{
    return arena_printf(a, "%.*s/%.*s", STR_ARG(binding_kind(b)), STR_ARG(rbac_binding_name(b)));
}

Str grant_role_text(const RbacBinding *b, Arena *a)
{
    return arena_printf(a, "%.*s/%.*s", STR_ARG(role_kind(b)), STR_ARG(rbac_binding_role_name(b)));
}

static Value reference(Str kind, Str name, Str namespace, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "kind", value_str(kind), a);
    value_set_lit(&v, "name", value_str(name), a);
    if (namespace.len) {
        value_set_lit(&v, "namespace", value_str(namespace), a);
    }
    return v;
}

Value grant_subject_value(const RbacSubject *s, Arena *a)
{
    return reference(rbac_subject_kind_text(s), rbac_subject_name(s), rbac_subject_namespace(s), a);
}

Value grant_binding_value(const RbacBinding *b, Arena *a)
{
    return reference(binding_kind(b), rbac_binding_name(b), rbac_binding_namespace(b), a);
}

Value grant_role_value(const RbacBinding *b, Arena *a)
{
    return reference(role_kind(b), rbac_binding_role_name(b), rbac_binding_role_namespace(b), a);
}
