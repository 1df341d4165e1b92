/* SPDX-License-Identifier: Apache-2.0 */
/* Cluster IPs and node ports of services. */
#include "kube/core/service_allocate.h"

#include "kube/core/service.h"

enum {
    IPS = 254, /* 10.0.0.1 to 10.0.0.254 */
    PORT_FIRST = 30000,
    PORT_LAST = 32767,
    PORTS = PORT_LAST - PORT_FIRST + 1,
    DRY_PORT = 32768, /* the one before the first that a dry run makes up */
};

#define IP_RANGE "10.0.0.0/24"
#define PORT_RANGE "30000-32767"

static const Str ip_taken = STR_INIT("provided IP is already allocated");
static const Str ip_outside = STR_INIT(
    "provided IP is not in the valid range. The range of valid IPs is " IP_RANGE);
static const Str port_taken = STR_INIT("provided port is already allocated");
static const Str port_outside = STR_INIT(
    "provided port is not in the valid range. The range of valid ports is " PORT_RANGE);

typedef struct Allocation {
    Value *service;
    const Value *old; /* or NULL */
    bool dry_run;
    Arena *arena;
    Status *refusal;
    uint64_t random;
    int64_t dry_port; /* the highest that this dry run gave out; 0 for none */
    bool ips[IPS];
    bool ports[PORTS];
} Allocation;

/* -- pools ------------------------------------------------------------------------------------- */

/* The place in the range, or -1. */
static int ip_place(Str ip)
{
    enum { BYTES = 16, V4_AT = 12 };
    uint8_t bytes[BYTES];
    if (name_ip_parse(ip, bytes) == NAME_IP_NONE || core_is_ip6(ip)) {
        return -1;
    }
    const uint8_t *v4 = &bytes[V4_AT];
    bool is_inside = v4[0] == 10 && v4[1] == 0 && v4[2] == 0 && v4[3] >= 1 && v4[3] <= IPS;
    return is_inside ? v4[3] - 1 : -1;
}

static void take_port(Allocation *x, int64_t port)
{
    if (port >= PORT_FIRST && port <= PORT_LAST) {
        x->ports[port - PORT_FIRST] = true;
    }
}

/* What a stored service has. */
static void take_all(Allocation *x, const Value *service)
{
    const Value *spec = service_spec(service);
    int place = ip_place(str_of(spec, "clusterIP"));
    if (place >= 0) {
        x->ips[place] = true;
    }
    VALUE_EACH_ITEM(port, value_get_lit(spec, "ports")) {
        take_port(x, int_of(port, "nodePort"));
    }
    take_port(x, int_of(spec, "healthCheckNodePort"));
}

