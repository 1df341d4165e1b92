/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostPorts (baseline, v1.0 on): a container must not claim a port of its node.
 *
 * Fields   spec.{initContainers,containers,ephemeralContainers}[*].ports[*].hostPort
 * Allowed  unset, 0
 * Source   Pod Security Standards, baseline, "Host Ports"
 *
 * The ports are listed as text, and so in the order of text: 1000, 80, 9.
 */
#include "decide/psa/check.h"

static Str port_text(int64_t port, Arena *a)
{
    Buf b = buf_new(a);
    buf_int(&b, port);
    return buf_str(&b);
}

static void host_ports_1_0(const PodView *pod, PsaCheckOut *out)
{
    PsaList containers = { 0 };
    PsaList ports = { 0 };
    POD_EACH_CONTAINER(c, pod) {
        size_t before = ports.count;
        for (size_t i = 0; i < c->port_count; i++) {
            if (c->ports[i].host_port != 0) {
                psa_list_add(&ports, port_text(c->ports[i].host_port, out->arena), out->arena);
                psa_place_item(out, c, STR("ports"), i, STR("hostPort"));
            }
        }
        if (ports.count != before) {
            psa_list_add(&containers, c->name, out->arena);
        }
    }
    if (containers.count) {
        psa_list_to_set(&ports);
        Buf *b = psa_fail(out, STR("hostPort"));
        psa_write_containers(&containers, b);
        psa_write_plural(containers.count, STR(" uses "), STR(" use "), b);
        psa_write_plural(ports.count, STR("hostPort "), STR("hostPorts "), b);
        psa_write_plain(&ports, b);
    }
}

const PsaCheck psa_check_host_ports = {
    .id = STR_INIT("hostPorts"),
    .level = PSA_BASELINE,
    .title = STR_INIT("no port of the node"),
    .versions = { { 0, host_ports_1_0 } },
};
