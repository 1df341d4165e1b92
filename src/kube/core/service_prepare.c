/* SPDX-License-Identifier: Apache-2.0 */
/* Services: defaults, and what the registry makes of one before it is validated. */
#include "kube/core/service.h"
#include "kube/pod/defaults_parts.h"

enum { AFFINITY_SECONDS = 10800 };

/* -- defaults ---------------------------------------------------------------------------------- */

static void default_affinity(Value *spec, Arena *a)
{
    pod_default_str(spec, STR("sessionAffinity"), STR("None"), a);
    Str affinity = str_of(spec, "sessionAffinity");
    if (str_eq(affinity, STR("None"))) {
        value_remove(spec, STR("sessionAffinityConfig"));
    }
    if (str_eq(affinity, STR("ClientIP")) &&
        value_is_null(
            value_at(spec, "sessionAffinityConfig", "clientIP", "timeoutSeconds", NULL))) {
        Value client = value_object();
        Value config = value_object();
        value_set_lit(&client, "timeoutSeconds", value_int(AFFINITY_SECONDS), a);
        value_set_lit(&config, "clientIP", client, a);
        value_set_lit(spec, "sessionAffinityConfig", config, a);
    }
}

static void default_port(Value *port, Arena *a)
{
    if (!value_is(port, VALUE_OBJECT)) {
        return;
    }
    pod_default_str(port, STR("protocol"), STR("TCP"), a);
    const Value *target = value_get_lit(port, "targetPort");
    bool is_set = value_is(target, VALUE_STRING) ? target->len > 0
                                                 : value_as_int(target).value != 0;
    if (!is_set) {
        value_set_lit(port, "targetPort", value_int(int_of(port, "port")), a);
    }
}

/* Who asks for both families and names one gets the other. */
static void default_families(Value *spec, Arena *a)
{
    Value *families = value_get_lit(spec, "ipFamilies");
    bool is_dual = value_len(value_get_lit(spec, "clusterIPs")) == 2 || value_len(families) == 2;
    if (is_dual && value_is_null(value_get_lit(spec, "ipFamilyPolicy"))) {
        value_set_lit(spec, "ipFamilyPolicy", value_str(STR("RequireDualStack")), a);
        families = value_get_lit(spec, "ipFamilies");
    }
    if (str_eq(str_of(spec, "ipFamilyPolicy"), STR("RequireDualStack")) &&
        value_len(families) == 1) {
        bool is_4 = str_eq(value_as_str(value_item(families, 0)), STR("IPv4"));
        value_add(families, value_str(is_4 ? STR("IPv6") : STR("IPv4")), a);
    }
}

void service_apply_defaults(Value *service, const KubeTarget *t, Arena *a)
{
    if (!value_is(service, VALUE_OBJECT)) {
        return;
    }
    Value *spec = value_need_object(service, STR("spec"), a);
    if (!spec) {
        return;
    }
    default_affinity(spec, a);
    pod_default_str(spec, STR("type"), STR("ClusterIP"), a);
    VALUE_EACH_ITEM(port, value_get_lit(spec, "ports")) {
        default_port(port, a);
    }
    if (service_needs_node_port(service)) {
        pod_default_str(spec, STR("externalTrafficPolicy"), STR("Cluster"), a);
    }
    bool is_external = service_is_type(service, "ExternalName");
    if (t->minor >= SERVICE_INTERNAL_POLICY_MINOR && !is_external) {
        pod_default_str(spec, STR("internalTrafficPolicy"), STR("Cluster"), a);
    }
    if (t->minor >= SERVICE_DUAL_STACK_MINOR && !is_external) {
        default_families(spec, a);
    }
    if (t->minor >= SERVICE_LB_NODE_PORTS_MINOR && service_is_type(service, "LoadBalancer")) {
        pod_default_bool(spec, STR("allocateLoadBalancerNodePorts"), true, a);
    }
}

/* -- fields of features that are off ----------------------------------------------------------- */

static bool uses_families(const Value *service)
{
    const Value *spec = service_spec(service);
    return !value_is_null(value_get_lit(spec, "ipFamilyPolicy")) ||
           value_len(value_get_lit(spec, "ipFamilies")) > 0 || value_len(service_ips(service)) > 1;
}

/* old   NULL for a new one */
static void drop_disabled_fields(Value *spec, const Value *old, const KubeTarget *t)
{
    const Value *old_spec = service_spec(old);
    if (t->minor < SERVICE_DUAL_STACK_MINOR && !uses_families(old)) {
        value_remove(spec, STR("ipFamilies"));
        value_remove(spec, STR("ipFamilyPolicy"));
        Value *ips = value_get_lit(spec, "clusterIPs");
        while (value_len(ips) > 1) {
            value_remove_item(ips, value_len(ips) - 1);
        }
    }
    if (value_len(value_get_lit(old_spec, "topologyKeys")) == 0) {
        value_remove(spec, STR("topologyKeys"));
    }
    if (t->minor < SERVICE_LB_NODE_PORTS_MINOR &&
        value_is_null(value_get_lit(old_spec, "allocateLoadBalancerNodePorts"))) {
        value_remove(spec, STR("allocateLoadBalancerNodePorts"));
    }
}

/* -- clusterIP and clusterIPs, which older clients do not know --------------------------------- */

static bool same_list(const Value *left, const Value *right)
{
    return value_len(left) == value_len(right) && (!value_len(left) || value_equal(left, right));
}

