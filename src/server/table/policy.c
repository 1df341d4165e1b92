/* SPDX-License-Identifier: Apache-2.0 */
/* How pod security policies and disruption budgets are shown. */
#include "server/table/columns.h"

static Value cell_bool_text(const TableCell *c)
{
    bool value = value_as_bool(table_field(c->object, c->column->path)).value;
    return table_cell(value ? STR("true") : STR("false"));
}

/* A number or a percentage. */
static Value cell_number_or_text(const TableCell *c)
{
    const Value *value = table_field(c->object, c->column->path);
    if (value_is_null(value)) {
        return table_cell(STR("N/A"));
    }
    OptInt64 number = value_as_int(value);
    return table_cell(number.set ? arena_printf(c->arena, "%lld", (long long)number.value)
                                 : value_as_str(value));
}

static const TableColumn pod_security_policy_columns[] = {
    TABLE_COLUMN_NAME,
    { "Priv", "string", "", "privileged determines if a pod can request to be run as privileged.",
      cell_bool_text, "spec.privileged", 0, 0, 0 },
    { "Caps", "string", "",
      "allowedCapabilities is a list of capabilities that can be requested to add to the "
      "container. Capabilities in this field may be added at the pod author's discretion. You "
      "must not list a capability in both allowedCapabilities and requiredDropCapabilities.",
      cell_joined, "spec.allowedCapabilities", 0, 0, 0 },
    { "SELinux", "string", "",
      "seLinux is the strategy that will dictate the allowable labels that may be set.", cell_text,
      "spec.seLinux.rule", 0, 0, 0 },
    { "RunAsUser", "string", "",
      "runAsUser is the strategy that will dictate the allowable RunAsUser values that may be "
      "set.",
      cell_text, "spec.runAsUser.rule", 0, 0, 0 },
    { "FsGroup", "string", "",
      "fsGroup is the strategy that will dictate what fs group is used by the SecurityContext.",
      cell_text, "spec.fsGroup.rule", 0, 0, 0 },
    { "SupGroup", "string", "",
      "supplementalGroups is the strategy that will dictate what supplemental groups are used by "
      "the SecurityContext.",
      cell_text, "spec.supplementalGroups.rule", 0, 0, 0 },
    { "ReadOnlyRootFs", "string", "",
      "readOnlyRootFilesystem when set to true will force containers to run with a read only "
      "root file system.  If the container specifically requests to run with a non-read only "
      "root file system the PSP should deny the pod. If set to false the container may run with "
      "a read only root file system if it wishes but it will not be forced to.",
      cell_bool, "spec.readOnlyRootFilesystem", 0, 0, 0 },
    { "Volumes", "string", "",
      "volumes is an allowlist of volume plugins. Empty indicates that no volumes may be used. "
      "To allow all volumes you may use '*'.",
      cell_joined, "spec.volumes", 0, 0, 0 },
};

static const TableColumn disruption_budget_columns[] = {
    TABLE_COLUMN_NAME,
    { "Min Available", "string", "", "The minimum number of pods that must be available.",
      cell_number_or_text, "spec.minAvailable", 0, 0, 0 },
    { "Max Unavailable", "string", "", "The maximum number of pods that may be unavailable.",
      cell_number_or_text, "spec.maxUnavailable", 0, 0, 0 },
    { "Allowed Disruptions", "integer", "",
      "Calculated number of pods that may be disrupted at this time.", cell_int,
      "status.disruptionsAllowed", 0, 0, 0 },
    TABLE_COLUMN_AGE,
};

static const TableKind policy_kinds[] = {
    { TABLE_KIND("policy", "PodSecurityPolicy", pod_security_policy_columns) },
    { TABLE_KIND("extensions", "PodSecurityPolicy", pod_security_policy_columns) },
    { TABLE_KIND("policy", "PodDisruptionBudget", disruption_budget_columns) },
};

const TableFamily table_policy = { policy_kinds, COUNT_OF(policy_kinds) };
