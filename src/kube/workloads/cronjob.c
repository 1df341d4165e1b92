/* SPDX-License-Identifier: Apache-2.0 */
/* CronJobs. Source: Kubernetes pkg/apis/batch, pkg/registry/batch/cronjob */
#include "kube/workloads/cron.h"
#include "kube/workloads/job_parts.h"

enum {
    SUCCESSES_KEPT = 3,
    FAILURES_KEPT = 1,
    GENERATION_MINOR = 22,
    NAME_MAX_BYTES = 52,
    TIME_ZONE_MINOR = 25
};

static void apply_defaults(Value *object, const KubeTarget *t, Arena *a)
{
    Value *spec = part_spec(object, a);
    if (!spec) {
        return;
    }
    Value *template = value_need_object(spec, STR("jobTemplate"), a);
    if (template) {
        value_need_object(template, STR("metadata"), a);
        Value *job_spec = value_need_object(template, STR("spec"), a);
        if (job_spec) {
            part_default_template(job_spec, t, a);
        }
    }
    part_default_str(spec, STR("concurrencyPolicy"), STR("Allow"), a);
    part_default_bool(spec, STR("suspend"), false, a);
    part_default_int(spec, STR("successfulJobsHistoryLimit"), SUCCESSES_KEPT, a);
    part_default_int(spec, STR("failedJobsHistoryLimit"), FAILURES_KEPT, a);
}

static void prepare_create(Value *object, const KubeTarget *t, Arena *a)
{
    part_reset_status(object, STR("batch/v1.CronJobStatus"), t, a);
    if (t->minor >= GENERATION_MINOR) {
        part_set_generation(object, 1, a);
    }
    part_drop_disabled(value_at(object, "spec", "jobTemplate", "spec", NULL), NULL, t, a);
}

static void prepare_update(Value *object, const Value *old, const KubeTarget *t, Arena *a)
{
    part_keep_status(object, old, a);
    part_drop_disabled(value_at(object, "spec", "jobTemplate", "spec", NULL),
                       value_at(old, "spec", "jobTemplate", "spec", NULL), t, a);
    if (t->minor >= GENERATION_MINOR &&
        !part_is_same(value_get_lit(object, "spec"), value_get_lit(old, "spec"), a)) {
        part_next_generation(object, old, a);
    }
}

static void prepare_status(Value *object, const Value *old, const KubeTarget *t, Arena *a)
{
    (void)t;
    part_keep(object, old, STR("spec"), a);
}

/* -- validation -------------------------------------------------------------------------------- */

/* The selector of a Job that is made of it will be generated. */
static void check_job_template(FieldErrors *errs, const Value *template, const Path *path,
                               const KubeTarget *t)
{
    static const Str supported[] = { STR_INIT("nil"), STR_INIT("false") };
    const Value *spec = value_get_lit(template, "spec");
    Path spec_path = path_child(path, "spec");
    job_check_spec(errs, spec, &spec_path, t);
    const Value *selector = object_of(spec, "selector");
    if (selector) {
        part_selector_invalid(errs, path_child(&spec_path, "selector"), selector,
                              STR("`selector` will be auto-generated"));
    }
    if (value_get_bool(spec, STR("manualSelector")).value) {
        field_not_supported_raw(errs, path_child(&spec_path, "manualSelector"), STR("true"),
                                (StrList){ supported, COUNT_OF(supported) });
    }
}

/* old: what was there before, or NULL; what does not change is not looked at. */
static void check_time_zone(FieldErrors *errs, const Value *spec, const Value *old,
                            const Path *path, const KubeTarget *t)
{
    Path at = path_child(path, "timeZone");
    Str zone = value_get_str(spec, STR("timeZone"));
    if (!zone.ptr || t->minor < TIME_ZONE_MINOR ||
        (old && str_eq(zone, value_get_str(old, STR("timeZone"))))) {
        return;
    }
    if (zone.len == 0) {
        field_invalid_str(errs, at, zone, STR("timeZone must be nil or non-empty string"));
        return;
    }
    if (str_eq_ignore_case(zone, STR("Local"))) {
        field_invalid_str(errs, at, zone,
                          STR("timeZone must be an explicit time zone as defined in "
                              "https://www.iana.org/time-zones"));
    }
    if (!cron_time_zone_is_known(zone) && !str_eq(zone, STR("Local"))) {
        field_invalid_str(errs, at, zone,
                          arena_printf(errs->arena, "unknown time zone %.*s", STR_ARG(zone)));
    }
}

