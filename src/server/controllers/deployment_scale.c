/* SPDX-License-Identifier: Apache-2.0 */
/* How a Deployment's ReplicaSets grow and shrink. */
#include "server/controllers/deployment.h"

static void tell(Deploy *d, const DeploySet *set, bool up, int64_t from, int64_t to)
{
    const char *direction = up ? "up" : "down";
    Str name = ctl_name(&set->object);
    int minor = d->c->target->minor;
    if (minor >= 31) {
        ctl_event(d->c, &d->object, "Normal", "ScalingReplicaSet",
                  "Scaled %s replica set %.*s from %lld to %lld", direction, STR_ARG(name),
                  (long long)from, (long long)to);
    } else if (minor >= 26) {
        ctl_event(d->c, &d->object, "Normal", "ScalingReplicaSet",
                  "Scaled %s replica set %.*s to %lld from %lld", direction, STR_ARG(name),
                  (long long)to, (long long)from);
    } else {
        ctl_event(d->c, &d->object, "Normal", "ScalingReplicaSet",
                  "Scaled %s replica set %.*s to %lld", direction, STR_ARG(name), (long long)to);
    }
}

/* Also when only its annotations have to change. */
static bool resize(Deploy *d, DeploySet *set, int64_t replicas, bool up, bool *scaled)
{
    Arena *a = d->c->arena;
    int64_t before = deploy_set_replicas(set);
    Value copy = value_copy(&set->object, a);
    bool annotated = deploy_annotate_replicas(d, &copy);
    if (scaled) {
        *scaled = false;
    }
    if (!annotated && before == replicas) {
        return true;
    }
    CtlObject at = { "apps/v1", "replicasets", ctl_namespace(&copy), ctl_name(&copy), NULL };
    ApiResponse response;
    value_set_lit(value_get_lit(&copy, "spec"), "replicas", value_int(replicas), a);
    if (!ctl_update(d->c, &at, &copy, &response)) {
        return false;
    }
    set->object = response.body;
    if (before != replicas) {
        tell(d, set, up, before, replicas);
        if (scaled) {
            *scaled = true;
        }
    }
    return true;
}

bool deploy_scale_set(Deploy *d, DeploySet *set, int64_t replicas, bool *scaled)
{
    if (scaled) {
        *scaled = false;
    }
    int64_t before = deploy_set_replicas(set);
    return before == replicas || resize(d, set, replicas, before < replicas, scaled);
}

/* -- after the Deployment was scaled
 * -------------------------------------------------------------------- */

/* The only one that has pods, or, when none has, the newest. */
static DeploySet *active_or_latest(Deploy *d)
{
    DeploySets all = deploy_all(d);
    DeploySets active = deploy_active(&all, d->c->arena);
    if (active.count == 1) {
        return active.items[0];
    }
    if (active.count || !all.count) {
        return NULL;
    }
    deploy_sort(&d->old, BY_NEWEST);
    return d->new_set ? d->new_set : d->old.items[0];
}

static bool is_saturated(const Deploy *d)
{
    int64_t desired;
    return d->new_set && deploy_annotation(d->new_set, DEPLOY_DESIRED, &desired) &&
           deploy_set_replicas(d->new_set) == d->plan.replicas && desired == d->plan.replicas &&
           deploy_set_status(d->new_set, "availableReplicas") == d->plan.replicas;
}

/* Each gets its share; what is left over goes to the largest. */
static bool scale_proportionally(Deploy *d)
{
    DeploySets all = deploy_all(d);
    DeploySets active = deploy_active(&all, d->c->arena);
    int64_t allowed = d->plan.replicas > 0 ? d->plan.replicas + d->plan.surge : 0;
    int64_t to_add = allowed - deploy_wanted(&active);
    int64_t added = 0;
    int64_t *sizes = new(d->c->arena, int64_t, active.count + 1);
    if (to_add) {
        deploy_sort(&active, to_add > 0 ? BY_SIZE_NEWER : BY_SIZE_OLDER);
    }
    for (size_t i = 0; i < active.count; i++) {
        int64_t most;
        int64_t current = deploy_set_replicas(active.items[i]);
        if (!deploy_annotation(active.items[i], DEPLOY_MAX, &most)) {
            most = d->status.replicas;
        }
        int64_t share = rollout_proportion(&d->plan, current, most, to_add, added);
        sizes[i] = current + share;
        added += share;
    }
    for (size_t i = 0; i < active.count; i++) {
        int64_t size = sizes[i] + (i == 0 ? to_add - added : 0);
        if (!resize(d, active.items[i], size < 0 ? 0 : size, to_add > 0, NULL)) {
            return false;
        }
    }
    return true;
}

bool deploy_scale(Deploy *d)
{
    DeploySet *only = active_or_latest(d);
    if (only) {
        return deploy_scale_set(d, only, d->plan.replicas, NULL);
    }
    if (is_saturated(d)) {
        for (size_t i = 0; i < d->old.count; i++) {
            if (!deploy_scale_set(d, d->old.items[i], 0, NULL)) {
                return false;
            }
        }
        return true;
    }
    return !d->plan.is_rolling || scale_proportionally(d);
}

/* -- rolling
 * -------------------------------------------------------------------------------------------- */

static bool grow_new(Deploy *d, bool *scaled)
{
    int64_t current = deploy_set_replicas(d->new_set);
    int64_t wanted = d->plan.replicas;
    DeploySets all = deploy_all(d);
    if (current < wanted) {
        wanted = rollout_new_replicas(&d->plan, deploy_wanted(&all), current);
    }
    return deploy_scale_set(d, d->new_set, wanted, scaled);
}

