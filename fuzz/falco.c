/* SPDX-License-Identifier: Apache-2.0 */
/* Falco's lines: every alert counts once, in its period, its rule and its workload. */
#include "fuzz.h"

#include "analyze/audit/events.h"

static void on_problem(void *context, Str message)
{
    (void)context;
    HOLDS(message.len > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena a;
    arena_init(&a, 0);
    EventsOptions by = { .step = (WhenStep)(size % 3) };
    Events *events = events_new(&by, &a);
    LogSink sink = { events, events_record, on_problem, NULL };
    LogCounts counts = { 0 };
    log_read_text(STR("log"), str_from((const char *)data, size), 64, &sink, &counts);
    EventsReport r;
    events_finish(events, &r);
    size_t in_periods = 0;
    size_t in_rules = 0;
    size_t in_places = 0;
    for (size_t i = 0; i < r.period_count; i++) {
        in_periods += r.periods[i]->events;
        HOLDS(i == 0 || r.periods[i - 1]->start < r.periods[i]->start);
    }
    for (size_t i = 0; i < r.rule_count; i++) {
        in_rules += r.rules[i]->count;
    }
    for (size_t i = 0; i < r.place_count; i++) {
        in_places += r.places[i]->count;
    }
    HOLDS(in_periods == r.events && in_rules == r.events && in_places == r.events);
    HOLDS(counts.records[LOG_AUDIT] || r.events == counts.records[LOG_FALCO]);
    Value v = events_to_value(&r, &a);
    HOLDS(value_is(&v, VALUE_OBJECT));
    arena_done(&a);
    return 0;
}
