/* SPDX-License-Identifier: Apache-2.0 */
/* The scheduler: pods that wait are put on the node that has the fewest. */
#include "server/controllers/scheduler_fit.h"

#include "server/controllers/nodes.h"
#include "server/controllers/pods.h"

#include <stdlib.h>

static bool waits(const Value *pod)
{
    return pod_is_active(pod) && !value_as_str(value_at(pod, "spec", "nodeName", NULL)).len &&
           str_eq(value_as_str(value_at(pod, "spec", "schedulerName", NULL)),
                  STR("default-scheduler"));
}

static bool is_same(const Value *a, const Value *b)
{
    return (!a && !b) || (a && b && value_equal(a, b));
}

/* Heartbeats change nothing here. */
static bool matters(const StoreEvent *event)
{
    const Value *now = &event->object->object;
    const Value *before = event->old ? &event->old->object : NULL;
    return event->kind == STORE_ADDED ||
           (before && event->kind == STORE_MODIFIED &&
            !(is_same(value_get_lit(now, "spec"), value_get_lit(before, "spec")) &&
              is_same(value_at(now, "metadata", "labels", NULL),
                      value_at(before, "metadata", "labels", NULL))));
}

static void enqueue_waiting(Ctl *c)
{
    size_t count;
    const Value *const *pods = ctl_list(c, STR(""), STR("Pod"), STR_ABSENT, &count);
    for (size_t i = 0; i < count; i++) {
        if (waits(pods[i])) {
            ctl_enqueue(c, ctl_namespace(pods[i]), ctl_name(pods[i]));
        }
    }
}

static void observe(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    if (str_eq(kind->kind, STR("Node"))) {
        if (matters(event)) {
            enqueue_waiting(c);
        }
    } else if (event->kind == STORE_ADDED && waits(&event->object->object)) {
        ctl_enqueue(c, event->object->namespace, event->object->name);
    }
}

/* -- choosing
 * ------------------------------------------------------------------------------------------ */

typedef struct PodsOfNode {
    const Value **items;
    size_t count;
} PodsOfNode;

static PodsOfNode pods_of(Ctl *c, const Value *const *pods, size_t count, Str node)
{
    PodsOfNode out = { new(c->arena, const Value *, count + 1), 0 };
    for (size_t i = 0; i < count; i++) {
        if (str_eq(value_as_str(value_at(pods[i], "spec", "nodeName", NULL)), node) &&
            pod_is_active(pods[i])) {
            out.items[out.count++] = pods[i];
        }
    }
    return out;
}

static int compare_texts(const void *x, const void *y)
{
    return str_cmp(*(const Str *)x, *(const Str *)y);
}

/* "0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) ..." */
static Str why_nowhere(Ctl *c, const Str *reasons, size_t count)
{
    Arena *a = c->arena;
    Str *counted = new(a, Str, count + 1);
    size_t kinds = 0;
    for (size_t i = 0; i < count; i++) {
        size_t times = 0;
        bool seen = false;
        for (size_t j = 0; j < count; j++) {
            times += str_eq(reasons[i], reasons[j]);
            seen = seen || (j < i && str_eq(reasons[i], reasons[j]));
        }
        if (!seen) {
            counted[kinds++] = arena_printf(a, "%zu %.*s", times, STR_ARG(reasons[i]));
        }
    }
    if (count == 0) {
        return STR("no nodes available to schedule pods");
    }
    qsort(counted, kinds, sizeof *counted, compare_texts);
    Buf b = buf_new(a);
    buf_printf(&b, "0/%zu nodes are available: ", count);
    for (size_t i = 0; i < kinds; i++) {
        buf_printf(&b, "%s%.*s", i ? ", " : "", STR_ARG(counted[i]));
    }
    buf_byte(&b, '.');
    if (c->target->minor >= 24) {
        buf_printf(&b,
                   " preemption: 0/%zu nodes are available: %zu Preemption is not helpful for "
                   "scheduling.",
                   count, count);
    }
    return buf_str(&b);
}

