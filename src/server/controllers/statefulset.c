/* SPDX-License-Identifier: Apache-2.0 */
/*
 * StatefulSets: pods with a number each, made and ended in order.
 *
 * Source: Kubernetes pkg/controller/statefulset
 */
#include "server/controllers/statefulset.h"

#include "kube/workloads/template_hash.h"
#include "server/controllers/revisions.h"

enum { BURST = 500 };

const OwnerKind statefulset_owner = { "apps/v1", "StatefulSet", "statefulsets" };
static const OwnedKind owned_all_pods = { "v1", "pods", STR_INIT(""), STR_INIT("Pod"), NULL };

typedef struct Stateful {
    Ctl *c;
    const Value *set;
    const Value *current; /* revisions */
    const Value *update;
    Value current_set;    /* the set with the template of each */
    Value update_set;
    const Value **replicas; /* by number; NULL: missing */
    size_t replica_count;   /* as many as are looked at */
    PodList condemned;      /* of higher numbers, rising */
    const Value *unhealthy; /* the first that is */
    bool in_order;
    /* status */
    int64_t pods;
    int64_t ready;
    int64_t available;
    int64_t on_current;
    int64_t on_update;
    int64_t collisions;
} Stateful;

static int64_t number(const Value *object, const char *part, const char *field)
{
    return value_as_int(value_at(object, part, field, NULL)).value;
}

static bool runs(const Value *pod)
{
    return str_eq(value_as_str(value_at(pod, "status", "phase", NULL)), STR("Running")) &&
           pod_is_ready(pod);
}

static bool is_healthy(const Value *pod)
{
    return pod && runs(pod) && !ctl_is_deleted(pod);
}

static void count_pod(Stateful *s, const Value *pod, int by)
{
    s->on_current += str_eq(stateful_revision(pod), ctl_name(s->current)) ? by : 0;
    s->on_update += str_eq(stateful_revision(pod), ctl_name(s->update)) ? by : 0;
}

/* -- which pods there are ------------------------------------------------------------------------------ */

static void insert_condemned(Stateful *s, const Value *pod)
{
    PodList *list = &s->condemned;
    size_t at = list->count++;
    while (at > 0 && stateful_ordinal(s->set, list->items[at - 1]) >
                         stateful_ordinal(s->set, pod)) {
        list->items[at] = list->items[at - 1];
        at--;
    }
    list->items[at] = pod;
}

static bool sort_pods(Stateful *s)
{
    Ctl *c = s->c;
    LabelSelector selector;
    PodList pods;
    Err err;
    if (!label_selector_read(value_at(s->set, "spec", "selector", NULL), c->arena, &selector,
                             &err) ||
        !owned_claim(c, s->set, &statefulset_owner, &selector, &owned_all_pods, &pods)) {
        return false;
    }
    int64_t wanted = number(s->set, "spec", "replicas");
    int64_t looked_at = wanted < (int64_t)pods.count + BURST ? wanted
                                                             : (int64_t)pods.count + BURST;
    s->replica_count = (size_t)looked_at;
    s->replicas = new(c->arena, const Value *, s->replica_count + 1);
    s->condemned = (PodList){ new(c->arena, const Value *, pods.count + 1), 0 };
    for (size_t i = 0; i < pods.count; i++) {
        const Value *pod = pods.items[i];
        int64_t ordinal = stateful_ordinal(s->set, pod);
        if (ordinal < 0) {
            continue;
        }
        s->pods++;
        s->ready += runs(pod);
        s->available += runs(pod) &&
                        pod_is_available(pod, number(s->set, "spec", "minReadySeconds"),
                                         ctl_now(NULL));
        if (!ctl_is_deleted(pod)) {
            count_pod(s, pod, 1);
        }
        if (ordinal < looked_at) {
            s->replicas[ordinal] = pod;
        } else if (ordinal >= wanted) {
            insert_condemned(s, pod);
        }
    }
    for (size_t i = 0; i < s->condemned.count && !s->unhealthy; i++) {
        s->unhealthy = is_healthy(s->condemned.items[i]) ? NULL : s->condemned.items[i];
    }
    return true;
}

/* -- making and ending ------------------------------------------------------------------------------------ */

static int64_t partition(const Stateful *s)
{
    return value_as_int(value_at(s->set, "spec", "updateStrategy", "rollingUpdate", "partition",
                                 NULL))
        .value;
}

