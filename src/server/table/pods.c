/* SPDX-License-Identifier: Apache-2.0 */
/* How pods and pod templates are shown: the summary of a pod's state. */
#include "server/table/age.h"
#include "server/table/columns.h"

/* -- the state of a pod ------------------------------------------------------------------------ */

typedef struct PodSummary {
    int64_t total;
    int64_t ready;
    int64_t restarts;
    Str last_restart; /* the time; absent when none is known */
    Str reason;
} PodSummary;

enum { SIDECARS_SINCE = 28, GATES_SINCE = 26, TERMINAL_SINCE = 30, LAST_RESTART_SINCE = 22 };

static bool is_sidecar(const TableCell *c, Str container_name)
{
    if (!table_is_since(c, SIDECARS_SINCE)) {
        return false;
    }
    const Value *container = table_find(table_field(c->object, "spec.initContainers"), "name",
                                        container_name);
    return str_eq(value_get_str(container, STR("restartPolicy")), STR("Always"));
}

/* The later of two times; both may be absent. */
static void note_restart(const Value *status, Str *last)
{
    Str finished = table_text(status, "lastState.terminated.finishedAt");
    int64_t then, before;
    if (age_parse_time(finished, &then) && (!age_parse_time(*last, &before) || before < then)) {
        *last = finished;
    }
}

/* "Error", "ExitCode:1", "Signal:9" */
static Str termination_reason(const Value *terminated, const char *prefix, Arena *a)
{
    Str reason = value_get_str(terminated, STR("reason"));
    if (reason.len) {
        return arena_concat(a, str_from_c(prefix), reason);
    }
    int64_t signal = table_int(terminated, "signal");
    return arena_printf(a, "%s%s:%lld", prefix, signal ? "Signal" : "ExitCode",
                        (long long)(signal ? signal : table_int(terminated, "exitCode")));
}

/* Sets the reason by an init container that is not done; false when it is done. */
static bool is_initializing(const TableCell *c, const Value *status, size_t at, PodSummary *s)
{
    const Value *terminated = table_field(status, "state.terminated");
    Str waiting = table_text(status, "state.waiting.reason");
    if (!value_is_null(terminated) && table_int(terminated, "exitCode") == 0) {
        return false;
    }
    if (is_sidecar(c, value_get_str(status, STR("name"))) &&
        value_get_bool(status, STR("started")).value) {
        s->ready += value_get_bool(status, STR("ready")).value;
        return false;
    }
    if (!value_is_null(terminated)) {
        s->reason = termination_reason(terminated, "Init:", c->arena);
    } else if (waiting.len && !str_eq(waiting, STR("PodInitializing"))) {
        s->reason = arena_concat(c->arena, STR("Init:"), waiting);
    } else {
        s->reason = arena_printf(c->arena, "Init:%zu/%zu", at,
                                 value_len(table_field(c->object, "spec.initContainers")));
    }
    return true;
}

/* Sums up the init containers, up to the first that is not done. sidecars: what of it counts once
 * the pod is initialized. */
static bool sum_init_containers(const TableCell *c, PodSummary *s, PodSummary *sidecars)
{
    const Value *statuses = table_field(c->object, "status.initContainerStatuses");
    for (size_t i = 0; i < value_len(statuses); i++) {
        const Value *status = value_item(statuses, i);
        s->restarts += table_int(status, "restartCount");
        note_restart(status, &s->last_restart);
        if (is_sidecar(c, value_get_str(status, STR("name")))) {
            sidecars->restarts += table_int(status, "restartCount");
            note_restart(status, &sidecars->last_restart);
        }
        if (is_initializing(c, status, i, s)) {
            return true;
        }
    }
    return false;
}

/* The containers from the last to the first: the first one's reason stands. */
static void sum_containers(const TableCell *c, PodSummary *s)
{
    const Value *statuses = table_field(c->object, "status.containerStatuses");
    bool has_running = false;
    for (size_t i = value_len(statuses); i-- > 0;) {
        const Value *status = value_item(statuses, i);
        const Value *terminated = table_field(status, "state.terminated");
        Str waiting = table_text(status, "state.waiting.reason");
        s->restarts += table_int(status, "restartCount");
        note_restart(status, &s->last_restart);
        if (waiting.len) {
            s->reason = waiting;
        } else if (!value_is_null(terminated)) {
            s->reason = termination_reason(terminated, "", c->arena);
        } else if (value_get_bool(status, STR("ready")).value &&
                   !value_is_null(table_field(status, "state.running"))) {
            has_running = true;
            s->ready++;
        }
    }
    if (has_running && str_eq(s->reason, STR("Completed"))) {
        /* any condition that says so counts, not only the first */
        s->reason = STR("NotReady");
        VALUE_EACH_ITEM(condition, table_field(c->object, "status.conditions")) {
            if (str_eq(value_get_str(condition, STR("type")), STR("Ready")) &&
                str_eq(value_get_str(condition, STR("status")), STR("True"))) {
                s->reason = STR("Running");
            }
        }
    }
}

