/* SPDX-License-Identifier: Apache-2.0 */
/* Deployments: rollouts from one ReplicaSet to the next. */
#include "server/controllers/deployment.h"

const OwnerKind deployment_owner = { "apps/v1", "Deployment", "deployments" };
static const OwnedKind owned_sets = {
    "apps/v1", "replicasets", STR_INIT("apps"), STR_INIT("ReplicaSet"), NULL, NULL
};

/* -- changes
 * ------------------------------------------------------------------------------------------ */

static bool takes(Ctl *c, const Value *deployment, const Value *set)
{
    LabelSelector selector;
    Err err;
    const Value *labels = value_at(set, "metadata", "labels", NULL);
    return value_len(labels) &&
           label_selector_read(value_at(deployment, "spec", "selector", NULL), c->arena, &selector,
                               &err) &&
           selector.count && label_selector_matches(&selector, labels);
}

/* One that recreates waits for the last of the old pods to go. */
static void observe_pod(Ctl *c, const StoreEvent *event)
{
    const Value *ref = ctl_controller_of(&event->object->object);
    if (event->kind != STORE_DELETED || ref == NULL ||
        !str_eq(value_get_str(ref, STR("kind")), STR("ReplicaSet"))) {
        return;
    }
    const Value *set = ctl_get(c, STR("apps"), STR("ReplicaSet"), event->object->namespace,
                               value_get_str(ref, STR("name")));
    const Value *owner = set ? ctl_controller_of(set) : NULL;
    if (owner && str_eq(value_get_str(owner, STR("kind")), STR("Deployment"))) {
        ctl_enqueue(c, event->object->namespace, value_get_str(owner, STR("name")));
    }
}

static void observe(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    if (str_eq(kind->kind, STR("Pod"))) {
        observe_pod(c, event);
    } else if (str_eq(kind->kind, STR("ReplicaSet"))) {
        owned_observe(c, &deployment_owner, STR("apps"), event, takes);
    } else {
        ctl_enqueue(c, event->object->namespace, event->object->name);
    }
}

/* -- one sync
 * ----------------------------------------------------------------------------------------- */

static bool is_paused(const Deploy *d)
{
    return value_as_bool(value_at(&d->object, "spec", "paused", NULL)).value;
}

static bool selects_all(Deploy *d)
{
    const Value *selector = value_at(&d->object, "spec", "selector", NULL);
    const Value *generation = value_at(&d->object, "metadata", "generation", NULL);
    if (value_len(value_get_lit(selector, "matchLabels")) ||
        value_len(value_get_lit(selector, "matchExpressions"))) {
        return false;
    }
    ctl_event(d->c, &d->object, "Warning", "SelectingAll",
              "This deployment is selecting all pods. A non-empty selector is required.");
    if (d->status.observed < value_as_int(generation).value) {
        d->status.observed = value_as_int(generation).value;
        (void)!deploy_write_status(d);
    }
    return true;
}

static bool claim_sets(Deploy *d)
{
    LabelSelector selector;
    Err err;
    PodList sets;
    Arena *a = d->c->arena;
    if (!label_selector_read(value_at(&d->object, "spec", "selector", NULL), a, &selector, &err) ||
        !owned_claim(d->c, &d->object, &deployment_owner, &selector, &owned_sets, &sets)) {
        return false;
    }
    d->owned = (DeploySets){ new(a, DeploySet *, sets.count + 1), sets.count };
    for (size_t i = 0; i < sets.count; i++) {
        d->owned.items[i] = new(a, DeploySet, 1);
        d->owned.items[i]->object = *sets.items[i];
    }
    return true;
}

/* So that a pause does not count as lack of progress. */
static bool check_paused(Deploy *d)
{
    const Value *condition = deploy_condition(&d->status, "Progressing");
    Str reason = value_get_str(condition, STR("reason"));
    bool was_paused = str_eq(reason, STR("DeploymentPaused"));
    if (!deploy_has_deadline(d) || str_eq(reason, STR("ProgressDeadlineExceeded")) ||
        is_paused(d) == was_paused) {
        return true;
    }
    if (is_paused(d)) {
        deploy_set_condition(d, &d->status, "Progressing", "Unknown", "DeploymentPaused",
                             STR("Deployment is paused"));
    } else {
        deploy_set_condition(d, &d->status, "Progressing", "Unknown", "DeploymentResumed",
                             STR("Deployment is resumed"));
    }
    return deploy_write_status(d);
}

static bool was_scaled(const Deploy *d)
{
    DeploySets all = deploy_all(d);
    DeploySets active = deploy_active(&all, d->c->arena);
    for (size_t i = 0; i < active.count; i++) {
        int64_t desired;
        if (deploy_annotation(active.items[i], DEPLOY_DESIRED, &desired) &&
            desired != d->plan.replicas) {
            return true;
        }
    }
    return false;
}

static bool sync_scale(Deploy *d)
{
    return deploy_find_sets(d, false) && deploy_scale(d) && (!is_paused(d) || deploy_clean_up(d)) &&
           deploy_sync_status(d);
}

static bool sync_deployment(Deploy *d)
{
    if (selects_all(d)) {
        return true;
    }
    if (!claim_sets(d)) {
        return false;
    }
    if (ctl_is_deleted(&d->object)) {
        return deploy_find_sets(d, false) && deploy_sync_status(d);
    }
    if (!check_paused(d)) {
        return false;
    }
    if (is_paused(d)) {
        return sync_scale(d);
    }
    if (!deploy_find_sets(d, false)) {
        return false;
    }
    if (was_scaled(d)) {
        return sync_scale(d);
    }
    return d->plan.is_rolling ? deploy_roll(d) : deploy_recreate(d);
}

static bool sync(Ctl *c, Str namespace, Str name)
{
    const Value *found = ctl_get(c, STR("apps"), STR("Deployment"), namespace, name);
    if (found == NULL) {
        return true;
    }
    Deploy d = { .c = c, .object = value_copy(found, c->arena) };
    d.plan = rollout_read(value_get_lit(&d.object, "spec"));
    deploy_read_status(&d);
    return sync_deployment(&d);
}

const Controller controller_deployment = {
    .name = STR_INIT("deployment-controller"),
    .kinds = { { STR_INIT("apps"), STR_INIT("Deployment") },
               { STR_INIT("apps"), STR_INIT("ReplicaSet") },
               { STR_INIT(""), STR_INIT("Pod") } },
    .observe = observe,
    .sync = sync,
};
