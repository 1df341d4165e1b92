/* SPDX-License-Identifier: Apache-2.0 */
/* EndpointSlices. */
#include "kube/groups/endpoint_slice.h"

#include "kube/groups/members.h"
#include "kube/groups/meta_checks.h"

enum {
    TOPOLOGY_LABELS_MAX = 16,
    ADDRESSES_MAX = 100,
    ENDPOINTS_MAX = 1000,
    TERMINATING_SINCE = 22, /* conditions serving and terminating */
    NODE_NAME_SINCE = 21,
    ONE_IP_TEXT_SINCE = 34,
};

static const Str address_types[] = { STR_INIT("FQDN"), STR_INIT("IPv4"), STR_INIT("IPv6") };
static const Str protocols[] = { STR_INIT("SCTP"), STR_INIT("TCP"), STR_INIT("UDP") };

static size_t ports_max(const KubeTarget *t)
{
    enum { FIRST = 100, LATER = 20000, LATER_SINCE = 22 };
    return t->minor >= LATER_SINCE ? LATER : FIRST;
}

/* -- defaults and features ----------------------------------------------------------------------
 */

void endpoint_slice_apply_defaults(Value *slice, const KubeTarget *t, Arena *a)
{
    (void)t;
    VALUE_EACH_ITEM(port, value_get_lit(slice, "ports")) {
        default_to(port, STR("name"), value_str(STR("")), a);
        default_to(port, STR("protocol"), value_str(STR("TCP")), a);
    }
}

static bool uses(const Value *slice, bool in_conditions, Str member)
{
    VALUE_EACH_ITEM(endpoint, value_get_lit(slice, "endpoints")) {
        const Value *in = in_conditions ? value_get_lit(endpoint, "conditions") : endpoint;
        if (!is_unset(in, member)) {
            return true;
        }
    }
    return false;
}

void endpoint_slice_drop_disabled(Value *slice, const Value *old, const KubeTarget *t)
{
    bool keeps_conditions = t->minor >= TERMINATING_SINCE || uses(old, true, STR("serving")) ||
                            uses(old, true, STR("terminating"));
    bool keeps_node = t->minor >= NODE_NAME_SINCE || uses(old, false, STR("nodeName"));
    VALUE_EACH_ITEM(endpoint, value_get_lit(slice, "endpoints")) {
        if (!keeps_conditions) {
            Value *conditions = value_get_lit(endpoint, "conditions");
            value_remove(conditions, STR("serving"));
            value_remove(conditions, STR("terminating"));
        }
        if (!keeps_node) {
            value_remove(endpoint, STR("nodeName"));
        }
    }
}

/* -- endpoints ----------------------------------------------------------------------------------
 */

static void check_address(Str address, Str type, Path path, FieldErrors *errs)
{
    NameIpKind kind = name_ip_kind(address);
    bool is_ip = str_eq(type, STR("IPv4")) || str_eq(type, STR("IPv6"));
    if (is_ip && kind == NAME_IP_NONE && errs->minor >= ONE_IP_TEXT_SINCE) {
        field_invalid_str(errs, path, address,
                          STR("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"));
    } else if (is_ip && errs->minor >= ONE_IP_TEXT_SINCE) {
        bool fits = kind == (type.ptr[3] == '4' ? NAME_IP_V4 : NAME_IP_V6);
        if (!fits) { /* said of the whole list */
            field_invalid_str(errs, *path.parent, address,
                              arena_printf(errs->arena, "must be an %.*s address", STR_ARG(type)));
        }
    } else if (str_eq(type, STR("IPv4"))) {
        if (kind != NAME_IP_V4) {
            field_invalid_str(errs, path, address, STR("must be a valid IPv4 address"));
        }
    } else if (str_eq(type, STR("IPv6"))) {
        if (kind != NAME_IP_V6) {
            field_invalid_str(errs, path, address, STR("must be a valid IPv6 address"));
        }
    } else if (str_eq(type, STR("FQDN"))) {
        name_report_fully_qualified_domain(errs, path, address);
    }
}

static void check_addresses(const Value *list, Str type, const Path *path, FieldErrors *errs)
{
    size_t count = value_len(list);
    if (count == 0) {
        field_required(
            errs, *path,
            errs->minor >= FIELD_DECLARED_SINCE ? STR("") : STR("must contain at least 1 address"));
    } else if (count > ADDRESSES_MAX) {
        field_too_many(errs, *path, count, ADDRESSES_MAX);
    }
    for (size_t i = 0; i < count; i++) {
        check_address(value_as_str(value_item(list, i)), type, path_index(path, i), errs);
    }
}

static void check_endpoint(const Value *endpoint, Str type, const Path *path, FieldErrors *errs)
{
    Path addresses = path_child(path, "addresses");
    check_addresses(list_of(endpoint, "addresses"), type, &addresses, errs);
    Str node = value_get_str(endpoint, STR("nodeName"));
    if (node.ptr) {
        name_report(errs, path_child(path, "nodeName"), node, name_check_dns1123_subdomain(node));
    }
    bool has_old_name = value_get_lit(endpoint, "deprecatedTopology") != NULL;
    Path labels = has_old_name ? path_child(path, "deprecatedTopology")
                               : path_child(path, "topology");
    const Value *topology = has_old_name ? value_get_lit(endpoint, "deprecatedTopology")
                                         : value_get_lit(endpoint, "topology");
    if (value_len(topology) > TOPOLOGY_LABELS_MAX) {
        field_too_many(errs, labels, value_len(topology), TOPOLOGY_LABELS_MAX);
    }
    meta_validate_labels(topology, &labels, errs);
    Str host = value_get_str(endpoint, STR("hostname"));
    if (host.ptr) {
        name_report(errs, path_child(path, "hostname"), host, name_check_dns1123_label(host));
    }
}

