/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kubelets of nodes without machines: each pod that is put on one of them runs from then on,
 * and goes when it is deleted. Nothing is started, pulled or looked at; which pods end by
 * themselves says pod_end.h.
 */
#include "base/sha256.h"
#include "server/controllers/nodes.h"
#include "server/controllers/pod_end.h"

#include <stdlib.h>

enum {
    TICK_MS = 10000,
    TICKS_PER_STATUS = 30, /* five minutes */
    STOP_MS = 200,         /* what containers take to end */
};

typedef struct Kubelets {
    int ticks;
    uint32_t *addresses; /* given out, by node */
} Kubelets;

static const ApiServerOptions *options(const Ctl *c)
{
    return apiserver_options(c->server);
}

/* The node that the pod runs on, or would; empty for none. */
static Str node_of(Ctl *c, const Value *pod)
{
    Str name = value_as_str(value_at(pod, "spec", "nodeName", NULL));
    return nodes_runs(c, name) ? name : STR("");
}

static void tick(Ctl *c)
{
    Kubelets *k = c->state;
    for (int i = 1; i <= options(c)->nodes; i++) {
        Str name = nodes_name(i, c->arena);
        nodes_act_as(c, name);
        if (k->ticks % TICKS_PER_STATUS == 0 ||
            ctl_get(c, STR(""), STR("Node"), STR(""), name) == NULL) {
            nodes_register(c, i);
        }
        nodes_renew_lease(c, i);
    }
    k->ticks++;
}

static bool is_in_phase(const Value *pod, const char *phase)
{
    return str_eq(value_as_str(value_at(pod, "status", "phase", NULL)), str_from_c(phase));
}

static void observe(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    (void)kind;
    if (event->kind != STORE_DELETED && node_of(c, &event->object->object).len) {
        const Value *pod = &event->object->object;
        bool ends = ctl_is_deleted(pod) || is_in_phase(pod, "Running");
        ctl_enqueue_after(c, event->object->namespace, event->object->name, ends ? STOP_MS : 0);
    }
}

/* -- status
 * ---------------------------------------------------------------------------------------------- */

static void set(Value *object, const char *key, Str text, Arena *a)
{
    value_set(object, str_from_c(key), value_str(text), a);
}

static Str hex_of(Ctl *c, Str text)
{
    uint8_t digest[32];
    Buf b = buf_new(c->arena);
    sha256(text, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        buf_printf(&b, "%02x", digest[i]);
    }
    return buf_str(&b);
}

/* As a container runtime names it: with registry and tag. */
static Str full_image(Str image, Arena *a)
{
    Str host, rest;
    bool has_path = str_split_once(image, '/', &host, &rest);
    bool has_host = has_path && (str_contains(host, STR(".")) || str_contains(host, STR(":")) ||
                                 str_eq(host, STR("localhost")));
    Str name = has_host ? image
                        : arena_printf(a, "docker.io/%s%.*s", has_path ? "" : "library/",
                                       STR_ARG(image));
    ptrdiff_t slash = str_rindex_byte(name, '/');
    Str last = str_drop(name, (size_t)(slash + 1));
    bool has_tag = str_contains(last, STR(":")) || str_contains(last, STR("@"));
    return has_tag ? name : arena_concat(a, name, STR(":latest"));
}

static Str image_id(Ctl *c, Str full)
{
    ptrdiff_t slash = str_rindex_byte(full, '/');
    ptrdiff_t at = str_index_byte(full, '@');
    ptrdiff_t colon = str_rindex_byte(full, ':');
    if (at >= 0) {
        return full;
    }
    Str name = colon > slash ? str_slice(full, 0, (size_t)colon) : full;
    return arena_printf(c->arena, "%.*s@sha256:%.*s", STR_ARG(name), STR_ARG(hex_of(c, full)));
}

static Str container_id(Ctl *c, const Value *pod, Str name)
{
    return arena_concat(
        c->arena, STR("containerd://"),
        hex_of(c, arena_printf(c->arena, "%.*s/%.*s", STR_ARG(ctl_uid(pod)), STR_ARG(name))));
}

/* Not one that came with a cluster. */
static bool was_run_here(Ctl *c, const Value *pod)
{
    const Value *statuses = value_at(pod, "status", "containerStatuses", NULL);
    VALUE_EACH_ITEM(status, statuses) {
        Str id = container_id(c, pod, value_get_str(status, STR("name")));
        if (!str_eq(value_get_str(status, STR("containerID")), id)) {
            return false;
        }
    }
    return statuses != NULL;
}