static Str first_reason(const TableCell *c)
{
    Str reason = table_text(c->object, "status.reason");
    reason = reason.len ? reason : table_text(c->object, "status.phase");
    VALUE_EACH_ITEM(condition, table_field(c->object, "status.conditions")) {
        if (table_is_since(c, GATES_SINCE) &&
            str_eq(value_get_str(condition, STR("type")), STR("PodScheduled")) &&
            str_eq(value_get_str(condition, STR("reason")), STR("SchedulingGated"))) {
            reason = STR("SchedulingGated");
        }
    }
    return reason;
}

static Str deleted_reason(const TableCell *c, Str reason)
{
    Str phase = table_text(c->object, "status.phase");
    bool is_terminal = str_eq(phase, STR("Succeeded")) || str_eq(phase, STR("Failed"));
    if (value_is_null(table_field(c->object, "metadata.deletionTimestamp"))) {
        return reason;
    }
    if (str_eq(table_text(c->object, "status.reason"), STR("NodeLost"))) {
        return STR("Unknown");
    }
    return is_terminal && table_is_since(c, TERMINAL_SINCE) ? reason : STR("Terminating");
}

static PodSummary summarize(const TableCell *c)
{
    PodSummary s = { .reason = first_reason(c) };
    PodSummary sidecars = { 0 };
    s.total = (int64_t)value_len(table_field(c->object, "spec.containers"));
    VALUE_EACH_ITEM(container, table_field(c->object, "spec.initContainers")) {
        s.total += is_sidecar(c, value_get_str(container, STR("name")));
    }
    bool is_done = !sum_init_containers(c, &s, &sidecars);
    if (!is_done && table_is_since(c, SIDECARS_SINCE)) {
        is_done = table_has_condition(c->object, "Initialized", "True");
    }
    if (is_done) {
        s.restarts = sidecars.restarts;
        if (table_is_since(c, SIDECARS_SINCE)) {
            s.last_restart = sidecars.last_restart;
        }
        sum_containers(c, &s);
    }
    s.reason = deleted_reason(c, s.reason);
    return s;
}

/* -- cells ------------------------------------------------------------------------------------- */

static Value cell_ready(const TableCell *c)
{
    PodSummary s = summarize(c);
    return table_cell(arena_printf(c->arena, "%lld/%lld", (long long)s.ready, (long long)s.total));
}

static Value cell_status(const TableCell *c)
{
    return table_cell(summarize(c).reason);
}

static Value cell_restarts(const TableCell *c)
{
    PodSummary s = summarize(c);
    if (!table_is_since(c, LAST_RESTART_SINCE)) {
        return value_int(s.restarts);
    }
    if (!s.last_restart.ptr || (s.restarts == 0 && table_is_since(c, SIDECARS_SINCE))) {
        return table_cell(arena_printf(c->arena, "%lld", (long long)s.restarts));
    }
    return table_cell(arena_printf(c->arena, "%lld (%.*s ago)", (long long)s.restarts,
                                   STR_ARG(age_since(s.last_restart, c->now, c->arena))));
}

static Value cell_ip(const TableCell *c)
{
    const Value *first = value_item(table_field(c->object, "status.podIPs"), 0);
    Str ip = first ? value_get_str(first, STR("ip")) : table_text(c->object, "status.podIP");
    return table_cell(ip.len ? ip : STR("<none>"));
}

static Value cell_gates(const TableCell *c)
{
    const Value *gates = table_field(c->object, "spec.readinessGates");
    if (value_len(gates) == 0) {
        return table_cell(STR("<none>"));
    }
    size_t met = 0;
    VALUE_EACH_ITEM(gate, gates) {
        Str type = value_get_str(gate, STR("conditionType"));
        met += table_has_condition(c->object, arena_cstr(c->arena, type), "True");
    }
    return table_cell(arena_printf(c->arena, "%zu/%zu", met, value_len(gates)));
}

