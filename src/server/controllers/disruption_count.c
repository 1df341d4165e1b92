/* SPDX-License-Identifier: Apache-2.0 */
/* How many pods of a PodDisruptionBudget are healthy, how many have to be. */
#include "server/controllers/disruption_count.h"

#include "server/table/age.h"

enum {
    V1_SINCE = 21,           /* policy/v1, and conditions */
    FORGET_EVICTION_S = 120, /* an evicted pod that is still there then was not evicted */
};

/* -- the budget -------------------------------------------------------------------------------- */

bool disruption_selector(const Value *budget, const KubeTarget *target, Arena *a,
                         LabelSelector *out)
{
    Err err;
    bool is_read = label_selector_read(value_at(budget, "spec", "selector", NULL), a, out, &err);
    return is_read && !out->matches_nothing && (out->count > 0 || target->minor >= V1_SINCE);
}

static const Value *min_available(const Value *budget)
{
    return value_at(budget, "spec", "minAvailable", NULL);
}

static const Value *max_unavailable(const Value *budget)
{
    return value_at(budget, "spec", "maxUnavailable", NULL);
}

bool disruption_needs_scale(const Value *budget)
{
    return !value_is_null(max_unavailable(budget)) || value_is(min_available(budget), VALUE_STRING);
}

/* A number, or so many percent of the whole, rounded up. */
static int64_t scaled(const Value *v, int64_t whole)
{
    Str text = value_as_str(v);
    int64_t percent = 0;
    if (!text.ptr) {
        return value_as_int(v).value;
    }
    if (!str_ends_with(text, STR("%")) ||
        !str_to_int64(str_slice(text, 0, text.len - 1), &percent)) {
        return 0;
    }
    return (percent * whole + 99) / 100;
}

static void expect(const Value *budget, const DisruptionState *state, int64_t *expected,
                   int64_t *desired)
{
    const Value *max = max_unavailable(budget), *min = min_available(budget);
    *expected = disruption_needs_scale(budget) ? state->scale : (int64_t)state->pods.count;
    *desired = !value_is_null(max) ? *expected - scaled(max, *expected) : scaled(min, *expected);
    *desired = *desired < 0 ? 0 : *desired;
}

/* -- pods -------------------------------------------------------------------------------------- */

static const Value *find_pod(const DisruptionPods *pods, Str name)
{
    for (size_t i = 0; i < pods->count; i++) {
        Str its = value_as_str(value_at(pods->items[i], "metadata", "name", NULL));
        if (str_eq(its, name)) {
            return pods->items[i];
        }
    }
    return NULL;
}

static bool is_deleted(const Value *pod)
{
    return !value_is_null(value_at(pod, "metadata", "deletionTimestamp", NULL));
}

/* 0 for what is no time: long ago. */
static int64_t seconds_of(Str time)
{
    int64_t out = 0;
    return age_parse_time(time, &out) ? out : 0;
}

/* Evictions that were allowed and may still happen. */
static Value still_disrupted(const Value *budget, DisruptionState *state, Arena *a)
{
    Value out = value_object();
    int64_t now = seconds_of(state->now);
    VALUE_EACH_MEMBER(m, value_at(budget, "status", "disruptedPods", NULL)) {
        const Value *pod = find_pod(&state->pods, member_key(m));
        int64_t left = seconds_of(value_as_str(&m->value)) + FORGET_EVICTION_S - now;
        if (pod == NULL || is_deleted(pod) || left <= 0) {
            continue;
        }
        value_set(&out, member_key(m), m->value, a);
        if (state->recheck_ms == 0 || left * 1000 < state->recheck_ms) {
            state->recheck_ms = left * 1000;
        }
    }
    return out;
}

static bool is_ready(const Value *pod)
{
    VALUE_EACH_ITEM(condition, value_at(pod, "status", "conditions", NULL)) {
        if (str_eq(value_get_str(condition, STR("type")), STR("Ready"))) {
            return str_eq(value_get_str(condition, STR("status")), STR("True"));
        }
    }
    return false;
}

static int64_t count_healthy(const DisruptionPods *pods, const Value *disrupted)
{
    int64_t count = 0;
    for (size_t i = 0; i < pods->count; i++) {
        Str name = value_as_str(value_at(pods->items[i], "metadata", "name", NULL));
        count += is_ready(pods->items[i]) && !is_deleted(pods->items[i]) &&
                 value_get(disrupted, name) == NULL;
    }
    return count;
}

/* -- conditions, since 1.21 -------------------------------------------------------------------- */

static void set_condition(Value *status, const Value *old_status, int64_t generation, Str reason,
                          const DisruptionState *state, Arena *a)
{
    bool good = str_eq(reason, STR("SufficientPods"));
    const Value *old = value_item(value_get_lit(old_status, "conditions"), 0);
    Str value = good ? STR("True") : STR("False");
    const Value *since = str_eq(value_get_str(old, STR("status")), value)
                             ? value_get_lit(old, "lastTransitionTime")
                             : NULL;
    Value condition = value_object();
    value_set_lit(&condition, "type", value_str(STR("DisruptionAllowed")), a);
    value_set_lit(&condition, "status", value_str(value), a);
    value_set_lit(&condition, "observedGeneration", value_int(generation), a);
    value_set_lit(&condition, "lastTransitionTime", since ? *since : value_str(state->now), a);
    value_set_lit(&condition, "reason", value_str(reason), a);
    value_set_lit(&condition, "message", value_str(state->failure), a);
    Value conditions = value_array();
    value_add(&conditions, condition, a);
    value_set_lit(status, "conditions", conditions, a);
}

/* -- the whole --------------------------------------------------------------------------------- */

Value disruption_status(const Value *budget, const KubeTarget *target, DisruptionState *state,
                        Arena *a)
{
    int64_t expected, desired;
    int64_t generation = value_as_int(value_at(budget, "metadata", "generation", NULL)).value;
    Value disrupted = still_disrupted(budget, state, a);
    int64_t healthy = count_healthy(&state->pods, &disrupted);
    expect(budget, state, &expected, &desired);
    int64_t allowed = expected > 0 && healthy > desired ? healthy - desired : 0;
    Value status = value_object();
    if (generation) {
        value_set_lit(&status, "observedGeneration", value_int(generation), a);
    }
    if (disrupted.len) {
        value_set_lit(&status, "disruptedPods", disrupted, a);
    }
    value_set_lit(&status, "disruptionsAllowed", value_int(allowed), a);
    value_set_lit(&status, "currentHealthy", value_int(healthy), a);
    value_set_lit(&status, "desiredHealthy", value_int(desired), a);
    value_set_lit(&status, "expectedPods", value_int(expected), a);
    if (target->minor >= V1_SINCE) {
        set_condition(&status, value_get_lit(budget, "status"), generation,
                      allowed > 0 ? STR("SufficientPods") : STR("InsufficientPods"), state, a);
    }
    return status;
}

Value disruption_status_failed(const Value *budget, const KubeTarget *target,
                               const DisruptionState *state, Arena *a)
{
    const Value *old = value_get_lit(budget, "status");
    int64_t generation = value_as_int(value_at(budget, "metadata", "generation", NULL)).value;
    Value status = old ? value_copy(old, a) : value_object();
    value_set_lit(&status, "disruptionsAllowed", value_int(0), a);
    if (target->minor >= V1_SINCE) {
        set_condition(&status, old, generation, STR("SyncFailed"), state, a);
    }
    return status;
}
