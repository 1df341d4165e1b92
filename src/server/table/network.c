/* SPDX-License-Identifier: Apache-2.0 */
/* How what belongs to the network is shown: services, endpoints, ingresses, policies. */
#include "server/table/columns.h"

/* -- services ---------------------------------------------------------------------------------- */

static void add_load_balancer(const TableCell *c, TableSome *all)
{
    Value addresses = value_array();
    VALUE_EACH_ITEM(ingress, table_field(c->object, "status.loadBalancer.ingress")) {
        Str ip = value_get_str(ingress, STR("ip"));
        Str address = ip.len ? ip : value_get_str(ingress, STR("hostname"));
        if (address.len) {
            value_add(&addresses, value_str(address), c->arena);
        }
    }
    table_sort_texts(&addresses);
    VALUE_EACH_ITEM(address, &addresses) {
        table_some_add(all, value_as_str(address), ",");
    }
}

static Value cell_load_balancer(const TableCell *c)
{
    TableSome all = table_some(SIZE_MAX, c->arena);
    add_load_balancer(c, &all);
    return table_some_cell(&all, STR(""), c->arena);
}

static Value cell_external_ip(const TableCell *c)
{
    Str type = table_text(c->object, "spec.type");
    if (str_eq(type, STR("ExternalName"))) {
        return table_cell(table_text(c->object, "spec.externalName"));
    }
    bool is_balanced = str_eq(type, STR("LoadBalancer"));
    if (!is_balanced && !str_eq(type, STR("ClusterIP")) && !str_eq(type, STR("NodePort"))) {
        return table_cell(STR("<unknown>"));
    }
    TableSome all = table_some(SIZE_MAX, c->arena);
    if (is_balanced) {
        add_load_balancer(c, &all);
    }
    VALUE_EACH_ITEM(ip, table_field(c->object, "spec.externalIPs")) {
        table_some_add(&all, value_as_str(ip), ",");
    }
    return table_some_cell(&all, is_balanced ? STR("<pending>") : STR("<none>"), c->arena);
}

static Value cell_cluster_ip(const TableCell *c)
{
    const Value *first = value_item(table_field(c->object, "spec.clusterIPs"), 0);
    Str ip = first ? value_as_str(first) : table_text(c->object, "spec.clusterIP");
    return table_cell(first || ip.len ? ip : STR("<none>"));
}

/* "80/TCP", "80:30080/TCP" */
static Str service_port(const Value *port, Arena *a)
{
    long long number = (long long)table_int(port, "port");
    long long node_port = (long long)table_int(port, "nodePort");
    Str protocol = value_get_str(port, STR("protocol"));
    if (node_port > 0) {
        return arena_printf(a, "%lld:%lld/%.*s", number, node_port, STR_ARG(protocol));
    }
    return arena_printf(a, "%lld/%.*s", number, STR_ARG(protocol));
}

static Value cell_service_ports(const TableCell *c)
{
    TableSome all = table_some(SIZE_MAX, c->arena);
    VALUE_EACH_ITEM(port, table_field(c->object, "spec.ports")) {
        table_some_add(&all, service_port(port, c->arena), ",");
    }
    return table_some_cell(&all, STR("<none>"), c->arena);
}

/* -- endpoints --------------------------------------------------------------------------------- */

/* "1.2.3.4:80", "[::1]:80" */
static Str host_and_port(Str host, int64_t port, Arena *a)
{
    bool is_ipv6 = str_index_byte(host, ':') >= 0;
    return arena_printf(a, "%s%.*s%s:%lld", is_ipv6 ? "[" : "", STR_ARG(host), is_ipv6 ? "]" : "",
                        (long long)port);
}

static Value cell_endpoints(const TableCell *c)
{
    TableSome some = table_some(3, c->arena);
    const Value *subsets = table_field(c->object, "subsets");
    if (value_len(subsets) == 0) {
        return table_cell(STR("<none>"));
    }
    VALUE_EACH_ITEM(subset, subsets) {
        const Value *ports = value_get(subset, STR("ports"));
        const Value *addresses = value_get(subset, STR("addresses"));
        for (size_t i = 0; i < (value_len(ports) ? value_len(ports) : 1); i++) {
            const Value *port = value_item(ports, i);
            VALUE_EACH_ITEM(address, addresses) {
                Str ip = value_get_str(address, STR("ip"));
                table_some_add(
                    &some, port ? host_and_port(ip, table_int(port, "port"), c->arena) : ip, ",");
            }
        }
    }
    return table_some_cell(&some, STR(""), c->arena);
}

