/* SPDX-License-Identifier: Apache-2.0 */
/* Source: Kubernetes pkg/controller/daemon (daemon_controller.go, update.go) */
#include "kube/workloads/rollout.h"
#include "server/controllers/daemonset.h"

enum { BURST = 250, SURGE_MINOR = 22 };

/* -- which ------------------------------------------------------------------------------------- */

size_t daemon_pods_of(const Daemon *d, Str node, const DaemonPod **first)
{
    size_t at = 0, count = 0;
    while (at < d->count && !str_eq(d->pods[at].node, node)) {
        at++;
    }
    while (at + count < d->count && str_eq(d->pods[at + count].node, node)) {
        count++;
    }
    *first = &d->pods[at];
    return count;
}

bool daemon_is_updated(const Daemon *d, const Value *pod)
{
    const Value *labels = value_at(pod, "metadata", "labels", NULL);
    Str generation = value_as_str(value_at(d->set, "metadata", "annotations",
                                           "deprecated.daemonset.template.generation", NULL));
    return (d->hash.len &&
            str_eq(value_get_str(labels, STR("controller-revision-hash")), d->hash)) ||
           (generation.len &&
            str_eq(value_get_str(labels, STR("pod-template-generation")), generation));
}

static bool is_node(const Daemon *d, Str name)
{
    for (size_t i = 0; i < d->node_count; i++) {
        if (str_eq(ctl_name(d->nodes[i]), name)) {
            return true;
        }
    }
    return false;
}

/* -- what is to be done ------------------------------------------------------------------------ */

typedef struct Plan {
    PodList surplus;
    Str *nodes; /* that need a pod */
    size_t node_count;
} Plan;

static Plan plan_new(const Daemon *d)
{
    return (Plan){ .surplus = { new(d->c->arena, const Value *, d->count + 1), 0 },
                   .nodes = new(d->c->arena, Str, d->node_count + 1) };
}

static void delete_later(Plan *p, const Value *pod)
{
    for (size_t i = 0; i < p->surplus.count; i++) {
        if (p->surplus.items[i] == pod) {
            return;
        }
    }
    p->surplus.items[p->surplus.count++] = pod;
}

static bool is_failed(const Value *pod)
{
    return str_eq(value_as_str(value_at(pod, "status", "phase", NULL)), STR("Failed"));
}

static int64_t min_ready(const Daemon *d)
{
    return value_as_int(value_at(d->set, "spec", "minReadySeconds", NULL)).value;
}

static int64_t max_surge(const Daemon *d, int64_t wanted)
{
    const Value *v = value_at(d->set, "spec", "updateStrategy", "rollingUpdate", "maxSurge", NULL);
    return d->c->target->minor >= SURGE_MINOR ? rollout_scaled(v, wanted, true) : 0;
}

/* With a surge a node may have an old pod beside the new one until this one is available. */
static void keep_one(const Daemon *d, Plan *p, const DaemonPod *pods, size_t count, bool surges)
{
    const Value *kept = NULL, *old = NULL, *new_one = NULL;
    for (size_t i = 0; i < count; i++) {
        const Value *pod = pods[i].pod;
        if (ctl_is_deleted(pod)) {
            continue;
        }
        if (is_failed(pod)) {
            ctl_event(d->c, d->set, "Warning", "FailedDaemonPod",
                      "Found failed daemon pod %.*s/%.*s on node %.*s, will try to kill it",
                      STR_ARG(ctl_namespace(pod)), STR_ARG(ctl_name(pod)), STR_ARG(pods[i].node));
            delete_later(p, pod);
            continue;
        }
        const Value **seen = !surges ? &kept : daemon_is_updated(d, pod) ? &new_one : &old;
        if (*seen) {
            delete_later(p, pod);
        } else {
            *seen = pod;
        }
    }
    if (old && new_one && pod_is_available(new_one, min_ready(d), ctl_now(d->c, NULL))) {
        delete_later(p, old);
    }
}

static void look_at_node(const Daemon *d, Plan *p, const Value *node, bool surges)
{
    const DaemonPod *pods;
    size_t count = daemon_pods_of(d, ctl_name(node), &pods);
    bool stays;
    bool runs = daemon_runs_on(d->set, &d->pod, node, &stays, d->c->arena);
    if (runs && count == 0) {
        p->nodes[p->node_count++] = ctl_name(node);
    } else if (stays) {
        keep_one(d, p, pods, count, surges);
    } else {
        for (size_t i = 0; i < count; i++) {
            if (!ctl_is_deleted(pods[i].pod)) {
                delete_later(p, pods[i].pod);
            }
        }
    }
}

