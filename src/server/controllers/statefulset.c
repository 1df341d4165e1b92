/* SPDX-License-Identifier: Apache-2.0 */
/*
 * StatefulSets: pods with numbers, made one after the other and ended in reverse, unless they may
 * be handled all at once.
 *
 * Source: Kubernetes pkg/controller/statefulset (stateful_set.go, stateful_set_control.go)
 */
#include "server/controllers/statefulset.h"

#include <stdlib.h>

enum {
    AVAILABLE_MINOR = 22,
    STATUS_OF_FAILURE_MINOR = 23, /* from then on the status is written when pods could not be */
};

static int64_t number(const Value *object, const char *part, const char *field)
{
    return value_as_int(value_at(object, part, field, NULL)).value;
}

static bool takes(Ctl *c, const Value *set, const Value *pod)
{
    LabelSelector selector;
    Err err;
    return label_selector_read(value_at(set, "spec", "selector", NULL), c->arena, &selector,
                               &err) &&
           label_selector_matches(&selector, value_at(pod, "metadata", "labels", NULL)) &&
           stateful_is_member(set, pod);
}

static void observe(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    if (str_eq(kind->kind, STR("Pod"))) {
        owned_observe(c, &stateful_kind, STR("apps"), event, takes);
    } else {
        ctl_enqueue(c, event->object->namespace, event->object->name);
    }
}

/* -- which pods there are ---------------------------------------------------------------------- */

static bool is_terminating(const StatefulReplica *r)
{
    return ctl_is_deleted(&r->pod);
}

static bool is_running(const StatefulReplica *r)
{
    return r->is_created && stateful_is_running(&r->pod);
}

static bool is_healthy(const StatefulReplica *r)
{
    return is_running(r) && !is_terminating(r);
}

static bool is_ended(const StatefulSync *s, const StatefulReplica *r)
{
    Str phase = value_as_str(value_at(&r->pod, "status", "phase", NULL));
    return str_eq(phase, STR("Failed")) ||
           (s->c->target->minor >= 28 && str_eq(phase, STR("Succeeded")));
}

/* n: 1 or -1 */
static void count_revision(StatefulSync *s, const Value *pod, int64_t n)
{
    Str revision = stateful_revision(pod);
    s->numbers.current += str_eq(revision, ctl_name(s->current)) ? n : 0;
    s->numbers.updated += str_eq(revision, ctl_name(s->update)) ? n : 0;
}

static void count_pod(StatefulSync *s, const Value *pod)
{
    int64_t min_ready = number(s->set, "spec", "minReadySeconds");
    s->numbers.replicas++;
    if (stateful_is_running(pod)) {
        s->numbers.ready++;
        s->numbers.available += pod_is_available(pod, min_ready, ctl_now(s->c, NULL));
    }
    if (!ctl_is_deleted(pod)) {
        count_revision(s, pod, 1);
    }
}

/* The pod of a number as it is to be: of the current revision where the update does not go yet. */
static bool make_pod(StatefulSync *s, StatefulReplica *r)
{
    const Value *strategy = value_at(s->set, "spec", "updateStrategy", NULL);
    const Value *rolling = value_get_lit(strategy, "rollingUpdate");
    bool rolls = str_eq(value_get_str(strategy, STR("type")), STR("RollingUpdate"));
    int64_t start = value_as_int(value_at(s->set, "spec", "ordinals", "start", NULL)).value;
    bool stays = value_is_null(rolling)
                     ? rolls && r->ordinal < start + number(s->set, "status", "currentReplicas")
                     : r->ordinal < start + value_get_int(rolling, STR("partition")).value;
    const Value *revision = stays ? s->current : s->update;
    Value set = revision_apply(s->set, revision, s->c->arena);
    r->is_created = false;
    return stateful_make(s->c, &set, r->ordinal, ctl_name(revision), &r->pod, &s->why);
}

static int by_ordinal(const void *x, const void *y)
{
    const StatefulReplica *left = x, *right = y;
    int64_t difference = left->ordinal - right->ordinal;
    return difference < 0 ? -1 : difference > 0;
}

