/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Audit logs: any bytes are records and problems, the same in whatever pieces they come. Roles made
 * of them allow every request, and each rule is needed.
 */
#include "fuzz.h"

#include "analyze/audit/events.h"
#include "analyze/audit/replay.h"
#include "analyze/audit/roles.h"
#include "doc/doc.h"

typedef struct Reading {
    Buf out;
    Roles *roles;
    Events *events;
    Replay *replay;
    size_t problems;
} Reading;

static void on_record(void *context, const LogRecord *r, Arena *scratch)
{
    Reading *reading = context;
    HOLDS(r->line > 0);
    buf_printf(&reading->out, "%d:%zu ", (int)r->kind, r->line);
    if (reading->roles) {
        roles_record(reading->roles, r, scratch);
        events_record(reading->events, r, scratch);
        replay_record(reading->replay, r, scratch);
    }
}

static void on_problem(void *context, Str message)
{
    Reading *reading = context;
    HOLDS(str_starts_with(message, STR("log:")));
    reading->problems++;
}

static Str read_in(Str text, size_t piece, Reading *reading)
{
    LogSink sink = { reading, on_record, on_problem, NULL };
    LogCounts counts = { 0 };
    log_read_text(STR("log"), text, piece, &sink, &counts);
    HOLDS(counts.bytes == text.len && counts.bad == reading->problems);
    return buf_str(&reading->out);
}

static const Snapshot *empty(void)
{
    static const Snapshot *s;
    if (!s) {
        s = snapshot_builder_finish(snapshot_builder_new(NULL, 0));
    }
    return s;
}

/* What is written reads back as what was meant, comments and all. */
static void check_yaml(const RolesReport *roles, Str text, Arena *a)
{
    DocList docs;
    Err err;
    HOLDS(docs_read(STR("roles"), text, NULL, a, &docs, &err));
    HOLDS(docs.count == 2 * roles->role_count);
    for (size_t i = 0; i < roles->role_count; i++) {
        Value role = roles_role_value(&roles->roles[i], a);
        Value binding = roles_binding_value(&roles->roles[i], a);
        HOLDS(value_equal(&role, &docs.items[2 * i].root));
        HOLDS(value_equal(&binding, &docs.items[2 * i + 1].root));
    }
}

static void check_report(Reading *reading, Arena *a)
{
    RolesReport roles;
    RolesProof proof;
    EventsReport events;
    roles_finish(reading->roles, &roles);
    roles_prove(&roles, empty(), a, &proof);
    HOLDS(proof.refused == 0 && proof.unneeded == 0 && proof.rules == roles.rule_count);
    Buf yaml = buf_new(a);
    roles_write_yaml(&roles, &yaml);
    check_yaml(&roles, buf_str(&yaml), a);
    events_finish(reading->events, &events);
    size_t sum = 0;
    for (size_t i = 0; i < events.rule_count; i++) {
        sum += events.rules[i]->count;
    }
    HOLDS(sum + events.unlisted >= events.events);
    Value v = events_to_value(&events, a);
    HOLDS(value_is(&v, VALUE_OBJECT));
    const ReplayReport *replay = replay_finish(reading->replay);
    HOLDS(replay->changes[REPLAY_SAME] == replay->requests);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena a;
    arena_init(&a, 0);
    KubeTarget target = kube_target(20);
    Str text = str_from((const char *)data, size);
    RolesOptions how = {
        .existing = empty(),
        .denied = true,
        .names = size % 2,
        .names_max = 2,
        .cluster_from = size % 3,
        .verbs_together = size % 5 == 0,
    };
    EventsOptions by = {
        .step = (WhenStep)(size % 3),
        .level = { PSA_RESTRICTED, PSA_LATEST },
    };
    ReplayOptions options = { .target = &target };
    Reading whole = {
        .out = buf_new(&a),
        .roles = roles_new(&how, &a),
        .events = events_new(&by, &a),
        .replay = replay_new(snapshot_facts(empty()), snapshot_facts(empty()), &options, &a),
    };
    Reading pieces = { .out = buf_new(&a) };
    HOLDS(str_eq(read_in(text, 1 << 20, &whole), read_in(text, 3, &pieces)));
    HOLDS(whole.problems == pieces.problems);
    check_report(&whole, &a);
    arena_done(&a);
    return 0;
}
