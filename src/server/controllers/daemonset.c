/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DaemonSets: a pod on each node that will have it.
 *
 * Source: Kubernetes pkg/controller/daemon
 */
#include "kube/workload.h"
#include "kube/workloads/rollout.h"
#include "kube/workloads/template_hash.h"
#include "server/controllers/pods.h"
#include "server/controllers/revisions.h"
#include "server/controllers/scheduler_fit.h"

#define HASH_LABEL "controller-revision-hash"
#define GENERATION_LABEL "pod-template-generation"
#define GENERATION_ANNOTATION "deprecated.daemonset.template.generation"
enum { BURST = 250 };

static const OwnerKind daemonset_owner = { "apps/v1", "DaemonSet", "daemonsets" };
static const OwnedKind owned_all_pods = { "v1", "pods", STR_INIT(""), STR_INIT("Pod"), NULL };

typedef struct DaemonNode {
    const Value *node;
    PodList pods; /* of the set, meant for the node; by creation */
    bool wanted;
} DaemonNode;

typedef struct Daemon {
    Ctl *c;
    const Value *set;
    Value pod; /* as it is created, without its node */
    Str hash;
    int64_t collisions;
    DaemonNode *nodes;
    size_t node_count;
} Daemon;

static int64_t number(const Value *object, const char *part, const char *field)
{
    return value_as_int(value_at(object, part, field, NULL)).value;
}

static Str label(const Value *pod, const char *key)
{
    return value_get_str(value_at(pod, "metadata", "labels", NULL), str_from_c(key));
}

static Str generation_of(const Value *set)
{
    return value_get_str(value_at(set, "metadata", "annotations", NULL),
                         STR(GENERATION_ANNOTATION));
}

static bool is_up_to_date(const Daemon *d, const Value *pod)
{
    Str generation = generation_of(d->set);
    return str_eq(label(pod, HASH_LABEL), d->hash) ||
           (generation.len && str_eq(label(pod, GENERATION_LABEL), generation));
}

static bool is_available(const Daemon *d, const Value *pod)
{
    return !ctl_is_deleted(pod) &&
           pod_is_available(pod, number(d->set, "spec", "minReadySeconds"), ctl_now(NULL));
}

/* -- the template ------------------------------------------------------------------------------------- */

static bool read_template(Daemon *d)
{
    Arena *a = d->c->arena;
    Workload w;
    Err err;
    if (!workload_read(d->set, a, &w, &err)) {
        return false;
    }
    d->pod = value_copy(&w.pod, a);
    Value owners = value_array();
    Value *metadata = value_get_lit(&d->pod, "metadata");
    value_add(&owners, ctl_owner_reference(d->set, "apps/v1", "DaemonSet", a), a);
    value_set_lit(metadata, "ownerReferences", owners, a);
    Value *labels = value_need_object(metadata, STR("labels"), a);
    Str generation = generation_of(d->set);
    if (labels && generation.len) {
        value_set_lit(labels, GENERATION_LABEL, value_str(generation), a);
    }
    if (labels) {
        value_set_lit(labels, HASH_LABEL, value_str(d->hash), a);
    }
    return true;
}

/* A term that names the node takes the place of each that there is. */
static Value for_node(Daemon *d, Str node)
{
    Arena *a = d->c->arena;
    Value pod = value_copy(&d->pod, a);
    Value field = value_object();
    Value names = value_array();
    Value term = value_object();
    Value fields = value_array();
    Value terms = value_array();
    value_add(&names, value_str(node), a);
    value_set_lit(&field, "key", value_str(STR("metadata.name")), a);
    value_set_lit(&field, "operator", value_str(STR("In")), a);
    value_set_lit(&field, "values", names, a);
    value_add(&fields, field, a);
    value_set_lit(&term, "matchFields", fields, a);
    value_add(&terms, term, a);
    Value *spec = value_get_lit(&pod, "spec");
    Value *affinity = value_need_object(spec, STR("affinity"), a);
    Value *of_node = affinity ? value_need_object(affinity, STR("nodeAffinity"), a) : NULL;
    if (of_node) {
        Value required = value_object();
        value_set_lit(&required, "nodeSelectorTerms", terms, a);
        value_set_lit(of_node, "requiredDuringSchedulingIgnoredDuringExecution", required, a);
    }
    return pod;
}

