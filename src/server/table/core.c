/* SPDX-License-Identifier: Apache-2.0 */
/* How namespaces, secrets, service accounts, config maps and quotas are shown. */
#include "server/table/columns.h"

static Value cell_data_count(const TableCell *c)
{
    return value_int((int64_t)(value_len(table_field(c->object, "data")) +
                               value_len(table_field(c->object, "binaryData"))));
}

/* "pods: 1/10, requests.cpu: 600m/1": resources that begin with "limits." or all others, by name.
 * The column's path says which. */
static Value cell_quota(const TableCell *c)
{
    bool wants_limits = str_eq(str_from_c(c->column->path), STR("limits"));
    const Value *hard = table_field(c->object, "status.hard");
    const Value *used = table_field(c->object, "status.used");
    Value sorted = hard ? value_copy(hard, c->arena) : value_object();
    value_sort_keys(&sorted);
    TableSome all = table_some(SIZE_MAX, c->arena);
    VALUE_EACH_MEMBER(resource, &sorted) {
        Str name = member_key(resource);
        if (str_starts_with(name, STR("limits.")) != wants_limits) {
            continue;
        }
        Str amount = value_as_str(value_get(used, name));
        table_some_add(&all,
                       arena_printf(c->arena, "%.*s: %.*s/%.*s", STR_ARG(name),
                                    STR_ARG(amount.len ? amount : STR("0")),
                                    STR_ARG(value_as_str(&resource->value))),
                       ", ");
    }
    return table_some_cell(&all, STR(""), c->arena);
}

static const TableColumn namespace_columns[] = {
    TABLE_COLUMN_NAME,
    { "Status", "string", "", "The status of the namespace", cell_text, "status.phase", 0, 0, 0 },
    TABLE_COLUMN_AGE,
};

static const TableColumn secret_columns[] = {
    TABLE_COLUMN_NAME,
    { "Type", "string", "", "Used to facilitate programmatic handling of secret data.", cell_text,
      "type", 0, 0, 23 },
    { "Type", "string", "",
      "Used to facilitate programmatic handling of secret data. More info: "
      "https://kubernetes.io/docs/concepts/configuration/secret/#secret-types",
      cell_text, "type", 0, 23, 0 },
    { "Data", "string", "",
      "Data contains the secret data. Each key must consist of alphanumeric characters, '-', '_' "
      "or '.'. The serialized form of the secret data is a base64 encoded string, representing "
      "the arbitrary (possibly non-string) data value here. Described in "
      "https://tools.ietf.org/html/rfc4648#section-4",
      cell_count, "data", 0, 0, 0 },
    TABLE_COLUMN_AGE,
};

static const TableColumn service_account_columns[] = {
    TABLE_COLUMN_NAME,
    { "Secrets", "string", "",
      "Secrets is the list of secrets allowed to be used by pods running using this "
      "ServiceAccount. More info: https://kubernetes.io/docs/concepts/configuration/secret",
      cell_count, "secrets", 0, 0, 24 },
    { "Secrets", "string", "",
      "Secrets is a list of the secrets in the same namespace that pods running using this "
      "ServiceAccount are allowed to use. Pods are only limited to this list if this service "
      "account has a \"kubernetes.io/enforce-mountable-secrets\" annotation set to \"true\". "
      "This field should not be used to find auto-generated service account token secrets for "
      "use outside of pods. Instead, tokens can be requested directly using the TokenRequest "
      "API, or service account token secrets can be manually created. More info: "
      "https://kubernetes.io/docs/concepts/configuration/secret",
      cell_count, "secrets", 0, 24, 32 },
    { "Secrets", "string", "",
      "Secrets is a list of the secrets in the same namespace that pods running using this "
      "ServiceAccount are allowed to use. Pods are only limited to this list if this service "
      "account has a \"kubernetes.io/enforce-mountable-secrets\" annotation set to \"true\". The "
      "\"kubernetes.io/enforce-mountable-secrets\" annotation is deprecated since v1.32. Prefer "
      "separate namespaces to isolate access to mounted secrets. This field should not be used "
      "to find auto-generated service account token secrets for use outside of pods. Instead, "
      "tokens can be requested directly using the TokenRequest API, or service account token "
      "secrets can be manually created. More info: "
      "https://kubernetes.io/docs/concepts/configuration/secret",
      cell_count, "secrets", 0, 32, 35 },
    TABLE_COLUMN_AGE,
};

static const TableColumn config_map_columns[] = {
    TABLE_COLUMN_NAME,
    { "Data", "string", "",
      "Data contains the configuration data. Each key must consist of alphanumeric characters, "
      "'-', '_' or '.'. Values with non-UTF-8 byte sequences must use the BinaryData field. The "
      "keys stored in Data must not overlap with the keys in the BinaryData field, this is "
      "enforced during validation process.",
      cell_data_count, NULL, 0, 0, 0 },
    TABLE_COLUMN_AGE,
};

static const TableColumn resource_quota_columns[] = {
    TABLE_COLUMN_NAME,
    { "Age", "string", "", TABLE_CREATED, cell_age, "metadata.creationTimestamp", 0, 0, 33 },
    { "Request", "string", "",
      "Request represents a minimum amount of cpu/memory that a container may consume.", cell_quota,
      "requests", 0, 0, 0 },
    { "Limit", "string", "",
      "Limits control the maximum amount of cpu/memory that a container may use independent of "
      "contention on the node.",
      cell_quota, "limits", 0, 0, 0 },
    { "Age", "string", "", TABLE_CREATED, cell_age, "metadata.creationTimestamp", 0, 33, 0 },
};

static const TableKind core_kinds[] = {
    { TABLE_KIND("", "Namespace", namespace_columns) },
    { TABLE_KIND("", "Secret", secret_columns) },
    { TABLE_KIND("", "ServiceAccount", service_account_columns) },
    { TABLE_KIND("", "ConfigMap", config_map_columns) },
    { TABLE_KIND("", "ResourceQuota", resource_quota_columns) },
};

const TableFamily table_core = { core_kinds, COUNT_OF(core_kinds) };