/* Pods that do not run are no loss. Returns how many were let go; -1 when refused. */
static int64_t drop_unhealthy(Deploy *d, DeploySets *old, int64_t most)
{
    int64_t total = 0;
    deploy_sort(old, BY_CREATION);
    for (size_t i = 0; i < old->count && total < most; i++) {
        int64_t current = deploy_set_replicas(old->items[i]);
        int64_t unhealthy = current - deploy_set_status(old->items[i], "availableReplicas");
        if (current == 0 || unhealthy == 0) {
            continue;
        }
        int64_t drop = unhealthy < most - total ? unhealthy : most - total;
        if (drop < 0 || !deploy_scale_set(d, old->items[i], current - drop, NULL)) {
            return -1;
        }
        total += drop;
    }
    return total;
}

/* As many as may be missing. */
static int64_t drop_healthy(Deploy *d, DeploySets *old)
{
    DeploySets all = deploy_all(d);
    int64_t spare = deploy_counted(&all, "availableReplicas") -
                    (d->plan.replicas - d->plan.unavailable);
    int64_t total = 0;
    for (size_t i = 0; i < old->count && total < spare; i++) {
        int64_t current = deploy_set_replicas(old->items[i]);
        int64_t drop = current < spare - total ? current : spare - total;
        if (current == 0) {
            continue;
        }
        if (!deploy_scale_set(d, old->items[i], current - drop, NULL)) {
            return -1;
        }
        total += drop;
    }
    return total;
}

static bool shrink_old(Deploy *d)
{
    DeploySets old = deploy_active(&d->old, d->c->arena);
    DeploySets all = deploy_all(d);
    int64_t least = d->plan.replicas - d->plan.unavailable;
    int64_t not_yet = deploy_set_replicas(d->new_set) -
                      deploy_set_status(d->new_set, "availableReplicas");
    int64_t most = deploy_wanted(&all) - least - not_yet;
    if (deploy_wanted(&old) == 0 || most <= 0) {
        return false;
    }
    int64_t dropped = drop_unhealthy(d, &old, most);
    if (dropped < 0) {
        return false;
    }
    int64_t more = drop_healthy(d, &old);
    return more >= 0 && dropped + more > 0;
}

bool deploy_roll(Deploy *d)
{
    bool scaled;
    if (!deploy_find_sets(d, true) || !grow_new(d, &scaled)) {
        return false;
    }
    if (!scaled && !shrink_old(d) && deploy_is_complete(d, &d->status) && !deploy_clean_up(d)) {
        return false;
    }
    return deploy_sync_rollout_status(d);
}

/* -- recreating
 * ------------------------------------------------------------------------------------------- */

static bool is_of_old(const Deploy *d, const Value *pod)
{
    for (size_t i = 0; i < d->owned.count; i++) {
        if (d->owned.items[i] != d->new_set &&
            ctl_is_controlled_by(pod, &d->owned.items[i]->object)) {
            return true;
        }
    }
    return false;
}

static bool old_pods_run(const Deploy *d)
{
    size_t count;
    if (deploy_counted(&d->old, "replicas") > 0) {
        return true;
    }
    const Value *const *pods = ctl_list(d->c, STR(""), STR("Pod"), ctl_namespace(&d->object),
                                        &count);
    for (size_t i = 0; i < count; i++) {
        Str phase = value_as_str(value_at(pods[i], "status", "phase", NULL));
        if (!str_eq(phase, STR("Failed")) && !str_eq(phase, STR("Succeeded")) &&
            is_of_old(d, pods[i])) {
            return true;
        }
    }
    return false;
}

bool deploy_recreate(Deploy *d)
{
    bool scaled_down = false;
    if (!deploy_find_sets(d, false)) {
        return false;
    }
    for (size_t i = 0; i < d->old.count; i++) {
        bool scaled;
        if (!deploy_scale_set(d, d->old.items[i], 0, &scaled)) {
            return false;
        }
        scaled_down = scaled_down || scaled;
    }
    if (scaled_down || old_pods_run(d)) {
        return deploy_sync_rollout_status(d);
    }
    if ((d->new_set == NULL && !deploy_find_sets(d, true)) ||
        !deploy_scale_set(d, d->new_set, d->plan.replicas, NULL) ||
        (deploy_is_complete(d, &d->status) && !deploy_clean_up(d))) {
        return false;
    }
    return deploy_sync_rollout_status(d);
}

/* -- old sets
 * --------------------------------------------------------------------------------------------- */

static bool is_unused(const DeploySet *set)
{
    const Value *generation = value_at(&set->object, "metadata", "generation", NULL);
    return deploy_set_status(set, "replicas") == 0 && deploy_set_replicas(set) == 0 &&
           value_as_int(generation).value <= deploy_set_status(set, "observedGeneration");
}

bool deploy_clean_up(Deploy *d)
{
    OptInt64 limit = value_as_int(value_at(&d->object, "spec", "revisionHistoryLimit", NULL));
    DeploySets alive = { new(d->c->arena, DeploySet *, d->old.count + 1), 0 };
    for (size_t i = 0; i < d->old.count; i++) {
        if (!ctl_is_deleted(&d->old.items[i]->object)) {
            alive.items[alive.count++] = d->old.items[i];
        }
    }
    if (!limit.set || limit.value == INT32_MAX || (int64_t)alive.count <= limit.value) {
        return true;
    }
    deploy_sort(&alive, BY_CREATION);
    size_t surplus = alive.count - (size_t)limit.value;
    for (size_t i = 0; i < surplus; i++) {
        const Value *set = &alive.items[i]->object;
        CtlObject at = { "apps/v1", "replicasets", ctl_namespace(set), ctl_name(set), NULL };
        ApiResponse response;
        if (is_unused(alive.items[i]) && !ctl_delete(d->c, &at, NULL, &response) &&
            response.code != 404) {
            return false;
        }
    }
    return true;
}
