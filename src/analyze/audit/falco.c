/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts of Falco. */
#include "analyze/audit/falco.h"

#include "analyze/audit/owner.h"
#include "analyze/audit/when.h"

static const Str priorities[FALCO_PRIORITY_COUNT + 1] = {
    STR_INIT("Emergency"),     STR_INIT("Alert"),   STR_INIT("Critical"),
    STR_INIT("Error"),         STR_INIT("Warning"), STR_INIT("Notice"),
    STR_INIT("Informational"), STR_INIT("Debug"),   STR_INIT(""),
};

static FalcoPriority read_priority(Str text)
{
    if (str_eq_ignore_case(text, STR("Info"))) {
        return FALCO_INFORMATIONAL;
    }
    for (int i = 0; i < FALCO_PRIORITY_COUNT; i++) {
        if (str_eq_ignore_case(text, priorities[i])) {
            return (FalcoPriority)i;
        }
    }
    return FALCO_PRIORITY_COUNT;
}

/* A field that has a value: Falco writes null or <NA> for what it does not know. */
static Str field(const Value *fields, const char *name)
{
    Str s = value_get_str(fields, str_from_c(name));
    return s.ptr && !str_eq(s, STR("<NA>")) && !str_eq(s, STR("N/A")) ? s : STR("");
}

static Str first_of(const Value *fields, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        Str s = field(fields, names[i]);
        if (s.len) {
            return s;
        }
    }
    return STR("");
}

#define FIRST_OF(fields, ...)                                \
    first_of((fields), (const char *const[]){ __VA_ARGS__ }, \
             sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

/* The field of a controller of the pod, when the alert has one. */
static Str controller_of(const Value *fields, Arena *a)
{
    static const struct {
        const char *field;
        const char *kind;
    } rows[] = {
        { "k8s.deployment.name", "deployment" },
        { "k8s.daemonset.name", "daemonset" },
        { "k8s.statefulset.name", "statefulset" },
        { "k8s.rc.name", "replicationcontroller" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str name = field(fields, rows[i].field);
        if (name.len) {
            return arena_printf(a, "%s/%.*s", rows[i].kind, STR_ARG(name));
        }
    }
    return STR("");
}

static Str workload_of(const FalcoAlert *alert, const Value *fields, Arena *a)
{
    Str workload = controller_of(fields, a);
    if (workload.len) {
        return workload;
    }
    if (alert->pod.len) {
        return owner_of_pod_name(alert->pod, a);
    }
    if (alert->on_host) {
        return alert->node.len ? arena_printf(a, "node/%.*s", STR_ARG(alert->node)) : STR("node");
    }
    return alert->container.len ? arena_printf(a, "container/%.*s", STR_ARG(alert->container))
                                : STR("");
}

static Str image_of(const Value *fields, Arena *a)
{
    Str image = FIRST_OF(fields, "container.image", "container.image.repository",
                         "ka.req.pod.containers.image");
    Str tag = field(fields, "container.image.tag");
    bool whole = field(fields, "container.image").len > 0;
    return image.len && tag.len && !whole
               ? arena_printf(a, "%.*s:%.*s", STR_ARG(image), STR_ARG(tag))
               : image;
}

/* The alert's own time, else that of the event: nanoseconds since 1970. */
static void read_time(const Value *v, const Value *fields, FalcoAlert *out)
{
    out->has_time = when_read(value_get_str(v, STR("time")), &out->time);
    OptInt64 nanos = value_get_int(fields, STR("evt.time"));
    if (!nanos.set) {
        nanos = value_get_int(fields, STR("evt.rawtime"));
    }
    if (!out->has_time && nanos.set && nanos.value >= 0) {
        out->has_time = true;
        out->time = nanos.value / 1000000000;
    }
}

void falco_alert_read(const LogRecord *r, Arena *a, FalcoAlert *out)
{
    const Value *fields = value_get_lit(r->value, "output_fields");
    *out = (FalcoAlert){
        .rule = field(r->value, "rule"),
        .priority = read_priority(value_get_str(r->value, STR("priority"))),
        .namespace = FIRST_OF(fields, "k8s.ns.name", "k8smeta.ns.name", "ka.target.namespace"),
        .pod = FIRST_OF(fields, "k8s.pod.name", "k8smeta.pod.name"),
        .container = FIRST_OF(fields, "container.name", "container.id"),
        .output = field(r->value, "output"),
        .node = FIRST_OF(fields, "evt.hostname", "k8s.node.name"),
    };
    if (!out->node.len) {
        out->node = field(r->value, "hostname");
    }
    if (!out->pod.len && str_eq(field(fields, "ka.target.resource"), STR("pods"))) {
        out->pod = field(fields, "ka.target.name");
    }
    out->on_host = str_eq(field(fields, "container.id"), STR("host"));
    out->image = image_of(fields, a);
    out->workload = workload_of(out, fields, a);
    read_time(r->value, fields, out);
}

Str falco_priority_text(FalcoPriority priority)
{
    return priorities[priority];
}
