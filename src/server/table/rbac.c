/* SPDX-License-Identifier: Apache-2.0 */
/* How bindings of roles are shown. Roles themselves are shown as what nothing is known of. */
#include "server/table/columns.h"

static Value cell_role(const TableCell *c)
{
    return table_cell(arena_printf(c->arena, "%.*s/%.*s",
                                   STR_ARG(table_text(c->object, "roleRef.kind")),
                                   STR_ARG(table_text(c->object, "roleRef.name"))));
}

/* The subjects of one kind, which the column's path says. */
static Value cell_subjects(const TableCell *c)
{
    TableSome all = table_some(SIZE_MAX, c->arena);
    Str kind = str_from_c(c->column->path);
    VALUE_EACH_ITEM(subject, table_field(c->object, "subjects")) {
        Str name = value_get_str(subject, STR("name"));
        if (!str_eq(value_get_str(subject, STR("kind")), kind)) {
            continue;
        }
        if (str_eq(kind, STR("ServiceAccount"))) {
            name = arena_printf(c->arena, "%.*s/%.*s",
                                STR_ARG(value_get_str(subject, STR("namespace"))), STR_ARG(name));
        }
        table_some_add(&all, name, ", ");
    }
    return table_some_cell(&all, STR(""), c->arena);
}

static const TableColumn role_binding_columns[] = {
    TABLE_COLUMN_NAME,
    { "Role", "string", "",
      "RoleRef can reference a Role in the current namespace or a ClusterRole in the global "
      "namespace. If the RoleRef cannot be resolved, the Authorizer must return an error.",
      cell_role, NULL, 0, 0, 37 },
    { "Role", "string", "",
      "roleRef can reference a Role in the current namespace or a ClusterRole in the global "
      "namespace. If the RoleRef cannot be resolved, the Authorizer must return an error.",
      cell_role, NULL, 0, 37, 0 },
    TABLE_COLUMN_AGE,
    { "Users", "string", "", "Users in the roleBinding", cell_subjects, "User", 1, 0, 0 },
    { "Groups", "string", "", "Groups in the roleBinding", cell_subjects, "Group", 1, 0, 0 },
    { "ServiceAccounts", "string", "", "ServiceAccounts in the roleBinding", cell_subjects,
      "ServiceAccount", 1, 0, 0 },
};

static const TableColumn cluster_role_binding_columns[] = {
    TABLE_COLUMN_NAME,
    { "Role", "string", "",
      "RoleRef can only reference a ClusterRole in the global namespace. If the RoleRef cannot "
      "be resolved, the Authorizer must return an error.",
      cell_role, NULL, 0, 0, 37 },
    { "Role", "string", "",
      "roleRef can only reference a ClusterRole in the global namespace. If the RoleRef cannot "
      "be resolved, the Authorizer must return an error.",
      cell_role, NULL, 0, 37, 0 },
    TABLE_COLUMN_AGE,
    { "Users", "string", "", "Users in the clusterRoleBinding", cell_subjects, "User", 1, 0, 0 },
    { "Groups", "string", "", "Groups in the clusterRoleBinding", cell_subjects, "Group", 1, 0, 0 },
    { "ServiceAccounts", "string", "", "ServiceAccounts in the clusterRoleBinding", cell_subjects,
      "ServiceAccount", 1, 0, 0 },
};

static const TableKind rbac_kinds[] = {
    { TABLE_KIND("rbac.authorization.k8s.io", "RoleBinding", role_binding_columns) },
    { TABLE_KIND("rbac.authorization.k8s.io", "ClusterRoleBinding", cluster_role_binding_columns) },
};

const TableFamily table_rbac = { rbac_kinds, COUNT_OF(rbac_kinds) };
