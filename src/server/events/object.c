/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An Event as clients write it.
 *
 * Source: k8s.io/client-go tools/record
 */
#include "server/events/events.h"

#include <time.h>

enum { MESSAGE_BYTES_MAX = 1024 }; /* an API server takes no more */

EventObject events_owner(const Value *pod, Str namespace, Arena *a)
{
    const Value *metadata = value_get_lit(pod, "metadata");
    VALUE_EACH_ITEM(o, value_get_lit(metadata, "ownerReferences")) {
        if (value_get_bool(o, STR("controller")).value) {
            return (EventObject){ value_get_str(o, STR("apiVersion")),
                                  value_get_str(o, STR("kind")), namespace,
                                  value_get_str(o, STR("name")), value_get_str(o, STR("uid")) };
        }
    }
    Str name = value_get_str(metadata, STR("name"));
    if (!name.len) {
        name = str_cut_suffix(value_get_str(metadata, STR("generateName")), STR("-"));
    }
    return (EventObject){ STR("v1"), STR("Pod"), namespace, arena_str(a, name),
                          value_get_str(metadata, STR("uid")) };
}

static Value time_text(int64_t seconds, Arena *a)
{
    struct tm tm;
    time_t t = (time_t)seconds;
    gmtime_r(&t, &tm);
    return value_str(arena_printf(a, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
                                  tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec));
}

Str events_message(Str text)
{
    if (text.len <= MESSAGE_BYTES_MAX) {
        return text;
    }
    size_t len = MESSAGE_BYTES_MAX;
    while (len && ((unsigned char)text.ptr[len] & 0xC0) == 0x80) {
        len--;
    }
    return str_slice(text, 0, len);
}

#define SET(object, name, v) value_set_lit((object), name, (v), a)

Value events_update(const EventEntry *e, Arena *a)
{
    Value patch = value_object();
    SET(&patch, "message", value_str(e->message));
    SET(&patch, "lastTimestamp", time_text(e->last_time, a));
    SET(&patch, "count", value_int((int64_t)(e->count < INT32_MAX ? e->count : INT32_MAX)));
    return patch;
}

Value events_object(const EventEntry *e, Str name, Str instance, Arena *a)
{
    Value event = value_object(), metadata = value_object(), about = value_object();
    Value source = value_object();
    SET(&metadata, "name", value_str(name));
    SET(&metadata, "namespace", value_str(e->about.namespace));
    SET(&about, "apiVersion", value_str(e->about.api_version));
    SET(&about, "kind", value_str(e->about.kind));
    SET(&about, "namespace", value_str(e->about.namespace));
    SET(&about, "name", value_str(e->about.name));
    if (e->about.uid.len) {
        SET(&about, "uid", value_str(e->about.uid));
    }
    SET(&source, "component", value_str(STR("podgate")));
    SET(&event, "apiVersion", value_str(STR("v1")));
    SET(&event, "kind", value_str(STR("Event")));
    SET(&event, "metadata", metadata);
    SET(&event, "involvedObject", about);
    SET(&event, "type", value_str(STR("Warning")));
    SET(&event, "reason", value_str(STR(EVENTS_REASON)));
    SET(&event, "source", source);
    SET(&event, "reportingComponent", value_str(STR("podgate")));
    SET(&event, "reportingInstance", value_str(instance));
    SET(&event, "firstTimestamp", time_text(e->first_time, a));
    Value changing = events_update(e, a);
    VALUE_EACH_MEMBER(m, &changing) {
        value_set(&event, member_key(m), m->value, a);
    }
    return event;
}
