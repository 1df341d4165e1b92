/* SPDX-License-Identifier: Apache-2.0 */
/* Pods that end by themselves. */
#include "server/controllers/pod_end.h"

enum {
    CODE_MAX = 255,
    POD_FAILED_SINCE = 26 /* a reason of its own; before, as if not ready yet */
};

static const Value *annotation(const Value *pod, Str name)
{
    return value_get(value_at(pod, "metadata", "annotations", NULL), name);
}

static bool is_awaited(const Value *pod)
{
    const Value *owner = ctl_controller_of(pod);
    bool of_job = str_eq(value_get_str(owner, STR("kind")), STR("Job")) &&
                  str_starts_with(value_get_str(owner, STR("apiVersion")), STR("batch/"));
    return of_job || annotation(pod, STR("helm.sh/hook")) != NULL;
}

OptInt64 pod_exit_code(const Value *pod)
{
    OptInt64 none = { 0 };
    OptInt64 code = { .set = true };
    Str policy = value_as_str(value_at(pod, "spec", "restartPolicy", NULL));
    const Value *said = annotation(pod, STR("podgate.io/exit-code"));
    if (!str_eq(policy, STR("Never")) && !str_eq(policy, STR("OnFailure"))) {
        return none;
    }
    if (said == NULL) {
        return is_awaited(pod) ? code : none;
    }
    bool is_code = str_to_int64(value_as_str(said), &code.value) && code.value >= 0 &&
                   code.value <= CODE_MAX;
    return is_code && (code.value == 0 || str_eq(policy, STR("Never"))) ? code : none;
}

static void set(Value *object, const char *key, Str text, Arena *a)
{
    value_set(object, str_from_c(key), value_str(text), a);
}

static Value terminated(const Value *running, int64_t code, Str now, Arena *a)
{
    const Value *since = value_at(running, "state", "running", "startedAt", NULL);
    Value v = value_object();
    value_set_lit(&v, "exitCode", value_int(code), a);
    set(&v, "reason", code ? STR("Error") : STR("Completed"), a);
    set(&v, "startedAt", since ? value_as_str(since) : now, a);
    set(&v, "finishedAt", now, a);
    set(&v, "containerID", value_get_str(running, STR("containerID")), a);
    return v;
}

static Value container_statuses(const Value *pod, int64_t code, Str now, Arena *a)
{
    Value list = value_array();
    VALUE_EACH_ITEM(old, value_at(pod, "status", "containerStatuses", NULL)) {
        Value v = value_copy(old, a);
        Value state = value_object();
        value_set_lit(&state, "terminated", terminated(old, code, now, a), a);
        value_set_lit(&v, "state", state, a);
        value_set_lit(&v, "ready", value_bool(false), a);
        value_set_lit(&v, "started", value_bool(false), a);
        value_add(&list, v, a);
    }
    return list;
}

/* "containers with unready status: [main side]" */
static Str unready(const Value *pod, Arena *a)
{
    Buf b = buf_new(a);
    const char *between = "";
    buf_lit(&b, "containers with unready status: [");
    VALUE_EACH_ITEM(container, value_at(pod, "spec", "containers", NULL)) {
        buf_printf(&b, "%s%.*s", between, STR_ARG(value_get_str(container, STR("name"))));
        between = " ";
    }
    buf_lit(&b, "]");
    return buf_str(&b);
}

static Value conditions(const Value *pod, int64_t code, Str now, const KubeTarget *target, Arena *a)
{
    static const Str types[] = { STR_INIT("Initialized"), STR_INIT("Ready"),
                                 STR_INIT("ContainersReady") };
    Value list = value_array();
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        Value v = value_object();
        bool stays = i == 0;
        set(&v, "type", types[i], a);
        set(&v, "status", stays ? STR("True") : STR("False"), a);
        if (code == 0) {
            set(&v, "reason", STR("PodCompleted"), a);
        } else if (!stays && target->minor >= POD_FAILED_SINCE) {
            set(&v, "reason", STR("PodFailed"), a);
        } else if (!stays) {
            set(&v, "reason", STR("ContainersNotReady"), a);
            set(&v, "message", unready(pod, a), a);
        }
        if (!stays) {
            set(&v, "lastTransitionTime", now, a);
        }
        value_add(&list, v, a);
    }
    return list;
}

Value pod_ended_status(const Value *pod, int64_t code, Str now, const KubeTarget *target, Arena *a)
{
    Value v = value_object();
    set(&v, "phase", code ? STR("Failed") : STR("Succeeded"), a);
    value_set_lit(&v, "conditions", conditions(pod, code, now, target, a), a);
    value_set_lit(&v, "containerStatuses", container_statuses(pod, code, now, a), a);
    return v;
}
