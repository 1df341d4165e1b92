/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs: pods until so many have succeeded.
 *
 * Source: Kubernetes pkg/controller/job
 */
#include "server/controllers/pods.h"
#include "server/table/age.h"

static const OwnerKind job_owner = { "batch/v1", "Job", "jobs" };
static const OwnedKind owned_all_pods = { "v1", "pods", STR_INIT(""), STR_INIT("Pod"), NULL };

typedef struct JobSync {
    Ctl *c;
    const Value *job;
    PodList active;
    int64_t running; /* of the status */
    int64_t succeeded;
    int64_t failed;
    Str start_time;
    Str completion_time; /* absent: not yet */
    Value conditions;
    bool is_over;
    Str refused; /* what the API said to a create or delete; absent when all went well */
} JobSync;

static OptInt64 wanted(const JobSync *s, const char *field)
{
    return value_as_int(value_at(s->job, "spec", field, NULL));
}

static int64_t stored(const JobSync *s, const char *field)
{
    return value_as_int(value_at(s->job, "status", field, NULL)).value;
}

static Str text(const Value *v, const char *key)
{
    return value_get_str(v, str_from_c(key));
}

static bool is_over(const Value *job)
{
    VALUE_EACH_ITEM(condition, value_at(job, "status", "conditions", NULL)) {
        Str type = text(condition, "type");
        if ((str_eq(type, STR("Complete")) || str_eq(type, STR("Failed"))) &&
            str_eq(text(condition, "status"), STR("True"))) {
            return true;
        }
    }
    return false;
}

static bool is_phase(const Value *pod, const char *phase)
{
    return str_eq(value_as_str(value_at(pod, "status", "phase", NULL)), str_from_c(phase));
}

static bool read_pods(JobSync *s)
{
    LabelSelector selector;
    PodList pods;
    Err err;
    Arena *a = s->c->arena;
    if (!label_selector_read(value_at(s->job, "spec", "selector", NULL), a, &selector, &err) ||
        !owned_claim(s->c, s->job, &job_owner, &selector, &owned_all_pods, &pods)) {
        return false;
    }
    s->active = (PodList){ new(a, const Value *, pods.count + 1), 0 };
    for (size_t i = 0; i < pods.count; i++) {
        s->succeeded += is_phase(pods.items[i], "Succeeded");
        s->failed += is_phase(pods.items[i], "Failed");
        if (pod_is_active(pods.items[i])) {
            s->active.items[s->active.count++] = pods.items[i];
        }
    }
    s->running = (int64_t)s->active.count;
    return true;
}

static void add_condition(JobSync *s, const char *type, const char *reason, const char *message)
{
    Arena *a = s->c->arena;
    Value v = value_object();
    Value now = value_str(ctl_now_text(s->c));
    value_set_lit(&v, "type", value_str(str_from_c(type)), a);
    value_set_lit(&v, "status", value_str(STR("True")), a);
    value_set_lit(&v, "lastProbeTime", now, a);
    value_set_lit(&v, "lastTransitionTime", now, a);
    if (reason) {
        value_set_lit(&v, "reason", value_str(str_from_c(reason)), a);
        value_set_lit(&v, "message", value_str(str_from_c(message)), a);
    }
    value_add(&s->conditions, v, a);
    s->is_over = true;
}

/* -- ends ----------------------------------------------------------------------------------------------- */

static void delete_active(JobSync *s, size_t count)
{
    for (size_t i = 0; i < count && i < s->active.count; i++) {
        Str why;
        bool gone = pods_delete_one(s->c, s->job, s->active.items[i], &why);
        s->running -= gone;
        s->refused = gone ? s->refused : why;
    }
}

static void fail(JobSync *s, const char *reason, const char *message)
{
    s->failed += s->running;
    delete_active(s, s->active.count);
    s->running = 0;
    add_condition(s, "Failed", reason, message);
    ctl_event(s->c, s->job, "Warning", reason, "%s", message);
}

static bool is_past_deadline(JobSync *s)
{
    OptInt64 deadline = wanted(s, "activeDeadlineSeconds");
    int64_t started;
    if (!deadline.set || !age_parse_time(s->start_time, &started)) {
        return false;
    }
    int64_t left = started + deadline.value - ctl_now(NULL);
    if (left > 0) {
        ctl_enqueue_after(s->c, ctl_namespace(s->job), ctl_name(s->job), left * 1000);
    }
    return left <= 0;
}

static void check_complete(JobSync *s)
{
    OptInt64 completions = wanted(s, "completions");
    bool complete = completions.set ? s->succeeded >= completions.value
                                    : s->succeeded > 0 && s->running == 0;
    if (!complete) {
        return;
    }
    if (completions.set && s->running > 0) {
        ctl_event(s->c, s->job, "Warning", "TooManyActivePods",
                  "Too many active pods running after completion count reached");
    }
    if (completions.set && s->succeeded > completions.value) {
        ctl_event(s->c, s->job, "Warning", "TooManySucceededPods",
                  "Too many succeeded pods running after completion count reached");
    }
    add_condition(s, "Complete", NULL, NULL);
    s->completion_time = ctl_now_text(s->c);
    ctl_event(s->c, s->job, "Normal", "Completed", "Job completed");
}

