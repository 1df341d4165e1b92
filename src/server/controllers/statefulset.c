/* SPDX-License-Identifier: Apache-2.0 */
/*
 * StatefulSets: pods with numbers, made one after the other and ended in reverse, unless they may be
 * handled all at once.
 *
 * Source: Kubernetes pkg/controller/statefulset (stateful_set.go, stateful_set_control.go)
 */
#include "server/controllers/statefulset.h"

#include "doc/json.h"
#include "kube/workloads/template_hash.h"

#include <stdlib.h>

enum {
    NAME_MAX_LEN = 223,  /* of the set in the name of a revision */
    AVAILABLE_MINOR = 22,
    STATUS_OF_FAILURE_MINOR = 23, /* from then on the status is written when pods could not be */
};

typedef struct Replica {
    Value pod;
    int64_t ordinal;
    bool is_created;
} Replica;

typedef struct Replicas {
    Replica *items;
    size_t count;
} Replicas;

typedef struct Numbers {
    int64_t replicas;
    int64_t ready;
    int64_t available;
    int64_t current;
    int64_t updated;
} Numbers;

typedef struct Sync {
    Ctl *c;
    const Value *set;
    PodList pods;
    PodList revisions;
    const Value *current; /* revisions */
    const Value *update;
    int64_t collisions;
    Replicas replicas;  /* those that there are to be, created or not */
    Replicas condemned; /* those beyond */
    Numbers numbers;
    Str why; /* what went wrong */
} Sync;

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

/* -- revisions ----------------------------------------------------------------------------------------------- */

static const Value *kept(Sync *s, const Value *v)
{
    Value *copy = new(s->c->arena, Value, 1);
    *copy = *v;
    return copy;
}

/* Creates the revision of this data; a name that another one has gives another hash. */
static bool create_revision(Sync *s, Value data, int64_t revision)
{
    Arena *a = s->c->arena;
    Value object = revision_new(s->set, &stateful_kind, data, revision, a);
    CtlObject at = { owned_revisions.api_version, owned_revisions.resource, ctl_namespace(s->set),
                     STR(""), NULL };
    Buf raw = buf_new(a);
    json_write_html_safe(&data, &raw);
    for (;;) {
        Str hash = revision_hash(buf_str(&raw), (OptInt64){ true, s->collisions }, a);
        Str name = arena_printf(a, "%.*s-%.*s",
                                STR_ARG(str_slice(ctl_name(s->set), 0, NAME_MAX_LEN)),
                                STR_ARG(hash));
        Value *metadata = value_get_lit(&object, "metadata");
        ApiResponse response;
        value_set_lit(metadata, "name", value_str(name), a);
        if (value_at(metadata, "labels", "controller.kubernetes.io/hash", NULL) == NULL) {
            value_set_lit(value_get_lit(metadata, "labels"), "controller.kubernetes.io/hash",
                          value_str(hash), a);
        }
        if (ctl_create(s->c, &at, &object, &response)) {
            s->update = kept(s, &response.body);
            return true;
        }
        const Value *other = ctl_get(s->c, owned_revisions.group, owned_revisions.kind,
                                     ctl_namespace(s->set), name);
        if (response.code != 409 || other == NULL) {
            return false;
        }
        if (revision_has(other, &data)) {
            s->update = other;
            return true;
        }
        s->collisions++;
    }
}

/* The last that is the same counts; when it is not the newest it becomes that. */
static bool find_update(Sync *s)
{
    Value data = revision_data(s->set, s->c->arena);
    const Value *newest =
        s->revisions.count ? s->revisions.items[s->revisions.count - 1] : NULL;
    int64_t next = newest ? revision_number(newest) + 1 : 1;
    for (size_t i = s->revisions.count; i > 0; i--) {
        if (revision_has(s->revisions.items[i - 1], &data)) {
            s->update = s->revisions.items[i - 1];
            return s->update == newest || revision_renumber(s->c, &s->update, next);
        }
    }
    return create_revision(s, data, next);
}

static bool find_revisions(Sync *s)
{
    Str current = value_as_str(value_at(s->set, "status", "currentRevision", NULL));
    revisions_sort(&s->revisions);
    s->collisions = number(s->set, "status", "collisionCount");
    if (!find_update(s)) {
        return false;
    }
    s->current = s->update;
    for (size_t i = 0; i < s->revisions.count; i++) {
        if (str_eq(ctl_name(s->revisions.items[i]), current)) {
            s->current = s->revisions.items[i];
        }
    }
    return true;
}

static bool is_live(const Sync *s, Str revision)
{
    bool live = (s->current && str_eq(ctl_name(s->current), revision)) ||
                (s->update && str_eq(ctl_name(s->update), revision));
    for (size_t i = 0; i < s->pods.count && !live; i++) {
        live = str_eq(stateful_revision(s->pods.items[i]), revision);
    }
    return live;
}

static bool truncate_history(const Sync *s)
{
    int64_t limit = number(s->set, "spec", "revisionHistoryLimit");
    int64_t surplus = -limit;
    for (size_t i = 0; i < s->revisions.count; i++) {
        surplus += !is_live(s, ctl_name(s->revisions.items[i]));
    }
    for (size_t i = 0; i < s->revisions.count && surplus > 0 && limit >= 0; i++) {
        if (!is_live(s, ctl_name(s->revisions.items[i]))) {
            if (!revision_delete(s->c, s->revisions.items[i])) {
                return false;
            }
            surplus--;
        }
    }
    return true;
}

/* -- which pods there are -------------------------------------------------------------------------------------- */

static bool is_terminating(const Replica *r)
{
    return ctl_is_deleted(&r->pod);
}

static bool is_running(const Replica *r)
{
    return r->is_created && stateful_is_running(&r->pod);
}

