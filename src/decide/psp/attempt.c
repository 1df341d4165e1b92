/* SPDX-License-Identifier: Apache-2.0 */
/* One policy tried against one pod: the strategies in their order, on the overlay. */
#include "decide/psp/attempt.h"

PspAttempt psp_attempt_new(const PodView *pod, const KubeTarget *target, Arena *a)
{
    PspAttempt at = { .pod = pod, .target = target, .arena = a };
    at.container_count = kube_has(target, FEATURE_EPHEMERAL_CONTAINERS)
                             ? pod->container_count
                             : pod->init_count + pod->regular_count;
    at.containers = new(a, PspContainer, at.container_count);
    ContainerPath *paths = new(a, ContainerPath, at.container_count);
    for (size_t i = 0; i < psp_pod_strategies.count; i++) {
        const PspStrategy *s = psp_pod_strategies.items[i];
        if (s->read_pod) {
            s->read_pod(&at);
        }
    }
    for (size_t i = 0; i < at.container_count; i++) {
        PspContainer *c = &at.containers[i];
        c->view = &pod->containers[i];
        container_path(&paths[i], c->view);
        c->path = &paths[i].item;
        for (size_t j = 0; j < psp_container_strategies.count; j++) {
            const PspStrategy *s = psp_container_strategies.items[j];
            if (s->read_container) {
                s->read_container(&at, c);
            }
        }
    }
    return at;
}

void psp_attempt_default(PspAttempt *at, const PspAttempt *base, const PspPolicy *policy)
{
    PspContainer *containers = at->containers;
    FieldErrors *errs = at->errs;
    *at = *base;
    at->policy = policy;
    at->errs = errs;
    at->containers = containers;
    if (at->container_count) {
        memcpy(containers, base->containers, at->container_count * sizeof(*containers));
    }
    for (size_t i = 0; i < psp_pod_strategies.count; i++) {
        const PspStrategy *s = psp_pod_strategies.items[i];
        if (s->default_pod) {
            s->default_pod(at);
        }
    }
    for (size_t i = 0; i < at->container_count; i++) {
        for (size_t j = 0; j < psp_container_strategies.count; j++) {
            const PspStrategy *s = psp_container_strategies.items[j];
            if (s->default_container) {
                s->default_container(at, &containers[i]);
            }
        }
    }
}

/* Nobody will read more than that it failed. */
static bool decided(const PspAttempt *at)
{
    return at->failures && !at->errs;
}

void psp_attempt_check(PspAttempt *at)
{
    for (size_t i = 0; i < psp_pod_strategies.count && !decided(at); i++) {
        const PspStrategy *s = psp_pod_strategies.items[i];
        if (s->check_pod) {
            s->check_pod(at);
        }
    }
    for (size_t i = 0; i < at->container_count; i++) {
        for (size_t j = 0; j < psp_container_strategies.count && !decided(at); j++) {
            const PspStrategy *s = psp_container_strategies.items[j];
            if (s->check_container) {
                s->check_container(at, &at->containers[i]);
            }
        }
    }
}
