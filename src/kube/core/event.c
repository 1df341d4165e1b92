/* SPDX-License-Identifier: Apache-2.0 */
/* Events, of v1 and of events.k8s.io. Messages name the fields as the API server holds them. */
#include "kube/core/parts.h"

enum {
    INSTANCE_MAX = 128,
    ACTION_MAX = 128,
    REASON_MAX = 128,
    NOTE_MAX = 1024,
};

/* What a member is called in the two forms. */
typedef struct EventForm {
    Str about;
    Str message;
    Str source;
    Str first_timestamp;
    Str last_timestamp;
    Str count;
    Str controller;
} EventForm;

static const EventForm core_form = {
    .about = STR_INIT("involvedObject"),
    .message = STR_INIT("message"),
    .source = STR_INIT("source"),
    .first_timestamp = STR_INIT("firstTimestamp"),
    .last_timestamp = STR_INIT("lastTimestamp"),
    .count = STR_INIT("count"),
    .controller = STR_INIT("reportingComponent"),
};

static const EventForm group_form = {
    .about = STR_INIT("regarding"),
    .message = STR_INIT("note"),
    .source = STR_INIT("deprecatedSource"),
    .first_timestamp = STR_INIT("deprecatedFirstTimestamp"),
    .last_timestamp = STR_INIT("deprecatedLastTimestamp"),
    .count = STR_INIT("deprecatedCount"),
    .controller = STR_INIT("reportingController"),
};

static bool has_time(const Value *object, Str member)
{
    return check_str(object, member).len > 0;
}

static void check_length(Str text, size_t max, Path path, FieldErrors *errs)
{
    if (text.len > max) {
        field_invalid_str(errs, path, STR(""),
                          arena_printf(errs->arena, "can have at most %zu characters", max));
    }
}

static void check_text(Str text, size_t max, Path path, FieldErrors *errs)
{
    if (text.len == 0) {
        field_required(errs, path, STR(""));
    }
    check_length(text, max, path, errs);
}

/* What events with an eventTime must say. */
static void check_new_form(const Value *event, const EventForm *form, FieldErrors *errs)
{
    Str controller = check_str(event, form->controller);
    if (controller.len == 0) {
        field_required(errs, path_root("reportingController"), STR(""));
    }
    name_report(errs, path_root("reportingController"), controller,
                name_check_qualified(controller));
    check_text(str_of(event, "reportingInstance"), INSTANCE_MAX, path_root("reportingInstance"),
               errs);
    check_text(str_of(event, "action"), ACTION_MAX, path_root("action"), errs);
    check_text(str_of(event, "reason"), REASON_MAX, path_root("reason"), errs);
    check_length(check_str(event, form->message), NOTE_MAX, path_root("message"), errs);
}

/* What holds of every event. */
static void check_event(const Value *event, const EventForm *form, FieldErrors *errs)
{
    Str namespace = str_of(value_get_lit(event, "metadata"), "namespace");
    Str about = str_of(value_get(event, form->about), "namespace");
    Path involved = path_root("involvedObject");
    bool has_event_time = has_time(event, STR("eventTime"));
    bool matches;
    if (has_event_time) {
        matches = about.len > 0 || str_eq(namespace, STR("kube-system"));
    } else if (about.len == 0) {
        matches = namespace.len == 0 || str_eq(namespace, STR("default"));
    } else {
        matches = str_eq(namespace, about);
    }
    if (!matches) {
        field_invalid_str(errs, path_child(&involved, "namespace"), about,
                          STR("does not match event.namespace"));
    }
    if (has_event_time) {
        check_new_form(event, form, errs);
    }
    name_report(errs, path_root("namespace"), namespace, name_check_dns1123_subdomain(namespace));
}

static bool is_strict(Str group, Str version)
{
    return group.len > 0 && !str_eq(version, STR("v1beta1"));
}

static void check_series(const Value *event, FieldErrors *errs)
{
    const Value *series = object_of(event, "series");
    if (!series) {
        return;
    }
    if (int_of(series, "count") < 2) {
        field_invalid_str(errs, path_root("series.count"), STR(""), STR("should be at least 2"));
    }
    if (!has_time(series, STR("lastObservedTime"))) {
        field_required(errs, path_root("series.lastObservedTime"), STR(""));
    }
}

static void check_unset(bool is_set, Path path, FieldErrors *errs)
{
    if (is_set) {
        field_invalid_str(errs, path, STR(""), STR("needs to be unset"));
    }
}

void event_validate(const Value *event, Str group, Str version, FieldErrors *errs)
{
    const EventForm *form = group.len ? &group_form : &core_form;
    check_event(event, form, errs);
    if (!is_strict(group, version)) {
        return;
    }
    core_check_metadata(event, true, name_check_dns1123_subdomain, errs);
    check_series(event, errs);
    if (!has_time(event, STR("eventTime"))) {
        field_required(errs, path_root("eventTime"), STR(""));
    }
    Str type = str_of(event, "type");
    if (!str_eq(type, STR("Normal")) && !str_eq(type, STR("Warning"))) {
        field_invalid_str(errs, path_root("type"), STR(""),
                          arena_printf(errs->arena, "has invalid value: %.*s", STR_ARG(type)));
    }
    const Value *source = value_get(event, form->source);
    check_unset(has_time(event, form->first_timestamp), path_root("firstTimestamp"), errs);
    check_unset(has_time(event, form->last_timestamp), path_root("lastTimestamp"), errs);
    check_unset(check_int(event, form->count) != 0, path_root("count"), errs);
    check_unset(str_of(source, "component").len || str_of(source, "host").len, path_root("source"),
                errs);
}

void event_validate_update(const Value *event, Str group, Str version, FieldErrors *errs)
{
    check_event(event, group.len ? &group_form : &core_form, errs);
    if (is_strict(group, version)) {
        /* against itself: 1.20 passes the new event for the old one too */
        core_check_metadata_update(event, event, errs);
    }
}