/* A pod that is done says so beside its cells; kubectl may leave such rows out. */
static Value pod_conditions(const TableCell *c)
{
    Str phase = table_text(c->object, "status.phase");
    bool is_success = str_eq(phase, STR("Succeeded"));
    if (!is_success && !str_eq(phase, STR("Failed"))) {
        return value_null();
    }
    Value condition = value_object();
    value_set_lit(&condition, "type", value_str(STR("Completed")), c->arena);
    value_set_lit(&condition, "status", value_str(STR("True")), c->arena);
    value_set_lit(&condition, "reason", value_str(phase), c->arena);
    value_set_lit(
        &condition, "message",
        value_str(is_success ? STR("The pod has completed successfully.") : STR("The pod failed.")),
        c->arena);
    Value list = value_array();
    value_add(&list, condition, c->arena);
    return list;
}

static const TableColumn pod_columns[] = {
    TABLE_COLUMN_NAME,
    { "Ready", "string", "", "The aggregate readiness state of this pod for accepting traffic.",
      cell_ready, NULL, 0, 0, 0 },
    { "Status", "string", "", "The aggregate status of the containers in this pod.", cell_status,
      NULL, 0, 0, 0 },
    { "Restarts", "integer", "",
      "The number of times the containers in this pod have been restarted.", cell_restarts, NULL, 0,
      0, 22 },
    { "Restarts", "string", "",
      "The number of times the containers in this pod have been restarted and when the last "
      "container in this pod has restarted.",
      cell_restarts, NULL, 0, 22, 0 },
    TABLE_COLUMN_AGE,
    { "IP", "string", "",
      "IP address allocated to the pod. Routable at least within the cluster. Empty if not yet "
      "allocated.",
      cell_ip, NULL, 1, 0, 28 },
    { "IP", "string", "",
      "podIP address allocated to the pod. Routable at least within the cluster. Empty if not "
      "yet allocated.",
      cell_ip, NULL, 1, 28, 0 },
    { "Node", "string", "",
      "NodeName is a request to schedule this pod onto a specific node. If it is non-empty, the "
      "scheduler simply schedules this pod onto that node, assuming that it fits resource "
      "requirements.",
      cell_text_or_none, "spec.nodeName", 1, 0, 31 },
    { "Node", "string", "",
      "NodeName indicates in which node this pod is scheduled. If empty, this pod is a candidate "
      "for scheduling by the scheduler defined in schedulerName. Once this field is set, the "
      "kubelet for this node becomes responsible for the lifecycle of this pod. This field "
      "should not be used to express a desire for the pod to be scheduled on a specific node. "
      "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodename",
      cell_text_or_none, "spec.nodeName", 1, 31, 0 },
    { "Nominated Node", "string", "",
      "nominatedNodeName is set only when this pod preempts other pods on the node, but it "
      "cannot be scheduled right away as preemption victims receive their graceful termination "
      "periods. This field does not guarantee that the pod will be scheduled on this node. "
      "Scheduler may decide to place the pod elsewhere if other nodes become available sooner. "
      "Scheduler may also decide to give the resources on this node to a higher priority pod "
      "that is created after preemption. As a result, this field may be different than "
      "PodSpec.nodeName when the pod is scheduled.",
      cell_text_or_none, "status.nominatedNodeName", 1, 0, 0 },
    { "Readiness Gates", "string", "",
      "If specified, all readiness gates will be evaluated for pod readiness. A pod is ready "
      "when all its containers are ready AND all conditions specified in the readiness gates "
      "have status equal to \"True\" More info: "
      "https://git.k8s.io/enhancements/keps/sig-network/0007-pod-ready%2B%2B.md",
      cell_gates, NULL, 1, 0, 22 },
    { "Readiness Gates", "string", "",
      "If specified, all readiness gates will be evaluated for pod readiness. A pod is ready "
      "when all its containers are ready AND all conditions specified in the readiness gates "
      "have status equal to \"True\" More info: "
      "https://git.k8s.io/enhancements/keps/sig-network/580-pod-readiness-gates",
      cell_gates, NULL, 1, 22, 0 },
};

static const TableColumn pod_template_columns[] = {
    TABLE_COLUMN_NAME,
    TABLE_COLUMN_CONTAINERS("template.spec", 0),
    TABLE_COLUMN_IMAGES("template.spec", 0),
    { "Pod Labels", "string", "", "The labels for the pod template.", cell_labels,
      "template.metadata.labels", 0, 0, 0 },
};

static const TableKind pods_kinds[] = {
    { TABLE_KIND("", "Pod", pod_columns), .conditions = pod_conditions },
    { TABLE_KIND("", "PodTemplate", pod_template_columns) },
};

const TableFamily table_pods = { pods_kinds, COUNT_OF(pods_kinds) };
