/* SPDX-License-Identifier: Apache-2.0 */
/* How nodes and what cluster-wide classes belong to them are shown. */
#include "server/table/columns.h"

static Value cell_node_status(const TableCell *c)
{
    Str status = STR("Unknown");
    VALUE_EACH_ITEM(condition, table_field(c->object, "status.conditions")) {
        /* the last one counts */
        if (str_eq(value_get_str(condition, STR("type")), STR("Ready"))) {
            bool is_ready = str_eq(value_get_str(condition, STR("status")), STR("True"));
            status = is_ready ? STR("Ready") : STR("NotReady");
        }
    }
    bool is_cordoned = value_as_bool(table_field(c->object, "spec.unschedulable")).value;
    return table_cell(is_cordoned ? arena_concat(c->arena, status, STR(",SchedulingDisabled"))
                                  : status);
}

/* node-role.kubernetes.io/ROLE and kubernetes.io/role=ROLE, by name and each once */
static Value cell_roles(const TableCell *c)
{
    Value roles = value_array();
    VALUE_EACH_MEMBER(label, table_field(c->object, "metadata.labels")) {
        Str key = member_key(label), value = value_as_str(&label->value);
        Str role = str_cut_prefix(key, STR("node-role.kubernetes.io/"));
        if (role.len == key.len) {
            role = str_eq(key, STR("kubernetes.io/role")) ? value : STR("");
        }
        if (role.len) {
            value_add(&roles, value_str(role), c->arena);
        }
    }
    table_sort_texts(&roles);
    TableSome all = table_some(SIZE_MAX, c->arena);
    VALUE_EACH_ITEM(role, &roles) {
        table_some_add(&all, value_as_str(role), ",");
    }
    return table_some_cell(&all, STR("<none>"), c->arena);
}

/* The column's path is the type of address. */
static Value cell_node_address(const TableCell *c)
{
    const Value *address = table_find(table_field(c->object, "status.addresses"), "type",
                                      str_from_c(c->column->path));
    return table_cell(address ? value_get_str(address, STR("address")) : STR("<none>"));
}

static Value cell_text_or_unknown(const TableCell *c)
{
    Str text = table_text(c->object, c->column->path);
    return table_cell(text.len ? text : STR("<unknown>"));
}

static Value cell_handler(const TableCell *c)
{
    Str handler = table_text(c->object, "handler");
    return table_cell(handler.ptr ? handler : table_text(c->object, "spec.runtimeHandler"));
}

/* -- component statuses ------------------------------------------------------------------------ */

static const Value *healthy_condition(const TableCell *c)
{
    return table_find(table_field(c->object, "conditions"), "type", STR("Healthy"));
}

static Value cell_health(const TableCell *c)
{
    const Value *condition = healthy_condition(c);
    if (!condition) {
        return table_cell(STR("Unknown"));
    }
    bool is_true = str_eq(value_get_str(condition, STR("status")), STR("True"));
    return table_cell(is_true ? STR("Healthy") : STR("Unhealthy"));
}

static Value cell_health_text(const TableCell *c)
{
    return table_cell(table_text(healthy_condition(c), c->column->path));
}

