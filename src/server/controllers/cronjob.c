/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CronJobs: Jobs at times of a schedule. All are looked at every second; that something lasts is
 * told every ten.
 *
 * Source: Kubernetes pkg/controller/cronjob
 */
#include "server/controllers/cronjob.h"

#include "kube/workloads/cron.h"
#include "kube/workloads/cron_schedule.h"
#include "server/controllers/time_zone.h"
#include "server/table/age.h"

#include <time.h>

enum {
    TICK_MS = 1000,
    TICKS_PER_TALE = 10,
    MISSED_MAX = 100,
    SCHEDULED_ANNOTATION_MINOR = 28,
    TIME_ZONE_MINOR = 25,
};

typedef struct Zone {
    struct Zone *next;
    Str name;
    const TimeZone *zone; /* NULL: there is none */
} Zone;

typedef struct CronJobs {
    int ticks;
    Zone *zones; /* that were asked for */
    Arena arena; /* of the zones */
} CronJobs;

/* -- when -------------------------------------------------------------------------------------- */

static bool read_time(const Value *v, int64_t *out)
{
    return age_parse_time(value_as_str(v), out);
}

/* From when on times count. */
static int64_t earliest(const Cron *s, int64_t now)
{
    int64_t from;
    OptInt64 deadline = value_as_int(value_at(&s->object, "spec", "startingDeadlineSeconds", NULL));
    if (!read_time(value_at(&s->object, "status", "lastScheduleTime", NULL), &from) &&
        !read_time(value_at(&s->object, "metadata", "creationTimestamp", NULL), &from)) {
        from = now;
    }
    return deadline.set && now - deadline.value > from ? now - deadline.value : from;
}

static void tell_of_many(Cron *s, long count)
{
    if (!s->tells) {
        return;
    }
    if (s->c->target->minor >= CRON_NEW_MINOR) {
        ctl_event(s->c, &s->object, "Warning", "TooManyMissedTimes",
                  "too many missed start times: %ld. Set or decrease "
                  ".spec.startingDeadlineSeconds or check clock skew",
                  count);
    } else {
        ctl_event(s->c, &s->object, "Warning", "FailedNeedsStart",
                  "Cannot determine if job needs to be started: too many missed start times "
                  "(> 100). Set or decrease .spec.startingDeadlineSeconds or check clock skew");
    }
}

/* The zone that the CronJob goes by; NULL for UTC. False: it names one that is not known. */
static bool find_zone(Cron *s, const TimeZone **out)
{
    CronJobs *state = s->c->state;
    Str name = value_as_str(value_at(&s->object, "spec", "timeZone", NULL));
    *out = NULL;
    if (!name.ptr || s->c->target->minor < TIME_ZONE_MINOR) {
        return true;
    }
    Zone *at = state->zones;
    while (at && !str_eq(at->name, name)) {
        at = at->next;
    }
    if (!at && cron_time_zone_is_known(name)) { /* so that there are not too many */
        at = new(&state->arena, Zone, 1);
        *at = (Zone){ state->zones, arena_str(&state->arena, name),
                      time_zone_load(name, &state->arena) };
        state->zones = at;
    }
    *out = at ? at->zone : NULL;
    if (!*out && s->tells) {
        ctl_event(s->c, &s->object, "Warning", "UnknownTimeZone",
                  "invalid timeZone: \"%.*s\": unknown time zone %.*s", STR_ARG(name),
                  STR_ARG(name));
    }
    return *out != NULL;
}

