/* SPDX-License-Identifier: Apache-2.0 */
/* Source: Kubernetes pkg/controller/cronjob (cronjob_controller.go) */
#include "server/controllers/cronjob.h"

#include <stdlib.h>

const char *cron_api_version(const Ctl *c)
{
    return c->target->minor >= CRON_NEW_MINOR ? "batch/v1" : "batch/v1beta1";
}

static Value *status_of(Cron *s)
{
    return value_need_object(&s->object, STR("status"), s->c->arena);
}

const Value *cron_active(const Cron *s)
{
    return value_at(&s->object, "status", "active", NULL);
}

static bool is_active(const Cron *s, Str uid)
{
    VALUE_EACH_ITEM(ref, cron_active(s)) {
        if (str_eq(value_get_str(ref, STR("uid")), uid)) {
            return true;
        }
    }
    return false;
}

static void remove_active(Cron *s, Str uid)
{
    Value left = value_array();
    Value *status = status_of(s);
    VALUE_EACH_ITEM(ref, cron_active(s)) {
        if (!str_eq(value_get_str(ref, STR("uid")), uid)) {
            value_add(&left, *ref, s->c->arena);
        }
    }
    if (left.len) {
        value_set_lit(status, "active", left, s->c->arena);
    } else {
        value_remove(status, STR("active"));
    }
}

void cron_add_active(Cron *s, const Value *job, Str time)
{
    Arena *a = s->c->arena;
    Value ref = value_object();
    Value *status = status_of(s);
    value_set_lit(&ref, "kind", value_str(STR("Job")), a);
    value_set_lit(&ref, "namespace", value_str(ctl_namespace(job)), a);
    value_set_lit(&ref, "name", value_str(ctl_name(job)), a);
    value_set_lit(&ref, "uid", value_str(ctl_uid(job)), a);
    value_set_lit(&ref, "apiVersion", value_str(STR("batch/v1")), a);
    value_set_lit(&ref, "resourceVersion",
                  value_str(value_as_str(value_at(job, "metadata", "resourceVersion", NULL))), a);
    if (!value_is(value_get_lit(status, "active"), VALUE_ARRAY)) {
        value_set_lit(status, "active", value_array(), a);
    }
    value_add(value_get_lit(status, "active"), ref, a);
    value_set_lit(status, "lastScheduleTime", value_str(time), a);
}

bool cron_write_status(Cron *s)
{
    CtlObject at = { cron_api_version(s->c), "cronjobs", ctl_namespace(&s->object),
                     ctl_name(&s->object), "status" };
    const Value *stored = ctl_get(s->c, STR("batch"), STR("CronJob"), at.namespace, at.name);
    const Value *old = value_get_lit(stored, "status");
    const Value *status = value_get_lit(&s->object, "status");
    ApiResponse response;
    if (value_len(old) + value_len(status) == 0 || (old && status && value_equal(old, status))) {
        return true;
    }
    if (!ctl_update(s->c, &at, &s->object, &response)) {
        return false;
    }
    s->object = response.body;
    return true;
}

/* -- its Jobs ---------------------------------------------------------------------------------- */

static Str end_of(const Value *job)
{
    return value_get_str(job_end(job), STR("type"));
}

/* Times are texts of one length, so they compare as they are. */
static void note_success(Cron *s, const Value *job)
{
    Str time = value_as_str(value_at(job, "status", "completionTime", NULL));
    Value *status = status_of(s);
    if (s->c->target->minor >= CRON_NEW_MINOR && str_eq(end_of(job), STR("Complete")) &&
        str_cmp(value_get_str(status, STR("lastSuccessfulTime")), time) < 0) {
        value_set_lit(status, "lastSuccessfulTime", value_str(time), s->c->arena);
    }
}

