/* SPDX-License-Identifier: Apache-2.0 */
/* Validation of services. */
#include "kube/core/service.h"

enum {
    KUBELET_PORT = 10250,
    AFFINITY_SECONDS_MAX = 86400,
    TOPOLOGY_KEYS_MAX = 16,
};

#define SOURCE_RANGES_ANNOTATION "service.beta.kubernetes.io/load-balancer-source-ranges"

static const Str types[] = { STR_INIT("ClusterIP"), STR_INIT("ExternalName"),
                             STR_INIT("LoadBalancer"), STR_INIT("NodePort") };
static const Str affinities[] = { STR_INIT("ClientIP"), STR_INIT("None") };
static const Str protocols[] = { STR_INIT("SCTP"), STR_INIT("TCP"), STR_INIT("UDP") };

/* -- types ------------------------------------------------------------------------------------- */

static void check_headless_type(const Value *service, const char *type, const Path *path,
                                FieldErrors *errs)
{
    if (service_is_headless(service)) {
        Path ips = path_child(path, "clusterIPs");
        field_invalid_str(
            errs, path_index(&ips, 0), STR("None"),
            arena_printf(errs->arena, "may not be set to 'None' for %s services", type));
    }
}

static void check_external_name(const Value *spec, const Path *path, FieldErrors *errs)
{
    static const Str not_here = STR_INIT("may not be set for ExternalName services");
    if (value_len(value_get_lit(spec, "clusterIPs"))) {
        field_forbidden(errs, path_child(path, "clusterIPs"), not_here);
    }
    if (value_len(value_get_lit(spec, "ipFamilies"))) {
        field_forbidden(errs, path_child(path, "ipFamilies"), not_here);
    }
    if (!value_is_null(value_get_lit(spec, "ipFamilyPolicy"))) {
        field_forbidden(errs, path_child(path, "ipFamilyPolicy"), not_here);
    }
    Str name = str_cut_suffix(str_of(spec, "externalName"), STR("."));
    if (name.len) {
        name_report(errs, path_child(path, "externalName"), name,
                    name_check_dns1123_subdomain(name));
    } else {
        field_required(errs, path_child(path, "externalName"), STR(""));
    }
}

static void check_by_type(const Value *service, const Path *path, FieldErrors *errs)
{
    const Value *spec = service_spec(service);
    if (service_is_type(service, "LoadBalancer")) {
        Path ports = path_child(path, "ports");
        size_t i = 0;
        VALUE_EACH_ITEM(port, value_get_lit(spec, "ports")) {
            Path item = path_index(&ports, i++);
            if (int_of(port, "port") == KUBELET_PORT) {
                field_invalid_int(errs, item, KUBELET_PORT,
                                  STR("may not expose port 10250 externally since it is used by "
                                      "kubelet"));
            }
        }
        check_headless_type(service, "LoadBalancer", path, errs);
    } else if (service_is_type(service, "NodePort")) {
        check_headless_type(service, "NodePort", path, errs);
    } else if (service_is_type(service, "ExternalName")) {
        check_external_name(spec, path, errs);
    }
}

/* -- ports ------------------------------------------------------------------------------------- */

static void check_target(const Value *target, Path path, FieldErrors *errs)
{
    if (value_is(target, VALUE_STRING)) {
        Str name = value_as_str(target);
        name_report(errs, path, name, name_check_port_name(name));
        return;
    }
    int64_t number = value_as_int(target).value;
    NameMessages wrong = name_check_port_number(number);
    for (size_t i = 0; i < wrong.count; i++) {
        field_invalid_int(errs, path, number, wrong.items[i]);
    }
}

static bool has_port_named(const Value *ports, size_t count, Str name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(str_of(value_item(ports, i), "name"), name)) {
            return true;
        }
    }
    return false;
}

