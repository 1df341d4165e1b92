/* SPDX-License-Identifier: Apache-2.0 */
/* Source: Kubernetes pkg/controller/job (manageJob, deleteJobPods) */
#include "server/controllers/job.h"

enum { BURST = 500 };

static OptInt64 spec_number(const Value *job, const char *field)
{
    return value_as_int(value_at(job, "spec", field, NULL));
}

static Str phase_of(const Value *pod)
{
    return value_as_str(value_at(pod, "status", "phase", NULL));
}

void job_count(JobState *s)
{
    s->active = (PodList){ new(s->c->arena, const Value *, s->pods.count + 1), 0 };
    s->parallelism = spec_number(s->job, "parallelism").value;
    s->succeeded = s->failed = 0;
    for (size_t i = 0; i < s->pods.count; i++) {
        const Value *pod = s->pods.items[i];
        if (pod_is_active(pod)) {
            s->active.items[s->active.count++] = pod;
        }
        s->succeeded += str_eq(phase_of(pod), STR("Succeeded"));
        s->failed += str_eq(phase_of(pod), STR("Failed"));
    }
    s->running = (int64_t)s->active.count;
    if (job_is_indexed(s)) {
        job_count_indexes(s);
    }
}

static void delete_some(JobState *s, size_t count)
{
    PodList none = { 0 };
    pods_sort_to_delete(s->c, &s->active, &none);
    for (size_t i = 0; i < count; i++) {
        Str why;
        if (pods_delete_one(s->c, s->job, s->active.items[i], &why)) {
            s->running--;
        } else {
            s->refused = true;
        }
    }
}

void job_delete_active(JobState *s)
{
    delete_some(s, s->active.count);
}

/* The pod of the template, which has no label more than that. */
static bool make_pod(JobState *s, Value *pod)
{
    Str why;
    if (!pods_make(s->c, s->job, &job_kind, pod, &why)) {
        return false;
    }
    if (!value_at(s->job, "spec", "template", "metadata", "labels", "job-name", NULL)) {
        value_remove(value_at(pod, "metadata", "labels", NULL), STR("job-name"));
    }
    return true;
}

/* Creates the next pod; *index is the one before it. False: there is none to create. */
static bool create_next(JobState *s, const Value *made, int64_t *index)
{
    Value pod = *made;
    Str why;
    if (job_is_indexed(s)) {
        *index = job_next_index(s, *index + 1);
        if (*index < 0) {
            return false;
        }
        pod = job_pod_of_index(s, made, *index);
    }
    if (pods_create_made(s->c, s->job, &pod, &why)) {
        s->running++;
    } else {
        s->refused = true;
    }
    return true;
}

static void create_some(JobState *s, int64_t count)
{
    Value pod;
    int64_t index = -1;
    if (!make_pod(s, &pod)) {
        return;
    }
    for (int64_t batch = 1; count > 0 && !s->refused; batch *= 2) {
        for (int64_t i = 0; i < batch && count > 0; i++, count--) {
            if (!create_next(s, &pod, &index)) {
                return;
            }
        }
    }
}

/* How many are to be active. */
static int64_t wanted(const JobState *s)
{
    OptInt64 completions = spec_number(s->job, "completions");
    if (!completions.set) {
        return s->succeeded > 0 ? s->running : s->parallelism;
    }
    int64_t left = completions.value - s->succeeded;
    return left < s->parallelism ? left : s->parallelism;
}

void job_manage(JobState *s)
{
    if (job_is_indexed(s)) {
        job_drop_wrong_indexes(s);
    }
    int64_t surplus = s->running - (job_is_suspended(s->job) ? 0 : s->parallelism);
    if (surplus > 0) {
        delete_some(s, (size_t)(surplus < BURST ? surplus : BURST));
    } else if (surplus < 0) {
        int64_t missing = wanted(s) - s->running;
        create_some(s, missing < BURST ? missing : BURST);
    }
}

static int64_t restarts_of(const Value *statuses)
{
    int64_t sum = 0;
    VALUE_EACH_ITEM(status, statuses) {
        sum += value_get_int(status, STR("restartCount")).value;
    }
    return sum;
}

bool job_restarted_enough(const JobState *s)
{
    int64_t limit = spec_number(s->job, "backoffLimit").value;
    int64_t sum = 0;
    Str policy = value_as_str(value_at(s->job, "spec", "template", "spec", "restartPolicy", NULL));
    if (!str_eq(policy, STR("OnFailure"))) {
        return false;
    }
    for (size_t i = 0; i < s->pods.count; i++) {
        const Value *pod = s->pods.items[i];
        if (str_eq(phase_of(pod), STR("Running")) || str_eq(phase_of(pod), STR("Pending"))) {
            sum += restarts_of(value_at(pod, "status", "initContainerStatuses", NULL)) +
                   restarts_of(value_at(pod, "status", "containerStatuses", NULL));
        }
    }
    return limit == 0 ? sum > 0 : sum >= limit;
}