/* Init containers have ended, others run. */
static Value container_status(Ctl *c, const Value *pod, const Value *container, bool is_init)
{
    Arena *a = c->arena;
    Str now = ctl_now_text(c);
    Str name = value_get_str(container, STR("name"));
    Str image = full_image(value_get_str(container, STR("image")), a);
    Str id = container_id(c, pod, name);
    Value v = value_object();
    Value state = value_object();
    Value what = value_object();
    if (is_init) {
        value_set_lit(&what, "exitCode", value_int(0), a);
        set(&what, "reason", STR("Completed"), a);
        set(&what, "startedAt", now, a);
        set(&what, "finishedAt", now, a);
        set(&what, "containerID", id, a);
    } else {
        set(&what, "startedAt", now, a);
    }
    value_set(&state, is_init ? STR("terminated") : STR("running"), what, a);
    set(&v, "name", name, a);
    value_set_lit(&v, "state", state, a);
    value_set_lit(&v, "lastState", value_object(), a);
    value_set_lit(&v, "ready", value_bool(true), a);
    value_set_lit(&v, "restartCount", value_int(0), a);
    set(&v, "image", image, a);
    set(&v, "imageID", image_id(c, image), a);
    set(&v, "containerID", id, a);
    if (!is_init) {
        value_set_lit(&v, "started", value_bool(true), a);
    }
    return v;
}

static Value container_statuses(Ctl *c, const Value *pod, const char *member, bool is_init)
{
    Value list = value_array();
    VALUE_EACH_ITEM(container, value_at(pod, "spec", member, NULL)) {
        value_add(&list, container_status(c, pod, container, is_init), c->arena);
    }
    return list;
}

static Value conditions(Ctl *c, const Value *pod)
{
    static const Str types[] = { STR_INIT("Initialized"), STR_INIT("Ready"),
                                 STR_INIT("ContainersReady"), STR_INIT("PodScheduled") };
    Arena *a = c->arena;
    Value list = value_array();
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        const Value *old = pod_condition(pod, types[i]);
        if (old && str_eq(value_get_str(old, STR("status")), STR("True"))) {
            continue;
        }
        Value v = value_object();
        set(&v, "type", types[i], a);
        set(&v, "status", STR("True"), a);
        value_set_lit(&v, "lastProbeTime", value_null(), a);
        set(&v, "lastTransitionTime", ctl_now_text(c), a);
        value_add(&list, v, a);
    }
    return list;
}

static Str pod_address(Ctl *c, const Value *pod, Str name)
{
    Kubelets *k = c->state;
    if (value_as_bool(value_at(pod, "spec", "hostNetwork", NULL)).value) {
        return nodes_address_of(c, name);
    }
    int node = nodes_number(options(c), name); /* 0 for those of others */
    uint32_t n = 2 + k->addresses[node]++ % 252;
    return arena_printf(c->arena, "10.%d.%d.%u", 244 + node / 256, node % 256, n);
}

static Value running_status(Ctl *c, const Value *pod, Str node)
{
    Arena *a = c->arena;
    Value v = value_object();
    Value address = value_object();
    Value list = value_array();
    Str ip = pod_address(c, pod, node);
    Value init = container_statuses(c, pod, "initContainers", true);
    set(&address, "ip", ip, a);
    value_add(&list, address, a);
    set(&v, "phase", STR("Running"), a);
    value_set_lit(&v, "conditions", conditions(c, pod), a);
    set(&v, "hostIP", nodes_address_of(c, node), a);
    set(&v, "podIP", ip, a);
    value_set_lit(&v, "podIPs", list, a);
    set(&v, "startTime", ctl_now_text(c), a);
    if (init.len) {
        value_set_lit(&v, "initContainerStatuses", init, a);
    }
    value_set_lit(&v, "containerStatuses", container_statuses(c, pod, "containers", false), a);
    return v;
}

/* -- running and ending
 * ------------------------------------------------------------------------------------ */

