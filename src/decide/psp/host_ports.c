/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostPorts: ports of the node that containers take.
 *
 * Fields    ports[*].hostPort of each container (under hostNetwork the API makes it containerPort)
 * Refused   a port above 0 outside all ranges
 * Source    Kubernetes 1.20, pkg/security/podsecuritypolicy/provider.go
 */
#include "decide/psp/attempt.h"

static bool allows(const PspPolicy *policy, int64_t port)
{
    for (uint32_t i = 0; i < policy->host_port_count; i++) {
        if (port >= policy->host_ports[i].min && port <= policy->host_ports[i].max) {
            return true;
        }
    }
    return false;
}

/* `Host port 80 is not allowed to be used. Allowed ports: [22,8000-8080]` */
static Str refusal(const PspPolicy *policy, int64_t port, Arena *a)
{
    Buf b = buf_new(a);
    buf_lit(&b, "Host port ");
    buf_int(&b, port);
    buf_lit(&b, " is not allowed to be used. Allowed ports: [");
    for (uint32_t i = 0; i < policy->host_port_count; i++) {
        const PspPortRange *range = &policy->host_ports[i];
        buf_add(&b, i ? STR(",") : STR(""));
        buf_int(&b, range->min);
        if (range->min != range->max) {
            buf_byte(&b, '-');
            buf_int(&b, range->max);
        }
    }
    buf_byte(&b, ']');
    return buf_str(&b);
}

static void check_container(PspAttempt *at, const PspContainer *c)
{
    for (size_t i = 0; i < c->view->port_count; i++) {
        int64_t port = c->view->ports[i].host_port;
        if (port > 0 && !allows(at->policy, port) && psp_fails(at)) {
            field_invalid_int(at->errs, path_child(c->path, "hostPort"), port,
                              refusal(at->policy, port, at->arena));
        }
    }
}

static bool concerns(const PspAttempt *pod)
{
    for (size_t i = 0; i < pod->container_count; i++) {
        const ContainerView *c = pod->containers[i].view;
        for (size_t k = 0; k < c->port_count; k++) {
            if (c->ports[k].host_port > 0) {
                return true;
            }
        }
    }
    return false;
}

const PspStrategy psp_strategy_host_ports = {
    .name = STR_INIT("hostPorts"),
    .concerns = concerns,
    .check_container = check_container,
};
