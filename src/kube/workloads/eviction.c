/* SPDX-License-Identifier: Apache-2.0 */
/* What disruption budgets say of an eviction. */
#include "kube/workloads/eviction.h"

#include "kube/selector.h"
#include "kube/workloads/parts.h"

enum {
    DISRUPTED_PODS_MAX = 2000,
    PENDING_MINOR = 19,  /* pods that do not run yet disrupt nothing */
    DELETING_MINOR = 21, /* nor do those that go already */
    V1_MINOR = 21,       /* policy/v1: an empty selector is about every pod, and answers say when
                          * to ask again */
    ALWAYS_ALLOW_MINOR = 27,     /* unhealthyPodEvictionPolicy */
    TARGET_CONDITION_MINOR = 26, /* pods say that they were evicted */
    RETRY_SECONDS = 10,
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

/* No selector is about no pod. */
static bool is_about(const Value *budget, const Value *labels, const KubeTarget *t, Arena *a)
{
    LabelSelector selector;
    Err err;
    return label_selector_read(value_at(budget, "spec", "selector", NULL), a, &selector, &err) &&
           !selector.matches_nothing && (selector.count || t->minor >= V1_MINOR) &&
           label_selector_matches(&selector, labels);
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

static bool is_ready(const Value *pod)
{
    VALUE_EACH_ITEM(condition, value_at(pod, "status", "conditions", NULL)) {
        if (str_eq(str_of(condition, "type"), STR("Ready"))) {
            return str_eq(str_of(condition, "status"), STR("True"));
        }
    }
    return false;
}

/* A pod that is not ready does not count as healthy: without it, as many are as before. */
static bool is_unguarded(const Value *pod, const Value *budget, const KubeTarget *t)
{
    const Value *status = value_get_lit(budget, "status");
    int64_t desired = int_of(status, "desiredHealthy");
    Str policy = str_of(value_get_lit(budget, "spec"), "unhealthyPodEvictionPolicy");
    return !is_ready(pod) &&
           ((t->minor >= ALWAYS_ALLOW_MINOR && str_eq(policy, STR("AlwaysAllow"))) ||
            (desired > 0 && int_of(status, "currentHealthy") >= desired));
}

static bool check_budget(const Value *budget, const KubeTarget *t, Arena *a, Status *refusal)
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
        refusal->retry_after_seconds = t->minor >= V1_MINOR ? RETRY_SECONDS : 0;
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
    if (disrupts_nothing(pod, t) || (value_len(labels) == 0 && t->minor < V1_MINOR)) {
        return true;
    }
    VALUE_EACH_ITEM(candidate, budgets) {
        if (is_about(candidate, labels, t, a)) {
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
    if (*budget && is_unguarded(pod, *budget, t)) {
        *budget = NULL;
    }
    return !*budget || check_budget(*budget, t, a, refusal);
}

bool eviction_marks_pods(const KubeTarget *t)
{
    return t->minor >= TARGET_CONDITION_MINOR;
}

Value eviction_mark(const Value *pod, Str now, Arena *a)
{
    Value copy = value_copy(pod, a);
    Value *status = value_need_object(&copy, STR("status"), a);
    Value condition = value_object(), kept = value_array();
    const Value *before = NULL;
    VALUE_EACH_ITEM(c, value_get_lit(status, "conditions")) {
        if (str_eq(str_of(c, "type"), STR("DisruptionTarget"))) {
            before = c;
        } else {
            value_add(&kept, *c, a);
        }
    }
    bool was_so = str_eq(str_of(before, "status"), STR("True"));
    value_set_lit(&condition, "type", value_str(STR("DisruptionTarget")), a);
    value_set_lit(&condition, "status", value_str(STR("True")), a);
    value_set_lit(&condition, "lastProbeTime", value_null(), a);
    value_set_lit(&condition, "lastTransitionTime",
                  value_str(was_so ? str_of(before, "lastTransitionTime") : now), a);
    value_set_lit(&condition, "reason", value_str(STR("EvictionByEvictionAPI")), a);
    value_set_lit(&condition, "message", value_str(STR("Eviction API: evicting")), a);
    value_add(&kept, condition, a);
    if (status) {
        value_set_lit(status, "conditions", kept, a);
    }
    return copy;
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