static Value cell_slice_ports(const TableCell *c)
{
    TableSome some = table_some(3, c->arena);
    VALUE_EACH_ITEM(port, table_field(c->object, "ports")) {
        OptInt64 number = value_get_int(port, STR("port"));
        Str name = value_get_str(port, STR("name"));
        table_some_add(&some,
                       number.set ? arena_printf(c->arena, "%lld", (long long)number.value)
                       : name.ptr ? name
                                  : STR("*"),
                       ",");
    }
    return table_some_cell(&some, STR("<unset>"), c->arena);
}

static Value cell_slice_endpoints(const TableCell *c)
{
    TableSome some = table_some(3, c->arena);
    VALUE_EACH_ITEM(endpoint, table_field(c->object, "endpoints")) {
        VALUE_EACH_ITEM(address, value_get(endpoint, STR("addresses"))) {
            table_some_add(&some, value_as_str(address), ",");
        }
    }
    return table_some_cell(&some, STR("<unset>"), c->arena);
}

/* -- ingresses --------------------------------------------------------------------------------- */

/* Rules without a host are not shown, but count among the rest. */
static Value cell_hosts(const TableCell *c)
{
    enum { HOSTS_MAX = 3 };
    const Value *rules = table_field(c->object, "spec.rules");
    TableSome all = table_some(SIZE_MAX, c->arena);
    bool more = false;
    VALUE_EACH_ITEM(rule, rules) {
        Str host = value_get_str(rule, STR("host"));
        more = more || all.count == HOSTS_MAX;
        if (!more && host.len) {
            table_some_add(&all, host, ",");
        }
    }
    if (more) {
        return table_cell(arena_printf(c->arena, "%.*s + %zu more...", STR_ARG(buf_str(&all.text)),
                                       value_len(rules) - HOSTS_MAX));
    }
    return table_some_cell(&all, STR("*"), c->arena);
}

static Value cell_ingress_ports(const TableCell *c)
{
    return table_cell(value_len(table_field(c->object, "spec.tls")) ? STR("80, 443") : STR("80"));
}

static Value cell_ingress_class(const TableCell *c)
{
    Str name = table_text(c->object, "spec.ingressClassName");
    return table_cell(name.ptr ? name : STR("<none>"));
}

/* "Kind.group/name" */
static Value cell_parameters(const TableCell *c)
{
    const Value *parameters = table_field(c->object, "spec.parameters");
    if (value_is_null(parameters)) {
        return table_cell(STR("<none>"));
    }
    Str group = value_get_str(parameters, STR("apiGroup"));
    return table_cell(arena_printf(
        c->arena, "%.*s%s%.*s/%.*s", STR_ARG(value_get_str(parameters, STR("kind"))),
        group.ptr ? "." : "", STR_ARG(group), STR_ARG(value_get_str(parameters, STR("name")))));
}

/* -- addresses --------------------------------------------------------------------------------- */

/* "services/default/kubernetes", "pods.group/name" */
static Value cell_parent(const TableCell *c)
{
    const Value *parent = table_field(c->object, "spec.parentRef");
    if (value_is_null(parent)) {
        return table_cell(STR("<none>"));
    }
    Str group = value_get_str(parent, STR("group"));
    Str namespace = value_get_str(parent, STR("namespace"));
    Str resource = arena_printf(c->arena, "%.*s%s%.*s",
                                STR_ARG(value_get_str(parent, STR("resource"))),
                                group.len ? "." : "", STR_ARG(group));
    return table_cell(arena_printf(
        c->arena, "%.*s%s%.*s/%.*s", STR_ARG(arena_lower(c->arena, resource)),
        namespace.len ? "/" : "", STR_ARG(namespace), STR_ARG(value_get_str(parent, STR("name")))));
}