/* Those below the partition stay as they were. */
static bool create(Stateful *s, size_t ordinal)
{
    bool has_partition =
        value_at(s->set, "spec", "updateStrategy", "rollingUpdate", NULL) != NULL;
    Str strategy = value_as_str(value_at(s->set, "spec", "updateStrategy", "type", NULL));
    bool old = has_partition ? (int64_t)ordinal < partition(s)
                             : str_eq(strategy, STR("RollingUpdate")) &&
                                   (int64_t)ordinal < number(s->set, "status", "currentReplicas");
    const Value *revision = old ? s->current : s->update;
    if (!stateful_create(s->c, old ? &s->current_set : &s->update_set, ctl_name(revision),
                         (int64_t)ordinal)) {
        return false;
    }
    s->pods++;
    s->on_current += str_eq(ctl_name(revision), ctl_name(s->current));
    s->on_update += str_eq(ctl_name(revision), ctl_name(s->update));
    return true;
}

static bool remove_failed(Stateful *s, size_t ordinal)
{
    const Value *pod = s->replicas[ordinal];
    if (!pod || !str_eq(value_as_str(value_at(pod, "status", "phase", NULL)), STR("Failed"))) {
        return true;
    }
    ctl_event(s->c, s->set, "Warning", "RecreatingFailedPod",
              "StatefulSet %.*s/%.*s is recreating failed Pod %.*s",
              STR_ARG(ctl_namespace(s->set)), STR_ARG(ctl_name(s->set)), STR_ARG(ctl_name(pod)));
    if (!stateful_delete(s->c, s->set, pod)) {
        return false;
    }
    count_pod(s, pod, -1);
    s->pods--;
    s->replicas[ordinal] = NULL;
    return true;
}

typedef enum Step { STEP_ON, STEP_WAIT, STEP_FAILED } Step;

static Step fill_up(Stateful *s)
{
    for (size_t i = 0; i < s->replica_count; i++) {
        if (!remove_failed(s, i)) {
            return STEP_FAILED;
        }
        const Value *pod = s->replicas[i];
        if (pod == NULL) {
            if (!create(s, i)) {
                return STEP_FAILED;
            }
            if (s->in_order) {
                return STEP_WAIT;
            }
        } else if (s->in_order && !is_healthy(pod)) {
            return STEP_WAIT;
        }
    }
    return STEP_ON;
}

static Step end_condemned(Stateful *s)
{
    for (size_t i = s->condemned.count; i > 0; i--) {
        const Value *pod = s->condemned.items[i - 1];
        if (ctl_is_deleted(pod)) {
            if (s->in_order) {
                return STEP_WAIT;
            }
            continue;
        }
        if (!runs(pod) && s->in_order && pod != s->unhealthy) {
            return STEP_WAIT;
        }
        if (!stateful_delete(s->c, s->set, pod)) {
            return STEP_FAILED;
        }
        count_pod(s, pod, -1);
        if (s->in_order) {
            return STEP_WAIT;
        }
    }
    return STEP_ON;
}

static Step update_pods(Stateful *s)
{
    Str strategy = value_as_str(value_at(s->set, "spec", "updateStrategy", "type", NULL));
    if (str_eq(strategy, STR("OnDelete"))) {
        return STEP_ON;
    }
    for (size_t i = s->replica_count; i > 0 && (int64_t)i > partition(s); i--) {
        const Value *pod = s->replicas[i - 1];
        if (pod && !ctl_is_deleted(pod) &&
            !str_eq(stateful_revision(pod), ctl_name(s->update))) {
            bool done = stateful_delete(s->c, s->set, pod);
            s->on_current--;
            return done ? STEP_WAIT : STEP_FAILED;
        }
        if (!is_healthy(pod)) {
            return STEP_WAIT;
        }
    }
    return STEP_ON;
}

static bool move(Stateful *s)
{
    if (ctl_is_deleted(s->set)) {
        return true;
    }
    Step step = fill_up(s);
    step = step == STEP_ON ? end_condemned(s) : step;
    step = step == STEP_ON ? update_pods(s) : step;
    return step != STEP_FAILED;
}

/* -- status --------------------------------------------------------------------------------------------- */

static Value status_of(Stateful *s)
{
    Arena *a = s->c->arena;
    Str strategy = value_as_str(value_at(s->set, "spec", "updateStrategy", "type", NULL));
    Str current = ctl_name(s->current);
    Value v = value_object();
    if (str_eq(strategy, STR("RollingUpdate")) && s->on_update == s->pods && s->ready == s->pods) {
        s->on_current = s->on_update;
        current = ctl_name(s->update);
    }
    value_set_lit(&v, "observedGeneration", value_int(number(s->set, "metadata", "generation")),
                  a);
    value_set_lit(&v, "replicas", value_int(s->pods), a);
    value_set_lit(&v, "readyReplicas", value_int(s->ready), a);
    value_set_lit(&v, "currentReplicas", value_int(s->on_current), a);
    value_set_lit(&v, "updatedReplicas", value_int(s->on_update), a);
    value_set_lit(&v, "currentRevision", value_str(current), a);
    value_set_lit(&v, "updateRevision", value_str(ctl_name(s->update)), a);
    value_set_lit(&v, "collisionCount", value_int(s->collisions), a);
    if (s->c->target->minor >= 22) {
        value_set_lit(&v, "availableReplicas", value_int(s->available), a);
    }
    return v;
}