/* The last time that was missed. False for none, or when so many were that something is wrong. */
static bool is_due(Cron *s, int64_t now, int64_t *out)
{
    Str schedule = value_as_str(value_at(&s->object, "spec", "schedule", NULL));
    bool is_new = s->c->target->minor >= CRON_NEW_MINOR;
    CronSchedule read;
    Str error = cron_error(schedule, s->c->target, s->c->arena);
    if (error.len || !cron_read(schedule, s->c->target, &read)) {
        if (s->tells && is_new) {
            ctl_event(s->c, &s->object, "Warning", "UnparseableSchedule",
                      "unparseable schedule: %.*s : %.*s", STR_ARG(schedule), STR_ARG(error));
        } else if (s->tells) {
            ctl_event(s->c, &s->object, "Warning", "FailedNeedsStart",
                      "Cannot determine if job needs to be started: unparseable schedule: %.*s : "
                      "%.*s",
                      STR_ARG(schedule), STR_ARG(error));
        }
        return false;
    }
    const TimeZone *zone;
    if (!find_zone(s, &zone)) {
        return false;
    }
    const CronZone clocks = { time_zone_offset, zone };
    int64_t t = earliest(s, now), gap = 0;
    long count = 0;
    while (cron_next(&read, zone ? &clocks : NULL, t, &t) && t <= now) {
        gap = count && t - *out > gap ? t - *out : gap;
        *out = t;
        count++;
        if (count > MISSED_MAX) {
            if (!is_new) {
                tell_of_many(s, count);
                return false;
            }
            /* the newer controller only complains: go near now */
            t = t < now - 2 * gap ? now - 2 * gap : t;
        }
    }
    if (count > MISSED_MAX) {
        tell_of_many(s, count);
    }
    return count > 0;
}

static bool is_too_late(Cron *s, int64_t time, int64_t now)
{
    OptInt64 deadline = value_as_int(value_at(&s->object, "spec", "startingDeadlineSeconds", NULL));
    if (!deadline.set || time + deadline.value >= now) {
        return false;
    }
    if (s->tells) {
        char text[64];
        time_t t = (time_t)time;
        struct tm tm;
        gmtime_r(&t, &tm);
        strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &tm);
        ctl_event(s->c, &s->object, "Warning", "MissSchedule",
                  "Missed scheduled time to start a job: %s", text);
    }
    return true;
}

/* -- a run ------------------------------------------------------------------------------------- */

