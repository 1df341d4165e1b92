/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ReplicaSets and ReplicationControllers: so many pods of a template.
 *
 * Source: Kubernetes pkg/controller/replicaset; pkg/controller/replication is the same with another
 * kind.
 */
#include "server/controllers/pods.h"

enum { BURST = 500 };

typedef struct ReplicaKind {
    OwnerKind owner;
    Str group;
    Str kind;
} ReplicaKind;

static const ReplicaKind replicasets = { { "apps/v1", "ReplicaSet", "replicasets" },
                                         STR_INIT("apps"),
                                         STR_INIT("ReplicaSet") };
static const ReplicaKind replication = { { "v1", "ReplicationController",
                                           "replicationcontrollers" },
                                         STR_INIT(""),
                                         STR_INIT("ReplicationController") };

static bool is_set(const ReplicaKind *k)
{
    return k == &replicasets;
}

static const ReplicaKind *kind_of(const Ctl *c)
{
    return c->controller->kinds[0].group.len ? &replicasets : &replication;
}

static bool selector_of(const ReplicaKind *k, const Value *set, Arena *a, LabelSelector *out)
{
    const Value *selector = value_at(set, "spec", "selector", NULL);
    Err err;
    if (is_set(k)) {
        return label_selector_read(selector, a, out, &err);
    }
    *out = label_selector_of_labels(selector, a);
    out->matches_nothing = value_len(selector) == 0;
    return true;
}

/* -- changes
 * ------------------------------------------------------------------------------------------ */

static bool takes(Ctl *c, const Value *set, const Value *pod)
{
    LabelSelector selector;
    return selector_of(kind_of(c), set, c->arena, &selector) &&
           label_selector_matches(&selector, value_at(pod, "metadata", "labels", NULL));
}

static void observe(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    if (str_eq(kind->kind, STR("Pod"))) {
        owned_observe(c, &kind_of(c)->owner, kind_of(c)->group, event, takes);
    } else {
        ctl_enqueue(c, event->object->namespace, event->object->name);
    }
}

/* -- status
 * --------------------------------------------------------------------------------------------- */

static int64_t number(const Value *object, const char *part, const char *field)
{
    return value_as_int(value_at(object, part, field, NULL)).value;
}

static void set_number(Value *status, const char *field, int64_t n, Arena *a)
{
    value_set(status, str_from_c(field), value_int(n), a);
}

/* The conditions with ReplicaFailure as it is now. why absent: nothing failed. */
static Value conditions_of(Ctl *c, const Value *set, int64_t diff, Str why)
{
    Value out = value_array();
    bool had = false;
    VALUE_EACH_ITEM(condition, value_at(set, "status", "conditions", NULL)) {
        bool failure = str_eq(value_get_str(condition, STR("type")), STR("ReplicaFailure"));
        had = had || failure;
        if (!failure || why.ptr) {
            value_add(&out, *condition, c->arena);
        }
    }
    if (why.ptr && !had) {
        Value condition = value_object();
        Arena *a = c->arena;
        value_set_lit(&condition, "type", value_str(STR("ReplicaFailure")), a);
        value_set_lit(&condition, "status", value_str(STR("True")), a);
        value_set_lit(&condition, "lastTransitionTime", value_str(ctl_now_text(c)), a);
        value_set_lit(&condition, "reason",
                      value_str(diff < 0 ? STR("FailedCreate") : STR("FailedDelete")), a);
        value_set_lit(&condition, "message", value_str(why), a);
        value_add(&out, condition, a);
    }
    return out;
}

static Value status_of(Ctl *c, const Value *set, const PodList *pods, Str why)
{
    static const char *const fields[] = { "replicas", "fullyLabeledReplicas", "readyReplicas",
                                          "availableReplicas" };
    int64_t numbers[COUNT_OF(fields)] = { (int64_t)pods->count };
    int64_t min_ready = number(set, "spec", "minReadySeconds");
    LabelSelector labels = label_selector_of_labels(
        value_at(set, "spec", "template", "metadata", "labels", NULL), c->arena);
    for (size_t i = 0; i < pods->count; i++) {
        const Value *pod = pods->items[i];
        numbers[1] += label_selector_matches(&labels, value_at(pod, "metadata", "labels", NULL));
        numbers[2] += pod_is_ready(pod);
        numbers[3] += pod_is_available(pod, min_ready, ctl_now(c, NULL));
    }
    const Value *old = value_get_lit(set, "status");
    Value status = old ? value_copy(old, c->arena) : value_object();
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        set_number(&status, fields[i], numbers[i], c->arena);
    }
    Value conditions = conditions_of(c, set, (int64_t)pods->count - number(set, "spec", "replicas"),
                                     why);
    value_remove(&status, STR("conditions"));
    if (conditions.len) {
        value_set_lit(&status, "conditions", conditions, c->arena);
    }
    set_number(&status, "observedGeneration", number(set, "metadata", "generation"), c->arena);
    return status;
}