static bool is_news(const Value *old, const Value *now)
{
    VALUE_EACH_MEMBER(m, now) {
        const Value *before = value_get(old, member_key(m));
        bool same = m->value.kind == VALUE_STRING
                        ? str_eq(value_as_str(&m->value), value_as_str(before))
                        : value_as_int(&m->value).value == value_as_int(before).value;
        if (!same && !str_eq(member_key(m), STR("collisionCount"))) {
            return true;
        }
    }
    return false;
}

static bool write_status(Stateful *s)
{
    Value status = status_of(s);
    CtlObject at = { "apps/v1", "statefulsets", ctl_namespace(s->set), ctl_name(s->set),
                     "status" };
    if (!is_news(value_get_lit(s->set, "status"), &status)) {
        return true;
    }
    Value copy = value_copy(s->set, s->c->arena);
    value_set_lit(&copy, "status", status, s->c->arena);
    return ctl_update(s->c, &at, &copy, NULL);
}

/* -- one sync ----------------------------------------------------------------------------------------- */

static Str hash(Ctl *c, const Value *set, const Value *data, int64_t collisions)
{
    (void)set;
    return revision_hash(revision_text(data, c->arena), (OptInt64){ true, collisions }, c->arena);
}

static bool find_revisions(Stateful *s, const PodList *revisions)
{
    RevisionOrder order = { .owner = s->set,
                            .kind = &statefulset_owner,
                            .label = "controller.kubernetes.io/hash",
                            .hash = hash,
                            .collisions = number(s->set, "status", "collisionCount") };
    Str current = value_as_str(value_at(s->set, "status", "currentRevision", NULL));
    s->update = revision_of_now(s->c, &order, revisions);
    s->collisions = order.collisions;
    if (s->update == NULL) {
        return false;
    }
    s->current = s->update;
    for (size_t i = 0; i < revisions->count; i++) {
        if (str_eq(ctl_name(revisions->items[i]), current)) {
            s->current = revisions->items[i];
        }
    }
    s->current_set = revision_apply(s->set, s->current, s->c->arena);
    s->update_set = revision_apply(s->set, s->update, s->c->arena);
    return true;
}

static bool truncate_history(Stateful *s, const PodList *revisions)
{
    Str *live = new(s->c->arena, Str, s->replica_count + s->condemned.count + 2);
    StrList names = { live, 0 };
    live[names.count++] = ctl_name(s->current);
    live[names.count++] = ctl_name(s->update);
    for (size_t i = 0; i < s->replica_count; i++) {
        if (s->replicas[i]) {
            live[names.count++] = stateful_revision(s->replicas[i]);
        }
    }
    for (size_t i = 0; i < s->condemned.count; i++) {
        live[names.count++] = stateful_revision(s->condemned.items[i]);
    }
    OptInt64 limit = value_as_int(value_at(s->set, "spec", "revisionHistoryLimit", NULL));
    return !limit.set || revisions_truncate(s->c, revisions, names, limit.value);
}

static bool sync(Ctl *c, Str namespace, Str name)
{
    Stateful s = { .c = c,
                   .set = ctl_get(c, STR("apps"), STR("StatefulSet"), namespace, name) };
    PodList revisions;
    if (s.set == NULL) {
        return true;
    }
    Str policy = value_as_str(value_at(s.set, "spec", "podManagementPolicy", NULL));
    s.in_order = !str_eq(policy, STR("Parallel"));
    if (!revisions_list(c, s.set, &statefulset_owner, &revisions) ||
        !find_revisions(&s, &revisions) || !sort_pods(&s)) {
        return false;
    }
    bool moved = move(&s);
    return moved && write_status(&s) && truncate_history(&s, &revisions);
}

static bool takes(Ctl *c, const Value *set, const Value *pod)
{
    LabelSelector selector;
    Err err;
    return label_selector_read(value_at(set, "spec", "selector", NULL), c->arena, &selector,
                               &err) &&
           label_selector_matches(&selector, value_at(pod, "metadata", "labels", NULL));
}

static void observe(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    if (str_eq(kind->kind, STR("Pod"))) {
        owned_observe(c, &statefulset_owner, STR("apps"), event, takes);
    } else {
        ctl_enqueue(c, event->object->namespace, event->object->name);
    }
}

const Controller controller_statefulset = {
    .name = STR_INIT("statefulset-controller"),
    .kinds = { { STR_INIT("apps"), STR_INIT("StatefulSet") }, { STR_INIT(""), STR_INIT("Pod") } },
    .observe = observe,
    .sync = sync,
};