static const TableColumn service_columns[] = {
    TABLE_COLUMN_NAME,
    { "Type", "string", "",
      "type determines how the Service is exposed. Defaults to ClusterIP. Valid options are "
      "ExternalName, ClusterIP, NodePort, and LoadBalancer. \"ClusterIP\" allocates a "
      "cluster-internal IP address for load-balancing to endpoints. Endpoints are determined by "
      "the selector or if that is not specified, by manual construction of an Endpoints object "
      "or EndpointSlice objects. If clusterIP is \"None\", no virtual IP is allocated and the "
      "endpoints are published as a set of endpoints rather than a virtual IP. \"NodePort\" "
      "builds on ClusterIP and allocates a port on every node which routes to the same endpoints "
      "as the clusterIP. \"LoadBalancer\" builds on NodePort and creates an external "
      "load-balancer (if supported in the current cloud) which routes to the same endpoints as "
      "the clusterIP. \"ExternalName\" aliases this service to the specified externalName. "
      "Several other fields do not apply to ExternalName services. More info: "
      "https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-servi"
      "ce-types",
      cell_text, "spec.type", 0, 0, 0 },
    { "Cluster-IP", "string", "",
      "clusterIP is the IP address of the service and is usually assigned randomly. If an "
      "address is specified manually, is in-range (as per system configuration), and is not in "
      "use, it will be allocated to the service; otherwise creation of the service will fail. "
      "This field may not be changed through updates unless the type field is also being changed "
      "to ExternalName (which requires this field to be blank) or the type field is being "
      "changed from ExternalName (in which case this field may optionally be specified, as "
      "describe above).  Valid values are \"None\", empty string (\"\"), or a valid IP address. "
      "Setting this to \"None\" makes a \"headless service\" (no virtual IP), which is useful "
      "when direct endpoint connections are preferred and proxying is not required.  Only "
      "applies to types ClusterIP, NodePort, and LoadBalancer. If this field is specified when "
      "creating a Service of type ExternalName, creation will fail. This field will be wiped "
      "when updating a Service to type ExternalName. More info: "
      "https://kubernetes.io/docs/concepts/services-networking/service/#virtual-ips-and-service-p"
      "roxies",
      cell_cluster_ip, NULL, 0, 0, 0 },
    { "External-IP", "string", "",
      "externalIPs is a list of IP addresses for which nodes in the cluster will also accept "
      "traffic for this service.  These IPs are not managed by Kubernetes.  The user is "
      "responsible for ensuring that traffic arrives at a node with this IP.  A common example "
      "is external load-balancers that are not part of the Kubernetes system.",
      cell_external_ip, NULL, 0, 0, 0 },
    { "Port(s)", "string", "",
      "The list of ports that are exposed by this service. More info: "
      "https://kubernetes.io/docs/concepts/services-networking/service/#virtual-ips-and-service-p"
      "roxies",
      cell_service_ports, NULL, 0, 0, 0 },
    TABLE_COLUMN_AGE,
    { "Selector", "string", "",
      "Route service traffic to pods with label keys and values matching this selector. If empty "
      "or not present, the service is assumed to have an external process managing its "
      "endpoints, which Kubernetes will not modify. Only applies to types ClusterIP, NodePort, "
      "and LoadBalancer. Ignored if type is ExternalName. More info: "
      "https://kubernetes.io/docs/concepts/services-networking/service/",
      cell_labels, "spec.selector", 1, 0, 0 },
};

static const TableColumn endpoints_columns[] = {
    TABLE_COLUMN_NAME,
    { "Endpoints", "string", "",
      "The set of all endpoints is the union of all subsets. Addresses are placed into subsets "
      "according to the IPs they share. A single address with multiple ports, some of which are "
      "ready and some of which are not (because they come from different containers) will result "
      "in the address being displayed in different subsets for the different ports. No address "
      "will appear in both Addresses and NotReadyAddresses in the same subset. Sets of addresses "
      "and ports that comprise a service.",
      cell_endpoints, NULL, 0, 0, 0 },
    TABLE_COLUMN_AGE,
};

static const TableColumn endpoint_slice_columns[] = {
    TABLE_COLUMN_NAME,
    { "AddressType", "string", "",
      "addressType specifies the type of address carried by this EndpointSlice. All addresses in "
      "this slice must be the same type. This field is immutable after creation. The following "
      "address types are currently supported: * IPv4: Represents an IPv4 Address. * IPv6: "
      "Represents an IPv6 Address. * FQDN: Represents a Fully Qualified Domain Name.",
      cell_text, "addressType", 0, 0, 0 },
    { "Ports", "string", "",
      "ports specifies the list of network ports exposed by each endpoint in this slice. Each "
      "port must have a unique name. When ports is empty, it indicates that there are no defined "
      "ports. When a port is defined with a nil port value, it indicates \"all ports\". Each "
      "slice may include a maximum of 100 ports.",
      cell_slice_ports, NULL, 0, 0, 0 },
    { "Endpoints", "string", "",
      "endpoints is a list of unique endpoints in this slice. Each slice may include a maximum "
      "of 1000 endpoints.",
      cell_slice_endpoints, NULL, 0, 0, 0 },
    TABLE_COLUMN_AGE,
};

