/* SPDX-License-Identifier: Apache-2.0 */
/* Validation of a pod spec: its parts in the API server's order, and its simple members. */
#include "kube/meta.h"
#include "kube/pod/check.h"

enum { LONG_DNS_SEARCH_MINOR = 26, SCHEDULING_GATES_MINOR = 27 };

/* -- DNS --------------------------------------------------------------------------------------- */

static void check_name_servers(PodCheck *c, const Value *servers, const Path *path)
{
    enum { SERVERS_MAX = 3 };
    if (value_len(servers) > SERVERS_MAX) {
        field_invalid_raw(c->errs, *path, dump_strings(servers, check_arena(c)),
                          STR("must not have more than 3 nameservers"));
    }
    size_t i = 0;
    VALUE_EACH_ITEM(server, servers) {
        Path item = path_index(path, i++);
        Str address = value_as_str(server);
        if (name_ip_kind(address) == NAME_IP_NONE) {
            field_invalid_str(c->errs, item, address, STR("must be valid IP address"));
        }
    }
}

static void check_searches(PodCheck *c, const Value *searches, const Path *path)
{
    bool is_long = c->target->minor >= LONG_DNS_SEARCH_MINOR;
    size_t paths_max = is_long ? 32 : 6;
    size_t bytes_max = is_long ? 2048 : 256;
    Arena *a = check_arena(c);
    size_t count = value_len(searches);
    size_t bytes = count ? count - 1 : 0; /* the blanks between */
    VALUE_EACH_ITEM(search, searches) {
        bytes += value_as_str(search).len;
    }
    if (count > paths_max) {
        field_invalid_raw(c->errs, *path, dump_strings(searches, a),
                          arena_printf(a, "must not have more than %zu search paths", paths_max));
    }
    if (bytes > bytes_max) {
        field_invalid_raw(
            c->errs, *path, dump_strings(searches, a),
            arena_printf(
                a, "must not have more than %zu characters (including spaces) in the search list",
                bytes_max));
    }
    size_t i = 0;
    VALUE_EACH_ITEM(search, searches) {
        Path item = path_index(path, i++);
        Str name = value_as_str(search);
        check_name(c, str_cut_suffix(name.ptr ? name : STR(""), STR(".")),
                   name_check_dns1123_subdomain, item);
    }
}

void check_dns_config(PodCheck *c, const Value *spec, const Path *path)
{
    const Value *config = object_of(spec, "dnsConfig");
    const Value *servers = value_get_lit(config, "nameservers");
    Path servers_path = path_child(path, "nameservers");
    if (str_eq(str_of(spec, "dnsPolicy"), STR("None"))) {
        if (!config) {
            field_required(c->errs, *path,
                           STR("must provide `dnsConfig` when `dnsPolicy` is None"));
            return;
        }
        if (!value_len(servers)) {
            field_required(
                c->errs, servers_path,
                STR("must provide at least one DNS nameserver when `dnsPolicy` is None"));
            return;
        }
    }
    Path searches = path_child(path, "searches");
    Path options = path_child(path, "options");
    check_name_servers(c, servers, &servers_path);
    check_searches(c, value_get_lit(config, "searches"), &searches);
    size_t i = 0;
    VALUE_EACH_ITEM(option, value_get_lit(config, "options")) {
        Path item = path_index(&options, i++);
        if (!str_of(option, "name").len) {
            field_required(c->errs, item, STR("must not be empty"));
        }
    }
}

/* -- simple members ---------------------------------------------------------------------------- */

static void check_readiness_gates(PodCheck *c, const Value *gates, const Path *path)
{
    size_t i = 0;
    VALUE_EACH_ITEM(gate, gates) {
        Path item = path_index(path, i++);
        check_name(c, str_of(gate, "conditionType"), name_check_qualified,
                   path_child(&item, "conditionType"));
    }
}

static void check_scheduling_gates(PodCheck *c, const Value *gates, const Path *path)
{
    if (c->target->minor < SCHEDULING_GATES_MINOR) {
        return;
    }
    Map seen = map_new(check_arena(c));
    size_t i = 0;
    VALUE_EACH_ITEM(gate, gates) {
        Path item = path_index(path, i++);
        Str name = str_of(gate, "name");
        check_name(c, name, name_check_qualified, item);
        if (map_has(&seen, name)) {
            field_duplicate(c->errs, item, name);
        }
        map_set(&seen, name, gate);
    }
}

/* The errors of host aliases carry no index. */
static void check_host_aliases(PodCheck *c, const Value *aliases, const Path *path)
{
    VALUE_EACH_ITEM(alias, aliases) {
        Str address = str_of(alias, "ip");
        if (name_ip_kind(address) == NAME_IP_NONE) {
            field_invalid_str(c->errs, path_child(path, "ip"), address,
                              STR("must be valid IP address"));
        }
        VALUE_EACH_ITEM(host, value_get_lit(alias, "hostnames")) {
            Str name = value_as_str(host);
            check_name(c, name.ptr ? name : STR(""), name_check_dns1123_subdomain,
                       path_child(path, "hostnames"));
        }
    }
}