/* Absent: none will do, *why says so. */
static Str choose(Ctl *c, const Value *pod, Str *why)
{
    size_t node_count, pod_count;
    const Value *const *nodes = ctl_list(c, STR(""), STR("Node"), STR(""), &node_count);
    const Value *const *pods = ctl_list(c, STR(""), STR("Pod"), STR_ABSENT, &pod_count);
    Str *reasons = new(c->arena, Str, node_count + 1);
    size_t refusals = 0;
    size_t fewest = SIZE_MAX;
    Str chosen = STR_ABSENT;
    for (size_t i = 0; i < node_count; i++) {
        PodsOfNode on = pods_of(c, pods, pod_count, ctl_name(nodes[i]));
        Str misfit = scheduler_misfit(pod, nodes[i], on.items, on.count, c->target, c->arena);
        if (misfit.ptr) {
            reasons[refusals++] = misfit;
        } else if (on.count < fewest) {
            fewest = on.count;
            chosen = ctl_name(nodes[i]);
        }
    }
    if (!chosen.ptr) {
        *why = why_nowhere(c, reasons, refusals);
    }
    return chosen;
}

/* -- binding
 * --------------------------------------------------------------------------------------------- */

static void set(Value *object, const char *key, Str text, Arena *a)
{
    value_set(object, str_from_c(key), value_str(text), a);
}

static bool bind(Ctl *c, const Value *pod, Str node)
{
    Arena *a = c->arena;
    Value binding = value_object();
    Value metadata = value_object();
    Value target = value_object();
    CtlObject at = { "v1", "pods", ctl_namespace(pod), ctl_name(pod), "binding" };
    ApiResponse response;
    set(&metadata, "name", ctl_name(pod), a);
    set(&metadata, "namespace", ctl_namespace(pod), a);
    set(&metadata, "uid", ctl_uid(pod), a);
    set(&target, "kind", STR("Node"), a);
    set(&target, "name", node, a);
    set(&binding, "apiVersion", STR("v1"), a);
    set(&binding, "kind", STR("Binding"), a);
    value_set_lit(&binding, "metadata", metadata, a);
    value_set_lit(&binding, "target", target, a);
    if (!ctl_create(c, &at, &binding, &response)) {
        return response.code == 404 || response.code == 409;
    }
    ctl_event(c, pod, "Normal", "Scheduled", "Successfully assigned %.*s/%.*s to %.*s",
              STR_ARG(ctl_namespace(pod)), STR_ARG(ctl_name(pod)), STR_ARG(node));
    return true;
}

static bool tell_nowhere(Ctl *c, const Value *pod, Str why)
{
    Arena *a = c->arena;
    CtlObject at = { "v1", "pods", ctl_namespace(pod), ctl_name(pod), "status" };
    const Value *old = pod_condition(pod, STR("PodScheduled"));
    Value condition = value_object();
    Value list = value_array();
    Value status = value_object();
    Value patch = value_object();
    ctl_event(c, pod, "Warning", "FailedScheduling", "%.*s", STR_ARG(why));
    if (old && str_eq(value_get_str(old, STR("message")), why)) {
        return true;
    }
    set(&condition, "type", STR("PodScheduled"), a);
    set(&condition, "status", STR("False"), a);
    value_set_lit(&condition, "lastProbeTime", value_null(), a);
    set(&condition, "lastTransitionTime", ctl_now_text(c), a);
    set(&condition, "reason", STR("Unschedulable"), a);
    set(&condition, "message", why, a);
    value_add(&list, condition, a);
    value_set_lit(&status, "conditions", list, a);
    value_set_lit(&patch, "status", status, a);
    (void)!ctl_patch(c, &at, NULL, &patch, NULL);
    return true;
}

static bool sync(Ctl *c, Str namespace, Str name)
{
    const Value *pod = ctl_get(c, STR(""), STR("Pod"), namespace, name);
    Str why = STR_ABSENT;
    if (pod == NULL || !waits(pod)) {
        return true;
    }
    Str node = choose(c, pod, &why);
    return node.ptr ? bind(c, pod, node) : tell_nowhere(c, pod, why);
}

static const Str scheduler_groups[] = { STR_INIT("system:authenticated") };

const Controller controller_scheduler = {
    .name = STR_INIT("default-scheduler"),
    .user = STR_INIT("system:kube-scheduler"),
    .groups = { scheduler_groups, COUNT_OF(scheduler_groups) },
    .agent = STR_INIT("kube-scheduler"),
    .action = STR_INIT("Binding"),
    .kinds = { { STR_INIT(""), STR_INIT("Node") }, { STR_INIT(""), STR_INIT("Pod") } },
    .observe = observe,
    .sync = sync,
    .is_on = nodes_are_there,
};
