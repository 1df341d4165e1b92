/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DaemonSets: a pod of a template on each node that it fits.
 *
 * Source: Kubernetes pkg/controller/daemon (daemon_controller.go)
 */
#include "server/controllers/daemonset.h"

#include <stdlib.h>

const OwnerKind daemon_kind = { "apps/v1", "DaemonSet", "daemonsets" };

static const OwnedKind all_pods = { "v1", "pods", STR_INIT(""), STR_INIT("Pod"), NULL, NULL };

/* -- changes ----------------------------------------------------------------------------------- */

static bool takes(Ctl *c, const Value *set, const Value *object)
{
    LabelSelector selector;
    Err err;
    return label_selector_read(value_at(set, "spec", "selector", NULL), c->arena, &selector,
                               &err) &&
           label_selector_matches(&selector, value_at(object, "metadata", "labels", NULL));
}

/* Nodes tell often that they live: that concerns nobody. */
static bool is_node_changed(const StoreEvent *event)
{
    static const char *const parts[][2] = { { "metadata", "labels" },
                                            { "spec", "taints" },
                                            { "spec", "unschedulable" } };
    if (event->kind != STORE_MODIFIED || event->old == NULL) {
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        const Value *now = value_at(&event->object->object, parts[i][0], parts[i][1], NULL);
        const Value *before = value_at(&event->old->object, parts[i][0], parts[i][1], NULL);
        if (now != before && !(now && before && value_equal(now, before))) {
            return true;
        }
    }
    return false;
}

static void enqueue_all(Ctl *c)
{
    size_t count;
    const Value *const *sets = ctl_list(c, STR("apps"), STR("DaemonSet"), STR_ABSENT, &count);
    for (size_t i = 0; i < count; i++) {
        ctl_enqueue(c, ctl_namespace(sets[i]), ctl_name(sets[i]));
    }
}

static void observe(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    if (str_eq(kind->kind, STR("Node"))) {
        if (is_node_changed(event)) {
            enqueue_all(c);
        }
    } else if (str_eq(kind->kind, STR("DaemonSet"))) {
        ctl_enqueue(c, event->object->namespace, event->object->name);
    } else {
        owned_observe(c, &daemon_kind, STR("apps"), event, takes);
    }
}

/* -- status ------------------------------------------------------------------------------------ */

enum { CURRENT, MISSCHEDULED, DESIRED, READY, OBSERVED, UPDATED, AVAILABLE, UNAVAILABLE, NUMBERS };
enum {
    ALWAYS_THERE = OBSERVED,
    STATUS_OF_FAILURE_MINOR = 26, /* from then on the status is written when pods could not be */
};

static const char *const fields[NUMBERS] = {
    "currentNumberScheduled", "numberMisscheduled",
    "desiredNumberScheduled", "numberReady",
    "observedGeneration",     "updatedNumberScheduled",
    "numberAvailable",        "numberUnavailable",
};

static int64_t spec_number(const Daemon *d, const char *field)
{
    return value_as_int(value_at(d->set, "spec", field, NULL)).value;
}

static void count_node(const Daemon *d, const Value *node, int64_t n[NUMBERS])
{
    const DaemonPod *pods;
    size_t count = daemon_pods_of(d, ctl_name(node), &pods);
    bool stays;
    if (!daemon_runs_on(d->set, &d->pod, node, &stays, d->c->arena)) {
        n[MISSCHEDULED] += count > 0;
        return;
    }
    n[DESIRED]++;
    if (count) {
        n[CURRENT]++;
        n[UPDATED] += daemon_is_updated(d, pods[0].pod);
        n[READY] += pod_is_ready(pods[0].pod);
        n[AVAILABLE] += pod_is_available(pods[0].pod, spec_number(d, "minReadySeconds"),
                                         ctl_now(d->c, NULL));
    }
}

static bool write_status(const Daemon *d)
{
    CtlObject at = { daemon_kind.api_version, daemon_kind.resource, ctl_namespace(d->set),
                     ctl_name(d->set), "status" };
    int64_t n[NUMBERS] = { 0 };
    bool same = true;
    for (size_t i = 0; i < d->node_count; i++) {
        count_node(d, d->nodes[i], n);
    }
    n[UNAVAILABLE] = n[DESIRED] - n[AVAILABLE];
    n[OBSERVED] = value_as_int(value_at(d->set, "metadata", "generation", NULL)).value;
    Value object = value_copy(d->set, d->c->arena);
    Value *status = value_need_object(&object, STR("status"), d->c->arena);
    for (size_t i = 0; status && i < NUMBERS; i++) {
        Str field = str_from_c(fields[i]);
        same = same && value_get_int(status, field).value == n[i];
        if (n[i] || i < ALWAYS_THERE) {
            value_set(status, field, value_int(n[i]), d->c->arena);
        } else {
            value_remove(status, field);
        }
    }
    int64_t min_ready = spec_number(d, "minReadySeconds");
    if (min_ready > 0 && n[READY] != n[AVAILABLE]) {
        ctl_enqueue_after(d->c, ctl_namespace(d->set), ctl_name(d->set), min_ready * 1000);
    }
    return same || ctl_update(d->c, &at, &object, NULL);
}

