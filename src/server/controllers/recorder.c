/* SPDX-License-Identifier: Apache-2.0 */
/* Events about objects, as client-go's recorder makes them. */
#include "server/controllers/event_log.h"
#include "server/controllers/private.h"

#define NANOSECONDS INT64_C(1000000000)

static void copy_member(Value *to, const char *key, const Value *from, const char *from_key,
                        Arena *a)
{
    const Value *v = value_get(from, str_from_c(from_key));
    if (v) {
        value_set(to, str_from_c(key), *v, a);
    }
}

static Value reference(const Value *about, Arena *a)
{
    const Value *metadata = value_get_lit(about, "metadata");
    Value ref = value_object();
    copy_member(&ref, "kind", about, "kind", a);
    copy_member(&ref, "namespace", metadata, "namespace", a);
    copy_member(&ref, "name", metadata, "name", a);
    copy_member(&ref, "uid", metadata, "uid", a);
    copy_member(&ref, "apiVersion", about, "apiVersion", a);
    copy_member(&ref, "resourceVersion", metadata, "resourceVersion", a);
    return ref;
}

static Value micro_time(int64_t nanoseconds, Arena *a)
{
    Str seconds = ctl_time_text(nanoseconds / NANOSECONDS, a);
    return value_str(arena_printf(a, "%.*s.%06dZ", (int)(seconds.len - 1), seconds.ptr,
                                  (int)(nanoseconds % NANOSECONDS / 1000)));
}

/* When and by whom, as the core group has it. */
static void set_source(Ctl *c, Value *event, const EventReport *e, const EventAnswer *r)
{
    Arena *a = c->arena;
    Value source = value_object();
    Str component = c->controller->source.len ? c->controller->source : c->controller->name;
    value_set_lit(&source, "component", value_str(component), a);
    if (c->host.len) {
        value_set_lit(&source, "host", value_str(c->host), a);
    }
    value_set_lit(event, "source", source, a);
    value_set_lit(event, "firstTimestamp", value_str(ctl_time_text(r->first / NANOSECONDS, a)), a);
    value_set_lit(event, "lastTimestamp", value_str(ctl_time_text(e->now / NANOSECONDS, a)), a);
    value_set_lit(event, "count", value_int(r->count), a);
}

/* And as events.k8s.io has it. */
static void set_reporter(Ctl *c, Value *event, const EventReport *e, const EventAnswer *r)
{
    Arena *a = c->arena;
    value_set_lit(event, "eventTime", micro_time(r->first, a), a);
    value_set_lit(event, "action", value_str(c->controller->action), a);
    value_set_lit(event, "reportingComponent", value_str(c->controller->name), a);
    value_set_lit(event, "reportingInstance",
                  value_str(arena_printf(a, "%.*s-podgate", STR_ARG(c->controller->name))), a);
    if (r->count > 1) {
        Value series = value_object();
        value_set_lit(&series, "count", value_int(r->count), a);
        value_set_lit(&series, "lastObservedTime", micro_time(e->now, a), a);
        value_set_lit(event, "series", series, a);
    }
}

static Value event_object(Ctl *c, const Value *about, const EventReport *e, const EventAnswer *r,
                          Str namespace)
{
    Arena *a = c->arena;
    Value event = value_object();
    Value metadata = value_object();
    Value object = reference(about, a);
    if (c->field_path.len) {
        value_set_lit(&object, "fieldPath", value_str(c->field_path), a);
    }
    value_set_lit(&metadata, "name", value_str(r->name), a);
    value_set_lit(&metadata, "namespace", value_str(namespace), a);
    value_set_lit(&event, "kind", value_str(STR("Event")), a);
    value_set_lit(&event, "apiVersion", value_str(STR("v1")), a);
    value_set_lit(&event, "metadata", metadata, a);
    value_set_lit(&event, "involvedObject", object, a);
    value_set_lit(&event, "reason", value_str(e->reason), a);
    value_set_lit(&event, "message", value_str(r->message), a);
    value_set_lit(&event, "type", value_str(e->type), a);
    if (c->controller->action.len) {
        set_reporter(c, &event, e, r);
    } else {
        set_source(c, &event, e, r);
    }
    return event;
}

static void write_event(Ctl *c, const Value *event, const EventAnswer *r, Str namespace)
{
    CtlObject at = { "v1", "events", namespace, r->name, NULL };
    ApiResponse response;
    if (r->count > 1) {
        static const char *const changing[] = { "count", "lastTimestamp", "message", "series" };
        Value patch = value_object();
        for (size_t i = 0; i < COUNT_OF(changing); i++) {
            copy_member(&patch, changing[i], event, changing[i], c->arena);
        }
        if (ctl_patch(c, &at, NULL, &patch, &response) || response.code != 404) {
            return;
        }
    }
    ctl_create(c, &at, event, &response);
}

void ctl_event(Ctl *c, const Value *about, const char *type, const char *reason, const char *format,
               ...)
{
    va_list args;
    int32_t micros;
    int64_t seconds = ctl_now(c, &micros);
    Str namespace = ctl_namespace(about);
    Arena *a = c->arena;
    va_start(args, format);
    EventReport e = {
        .object = arena_printf(a, "%.*s\n%.*s\n%.*s\n%.*s\n%.*s\n%.*s", STR_ARG(c->field_path),
                               STR_ARG(value_get_str(about, STR("kind"))), STR_ARG(namespace),
                               STR_ARG(ctl_name(about)), STR_ARG(ctl_uid(about)),
                               STR_ARG(value_get_str(about, STR("apiVersion")))),
        .name = ctl_name(about),
        .type = str_from_c(type),
        .reason = str_from_c(reason),
        .message = arena_vprintf(a, format, args),
        /* the clock has no more than microseconds; names need to differ */
        .now = seconds * NANOSECONDS + micros * INT64_C(1000) +
               (int64_t)(apiserver_seed(c->server) % 1000),
    };
    va_end(args);
    EventAnswer r = event_log_add(((Running *)c)->log, &e, a);
    if (!r.skip) {
        namespace = namespace.len ? namespace : STR("default");
        Value event = event_object(c, about, &e, &r, namespace);
        write_event(c, &event, &r, namespace);
    }
}