enum { ZONE_READ_MINOR = 22, ZONE_FIELD_MINOR = 24, ZONE_REFUSED_MINOR = 29 };

/* The reader of schedules takes TZ=... before them since 1.22. */
static Str without_zone(Str schedule, const KubeTarget *t)
{
    Str zone, rest;
    bool has = t->minor >= ZONE_READ_MINOR && (str_starts_with(schedule, STR("TZ=")) ||
                                               str_starts_with(schedule, STR("CRON_TZ=")));
    return has && str_split_once(schedule, ' ', &zone, &rest) ? rest : schedule;
}

static void check_zone(FieldErrors *errs, Str schedule, bool has_field, const Path *path,
                       const KubeTarget *t)
{
    if (str_index(schedule, STR("TZ")) < 0) {
        return;
    }
    if (t->minor >= ZONE_REFUSED_MINOR) {
        field_invalid_str(errs, *path, schedule,
                          STR("cannot use TZ or CRON_TZ in schedule, use timeZone field instead"));
    } else if (t->minor >= ZONE_FIELD_MINOR && has_field) {
        field_invalid_str(errs, *path, schedule,
                          STR("cannot use both timeZone field and TZ or CRON_TZ in schedule"));
    }
}

static void check_spec(FieldErrors *errs, const Value *spec, const Value *old, const KubeTarget *t)
{
    static const Str policies[] = { STR_INIT("Allow"), STR_INIT("Forbid"), STR_INIT("Replace") };
    Path path = path_root("spec");
    Path schedule_path = path_child(&path, "schedule");
    Path policy_path = path_child(&path, "concurrencyPolicy");
    Path template_path = path_child(&path, "jobTemplate");
    Str schedule = str_of(spec, "schedule");
    Str why = schedule.len ? cron_error(without_zone(schedule, t), t, errs->arena) : STR_ABSENT;
    if (schedule.len == 0) {
        field_required(errs, schedule_path, STR(""));
    } else if (why.ptr) {
        field_invalid_str(errs, schedule_path, schedule, why);
    }
    check_time_zone(errs, spec, old, &path, t);
    check_zone(errs, schedule, !value_is_null(value_get_lit(spec, "timeZone")), &schedule_path, t);
    part_check_not_negative(errs, spec, STR("startingDeadlineSeconds"), &path);
    Str policy = str_of(spec, "concurrencyPolicy");
    StrList supported = { policies, COUNT_OF(policies) };
    if (policy.len == 0) {
        field_required(errs, policy_path, STR(""));
    } else if (!str_list_has(supported, policy)) {
        field_not_supported(errs, policy_path, policy, supported);
    }
    check_job_template(errs, value_get_lit(spec, "jobTemplate"), &template_path, t);
    part_check_not_negative(errs, spec, STR("successfulJobsHistoryLimit"), &path);
    part_check_not_negative(errs, spec, STR("failedJobsHistoryLimit"), &path);
}

static void validate_create(const Value *object, const KubeTarget *t, FieldErrors *errs)
{
    Path metadata = path_root("metadata");
    part_check_metadata(object, errs);
    check_spec(errs, value_get_lit(object, "spec"), NULL, t);
    Str name = str_of(value_get_lit(object, "metadata"), "name");
    if (name.len > NAME_MAX_BYTES) {
        field_invalid_str(errs, path_child(&metadata, "name"), name,
                          STR("must be no more than 52 characters"));
    }
}

static void validate_update(const Value *object, const Value *old, const KubeTarget *t,
                            FieldErrors *errs)
{
    part_check_metadata_update(object, old, errs);
    check_spec(errs, value_get_lit(object, "spec"), value_get_lit(old, "spec"), t);
}

const WorkloadRules workload_rules_cronjobs = {
    .group = STR_INIT("batch"),
    .resource = STR_INIT("cronjobs"),
    .defaults = apply_defaults,
    .prepare_create = prepare_create,
    .prepare_update = prepare_update,
    .prepare_status = prepare_status,
    .validate_create = validate_create,
    .validate_update = validate_update,
};