static void look_at_job(Cron *s, const Value *job)
{
    bool active = is_active(s, ctl_uid(job));
    Str end = end_of(job);
    if (!active && !end.len && s->tells) {
        ctl_event(s->c, &s->object, "Warning", "UnexpectedJob",
                  "Saw a job that the controller did not create or forgot: %.*s",
                  STR_ARG(ctl_name(job)));
    } else if (active && end.len) {
        const char *what = s->c->target->minor >= 31 ? "condition" : "status";
        remove_active(s, ctl_uid(job));
        ctl_event(s->c, &s->object, "Normal", "SawCompletedJob",
                  "Saw completed job: %.*s, %s: %.*s", STR_ARG(ctl_name(job)), what, STR_ARG(end));
    }
    note_success(s, job);
}

static bool has_job(const Cron *s, Str uid)
{
    for (size_t i = 0; i < s->jobs.count; i++) {
        if (str_eq(ctl_uid(s->jobs.items[i]), uid)) {
            return true;
        }
    }
    return false;
}

void cron_look_at_jobs(Cron *s)
{
    for (size_t i = 0; i < s->jobs.count; i++) {
        look_at_job(s, s->jobs.items[i]);
    }
    Value before = cron_active(s) ? value_copy(cron_active(s), s->c->arena) : value_array();
    VALUE_EACH_ITEM(ref, &before) {
        Str uid = value_get_str(ref, STR("uid"));
        if (!has_job(s, uid)) {
            ctl_event(s->c, &s->object, "Normal", "MissingJob", "Active job went missing: %.*s",
                      STR_ARG(value_get_str(ref, STR("name"))));
            remove_active(s, uid);
        }
    }
}

bool cron_delete_job(Cron *s, const Value *job)
{
    CtlObject at = { job_kind.api_version, job_kind.resource, ctl_namespace(job), ctl_name(job),
                     NULL };
    Value options = value_object();
    ApiResponse response;
    value_set_lit(&options, "propagationPolicy", value_str(STR("Background")), s->c->arena);
    if (!ctl_delete(s->c, &at, &options, &response)) {
        Str why = ctl_message(&response);
        ctl_event(s->c, &s->object, "Warning", "FailedDelete", "Deleted job: %.*s", STR_ARG(why));
        return false;
    }
    remove_active(s, ctl_uid(job));
    ctl_event(s->c, &s->object, "Normal", "SuccessfulDelete", "Deleted job %.*s",
              STR_ARG(ctl_name(job)));
    return true;
}

/* -- history ----------------------------------------------------------------------------------- */

/* Those that never started last. */
static int by_start(const void *left, const void *right)
{
    const Value *x = *(const Value *const *)left;
    const Value *y = *(const Value *const *)right;
    Str start_x = value_as_str(value_at(x, "status", "startTime", NULL));
    Str start_y = value_as_str(value_at(y, "status", "startTime", NULL));
    if ((start_x.len != 0) != (start_y.len != 0)) {
        return start_x.len ? -1 : 1;
    }
    int order = str_cmp(start_x, start_y);
    return order ? order : str_cmp(ctl_name(x), ctl_name(y));
}

static void end_oldest(Cron *s, Str end, const char *limit_field)
{
    OptInt64 limit = value_as_int(value_at(&s->object, "spec", limit_field, NULL));
    PodList list = { new(s->c->arena, const Value *, s->jobs.count + 1), 0 };
    for (size_t i = 0; i < s->jobs.count; i++) {
        if (str_eq(end_of(s->jobs.items[i]), end)) {
            list.items[list.count++] = s->jobs.items[i];
        }
    }
    qsort(list.items, list.count, sizeof *list.items, by_start);
    for (size_t i = 0; limit.set && (int64_t)i < (int64_t)list.count - limit.value; i++) {
        if (!ctl_is_deleted(list.items[i])) {
            cron_delete_job(s, list.items[i]);
        }
    }
}

void cron_end_history(Cron *s)
{
    end_oldest(s, STR("Complete"), "successfulJobsHistoryLimit");
    end_oldest(s, STR("Failed"), "failedJobsHistoryLimit");
}