static void check_endpoints(const Value *list, Str type, FieldErrors *errs)
{
    Path path = path_root("endpoints");
    if (value_len(list) > ENDPOINTS_MAX) {
        field_too_many(errs, path, value_len(list), ENDPOINTS_MAX);
        return;
    }
    for (size_t i = 0; i < value_len(list); i++) {
        Path item = path_index(&path, i);
        check_endpoint(value_item(list, i), type, &item, errs);
    }
}

/* -- ports --------------------------------------------------------------------------------------
 */

static void check_port(const Value *list, size_t at, const Path *path, FieldErrors *errs)
{
    const Value *port = value_item(list, at);
    Str name = str_of(port, "name");
    if (name.len > 0) {
        name_report(errs, path_child(path, "name"), name, name_check_dns1123_label(name));
    }
    for (size_t i = 0; i < at; i++) {
        if (str_eq(str_of(value_item(list, i), "name"), name)) {
            field_duplicate(errs, path_child(path, "name"), name);
            break;
        }
    }
    Str protocol = value_get_str(port, STR("protocol"));
    if (protocol.ptr == NULL) {
        field_required(errs, path_child(path, "protocol"), STR(""));
    } else if (!str_list_has(STR_LIST(protocols), protocol)) {
        field_not_supported(errs, path_child(path, "protocol"), protocol, STR_LIST(protocols));
    }
    Str application = value_get_str(port, STR("appProtocol"));
    if (application.ptr) {
        name_report(errs, path_child(path, "appProtocol"), application,
                    name_check_qualified(application));
    }
}

static void check_ports(const Value *list, const KubeTarget *t, FieldErrors *errs)
{
    Path path = path_root("ports");
    if (value_len(list) > ports_max(t)) {
        field_too_many(errs, path, value_len(list), ports_max(t));
        return;
    }
    for (size_t i = 0; i < value_len(list); i++) {
        Path item = path_index(&path, i);
        check_port(list, i, &item, errs);
    }
}

/* -- the whole ----------------------------------------------------------------------------------
 */

void endpoint_slice_validate_create(const Value *slice, const KubeTarget *t, FieldErrors *errs)
{
    check_meta(slice, true, name_check_dns1123_subdomain, errs);
    Str type = str_of(slice, "addressType");
    if (type.len == 0) {
        field_required(errs, path_root("addressType"), STR(""));
    } else if (!str_list_has(STR_LIST(address_types), type)) {
        field_not_supported(errs, path_root("addressType"), type, STR_LIST(address_types));
    }
    check_endpoints(list_of(slice, "endpoints"), type, errs);
    check_ports(list_of(slice, "ports"), t, errs);
}

void endpoint_slice_validate_update(const Value *slice, const Value *old, const KubeTarget *t,
                                    FieldErrors *errs)
{
    endpoint_slice_validate_create(slice, t, errs);
    Str type = str_of(slice, "addressType");
    if (str_eq(type, str_of(old, "addressType"))) {
        return;
    }
    if (t->minor >= FIELD_DECLARED_SINCE) {
        field_immutable(errs, path_root("addressType"));
    } else {
        field_invalid_str(errs, path_root("addressType"), type, IMMUTABLE);
    }
}

/* -- versions -----------------------------------------------------------------------------------
 */

#define ZONE STR("topology.kubernetes.io/zone")
#define HOST STR("kubernetes.io/hostname")

void endpoint_slice_to_v1(Value *slice, Arena *a)
{
    VALUE_EACH_ITEM(endpoint, value_get_lit(slice, "endpoints")) {
        const Value *topology = object_of(endpoint, "topology");
        if (topology == NULL) {
            continue;
        }
        Value rest = value_copy(topology, a);
        Str zone = value_get_str(&rest, ZONE);
        Str node = value_get_str(endpoint, STR("nodeName"));
        if (node.ptr && str_eq(node, str_of(&rest, "kubernetes.io/hostname"))) {
            value_remove(&rest, HOST);
        }
        value_remove(&rest, ZONE);
        value_remove(endpoint, STR("topology"));
        if (rest.len > 0) {
            value_set_lit(endpoint, "deprecatedTopology", rest, a);
        }
        if (zone.ptr) {
            value_set_lit(endpoint, "zone", value_str(zone), a);
        }
    }
}

void endpoint_slice_to_v1beta1(Value *slice, Arena *a)
{
    VALUE_EACH_ITEM(endpoint, value_get_lit(slice, "endpoints")) {
        const Value *deprecated = object_of(endpoint, "deprecatedTopology");
        Str zone = value_get_str(endpoint, STR("zone"));
        Str node = value_get_str(endpoint, STR("nodeName"));
        if (deprecated == NULL && zone.ptr == NULL && node.ptr == NULL) {
            continue;
        }
        Value topology = deprecated ? value_copy(deprecated, a) : value_object();
        if (zone.ptr) {
            value_set(&topology, ZONE, value_str(zone), a);
        }
        if (node.ptr && value_get_str(&topology, HOST).len == 0) {
            value_set(&topology, HOST, value_str(node), a);
        }
        value_remove(endpoint, STR("deprecatedTopology"));
        value_remove(endpoint, STR("zone"));
        value_set_lit(endpoint, "topology", topology, a);
    }
}
