/* SPDX-License-Identifier: Apache-2.0 */
/* A simulation's words, and the report as data. */
#include "analyze/simulate/simulate.h"

Str simulate_verdict_text(SimulateVerdict verdict)
{
    switch (verdict) {
    case SIMULATE_SAME:
        return STR("same");
    case SIMULATE_REFUSED:
        return STR("refused");
    case SIMULATE_CHANGED:
        return STR("changed");
    case SIMULATE_WARNED:
        return STR("warned");
    case SIMULATE_ALLOWED:
        return STR("allowed");
    }
    return STR("");
}

/* What the pods of a workload are called. */
static const char *pods_word(Str kind, bool one)
{
    static const Str replicas[] = { STR_INIT("Deployment"), STR_INIT("ReplicaSet"),
                                    STR_INIT("StatefulSet"), STR_INIT("ReplicationController") };
    bool is_replica = str_list_has((StrList){ replicas, COUNT_OF(replicas) }, kind);
    return is_replica ? (one ? "replica" : "replicas") : one ? "pod" : "pods";
}

Str simulate_consequence(const SimulateChange *change, Arena *a)
{
    Str kind = change->unit->kind;
    if (change->verdict != SIMULATE_REFUSED) {
        return STR_ABSENT;
    }
    if (change->unit->node.len) {
        return STR("its node runs it all the same, and the API server would not know");
    }
    if (change->pods == WORKLOAD_PODS_PER_NODE) {
        return STR("no node would get its pod");
    }
    if (change->pods == 0) {
        return STR("it asks for no pod now, and none would start");
    }
    const char *when = str_eq(kind, STR("CronJob")) ? " at each run"
                       : str_eq(kind, STR("Pod"))   ? " again"
                                                    : "";
    return arena_printf(a, "%lld of %lld %s would not start%s", (long long)change->lost,
                        (long long)change->pods, pods_word(kind, change->pods == 1), when);
}

/* -- data -------------------------------------------------------------------------------------- */

static void add_str(Value *object, const char *key, Str text, Arena *a)
{
    if (text.ptr) {
        value_set(object, str_from_c(key), value_str(text), a);
    }
}

static void add_int(Value *object, const char *key, int64_t n, Arena *a)
{
    value_set(object, str_from_c(key), value_int(n), a);
}

static Value side_value(const SimulateSide *side, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "allowed", value_bool(side->allowed), a);
    add_str(&v, "policy", side->policy, a);
    add_str(&v, "message", side->message, a);
    return v;
}

static Value reasons_value(const SimulateChange *change, Arena *a)
{
    Value list = value_array();
    for (size_t i = 0; i < change->reason_count; i++) {
        const SimulateReason *r = &change->reasons[i];
        Value v = value_object();
        add_str(&v, "policy", r->policy, a);
        add_str(&v, "field", r->field, a);
        add_str(&v, "message", r->text, a);
        add_str(&v, "place", r->place, a);
        value_add(&list, v, a);
    }
    return list;
}

static Value fields_value(const SimulateChange *change, Arena *a)
{
    Value list = value_array();
    for (size_t i = 0; i < change->field_count; i++) {
        const SimulateField *f = &change->fields[i];
        Value v = value_object();
        add_str(&v, "field", f->path, a);
        add_str(&v, "before", f->before, a);
        add_str(&v, "after", f->after, a);
        value_add(&list, v, a);
    }
    return list;
}

static Value texts_value(StrList texts, Arena *a)
{
    Value list = value_array();
    for (size_t i = 0; i < texts.count; i++) {
        value_add(&list, value_str(texts.items[i]), a);
    }
    return list;
}

static void add_pods(Value *v, const SimulateChange *change, Arena *a)
{
    if (change->pods == WORKLOAD_PODS_PER_NODE) {
        add_str(v, "pods", STR("one per node"), a);
    } else {
        add_int(v, "pods", change->pods, a);
    }
    if (change->verdict == SIMULATE_REFUSED) {
        if (change->pods != WORKLOAD_PODS_PER_NODE) {
            add_int(v, "podsLost", change->lost, a);
        }
        add_str(v, "consequence", simulate_consequence(change, a), a);
    }
    StrList names = { change->unit->names, change->unit->name_count };
    if (names.count) {
        value_set_lit(v, "podNames", texts_value(names, a), a);
    }
}

