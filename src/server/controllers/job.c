/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs: pods that are to end well so many times.
 *
 * A sync that fails is tried again after 10 s, 20 s, ... up to six minutes: how often it was is
 * what backoffLimit limits, so it is counted here and not by the queue.
 *
 * Source: Kubernetes pkg/controller/job
 */
#include "server/controllers/job.h"

#include "server/table/age.h"

#include <stdlib.h>

enum {
    BACKOFF_MS = 10000,
    BACKOFF_MAX_MS = 360000,
    STARTED_MINOR = 22, /* from then on the time of the start is written at once */
    TARGET_MINOR = 31,  /* that it will end is told before it has */
};

const OwnerKind job_kind = { "batch/v1", "Job", "jobs" };

static const OwnedKind all_pods = { "v1", "pods", STR_INIT(""), STR_INIT("Pod"), NULL, NULL };

/* -- tries ------------------------------------------------------------------------------------- */

/* A Job whose syncs failed. */
typedef struct Retry {
    struct Retry *next;
    int count;
    size_t len;
    char key[];
} Retry;

typedef struct Jobs {
    Retry *retries;
} Jobs;

static Str key_of(Ctl *c, Str namespace, Str name)
{
    return arena_printf(c->arena, "%.*s/%.*s", STR_ARG(namespace), STR_ARG(name));
}

static Retry **find_retry(Ctl *c, Str key)
{
    Jobs *jobs = c->state;
    Retry **at = &jobs->retries;
    while (*at && !str_eq(str_from((*at)->key, (*at)->len), key)) {
        at = &(*at)->next;
    }
    return at;
}

static int retries_of(Ctl *c, Str namespace, Str name)
{
    Retry *r = *find_retry(c, key_of(c, namespace, name));
    return r ? r->count : 0;
}

static int64_t backoff(int times)
{
    int64_t ms = BACKOFF_MS;
    for (int i = 0; i < times && ms < BACKOFF_MAX_MS; i++) {
        ms *= 2;
    }
    return ms < BACKOFF_MAX_MS ? ms : BACKOFF_MAX_MS;
}

static void forget(Ctl *c, Str namespace, Str name)
{
    Retry **at = find_retry(c, key_of(c, namespace, name));
    Retry *r = *at;
    if (r) {
        *at = r->next;
        free(r);
    }
}

static void retry_later(Ctl *c, Str namespace, Str name)
{
    Str key = key_of(c, namespace, name);
    Retry **at = find_retry(c, key);
    if (*at == NULL) {
        *at = calloc(1, sizeof **at + key.len);
        if (*at == NULL) {
            abort();
        }
        (*at)->len = key.len;
        memcpy((*at)->key, key.ptr, key.len);
    }
    ctl_enqueue_after(c, namespace, name, backoff((*at)->count));
    (*at)->count++;
}

static void stop(Ctl *c)
{
    Jobs *jobs = c->state;
    while (jobs->retries) {
        Retry *r = jobs->retries;
        jobs->retries = r->next;
        free(r);
    }
}

/* -- changes ----------------------------------------------------------------------------------- */

static bool takes(Ctl *c, const Value *job, const Value *pod)
{
    LabelSelector selector;
    Err err;
    return label_selector_read(value_at(job, "spec", "selector", NULL), c->arena, &selector,
                               &err) &&
           label_selector_matches(&selector, value_at(pod, "metadata", "labels", NULL));
}

/* A pod that failed is not made again at once, when others failed before. */
static void observe(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    Str namespace = event->object->namespace;
    if (str_eq(kind->kind, STR("Job"))) {
        if (event->kind == STORE_DELETED) {
            forget(c, namespace, event->object->name);
        }
        ctl_enqueue(c, namespace, event->object->name);
        return;
    }
    const Value *pod = &event->object->object;
    const Value *ref = ctl_controller_of(pod);
    Str owner = value_get_str(ref, STR("name"));
    bool failed = str_eq(value_as_str(value_at(pod, "status", "phase", NULL)), STR("Failed"));
    if (failed && event->kind == STORE_MODIFIED && ref &&
        str_eq(value_get_str(ref, STR("kind")), STR("Job"))) {
        int times = retries_of(c, namespace, owner);
        ctl_enqueue_after(c, namespace, owner, times ? backoff(times - 1) : 0);
        return;
    }
    owned_observe(c, &job_kind, STR("batch"), event, takes);
}

/* -- what becomes of it ------------------------------------------------------------------------ */

static void start(JobState *s, JobOutcome *o)
{
    Ctl *c = s->c;
    value_set_lit(o->status, "startTime", value_str(ctl_now_text(c)), c->arena);
    o->is_changed = o->is_changed || c->target->minor >= STARTED_MINOR;
}

/* Seconds that it may still run; absent when nothing limits them. */
static OptInt64 time_left(const JobState *s, const JobOutcome *o)
{
    OptInt64 deadline = value_as_int(value_at(s->job, "spec", "activeDeadlineSeconds", NULL));
    int64_t from;
    if (!deadline.set || job_is_suspended(s->job) ||
        !age_parse_time(value_get_str(o->status, STR("startTime")), &from)) {
        return (OptInt64){ 0 };
    }
    return (OptInt64){ true, from + deadline.value - ctl_now(s->c, NULL) };
}

