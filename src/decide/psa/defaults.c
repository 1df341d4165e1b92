/* SPDX-License-Identifier: Apache-2.0 */
/* The API server's defaults that change verdicts, applied to a view: the pod itself stays as it is.
 */
#include "decide/psa/psa.h"

/* What nobody knows is dropped in decoding, so such a volume has no source either. */
static bool has_no_source(const VolumeView *v)
{
    return (v->sources & ~((uint64_t)1 << VOLUME_OTHER)) == 0;
}

static void default_volumes(PodView *pod, Arena *a)
{
    bool any = false;
    for (size_t i = 0; i < pod->volume_count; i++) {
        any |= has_no_source(&pod->volumes[i]);
    }
    if (!any) {
        return;
    }
    VolumeView *volumes = new(a, VolumeView, pod->volume_count);
    for (size_t i = 0; i < pod->volume_count; i++) {
        volumes[i] = pod->volumes[i];
        if (has_no_source(&volumes[i])) {
            volumes[i].sources = (uint64_t)1 << VOLUME_EMPTY_DIR;
        }
    }
    pod->volumes = volumes;
}

static const PortView *with_host_ports(const ContainerView *c, Arena *a)
{
    PortView *ports = new(a, PortView, c->port_count);
    for (size_t i = 0; i < c->port_count; i++) {
        ports[i] = c->ports[i];
        if (ports[i].host_port == 0) {
            ports[i].host_port = ports[i].container_port;
        }
    }
    return ports;
}

static void default_host_ports(PodView *pod, Arena *a)
{
    ContainerView *containers = new(a, ContainerView, pod->container_count);
    for (size_t i = 0; i < pod->container_count; i++) {
        containers[i] = pod->containers[i];
        if (containers[i].class != CONTAINER_EPHEMERAL) {
            containers[i].ports = with_host_ports(&containers[i], a);
        }
    }
    pod->containers = containers;
}

void psa_apply_defaults(PodView *pod, Arena *a)
{
    default_volumes(pod, a);
    if (pod->host_network && pod->container_count) {
        default_host_ports(pod, a);
    }
}
