/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/workloads/rollout.h"

int64_t rollout_scaled(const Value *v, int64_t total, bool up)
{
    int64_t percent;
    Str text = value_as_str(v);
    if (!text.ptr) {
        return value_as_int(v).value;
    }
    if (!str_ends_with(text, STR("%")) ||
        !str_to_int64(str_slice(text, 0, text.len - 1), &percent) || percent < INT32_MIN ||
        percent > INT32_MAX || total < INT32_MIN || total > INT32_MAX) {
        return 0;
    }
    int64_t product = percent * total;
    int64_t rest = product % 100;
    return product / 100 + (up ? rest > 0 : -(rest < 0));
}

Rollout rollout_read(const Value *spec)
{
    Str type = value_as_str(value_at(spec, "strategy", "type", NULL));
    Rollout r = { .replicas = value_get_int(spec, STR("replicas")).value,
                  .is_rolling = str_eq(type, STR("RollingUpdate")) };
    if (!r.is_rolling) {
        return r;
    }
    const Value *limits = value_at(spec, "strategy", "rollingUpdate", NULL);
    r.surge = rollout_scaled(value_get_lit(limits, "maxSurge"), r.replicas, true);
    r.unavailable = rollout_scaled(value_get_lit(limits, "maxUnavailable"), r.replicas, false);
    if (r.surge == 0 && r.unavailable == 0) {
        r.unavailable = 1; /* rounded down to nothing: something has to move */
    }
    r.unavailable = r.unavailable > r.replicas ? r.replicas : r.unavailable;
    return r;
}

int64_t rollout_new_replicas(const Rollout *r, int64_t all, int64_t current)
{
    if (!r->is_rolling) {
        return r->replicas;
    }
    int64_t room = r->replicas + r->surge - all;
    int64_t missing = r->replicas - current;
    return room <= 0 ? current : current + (room < missing ? room : missing);
}

static int64_t round_half_away(double x)
{
    return x < 0 ? (int64_t)(x - 0.5) : (int64_t)(x + 0.5);
}

int64_t rollout_proportion(const Rollout *r, int64_t current, int64_t max_replicas, int64_t to_add,
                           int64_t added)
{
    if (current == 0 || to_add == 0 || to_add == added) {
        return 0;
    }
    int64_t fraction = -current;
    int64_t allowed = to_add - added;
    if (r->replicas != 0 && max_replicas != 0) {
        fraction = round_half_away((double)(current * (r->replicas + r->surge)) /
                                   (double)max_replicas) -
                   current;
    } else if (r->replicas != 0) {
        fraction = allowed;
    }
    if (to_add > 0) {
        return fraction < allowed ? fraction : allowed;
    }
    return fraction > allowed ? fraction : allowed;
}