static void note(Daemon *d, Str why)
{
    if (!d->why.ptr && why.ptr) {
        d->why = why;
    }
}

static void create_pods(Daemon *d, const Plan *p)
{
    size_t limit = p->node_count < BURST ? p->node_count : BURST;
    bool failed = false;
    for (size_t batch = 1, at = 0; at < limit && !failed; batch *= 2) {
        for (size_t i = 0; i < batch && at < limit; i++, at++) {
            Value pod = value_copy(&d->pod, d->c->arena);
            Str why = STR_ABSENT;
            daemon_bind(&pod, p->nodes[at], d->c->arena);
            if (!pods_create_made(d->c, d->set, &pod, &why)) {
                failed = true;
                note(d, why);
            }
        }
    }
}

static void carry_out(Daemon *d, const Plan *p)
{
    create_pods(d, p);
    for (size_t i = 0; i < p->surplus.count && i < BURST; i++) {
        Str why = STR_ABSENT;
        if (!pods_delete_one(d->c, d->set, p->surplus.items[i], &why)) {
            note(d, why);
        }
    }
}

void daemon_manage(Daemon *d)
{
    Plan p = plan_new(d);
    bool surges = max_surge(d, 100) > 0;
    for (size_t i = 0; i < d->node_count; i++) {
        look_at_node(d, &p, d->nodes[i], surges);
    }
    for (size_t i = 0; i < d->count; i++) { /* those that wait for a node that is not there */
        const Value *pod = d->pods[i].pod;
        bool waits = value_as_str(value_at(pod, "spec", "nodeName", NULL)).len == 0;
        if (waits && d->pods[i].node.len && !is_node(d, d->pods[i].node)) {
            delete_later(&p, pod);
        }
    }
    carry_out(d, &p);
}

/* -- rolling update ---------------------------------------------------------------------------- */

typedef struct Counts {
    int64_t wanted;
    int64_t unavailable;
} Counts;

static Counts count_nodes(const Daemon *d)
{
    Counts n = { 0 };
    for (size_t i = 0; i < d->node_count; i++) {
        const DaemonPod *pods;
        bool stays, available = false;
        if (!daemon_runs_on(d->set, &d->pod, d->nodes[i], &stays, d->c->arena)) {
            continue;
        }
        size_t count = daemon_pods_of(d, ctl_name(d->nodes[i]), &pods);
        for (size_t k = 0; k < count; k++) {
            available = available ||
                        (!ctl_is_deleted(pods[k].pod) &&
                         pod_is_available(pods[k].pod, min_ready(d), ctl_now(d->c, NULL)));
        }
        n.wanted++;
        n.unavailable += !available;
    }
    return n;
}

/* Old pods are replaced by new ones beside them. */
static void surge(Daemon *d, int64_t most)
{
    Plan p = plan_new(d);
    for (size_t i = 0; i < d->node_count; i++) {
        const DaemonPod *pods;
        bool has_old = false, has_new = false, stays;
        size_t count = daemon_pods_of(d, ctl_name(d->nodes[i]), &pods);
        for (size_t k = 0; k < count; k++) {
            bool updated = daemon_is_updated(d, pods[k].pod);
            has_new = has_new || updated;
            has_old = has_old || (!updated && !ctl_is_deleted(pods[k].pod));
        }
        if (has_new && has_old) {
            most--;
        } else if (has_old && daemon_runs_on(d->set, &d->pod, d->nodes[i], &stays, d->c->arena)) {
            p.nodes[p.node_count++] = ctl_name(d->nodes[i]);
        }
    }
    p.node_count = most < 0 ? 0 : (int64_t)p.node_count < most ? p.node_count : (size_t)most;
    carry_out(d, &p);
}

void daemon_roll(Daemon *d)
{
    const Value *rolling = value_at(d->set, "spec", "updateStrategy", "rollingUpdate", NULL);
    Counts n = count_nodes(d);
    int64_t most = rollout_scaled(value_get_lit(rolling, "maxUnavailable"), n.wanted, true);
    int64_t more = max_surge(d, n.wanted);
    Plan p = plan_new(d);
    if (more > 0) {
        surge(d, more);
        return;
    }
    for (size_t i = 0; i < d->count; i++) {
        const Value *pod = d->pods[i].pod;
        if (!d->pods[i].node.len || daemon_is_updated(d, pod)) {
            continue;
        }
        if (!pod_is_available(pod, min_ready(d), ctl_now(d->c, NULL))) {
            if (!ctl_is_deleted(pod)) {
                delete_later(&p, pod);
            }
        } else if (n.unavailable < most) {
            delete_later(&p, pod);
            n.unavailable++;
        }
    }
    carry_out(d, &p);
}