/* {"widen": the limits to be raised, "edit": the pods that may be asked for} */
static Value quota_ways_value(const SimulateChange *change, Arena *a)
{
    Value changes = value_array();
    for (size_t i = 0; i < change->raise_count; i++) {
        const QuotaRaise *r = &change->raises[i];
        Value v = value_object();
        add_str(&v, "op", STR("set"), a);
        add_str(&v, "apiVersion", STR("v1"), a);
        add_str(&v, "kind", STR("ResourceQuota"), a);
        add_str(&v, "namespace", change->unit->namespace, a);
        add_str(&v, "name", r->quota, a);
        add_str(&v, "path", arena_printf(a, "spec.hard[%.*s]", STR_ARG(r->resource)), a);
        add_str(&v, "value", r->to, a);
        value_add(&changes, v, a);
    }
    Value widen = value_object();
    value_set_lit(&widen, "found", value_bool(true), a);
    value_set_lit(&widen, "changes", changes, a);
    Value edit = value_object();
    value_set_lit(&edit, "found", value_bool(change->pods > change->lost), a);
    if (change->pods > change->lost) {
        add_int(&edit, "pods", change->pods - change->lost, a);
    } else {
        add_str(&edit, "reason", STR("none of its pods would start"), a);
    }
    Value ways = value_object();
    value_set_lit(&ways, "widen", widen, a);
    value_set_lit(&ways, "edit", edit, a);
    return ways;
}

static Value change_value(const SimulateChange *change, Arena *a)
{
    Value v = value_object();
    add_str(&v, "namespace", change->unit->namespace, a);
    add_str(&v, "workload", change->unit->text, a);
    add_str(&v, "verdict", simulate_verdict_text(change->verdict), a);
    if (change->unit->is_system) {
        value_set_lit(&v, "system", value_bool(true), a);
    }
    add_pods(&v, change, a);
    value_set_lit(&v, "before", side_value(&change->before, a), a);
    value_set_lit(&v, "after", side_value(&change->after, a), a);
    if (change->reason_count) {
        value_set_lit(&v, "reasons", reasons_value(change, a), a);
    }
    if (change->field_count) {
        value_set_lit(&v, "fields", fields_value(change, a), a);
    }
    if (change->warnings.count) {
        value_set_lit(&v, "warnings", texts_value(change->warnings, a), a);
    }
    if (change->raise_count) {
        value_set_lit(&v, "waysOut", quota_ways_value(change, a), a);
    } else if (change->remedy) {
        value_set_lit(&v, "waysOut", remedy_to_value(change->remedy, SIMULATE_WAYS, a), a);
    }
    return v;
}

static Value summary_value(const SimulateReport *report, Arena *a)
{
    Value v = value_object();
    add_int(&v, "workloads", (int64_t)report->units, a);
    add_int(&v, "pods", (int64_t)report->pods, a);
    for (size_t i = 0; i < COUNT_OF(report->by); i++) {
        Value count = value_object();
        add_int(&count, "workloads", (int64_t)report->by[i].units, a);
        add_int(&count, "pods", report->by[i].pods, a);
        value_set(&v, simulate_verdict_text((SimulateVerdict)i), count, a);
    }
    add_int(&v, "workloadsOfAnotherPolicy", (int64_t)report->switched, a);
    add_int(&v, "systemWorkloadsRefused", (int64_t)report->system_refused, a);
    add_int(&v, "workloadsRefusedBefore", (int64_t)report->refused_before, a);
    add_int(&v, "workloadsNotDecided", (int64_t)report->not_decided, a);
    return v;
}

Value simulate_to_value(const SimulateReport *report, Arena *a)
{
    Value v = value_object();
    add_str(&v, "apiVersion", STR("podgate.io/v1"), a);
    add_str(&v, "kind", STR("SimulateReport"), a);
    value_set_lit(&v, "summary", summary_value(report, a), a);
    Value changes = value_array();
    for (size_t i = 0; i < report->count; i++) {
        value_add(&changes, change_value(&report->changes[i], a), a);
    }
    value_set_lit(&v, "changes", changes, a);
    return v;
}