static void set_only_ip(Value *spec, Str ip, Arena *a)
{
    Value ips = value_array();
    value_add(&ips, value_str(ip), a);
    value_set_lit(spec, "clusterIPs", ips, a);
}

static void normalize_ips(Value *spec, const Value *old_spec, Arena *a)
{
    Str ip = str_of(spec, "clusterIP");
    if (!old_spec) {
        if (ip.len && !value_len(value_get_lit(spec, "clusterIPs"))) {
            set_only_ip(spec, ip, a);
        }
        return;
    }
    Str old_ip = str_of(old_spec, "clusterIP");
    const Value *old_ips = value_get_lit(old_spec, "clusterIPs");
    if (value_len(old_ips) && !value_len(value_get_lit(spec, "clusterIPs")) && str_eq(ip, old_ip)) {
        value_set_lit(spec, "clusterIPs", value_copy(old_ips, a), a);
    }
    if (str_eq(ip, old_ip) || !same_list(old_ips, value_get_lit(spec, "clusterIPs"))) {
        return;
    }
    if (old_ip.len && !ip.len) {
        value_remove(spec, STR("clusterIPs")); /* cleared: in both places then */
    } else {
        set_only_ip(spec, ip, a);
    }
}

/* -- fields that go with a type ---------------------------------------------------------------- */

static bool has_new_node_ports(const Value *spec, const Value *old_spec)
{
    VALUE_EACH_ITEM(port, value_get_lit(spec, "ports")) {
        int64_t number = int_of(port, "nodePort");
        bool is_old = number == 0;
        VALUE_EACH_ITEM(old_port, value_get_lit(old_spec, "ports")) {
            is_old |= int_of(old_port, "nodePort") == number;
        }
        if (!is_old) {
            return true;
        }
    }
    return false;
}

/* What was given out for the type that the service had goes, unless the client changes it too:
 * then validation complains. */
static void drop_type_dependent_fields(Value *service, const Value *old)
{
    Value *spec = value_get_lit(service, "spec");
    const Value *old_spec = service_spec(old);
    if (!service_is_type(old, "ExternalName") && service_is_type(service, "ExternalName")) {
        if (str_eq(str_of(spec, "clusterIP"), str_of(old_spec, "clusterIP")) &&
            same_list(service_ips(service), service_ips(old))) {
            value_remove(spec, STR("clusterIP"));
            value_remove(spec, STR("clusterIPs"));
        }
        if (core_same_map(value_get_lit(spec, "ipFamilies"),
                          value_get_lit(old_spec, "ipFamilies"))) {
            value_remove(spec, STR("ipFamilies"));
        }
        if (str_eq(str_of(spec, "ipFamilyPolicy"), str_of(old_spec, "ipFamilyPolicy"))) {
            value_remove(spec, STR("ipFamilyPolicy"));
        }
    }
    if (service_needs_node_port(old) && !service_needs_node_port(service) &&
        !has_new_node_ports(spec, old_spec)) {
        VALUE_EACH_ITEM(port, value_get_lit(spec, "ports")) {
            value_remove(port, STR("nodePort"));
        }
    }
    if (service_needs_health_check(old) && !service_needs_health_check(service) &&
        int_of(spec, "healthCheckNodePort") == int_of(old_spec, "healthCheckNodePort")) {
        value_remove(spec, STR("healthCheckNodePort"));
    }
    const Value *ports_flag = value_get_lit(spec, "allocateLoadBalancerNodePorts");
    if (service_is_type(old, "LoadBalancer") && !service_is_type(service, "LoadBalancer") &&
        ports_flag &&
        core_same_map(ports_flag, value_get_lit(old_spec, "allocateLoadBalancerNodePorts"))) {
        value_remove(spec, STR("allocateLoadBalancerNodePorts"));
    }
}

/* Down to one family: by the policy alone. */
static void trim_to_single_stack(Value *spec, const Value *old_spec)
{
    Str old_policy = str_of(old_spec, "ipFamilyPolicy");
    bool was_dual = str_eq(old_policy, STR("RequireDualStack")) ||
                    str_eq(old_policy, STR("PreferDualStack"));
    if (!was_dual || !str_eq(str_of(spec, "ipFamilyPolicy"), STR("SingleStack"))) {
        return;
    }
    static const Str lists[] = { STR_INIT("clusterIPs"), STR_INIT("ipFamilies") };
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        Value *list = value_get(spec, lists[i]);
        while (value_len(list) > 1) {
            value_remove_item(list, value_len(list) - 1);
        }
    }
}

/* -- the whole --------------------------------------------------------------------------------- */

void service_prepare_for_create(Value *service, const KubeTarget *t, Arena *a)
{
    Value status = value_object();
    value_set_lit(&status, "loadBalancer", value_object(), a);
    value_set_lit(service, "status", status, a);
    Value *spec = value_need_object(service, STR("spec"), a);
    if (spec) {
        normalize_ips(spec, NULL, a);
        drop_disabled_fields(spec, NULL, t);
    }
}

void service_prepare_for_update(Value *service, const Value *old, const KubeTarget *t, Arena *a)
{
    core_keep(service, old, STR("status"), a);
    Value *spec = value_need_object(service, STR("spec"), a);
    const Value *old_spec = service_spec(old);
    if (!spec || !old_spec) {
        return;
    }
    normalize_ips(spec, old_spec, a);
    drop_disabled_fields(spec, old, t);
    drop_type_dependent_fields(service, old);
    if (t->minor >= SERVICE_DUAL_STACK_MINOR) {
        trim_to_single_stack(spec, old_spec);
    }
}