/* The node that a pod runs on or is meant for. */
static Str target_of(const Value *pod)
{
    Str node = value_as_str(value_at(pod, "spec", "nodeName", NULL));
    if (node.len) {
        return node;
    }
    VALUE_EACH_ITEM(term, value_at(pod, "spec", "affinity", "nodeAffinity",
                                   "requiredDuringSchedulingIgnoredDuringExecution",
                                   "nodeSelectorTerms", NULL)) {
        VALUE_EACH_ITEM(field, value_get_lit(term, "matchFields")) {
            if (str_eq(value_get_str(field, STR("key")), STR("metadata.name"))) {
                return value_as_str(value_item(value_get_lit(field, "values"), 0));
            }
        }
    }
    return STR("");
}

/* -- nodes and their pods ------------------------------------------------------------------------------ */

static void add_pod(PodList *list, const Value *pod)
{
    size_t at = list->count++;
    Str created = value_as_str(value_at(pod, "metadata", "creationTimestamp", NULL));
    for (; at > 0; at--) {
        const Value *before = list->items[at - 1];
        if (str_cmp(value_as_str(value_at(before, "metadata", "creationTimestamp", NULL)),
                    created) <= 0) {
            break;
        }
        list->items[at] = before;
    }
    list->items[at] = pod;
}

static bool read_nodes(Daemon *d)
{
    Ctl *c = d->c;
    LabelSelector selector;
    PodList pods;
    Err err;
    if (!label_selector_read(value_at(d->set, "spec", "selector", NULL), c->arena, &selector,
                             &err) ||
        !owned_claim(c, d->set, &daemonset_owner, &selector, &owned_all_pods, &pods)) {
        return false;
    }
    const Value *const *nodes = ctl_list(c, STR(""), STR("Node"), STR(""), &d->node_count);
    d->nodes = new(c->arena, DaemonNode, d->node_count + 1);
    for (size_t i = 0; i < d->node_count; i++) {
        DaemonNode *n = &d->nodes[i];
        n->node = nodes[i];
        n->wanted = !scheduler_misfit(&d->pod, nodes[i], NULL, 0, c->target, c->arena).ptr;
        n->pods.items = new(c->arena, const Value *, pods.count + 1);
        for (size_t j = 0; j < pods.count; j++) {
            if (str_eq(target_of(pods.items[j]), ctl_name(nodes[i]))) {
                add_pod(&n->pods, pods.items[j]);
            }
        }
    }
    return true;
}

static bool create(Daemon *d, const DaemonNode *n)
{
    Ctl *c = d->c;
    CtlObject at = { "v1", "pods", ctl_namespace(d->set), STR(""), NULL };
    ApiResponse response;
    Value pod = for_node(d, ctl_name(n->node));
    if (ctl_create(c, &at, &pod, &response)) {
        ctl_event(c, d->set, "Normal", "SuccessfulCreate", "Created pod: %.*s",
                  STR_ARG(ctl_name(&response.body)));
        return true;
    }
    VALUE_EACH_ITEM(cause, value_at(&response.body, "details", "causes", NULL)) {
        if (str_eq(value_get_str(cause, STR("reason")), STR("NamespaceTerminating"))) {
            return true;
        }
    }
    ctl_event(c, d->set, "Warning", "FailedCreate", "Error creating: %.*s",
              STR_ARG(ctl_message(&response)));
    return false;
}

static bool drop(Daemon *d, const Value *pod)
{
    Str why;
    return ctl_is_deleted(pod) || pods_delete_one(d->c, d->set, pod, &why);
}

static bool is_failed(const Value *pod)
{
    return str_eq(value_as_str(value_at(pod, "status", "phase", NULL)), STR("Failed"));
}

/* One pod where it is wanted, the oldest; none elsewhere. */
static bool manage_node(Daemon *d, const DaemonNode *n)
{
    bool done = true;
    size_t running = 0;
    for (size_t i = 0; i < n->pods.count; i++) {
        const Value *pod = n->pods.items[i];
        if (n->wanted && is_failed(pod)) {
            ctl_event(d->c, d->set, "Warning", "FailedDaemonPod",
                      "Found failed daemon pod %.*s/%.*s on node %.*s, will try to kill it",
                      STR_ARG(ctl_namespace(pod)), STR_ARG(ctl_name(pod)),
                      STR_ARG(ctl_name(n->node)));
            done = drop(d, pod) && done;
        } else if (!n->wanted || (running++ > 0 && !ctl_is_deleted(pod))) {
            done = drop(d, pod) && done;
        }
    }
    return done;
}

