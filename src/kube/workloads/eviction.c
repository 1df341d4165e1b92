/* SPDX-License-Identifier: Apache-2.0 */
/* What disruption budgets say of an eviction. */
#include "kube/workloads/eviction.h"

#include "kube/selector.h"
#include "kube/workloads/parts.h"

enum {
    DISRUPTED_PODS_MAX = 2000,
    PENDING_MINOR = 19,  /* pods that do not run yet disrupt nothing */
    DELETING_MINOR = 21, /* nor do those that go already */
};

bool eviction_check_name(const Value *eviction, Str name, Arena *a, Status *refusal)
{
    if (str_eq(str_of(value_get_lit(eviction, "metadata"), "name"), name)) {
        return true;
    }
    *refusal = status_bad_request(a, STR("name in URL does not match name in Eviction object"));
    return false;
}

static bool disrupts_nothing(const Value *pod, const KubeTarget *t)
{
    Str phase = str_of(value_get_lit(pod, "status"), "phase");
    const Value *deleted = value_at(pod, "metadata", "deletionTimestamp", NULL);
    return str_eq(phase, STR("Succeeded")) || str_eq(phase, STR("Failed")) ||
           (t->minor >= PENDING_MINOR && str_eq(phase, STR("Pending"))) ||
           (t->minor >= DELETING_MINOR && !value_is_null(deleted));
}

/* An empty selector, like none, is about no pod. */
static bool is_about(const Value *budget, const Value *labels, Arena *a)
{
    LabelSelector selector;
    Err err;
    return label_selector_read(value_at(budget, "spec", "selector", NULL), a, &selector, &err) &&
           selector.count && label_selector_matches(&selector, labels);
}

static Status too_many(Arena *a, Str cause)
{
    Status s = status_too_many_requests(a, STR(""));
    s.message = STR("Cannot evict pod as it would violate the pod's disruption budget.");
    s.cause = cause;
    s.cause_reason = STR("DisruptionBudget");
    return s;
}

static Status forbidden(Arena *a, Str name, Str why)
{
    return status_forbidden(a, STR("policy"), STR("poddisruptionbudget"), name, why);
}

static bool check_budget(const Value *budget, Arena *a, Status *refusal)
{
    const Value *metadata = value_get_lit(budget, "metadata");
    const Value *status = value_get_lit(budget, "status");
    Str name = str_of(metadata, "name");
    int64_t allowed = int_of(status, "disruptionsAllowed");
    if (int_of(status, "observedGeneration") < int_of(metadata, "generation")) {
        *refusal = too_many(a, arena_printf(a,
                                            "The disruption budget %.*s is still being processed "
                                            "by the server.",
                                            STR_ARG(name)));
    } else if (allowed < 0) {
        *refusal = forbidden(a, name, STR("pdb disruptions allowed is negative"));
    } else if (value_len(value_get_lit(status, "disruptedPods")) > DISRUPTED_PODS_MAX) {
        *refusal = forbidden(a, name,
                             STR("DisruptedPods map too big - too many evictions not "
                                 "confirmed by PDB controller"));
    } else if (allowed == 0) {
        *refusal = too_many(a,
                            arena_printf(a,
                                         "The disruption budget %.*s needs %lld healthy pods "
                                         "and has %lld currently",
                                         STR_ARG(name), (long long)int_of(status, "desiredHealthy"),
                                         (long long)int_of(status, "currentHealthy")));
    } else {
        return true;
    }
    return false;
}

bool eviction_decide(const Value *pod, const Value *budgets, const KubeTarget *t, Arena *a,
                     const Value **budget, Status *refusal)
{
    const Value *labels = value_at(pod, "metadata", "labels", NULL);
    size_t found = 0;
    *budget = NULL;
    if (disrupts_nothing(pod, t) || value_len(labels) == 0) {
        return true;
    }
    VALUE_EACH_ITEM(candidate, budgets) {
        if (is_about(candidate, labels, a)) {
            *budget = candidate;
            found++;
        }
    }
    if (found > 1) {
        *budget = NULL;
        *refusal = status_unknown(a, STR("This pod has more than one PodDisruptionBudget, which "
                                         "the eviction subresource does not support."));
        return false;
    }
    return !*budget || check_budget(*budget, a, refusal);
}

Value eviction_count(const Value *budget, Str pod_name, Str now, Arena *a)
{
    Value copy = value_copy(budget, a);
    Value *status = value_need_object(&copy, STR("status"), a);
    Value *pods = status ? value_need_object(status, STR("disruptedPods"), a) : NULL;
    if (pods) {
        value_set(pods, pod_name, value_str(now), a);
        int64_t allowed = int_of(status, "disruptionsAllowed");
        value_set_lit(status, "disruptionsAllowed", value_int(allowed - 1), a);
    }
    return copy;
}
