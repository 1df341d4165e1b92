/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints. */
#include "kube/core/parts.h"

static const Str protocols[] = { STR_INIT("SCTP"), STR_INIT("TCP"), STR_INIT("UDP") };

void endpoints_apply_defaults(Value *endpoints, const KubeTarget *t, Arena *a)
{
    (void)t;
    VALUE_EACH_ITEM(subset, value_get_lit(endpoints, "subsets")) {
        VALUE_EACH_ITEM(port, value_get_lit(subset, "ports")) {
            if (value_is(port, VALUE_OBJECT) && str_of(port, "protocol").len == 0) {
                value_set_lit(port, "protocol", value_str(STR("TCP")), a);
            }
        }
    }
}

static void check_address(const Value *address, const Path *path, FieldErrors *errs)
{
    Path ip_path = path_child(path, "ip");
    Str ip = str_of(address, "ip");
    name_report(errs, ip_path, ip, name_check_ip(ip));
    Str host = str_of(address, "hostname");
    if (host.len) {
        name_report(errs, path_child(path, "hostname"), host, name_check_dns1123_label(host));
    }
    Str node = value_get_str(address, STR("nodeName"));
    if (node.ptr) {
        name_report(errs, path_child(path, "nodeName"), node, name_check_dns1123_subdomain(node));
    }
    core_check_ordinary_ip(errs, ip, ip_path);
}

static void check_addresses(const Value *subset, Str member, const Path *path, FieldErrors *errs)
{
    Path list = path_child_str(path, member);
    size_t i = 0;
    VALUE_EACH_ITEM(address, value_get(subset, member)) {
        Path item = path_index(&list, i++);
        check_address(address, &item, errs);
    }
}

static void check_port(const Value *port, bool needs_name, const Path *path, FieldErrors *errs)
{
    Str name = str_of(port, "name");
    if (name.len) {
        name_report(errs, path_child(path, "name"), name, name_check_dns1123_label(name));
    } else if (needs_name) {
        field_required(errs, path_child(path, "name"), STR(""));
    }
    int64_t number = int_of(port, "port");
    NameMessages wrong = name_check_port_number(number);
    for (size_t i = 0; i < wrong.count; i++) {
        field_invalid_int(errs, path_child(path, "port"), number, wrong.items[i]);
    }
    Str protocol = str_of(port, "protocol");
    if (protocol.len == 0) {
        field_required(errs, path_child(path, "protocol"), STR(""));
    } else if (!str_list_has(CHECK_LIST(protocols), protocol)) {
        field_not_supported(errs, path_child(path, "protocol"), protocol, CHECK_LIST(protocols));
    }
    Str app = value_get_str(port, STR("appProtocol"));
    if (app.ptr) {
        name_report(errs, path_child(path, "appProtocol"), app, name_check_qualified(app));
    }
}

static void check_subset(const Value *subset, const Path *path, FieldErrors *errs)
{
    if (!value_len(value_get_lit(subset, "addresses")) &&
        !value_len(value_get_lit(subset, "notReadyAddresses"))) {
        field_required(errs, *path, STR("must specify `addresses` or `notReadyAddresses`"));
    }
    check_addresses(subset, STR("addresses"), path, errs);
    check_addresses(subset, STR("notReadyAddresses"), path, errs);
    const Value *ports = value_get_lit(subset, "ports");
    Path list = path_child(path, "ports");
    size_t i = 0;
    VALUE_EACH_ITEM(port, ports) {
        Path item = path_index(&list, i++);
        check_port(port, value_len(ports) > 1, &item, errs);
    }
}

void endpoints_validate(const Value *endpoints, const KubeTarget *t, FieldErrors *errs)
{
    (void)t;
    core_check_metadata(endpoints, true, name_check_dns1123_subdomain, errs);
    Path list = path_root("subsets");
    size_t i = 0;
    VALUE_EACH_ITEM(subset, value_get_lit(endpoints, "subsets")) {
        Path item = path_index(&list, i++);
        check_subset(subset, &item, errs);
    }
}

void endpoints_validate_update(const Value *endpoints, const Value *old, const KubeTarget *t,
                               FieldErrors *errs)
{
    core_check_metadata_update(endpoints, old, errs);
    endpoints_validate(endpoints, t, errs);
}