static bool partition(StatefulSync *s)
{
    int64_t start = value_as_int(value_at(s->set, "spec", "ordinals", "start", NULL)).value;
    int64_t wanted = number(s->set, "spec", "replicas");
    s->replicas.count = wanted > 0 ? (size_t)wanted : 0;
    s->replicas.items = new(s->c->arena, StatefulReplica, s->replicas.count + 1);
    s->condemned.items = new(s->c->arena, StatefulReplica, s->pods.count + 1);
    for (size_t i = 0; i < s->pods.count; i++) {
        const Value *pod = s->pods.items[i];
        int64_t ordinal = stateful_ordinal(pod, NULL);
        StatefulReplica r = { *pod, ordinal, true };
        count_pod(s, pod);
        if (ordinal >= start && ordinal < start + wanted) {
            s->replicas.items[ordinal - start] = r;
        } else {
            s->condemned.items[s->condemned.count++] = r;
        }
    }
    qsort(s->condemned.items, s->condemned.count, sizeof(StatefulReplica), by_ordinal);
    for (size_t i = 0; i < s->replicas.count; i++) {
        StatefulReplica *r = &s->replicas.items[i];
        r->ordinal = start + (int64_t)i;
        if (!r->is_created && !make_pod(s, r)) {
            return false;
        }
    }
    return true;
}

/* -- what is done: each is true when what follows may be done, too ----------------------------- */

static bool is_monotonic(const StatefulSync *s)
{
    return !str_eq(value_as_str(value_at(s->set, "spec", "podManagementPolicy", NULL)),
                   STR("Parallel"));
}

static bool replace_ended(StatefulSync *s, StatefulReplica *r)
{
    if (s->c->target->minor < 28 || !is_terminating(r)) {
        ctl_event(s->c, s->set, "Warning", "RecreatingFailedPod",
                  "StatefulSet %.*s/%.*s is recreating failed Pod %.*s",
                  STR_ARG(ctl_namespace(s->set)), STR_ARG(ctl_name(s->set)),
                  STR_ARG(ctl_name(&r->pod)));
    }
    if (!stateful_delete(s->c, s->set, &r->pod, &s->why)) {
        return false;
    }
    count_revision(s, &r->pod, -1);
    s->numbers.replicas--;
    return make_pod(s, r);
}

static bool handle_replica(StatefulSync *s, StatefulReplica *r)
{
    bool monotonic = is_monotonic(s);
    if (r->is_created && is_ended(s, r) && !replace_ended(s, r)) {
        return false;
    }
    if (!r->is_created) {
        if (!stateful_create(s->c, s->set, &r->pod, &s->why)) {
            return false;
        }
        s->numbers.replicas++;
        count_revision(s, &r->pod, 1);
        return !monotonic;
    }
    if (monotonic && !is_healthy(r)) {
        return false;
    }
    return stateful_repair(s->c, s->set, &r->pod, &s->why);
}

static const StatefulReplica *first_unhealthy(const StatefulSync *s)
{
    const StatefulReplicas *lists[] = { &s->replicas, &s->condemned };
    const StatefulReplica *first = NULL;
    for (size_t l = 0; l < COUNT_OF(lists); l++) {
        for (size_t i = 0; i < lists[l]->count; i++) {
            const StatefulReplica *r = &lists[l]->items[i];
            if (!is_healthy(r) && (first == NULL || r->ordinal < first->ordinal)) {
                first = r;
            }
        }
    }
    return first;
}

static bool end_condemned(StatefulSync *s, const StatefulReplica *unhealthy)
{
    bool monotonic = is_monotonic(s);
    for (size_t i = s->condemned.count; i > 0; i--) {
        const StatefulReplica *r = &s->condemned.items[i - 1];
        if (is_terminating(r)) {
            if (monotonic) {
                return false;
            }
            continue;
        }
        if (monotonic && !is_running(r) && r != unhealthy) {
            return false;
        }
        if (!stateful_delete(s->c, s->set, &r->pod, &s->why)) {
            return false;
        }
        count_revision(s, &r->pod, -1);
        if (monotonic) {
            return false;
        }
    }
    return true;
}

/* Ends the last pod that is of another revision, when those after it are well. */
static void roll(StatefulSync *s)
{
    const Value *strategy = value_at(s->set, "spec", "updateStrategy", NULL);
    int64_t from = value_as_int(value_at(strategy, "rollingUpdate", "partition", NULL)).value;
    if (str_eq(value_get_str(strategy, STR("type")), STR("OnDelete"))) {
        return;
    }
    for (size_t i = s->replicas.count; i > 0 && (int64_t)i - 1 >= from; i--) {
        const StatefulReplica *r = &s->replicas.items[i - 1];
        if (!str_eq(stateful_revision(&r->pod), ctl_name(s->update)) && !is_terminating(r)) {
            if (stateful_delete(s->c, s->set, &r->pod, &s->why)) {
                s->numbers.current--;
            }
            return;
        }
        if (!is_healthy(r)) {
            return;
        }
    }
}

