/* SPDX-License-Identifier: Apache-2.0 */
/* One policy tried against one pod: the strategies in their order, on the overlay. */
#include "decide/psp/attempt.h"

/* for each bit of mask, lowest first: i */
#define EACH_BIT(i, mask)                                                                          \
    for (uint32_t rest_##i = (mask), i; rest_##i && (i = (uint32_t)__builtin_ctz(rest_##i), true); \
         rest_##i &= rest_##i - 1)

static void find_phases(PspAttempt *at)
{
    for (size_t i = 0; i < psp_pod_strategies.count; i++) {
        const PspStrategy *s = psp_pod_strategies.items[i];
        if (!s->concerns || s->concerns(at)) {
            at->phases.pod_defaults |= (uint32_t)(s->default_pod != NULL) << i;
            at->phases.pod_checks |= (uint32_t)(s->check_pod != NULL) << i;
        }
    }
    for (size_t i = 0; i < psp_container_strategies.count; i++) {
        const PspStrategy *s = psp_container_strategies.items[i];
        if (!s->concerns || s->concerns(at)) {
            at->phases.container_defaults |= (uint32_t)(s->default_container != NULL) << i;
            at->phases.container_checks |= (uint32_t)(s->check_container != NULL) << i;
        }
    }
}

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
    find_phases(&at);
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
    EACH_BIT(i, at->phases.pod_defaults & policy->pod_strategies)
    {
        psp_pod_strategies.items[i]->default_pod(at);
    }
    uint32_t container_defaults = at->phases.container_defaults & policy->container_strategies;
    for (size_t k = 0; k < at->container_count; k++) {
        EACH_BIT(i, container_defaults)
        {
            psp_container_strategies.items[i]->default_container(at, &containers[k]);
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
    EACH_BIT(i, at->phases.pod_checks & at->policy->pod_strategies)
    {
        psp_pod_strategies.items[i]->check_pod(at);
        if (decided(at)) {
            return;
        }
    }
    uint32_t container_checks = at->phases.container_checks & at->policy->container_strategies;
    for (size_t k = 0; k < at->container_count; k++) {
        EACH_BIT(i, container_checks)
        {
            psp_container_strategies.items[i]->check_container(at, &at->containers[k]);
            if (decided(at)) {
                return;
            }
        }
    }
}
