/* SPDX-License-Identifier: Apache-2.0 */
/* What a Deployment says of itself: numbers, conditions, progress. */
#include "server/controllers/deployment.h"
#include "server/table/age.h"

/* -- in and out
 * ------------------------------------------------------------------------------------- */

void deploy_read_status(Deploy *d)
{
    const Value *v = value_get_lit(&d->object, "status");
    const Value *conditions = value_get_lit(v, "conditions");
    d->status = (DeployStatus){
        .observed = value_get_int(v, STR("observedGeneration")).value,
        .replicas = value_get_int(v, STR("replicas")).value,
        .updated = value_get_int(v, STR("updatedReplicas")).value,
        .ready = value_get_int(v, STR("readyReplicas")).value,
        .available = value_get_int(v, STR("availableReplicas")).value,
        .unavailable = value_get_int(v, STR("unavailableReplicas")).value,
        .collisions = value_get_int(v, STR("collisionCount")),
        .conditions = conditions ? value_copy(conditions, d->c->arena) : value_array(),
    };
}

static bool same_status(const DeployStatus *x, const DeployStatus *y)
{
    return x->observed == y->observed && x->replicas == y->replicas && x->updated == y->updated &&
           x->ready == y->ready && x->available == y->available &&
           x->unavailable == y->unavailable && x->collisions.set == y->collisions.set &&
           x->collisions.value == y->collisions.value &&
           value_equal(&x->conditions, &y->conditions);
}

static Value status_value(const DeployStatus *s, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "observedGeneration", value_int(s->observed), a);
    value_set_lit(&v, "replicas", value_int(s->replicas), a);
    value_set_lit(&v, "updatedReplicas", value_int(s->updated), a);
    value_set_lit(&v, "readyReplicas", value_int(s->ready), a);
    value_set_lit(&v, "availableReplicas", value_int(s->available), a);
    value_set_lit(&v, "unavailableReplicas", value_int(s->unavailable), a);
    value_set_lit(&v, "conditions", s->conditions, a);
    if (s->collisions.set) {
        value_set_lit(&v, "collisionCount", value_int(s->collisions.value), a);
    }
    return v;
}

/* Annotations go with it: that is how the revision is stored. */
bool deploy_write_status(Deploy *d)
{
    CtlObject at = { "apps/v1", "deployments", ctl_namespace(&d->object), ctl_name(&d->object),
                     "status" };
    ApiResponse response;
    value_set_lit(&d->object, "status", status_value(&d->status, d->c->arena), d->c->arena);
    if (!ctl_update(d->c, &at, &d->object, &response)) {
        return false;
    }
    d->object = response.body;
    return true;
}

/* -- conditions
 * ---------------------------------------------------------------------------------------- */

const Value *deploy_condition(const DeployStatus *status, const char *type)
{
    VALUE_EACH_ITEM(condition, &status->conditions) {
        if (str_eq(value_get_str(condition, STR("type")), str_from_c(type))) {
            return condition;
        }
    }
    return NULL;
}

static void remove_condition(DeployStatus *status, const char *type, Arena *a)
{
    Value rest = value_array();
    VALUE_EACH_ITEM(condition, &status->conditions) {
        if (!str_eq(value_get_str(condition, STR("type")), str_from_c(type))) {
            value_add(&rest, *condition, a);
        }
    }
    status->conditions = rest;
}

static Str field(const Value *condition, const char *name)
{
    return value_get_str(condition, str_from_c(name));
}

static Value condition_new(Ctl *c, const char *type, Str is, Str reason, Str message)
{
    Arena *a = c->arena;
    Value condition = value_object();
    value_set_lit(&condition, "type", value_str(str_from_c(type)), a);
    value_set_lit(&condition, "status", value_str(is), a);
    value_set_lit(&condition, "lastUpdateTime", value_str(ctl_now_text(c)), a);
    value_set_lit(&condition, "lastTransitionTime", value_str(ctl_now_text(c)), a);
    value_set_lit(&condition, "reason", value_str(reason), a);
    value_set_lit(&condition, "message", value_str(message), a);
    return condition;
}