static bool same_numbers(const Value *x, const Value *y)
{
    static const char *const fields[] = { "replicas", "fullyLabeledReplicas", "readyReplicas",
                                          "availableReplicas", "observedGeneration" };
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        Str f = str_from_c(fields[i]);
        if (value_get_int(x, f).value != value_get_int(y, f).value) {
            return false;
        }
    }
    const Value *a = value_get_lit(x, "conditions");
    const Value *b = value_get_lit(y, "conditions");
    return value_len(a) == value_len(b) && (value_len(a) == 0 || value_equal(a, b));
}

static bool write_status(Ctl *c, const ReplicaKind *k, const Value *set, const Value *status)
{
    CtlObject at = { k->owner.api_version, k->owner.resource, ctl_namespace(set), ctl_name(set),
                     "status" };
    if (same_numbers(value_get_lit(set, "status"), status)) {
        return true;
    }
    Value object = *set;
    object = value_copy(&object, c->arena);
    value_set_lit(&object, "status", *status, c->arena);
    return ctl_update(c, &at, &object, NULL);
}

/* -- replicas
 * ------------------------------------------------------------------------------------------- */

/* Pods of other sets of the same deployment count where spreading over nodes is looked at. */
static void related_pods(Ctl *c, const ReplicaKind *k, const Value *set, PodList *out)
{
    const Value *owner = ctl_controller_of(set);
    size_t set_count, pod_count;
    const Value *const *sets = ctl_list(c, k->group, k->kind, ctl_namespace(set), &set_count);
    const Value *const *pods = ctl_list(c, STR(""), STR("Pod"), ctl_namespace(set), &pod_count);
    *out = (PodList){ .items = new(c->arena, const Value *, pod_count + 1) };
    for (size_t i = 0; i < pod_count; i++) {
        const Value *ref = ctl_controller_of(pods[i]);
        bool found = ctl_is_controlled_by(pods[i], set);
        for (size_t j = 0; ref && owner && !found && j < set_count; j++) {
            const Value *other = ctl_controller_of(sets[j]);
            found = other && ctl_is_controlled_by(pods[i], sets[j]) &&
                    str_eq(value_get_str(other, STR("uid")), value_get_str(owner, STR("uid")));
        }
        if (found) {
            out->items[out->count++] = pods[i];
        }
    }
}

static void delete_surplus(Ctl *c, const ReplicaKind *k, const Value *set, const PodList *pods,
                           size_t surplus, Str *why)
{
    PodList related;
    PodList sorted = { new(c->arena, const Value *, pods->count + 1), pods->count };
    memcpy(sorted.items, pods->items, pods->count * sizeof(*pods->items));
    related_pods(c, k, set, &related);
    pods_sort_to_delete(c, &sorted, &related);
    for (size_t i = 0; i < surplus; i++) {
        Str reason;
        if (!pods_delete_one(c, set, sorted.items[i], &reason) && !why->ptr) {
            *why = reason;
        }
    }
}

/* *why stays absent when all went well. */
static void manage(Ctl *c, const ReplicaKind *k, const Value *set, const PodList *pods, Str *why)
{
    int64_t diff = (int64_t)pods->count - number(set, "spec", "replicas");
    if (diff < 0) {
        pods_create(c, set, &k->owner, (size_t)(-diff < BURST ? -diff : BURST), why);
    } else if (diff > 0) {
        delete_surplus(c, k, set, pods, (size_t)(diff < BURST ? diff : BURST), why);
    }
}

static bool sync(Ctl *c, Str namespace, Str name)
{
    const ReplicaKind *k = kind_of(c);
    const Value *set = ctl_get(c, k->group, k->kind, namespace, name);
    LabelSelector selector;
    PodList pods;
    Str why = STR_ABSENT;
    if (set == NULL || !selector_of(k, set, c->arena, &selector)) {
        return true;
    }
    if (!owned_claim(c, set, &k->owner, &selector, &owned_pods, &pods)) {
        return false;
    }
    if (!ctl_is_deleted(set)) {
        manage(c, k, set, &pods, &why);
    }
    Value status = status_of(c, set, &pods, why);
    if (!write_status(c, k, set, &status)) {
        return false;
    }
    int64_t min_ready = number(set, "spec", "minReadySeconds");
    int64_t wanted = number(set, "spec", "replicas");
    if (!why.ptr && min_ready > 0 && wanted &&
        value_get_int(&status, STR("readyReplicas")).value == wanted &&
        value_get_int(&status, STR("availableReplicas")).value != wanted) {
        ctl_enqueue_after(c, namespace, name, min_ready * 1000 + 1000);
    }
    return why.ptr == NULL;
}

const Controller controller_replicaset = {
    .name = STR_INIT("replicaset-controller"),
    .kinds = { { STR_INIT("apps"), STR_INIT("ReplicaSet") }, { STR_INIT(""), STR_INIT("Pod") } },
    .observe = observe,
    .sync = sync,
};

const Controller controller_replication = {
    .name = STR_INIT("replication-controller"),
    .kinds = { { STR_INIT(""), STR_INIT("ReplicationController") },
               { STR_INIT(""), STR_INIT("Pod") } },
    .observe = observe,
    .sync = sync,
};