/* splitmix64 */
static uint64_t next_random(Allocation *x)
{
    uint64_t z = x->random += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* A free place, taken; -1 when there is none. */
static int take_any(Allocation *x, bool *taken, int count)
{
    int start = (int)(next_random(x) % (uint64_t)count);
    for (int i = 0; i < count; i++) {
        int place = (start + i) % count;
        if (!taken[place]) {
            taken[place] = true;
            return place;
        }
    }
    return -1;
}

/* -- refusals ---------------------------------------------------------------------------------- */

static bool refuse_invalid(Allocation *x, const FieldErrors *errs)
{
    *x->refusal = status_invalid(x->arena, STR(""), STR("Service"), core_name_of(x->service), errs);
    return false;
}

static bool refuse_internal(Allocation *x, Str why)
{
    *x->refusal = status_internal(x->arena, why);
    return false;
}

/* -- addresses --------------------------------------------------------------------------------- */

static bool set_ip(Allocation *x, Str ip)
{
    Value *spec = value_get_lit(x->service, "spec");
    Value ips = value_array();
    value_add(&ips, value_str(ip), x->arena);
    value_set_lit(spec, "clusterIP", value_str(ip), x->arena);
    value_set_lit(spec, "clusterIPs", ips, x->arena);
    return true;
}

static bool allocate_ip(Allocation *x)
{
    Str asked = str_of(service_spec(x->service), "clusterIP");
    if (asked.len == 0) {
        int place = take_any(x, x->ips, IPS);
        if (place < 0) {
            return refuse_internal(x, STR("failed to allocate a serviceIP: range is full"));
        }
        return set_ip(x, arena_printf(x->arena, "10.0.0.%d", place + 1));
    }
    int place = ip_place(asked);
    if (place >= 0 && !x->ips[place]) {
        return set_ip(x, asked);
    }
    FieldErrors errs = field_errors_new(x->arena);
    Path spec = path_root("spec");
    field_invalid_raw(&errs, path_child(&spec, "clusterIPs"),
                      core_dump_strings("[]string", service_ips(x->service), x->arena),
                      arena_printf(x->arena, "failed to allocated ip:%.*s with error:%.*s",
                                   STR_ARG(asked), STR_ARG(place < 0 ? ip_outside : ip_taken)));
    return refuse_invalid(x, &errs);
}

/* A service gets an address when it begins to need one; None is one that is not given out. */
static bool allocate_ips(Allocation *x)
{
    bool had_one = x->old && !service_is_type(x->old, "ExternalName");
    bool is_none = str_eq(service_ip_at(x->service, 0), STR("None"));
    if (x->dry_run || had_one || is_none || service_is_type(x->service, "ExternalName")) {
        return true;
    }
    return allocate_ip(x);
}

/* -- ports ------------------------------------------------------------------------------------- */

/* Absent when it was free. In a dry run there is no range. */
static Str reserve_port(Allocation *x, int64_t port)
{
    bool is_inside = port >= PORT_FIRST && port <= PORT_LAST;
    if (!is_inside && !x->dry_run) {
        return port_outside;
    }
    if (is_inside && x->ports[port - PORT_FIRST]) {
        return port_taken;
    }
    take_port(x, port);
    x->dry_port = port > x->dry_port ? port : x->dry_port;
    return STR_ABSENT;
}

/* 0 when none is left. */
static int64_t any_port(Allocation *x)
{
    if (x->dry_run) {
        return x->dry_port = (x->dry_port ? x->dry_port : DRY_PORT) + 1;
    }
    int place = take_any(x, x->ports, PORTS);
    return place < 0 ? 0 : PORT_FIRST + place;
}

static bool reserve_node_port(Allocation *x, size_t index, int64_t port)
{
    Str wrong = reserve_port(x, port);
    if (!wrong.ptr) {
        return true;
    }
    FieldErrors errs = field_errors_new(x->arena);
    Path spec = path_root("spec");
    Path ports = path_child(&spec, "ports");
    Path item = path_index(&ports, index);
    field_invalid_int(&errs, path_child(&item, "nodePort"), port, wrong);
    return refuse_invalid(x, &errs);
}

static bool give_any_node_port(Allocation *x, Value *port)
{
    int64_t number = any_port(x);
    if (!number) {
        return refuse_internal(x, STR("failed to allocate a nodePort: range is full"));
    }
    value_set_lit(port, "nodePort", value_int(number), x->arena);
    return true;
}

/* The node port of the first of the ports [0, count) with this number that has one; 0 for none. */
static int64_t node_port_of(const Value *ports, size_t count, int64_t number)
{
    for (size_t i = 0; i < count; i++) {
        const Value *port = value_item(ports, i);
        if (int_of(port, "port") == number && int_of(port, "nodePort")) {
            return int_of(port, "nodePort");
        }
    }
    return 0;
}

/* Of a new service: ports of one number, for different protocols, share a node port. */
static bool give_new_node_ports(Allocation *x)
{
    const Value *ports = value_get_lit(service_spec(x->service), "ports");
    for (size_t i = 0; i < value_len(ports); i++) {
        Value *port = value_item(ports, i);
        int64_t number = int_of(port, "port");
        int64_t asked = int_of(port, "nodePort");
        int64_t given = node_port_of(ports, i, number); /* all before have theirs */
        if (given && !asked) {
            value_set_lit(port, "nodePort", value_int(given), x->arena);
        } else if (given) {
            if (asked != given && !reserve_node_port(x, i, asked)) {
                return false;
            }
        } else {
            asked = node_port_of(ports, value_len(ports), number);
            if (asked && !reserve_node_port(x, i, asked)) {
                return false;
            }
            if (asked) {
                value_set_lit(port, "nodePort", value_int(asked), x->arena);
            } else if (!give_any_node_port(x, port)) {
                return false;
            }
        }
    }
    return true;
}

static bool had_node_port(const Value *service, int64_t number)
{
    VALUE_EACH_ITEM(port, value_get_lit(service_spec(service), "ports")) {
        if (int_of(port, "nodePort") == number) {
            return true;
        }
    }
    return false;
}

static bool give_changed_node_ports(Allocation *x)
{
    const Value *ports = value_get_lit(service_spec(x->service), "ports");
    for (size_t i = 0; i < value_len(ports); i++) {
        Value *port = value_item(ports, i);
        int64_t asked = int_of(port, "nodePort");
        bool is_ours = had_node_port(x->old, asked);
        for (size_t k = 0; k < i; k++) {
            is_ours |= int_of(value_item(ports, k), "nodePort") == asked;
        }
        if (!asked && !give_any_node_port(x, port)) {
            return false;
        }
        if (asked && !is_ours && !reserve_node_port(x, i, asked)) {
            return false;
        }
    }
    return true;
}

static bool wants_node_ports(const Value *service, const KubeTarget *t)
{
    OptBool flag = value_get_bool(service_spec(service), STR("allocateLoadBalancerNodePorts"));
    bool is_off = t->minor >= SERVICE_LB_NODE_PORTS_MINOR && flag.set && !flag.value;
    return service_is_type(service, "NodePort") ||
           (service_is_type(service, "LoadBalancer") && !is_off);
}

/* -- the health check's port ------------------------------------------------------------------- */

static bool give_health_check_port(Allocation *x)
{
    Value *spec = value_get_lit(x->service, "spec");
    int64_t asked = int_of(spec, "healthCheckNodePort");
    if (asked) {
        Str wrong = reserve_port(x, asked);
        return !wrong.ptr ||
               refuse_internal(
                   x, arena_printf(x->arena,
                                   "failed to allocate requested HealthCheck NodePort %lld: %.*s",
                                   (long long)asked, STR_ARG(wrong)));
    }
    int64_t port = any_port(x);
    if (!port) {
        return refuse_internal(x,
                               STR("failed to allocate a HealthCheck NodePort 0: range is full"));
    }
    value_set_lit(spec, "healthCheckNodePort", value_int(port), x->arena);
    return true;
}

static bool update_health_check_port(Allocation *x)
{
    Value *spec = value_get_lit(x->service, "spec");
    bool needs = service_needs_health_check(x->service);
    bool needed = service_needs_health_check(x->old);
    int64_t port = int_of(spec, "healthCheckNodePort");
    if (needs && !needed) {
        return give_health_check_port(x);
    }
    if (needed && !needs) {
        value_remove(spec, STR("healthCheckNodePort"));
    }
    if (needed && needs && port != int_of(service_spec(x->old), "healthCheckNodePort")) {
        FieldErrors errs = field_errors_new(x->arena);
        Path path = path_root("spec");
        field_invalid_int(&errs, path_child(&path, "healthCheckNodePort"), port,
                          STR("cannot change healthCheckNodePort on loadBalancer service with "
                              "externalTraffic=Local during update"));
        return refuse_invalid(x, &errs);
    }
    return true;
}

/* -- the whole --------------------------------------------------------------------------------- */

/* From 1.21 on a service says of which family it is. */
static void set_family(Value *service, const KubeTarget *t, Arena *a)
{
    Value *spec = value_get_lit(service, "spec");
    if (t->minor < SERVICE_DUAL_STACK_MINOR || service_is_type(service, "ExternalName") || !spec) {
        return;
    }
    if (value_len(value_get_lit(spec, "ipFamilies")) == 0) {
        Value families = value_array();
        value_add(&families, value_str(STR("IPv4")), a);
        value_set_lit(spec, "ipFamilies", families, a);
    }
    if (value_is_null(value_get_lit(spec, "ipFamilyPolicy"))) {
        value_set_lit(spec, "ipFamilyPolicy", value_str(STR("SingleStack")), a);
    }
}

static bool allocate_new(Allocation *x, const KubeTarget *t)
{
    return allocate_ips(x) && (!wants_node_ports(x->service, t) || give_new_node_ports(x)) &&
           (!service_needs_health_check(x->service) || give_health_check_port(x));
}

static bool allocate_changed(Allocation *x, const KubeTarget *t)
{
    bool is_good = allocate_ips(x) &&
                   (!wants_node_ports(x->service, t) || give_changed_node_ports(x)) &&
                   update_health_check_port(x);
    if (is_good && service_needs_node_port(x->old) && !service_needs_node_port(x->service)) {
        value_remove(value_get_lit(x->service, "spec"), STR("externalTrafficPolicy"));
    }
    return is_good;
}

bool service_allocate(Value *service, const Value *old, const ServicePools *pools,
                      const KubeTarget *t, Arena *a, Status *refusal)
{
    Allocation *x = new(a, Allocation, 1);
    x->service = service;
    x->old = old;
    x->dry_run = pools->dry_run;
    x->arena = a;
    x->refusal = refusal;
    x->random = str_hash(pools->seed) ^ str_hash(core_name_of(service));
    for (size_t i = 0; i < pools->count; i++) {
        take_all(x, pools->services[i]);
    }
    set_family(service, t, a);
    if (!(old ? allocate_changed(x, t) : allocate_new(x, t))) {
        return false;
    }
    FieldErrors errs = field_errors_new(a);
    service_check_traffic_fields(service, &errs);
    return errs.count == 0 || refuse_invalid(x, &errs);
}
