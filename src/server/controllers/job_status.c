/* SPDX-License-Identifier: Apache-2.0 */
/* What the status of a Job says. */
#include "server/controllers/job.h"

enum {
    READY_MINOR = 24,
    UNCOUNTED_MINOR = 26,
    TERMINATING_MINOR = 29,
};

/* -- conditions -------------------------------------------------------------------------------- */

static bool is_true(const Value *condition)
{
    return str_eq(value_get_str(condition, STR("status")), STR("True"));
}

const Value *job_end(const Value *job)
{
    VALUE_EACH_ITEM(condition, value_at(job, "status", "conditions", NULL)) {
        Str type = value_get_str(condition, STR("type"));
        if (is_true(condition) && (str_eq(type, STR("Complete")) || str_eq(type, STR("Failed")))) {
            return condition;
        }
    }
    return NULL;
}

bool job_is_suspended(const Value *job)
{
    return value_as_bool(value_at(job, "spec", "suspend", NULL)).value;
}

static void set_text(Value *object, const char *field, const char *text, Arena *a)
{
    if (*text) {
        value_set(object, str_from_c(field), value_str(str_from_c(text)), a);
    }
}

static Value condition_new(Ctl *c, const char *type, const char *status, const char *reason,
                           const char *message)
{
    Value condition = value_object();
    Value now = value_str(ctl_now_text(c));
    set_text(&condition, "type", type, c->arena);
    set_text(&condition, "status", status, c->arena);
    value_set_lit(&condition, "lastProbeTime", now, c->arena);
    value_set_lit(&condition, "lastTransitionTime", now, c->arena);
    set_text(&condition, "reason", reason, c->arena);
    set_text(&condition, "message", message, c->arena);
    return condition;
}

static Value *conditions_of(Ctl *c, JobOutcome *o)
{
    Value *list = value_get_lit(o->status, "conditions");
    return value_is(list, VALUE_ARRAY)
               ? list
               : value_set_lit(o->status, "conditions", value_array(), c->arena);
}

void job_add_condition(Ctl *c, JobOutcome *o, const char *type, const char *reason,
                       const char *message)
{
    value_add(conditions_of(c, o), condition_new(c, type, "True", reason, message), c->arena);
    o->is_changed = true;
}

bool job_set_suspended(Ctl *c, JobOutcome *o, bool suspended)
{
    const char *status = suspended ? "True" : "False";
    Value condition = condition_new(c, "Suspended", status,
                                    suspended ? "JobSuspended" : "JobResumed",
                                    suspended ? "Job suspended" : "Job resumed");
    VALUE_EACH_ITEM(old, value_get_lit(o->status, "conditions")) {
        if (str_eq(value_get_str(old, STR("type")), STR("Suspended"))) {
            if (str_eq(value_get_str(old, STR("status")), str_from_c(status))) {
                return false;
            }
            *old = condition;
            return true;
        }
    }
    if (suspended) {
        value_add(conditions_of(c, o), condition, c->arena);
    }
    return suspended;
}

/* -- numbers ----------------------------------------------------------------------------------- */

/* always: newer versions have a zero, too. */
static void set_number(Ctl *c, JobOutcome *o, const char *field, int64_t n, bool always)
{
    Str key = str_from_c(field);
    OptInt64 old = value_get_int(o->status, key);
    o->is_changed = o->is_changed || old.value != n || (always && !old.set);
    if (n || always) {
        value_set(o->status, key, value_int(n), c->arena);
    } else {
        value_remove(o->status, key);
    }
}

void job_fill_status(JobState *s, JobOutcome *o)
{
    Ctl *c = s->c;
    int minor = c->target->minor;
    int64_t ready = 0, going = 0;
    set_number(c, o, "active", s->running, false);
    set_number(c, o, "succeeded", s->succeeded, false);
    set_number(c, o, "failed", s->failed, false);
    for (size_t i = 0; i < s->pods.count; i++) {
        const Value *pod = s->pods.items[i];
        Str phase = value_as_str(value_at(pod, "status", "phase", NULL));
        ready += pod_is_active(pod) && pod_is_ready(pod) && s->running > 0;
        going += ctl_is_deleted(pod) && !str_eq(phase, STR("Failed")) &&
                 !str_eq(phase, STR("Succeeded"));
    }
    if (job_is_indexed(s)) {
        Str done = job_indexes_text(s);
        Str before = value_get_str(o->status, STR("completedIndexes"));
        o->is_changed = o->is_changed || !str_eq(done, before.ptr ? before : STR(""));
        if (done.len) {
            value_set_lit(o->status, "completedIndexes", value_str(done), c->arena);
        } else {
            value_remove(o->status, STR("completedIndexes"));
        }
    }
    if (minor >= READY_MINOR) {
        set_number(c, o, "ready", ready, true);
    }
    if (minor >= TERMINATING_MINOR) {
        set_number(c, o, "terminating", going, true);
    }
    if (minor >= UNCOUNTED_MINOR && !value_get_lit(o->status, "uncountedTerminatedPods")) {
        value_set_lit(o->status, "uncountedTerminatedPods", value_object(), c->arena);
    }
}