/* -- pods ----------------------------------------------------------------------------------------------- */

static int64_t want_active(const JobSync *s)
{
    OptInt64 completions = wanted(s, "completions");
    OptInt64 parallelism = wanted(s, "parallelism");
    if (!completions.set) {
        return s->succeeded > 0 ? s->running : parallelism.value;
    }
    int64_t left = completions.value - s->succeeded;
    left = left < 0 ? 0 : left;
    return left < parallelism.value ? left : parallelism.value;
}

static void manage(JobSync *s)
{
    enum { BURST = 500 };
    int64_t surplus = s->running - wanted(s, "parallelism").value;
    int64_t missing = want_active(s) - s->running;
    if (surplus > 0) {
        PodList none = { NULL, 0 };
        pods_sort_to_delete(s->c, &s->active, &none);
        delete_active(s, (size_t)(surplus < BURST ? surplus : BURST));
    } else if (surplus < 0 && missing > 0) {
        size_t count = (size_t)(missing < BURST ? missing : BURST);
        s->running += (int64_t)pods_create(s->c, s->job, &job_owner, count, &s->refused);
    }
}

/* -- status --------------------------------------------------------------------------------------------- */

static void set_number(JobSync *s, Value *status, const char *field, int64_t n)
{
    if (n) {
        value_set(status, str_from_c(field), value_int(n), s->c->arena);
    }
}

static bool write_status(JobSync *s)
{
    Arena *a = s->c->arena;
    const Value *old = value_at(s->job, "status", "conditions", NULL);
    Value status = value_object();
    if (stored(s, "active") == s->running && stored(s, "succeeded") == s->succeeded &&
        stored(s, "failed") == s->failed && value_len(old) == s->conditions.len) {
        return true;
    }
    if (s->conditions.len) {
        value_set_lit(&status, "conditions", s->conditions, a);
    }
    value_set_lit(&status, "startTime", value_str(s->start_time), a);
    if (s->completion_time.ptr) {
        value_set_lit(&status, "completionTime", value_str(s->completion_time), a);
    }
    set_number(s, &status, "active", s->running);
    set_number(s, &status, "succeeded", s->succeeded);
    set_number(s, &status, "failed", s->failed);
    CtlObject at = { "batch/v1", "jobs", ctl_namespace(s->job), ctl_name(s->job), "status" };
    Value copy = value_copy(s->job, a);
    value_set_lit(&copy, "status", status, a);
    return ctl_update(s->c, &at, &copy, NULL);
}

static bool run(JobSync *s)
{
    const Value *conditions = value_at(s->job, "status", "conditions", NULL);
    Str start = value_as_str(value_at(s->job, "status", "startTime", NULL));
    s->conditions = conditions ? value_copy(conditions, s->c->arena) : value_array();
    s->start_time = start.len ? start : ctl_now_text(s->c);
    OptInt64 limit = wanted(s, "backoffLimit");
    bool new_failure = s->failed > stored(s, "failed");
    if (new_failure && s->running != wanted(s, "parallelism").value && limit.set &&
        s->failed > limit.value) {
        fail(s, "BackoffLimitExceeded", "Job has reached the specified backoff limit");
    } else if (is_past_deadline(s)) {
        fail(s, "DeadlineExceeded", "Job was active longer than specified deadline");
    } else {
        if (!ctl_is_deleted(s->job)) {
            manage(s);
        }
        check_complete(s);
    }
    bool written = write_status(s);
    /* one that failed is tried again after a while */
    return written && !s->refused.ptr && !(new_failure && !s->is_over);
}

static bool sync(Ctl *c, Str namespace, Str name)
{
    JobSync s = { .c = c, .job = ctl_get(c, STR("batch"), STR("Job"), namespace, name) };
    if (s.job == NULL || is_over(s.job)) {
        return true;
    }
    return read_pods(&s) && run(&s);
}

static bool takes(Ctl *c, const Value *job, const Value *pod)
{
    LabelSelector selector;
    Err err;
    return label_selector_read(value_at(job, "spec", "selector", NULL), c->arena, &selector,
                               &err) &&
           label_selector_matches(&selector, value_at(pod, "metadata", "labels", NULL));
}

static void observe(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    if (str_eq(kind->kind, STR("Pod"))) {
        owned_observe(c, &job_owner, STR("batch"), event, takes);
    } else {
        ctl_enqueue(c, event->object->namespace, event->object->name);
    }
}

const Controller controller_job = {
    .name = STR_INIT("job-controller"),
    .kinds = { { STR_INIT("batch"), STR_INIT("Job") }, { STR_INIT(""), STR_INIT("Pod") } },
    .observe = observe,
    .sync = sync,
};