static bool is_healthy(const Replica *r)
{
    return is_running(r) && !is_terminating(r);
}

static bool is_ended(const Sync *s, const Replica *r)
{
    Str phase = value_as_str(value_at(&r->pod, "status", "phase", NULL));
    return str_eq(phase, STR("Failed")) ||
           (s->c->target->minor >= 28 && str_eq(phase, STR("Succeeded")));
}

/* n: 1 or -1 */
static void count_revision(Sync *s, const Value *pod, int64_t n)
{
    Str revision = stateful_revision(pod);
    s->numbers.current += str_eq(revision, ctl_name(s->current)) ? n : 0;
    s->numbers.updated += str_eq(revision, ctl_name(s->update)) ? n : 0;
}

static void count_pod(Sync *s, const Value *pod)
{
    int64_t min_ready = number(s->set, "spec", "minReadySeconds");
    s->numbers.replicas++;
    if (stateful_is_running(pod)) {
        s->numbers.ready++;
        s->numbers.available += pod_is_available(pod, min_ready, ctl_now(NULL));
    }
    if (!ctl_is_deleted(pod)) {
        count_revision(s, pod, 1);
    }
}

/* The pod of a number as it is to be: of the current revision where the update does not go yet. */
static bool make_pod(Sync *s, Replica *r)
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
    int64_t difference = ((const Replica *)x)->ordinal - ((const Replica *)y)->ordinal;
    return difference < 0 ? -1 : difference > 0;
}

static bool partition(Sync *s)
{
    int64_t start = value_as_int(value_at(s->set, "spec", "ordinals", "start", NULL)).value;
    int64_t wanted = number(s->set, "spec", "replicas");
    s->replicas.count = wanted > 0 ? (size_t)wanted : 0;
    s->replicas.items = new(s->c->arena, Replica, s->replicas.count + 1);
    s->condemned.items = new(s->c->arena, Replica, s->pods.count + 1);
    for (size_t i = 0; i < s->pods.count; i++) {
        const Value *pod = s->pods.items[i];
        int64_t ordinal = stateful_ordinal(pod, NULL);
        Replica r = { *pod, ordinal, true };
        count_pod(s, pod);
        if (ordinal >= start && ordinal < start + wanted) {
            s->replicas.items[ordinal - start] = r;
        } else {
            s->condemned.items[s->condemned.count++] = r;
        }
    }
    qsort(s->condemned.items, s->condemned.count, sizeof(Replica), by_ordinal);
    for (size_t i = 0; i < s->replicas.count; i++) {
        Replica *r = &s->replicas.items[i];
        r->ordinal = start + (int64_t)i;
        if (!r->is_created && !make_pod(s, r)) {
            return false;
        }
    }
    return true;
}

/* -- what is done: each is true when what follows may be done, too ------------------------------------------ */

static bool is_monotonic(const Sync *s)
{
    return !str_eq(value_as_str(value_at(s->set, "spec", "podManagementPolicy", NULL)),
                   STR("Parallel"));
}

static bool replace_ended(Sync *s, Replica *r)
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

static bool handle_replica(Sync *s, Replica *r)
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

static const Replica *first_unhealthy(const Sync *s)
{
    const Replicas *lists[] = { &s->replicas, &s->condemned };
    const Replica *first = NULL;
    for (size_t l = 0; l < COUNT_OF(lists); l++) {
        for (size_t i = 0; i < lists[l]->count; i++) {
            const Replica *r = &lists[l]->items[i];
            if (!is_healthy(r) && (first == NULL || r->ordinal < first->ordinal)) {
                first = r;
            }
        }
    }
    return first;
}

static bool end_condemned(Sync *s, const Replica *unhealthy)
{
    bool monotonic = is_monotonic(s);
    for (size_t i = s->condemned.count; i > 0; i--) {
        const Replica *r = &s->condemned.items[i - 1];
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
static void roll(Sync *s)
{
    const Value *strategy = value_at(s->set, "spec", "updateStrategy", NULL);
    int64_t from = value_as_int(value_at(strategy, "rollingUpdate", "partition", NULL)).value;
    if (str_eq(value_get_str(strategy, STR("type")), STR("OnDelete"))) {
        return;
    }
    for (size_t i = s->replicas.count; i > 0 && (int64_t)i - 1 >= from; i--) {
        const Replica *r = &s->replicas.items[i - 1];
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

static void manage(Sync *s)
{
    if (!partition(s) || ctl_is_deleted(s->set)) {
        return;
    }
    const Replica *unhealthy = first_unhealthy(s);
    for (size_t i = 0; i < s->replicas.count; i++) {
        if (!handle_replica(s, &s->replicas.items[i])) {
            return;
        }
    }
    if (end_condemned(s, unhealthy)) {
        roll(s);
    }
}

/* -- status ---------------------------------------------------------------------------------------------------- */

static void set_number(Value *status, const char *field, int64_t n, bool always, Arena *a)
{
    if (n || always) {
        value_set(status, str_from_c(field), value_int(n), a);
    }
}

static Value status_of(Sync *s)
{
    Arena *a = s->c->arena;
    const Value *strategy = value_at(s->set, "spec", "updateStrategy", "type", NULL);
    const Numbers *n = &s->numbers;
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
    static const char *const fields[] = { "observedGeneration", "replicas",        "readyReplicas",
                                          "currentReplicas",    "updatedReplicas",
                                          "availableReplicas" };
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

static bool write_status(Sync *s)
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

/* -- a sync ------------------------------------------------------------------------------------------------------ */

static bool update(Sync *s)
{
    if (!find_revisions(s)) {
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
    Sync s = { .c = c, .set = ctl_get(c, STR("apps"), STR("StatefulSet"), namespace, name) };
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
    bool truncated = truncate_history(&s);
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