static void tell_started(Ctl *c, const Value *pod, const char *member)
{
    VALUE_EACH_ITEM(container, value_at(pod, "spec", member, NULL)) {
        Str name = value_get_str(container, STR("name"));
        Str image = value_get_str(container, STR("image"));
        c->field_path = arena_printf(c->arena, "spec.%s{%.*s}", member, STR_ARG(name));
        ctl_event(c, pod, "Normal", "Pulled", "Container image \"%.*s\" already present on machine",
                  STR_ARG(image));
        ctl_event(c, pod, "Normal", "Created", "Created container %.*s", STR_ARG(name));
        ctl_event(c, pod, "Normal", "Started", "Started container %.*s", STR_ARG(name));
    }
    c->field_path = STR_ABSENT;
}

static bool report(Ctl *c, const Value *pod, Value status)
{
    CtlObject at = { "v1", "pods", ctl_namespace(pod), ctl_name(pod), "status" };
    ApiResponse response;
    Value metadata = value_object();
    Value patch = value_object();
    set(&metadata, "uid", ctl_uid(pod), c->arena);
    value_set_lit(&patch, "metadata", metadata, c->arena);
    value_set_lit(&patch, "status", status, c->arena);
    return ctl_patch(c, &at, NULL, &patch, &response) || response.code == 404;
}

static bool run(Ctl *c, const Value *pod, Str node)
{
    Value status = running_status(c, pod, node);
    tell_started(c, pod, "initContainers");
    tell_started(c, pod, "containers");
    return report(c, pod, status);
}

static bool end_by_itself(Ctl *c, const Value *pod)
{
    OptInt64 code = pod_exit_code(pod);
    const KubeTarget *target = &options(c)->target;
    return !code.set ||
           report(c, pod, pod_ended_status(pod, code.value, ctl_now_text(c), target, c->arena));
}

/* Of one that is deleted. */
static bool end(Ctl *c, const Value *pod)
{
    Arena *a = c->arena;
    CtlObject at = { "v1", "pods", ctl_namespace(pod), ctl_name(pod), NULL };
    ApiResponse response;
    Value preconditions = value_object();
    Value how = value_object();
    set(&preconditions, "uid", ctl_uid(pod), a);
    value_set_lit(&how, "gracePeriodSeconds", value_int(0), a);
    value_set_lit(&how, "preconditions", preconditions, a);
    bool runs = is_in_phase(pod, "Running");
    VALUE_EACH_ITEM(container, runs ? value_at(pod, "spec", "containers", NULL) : NULL) {
        Str name = value_get_str(container, STR("name"));
        c->field_path = arena_printf(a, "spec.containers{%.*s}", STR_ARG(name));
        ctl_event(c, pod, "Normal", "Killing", "Stopping container %.*s", STR_ARG(name));
    }
    c->field_path = STR_ABSENT;
    return ctl_delete(c, &at, &how, &response) || response.code == 404 || response.code == 409;
}

static bool sync(Ctl *c, Str namespace, Str name)
{
    const Value *pod = ctl_get(c, STR(""), STR("Pod"), namespace, name);
    Str node = node_of(c, pod);
    if (pod == NULL || node.len == 0) {
        return true;
    }
    nodes_act_as(c, node);
    if (ctl_is_deleted(pod)) {
        const Value *grace = value_at(pod, "metadata", "deletionGracePeriodSeconds", NULL);
        /* with none left only a finalizer keeps it */
        return value_as_int(grace).value == 0 || end(c, pod);
    }
    /* one that its node knows already is left as it is: it came with a cluster */
    if (is_in_phase(pod, "Pending") && !value_at(pod, "status", "startTime", NULL)) {
        return run(c, pod, node);
    }
    return !is_in_phase(pod, "Running") || !was_run_here(c, pod) || end_by_itself(c, pod);
}

static void start(Ctl *c)
{
    Kubelets *k = c->state;
    k->addresses = calloc((size_t)options(c)->nodes + 1, sizeof *k->addresses);
    if (k->addresses == NULL) {
        abort();
    }
}

static void stop(Ctl *c)
{
    free(((Kubelets *)c->state)->addresses);
}

const Controller controller_kubelet = {
    .name = STR_INIT("kubelet"),
    .user = STR_INIT("system:nodes"),
    .agent = STR_INIT("kubelet"),
    .kinds = { { STR_INIT(""), STR_INIT("Pod") } },
    .observe = observe,
    .sync = sync,
    .tick = tick,
    .tick_ms = TICK_MS,
    .is_on = nodes_are_there,
    .state_bytes = sizeof(Kubelets),
    .start = start,
    .stop = stop,
};
