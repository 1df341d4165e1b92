/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The status of PodDisruptionBudgets: how many pods are healthy, how many have to be.
 *
 * Source: Kubernetes pkg/controller/disruption
 */
#include "server/controllers/disruption_count.h"
#include "server/controllers/resources.h"

#define KIND "PodDisruptionBudget"

static void observe(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    Str namespace = event->object->namespace;
    if (str_eq(kind->kind, STR(KIND))) {
        if (event->kind != STORE_DELETED) {
            ctl_enqueue(c, namespace, event->object->name);
        }
        return;
    }
    /* pods, and what scales them */
    size_t count;
    const Value *const *budgets = ctl_list(c, STR("policy"), STR(KIND), namespace, &count);
    const Value *labels = value_at(&event->object->object, "metadata", "labels", NULL);
    for (size_t i = 0; i < count; i++) {
        LabelSelector selector;
        if (!str_eq(kind->kind, STR("Pod")) ||
            (disruption_selector(budgets[i], c->target, c->arena, &selector) &&
             label_selector_matches(&selector, labels))) {
            ctl_enqueue(c, namespace, ctl_name(budgets[i]));
        }
    }
}

/* -- how many pods there should be ------------------------------------------------------------- */

typedef struct Scaler {
    const char *group;
    const char *kind;
} Scaler;

static const Value *find_owner(Ctl *c, Str namespace, const Value *ref)
{
    static const Scaler scalers[] = { { "", "ReplicationController" },
                                      { "apps", "ReplicaSet" },
                                      { "apps", "StatefulSet" },
                                      { "apps", "Deployment" } };
    Str group, version;
    kube_split_api_version(value_get_str(ref, STR("apiVersion")), &group, &version);
    Str kind = value_get_str(ref, STR("kind"));
    for (size_t i = 0; i < COUNT_OF(scalers); i++) {
        if (str_eq(group, str_from_c(scalers[i].group)) &&
            str_eq(kind, str_from_c(scalers[i].kind))) {
            const Value *owner = ctl_get(c, group, kind, namespace,
                                         value_get_str(ref, STR("name")));
            bool is_it = owner && str_eq(ctl_uid(owner), value_get_str(ref, STR("uid")));
            return is_it ? owner : NULL;
        }
    }
    return NULL;
}

/* What scales the pod in the end: a ReplicaSet's own controller goes first. */
static const Value *scaler_of(Ctl *c, Str namespace, const Value *pod)
{
    const Value *ref = ctl_controller_of(pod);
    const Value *owner = ref ? find_owner(c, namespace, ref) : NULL;
    const Value *above = owner ? ctl_controller_of(owner) : NULL;
    const Value *whole = above ? find_owner(c, namespace, above) : NULL;
    return whole ? whole : owner;
}

/* False with the reason when a pod belongs to nothing that is scaled. */
static bool expected_scale(Ctl *c, const Value *budget, const DisruptionPods *pods, int64_t *out,
                           Str *why)
{
    Str namespace = ctl_namespace(budget);
    const Value **seen = new(c->arena, const Value *, pods->count + 1);
    size_t count = 0;
    *out = 0;
    for (size_t i = 0; i < pods->count; i++) {
        const Value *scaler = scaler_of(c, namespace, pods->items[i]);
        if (scaler == NULL) {
            bool has_ref = ctl_controller_of(pods->items[i]) != NULL;
            *why = arena_printf(c->arena, "found no %s for pod \"%.*s\"",
                                has_ref ? "controllers" : "controller ref",
                                STR_ARG(ctl_name(pods->items[i])));
            ctl_event(c, budget, "Warning", has_ref ? "NoControllers" : "NoControllerRef", "%.*s",
                      STR_ARG(*why));
            return false;
        }
        size_t k = 0;
        while (k < count && !str_eq(ctl_uid(seen[k]), ctl_uid(scaler))) {
            k++;
        }
        if (k == count) {
            seen[count++] = scaler;
            OptInt64 replicas = value_as_int(value_at(scaler, "spec", "replicas", NULL));
            *out += replicas.set ? replicas.value : 1;
        }
    }
    return true;
}

/* -- one budget -------------------------------------------------------------------------------- */

static DisruptionPods select_pods(Ctl *c, const Value *budget)
{
    DisruptionPods out = { NULL, 0 };
    LabelSelector selector;
    size_t count;
    const Value *const *all = ctl_list(c, STR(""), STR("Pod"), ctl_namespace(budget), &count);
    if (!disruption_selector(budget, c->target, c->arena, &selector)) {
        return out;
    }
    const Value **items = new(c->arena, const Value *, count);
    for (size_t i = 0; i < count; i++) {
        if (label_selector_matches(&selector, value_at(all[i], "metadata", "labels", NULL))) {
            items[out.count++] = all[i];
        }
    }
    out.items = items;
    return out;
}

static bool update_status(Ctl *c, const Value *stored, Value status)
{
    CtlResource r;
    Value budget = value_copy(stored, c->arena);
    if (value_equal(value_get_lit(stored, "status"), &status) ||
        !ctl_resource_find(c, value_get_str(stored, STR("apiVersion")), STR(KIND), &r)) {
        return true;
    }
    value_set_lit(&budget, "apiVersion", value_str(str_from_c(r.api_version)), c->arena);
    value_set_lit(&budget, "status", status, c->arena);
    CtlObject at = ctl_place(&r, ctl_namespace(stored), ctl_name(stored));
    at.subresource = "status";
    ApiResponse response;
    return ctl_update(c, &at, &budget, &response) || response.code == 404;
}

static bool sync(Ctl *c, Str namespace, Str name)
{
    const Value *budget = ctl_get(c, STR("policy"), STR(KIND), namespace, name);
    if (budget == NULL) {
        return true;
    }
    DisruptionPods pods = select_pods(c, budget);
    DisruptionState state = { .now = ctl_now_text(c), .pods = pods };
    if (pods.count == 0) {
        ctl_event(c, budget, "Normal", "NoPods", "No matching pods found");
    }
    if (disruption_needs_scale(budget) &&
        !expected_scale(c, budget, &pods, &state.scale, &state.failure)) {
        ctl_event(c, budget, "Warning", "CalculateExpectedPodCountFailed",
                  "Failed to calculate the number of expected pods: %.*s", STR_ARG(state.failure));
        return update_status(c, budget,
                             disruption_status_failed(budget, c->target, &state, c->arena));
    }
    Value status = disruption_status(budget, c->target, &state, c->arena);
    if (state.recheck_ms) {
        ctl_enqueue_after(c, namespace, name, state.recheck_ms);
    }
    return update_status(c, budget, status);
}

const Controller controller_disruption = {
    .name = STR_INIT("disruption-controller"),
    .source = STR_INIT("controllermanager"),
    .kinds = { { STR_INIT("policy"), STR_INIT(KIND) },
               { STR_INIT(""), STR_INIT("Pod") },
               { STR_INIT(""), STR_INIT("ReplicationController") },
               { STR_INIT("apps"), STR_INIT("ReplicaSet") },
               { STR_INIT("apps"), STR_INIT("StatefulSet") },
               { STR_INIT("apps"), STR_INIT("Deployment") } },
    .observe = observe,
    .sync = sync,
};
