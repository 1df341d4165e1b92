/* SPDX-License-Identifier: Apache-2.0 */
/* What happened, out of alerts and audit logs: counting. */
#include "analyze/audit/events.h"

#include "analyze/audit/owner.h"
#include "base/map.h"

#include <stdlib.h>

struct Events {
    EventsOptions options;
    Arena *arena;
    AuditStages stages;
    Map periods; /* by start */
    Map rules;   /* by source and name */
    Map places;  /* by namespace, workload and rule */
    EventsReport report;
};

Events *events_new(const EventsOptions *options, Arena *a)
{
    Events *e = new(a, Events, 1);
    e->options = *options;
    e->arena = a;
    e->stages = audit_stages_new(a);
    e->periods = map_new(a);
    e->rules = map_new(a);
    e->places = map_new(a);
    e->report.options = *options;
    return e;
}

/* Where and when something happened. */
typedef struct Occasion {
    const LogRecord *record;
    Str namespace;
    Str workload;
    bool has_time;
    int64_t time;
} Occasion;

static EventsPeriod *find_period(Events *e, const Occasion *o, Arena *scratch)
{
    int64_t start = o->has_time ? when_start(o->time, e->options.step) : -1;
    Str key = arena_printf(scratch, "%lld", (long long)start);
    EventsPeriod *p = map_get(&e->periods, key);
    if (!p && e->periods.count >= EVENTS_PERIODS_MAX) {
        key = STR("-1"); /* with those of no time */
        start = -1;
        p = map_get(&e->periods, key);
    }
    if (!p) {
        p = new(e->arena, EventsPeriod, 1);
        p->has_time = start >= 0;
        p->start = start;
        map_set(&e->periods, arena_str(e->arena, key), p);
    }
    return p;
}

static EventsRule *find_rule(Events *e, EventsSource source, Str name, const Prevention *prevention,
                             const Occasion *o, Arena *scratch)
{
    Str key = arena_printf(scratch, "%d%.*s", (int)source, STR_ARG(name));
    EventsRule *rule = map_get(&e->rules, key);
    if (rule || e->rules.count >= EVENTS_RULES_MAX) {
        return rule;
    }
    rule = new(e->arena, EventsRule, 1);
    key = arena_str(e->arena, key);
    rule->name = str_drop(key, 1);
    rule->source = source;
    rule->priority = FALCO_PRIORITY_COUNT;
    rule->prevention = *prevention;
    rule->file = arena_str(e->arena, o->record->file);
    rule->line = o->record->line;
    map_set(&e->rules, key, rule);
    return rule;
}

static void count_place(Events *e, const EventsRule *rule, const Occasion *o, Arena *scratch)
{
    Str key = arena_printf(scratch, "%.*s\x1f%.*s\x1f%p", STR_ARG(o->namespace),
                           STR_ARG(o->workload), (const void *)rule);
    EventsPlace *place = map_get(&e->places, key);
    if (!place && e->places.count >= EVENTS_PLACES_MAX) {
        e->report.unlisted++;
        return;
    }
    if (!place) {
        place = new(e->arena, EventsPlace, 1);
        place->namespace = arena_str(e->arena, o->namespace);
        place->workload = arena_str(e->arena, o->workload);
        place->rule = rule;
        map_set(&e->places, arena_str(e->arena, key), place);
    }
    place->count++;
    if (o->has_time && (!place->has_time || o->time > place->last_time)) {
        place->has_time = true;
        place->last_time = o->time;
    }
}

static void add_fields(Events *e, EventsRule *rule, StrList fields)
{
    for (size_t i = 0; i < fields.count && rule->field_count < EVENTS_FIELDS_MAX; i++) {
        if (!str_list_has((StrList){ rule->fields, rule->field_count }, fields.items[i])) {
            rule->fields[rule->field_count++] = arena_str(e->arena, fields.items[i]);
        }
    }
}

/* One event; NULL when its kind is one too many. */
static EventsRule *count_event(Events *e, EventsSource source, Str name,
                               const Prevention *prevention, const Occasion *o, Arena *scratch)
{
    EventsPeriod *p = find_period(e, o, scratch);
    p->events++;
    e->report.events++;
    p->preventable += prevention->how == PREVENT_FULLY || prevention->how == PREVENT_PARTLY;
    EventsRule *rule = find_rule(e, source, name, prevention, o, scratch);
    if (!rule) {
        e->report.unlisted++;
        return NULL;
    }
    rule->count++;
    if (o->has_time) {
        bool first = !rule->has_time || o->time < rule->first_time;
        rule->first_time = first ? o->time : rule->first_time;
        rule->last_time = !rule->has_time || o->time > rule->last_time ? o->time : rule->last_time;
        rule->has_time = true;
    }
    count_place(e, rule, o, scratch);
    return rule;
}

static bool is_here(const Events *e, const Occasion *o)
{
    return (!e->options.namespace.ptr || str_eq(e->options.namespace, o->namespace)) &&
           (!e->options.workload.ptr || owner_is(o->workload, e->options.workload));
}

static bool is_asked(const Events *e, Str rule)
{
    return !e->options.rule.ptr || str_eq_ignore_case(e->options.rule, rule);
}

/* -- Falco --------------------------------------------------------------------------------------
 */