static void check_deadline(PodCheck *c, const Value *spec, const Path *path)
{
    OptInt64 deadline = value_get_int(spec, STR("activeDeadlineSeconds"));
    if (deadline.set && (deadline.value < 1 || deadline.value > INT32_MAX)) {
        field_invalid_int(c->errs, path_child(path, "activeDeadlineSeconds"), deadline.value,
                          STR(CHECK_RANGE_TEXT(1, 2147483647)));
    }
}

/* A name that may be empty. */
static void check_name_member(PodCheck *c, const Value *spec, Str member, NameCheck *check,
                              const Path *path)
{
    Str name = check_str(spec, member);
    if (name.len) {
        check_name(c, name, check, path_child_str(path, member));
    }
}

static void check_preemption(PodCheck *c, const Value *spec, const Path *path)
{
    static const Str policies[] = { STR_INIT("PreemptLowerPriority"), STR_INIT("Never") };
    if (value_get_str(spec, STR("preemptionPolicy")).ptr) {
        check_enum(c, spec, STR("preemptionPolicy"), CHECK_LIST(policies), path);
    }
}

static void check_overhead(PodCheck *c, const Value *spec, const Path *path)
{
    const Value *overhead = object_of(spec, "overhead");
    if (overhead) {
        Value resources = value_object();
        value_set_lit(&resources, "limits", *overhead, check_arena(c));
        Path overhead_path = path_child(path, "overhead");
        check_resources(c, &resources, &overhead_path);
    }
}

void check_pod_spec(PodCheck *c, const Value *spec, const Path *path)
{
    static const Str restarts[] = { STR_INIT("Always"), STR_INIT("OnFailure"), STR_INIT("Never") };
    static const Str dns_policies[] = { STR_INIT("ClusterFirstWithHostNet"),
                                        STR_INIT("ClusterFirst"), STR_INIT("Default"),
                                        STR_INIT("None") };
    OptBool host_users = value_get_bool(spec, STR("hostUsers"));
    c->has_host_users = !host_users.set || host_users.value;

    Path volumes = path_child(path, "volumes");
    Path ephemeral = path_child(path, "ephemeralContainers");
    Path selector = path_child(path, "nodeSelector");
    Path affinity = path_child(path, "affinity");
    Path dns = path_child(path, "dnsConfig");
    Path gates = path_child(path, "readinessGates");
    Path spread = path_child(path, "topologySpreadConstraints");
    Path tolerations = path_child(path, "tolerations");
    Path aliases = path_child(path, "hostAliases");
    Path scheduling = path_child(path, "schedulingGates");

    check_volumes(c, value_get_lit(spec, "volumes"), &volumes);
    check_containers(c, spec, path);
    check_init_containers(c, spec, path);
    check_ephemeral_containers(c, spec, &ephemeral);
    check_enum(c, spec, STR("restartPolicy"), CHECK_LIST(restarts), path);
    check_enum(c, spec, STR("dnsPolicy"), CHECK_LIST(dns_policies), path);
    meta_validate_labels(value_get_lit(spec, "nodeSelector"), &selector, c->errs);
    check_pod_security(c, spec, path);
    check_affinity(c, value_get_lit(spec, "affinity"), &affinity);
    check_dns_config(c, spec, &dns);
    check_readiness_gates(c, value_get_lit(spec, "readinessGates"), &gates);
    check_scheduling_gates(c, value_get_lit(spec, "schedulingGates"), &scheduling);
    check_spread_constraints(c, value_get_lit(spec, "topologySpreadConstraints"), &spread);
    check_windows_host_process(c, spec, path);
    check_name_member(c, spec, STR("serviceAccountName"), name_check_dns1123_subdomain, path);
    check_name_member(c, spec, STR("nodeName"), name_check_dns1123_subdomain, path);
    check_deadline(c, spec, path);
    check_name_member(c, spec, STR("hostname"), name_check_dns1123_label, path);
    check_name_member(c, spec, STR("subdomain"), name_check_dns1123_label, path);
    check_tolerations(c, value_get_lit(spec, "tolerations"), &tolerations);
    check_host_aliases(c, value_get_lit(spec, "hostAliases"), &aliases);
    check_name_member(c, spec, STR("priorityClassName"), name_check_dns1123_subdomain, path);
    Str runtime_class = value_get_str(spec, STR("runtimeClassName"));
    if (runtime_class.ptr) { /* may not even be empty */
        check_name(c, runtime_class, name_check_dns1123_subdomain,
                   path_child(path, "runtimeClassName"));
    }
    check_preemption(c, spec, path);
    check_overhead(c, spec, path);
    check_os(c, spec, path);
}