static void manage(StatefulSync *s)
{
    if (!partition(s) || ctl_is_deleted(s->set)) {
        return;
    }
    const StatefulReplica *unhealthy = first_unhealthy(s);
    for (size_t i = 0; i < s->replicas.count; i++) {
        if (!handle_replica(s, &s->replicas.items[i])) {
            return;
        }
    }
    if (end_condemned(s, unhealthy)) {
        roll(s);
    }
}

/* -- status ------------------------------------------------------------------------------------ */

static void set_number(Value *status, const char *field, int64_t n, bool always, Arena *a)
{
    if (n || always) {
        value_set(status, str_from_c(field), value_int(n), a);
    }
}

static Value status_of(StatefulSync *s)
{
    Arena *a = s->c->arena;
    const Value *strategy = value_at(s->set, "spec", "updateStrategy", "type", NULL);
    const StatefulNumbers *n = &s->numbers;
    Value status = value_object();
    if (str_eq(value_as_str(strategy), STR("RollingUpdate")) && n->updated == n->replicas &&
        n->ready == n->replicas) { /* the update is over */
        s->numbers.current = n->updated;
        s->current = s->update;
    }
    set_number(&status, "observedGeneration", number(s->set, "metadata", "generation"), false, a);
    set_number(&status, "replicas", n->replicas, true, a);
    set_number(&status, "readyReplicas", n->ready, false, a);
    set_number(&status, "currentReplicas", n->current, false, a);
    set_number(&status, "updatedReplicas", n->updated, false, a);
    value_set_lit(&status, "currentRevision", value_str(ctl_name(s->current)), a);
    value_set_lit(&status, "updateRevision", value_str(ctl_name(s->update)), a);
    value_set_lit(&status, "collisionCount", value_int(s->collisions), a);
    if (s->c->target->minor >= AVAILABLE_MINOR) {
        set_number(&status, "availableReplicas", n->available, true, a);
    }
    return status;
}

static bool is_same_status(const Value *old, const Value *status)
{
    static const char *const fields[] = { "observedGeneration", "replicas",
                                          "readyReplicas",      "currentReplicas",
                                          "updatedReplicas",    "availableReplicas" };
    static const char *const names[] = { "currentRevision", "updateRevision" };
    bool same = true;
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        Str f = str_from_c(fields[i]);
        same = same && value_get_int(old, f).value == value_get_int(status, f).value;
    }
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        Str f = str_from_c(names[i]);
        same = same && str_eq(value_get_str(old, f), value_get_str(status, f));
    }
    return same;
}

static bool write_status(StatefulSync *s)
{
    CtlObject at = { stateful_kind.api_version, stateful_kind.resource, ctl_namespace(s->set),
                     ctl_name(s->set), "status" };
    Value status = status_of(s);
    if (is_same_status(value_get_lit(s->set, "status"), &status)) {
        return true;
    }
    Value object = value_copy(s->set, s->c->arena);
    value_set_lit(&object, "status", status, s->c->arena);
    return ctl_update(s->c, &at, &object, NULL);
}

/* -- a sync ------------------------------------------------------------------------------------ */

static bool update(StatefulSync *s)
{
    if (!stateful_find_revisions(s)) {
        return false;
    }
    manage(s);
    if (s->why.ptr && s->c->target->minor < STATUS_OF_FAILURE_MINOR) {
        return false;
    }
    return write_status(s) && s->why.ptr == NULL;
}

static bool sync(Ctl *c, Str namespace, Str name)
{
    StatefulSync s = { .c = c,
                       .set = ctl_get(c, STR("apps"), STR("StatefulSet"), namespace, name) };
    LabelSelector selector;
    Err err;
    if (s.set == NULL || !label_selector_read(value_at(s.set, "spec", "selector", NULL), c->arena,
                                              &selector, &err)) {
        return true;
    }
    if (!owned_claim(c, s.set, &stateful_kind, &selector, &owned_revisions, &s.revisions) ||
        !owned_claim(c, s.set, &stateful_kind, &selector, &stateful_pods, &s.pods)) {
        return false;
    }
    bool done = update(&s);
    bool truncated = stateful_truncate_history(&s);
    int64_t min_ready = number(s.set, "spec", "minReadySeconds");
    if (done && min_ready && s.numbers.available != s.numbers.ready) {
        ctl_enqueue_after(c, namespace, name, min_ready * 1000);
    }
    return done && truncated;
}

const Controller controller_statefulset = {
    .name = STR_INIT("statefulset-controller"),
    .kinds = { { STR_INIT("apps"), STR_INIT("StatefulSet") }, { STR_INIT(""), STR_INIT("Pod") } },
    .observe = observe,
    .sync = sync,
};