static void take_alert(Events *e, const LogRecord *record, Arena *scratch)
{
    FalcoAlert alert;
    falco_alert_read(record, scratch, &alert);
    e->report.has_falco = true;
    Occasion o = { record, alert.namespace, alert.workload, alert.has_time, alert.time };
    if (!is_here(e, &o) || !is_asked(e, alert.rule)) {
        e->report.other++;
        return;
    }
    Prevention prevention = prevent_falco(alert.rule);
    if (alert.on_host && prevention.how != PREVENT_NOT) {
        /* the same program outside of any pod is another kind of event */
        alert.rule = arena_concat(scratch, alert.rule, STR(" (on the node)"));
        prevention = (Prevention){ PREVENT_NOT, STR(""), STR(""),
                                   STR("a process of the node, of no pod") };
    }
    EventsRule *rule = count_event(e, EVENTS_FALCO, alert.rule, &prevention, &o, scratch);
    if (rule && alert.priority < rule->priority) {
        rule->priority = alert.priority;
    }
    EventsPeriod *p = find_period(e, &o, scratch);
    *(alert.priority <= FALCO_ERROR     ? &p->urgent
      : alert.priority == FALCO_WARNING ? &p->warnings
                                        : &p->notices) += 1;
}

/* -- audit logs ---------------------------------------------------------------------------------
 */

/* "deployment/web" for pods, "secrets/s" for others; what is asked for where there is no name. */
static Str workload_of(const AuditEvent *e, Arena *a)
{
    if (!e->is_resource) {
        return STR("");
    }
    if (!e->object_name.len && !e->request_object) {
        return e->resource;
    }
    if (e->group.len || !str_eq(e->resource, STR("pods"))) {
        return e->object_name.len
                   ? arena_printf(a, "%.*s/%.*s", STR_ARG(e->resource), STR_ARG(e->object_name))
                   : e->resource;
    }
    bool has_pod = !e->subresource.len &&
                   value_is(value_get_lit(e->request_object, "spec"), VALUE_OBJECT);
    return has_pod ? owner_of_pod(e->request_object, e->object_name, a)
                   : owner_of_pod_name(e->object_name, a);
}

static void take_request(Events *e, const LogRecord *record, Arena *scratch)
{
    AuditEvent event;
    Err err;
    if (!audit_event_read(record, scratch, &event, &err)) {
        e->report.malformed++;
        return;
    }
    e->report.has_audit = true;
    if (!audit_stages_take(&e->stages, &event)) {
        return;
    }
    Occasion o = { record, event.namespace, STR(""), event.has_time, event.time };
    const EventsKind *kinds = events_kinds_of(&event, e->options.level, scratch);
    if (kinds || e->options.workload.ptr) {
        o.workload = workload_of(&event, scratch);
    }
    if (!is_here(e, &o)) {
        e->report.other++;
        return;
    }
    bool is_violation = false;
    bool counts = !e->options.rule.ptr;
    for (const EventsKind *k = kinds; k; k = k->next) {
        if (is_asked(e, k->name)) {
            EventsRule *rule = count_event(e, EVENTS_AUDIT, k->name, &k->prevention, &o, scratch);
            if (rule) {
                add_fields(e, rule, k->fields);
            }
            counts = true;
            is_violation |= k->is_violation;
        }
    }
    if (!counts) {
        e->report.other++;
        return;
    }
    EventsPeriod *p = find_period(e, &o, scratch);
    p->requests++;
    p->violations += is_violation;
    p->refused += event.outcome == AUDIT_FORBIDDEN || event.outcome == AUDIT_UNAUTHENTICATED ||
                  event.outcome == AUDIT_NOT_IMPERSONATED || audit_refused_by_admission(&event);
}

void events_record(void *context, const LogRecord *record, Arena *scratch)
{
    if (record->kind == LOG_FALCO) {
        take_alert(context, record, scratch);
    } else if (record->kind == LOG_AUDIT) {
        take_request(context, record, scratch);
    }
}

/* -- the report ---------------------------------------------------------------------------------
 */

static int by_time(const void *left, const void *right)
{
    const EventsPeriod *l = *(EventsPeriod *const *)left, *r = *(EventsPeriod *const *)right;
    return l->start < r->start ? -1 : l->start > r->start;
}

/* By count; what came up first goes first. */
static int by_count(const void *left, const void *right)
{
    const EventsRule *l = *(EventsRule *const *)left, *r = *(EventsRule *const *)right;
    if (l->count != r->count) {
        return l->count > r->count ? -1 : 1;
    }
    int order = (int)l->source - (int)r->source;
    return order ? order : str_cmp(l->name, r->name);
}

static int by_place(const void *left, const void *right)
{
    const EventsPlace *l = *(EventsPlace *const *)left, *r = *(EventsPlace *const *)right;
    if (l->count != r->count) {
        return l->count > r->count ? -1 : 1;
    }
    int order = str_cmp(l->namespace, r->namespace);
    order = order ? order : str_cmp(l->workload, r->workload);
    order = order ? order : str_cmp(l->rule->name, r->rule->name);
    return order ? order : (int)l->rule->source - (int)r->rule->source;
}

static void **sorted(const Map *m, int (*order)(const void *, const void *), Arena *a)
{
    void **items = new(a, void *, m->count + 1);
    for (size_t i = 0; i < m->count; i++) {
        items[i] = m->entries[i].value;
    }
    qsort(items, m->count, sizeof *items, order);
    return items;
}

void events_finish(Events *e, EventsReport *out)
{
    EventsReport *r = &e->report;
    r->periods = (const EventsPeriod *const *)sorted(&e->periods, by_time, e->arena);
    r->period_count = e->periods.count;
    r->rules = (const EventsRule *const *)sorted(&e->rules, by_count, e->arena);
    r->rule_count = e->rules.count;
    r->places = (const EventsPlace *const *)sorted(&e->places, by_place, e->arena);
    r->place_count = e->places.count;
    *out = *r;
}