/* In batches that double, so that what is refused is not asked for each node. */
static bool manage(Daemon *d)
{
    bool done = true;
    size_t batch = 1, in_batch = 0, made = 0;
    for (size_t i = 0; i < d->node_count; i++) {
        done = manage_node(d, &d->nodes[i]) && done;
    }
    for (size_t i = 0; i < d->node_count && made < BURST; i++) {
        if (!d->nodes[i].wanted || d->nodes[i].pods.count) {
            continue;
        }
        done = create(d, &d->nodes[i]) && done;
        made++;
        if (++in_batch == batch) {
            if (!done) {
                return false;
            }
            batch *= 2;
            in_batch = 0;
        }
    }
    return done;
}

static bool roll(Daemon *d)
{
    const Value *strategy = value_at(d->set, "spec", "updateStrategy", NULL);
    int64_t wanted = 0, unavailable = 0;
    bool done = true;
    if (!str_eq(value_get_str(strategy, STR("type")), STR("RollingUpdate"))) {
        return true;
    }
    for (size_t i = 0; i < d->node_count; i++) {
        const DaemonNode *n = &d->nodes[i];
        bool available = false;
        for (size_t j = 0; j < n->pods.count; j++) {
            available = available || is_available(d, n->pods.items[j]);
        }
        wanted += n->wanted;
        unavailable += n->wanted && !available;
    }
    int64_t most = rollout_scaled(value_at(strategy, "rollingUpdate", "maxUnavailable", NULL),
                                  wanted, true);
    for (int available = 0; available < 2; available++) {
        for (size_t i = 0; i < d->node_count; i++) {
            for (size_t j = 0; j < d->nodes[i].pods.count; j++) {
                const Value *pod = d->nodes[i].pods.items[j];
                if (is_up_to_date(d, pod) || ctl_is_deleted(pod) ||
                    is_available(d, pod) != available || (available && unavailable >= most)) {
                    continue;
                }
                unavailable += available;
                done = drop(d, pod) && done;
            }
        }
    }
    return done;
}

/* -- status --------------------------------------------------------------------------------------------- */

static Value status_of(Daemon *d)
{
    Arena *a = d->c->arena;
    int64_t current = 0, missed = 0, desired = 0, ready = 0, updated = 0, available = 0;
    for (size_t i = 0; i < d->node_count; i++) {
        const DaemonNode *n = &d->nodes[i];
        const Value *pod = n->pods.count ? n->pods.items[0] : NULL;
        desired += n->wanted;
        current += n->wanted && pod;
        missed += !n->wanted && pod;
        if (n->wanted && pod) {
            ready += pod_is_ready(pod);
            available += pod_is_available(pod, number(d->set, "spec", "minReadySeconds"),
                                          ctl_now(NULL));
            updated += is_up_to_date(d, pod);
        }
    }
    Value v = value_object();
    value_set_lit(&v, "currentNumberScheduled", value_int(current), a);
    value_set_lit(&v, "numberMisscheduled", value_int(missed), a);
    value_set_lit(&v, "desiredNumberScheduled", value_int(desired), a);
    value_set_lit(&v, "numberReady", value_int(ready), a);
    value_set_lit(&v, "observedGeneration",
                  value_int(number(d->set, "metadata", "generation")), a);
    value_set_lit(&v, "updatedNumberScheduled", value_int(updated), a);
    value_set_lit(&v, "numberAvailable", value_int(available), a);
    value_set_lit(&v, "numberUnavailable", value_int(desired - available), a);
    if (d->collisions) {
        value_set_lit(&v, "collisionCount", value_int(d->collisions), a);
    }
    return v;
}

static bool write_status(Daemon *d)
{
    Value status = status_of(d);
    const Value *old = value_get_lit(d->set, "status");
    CtlObject at = { "apps/v1", "daemonsets", ctl_namespace(d->set), ctl_name(d->set), "status" };
    bool news = false;
    VALUE_EACH_MEMBER(m, &status) {
        news = news || m->value.i != value_get_int(old, member_key(m)).value;
    }
    if (!news) {
        return true;
    }
    Value copy = value_copy(d->set, d->c->arena);
    value_set_lit(&copy, "status", status, d->c->arena);
    return ctl_update(d->c, &at, &copy, NULL);
}

/* -- one sync ----------------------------------------------------------------------------------------- */