static const TableColumn node_columns[] = {
    TABLE_COLUMN_NAME,
    { "Status", "string", "", "The status of the node", cell_node_status, NULL, 0, 0, 0 },
    { "Roles", "string", "", "The roles of the node", cell_roles, NULL, 0, 0, 0 },
    TABLE_COLUMN_AGE,
    { "Version", "string", "", "Kubelet Version reported by the node.", cell_text,
      "status.nodeInfo.kubeletVersion", 0, 0, 0 },
    { "Internal-IP", "string", "",
      "List of addresses reachable to the node. Queried from cloud provider, if available. More "
      "info: https://kubernetes.io/docs/concepts/nodes/node/#addresses Note: This field is "
      "declared as mergeable, but the merge key is not sufficiently unique, which can cause data "
      "corruption when it is merged. Callers should instead use a full-replacement patch. See "
      "http://pr.k8s.io/79391 for an example.",
      cell_node_address, "InternalIP", 1, 0, 26 },
    { "Internal-IP", "string", "",
      "List of addresses reachable to the node. Queried from cloud provider, if available. More "
      "info: https://kubernetes.io/docs/concepts/nodes/node/#addresses Note: This field is "
      "declared as mergeable, but the merge key is not sufficiently unique, which can cause data "
      "corruption when it is merged. Callers should instead use a full-replacement patch. See "
      "https://pr.k8s.io/79391 for an example.",
      cell_node_address, "InternalIP", 1, 26, 27 },
    { "Internal-IP", "string", "",
      "List of addresses reachable to the node. Queried from cloud provider, if available. More "
      "info: https://kubernetes.io/docs/concepts/nodes/node/#addresses Note: This field is "
      "declared as mergeable, but the merge key is not sufficiently unique, which can cause data "
      "corruption when it is merged. Callers should instead use a full-replacement patch. See "
      "https://pr.k8s.io/79391 for an example. Consumers should assume that addresses can change "
      "during the lifetime of a Node. However, there are some exceptions where this may not be "
      "possible, such as Pods that inherit a Node's address in its own status or consumers of "
      "the downward API (status.hostIP).",
      cell_node_address, "InternalIP", 1, 27, 32 },
    { "Internal-IP", "string", "",
      "List of addresses reachable to the node. Queried from cloud provider, if available. More "
      "info: https://kubernetes.io/docs/reference/node/node-status/#addresses Note: This field "
      "is declared as mergeable, but the merge key is not sufficiently unique, which can cause "
      "data corruption when it is merged. Callers should instead use a full-replacement patch. "
      "See https://pr.k8s.io/79391 for an example. Consumers should assume that addresses can "
      "change during the lifetime of a Node. However, there are some exceptions where this may "
      "not be possible, such as Pods that inherit a Node's address in its own status or "
      "consumers of the downward API (status.hostIP).",
      cell_node_address, "InternalIP", 1, 32, 0 },
    { "External-IP", "string", "",
      "List of addresses reachable to the node. Queried from cloud provider, if available. More "
      "info: https://kubernetes.io/docs/concepts/nodes/node/#addresses Note: This field is "
      "declared as mergeable, but the merge key is not sufficiently unique, which can cause data "
      "corruption when it is merged. Callers should instead use a full-replacement patch. See "
      "http://pr.k8s.io/79391 for an example.",
      cell_node_address, "ExternalIP", 1, 0, 26 },
    { "External-IP", "string", "",
      "List of addresses reachable to the node. Queried from cloud provider, if available. More "
      "info: https://kubernetes.io/docs/concepts/nodes/node/#addresses Note: This field is "
      "declared as mergeable, but the merge key is not sufficiently unique, which can cause data "
      "corruption when it is merged. Callers should instead use a full-replacement patch. See "
      "https://pr.k8s.io/79391 for an example.",
      cell_node_address, "ExternalIP", 1, 26, 27 },
    { "External-IP", "string", "",
      "List of addresses reachable to the node. Queried from cloud provider, if available. More "
      "info: https://kubernetes.io/docs/concepts/nodes/node/#addresses Note: This field is "
      "declared as mergeable, but the merge key is not sufficiently unique, which can cause data "
      "corruption when it is merged. Callers should instead use a full-replacement patch. See "
      "https://pr.k8s.io/79391 for an example. Consumers should assume that addresses can change "
      "during the lifetime of a Node. However, there are some exceptions where this may not be "
      "possible, such as Pods that inherit a Node's address in its own status or consumers of "
      "the downward API (status.hostIP).",
      cell_node_address, "ExternalIP", 1, 27, 32 },
    { "External-IP", "string", "",
      "List of addresses reachable to the node. Queried from cloud provider, if available. More "
      "info: https://kubernetes.io/docs/reference/node/node-status/#addresses Note: This field "
      "is declared as mergeable, but the merge key is not sufficiently unique, which can cause "
      "data corruption when it is merged. Callers should instead use a full-replacement patch. "
      "See https://pr.k8s.io/79391 for an example. Consumers should assume that addresses can "
      "change during the lifetime of a Node. However, there are some exceptions where this may "
      "not be possible, such as Pods that inherit a Node's address in its own status or "
      "consumers of the downward API (status.hostIP).",
      cell_node_address, "ExternalIP", 1, 32, 0 },
    { "OS-Image", "string", "",
      "OS Image reported by the node from /etc/os-release (e.g. Debian GNU/Linux 7 (wheezy)).",
      cell_text_or_unknown, "status.nodeInfo.osImage", 1, 0, 0 },
    { "Kernel-Version", "string", "",
      "Kernel Version reported by the node from 'uname -r' (e.g. 3.16.0-0.bpo.4-amd64).",
      cell_text_or_unknown, "status.nodeInfo.kernelVersion", 1, 0, 0 },
    { "Container-Runtime", "string", "",
      "ContainerRuntime Version reported by the node through runtime remote API (e.g. "
      "docker://1.5.0).",
      cell_text_or_unknown, "status.nodeInfo.containerRuntimeVersion", 1, 0, 24 },
    { "Container-Runtime", "string", "",
      "ContainerRuntime Version reported by the node through runtime remote API (e.g. "
      "containerd://1.4.2).",
      cell_text_or_unknown, "status.nodeInfo.containerRuntimeVersion", 1, 24, 0 },
};