static void check_port(const Value *ports, size_t index, const Path *path, FieldErrors *errs)
{
    const Value *port = value_item(ports, index);
    Str name = str_of(port, "name");
    if (name.len) {
        name_report(errs, path_child(path, "name"), name, name_check_dns1123_label(name));
        if (has_port_named(ports, index, name)) {
            field_duplicate(errs, path_child(path, "name"), name);
        }
    } else if (value_len(ports) > 1) {
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
    check_target(value_get_lit(port, "targetPort"), path_child(path, "targetPort"), errs);
    Str app = value_get_str(port, STR("appProtocol"));
    if (app.ptr) {
        name_report(errs, path_child(path, "appProtocol"), app, name_check_qualified(app));
    }
}

static bool repeats(const Value *ports, size_t index, Str member)
{
    const Value *port = value_item(ports, index);
    for (size_t i = 0; i < index; i++) {
        const Value *other = value_item(ports, i);
        if (check_int(port, member) == check_int(other, member) &&
            str_eq(str_of(port, "protocol"), str_of(other, "protocol"))) {
            return true;
        }
    }
    return false;
}

/* As Go's %#v prints it. is_key: only what makes two ports the same. */
static void dump_port(Buf *b, const Value *port, bool is_key)
{
    const Value *target = is_key ? NULL : value_get_lit(port, "targetPort");
    bool is_text = value_is(target, VALUE_STRING);
    Str text = value_as_str(target);
    buf_lit(b, "core.ServicePort{Name:");
    buf_go_quoted(b, is_key ? STR("") : str_of(port, "name"));
    buf_lit(b, ", Protocol:");
    buf_go_quoted(b, str_of(port, "protocol"));
    buf_printf(b, ", AppProtocol:(*string)(%s), Port:%lld, TargetPort:intstr.IntOrString{Type:%d",
               !is_key && value_get_lit(port, "appProtocol") ? META_POINTER_TEXT : "nil",
               (long long)int_of(port, "port"), is_text);
    buf_printf(b, ", IntVal:%lld, StrVal:", (long long)value_as_int(target).value);
    buf_go_quoted(b, text.ptr ? text : STR(""));
    buf_printf(b, "}, NodePort:%lld}", is_key ? 0LL : (long long)int_of(port, "nodePort"));
}

static void check_port_repeats(const Value *service, const Path *path, FieldErrors *errs)
{
    const Value *ports = value_get_lit(service_spec(service), "ports");
    size_t count = value_len(ports);
    for (size_t i = 0; i < count && service_is_type(service, "ClusterIP"); i++) {
        Path item = path_index(path, i);
        if (int_of(value_item(ports, i), "nodePort")) {
            field_forbidden(errs, path_child(&item, "nodePort"),
                            STR("may not be used when `type` is 'ClusterIP'"));
        }
    }
    for (size_t i = 0; i < count; i++) {
        Path item = path_index(path, i);
        int64_t node_port = int_of(value_item(ports, i), "nodePort");
        if (node_port && repeats(ports, i, STR("nodePort"))) {
            field_duplicate_raw(errs, path_child(&item, "nodePort"),
                                arena_printf(errs->arena, "%lld", (long long)node_port));
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (repeats(ports, i, STR("port"))) {
            Buf key = buf_new(errs->arena);
            dump_port(&key, value_item(ports, i), true);
            field_duplicate_raw(errs, path_index(path, i), buf_str(&key));
        }
    }
}

/* -- session affinity -------------------------------------------------------------------------- */

static void check_affinity_config(const Value *config, const Path *path, FieldErrors *errs)
{
    static const Str needed = STR_INIT("when session affinity type is ClientIP");
    Path client = path_child(path, "clientIP");
    Path timeout = path_child(&client, "timeoutSeconds");
    if (!value_is(config, VALUE_OBJECT)) {
        field_required(errs, *path, needed);
        return;
    }
    if (!object_of(config, "clientIP")) {
        field_required(errs, client, needed);
        return;
    }
    OptInt64 seconds = value_get_int(object_of(config, "clientIP"), STR("timeoutSeconds"));
    if (!seconds.set) {
        field_required(errs, timeout, needed);
    } else if (seconds.value <= 0 || seconds.value > AFFINITY_SECONDS_MAX) {
        field_invalid_int(errs, timeout, seconds.value,
                          STR("must be greater than 0 and less than 86400"));
    }
}

static void check_session_affinity(const Value *spec, const Path *path, FieldErrors *errs)
{
    Str affinity = str_of(spec, "sessionAffinity");
    const Value *config = value_get_lit(spec, "sessionAffinityConfig");
    Path config_path = path_child(path, "sessionAffinityConfig");
    if (affinity.len == 0) {
        field_required(errs, path_child(path, "sessionAffinity"), STR(""));
    } else if (!str_list_has(CHECK_LIST(affinities), affinity)) {
        field_not_supported(errs, path_child(path, "sessionAffinity"), affinity,
                            CHECK_LIST(affinities));
    }
    if (str_eq(affinity, STR("ClientIP"))) {
        check_affinity_config(config, &config_path, errs);
    } else if (str_eq(affinity, STR("None")) && !value_is_null(config)) {
        field_forbidden(errs, config_path, STR("must not be set when session affinity is None"));
    }
}

/* -- who may reach it -------------------------------------------------------------------------- */

static bool are_ranges(Str list)
{
    Str piece;
    while (str_next_piece(&list, ',', &piece)) {
        if (core_cidr_kind(str_trim(piece)) == NAME_IP_NONE) {
            return false;
        }
    }
    return true;
}

static void check_source_ranges(const Value *service, FieldErrors *errs)
{
    static const Str key = STR_INIT(SOURCE_RANGES_ANNOTATION);
    const Value *ranges = value_get_lit(service_spec(service), "loadBalancerSourceRanges");
    Str annotation = value_get_str(value_at(service, "metadata", "annotations", NULL), key);
    if (!value_len(ranges) && !annotation.ptr) {
        return;
    }
    Path spec_path = path_root("spec");
    Path metadata = path_root("metadata");
    Path annotations = path_child(&metadata, "annotations");
    Path path = value_len(ranges) ? path_child(&spec_path, "LoadBalancerSourceRanges")
                                  : path_key(&annotations, key);
    bool is_good = true;
    Buf shown = buf_new(errs->arena);
    if (value_len(ranges)) {
        VALUE_EACH_ITEM(range, ranges) {
            buf_byte(&shown, shown.len ? ' ' : '[');
            buf_add(&shown, value_as_str(range));
            is_good &= core_cidr_kind(str_trim(value_as_str(range))) != NAME_IP_NONE;
        }
        buf_byte(&shown, ']');
    } else {
        buf_add(&shown, annotation);
        is_good = str_trim(annotation).len == 0 || are_ranges(annotation);
    }
    if (!service_is_type(service, "LoadBalancer")) {
        field_forbidden(errs, path, STR("may only be used when `type` is 'LoadBalancer'"));
    }
    if (!is_good) {
        field_invalid_str(errs, path, buf_str(&shown),
                          STR("must be a list of IP ranges. For example, "
                              "10.240.0.0/24,10.250.0.0/24 "));
    }
}

static void check_external_ips(const Value *spec, const Path *path, FieldErrors *errs)
{
    Path list = path_child(path, "externalIPs");
    size_t i = 0;
    VALUE_EACH_ITEM(item, value_get_lit(spec, "externalIPs")) {
        Path at = path_index(&list, i++);
        Str ip = value_as_str(item);
        if (name_report(errs, at, ip.ptr ? ip : STR(""), name_check_ip(ip))) {
            core_check_ordinary_ip(errs, ip, at);
        }
    }
}

/* Only services that had some can still have them. */
static void check_topology_keys(const Value *spec, const Path *path, FieldErrors *errs)
{
    const Value *keys = value_get_lit(spec, "topologyKeys");
    Path list = path_child(path, "topologyKeys");
    size_t count = value_len(keys);
    if (count && str_eq(str_of(spec, "externalTrafficPolicy"), STR("Local"))) {
        field_forbidden(errs, list, STR("may not be specified when `externalTrafficPolicy=Local`"));
    }
    if (count > TOPOLOGY_KEYS_MAX) {
        field_too_many(errs, list, count, TOPOLOGY_KEYS_MAX);
    }
    for (size_t i = 0; i < count; i++) {
        Str key = value_as_str(value_item(keys, i));
        for (size_t k = 0; k < i; k++) {
            if (str_eq(value_as_str(value_item(keys, k)), key)) {
                field_duplicate(errs, path_index(&list, i), key);
                break;
            }
        }
        if (!str_eq(key, STR("*"))) {
            NameMessages wrong = name_check_qualified(key);
            for (size_t k = 0; k < wrong.count; k++) {
                field_invalid_raw(errs, path_index(&list, i),
                                  core_dump_strings("[]string", keys, errs->arena), wrong.items[k]);
            }
        } else if (i + 1 != count) {
            field_invalid_str(errs, path_index(&list, i), key,
                              STR("\"*\" must be the last value specified"));
        }
    }
}

/* -- load balancers ---------------------------------------------------------------------------- */

static void check_traffic_values(const Value *spec, const Path *path, FieldErrors *errs)
{
    Str policy = str_of(spec, "externalTrafficPolicy");
    if (policy.len && !str_eq(policy, STR("Cluster")) && !str_eq(policy, STR("Local"))) {
        field_invalid_str(errs, path_child(path, "externalTrafficPolicy"), policy,
                          STR("ExternalTrafficPolicy must be empty, Cluster or Local"));
    }
    int64_t port = int_of(spec, "healthCheckNodePort");
    if (port < 0) {
        field_invalid_int(errs, path_child(path, "healthCheckNodePort"), port,
                          STR("HealthCheckNodePort must be not less than 0"));
    }
}

void service_check_traffic_fields(const Value *service, FieldErrors *errs)
{
    const Value *spec = service_spec(service);
    Path path = path_root("spec");
    Str policy = str_of(spec, "externalTrafficPolicy");
    if (policy.len && !service_needs_node_port(service)) {
        field_invalid_str(errs, path_child(&path, "externalTrafficPolicy"), policy,
                          STR("ExternalTrafficPolicy can only be set on NodePort and LoadBalancer "
                              "service"));
    }
    int64_t port = int_of(spec, "healthCheckNodePort");
    if (port && !service_needs_health_check(service)) {
        field_invalid_int(errs, path_child(&path, "healthCheckNodePort"), port,
                          STR("HealthCheckNodePort can only be set on LoadBalancer service with "
                              "ExternalTrafficPolicy=Local"));
    }
}

static bool mixes_protocols(const Value *service)
{
    const Value *ports = value_get_lit(service_spec(service), "ports");
    VALUE_EACH_ITEM(port, ports) {
        if (!str_eq(str_of(port, "protocol"), str_of(value_item(ports, 0), "protocol"))) {
            return true;
        }
    }
    return false;
}

/* old   NULL for a new one */
static void check_mixed_protocols(const Value *service, const Value *old, const KubeTarget *t,
                                  FieldErrors *errs)
{
    if (t->minor >= SERVICE_MIXED_PROTOCOLS_MINOR || !service_is_type(service, "LoadBalancer") ||
        !mixes_protocols(service) || mixes_protocols(old)) {
        return;
    }
    Path spec = path_root("spec");
    Buf dump = buf_new(errs->arena);
    buf_lit(&dump, "[]core.ServicePort{");
    bool is_first = true;
    VALUE_EACH_ITEM(port, value_get_lit(service_spec(service), "ports")) {
        if (!is_first) {
            buf_lit(&dump, ", ");
        }
        is_first = false;
        dump_port(&dump, port, false);
    }
    buf_byte(&dump, '}');
    field_invalid_raw(errs, path_child(&spec, "ports"), buf_str(&dump),
                      STR("may not contain more than 1 protocol when type is 'LoadBalancer'"));
}

/* -- the whole --------------------------------------------------------------------------------- */

static void check_service(const Value *service, FieldErrors *errs)
{
    core_check_metadata(service, true, name_check_dns1035_label, errs);
    const Value *spec = service_spec(service);
    const Value *ports = value_get_lit(spec, "ports");
    Path path = path_root("spec");
    Path ports_path = path_child(&path, "ports");
    if (!value_len(ports) && !service_is_headless(service) &&
        !service_is_type(service, "ExternalName")) {
        field_required(errs, ports_path, STR(""));
    }
    check_by_type(service, &path, errs);
    for (size_t i = 0; i < value_len(ports); i++) {
        Path item = path_index(&ports_path, i);
        check_port(ports, i, &item, errs);
    }
    Path selector = path_child(&path, "selector");
    meta_validate_labels(value_get_lit(spec, "selector"), &selector, errs);
    check_session_affinity(spec, &path, errs);
    service_check_ips(service, errs);
    check_external_ips(spec, &path, errs);
    Str type = str_of(spec, "type");
    if (type.len == 0) {
        field_required(errs, path_child(&path, "type"), STR(""));
    } else if (!str_list_has(CHECK_LIST(types), type)) {
        field_not_supported(errs, path_child(&path, "type"), type, CHECK_LIST(types));
    }
    check_port_repeats(service, &ports_path, errs);
    check_topology_keys(spec, &path, errs);
    check_source_ranges(service, errs);
    if (!value_is_null(value_get_lit(spec, "allocateLoadBalancerNodePorts")) &&
        !service_is_type(service, "LoadBalancer")) {
        field_forbidden(errs, path_child(&path, "allocateLoadBalancerNodePorts"),
                        STR("may only be used when `type` is 'LoadBalancer'"));
    }
    check_traffic_values(spec, &path, errs);
}

void service_validate(const Value *service, const KubeTarget *t, FieldErrors *errs)
{
    check_service(service, errs);
    check_mixed_protocols(service, NULL, t, errs);
}

void service_validate_update(const Value *service, const Value *old, const KubeTarget *t,
                             FieldErrors *errs)
{
    core_check_metadata_update(service, old, errs);
    service_check_ips_update(service, old, errs);
    check_service(service, errs);
    check_mixed_protocols(service, old, t, errs);
}

void service_validate_status_update(const Value *service, const Value *old, const KubeTarget *t,
                                    FieldErrors *errs)
{
    (void)t;
    core_check_metadata_update(service, old, errs);
    Path status = path_root("status");
    Path balancer = path_child(&status, "loadBalancer");
    Path list = path_child(&balancer, "ingress");
    size_t i = 0;
    VALUE_EACH_ITEM(ingress, value_at(service, "status", "loadBalancer", "ingress", NULL)) {
        Path item = path_index(&list, i++);
        Str ip = str_of(ingress, "ip");
        Str host = str_of(ingress, "hostname");
        if (ip.len && name_ip_kind(ip) == NAME_IP_NONE) {
            field_invalid_str(errs, path_child(&item, "ip"), ip, STR("must be a valid IP address"));
        }
        if (host.len) {
            Path host_path = path_child(&item, "hostname");
            name_report(errs, host_path, host, name_check_dns1123_subdomain(host));
            if (name_ip_kind(host) != NAME_IP_NONE) {
                field_invalid_str(errs, host_path, host,
                                  STR("must be a DNS name, not an IP address"));
            }
        }
    }
}