/* "2030-01-01T09:00:00+09:00" */
static Str local_text(Cron *s, int64_t time)
{
    const TimeZone *zone;
    Arena *a = s->c->arena;
    int64_t offset = find_zone(s, &zone) && zone ? time_zone_offset(zone, time) : 0;
    if (offset == 0) {
        return ctl_time_text(time, a);
    }
    int minutes = (int)((offset < 0 ? -offset : offset) / 60);
    return arena_printf(a, "%.*s%c%02d:%02d",
                        STR_ARG(str_cut_suffix(ctl_time_text(time + offset, a), STR("Z"))),
                        offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

static Value job_of(Cron *s, int64_t time)
{
    Arena *a = s->c->arena;
    bool is_new = s->c->target->minor >= CRON_NEW_MINOR;
    const Value *template = value_at(&s->object, "spec", "jobTemplate", NULL);
    Value job = value_object();
    Value metadata = value_object();
    Value owners = value_array();
    Str name = arena_printf(a, "%.*s-%lld", STR_ARG(ctl_name(&s->object)),
                            (long long)(is_new ? time / 60 : time));
    static const char *const kept[] = { "labels", "annotations" };
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        const Value *v = value_at(template, "metadata", kept[i], NULL);
        if (value_len(v)) {
            value_set(&metadata, str_from_c(kept[i]), value_copy(v, a), a);
        }
    }
    if (s->c->target->minor >= SCHEDULED_ANNOTATION_MINOR) {
        Value *annotations = value_need_object(&metadata, STR("annotations"), a);
        value_set_lit(annotations, "batch.kubernetes.io/cronjob-scheduled-timestamp",
                      value_str(local_text(s, time)), a);
    }
    value_add(&owners, ctl_owner_reference(&s->object, cron_api_version(s->c), "CronJob", a), a);
    value_set_lit(&metadata, "name", value_str(name), a);
    value_set_lit(&metadata, "namespace", value_str(ctl_namespace(&s->object)), a);
    value_set_lit(&metadata, "ownerReferences", owners, a);
    value_set_lit(&job, "apiVersion", value_str(STR("batch/v1")), a);
    value_set_lit(&job, "kind", value_str(STR("Job")), a);
    value_set_lit(&job, "metadata", metadata, a);
    const Value *spec = value_get_lit(template, "spec");
    value_set_lit(&job, "spec", spec ? value_copy(spec, a) : value_object(), a);
    return job;
}

static bool is_namespace_going(const ApiResponse *r)
{
    VALUE_EACH_ITEM(cause, value_at(&r->body, "details", "causes", NULL)) {
        if (str_eq(value_get_str(cause, STR("reason")), STR("NamespaceTerminating"))) {
            return true;
        }
    }
    return false;
}

static void run_job(Cron *s, int64_t time)
{
    Value job = job_of(s, time);
    CtlObject at = { job_kind.api_version, job_kind.resource, ctl_namespace(&s->object), STR(""),
                     NULL };
    ApiResponse response;
    if (!ctl_create(s->c, &at, &job, &response)) {
        bool is_there = response.code == 409 && s->c->target->minor >= CRON_NEW_MINOR;
        if (s->tells && !is_there && !is_namespace_going(&response)) {
            Str why = ctl_message(&response);
            ctl_event(s->c, &s->object, "Warning", "FailedCreate", "Error creating job: %.*s",
                      STR_ARG(why));
        }
        return;
    }
    ctl_event(s->c, &s->object, "Normal", "SuccessfulCreate", "Created job %.*s",
              STR_ARG(ctl_name(&response.body)));
    cron_add_active(s, &response.body, ctl_time_text(time, s->c->arena));
    cron_write_status(s);
}

/* Ends what runs still. False: that failed. */
static bool replace(Cron *s)
{
    Value before = cron_active(s) ? value_copy(cron_active(s), s->c->arena) : value_array();
    VALUE_EACH_ITEM(ref, &before) {
        Str name = value_get_str(ref, STR("name"));
        const Value *job = ctl_get(s->c, STR("batch"), STR("Job"),
                                   value_get_str(ref, STR("namespace")), name);
        if (job == NULL) {
            ctl_event(s->c, &s->object, "Warning", "FailedGet",
                      "Get job: jobs.batch \"%.*s\" not found", STR_ARG(name));
            return false;
        }
        if (!cron_delete_job(s, job)) {
            return false;
        }
    }
    return true;
}

static void start_when_due(Cron *s)
{
    int64_t now = ctl_now(s->c, NULL);
    int64_t time = 0;
    Str policy = value_as_str(value_at(&s->object, "spec", "concurrencyPolicy", NULL));
    if (ctl_is_deleted(&s->object) ||
        value_as_bool(value_at(&s->object, "spec", "suspend", NULL)).value ||
        !is_due(s, now, &time) || is_too_late(s, time, now)) {
        return;
    }
    if (str_eq(policy, STR("Forbid")) && value_len(cron_active(s))) {
        if (s->c->target->minor >= CRON_NEW_MINOR && s->tells) {
            ctl_event(s->c, &s->object, "Normal", "JobAlreadyActive",
                      "Not starting job because prior execution is running and concurrency "
                      "policy is Forbid");
        }
        return;
    }
    if (!str_eq(policy, STR("Replace")) || replace(s)) {
        run_job(s, time);
    }
}

static void find_jobs(Cron *s)
{
    size_t count;
    const Value *const *jobs = ctl_list(s->c, STR("batch"), STR("Job"), ctl_namespace(&s->object),
                                        &count);
    s->jobs = (PodList){ new(s->c->arena, const Value *, count + 1), 0 };
    for (size_t i = 0; i < count; i++) {
        if (ctl_is_controlled_by(jobs[i], &s->object)) {
            s->jobs.items[s->jobs.count++] = jobs[i];
        }
    }
}

static void tick(Ctl *c)
{
    CronJobs *state = c->state;
    size_t count;
    const Value *const *all = ctl_list(c, STR("batch"), STR("CronJob"), STR_ABSENT, &count);
    bool tells = state->ticks++ % TICKS_PER_TALE == 0;
    for (size_t i = 0; i < count; i++) {
        Cron s = { .c = c, .object = value_copy(all[i], c->arena), .tells = tells };
        find_jobs(&s);
        cron_look_at_jobs(&s);
        if (cron_write_status(&s)) {
            start_when_due(&s);
            cron_end_history(&s);
            cron_write_status(&s);
        }
    }
}

static void start(Ctl *c)
{
    CronJobs *state = c->state;
    arena_init(&state->arena, 0);
}

static void stop(Ctl *c)
{
    CronJobs *state = c->state;
    arena_done(&state->arena);
}

const Controller controller_cronjob = {
    .name = STR_INIT("cronjob-controller"),
    .tick = tick,
    .tick_ms = TICK_MS,
    .start = start,
    .stop = stop,
    .state_bytes = sizeof(CronJobs),
};