/* When its status or reason is new. */
static void put_condition(DeployStatus *status, Value condition, Arena *a)
{
    const char *type = arena_cstr(a, field(&condition, "type"));
    const Value *old = deploy_condition(status, type);
    if (old && str_eq(field(old, "status"), field(&condition, "status"))) {
        if (str_eq(field(old, "reason"), field(&condition, "reason"))) {
            return;
        }
        value_set_lit(&condition, "lastTransitionTime", value_str(field(old, "lastTransitionTime")),
                      a);
    }
    remove_condition(status, type, a);
    value_add(&status->conditions, condition, a);
}

void deploy_set_condition(Deploy *d, DeployStatus *status, const char *type, const char *is,
                          const char *reason, Str message)
{
    put_condition(status, condition_new(d->c, type, str_from_c(is), str_from_c(reason), message),
                  d->c->arena);
}

/* -- numbers
 * -------------------------------------------------------------------------------------------- */

static DeployStatus calculate(Deploy *d)
{
    DeploySets all = deploy_all(d);
    const Value *generation = value_at(&d->object, "metadata", "generation", NULL);
    DeployStatus s = {
        .observed = value_as_int(generation).value,
        .replicas = deploy_counted(&all, "replicas"),
        .updated = d->new_set ? deploy_set_status(d->new_set, "replicas") : 0,
        .ready = deploy_counted(&all, "readyReplicas"),
        .available = deploy_counted(&all, "availableReplicas"),
        .collisions = d->status.collisions,
        .conditions = value_copy(&d->status.conditions, d->c->arena),
    };
    int64_t missing = deploy_wanted(&all) - s.available;
    s.unavailable = missing > 0 ? missing : 0;
    if (s.available >= d->plan.replicas - d->plan.unavailable) {
        deploy_set_condition(d, &s, "Available", "True", "MinimumReplicasAvailable",
                             STR("Deployment has minimum availability."));
    } else {
        deploy_set_condition(d, &s, "Available", "False", "MinimumReplicasUnavailable",
                             STR("Deployment does not have minimum availability."));
    }
    return s;
}

bool deploy_sync_status(Deploy *d)
{
    DeployStatus s = calculate(d);
    if (same_status(&s, &d->status)) {
        return true;
    }
    d->status = s;
    return deploy_write_status(d);
}

/* -- progress
 * ------------------------------------------------------------------------------------------- */

static OptInt64 deadline_of(const Deploy *d)
{
    return value_as_int(value_at(&d->object, "spec", "progressDeadlineSeconds", NULL));
}

bool deploy_has_deadline(const Deploy *d)
{
    OptInt64 deadline = deadline_of(d);
    return deadline.set && deadline.value != INT32_MAX;
}

bool deploy_is_complete(const Deploy *d, const DeployStatus *s)
{
    const Value *generation = value_at(&d->object, "metadata", "generation", NULL);
    return s->updated == d->plan.replicas && s->replicas == d->plan.replicas &&
           s->available == d->plan.replicas && s->observed >= value_as_int(generation).value;
}

static bool progresses(const DeployStatus *old, const DeployStatus *now)
{
    return now->updated > old->updated ||
           now->replicas - now->updated < old->replicas - old->updated || now->ready > old->ready ||
           now->available > old->available;
}

static bool is_late(const Deploy *d, const DeployStatus *s)
{
    const Value *condition = deploy_condition(s, "Progressing");
    int64_t since;
    if (condition == NULL || str_eq(field(condition, "reason"), STR("NewReplicaSetAvailable"))) {
        return false;
    }
    if (str_eq(field(condition, "reason"), STR("ProgressDeadlineExceeded"))) {
        return true;
    }
    return age_parse_time(field(condition, "lastUpdateTime"), &since) &&
           since + deadline_of(d).value < ctl_now(d->c, NULL);
}

static Str progress_text(const Deploy *d, const char *what)
{
    const Value *about = d->new_set ? &d->new_set->object : &d->object;
    return arena_printf(d->c->arena, "%s \"%.*s\" %s", d->new_set ? "ReplicaSet" : "Deployment",
                        STR_ARG(ctl_name(about)), what);
}