static const TableColumn component_status_columns[] = {
    TABLE_COLUMN_NAME,
    { "Status", "string", "", "Status of the component conditions", cell_health, NULL, 0, 0, 0 },
    { "Message", "string", "", "Message of the component conditions", cell_health_text, "message",
      0, 0, 0 },
    { "Error", "string", "", "Error of the component conditions", cell_health_text, "error", 0, 0,
      0 },
};

static const TableColumn lease_columns[] = {
    TABLE_COLUMN_NAME,
    { "Holder", "string", "",
      "holderIdentity contains the identity of the holder of a current lease.", cell_text,
      "spec.holderIdentity", 0, 0, 31 },
    { "Holder", "string", "",
      "holderIdentity contains the identity of the holder of a current lease. If Coordinated "
      "Leader Election is used, the holder identity must be equal to the elected "
      "LeaseCandidate.metadata.name field.",
      cell_text, "spec.holderIdentity", 0, 31, 0 },
    TABLE_COLUMN_AGE,
};

static const TableColumn lease_candidate_columns[] = {
    TABLE_COLUMN_NAME,
    { "LeaseName", "string", "",
      "LeaseName is the name of the lease for which this candidate is contending. This field is "
      "immutable.",
      cell_text, "spec.leaseName", 0, 0, 37 },
    { "LeaseName", "string", "",
      "leaseName is the name of the lease for which this candidate is contending. This field is "
      "immutable.",
      cell_text, "spec.leaseName", 0, 37, 0 },
    { "BinaryVersion", "string", "", "", cell_text, "spec.binaryVersion", 0, 0, 0 },
    { "EmulationVersion", "string", "", "", cell_text, "spec.emulationVersion", 0, 0, 0 },
    TABLE_COLUMN_AGE,
};

static const TableColumn priority_class_columns[] = {
    TABLE_COLUMN_NAME,
    { "Value", "integer", "",
      "The value of this priority class. This is the actual priority that pods receive when they "
      "have the name of this class in their pod spec.",
      cell_int, "value", 0, 0, 27 },
    { "Value", "integer", "",
      "value represents the integer value of this priority class. This is the actual priority "
      "that pods receive when they have the name of this class in their pod spec.",
      cell_int, "value", 0, 27, 0 },
    { "Global-Default", "boolean", "",
      "globalDefault specifies whether this PriorityClass should be considered as the default "
      "priority for pods that do not have any priority class. Only one PriorityClass can be "
      "marked as `globalDefault`. However, if more than one PriorityClasses exists with their "
      "`globalDefault` field set to true, the smallest value of such global default "
      "PriorityClasses will be used as the default priority.",
      cell_bool, "globalDefault", 0, 0, 0 },
    TABLE_COLUMN_AGE,
    { "PreemptionPolicy", "string", "",
      "preemptionPolicy is the Policy for preempting pods with lower priority. One of Never, "
      "PreemptLowerPriority. Defaults to PreemptLowerPriority if unset.",
      cell_text, "preemptionPolicy", 0, 32, 0 },
};

static const TableColumn runtime_class_columns[] = {
    TABLE_COLUMN_NAME,
    { "Handler", "string", "", "", cell_handler, NULL, 0, 0, 0 },
    TABLE_COLUMN_AGE,
};

static const TableKind nodes_kinds[] = {
    { TABLE_KIND("", "Node", node_columns) },
    { TABLE_KIND("", "ComponentStatus", component_status_columns) },
    { TABLE_KIND("coordination.k8s.io", "Lease", lease_columns) },
    { TABLE_KIND("coordination.k8s.io", "LeaseCandidate", lease_candidate_columns) },
    { TABLE_KIND("scheduling.k8s.io", "PriorityClass", priority_class_columns) },
    { TABLE_KIND("node.k8s.io", "RuntimeClass", runtime_class_columns) },
};

const TableFamily table_nodes = { nodes_kinds, COUNT_OF(nodes_kinds) };