static Str hash(Ctl *c, const Value *set, const Value *data, int64_t collisions)
{
    (void)data;
    return template_hash(value_at(set, "spec", "template", NULL),
                         (OptInt64){ collisions > 0, collisions }, c->target, c->arena);
}

static bool truncate_history(Daemon *d, const PodList *revisions)
{
    OptInt64 limit = value_as_int(value_at(d->set, "spec", "revisionHistoryLimit", NULL));
    size_t count = 1;
    for (size_t i = 0; i < d->node_count; i++) {
        count += d->nodes[i].pods.count;
    }
    Str *live = new(d->c->arena, Str, count);
    StrList names = { live, 0 };
    Str prefix = arena_concat(d->c->arena, ctl_name(d->set), STR("-"));
    live[names.count++] = arena_concat(d->c->arena, prefix, d->hash);
    for (size_t i = 0; i < d->node_count; i++) {
        for (size_t j = 0; j < d->nodes[i].pods.count; j++) {
            live[names.count++] = arena_concat(d->c->arena, prefix,
                                               label(d->nodes[i].pods.items[j], HASH_LABEL));
        }
    }
    return !limit.set || revisions_truncate(d->c, revisions, names, limit.value);
}

static bool sync(Ctl *c, Str namespace, Str name)
{
    Daemon d = { .c = c, .set = ctl_get(c, STR("apps"), STR("DaemonSet"), namespace, name) };
    PodList revisions;
    if (d.set == NULL || ctl_is_deleted(d.set)) {
        return true;
    }
    d.collisions = number(d.set, "status", "collisionCount");
    RevisionOrder order = { .owner = d.set,
                            .kind = &daemonset_owner,
                            .label = HASH_LABEL,
                            .hash = hash,
                            .collisions = d.collisions };
    if (!revisions_list(c, d.set, &daemonset_owner, &revisions)) {
        return false;
    }
    const Value *now = revision_of_now(c, &order, &revisions);
    if (now == NULL) {
        return false;
    }
    d.collisions = order.collisions;
    d.hash = label(now, HASH_LABEL);
    if (!read_template(&d) || !read_nodes(&d)) {
        return false;
    }
    /* what is refused is told of in events; the numbers are stored all the same */
    bool done = manage(&d) && roll(&d) && truncate_history(&d, &revisions);
    return write_status(&d) && done;
}

static bool takes(Ctl *c, const Value *set, const Value *pod)
{
    LabelSelector selector;
    Err err;
    return label_selector_read(value_at(set, "spec", "selector", NULL), c->arena, &selector,
                               &err) &&
           label_selector_matches(&selector, value_at(pod, "metadata", "labels", NULL));
}

/* Heartbeats change nothing. */
static bool node_matters(const StoreEvent *event)
{
    const Value *now = &event->object->object;
    if (event->kind != STORE_MODIFIED) {
        return true;
    }
    const Value *old_labels = value_at(&event->old->object, "metadata", "labels", NULL);
    const Value *labels = value_at(now, "metadata", "labels", NULL);
    const Value *old_spec = value_get_lit(&event->old->object, "spec");
    const Value *spec = value_get_lit(now, "spec");
    bool same_labels = value_len(labels) == value_len(old_labels) &&
                       (!value_len(labels) || value_equal(labels, old_labels));
    bool same_spec = value_len(spec) == value_len(old_spec) &&
                     (!value_len(spec) || value_equal(spec, old_spec));
    return !(same_labels && same_spec);
}

static void observe(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    if (str_eq(kind->kind, STR("Pod"))) {
        owned_observe(c, &daemonset_owner, STR("apps"), event, takes);
    } else if (str_eq(kind->kind, STR("DaemonSet"))) {
        ctl_enqueue(c, event->object->namespace, event->object->name);
    } else if (node_matters(event)) {
        size_t count;
        const Value *const *sets =
            ctl_list(c, STR("apps"), STR("DaemonSet"), STR_ABSENT, &count);
        for (size_t i = 0; i < count; i++) {
            ctl_enqueue(c, ctl_namespace(sets[i]), ctl_name(sets[i]));
        }
    }
}

const Controller controller_daemonset = {
    .name = STR_INIT("daemon-set-controller"),
    .source = STR_INIT("daemonset-controller"),
    .kinds = { { STR_INIT("apps"), STR_INIT("DaemonSet") },
               { STR_INIT(""), STR_INIT("Pod") },
               { STR_INIT(""), STR_INIT("Node") } },
    .observe = observe,
    .sync = sync,
};
