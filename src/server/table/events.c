/* SPDX-License-Identifier: Apache-2.0 */
/* How events are shown, those of the core group and those of events.k8s.io. */
#include "server/table/age.h"
#include "server/table/columns.h"

/* The two groups name the fields of one thing differently; the first that is there counts. */
static const Value *either(const TableCell *c, const char *core_path, const char *events_path)
{
    bool is_core = str_eq(value_get_str(c->object, STR("apiVersion")), STR("v1"));
    return table_field(c->object, is_core ? core_path : events_path);
}

static Str either_text(const TableCell *c, const char *core_path, const char *events_path)
{
    return value_as_str(either(c, core_path, events_path));
}

static Value cell_first_seen(const TableCell *c)
{
    Str first = either_text(c, "firstTimestamp", "deprecatedFirstTimestamp");
    first = first.ptr ? first : table_text(c->object, "eventTime");
    return table_cell(age_since(first, c->now, c->arena));
}

static Value cell_last_seen(const TableCell *c)
{
    const Value *series = table_field(c->object, "series");
    Str last = either_text(c, "lastTimestamp", "deprecatedLastTimestamp");
    if (!value_is_null(series)) {
        last = value_get_str(series, STR("lastObservedTime"));
    } else if (!last.ptr) {
        return cell_first_seen(c);
    }
    return table_cell(age_since(last, c->now, c->arena));
}

static Value cell_event_count(const TableCell *c)
{
    enum { SERIES_AS_IS_SINCE = 23 }; /* before that, the event that began it was added */
    const Value *series = table_field(c->object, "series");
    int64_t count = value_as_int(either(c, "count", "deprecatedCount")).value;
    if (!value_is_null(series)) {
        count = table_int(series, "count");
        return value_int(table_is_since(c, SERIES_AS_IS_SINCE) ? count : count + 1);
    }
    return value_int(count ? count : 1);
}

/* "pod/web", "pod" */
static Value cell_event_object(const TableCell *c)
{
    const Value *about = either(c, "involvedObject", "regarding");
    Str kind = arena_lower(c->arena, value_get_str(about, STR("kind")));
    Str name = value_get_str(about, STR("name"));
    return table_cell(name.len ? arena_printf(c->arena, "%.*s/%.*s", STR_ARG(kind), STR_ARG(name))
                               : kind);
}

static Value cell_subobject(const TableCell *c)
{
    return table_cell(value_get_str(either(c, "involvedObject", "regarding"), STR("fieldPath")));
}

/* "kubelet, node-1" */
static Value cell_event_source(const TableCell *c)
{
    const Value *source = either(c, "source", "deprecatedSource");
    Str component = value_get_str(source, STR("component"));
    Str host = value_get_str(source, STR("host"));
    if (!component.len) {
        component = either_text(c, "reportingComponent", "reportingController");
    }
    if (!host.len) {
        host = table_text(c->object, "reportingInstance");
    }
    return table_cell(host.len
                          ? arena_printf(c->arena, "%.*s, %.*s", STR_ARG(component), STR_ARG(host))
                          : component);
}

static Value cell_message(const TableCell *c)
{
    return table_cell(str_trim(either_text(c, "message", "note")));
}

static const TableColumn event_columns[] = {
    { "Last Seen", "string", "",
      "The time at which the most recent occurrence of this event was recorded.", cell_last_seen,
      NULL, 0, 0, 0 },
    { "Type", "string", "",
      "Type of this event (Normal, Warning), new types could be added in the future", cell_text,
      "type", 0, 0, 0 },
    { "Reason", "string", "",
      "This should be a short, machine understandable string that gives the reason for the "
      "transition into the object's current status.",
      cell_text, "reason", 0, 0, 0 },
    { "Object", "string", "", "The object that this event is about.", cell_event_object, NULL, 0, 0,
      0 },
    { "Subobject", "string", "",
      "If referring to a piece of an object instead of an entire object, this string should "
      "contain a valid JSON/Go field access statement, such as "
      "desiredState.manifest.containers[2]. For example, if the object reference is to a "
      "container within a pod, this would take on a value like: \"spec.containers{name}\" (where "
      "\"name\" refers to the name of the container that triggered the event) or if no container "
      "name is specified \"spec.containers[2]\" (container with index 2 in this pod). This "
      "syntax is chosen only to have some well-defined way of referencing a part of an object.",
      cell_subobject, NULL, 1, 0, 0 },
    { "Source", "string", "",
      "The component reporting this event. Should be a short machine understandable string.",
      cell_event_source, NULL, 1, 0, 0 },
    { "Message", "string", "", "A human-readable description of the status of this operation.",
      cell_message, NULL, 0, 0, 0 },
    { "First Seen", "string", "",
      "The time at which the event was first recorded. (Time of server receipt is in TypeMeta.)",
      cell_first_seen, NULL, 1, 0, 0 },
    { "Count", "string", "", "The number of times this event has occurred.", cell_event_count, NULL,
      1, 0, 0 },
    TABLE_COLUMN_NAME_WITH(cell_text, 1),
};

static const TableKind events_kinds[] = {
    { TABLE_KIND("", "Event", event_columns) },
    { TABLE_KIND("events.k8s.io", "Event", event_columns) },
};

const TableFamily table_events = { events_kinds, COUNT_OF(events_kinds) };
