/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostProbesAndHostLifecycle (baseline, v1.34 on): probes and lifecycle handlers must not name a
 * host, as the kubelet would connect to it from the node.
 *
 * Fields   host of httpGet and tcpSocket, under
 *          spec.{initContainers,containers,ephemeralContainers}[*].{livenessProbe,readinessProbe,
 *          startupProbe,lifecycle.postStart,lifecycle.preStop}
 * Allowed  unset, empty
 * Source   Pod Security Standards, baseline, "Host Probes / Lifecycle Hooks"
 *
 * Unlike elsewhere, the containers are listed as a set: sorted, each name once.
 */
#include "decide/psa/check.h"

static void place_handler(const HandlerHostView *h, const ContainerView *c, PsaCheckOut *out)
{
    if (out->wants_places) {
        psa_place(out, c, arena_printf(out->arena, "%s.%s.host", h->handler, h->action));
    }
}

static void host_probes_and_host_lifecycle_1_34(const PodView *pod, PsaCheckOut *out)
{
    PsaList containers = { 0 };
    PsaList hosts = { 0 };
    POD_EACH_CONTAINER(c, pod) {
        for (size_t i = 0; i < c->handler_host_count; i++) {
            const HandlerHostView *h = &c->handler_hosts[i];
            if (h->host.len) {
                psa_list_add(&containers, c->name, out->arena);
                psa_list_add(&hosts, h->host, out->arena);
                place_handler(h, c, out);
            }
        }
    }
    if (containers.count) {
        psa_list_to_set(&containers);
        psa_list_to_set(&hosts);
        Buf *b = psa_fail(out, STR("probe or lifecycle host"));
        psa_write_containers(&containers, b);
        psa_write_plural(containers.count, STR(" uses "), STR(" use "), b);
        psa_write_plural(hosts.count, STR("probe or lifecycle host "),
                         STR("probe or lifecycle hosts "), b);
        psa_write_quoted(&hosts, b);
    }
}

const PsaCheck psa_check_host_probes_and_host_lifecycle = {
    .id = STR_INIT("hostProbesAndHostLifecycle"),
    .level = PSA_BASELINE,
    .title = STR_INIT("no host named in a probe or lifecycle handler"),
    .versions = { { 34, host_probes_and_host_lifecycle_1_34 } },
};