/* Its time is the last at which anything moved, also when nothing else changes. */
static void tell_progress(Deploy *d, DeployStatus *s)
{
    Arena *a = d->c->arena;
    const Value *old = deploy_condition(&d->status, "Progressing");
    Value condition = condition_new(d->c, "Progressing", STR("True"), STR("ReplicaSetUpdated"),
                                    progress_text(d, "is progressing."));
    if (old) {
        if (str_eq(field(old, "status"), STR("True"))) {
            value_set_lit(&condition, "lastTransitionTime",
                          value_str(field(old, "lastTransitionTime")), a);
        }
        remove_condition(s, "Progressing", a);
    }
    put_condition(s, condition, a);
}

static void estimate(Deploy *d, DeployStatus *s)
{
    const Value *old = deploy_condition(&d->status, "Progressing");
    bool was_complete = s->replicas == s->updated && old &&
                        str_eq(field(old, "reason"), STR("NewReplicaSetAvailable"));
    if (!deploy_has_deadline(d)) {
        remove_condition(s, "Progressing", d->c->arena);
    } else if (was_complete) {
        return;
    } else if (deploy_is_complete(d, s)) {
        deploy_set_condition(d, s, "Progressing", "True", "NewReplicaSetAvailable",
                             progress_text(d, "has successfully progressed."));
    } else if (progresses(&d->status, s)) {
        tell_progress(d, s);
    } else if (is_late(d, s)) {
        deploy_set_condition(d, s, "Progressing", "False", "ProgressDeadlineExceeded",
                             progress_text(d, "has timed out progressing."));
    }
}

static const Value *failure_in(const DeploySet *set)
{
    VALUE_EACH_ITEM(condition, value_at(&set->object, "status", "conditions", NULL)) {
        if (str_eq(field(condition, "type"), STR("ReplicaFailure"))) {
            return condition;
        }
    }
    return NULL;
}

/* Of the new set, or else of any. */
static const Value *failure_of(const Deploy *d)
{
    const Value *failure = d->new_set ? failure_in(d->new_set) : NULL;
    for (size_t i = 0; i < d->old.count && failure == NULL; i++) {
        failure = failure_in(d->old.items[i]);
    }
    return failure;
}

static void take_failure(Deploy *d, DeployStatus *s)
{
    const Value *failure = failure_of(d);
    Arena *a = d->c->arena;
    if (failure == NULL) {
        remove_condition(s, "ReplicaFailure", a);
        return;
    }
    Value condition = condition_new(d->c, "ReplicaFailure", field(failure, "status"),
                                    field(failure, "reason"), field(failure, "message"));
    Value since = value_str(field(failure, "lastTransitionTime"));
    value_set_lit(&condition, "lastUpdateTime", since, a);
    value_set_lit(&condition, "lastTransitionTime", since, a);
    put_condition(s, condition, a);
}

/* Nothing happens: look again when the deadline is over. */
static void look_again(Deploy *d)
{
    const Value *condition = deploy_condition(&d->status, "Progressing");
    int64_t since;
    if (!deploy_has_deadline(d) || condition == NULL || deploy_is_complete(d, &d->status) ||
        str_eq(field(condition, "reason"), STR("ProgressDeadlineExceeded")) ||
        !age_parse_time(field(condition, "lastUpdateTime"), &since)) {
        return;
    }
    int64_t left = since + deadline_of(d).value - ctl_now(d->c, NULL);
    ctl_enqueue_after(d->c, ctl_namespace(&d->object), ctl_name(&d->object),
                      (left < 0 ? 1 : left + 1) * 1000);
}

bool deploy_sync_rollout_status(Deploy *d)
{
    DeployStatus s = calculate(d);
    estimate(d, &s);
    take_failure(d, &s);
    if (same_status(&s, &d->status)) {
        look_again(d);
        return true;
    }
    d->status = s;
    return deploy_write_status(d);
}
