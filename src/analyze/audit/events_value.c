/* SPDX-License-Identifier: Apache-2.0 */
/* What happened, as data. */
#include "analyze/audit/events.h"

static void set_text(Value *object, Str key, Str text, Arena *a)
{
    if (text.len) {
        value_set(object, key, value_str(text), a);
    }
}

static void set_count(Value *object, Str key, size_t count, Arena *a)
{
    value_set(object, key, value_int((int64_t)count), a);
}

static Value period_value(const EventsPeriod *p, const EventsReport *r, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "start", p->has_time ? value_str(when_text(p->start, a)) : value_null(), a);
    set_count(&v, STR("events"), p->events, a);
    if (r->has_falco) {
        set_count(&v, STR("urgentAlerts"), p->urgent, a);
        set_count(&v, STR("warnings"), p->warnings, a);
        set_count(&v, STR("notices"), p->notices, a);
    }
    if (r->has_audit) {
        set_count(&v, STR("requests"), p->requests, a);
        set_count(&v, STR("refused"), p->refused, a);
        set_count(&v, STR("violations"), p->violations, a);
    }
    set_count(&v, STR("preventable"), p->preventable, a);
    return v;
}

static Value prevention_value(const Prevention *p, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "prevents", value_str(prevent_how_text(p->how)), a);
    set_text(&v, STR("podSecurityPolicy"), p->psp, a);
    set_text(&v, STR("podSecurityStandard"), p->pss, a);
    set_text(&v, STR("other"), p->other, a);
    return v;
}

static Value rule_value(const EventsRule *rule, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "rule", value_str(rule->name), a);
    value_set_lit(&v, "source",
                  value_str(rule->source == EVENTS_FALCO ? STR("falco") : STR("audit")), a);
    set_text(&v, STR("priority"), falco_priority_text(rule->priority), a);
    set_count(&v, STR("count"), rule->count, a);
    if (rule->has_time) {
        value_set_lit(&v, "first", value_str(when_text(rule->first_time, a)), a);
        value_set_lit(&v, "last", value_str(when_text(rule->last_time, a)), a);
    }
    value_set_lit(&v, "place",
                  value_str(arena_printf(a, "%.*s:%zu", STR_ARG(rule->file), rule->line)), a);
    if (rule->field_count) {
        Value fields = value_array();
        for (size_t i = 0; i < rule->field_count; i++) {
            value_add(&fields, value_str(rule->fields[i]), a);
        }
        value_set_lit(&v, "fields", fields, a);
    }
    value_set_lit(&v, "prevention", prevention_value(&rule->prevention, a), a);
    return v;
}

static Value place_value(const EventsPlace *place, Arena *a)
{
    Value v = value_object();
    set_text(&v, STR("namespace"), place->namespace, a);
    set_text(&v, STR("workload"), place->workload, a);
    value_set_lit(&v, "rule", value_str(place->rule->name), a);
    set_count(&v, STR("count"), place->count, a);
    if (place->has_time) {
        value_set_lit(&v, "last", value_str(when_text(place->last_time, a)), a);
    }
    return v;
}

Value events_to_value(const EventsReport *report, Arena *a)
{
    static const Str steps[] = { STR_INIT("hour"), STR_INIT("day"), STR_INIT("week") };
    Value v = value_object();
    value_set_lit(&v, "kind", value_str(STR("EventsReport")), a);
    value_set_lit(&v, "by", value_str(steps[report->options.step]), a);
    set_count(&v, STR("events"), report->events, a);
    set_count(&v, STR("notAskedFor"), report->other, a);
    set_count(&v, STR("malformed"), report->malformed, a);
    set_count(&v, STR("notListed"), report->unlisted, a);
    Value periods = value_array();
    for (size_t i = 0; i < report->period_count; i++) {
        value_add(&periods, period_value(report->periods[i], report, a), a);
    }
    Value rules = value_array();
    for (size_t i = 0; i < report->rule_count; i++) {
        value_add(&rules, rule_value(report->rules[i], a), a);
    }
    Value places = value_array();
    for (size_t i = 0; i < report->place_count; i++) {
        value_add(&places, place_value(report->places[i], a), a);
    }
    value_set_lit(&v, "periods", periods, a);
    value_set_lit(&v, "rules", rules, a);
    value_set_lit(&v, "places", places, a);
    return v;
}