static const TableColumn ingress_columns[] = {
    TABLE_COLUMN_NAME,
    { "Class", "string", "",
      "The name of the IngressClass resource that should be used for additional configuration",
      cell_ingress_class, NULL, 0, 0, 0 },
    { "Hosts", "string", "",
      "Hosts that incoming requests are matched against before the ingress rule", cell_hosts, NULL,
      0, 0, 0 },
    { "Address", "string", "", "Address is a list containing ingress points for the load-balancer",
      cell_load_balancer, NULL, 0, 0, 0 },
    { "Ports", "string", "", "Ports of TLS configurations that open", cell_ingress_ports, NULL, 0,
      0, 0 },
    TABLE_COLUMN_AGE,
};

static const TableColumn ingress_class_columns[] = {
    TABLE_COLUMN_NAME,
    { "Controller", "string", "", "Controller that is responsible for handling this class",
      cell_text, "spec.controller", 0, 0, 0 },
    { "Parameters", "string", "", "A reference to a resource with additional parameters",
      cell_parameters, NULL, 0, 0, 0 },
    TABLE_COLUMN_AGE,
};

static const TableColumn network_policy_columns[] = {
    TABLE_COLUMN_NAME,
    { "Pod-Selector", "string", "",
      "Selects the pods to which this NetworkPolicy object applies.  The array of ingress rules "
      "is applied to any pods selected by this field. Multiple network policies can select the "
      "same set of pods.  In this case, the ingress rules for each are combined additively. This "
      "field is NOT optional and follows standard label selector semantics. An empty podSelector "
      "matches all pods in this namespace.",
      cell_selector, "spec.podSelector", 0, 0, 0 },
    TABLE_COLUMN_AGE,
};

static const TableColumn ip_address_columns[] = {
    TABLE_COLUMN_NAME,
    { "ParentRef", "string", "",
      "ParentRef references the resource that an IPAddress is attached to. An IPAddress must "
      "reference a parent object.",
      cell_parent, NULL, 0, 0, 37 },
    { "ParentRef", "string", "",
      "parentRef references the resource that an IPAddress is attached to. An IPAddress must "
      "reference a parent object.",
      cell_parent, NULL, 0, 37, 0 },
    /* the server sends the age, and says nothing of it */
    { NULL, NULL, NULL, NULL, cell_age, "metadata.creationTimestamp", 0, 0, 0 },
};

static const TableColumn service_cidr_columns[] = {
    TABLE_COLUMN_NAME,
    { "CIDRs", "string", "",
      "CIDRs defines the IP blocks in CIDR notation (e.g. \"192.168.0.0/24\" or "
      "\"2001:db8::/64\") from which to assign service cluster IPs. Max of two CIDRs is allowed, "
      "one of each IP family. This field is immutable.",
      cell_joined, "spec.cidrs", 0, 0, 37 },
    { "CIDRs", "string", "",
      "cidrs defines the IP blocks in CIDR notation (e.g. \"192.168.0.0/24\" or "
      "\"2001:db8::/64\") from which to assign service cluster IPs. Max of two CIDRs is allowed, "
      "one of each IP family. This field is immutable.",
      cell_joined, "spec.cidrs", 0, 37, 0 },
    TABLE_COLUMN_AGE,
};

static const TableKind network_kinds[] = {
    { TABLE_KIND("", "Service", service_columns) },
    { TABLE_KIND("", "Endpoints", endpoints_columns) },
    { TABLE_KIND("discovery.k8s.io", "EndpointSlice", endpoint_slice_columns) },
    { TABLE_KIND("networking.k8s.io", "Ingress", ingress_columns) },
    { TABLE_KIND("extensions", "Ingress", ingress_columns) },
    { TABLE_KIND("networking.k8s.io", "IngressClass", ingress_class_columns) },
    { TABLE_KIND("networking.k8s.io", "NetworkPolicy", network_policy_columns) },
    { TABLE_KIND("extensions", "NetworkPolicy", network_policy_columns) },
    { TABLE_KIND("networking.k8s.io", "IPAddress", ip_address_columns) },
    { TABLE_KIND("networking.k8s.io", "ServiceCIDR", service_cidr_columns) },
};

const TableFamily table_network = { network_kinds, COUNT_OF(network_kinds) };
