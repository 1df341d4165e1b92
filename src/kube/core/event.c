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

/* A reference or a source as Go prints its struct; NULL is a nil pointer to one. */
static Str dump_parts(const char *type, const Value *object, const Str (*names)[2], size_t count,
                      Arena *a)
{
    Buf b = buf_new(a);
    buf_add(&b, str_from_c(type));
    buf_byte(&b, '{');
    for (size_t i = 0; i < count; i++) {
        buf_add(&b, i ? STR(", ") : STR(""));
        buf_add(&b, names[i][0]);
        buf_byte(&b, ':');
        buf_go_quoted(&b, value_get_str(object, names[i][1]));
    }
    buf_byte(&b, '}');
    return buf_str(&b);
}

static Str dump_reference(const Value *object, Arena *a)
{
    static const Str names[][2] = {
        { STR_INIT("Kind"), STR_INIT("kind") },
        { STR_INIT("Namespace"), STR_INIT("namespace") },
        { STR_INIT("Name"), STR_INIT("name") },
        { STR_INIT("UID"), STR_INIT("uid") },
        { STR_INIT("APIVersion"), STR_INIT("apiVersion") },
        { STR_INIT("ResourceVersion"), STR_INIT("resourceVersion") },
        { STR_INIT("FieldPath"), STR_INIT("fieldPath") },
    };
    return dump_parts("core.ObjectReference", object, names, COUNT_OF(names), a);
}

static Str dump_source(const Value *object, Arena *a)
{
    static const Str names[][2] = { { STR_INIT("Component"), STR_INIT("component") },
                                    { STR_INIT("Host"), STR_INIT("host") } };
    return dump_parts("core.EventSource", object, names, COUNT_OF(names), a);
}

/* Whether two members say the same: nothing, null and an empty object do. */
static bool is_same(const Value *a, const Value *b)
{
    bool no_a = value_is_null(a) || (value_is(a, VALUE_OBJECT) && a->len == 0);
    bool no_b = value_is_null(b) || (value_is(b, VALUE_OBJECT) && b->len == 0);
    return no_a || no_b ? no_a && no_b : value_equal(a, b);
}

static void keep_struct(const Value *event, const Value *old, Str member, Str shown,
                        Str (*dump)(const Value *object, Arena *a), FieldErrors *errs)
{
    if (!is_same(value_get(event, member), value_get(old, member))) {
        field_invalid_raw(errs, path_child_str(NULL, shown),
                          dump(value_get(event, member), errs->arena), STR("field is immutable"));
    }
}

static void keep_text(const Value *event, const Value *old, Str member, Str shown,
                      FieldErrors *errs)
{
    Str now = value_get_str(event, member);
    Str before = value_get_str(old, member);
    if (!str_eq(now.ptr ? now : STR(""), before.ptr ? before : STR(""))) {
        field_invalid_str(errs, path_child_str(NULL, shown), now.ptr ? now : STR(""),
                          STR("field is immutable"));
    }
}

/* Of an event nothing changes but its series. */
static void keep_fields(const Value *event, const Value *old, const EventForm *form,
                        FieldErrors *errs)
{
    keep_struct(event, old, form->about, STR("involvedObject"), dump_reference, errs);
    keep_text(event, old, STR("reason"), STR("reason"), errs);
    keep_text(event, old, form->message, STR("message"), errs);
    keep_struct(event, old, form->source, STR("source"), dump_source, errs);
    keep_text(event, old, form->first_timestamp, STR("firstTimestamp"), errs);
    keep_text(event, old, form->last_timestamp, STR("lastTimestamp"), errs);
    if (check_int(event, form->count) != check_int(old, form->count)) {
        field_invalid_int(errs, path_root("count"), check_int(event, form->count),
                          STR("field is immutable"));
    }
    keep_text(event, old, STR("reason"), STR("reason"), errs); /* once more */
    keep_text(event, old, STR("type"), STR("type"), errs);
    keep_text(event, old, STR("eventTime"), STR("eventTime"), errs);
    keep_text(event, old, STR("action"), STR("action"), errs);
    keep_struct(event, old, STR("related"), STR("related"), dump_reference, errs);
    keep_text(event, old, form->controller, STR("reportingController"), errs);
    keep_text(event, old, STR("reportingInstance"), STR("reportingInstance"), errs);
}

void event_validate_update(const Value *event, const Value *old, Str group, Str version,
                           FieldErrors *errs)
{
    const EventForm *form = group.len ? &group_form : &core_form;
    check_event(event, form, errs);
    if (!is_strict(group, version)) {
        return;
    }
    core_check_metadata_update(event, old ? old : event, errs);
    if (old) {
        if (!is_same(value_get_lit(event, "series"), value_get_lit(old, "series"))) {
            check_series(event, errs);
        }
        keep_fields(event, old, form, errs);
    }
}
