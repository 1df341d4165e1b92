/* SPDX-License-Identifier: Apache-2.0 */
/* What the files about services share. Private to kube/core. */
#ifndef PODGATE_KUBE_CORE_SERVICE_H
#define PODGATE_KUBE_CORE_SERVICE_H

#include "kube/core/parts.h"

enum {
    SERVICE_DUAL_STACK_MINOR = 21,      /* ipFamilies, ipFamilyPolicy */
    SERVICE_LB_NODE_PORTS_MINOR = 22,   /* allocateLoadBalancerNodePorts */
    SERVICE_INTERNAL_POLICY_MINOR = 22, /* internalTrafficPolicy */
    SERVICE_MIXED_PROTOCOLS_MINOR = 24, /* of a load balancer */
};

static inline const Value *service_spec(const Value *service)
{
    return value_get_lit(service, "spec");
}
static inline bool service_is_type(const Value *service, const char *type)
{
    return str_eq(str_of(service_spec(service), "type"), str_from_c(type));
}
static inline const Value *service_ips(const Value *service)
{
    return value_get_lit(service_spec(service), "clusterIPs");
}
static inline Str service_ip_at(const Value *service, size_t i)
{
    Str ip = value_as_str(value_item(service_ips(service), i));
    return ip.ptr ? ip : STR("");
}
/* clusterIPs is ["None"] */
static inline bool service_is_headless(const Value *service)
{
    return value_len(service_ips(service)) == 1 && str_eq(service_ip_at(service, 0), STR("None"));
}
/* NodePort and LoadBalancer */
static inline bool service_needs_node_port(const Value *service)
{
    return service_is_type(service, "NodePort") || service_is_type(service, "LoadBalancer");
}
/* A load balancer that keeps traffic on the node asks it for its health on a port of its own. */
static inline bool service_needs_health_check(const Value *service)
{
    return service_is_type(service, "LoadBalancer") &&
           str_eq(str_of(service_spec(service), "externalTrafficPolicy"), STR("Local"));
}

/* clusterIP, clusterIPs, ipFamilies and ipFamilyPolicy of one service. */
void service_check_ips(const Value *service, FieldErrors *errs);
/* And what an update may do to them. */
void service_check_ips_update(const Value *service, const Value *old, FieldErrors *errs);
/* Whether the traffic policy and the health check's port go with the type. */
void service_check_traffic_fields(const Value *service, FieldErrors *errs);

#endif