/* -- a sync ------------------------------------------------------------------------------------ */

static int compare(const void *left, const void *right)
{
    const DaemonPod *x = left, *y = right;
    int order = str_cmp(x->node, y->node);
    bool on_x = value_as_str(value_at(x->pod, "spec", "nodeName", NULL)).len > 0;
    bool on_y = value_as_str(value_at(y->pod, "spec", "nodeName", NULL)).len > 0;
    if (order || on_x != on_y) {
        return order ? order : on_x ? -1 : 1;
    }
    order = str_cmp(value_as_str(value_at(x->pod, "metadata", "creationTimestamp", NULL)),
                    value_as_str(value_at(y->pod, "metadata", "creationTimestamp", NULL)));
    return order ? order : str_cmp(ctl_name(x->pod), ctl_name(y->pod));
}

static bool read_pods(Daemon *d)
{
    PodList pods;
    LabelSelector selector;
    Err err;
    if (!label_selector_read(value_at(d->set, "spec", "selector", NULL), d->c->arena, &selector,
                             &err) ||
        !owned_claim(d->c, d->set, &daemon_kind, &selector, &all_pods, &pods)) {
        return false;
    }
    d->pods = new(d->c->arena, DaemonPod, pods.count + 1);
    d->count = pods.count;
    for (size_t i = 0; i < pods.count; i++) {
        d->pods[i] = (DaemonPod){ pods.items[i], daemon_node_of(pods.items[i]) };
    }
    qsort(d->pods, d->count, sizeof *d->pods, compare);
    return true;
}

/* The pod of the template, which has the label of the revision: it is known by now. */
static bool make_pod(Daemon *d)
{
    Arena *a = d->c->arena;
    Str generation = value_as_str(value_at(d->set, "metadata", "annotations",
                                           "deprecated.daemonset.template.generation", NULL));
    int64_t number;
    if (!pods_make(d->c, d->set, &daemon_kind, &d->pod, &d->why)) {
        return false;
    }
    Value *labels = value_need_object(value_get_lit(&d->pod, "metadata"), STR("labels"), a);
    if (str_to_int64(generation, &number)) {
        value_set_lit(labels, "pod-template-generation", value_str(generation), a);
    }
    value_set_lit(labels, "controller-revision-hash", value_str(d->hash), a);
    return true;
}

static bool rolls(const Daemon *d)
{
    return str_eq(value_as_str(value_at(d->set, "spec", "updateStrategy", "type", NULL)),
                  STR("RollingUpdate"));
}

static bool sync(Ctl *c, Str namespace, Str name)
{
    Daemon d = { .c = c, .set = ctl_get(c, STR("apps"), STR("DaemonSet"), namespace, name) };
    if (d.set == NULL) {
        return true;
    }
    const Value *selector = value_at(d.set, "spec", "selector", NULL);
    if (value_is(selector, VALUE_OBJECT) && value_len(selector) == 0) {
        ctl_event(c, d.set, "Warning", "SelectingAll",
                  "This daemon set is selecting all pods. A non-empty selector is required.");
        return true;
    }
    if (ctl_is_deleted(d.set)) {
        return true;
    }
    d.nodes = ctl_list(c, STR(""), STR("Node"), STR(""), &d.node_count);
    if (!read_pods(&d) || !daemon_find_revisions(&d) || !make_pod(&d)) {
        return false;
    }
    daemon_manage(&d);
    if (!d.why.ptr && rolls(&d) && read_pods(&d)) {
        daemon_roll(&d);
    }
    bool failed = d.why.ptr || !daemon_truncate_history(&d);
    if (failed && c->target->minor < STATUS_OF_FAILURE_MINOR) {
        return false;
    }
    return read_pods(&d) && write_status(&d) && !failed;
}

const Controller controller_daemonset = {
    .name = STR_INIT("daemon-set-controller"),
    .source = STR_INIT("daemonset-controller"),
    .kinds = { { STR_INIT("apps"), STR_INIT("DaemonSet") },
               { STR_INIT(""), STR_INIT("Pod") },
               { STR_INIT("apps"), STR_INIT("ControllerRevision") },
               { STR_INIT(""), STR_INIT("Node") } },
    .observe = observe,
    .sync = sync,
};
