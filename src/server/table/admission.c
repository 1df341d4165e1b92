/* SPDX-License-Identifier: Apache-2.0 */
/* How what extends the API is shown: webhooks, admission policies, API services. */
#include "server/table/columns.h"

static Value cell_param_kind(const TableCell *c)
{
    const Value *kind = table_field(c->object, "spec.paramKind");
    if (value_is_null(kind)) {
        return table_cell(STR("<unset>"));
    }
    return table_cell(arena_printf(c->arena, "%.*s/%.*s",
                                   STR_ARG(value_get_str(kind, STR("apiVersion"))),
                                   STR_ARG(value_get_str(kind, STR("kind")))));
}

static Value cell_param_ref(const TableCell *c)
{
    enum { ANY_NAMESPACE_SINCE = 28 };
    const Value *ref = table_field(c->object, "spec.paramRef");
    Str name = value_get_str(ref, STR("name")), namespace = value_get_str(ref, STR("namespace"));
    if (value_is_null(ref) || (!name.len && table_is_since(c, ANY_NAMESPACE_SINCE))) {
        return table_cell(STR("<unset>"));
    }
    if (!namespace.len && !table_is_since(c, ANY_NAMESPACE_SINCE)) {
        return table_cell(name);
    }
    return table_cell(arena_printf(c->arena, "%.*s/%.*s",
                                   STR_ARG(namespace.len ? namespace : STR("*")), STR_ARG(name)));
}

/* -- API services ------------------------------------------------------------------------------ */

static Value cell_service(const TableCell *c)
{
    const Value *service = table_field(c->object, "spec.service");
    if (value_is_null(service)) {
        return table_cell(STR("Local"));
    }
    return table_cell(arena_printf(c->arena, "%.*s/%.*s",
                                   STR_ARG(value_get_str(service, STR("namespace"))),
                                   STR_ARG(value_get_str(service, STR("name")))));
}

static Value cell_available(const TableCell *c)
{
    const Value *condition = table_find(table_field(c->object, "status.conditions"), "type",
                                        STR("Available"));
    Str status = value_get_str(condition, STR("status"));
    Str reason = value_get_str(condition, STR("reason"));
    if (!condition) {
        return table_cell(STR("Unknown"));
    }
    if (str_eq(status, STR("True")) || !reason.len) {
        return table_cell(status);
    }
    return table_cell(arena_printf(c->arena, "%.*s (%.*s)", STR_ARG(status), STR_ARG(reason)));
}

static const TableColumn webhook_columns[] = {
    TABLE_COLUMN_NAME,
    { "Webhooks", "integer", "",
      "Webhooks indicates the number of webhooks registered in this configuration", cell_count,
      "webhooks", 0, 0, 0 },
    TABLE_COLUMN_AGE,
};

static const TableColumn validating_policy_columns[] = {
    TABLE_COLUMN_NAME,
    { "Validations", "integer", "",
      "Validations indicates the number of validation rules defined in this configuration",
      cell_count, "spec.validations", 0, 0, 0 },
    { "ParamKind", "string", "",
      "ParamKind specifies the kind of resources used to parameterize this policy", cell_param_kind,
      NULL, 0, 0, 0 },
    TABLE_COLUMN_AGE,
};

static const TableColumn mutating_policy_columns[] = {
    TABLE_COLUMN_NAME,
    { "Mutations", "integer", "",
      "Mutation indicates the number of mutations rules defined in this configuration", cell_count,
      "spec.mutations", 0, 0, 0 },
    { "ParamKind", "string", "",
      "ParamKind specifies the kind of resources used to parameterize this policy", cell_param_kind,
      NULL, 0, 0, 0 },
    TABLE_COLUMN_AGE,
};

static const TableColumn policy_binding_columns[] = {
    TABLE_COLUMN_NAME,
    { "PolicyName", "string", "",
      "PolicyName indicates the policy definition which the policy binding binded to", cell_text,
      "spec.policyName", 0, 0, 0 },
    { "ParamRef", "string", "",
      "ParamRef indicates the param resource which sets the configration param", cell_param_ref,
      NULL, 0, 0, 0 },
    TABLE_COLUMN_AGE,
};

static const TableColumn api_service_columns[] = {
    TABLE_COLUMN_NAME,
    { "Service", "string", "", "The reference to the service that hosts this API endpoint.",
      cell_service, NULL, 0, 0, 0 },
    { "Available", "string", "", "Whether this service is available.", cell_available, NULL, 0, 0,
      0 },
    TABLE_COLUMN_AGE,
};

static const TableKind admission_kinds[] = {
    { TABLE_KIND("admissionregistration.k8s.io", "MutatingWebhookConfiguration", webhook_columns) },
    { TABLE_KIND("admissionregistration.k8s.io", "ValidatingWebhookConfiguration",
                 webhook_columns) },
    { TABLE_KIND("admissionregistration.k8s.io", "ValidatingAdmissionPolicy",
                 validating_policy_columns) },
    { TABLE_KIND("admissionregistration.k8s.io", "MutatingAdmissionPolicy",
                 mutating_policy_columns) },
    { TABLE_KIND("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding",
                 policy_binding_columns) },
    { TABLE_KIND("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding",
                 policy_binding_columns) },
    { TABLE_KIND("apiregistration.k8s.io", "APIService", api_service_columns) },
};

const TableFamily table_admission = { admission_kinds, COUNT_OF(admission_kinds) };