static void fail(JobState *s, JobOutcome *o, const char *reason, const char *message)
{
    int64_t active = s->running;
    job_delete_active(s);
    s->failed += active;
    s->running = 0;
    if (s->c->target->minor >= TARGET_MINOR) {
        job_add_condition(s->c, o, "FailureTarget", reason, message);
    }
    job_add_condition(s->c, o, "Failed", reason, message);
    ctl_event(s->c, s->job, "Warning", reason, "%s", message);
}

static void complete(JobState *s, JobOutcome *o)
{
    Ctl *c = s->c;
    bool tells = c->target->minor >= TARGET_MINOR;
    const char *reason = tells ? "CompletionsReached" : "";
    const char *message = tells ? "Reached expected number of succeeded pods" : "";
    if (tells) {
        job_add_condition(c, o, "SuccessCriteriaMet", reason, message);
    }
    job_add_condition(c, o, "Complete", reason, message);
    value_set_lit(o->status, "completionTime", value_str(ctl_now_text(c)), c->arena);
    ctl_event(c, s->job, "Normal", "Completed", "Job completed");
}

static bool is_complete(JobState *s)
{
    OptInt64 completions = value_as_int(value_at(s->job, "spec", "completions", NULL));
    if (!completions.set) {
        return s->succeeded > 0 && s->running == 0;
    }
    if (s->succeeded < completions.value) {
        return false;
    }
    if (s->running > 0) {
        ctl_event(s->c, s->job, "Warning", "TooManyActivePods",
                  "Too many active pods running after completion count reached");
    }
    if (s->succeeded > completions.value) {
        ctl_event(s->c, s->job, "Warning", "TooManySucceededPods",
                  "Too many succeeded pods running after completion count reached");
    }
    return true;
}

static void suspend_or_resume(JobState *s, JobOutcome *o)
{
    bool suspended = job_is_suspended(s->job);
    if (!job_set_suspended(s->c, o, suspended)) {
        return;
    }
    o->is_changed = true;
    if (suspended) {
        ctl_event(s->c, s->job, "Normal", "Suspended", "Job suspended");
    } else {
        ctl_event(s->c, s->job, "Normal", "Resumed", "Job resumed");
        start(s, o);
    }
}

static void decide(JobState *s, JobOutcome *o, bool has_failed_more)
{
    Ctl *c = s->c;
    int tries = retries_of(c, ctl_namespace(s->job), ctl_name(s->job));
    int64_t limit = value_as_int(value_at(s->job, "spec", "backoffLimit", NULL)).value;
    OptInt64 left = time_left(s, o);
    bool is_beyond = has_failed_more && s->running != s->parallelism && tries + 1 > limit;
    if (is_beyond || job_restarted_enough(s)) {
        fail(s, o, "BackoffLimitExceeded", "Job has reached the specified backoff limit");
    } else if (left.set && left.value <= 0) {
        fail(s, o, "DeadlineExceeded", "Job was active longer than specified deadline");
    } else {
        if (left.set) {
            ctl_enqueue_after(c, ctl_namespace(s->job), ctl_name(s->job), left.value * 1000);
        }
        if (!ctl_is_deleted(s->job)) {
            job_manage(s);
        }
        if (is_complete(s)) {
            complete(s, o);
        } else {
            suspend_or_resume(s, o);
        }
    }
}

/* -- status ------------------------------------------------------------------------------------ */

/* False: it is to be tried again. */
static bool write_status(JobState *s, JobOutcome *o, bool has_failed_more)
{
    CtlObject at = { job_kind.api_version, job_kind.resource, ctl_namespace(s->job),
                     ctl_name(s->job), "status" };
    int64_t before = value_as_int(value_at(s->job, "status", "succeeded", NULL)).value;
    job_fill_status(s, o);
    if (o->is_changed) {
        if (!ctl_update(s->c, &at, &o->job, NULL) || (has_failed_more && !job_end(&o->job))) {
            return false;
        }
    }
    if ((o->is_changed || before < s->succeeded) && !s->refused) {
        forget(s->c, at.namespace, at.name);
    }
    return !s->refused;
}

static bool run(JobState *s)
{
    JobOutcome o = { .job = value_copy(s->job, s->c->arena) };
    int64_t failures = value_as_int(value_at(s->job, "status", "failed", NULL)).value;
    job_count(s);
    bool has_failed_more = s->failed > failures;
    o.status = value_need_object(&o.job, STR("status"), s->c->arena);
    if (o.status == NULL) {
        return true;
    }
    if (!value_get_str(o.status, STR("startTime")).len && !job_is_suspended(s->job)) {
        start(s, &o);
    }
    decide(s, &o, has_failed_more);
    return write_status(s, &o, has_failed_more);
}

static bool sync(Ctl *c, Str namespace, Str name)
{
    JobState s = { .c = c, .job = ctl_get(c, STR("batch"), STR("Job"), namespace, name) };
    LabelSelector selector;
    Err err;
    if (s.job == NULL) {
        forget(c, namespace, name);
        return true;
    }
    if (job_end(s.job)) {
        forget(c, namespace, name);
        return true;
    }
    if (label_selector_read(value_at(s.job, "spec", "selector", NULL), c->arena, &selector, &err) &&
        (!owned_claim(c, s.job, &job_kind, &selector, &all_pods, &s.pods) || !run(&s))) {
        retry_later(c, namespace, name);
    }
    return true;
}

const Controller controller_job = {
    .name = STR_INIT("job-controller"),
    .kinds = { { STR_INIT("batch"), STR_INIT("Job") }, { STR_INIT(""), STR_INIT("Pod") } },
    .observe = observe,
    .sync = sync,
    .state_bytes = sizeof(Jobs),
    .stop = stop,
};
